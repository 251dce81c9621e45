"""代理: two natural persons in one act; whom four eyes, votes, delegations and returns mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine.model.actor import Actor
from engine.model.errors import BanshiError, Forbidden, NotFound
from engine.model.keys import Key
from engine.service.absence.proxies import revoke_proxy
from engine.service.app import App
from engine.service.cases.start_case import start_case
from engine.service.seats.add_sign import add_sign
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.complete_task import complete_task
from engine.service.tasks.delegate_task import delegate_task
from engine.service.tasks.get_task import get_task
from engine.service.tasks.return_to_node import return_to_node
from engine.service.tasks.withdraw_step import withdraw_step
from engine.service.worklists.inbox import inbox
from tests.service import diagrams
from tests.service.absence.standing_in import PLAIN, SEPARATED, VOTE, rows, stand_in
from tests.service.positions import require_consistent
from tests.service.seat_invariants import require_seats
from tests.world import World, add_person


def test_a_proxys_proxy_does_not_act_for_the_first(app: App, world: World, task: Key) -> None:
    claim_task(app, world.lisi, key=task)
    stand_in(app, world.lisi, world.quxian)
    stand_in(app, world.quxian, world.jiedao)
    assert inbox(app, world.jiedao).items == ()
    with pytest.raises((Forbidden, NotFound)):
        complete_task(app, world.jiedao, key=task, submission={})


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
