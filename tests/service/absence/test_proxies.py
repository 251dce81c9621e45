"""代理: what a proxy sees and does for whom he stands in, for how long, and what stays barred."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from engine.model.actor import Actor
from engine.model.errors import BanshiError, Forbidden, InvalidInput, NotFound
from engine.model.keys import Key
from engine.model.proxies import Proxy
from engine.model.search import Query
from engine.service.absence.proxies import list_proxies, name_proxy, revoke_proxy
from engine.service.app import App
from engine.service.cases.case_page import case_page
from engine.service.cases.start_case import start_case
from engine.service.history.record import verify_record
from engine.service.identity.update_person import update_person
from engine.service.notifications.fan_out import fan_out
from engine.service.searching import search_tasks
from engine.service.seats.add_sign import add_sign
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.complete_task import complete_task
from engine.service.tasks.delegate_task import delegate_task
from engine.service.tasks.get_task import get_task
from engine.service.tasks.release_task import release_task
from engine.service.tasks.return_to_node import return_to_node
from engine.service.tasks.task_page import task_page
from engine.service.tasks.withdraw_step import withdraw_step
from engine.service.worklists.inbox import inbox, inbox_counts, inbox_services, todo_count
from engine.service.worklists.notices import list_notices
from tests.conftest import SettableClock
from tests.service import diagrams
from tests.service.positions import require_consistent
from tests.service.seat_invariants import require_seats
from tests.world import World, add_person

PLAIN = diagrams.process(
    "plain",
    diagrams.start(),
    diagrams.user_task("work", "办理", groups="clerk@weifang"),
    diagrams.user_task("last", "审批", groups="leader@weifang"),
    diagrams.end("done", "办结"),
    diagrams.flow("start", "work"),
    diagrams.flow("work", "last"),
    diagrams.flow("last", "done"),
)


def stand_in(
    app: App, principal: Actor, proxy: Actor, *, days: int = 7, services: tuple[str, ...] = ()
) -> Proxy:
    return name_proxy(
        app,
        principal,
        principal=principal.username,
        proxy=proxy.username,
        starts_at=app.now(),
        ends_at=app.now() + timedelta(days=days),
        process_ids=services,
        reason="外出学习",
    )


def rows(app: App, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with app.database.unit_of_work() as work:
        return list(work.hot(query, list(parameters)))


@pytest.fixture
def case(app: App, world: World) -> Key:
    diagrams.put(app, PLAIN)
    return start_case(app, world.zhangsan, process_id="plain", submission={}).key


@pytest.fixture
def task(app: App, world: World, case: Key) -> Key:
    (found,) = inbox(app, world.lisi).items
    return found.key


def test_his_tasks_show_for_both_and_the_record_says_for_whom(
    app: App, world: World, case: Key, task: Key
) -> None:
    """A has it, C completes it: 孙丽华 代 李四."""
    claim_task(app, world.lisi, key=task)
    with pytest.raises(NotFound):
        get_task(app, world.quxian, key=task)
    stand_in(app, world.lisi, world.quxian)
    for who in (world.lisi, world.quxian):
        assert [t.key for t in inbox(app, who).items] == [task]
        assert inbox_counts(app, who).todo == todo_count(app, who) == 1
        assert inbox_services(app, who) == (("plain", "测试流程"),)
        assert [t.key for t in search_tasks(app, who, query=Query()).items] == [task]
        assert [t.key for t in inbox(app, who, search="张三").items] == [task]
        assert [t.key for t in inbox(app, who, sort="created").items] == [task]
    page = task_page(app, world.quxian, key=task)
    assert {"complete", "delegate", "add-sign", "release"} <= page.allowed_actions
    done = complete_task(app, world.quxian, key=task, submission={"opinion": "同意"})
    assert done.assignee == "lisi"
    assert done.assignee_name == "李四"
    entry = case_page(app, world.guanli, key=case).entries[-1]
    assert (entry.actor_name, entry.on_behalf_of) == ("孙丽华", "李四")
    assert rows(app, "select ended_by, on_behalf_of from user_task where key = %s", task) == [
        ("quxian", "lisi")
    ]
    assert [t.key for t in inbox(app, world.quxian, view="done").items] == [task]
    require_consistent(app.database, case)
    assert verify_record(app, world.guanli, key=case) == ()


def test_he_claims_for_his_principal(app: App, world: World, case: Key, task: Key) -> None:
    stand_in(app, world.lisi, world.quxian)
    assert inbox_counts(app, world.quxian).claimable == 1
    assert [t.key for t in inbox(app, world.quxian, view="claimable").items] == [task]
    claimed = claim_task(app, world.quxian, key=task)
    assert claimed.assignee == "lisi"
    assert case_page(app, world.lisi, key=case).entries[-1].on_behalf_of == "李四"
    assert [t.key for t in inbox(app, world.lisi).items] == [task]
    release_task(app, world.quxian, key=task)
    assert get_task(app, world.lisi, key=task).assignee is None
    done = complete_task(app, world.quxian, key=task, submission={})
    assert done.assignee == "lisi"


def test_whoever_may_do_it_himself_does_it_himself(
    app: App, world: World, case: Key, task: Key
) -> None:
    stand_in(app, world.lisi, world.wangwu)
    claimed = claim_task(app, world.wangwu, key=task)
    assert claimed.assignee == "wangwu"
    assert case_page(app, world.wangwu, key=case).entries[-1].on_behalf_of is None


def test_expiry_and_revocation_end_it(
    app: App, world: World, task: Key, clock: SettableClock
) -> None:
    claim_task(app, world.lisi, key=task)
    stand_in(app, world.lisi, world.quxian, days=1)
    assert get_task(app, world.quxian, key=task)
    clock.advance(timedelta(days=1))
    ended: tuple[Callable[[], Any], ...] = (
        lambda: get_task(app, world.quxian, key=task),
        lambda: task_page(app, world.quxian, key=task),
        lambda: complete_task(app, world.quxian, key=task, submission={}),
    )
    for act in ended:
        with pytest.raises((Forbidden, NotFound)):
            act()
    assert inbox(app, world.quxian).items == ()
    named = stand_in(app, world.lisi, world.quxian)
    assert inbox(app, world.quxian).items
    revoke_proxy(app, world.lisi, key=named.key)
    assert inbox(app, world.quxian).items == ()
    with pytest.raises(Forbidden):
        revoke_proxy(app, world.lisi, key=named.key)


def test_only_in_the_services_that_are_named(app: App, world: World, task: Key) -> None:
    diagrams.put(
        app,
        diagrams.process("other", diagrams.start(), diagrams.end(), diagrams.flow("start", "end")),
    )
    claim_task(app, world.lisi, key=task)
    named = stand_in(app, world.lisi, world.quxian, services=("other",))
    assert inbox(app, world.quxian).items == ()
    assert inbox(app, world.quxian, search="张三").items == ()
    with pytest.raises((Forbidden, NotFound)):
        complete_task(app, world.quxian, key=task, submission={})
    revoke_proxy(app, world.guanli, key=named.key)
    stand_in(app, world.lisi, world.quxian, services=("other", "plain"))
    assert [t.key for t in inbox(app, world.quxian).items] == [task]
    complete_task(app, world.quxian, key=task, submission={})


def test_a_proxys_proxy_does_not_act_for_the_first(app: App, world: World, task: Key) -> None:
    claim_task(app, world.lisi, key=task)
    stand_in(app, world.lisi, world.quxian)
    stand_in(app, world.quxian, world.jiedao)
    assert inbox(app, world.jiedao).items == ()
    with pytest.raises((Forbidden, NotFound)):
        complete_task(app, world.jiedao, key=task, submission={})


def test_nobody_stands_in_for_somebody_who_left(app: App, world: World, task: Key) -> None:
    claim_task(app, world.lisi, key=task)
    stand_in(app, world.lisi, world.quxian)
    update_person(app, world.guanli, person_key=world.lisi.key, active=False)
    assert inbox(app, world.quxian).items == ()
    with pytest.raises((Forbidden, NotFound)):
        complete_task(app, world.quxian, key=task, submission={})


SEPARATED = diagrams.process(
    "apart",
    diagrams.start(),
    diagrams.user_task("first", "初审", groups="clerk@weifang", separation="g"),
    diagrams.user_task("second", "复核", groups="clerk@weifang", separation="g"),
    diagrams.end(),
    diagrams.flow("start", "first"),
    diagrams.flow("first", "second"),
    diagrams.flow("second", "end"),
)


@pytest.mark.parametrize("second", ["lisi", "quxian", "wangwu for lisi", "quxian for wangwu"])
def test_four_eyes_are_of_both_natural_persons(app: App, world: World, second: str) -> None:
    """quxian does the first for lisi: neither of them comes to the second, for whomever."""
    diagrams.put(app, SEPARATED)
    start_case(app, world.zhangsan, process_id="apart", submission={})
    named = stand_in(app, world.lisi, world.quxian)
    (first,) = inbox(app, world.quxian).items
    complete_task(app, world.quxian, key=first.key, submission={})
    (key,) = rows(app, "select key from user_task where element_id = 'second'")[0]
    people: dict[str, Actor] = {
        "lisi": world.lisi,
        "quxian": world.quxian,
        "wangwu for lisi": world.zhaoliu,
        "quxian for wangwu": world.quxian,
    }
    if second == "wangwu for lisi":
        stand_in(app, world.lisi, world.zhaoliu)
    if second == "quxian for wangwu":
        revoke_proxy(app, world.lisi, key=named.key)
        stand_in(app, world.wangwu, world.quxian)
    attempts: tuple[Callable[[], Any], ...] = (
        lambda: claim_task(app, people[second], key=Key(key)),
        lambda: complete_task(app, people[second], key=Key(key), submission={}),
    )
    for act in attempts:
        with pytest.raises(Forbidden, match="不相容岗位分离"):
            act()
    complete_task(app, world.wangwu, key=Key(key), submission={})


def test_the_applicant_is_no_proxy_in_his_own_case_nor_is_his_proxy(app: App, world: World) -> None:
    diagrams.put(app, PLAIN)
    stand_in(app, world.lisi, world.quxian)
    own = start_case(app, world.quxian, process_id="plain", submission={}, unit="weicheng").key
    (key,) = rows(app, "select key from user_task where instance_key = %s", own)[0]
    with pytest.raises(Forbidden, match="申请人"):
        complete_task(app, world.quxian, key=Key(key), submission={})
    theirs = start_case(app, world.lisi, process_id="plain", submission={}).key
    (key,) = rows(app, "select key from user_task where instance_key = %s", theirs)[0]
    with pytest.raises(Forbidden, match="申请人"):
        complete_task(app, world.quxian, key=Key(key), submission={})


def test_delegating_and_adding_for_somebody(app: App, world: World, case: Key, task: Key) -> None:
    """The seat, the stack and the added signs are the principal's."""
    claim_task(app, world.lisi, key=task)
    stand_in(app, world.lisi, world.quxian)
    add_sign(app, world.quxian, key=task, mode="before", people=["wangwu"])
    assert rows(app, "select added_by from seat where kind = 'BEFORE'") == [("lisi",)]
    complete_task(app, world.wangwu, key=task, submission={})
    complete_task(app, world.quxian, key=task, submission={"opinion": "同意"})
    assert rows(app, "select holder, actor, on_behalf_of from seat where kind = 'ORIGINAL'") == [
        ("lisi", "quxian", "lisi")
    ]
    require_seats(app, case)
    require_consistent(app.database, case)


