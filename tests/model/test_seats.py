"""Seats by themselves: the table of transitions, turns, stacks; whole populations of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model import counting, seats
from engine.model.errors import Conflict
from engine.model.keys import Key
from engine.model.seats import SEAT_TRANSITIONS, Ended, Seat, SeatKind, Seats, SeatState
from engine.model.voting import Result, Unreadable

NOW = datetime(2025, 3, 3, tzinfo=UTC)


def seat(number: int, state: SeatState = SeatState.OPEN, **more: object) -> Seat:
    holder = f"p{number}"
    return Seat(key=Key(number), ordinal=number, state=state, holder=holder, **more)  # type: ignore[arg-type]


def vote(found: Seats, key: int, outcome: str | None = "approve") -> Seats:
    return seats.voted(
        found,
        Key(key),
        by=f"p{key}",
        outcome=outcome,
        opinion="",
        reason_code="",
        submission={},
        now=NOW,
    )


@pytest.mark.parametrize("state", SeatState)
def test_what_a_state_leads_to(state: SeatState) -> None:
    found = (seat(1, state),)
    attempts: dict[SeatState, Callable[[], Seats]] = {
        SeatState.DONE: lambda: vote(found, 1),
        SeatState.CANCELED: lambda: seats.removed(found, Key(1), now=NOW),
    }
    for to, act in attempts.items():
        if to in SEAT_TRANSITIONS[state]:
            assert act()[0].state is to
        else:
            with pytest.raises(Conflict):
                act()
    changes: tuple[Callable[[], Seats], ...] = (
        lambda: seats.taken(found, Key(1), by="x"),
        lambda: seats.delegated(found, Key(1), to="x"),
        lambda: seats.released(found, Key(1)),
    )
    for change in changes:
        if state is SeatState.OPEN:
            change()
        else:
            with pytest.raises(Conflict):
                change()
    closed = seats.closed(found, reason=Ended.DECIDED, now=NOW)[0]
    live = state in {SeatState.OPEN, SeatState.WAITING}
    assert closed.state is (SeatState.CANCELED if live else state)


@given(st.lists(st.integers(2, 9), unique=True, max_size=6))
def test_a_stack_comes_back_the_way_it_went(to: list[int]) -> None:
    start: Seats = (seat(1),)
    found = start
    for n in to:
        found = seats.delegated(found, Key(1), to=f"p{n}")
    trail = ["p1", *(f"p{n}" for n in to)]
    for expected in reversed(trail[:-1]):
        found = seats.resolved(found, Key(1))
        assert found[0].holder == expected
    assert found == start
    with pytest.raises(Conflict):
        seats.resolved(found, Key(1))


def add(found: Seats, key: int, kind: SeatKind, *people: int) -> Seats:
    named = {f"p{n}": Key(n) for n in people}
    more = seats.added(found, Key(key), kind=kind, by=f"p{key}", people=named, now=NOW)
    return seats.arranged(more, now=NOW)


def states(found: Seats) -> str:
    return " ".join(s.state.value[0] for s in found)


def test_before_nests_and_opens_from_within() -> None:
    found = add((seat(1),), 1, SeatKind.BEFORE, 2, 3)
    found = add(found, 2, SeatKind.BEFORE, 4)
    assert states(found) == "W W O O"
    found = seats.arranged(vote(found, 4, "reject"), now=NOW)
    assert states(found) == "W O O D"
    found = seats.arranged(vote(vote(found, 2), 3), now=NOW)
    assert states(found) == "O D D D"
    assert counting.decide(counting.EVERYBODY, found) is None
    decided = counting.decide(counting.EVERYBODY, vote(found, 1))
    assert decided is not None
    assert (decided.result, decided.outcome, decided.tally.total) == (Result.PASSED, "approve", 1)


def test_after_confirms_in_a_chain() -> None:
    found = add((seat(1),), 1, SeatKind.AFTER, 2)
    found = seats.arranged(vote(found, 1, "fit"), now=NOW)
    plan = counting.plan_of({"banshi:approves": "fit, ok"})
    assert counting.decide(plan, found) is None
    confirmed = counting.decide(plan, vote(found, 2, "ok"))
    assert confirmed is not None
    assert confirmed.outcome == "fit"
    refused = counting.decide(plan, vote(found, 2, "unfit"))
    assert refused is not None
    assert (refused.outcome, refused.tally.no) == ("unfit", 1)


def test_a_reject_does_not_wait_for_confirmation() -> None:
    found = add((seat(1),), 1, SeatKind.AFTER, 2)
    decided = counting.decide(counting.EVERYBODY, vote(found, 1, "reject"))
    assert decided is not None
    assert decided.outcome == "reject"


def test_removing_takes_descendants_along() -> None:
    found = add((seat(1),), 1, SeatKind.PARALLEL, 2)
    found = add(add(found, 2, SeatKind.PARALLEL, 3), 3, SeatKind.PARALLEL, 4)
    found = vote(found, 4)
    assert states(seats.removed(found, Key(2), now=NOW)) == "O C C D"


def test_in_turn_somebody_beside_is_waited_for() -> None:
    found = seats.arranged((seat(1), seat(2)), now=NOW, sequential=True)
    assert states(found) == "O W"
    found = add(found, 1, SeatKind.PARALLEL, 3)
    found = seats.arranged(vote(found, 1), now=NOW, sequential=True)
    assert states(found) == "D W O"
    found = seats.arranged(vote(found, 3), now=NOW, sequential=True)
    assert states(found) == "D O D"


@given(st.permutations(range(1, 6)), st.booleans())
def test_arranging_again_changes_nothing(order: list[int], sequential: bool) -> None:
    found: Seats = tuple(seat(n) for n in range(1, 6))
    for n in order:
        found = seats.arranged(found, now=NOW, sequential=sequential)
        assert seats.arranged(found, now=NOW, sequential=sequential) == found
        if found[n - 1].state is SeatState.OPEN:
            found = vote(found, n)


@pytest.mark.parametrize(
    "properties",
    [
        {"completionRule": "most"},
        {"completionRule": "ratio"},
        {"completionRule": "weighted"},
        {"completionRule": "ratio", "threshold": "120%"},
        {"completionRule": "ratio", "threshold": "1/2", "quorum": "0"},
        {"completionRule": "any", "veto": "perhaps"},
        {"completionRule": "all", "abstentions": "sometimes"},
    ],
)
def test_plans_that_cannot_be(properties: dict[str, str]) -> None:
    with pytest.raises(Unreadable):
        counting.plan_of({f"banshi:{name}": value for name, value in properties.items()})


@pytest.mark.parametrize(
    ("rule", "outcomes", "expected"),
    [
        ("all", ["approve", "return"], "return"),
        ("any", ["reject", "return"], "reject"),
        ("any", ["return", "return"], "return"),
        ("all", ["abstain", "approve"], "reject"),
        ("any", ["abstain", "abstain"], "reject"),
        ("any", ["approve"], "approve"),
    ],
)
def test_outcomes(rule: str, outcomes: list[str], expected: str) -> None:
    found: Seats = tuple(seat(n) for n in range(1, 1 + len(outcomes)))
    for n, outcome in enumerate(outcomes, 1):
        found = vote(found, n, outcome)
    decided = counting.decide(counting.plan_of({"banshi:completionRule": rule}), found)
    assert decided is not None
    assert decided.outcome == expected


def test_whoever_has_had_his_say_gets_no_second_seat() -> None:
    """Nor does the person for whom a proxy said it; a seat that was canceled counts for nothing."""
    said = replace(seat(1, SeatState.DONE), actor="proxy", on_behalf_of="p1")
    found = (said, seat(2, SeatState.CANCELED), replace(seat(3), holder="p4", stack=("p3",)))
    assert seats.engaged(found) == {"proxy", "p1", "p3", "p4"}
