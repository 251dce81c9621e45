"""Every pair of operations that can meet on one task, staged on PostgreSQL: the second waits for
the first and then finds the task as the first left it. Nothing is lost, nothing is done twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

import pytest

from engine.model.errors import AlreadyHandled, Conflict, Forbidden, InvalidInput
from engine.service.app import App
from engine.service.cases.end_case import cancel_case
from engine.service.history.record import verify_record
from engine.service.seats.add_sign import add_sign
from engine.service.seats.remove_sign import remove_sign
from engine.service.tasks.assign_task import assign_task
from engine.service.tasks.call_back_task import call_back_task
from engine.service.tasks.comment_task import comment_task
from engine.service.tasks.complete_task import complete_task
from engine.service.tasks.delegate_task import delegate_task
from engine.service.tasks.resolve_task import resolve_task
from engine.service.tasks.return_to_node import return_to_node
from engine.service.tasks.update_task import update_task
from engine.service.tasks.withdraw_step import withdraw_step
from tests.service.positions import require_consistent
from tests.service.seat_invariants import require_seats
from tests.service.staging import race
from tests.service.tasks.test_operations_matrix import STATES, Stage
from tests.world import World

Act = Callable[[Stage], Any]

#: What can be under way at once in a task to which wangwu was added beside lisi.
MEETING: Mapping[str, Act] = {
    "holder completes": lambda s: done(s, "lisi"),
    "added completes": lambda s: done(s, "wangwu"),
    "holder delegates": lambda s: delegate_task(s.app, s.people["lisi"], key=s.task, to="clerk3"),
    "holder hands on": lambda s: assign_task(
        s.app, s.people["lisi"], key=s.task, assignee="clerk3"
    ),
    "added hands on": lambda s: assign_task(
        s.app, s.people["wangwu"], key=s.task, assignee="clerk4"
    ),
    "administrator hands on": lambda s: assign_task(
        s.app, s.people["guanli"], key=s.task, assignee="clerk3", seat=s.seat("lisi")
    ),
    "holder adds": lambda s: add_sign(
        s.app, s.people["lisi"], key=s.task, mode="parallel", people=["clerk3"]
    ),
    "added adds": lambda s: add_sign(
        s.app, s.people["wangwu"], key=s.task, mode="parallel", people=["clerk3"]
    ),
    "holder removes": lambda s: remove_sign(
        s.app, s.people["lisi"], key=s.task, seat=s.added, reason="减"
    ),
    "holder returns": lambda s: return_to_node(
        s.app, s.people["lisi"], key=s.task, target="first", reason="退"
    ),
    "added returns": lambda s: return_to_node(
        s.app, s.people["wangwu"], key=s.task, target="first", reason="退"
    ),
    "administrator cancels": lambda s: cancel_case(
        s.app, s.people["guanli"], key=s.case, reason="终止"
    ),
    "administrator puts off": lambda s: update_task(
        s.app, s.people["guanli"], key=s.task, due_at=s.app.now()
    ),
}
REFUSALS = (AlreadyHandled, Conflict, Forbidden, InvalidInput)


def done(s: Stage, who: str) -> Any:
    return complete_task(s.app, s.people[who], key=s.task, submission={"outcome": "approve"})


@pytest.fixture
def meeting(app: App, world: World) -> Stage:
    stage = Stage(app, world)
    STATES["parallel"](stage)
    stage.added = stage.seat("wangwu")
    return stage


@pytest.mark.parametrize(
    ("first", "second"), list(product(MEETING, MEETING)), ids=lambda name: name.replace(" ", "-")
)
def test_two_at_once(
    meeting: Stage, monkeypatch: pytest.MonkeyPatch, first: str, second: str
) -> None:
    app = meeting.app
    meeting.seat("lisi")  # named before the race, as a page names it
    winner, late = race(
        monkeypatch,
        app.database,
        lambda: MEETING[first](meeting) or True,
        lambda: MEETING[second](meeting) or True,
    )
    assert winner.error is None, winner.error
    assert late.error is None or isinstance(late.error, REFUSALS), late.error
    if first == second and "puts off" not in first and "administrator hands" not in first:
        assert late.error is not None, "it was done twice"
    require_consistent(app.database, meeting.case)
    require_seats(app, meeting.case)
    assert verify_record(app, meeting.people["guanli"], key=meeting.case) == ()
    acts = 1 if late.error else 2
    written = meeting.row("select max(number) from journal")
    assert written == 4 + acts  # start, first, claim, add-sign


def test_the_late_one_is_told_who_was_first(
    app: App, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(app, world)
    STATES["held"](stage)
    first, late = race(
        monkeypatch,
        app.database,
        lambda: return_to_node(
            app, stage.people["lisi"], key=stage.task, target="first", reason="退"
        ),
        lambda: done(stage, "lisi"),
    )
    assert first.error is None
    assert isinstance(late.error, AlreadyHandled)
    assert late.error.by == "李四"


@pytest.mark.parametrize("state", ["delegated", "given-back"])
def test_a_delegation_is_given_back_once(
    app: App, world: World, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    stage = Stage(app, world)
    STATES["delegated"](stage)

    def back() -> Any:
        return resolve_task(app, stage.people["wangwu"], key=stage.task)

    other = back if state == "delegated" else lambda: done(stage, "lisi")
    first, late = race(monkeypatch, app.database, back, other)
    assert first.error is None
    assert isinstance(late.error, Forbidden) if state == "delegated" else late.error is None
    require_seats(app, stage.case)


def test_taking_back_and_going_on(app: App, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is first wins; the other finds that out."""
    stage = Stage(app, world)
    STATES["completed"](stage)
    last = stage.row("select key from user_task where element_id = 'last'")

    def take_back() -> Any:
        return withdraw_step(app, stage.people["lisi"], key=stage.task)

    def go_on() -> Any:
        return complete_task(app, stage.people["zhaoliu"], key=last, submission={})

    first, late = race(monkeypatch, app.database, take_back, go_on)
    assert first.error is None
    assert isinstance(late.error, AlreadyHandled | Conflict)
    require_consistent(app.database, stage.case)
    stage.task = stage.row(
        "select key from user_task where element_id = 'work' and state = 'CREATED'"
    )
    done(stage, "lisi")
    last = stage.row("select key from user_task where element_id = 'last' and state = 'CREATED'")
    first, late = race(monkeypatch, app.database, go_on, take_back)
    assert first.error is None
    assert isinstance(late.error, Forbidden | Conflict)
    require_consistent(app.database, stage.case)