def test_a_delegation_comes_back_to_the_principal(
    app: App, world: World, case: Key, task: Key
) -> None:
    claim_task(app, world.lisi, key=task)
    stand_in(app, world.lisi, world.quxian)
    delegate_task(app, world.quxian, key=task, to="wangwu")
    assert rows(app, "select holder, stack from seat") == [("wangwu", ["lisi"])]
    require_seats(app, case)


VOTE = diagrams.process(
    "vote",
    diagrams.start(),
    diagrams.user_task(
        "work", "表决", completionRule="all", seats='=["zhuanjia1", "zhuanjia2", "zhuanjia3"]'
    ),
    diagrams.end(),
    diagrams.flow("start", "work"),
    diagrams.flow("work", "end"),
)


def test_one_natural_person_votes_once(app: App, world: World) -> None:
    """zhuanjia1 stands in for zhuanjia2 and has a seat himself: one vote, whichever comes first."""
    diagrams.put(app, VOTE)
    case = start_case(app, world.zhangsan, process_id="vote", submission={}).key
    (task,) = inbox(app, world.zhuanjia1).items
    stand_in(app, world.zhuanjia2, world.zhuanjia1)
    complete_task(app, world.zhuanjia1, key=task.key, submission={"outcome": "approve"})
    with pytest.raises(Forbidden, match="不能表决两次"):
        complete_task(app, world.zhuanjia1, key=task.key, submission={"outcome": "approve"})
    stand_in(app, world.zhuanjia3, world.quxian)
    complete_task(app, world.quxian, key=task.key, submission={"outcome": "approve"})
    with pytest.raises(Forbidden):
        complete_task(app, world.zhuanjia3, key=task.key, submission={"outcome": "approve"})
    complete_task(app, world.zhuanjia2, key=task.key, submission={"outcome": "approve"})
    require_consistent(app.database, case)


