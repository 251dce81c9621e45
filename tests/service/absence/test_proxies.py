"""代理: who is named for how long and for what, what shows for both, what ends it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from engine.model.errors import Forbidden, InvalidInput, NotFound
from engine.model.keys import Key
from engine.model.search import Query
from engine.service.absence.proxies import list_proxies, name_proxy, revoke_proxy
from engine.service.app import App
from engine.service.cases.case_page import case_page
from engine.service.cases.start_case import start_case
from engine.service.history.record import verify_record
from engine.service.identity.update_person import update_person
from engine.service.notifications.fan_out import fan_out
from engine.service.searching import search_tasks
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.complete_task import complete_task
from engine.service.tasks.get_task import get_task
from engine.service.tasks.release_task import release_task
from engine.service.tasks.task_page import task_page
from engine.service.worklists.desk import badges
from engine.service.worklists.inbox import inbox, inbox_counts, inbox_services
from engine.service.worklists.notices import list_notices
from tests.conftest import SettableClock
from tests.service import diagrams
from tests.service.absence.standing_in import PLAIN, VOTE, rows, stand_in
from tests.service.positions import require_consistent
from tests.world import World


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
        assert inbox_counts(app, who).todo == badges(app, who)[0] == 1
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


def test_nobody_stands_in_for_somebody_who_left(app: App, world: World, task: Key) -> None:
    claim_task(app, world.lisi, key=task)
    stand_in(app, world.lisi, world.quxian)
    update_person(app, world.guanli, person_key=world.lisi.key, active=False)
    assert inbox(app, world.quxian).items == ()
    with pytest.raises((Forbidden, NotFound)):
        complete_task(app, world.quxian, key=task, submission={})


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