@pytest.mark.parametrize("votes", [("approve", "approve"), ("reject", "approve")])
def test_two_votes_at_once_are_both_counted_or_one_is_told(
    app: App, world: World, monkeypatch: pytest.MonkeyPatch, votes: tuple[str, str]
) -> None:
    stage = Stage(app, world)
    STATES["parallel"](stage)
    first, late = race(
        monkeypatch,
        app.database,
        *(
            lambda who=who, vote=vote: complete_task(
                app, stage.people[who], key=stage.task, submission={"outcome": vote}
            )
            for who, vote in zip(("lisi", "wangwu"), votes, strict=True)
        ),
    )
    assert first.error is None
    if votes[0] == "approve":
        assert late.error is None
        assert stage.row("select count(*) from seat where state = 'DONE'") == 2
    else:
        assert isinstance(late.error, AlreadyHandled)
        assert stage.row("select reason from seat where state = 'CANCELED'") == "decided"
    require_seats(app, stage.case)


#: What can be under way at once while lisi's seat is with wangwu.
LENT: Mapping[str, Act] = {
    "delegator calls back": lambda s: call_back_task(s.app, s.people["lisi"], key=s.task),
    "delegate gives back": lambda s: resolve_task(s.app, s.people["wangwu"], key=s.task),
    "delegate delegates": lambda s: delegate_task(
        s.app, s.people["wangwu"], key=s.task, to="clerk3"
    ),
    "delegate hands on": lambda s: assign_task(
        s.app, s.people["wangwu"], key=s.task, assignee="clerk4"
    ),
    "a colleague comments": lambda s: comment_task(
        s.app, s.people["clerk3"], key=s.task, text="请看"
    ),
    "administrator cancels": lambda s: cancel_case(
        s.app, s.people["guanli"], key=s.case, reason="终止"
    ),
}


@pytest.mark.parametrize(
    ("first", "second"), list(product(LENT, LENT)), ids=lambda name: name.replace(" ", "-")
)
def test_two_at_once_on_what_was_delegated(
    app: App, world: World, monkeypatch: pytest.MonkeyPatch, first: str, second: str
) -> None:
    """given a delegation, when it is called back and something else is done at once, then it is
    with one of them, and never with both."""
    stage = Stage(app, world)
    STATES["delegated"](stage)
    winner, late = race(
        monkeypatch,
        app.database,
        lambda: LENT[first](stage) or True,
        lambda: LENT[second](stage) or True,
    )
    assert winner.error is None, winner.error
    assert late.error is None or isinstance(late.error, REFUSALS), late.error
    if first == second and "comments" not in first:
        assert late.error is not None, "it was done twice"
    if first == "delegator calls back" and second.startswith("delegate "):
        assert late.error is not None, "a former holder acted"
    require_consistent(app.database, stage.case)
    require_seats(app, stage.case)
    assert verify_record(app, stage.people["guanli"], key=stage.case) == ()
    written = stage.row("select max(number) from journal")
    assert written == 4 + (1 if late.error else 2)  # start, first, claim, delegate