def test_what_was_done_for_somebody_returns_to_him(
    app: App, world: World, case: Key, task: Key
) -> None:
    """Returned, the task is the principal's again, not the proxy's."""
    claim_task(app, world.lisi, key=task)
    stand_in(app, world.lisi, world.quxian)
    complete_task(app, world.quxian, key=task, submission={})
    (last,) = inbox(app, world.zhaoliu).items
    claim_task(app, world.zhaoliu, key=last.key)
    return_to_node(app, world.zhaoliu, key=last.key, target="work", reason="重办")
    (again,) = inbox(app, world.lisi).items
    assert again.assignee == "lisi"
    require_consistent(app.database, case)


def test_a_step_done_for_somebody_is_taken_back_by_who_did_it(
    app: App, world: World, case: Key, task: Key
) -> None:
    claim_task(app, world.lisi, key=task)
    stand_in(app, world.lisi, world.quxian)
    complete_task(app, world.quxian, key=task, submission={})
    withdraw_step(app, world.quxian, key=task)
    (again,) = inbox(app, world.lisi).items
    assert again.assignee == "lisi"
    require_consistent(app.database, case)


def test_both_are_told(app: App, world: World) -> None:
    diagrams.put(app, PLAIN)
    stand_in(app, world.lisi, world.quxian)
    start_case(app, world.zhangsan, process_id="plain", submission={})
    fan_out(app)
    assert list_notices(app, world.lisi)
    assert list_notices(app, world.quxian)
    assert not list_notices(app, world.jiedao)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"proxy": "lisi"}, "proxy"),
        ({"proxy": "nobody"}, "proxy"),
        ({"days": 0}, "endDate"),
        ({"days": -3}, "endDate"),
        ({"days": 400}, "endDate"),
        ({"process_ids": ("no-such",)}, "processDefinitionIds"),
        ({"naive": True}, "startDate"),
    ],
)
def test_what_cannot_be_named(app: App, world: World, changed: dict[str, Any], field: str) -> None:
    start = app.now()
    if changed.get("naive"):
        start = start.replace(tzinfo=None)
    with pytest.raises(InvalidInput) as wrong:
        name_proxy(
            app,
            world.lisi,
            principal="lisi",
            proxy=changed.get("proxy", "quxian"),
            starts_at=start,
            ends_at=app.now() + timedelta(days=changed.get("days", 7)),
            process_ids=changed.get("process_ids", ()),
        )
    assert wrong.value.problems[0].element_id == field
    assert list_proxies(app, world.lisi) == ()


