"""Copy, urge and withdraw: every state of a case against everybody who could have a hand in it.

What is allowed is worked out here from approval.md, case by case, and compared with what the
service does and with what the pages offer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from engine.model.actor import Actor
from engine.model.errors import AlreadyHandled, BanshiError, Forbidden, NotFound, TooSoon
from engine.model.keys import Key
from engine.service.app import App
from engine.service.cases.case_page import case_page
from engine.service.cases.copy_case import copy_case
from engine.service.cases.end_case import cancel_case, withdraw_case
from engine.service.cases.urge_case import urge_case
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.task_page import task_page
from engine.storage.worklists import tasks
from tests.service.aid import decide, open_case, open_task
from tests.world import World

#: Everybody, by what he is to the case.
PEOPLE = {
    "applicant": "zhangsan",
    "holder": "lisi",
    "colleague": "wangwu",
    "leader": "zhaoliu",
    "reader": "quxian",
    "outsider": "jiedao",
    "administrator": "guanli",
}


@dataclass(frozen=True, kw_only=True)
class State:
    """A state of the case. ``makes`` brings it there; the rest: who may do what in it."""

    makes: Callable[[App, World, Key], None]
    copies: frozenset[str] = frozenset()
    urges: frozenset[str] = frozenset()
    withdraws: bool = True


def _claimed(app: App, world: World, case: Key) -> None:
    claim_task(app, world.lisi, key=open_task(app, case).key)
    copy_case(app, world.lisi, task_key=open_task(app, case).key, people=["quxian"])


def _returned(app: App, world: World, case: Key) -> None:
    _claimed(app, world, case)
    decide(app, world.lisi, case, "return")


def _reviewed(app: App, world: World, case: Key) -> None:
    _claimed(app, world, case)
    decide(app, world.lisi, case)


def _decided(app: App, world: World, case: Key) -> None:
    _reviewed(app, world, case)
    decide(app, world.zhaoliu, case)
    claim_task(app, world.lisi, key=open_task(app, case).key)


def _sent_back(app: App, world: World, case: Key) -> None:
    _reviewed(app, world, case)
    decide(app, world.zhaoliu, case, "return")
    claim_task(app, world.lisi, key=open_task(app, case).key)


def _ended(app: App, world: World, case: Key) -> None:
    _decided(app, world, case)
    decide(app, world.lisi, case)


def _cancelled(app: App, world: World, case: Key) -> None:
    _claimed(app, world, case)
    cancel_case(app, world.guanli, key=case, reason="重复")


STATES = {
    "open": State(makes=lambda *_: None, urges=frozenset({"applicant"})),
    "claimed": State(makes=_claimed, copies=frozenset({"holder"}), urges=frozenset({"applicant"})),
    "returned": State(makes=_returned, urges=frozenset({"holder"})),
    "reviewed": State(makes=_reviewed, urges=frozenset({"applicant", "holder"})),
    "decided": State(
        makes=_decided,
        copies=frozenset({"holder"}),
        urges=frozenset({"applicant", "leader"}),
        withdraws=False,
    ),
    "sent-back": State(
        makes=_sent_back,
        copies=frozenset({"holder"}),
        urges=frozenset({"applicant", "leader"}),
    ),
    "ended": State(makes=_ended, withdraws=False),
    "cancelled": State(makes=_cancelled, withdraws=False),
}


def attempt(act: Callable[[], object]) -> bool:
    """Whether it was done; refused otherwise, and by nothing but a refusal."""
    try:
        act()
    except (Forbidden, AlreadyHandled, NotFound):
        return False
    return True


@pytest.mark.parametrize("role", PEOPLE)
@pytest.mark.parametrize("state", STATES)
def test_who_may_copy_urge_and_withdraw(app: App, world: World, state: str, role: str) -> None:
    at, actor = STATES[state], getattr(world, PEOPLE[role])
    case = open_case(app, world.zhangsan).key
    at.makes(app, world, case)
    may_copy, may_urge = role in at.copies, role in at.urges
    may_withdraw = at.withdraws and role == "applicant"
    assert offered(app, actor, case) == (may_copy, may_urge, may_withdraw)
    last = last_task(app, case)
    assert attempt(lambda: copy_case(app, actor, task_key=last, people=["zhuanjia1"])) == may_copy
    assert attempt(lambda: urge_case(app, actor, key=case)) == may_urge
    if may_urge:
        with pytest.raises(TooSoon):
            urge_case(app, actor, key=case)
    assert attempt(lambda: withdraw_case(app, actor, key=case, reason="x")) == may_withdraw


def offered(app: App, actor: Actor, case: Key) -> tuple[bool, bool, bool]:
    """What the pages offer; whoever may not see one is offered nothing by it."""
    try:
        of_case = case_page(app, actor, key=case).allowed_actions
    except BanshiError:
        of_case = frozenset()
    try:
        of_task = task_page(app, actor, key=last_task(app, case)).allowed_actions
    except BanshiError:
        of_task = frozenset()
    return "copy" in of_task, "urge" in of_case, "withdraw" in of_case


def last_task(app: App, case: Key) -> Key:
    """The open task of the case, else the one that was opened last."""
    with app.database.unit_of_work() as work:
        found = tasks.open_tasks_of(work, case)
        if found:
            return found[0].key
        row = work.hot("select max(key) from user_task where instance_key = %s", [case]).fetchone()
    return Key(row[0])
