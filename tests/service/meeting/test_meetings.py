"""Every two commands that can meet, staged on PostgreSQL: the second waits for the first.

What comes of it must be what comes of the two one after the other (serialisability): the same
answer or refusal, the same rows everywhere, the same journal.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import groupby

import pytest

from engine.service.history.record import verify_record
from tests.service.meeting.commands import Command
from tests.service.meeting.conftest import Grounds
from tests.service.meeting.ground import Ground
from tests.service.meeting.pairs import (
    NOWHERE,
    Matrix,
    Pair,
    apart,
    chosen,
    in_one_order,
    matrix_of,
)
from tests.service.meeting.registry import COMMANDS
from tests.service.meeting.rehearsal import Outcome, outcome_of, rehearsing
from tests.service.meeting.scenes import SCENES
from tests.service.meeting.staged import Stage
from tests.service.meeting.state import State, differences
from tests.service.positions import require_consistent
from tests.service.seat_invariants import require_seats

Result = tuple[Outcome, State]


@pytest.fixture(scope="session")
def matrices(grounds: Grounds) -> Mapping[str, Matrix]:
    return {scene: matrix_of(grounds(scene)) for scene in SCENES}


@pytest.fixture(scope="session")
def every_pair(matrices: Mapping[str, Matrix]) -> tuple[Pair, ...]:
    return chosen(pair for scene, matrix in matrices.items() for pair in matrix.meeting(scene))


@pytest.fixture(scope="session")
def pairs(every_pair: tuple[Pair, ...]) -> tuple[Pair, ...]:
    """Every two commands; in both orders where ``BANSHI_MEETINGS=both`` (by night), else in one."""
    return every_pair if os.environ.get("BANSHI_MEETINGS") == "both" else in_one_order(every_pair)


@pytest.mark.parametrize("first", COMMANDS, ids=lambda command: command.label)
def test_whoever_comes_second_finds_what_the_first_left(
    grounds: Grounds, stage: Stage, pairs: tuple[Pair, ...], first: Command
) -> None:
    mine = [pair for pair in pairs if pair.first is first]
    wrong: list[str] = []
    for scene, there in groupby(mine, key=lambda pair: pair.scene):
        ground = grounds(scene)
        seconds = [pair.second for pair in there]
        for second, expected in in_turn(ground, first, seconds):
            wrong += meet(ground, stage, Pair(scene=scene, first=first, second=second), expected)
    assert not wrong, "\n".join(wrong)


def in_turn(ground: Ground, first: Command, seconds: list[Command]) -> list[tuple[Command, Result]]:
    """What comes of each of these when the first is done."""
    found: list[tuple[Command, Result]] = []
    with rehearsing(ground) as rehearsal, rehearsal.after(first):
        for second in seconds:
            with rehearsal.after(second) as (outcome,):
                found.append((second, (outcome, rehearsal.state())))
    return found


def meet(ground: Ground, stage: Stage, pair: Pair, expected: Result) -> list[str]:
    """Stage it, compare it, put the scene back; what is wrong with it."""
    first, second = pair.first, pair.second
    with ground.putting_back():
        met = stage.meet(ground, first, second)
        outcome = met.second
        if outcome and second.again is not None:
            outcome = once_more(ground, second)
        found = (outcome, ground.now())
        wrong = [*unsound(ground)]
    if met.first:
        wrong.append(f"the first was refused: {met.first}")
    if first.locks and second.locks and not second.passes and not met.waited:
        wrong.append("the second did not wait for the first")
    other = compare(ground, second, found, expected)
    if other and not met.waited:
        other = compare(ground, second, found, turned(ground, pair))
    return [f"{pair.label}: {each}" for each in [*wrong, *other]]


def once_more(ground: Ground, second: Command) -> Outcome:
    """The next round of the background."""
    clock, now = ground.scene.clock, ground.scene.clock.at
    clock.advance(second.again or timedelta(0))
    try:
        return outcome_of(lambda: second.act(ground.scene))
    finally:
        clock.set(now)


def turned(ground: Ground, pair: Pair) -> Result:
    """Where the second did not wait, it may have come before the first."""
    with (
        rehearsing(ground) as rehearsal,
        rehearsal.after(pair.second, pair.first) as (outcome, _),
    ):
        return outcome, rehearsal.state()


def compare(ground: Ground, second: Command, found: Result, expected: Result) -> list[str]:
    wrong = []
    same = bool(found[0]) == bool(expected[0]) if second.looks else found[0] == expected[0]
    if not same:
        wrong.append(f"ended with {found[0]!r}; one after the other: {expected[0]!r}")
    for table, lines in differences(expected[1], found[1], ground.newest).items():
        if table not in second.notes:
            wrong.append("\n  ".join([f"{table} is another:", *(line[:600] for line in lines)]))
    return wrong


def unsound(ground: Ground) -> Iterator[str]:
    """What was lost or done twice, or does not verify."""
    scene = ground.scene
    with scene.app.database.unit_of_work() as work:
        if not work.hot("select 1 from instance where key = %s", [scene.case]).fetchone():
            return  # destroyed
    try:
        require_consistent(scene.app.database, scene.case)
        require_seats(scene.app, scene.case)
        assert verify_record(scene.app, scene.guanli, key=scene.case) == ()
    except AssertionError as broken:
        yield f"it is not sound any more: {broken}"


def test_whatever_does_not_meet_has_its_reason(
    matrices: Mapping[str, Matrix], every_pair: tuple[Pair, ...]
) -> None:
    """Refused whatever the other does, or no case knows both; never left out for nothing."""
    names = {command.name for command in COMMANDS}
    met = {pair.names for pair in every_pair}
    reasons = apart(matrices, every_pair)
    assert met | reasons.keys() == {(one, other) for one in names for other in names}
    assert all(reasons.values())
    nowhere = {pair for pair, reason in reasons.items() if reason == NOWHERE}
    only_there = {"approve-disposal", "discard-disposal", "disposal", "deduplication"}
    assert all(only_there & {*pair} for pair in nowhere), nowhere
    assert len(met) > 2 * len(names) ** 2 / 3, "most of them do meet"
    assert {name for pair in every_pair for name in pair.names} == names, "each meets another"


def test_one_order_leaves_out_no_two_commands(every_pair: tuple[Pair, ...]) -> None:
    def twos(pairs: tuple[Pair, ...]) -> set[frozenset[str]]:
        return {frozenset({p.scene, p.first.label, p.second.label}) for p in pairs}

    assert twos(in_one_order(every_pair)) == twos(every_pair)