def test_periods_of_a_pair_do_not_overlap(app: App, world: World) -> None:
    diagrams.put(app, PLAIN, VOTE)
    stand_in(app, world.lisi, world.quxian, services=("plain",))
    with pytest.raises(InvalidInput, match="不能重叠"):
        stand_in(app, world.lisi, world.quxian)
    stand_in(app, world.lisi, world.quxian, services=("vote",))
    stand_in(app, world.lisi, world.jiedao)
    assert len(list_proxies(app, world.lisi, live=True)) == 3
    assert len(list_proxies(app, world.quxian)) == 2
    assert len(list_proxies(app, world.guanli)) == 3


def test_who_may_name_and_see_them(app: App, world: World) -> None:
    named = stand_in(app, world.lisi, world.quxian)
    with pytest.raises(Forbidden):
        name_proxy(
            app,
            world.wangwu,
            principal="lisi",
            proxy="wangwu",
            starts_at=app.now(),
            ends_at=app.now() + timedelta(days=1),
        )
    with pytest.raises(Forbidden):
        list_proxies(app, world.wangwu, username="lisi")
    with pytest.raises(NotFound):
        revoke_proxy(app, world.wangwu, key=named.key)
    with pytest.raises(Forbidden):
        revoke_proxy(app, world.quxian, key=named.key)
    revoke_proxy(app, world.guanli, key=named.key)
    acts = rows(app, "select kind from act where stream = 'proxies' order by number")
    assert acts == [("name-proxy",), ("revoke-proxy",)]


def test_of_two_principals_each_has_his_own(app: App, world: World, case: Key, task: Key) -> None:
    """A proxy of two does for each what is his; a third person's task is nobody's."""
    stand_in(app, world.lisi, world.quxian)
    stand_in(app, world.zhaoliu, world.quxian)
    claim_task(app, world.lisi, key=task)
    complete_task(app, world.quxian, key=task, submission={})
    (last,) = inbox(app, world.quxian).items
    done = complete_task(app, world.quxian, key=last.key, submission={})
    assert done.assignee == "zhaoliu"
    outsider = add_person(app, "outsider", "外人", "county-reviewer@kuiwen")
    with pytest.raises(BanshiError):
        get_task(app, outsider, key=task)
    require_consistent(app.database, case)
