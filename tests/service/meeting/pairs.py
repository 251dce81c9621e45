"""Which commands meet: worked out by trying them, never written down by hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from zlib import crc32

from tests.service.meeting.commands import Command
from tests.service.meeting.ground import Ground
from tests.service.meeting.registry import COMMANDS
from tests.service.meeting.rehearsal import Outcome, Rehearsal, rehearsing

#: Why two commands do not meet of which no case knows both.
NOWHERE = "no case has a place for both"


@dataclass(frozen=True, kw_only=True)
class Pair:
    """``first`` succeeds in the scene; ``second`` does too, by itself or once the first is done."""

    scene: str
    first: Command
    second: Command

    @property
    def names(self) -> tuple[str, str]:
        return self.first.name, self.second.name

    @property
    def together(self) -> bool:
        """Whether both are about the same task, job or event."""
        return bool(self.first.place) and self.first.place == self.second.place

    @property
    def label(self) -> str:
        return f"{self.scene}: {self.first.label} – {self.second.label}"


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """How every command ends in a scene alone (what has no place there is left out), and how those
    that are refused alone end after each that is not."""

    alone: Mapping[str, Outcome]
    after: Mapping[tuple[str, str], Outcome]

    def meeting(self, scene: str) -> Iterator[Pair]:
        here = [c for c in COMMANDS if c.label in self.alone]
        for first in here:
            if self.alone[first.label]:
                continue
            for second in here:
                refused = self.alone[second.label]
                if not refused or not self.after[first.label, second.label]:
                    yield Pair(scene=scene, first=first, second=second)


def matrix_of(ground: Ground) -> Matrix:
    with rehearsing(ground) as rehearsal:
        alone = dict(_alone(rehearsal, [c for c in COMMANDS if c.fits(ground.scene)]))
        able = [c for c in COMMANDS if alone.get(c.label) == ""]
        refused = [c for c in COMMANDS if alone.get(c.label)]
        after: dict[tuple[str, str], Outcome] = {}
        for first in able:
            with rehearsal.after(first):
                for label, outcome in _alone(rehearsal, refused):
                    after[first.label, label] = outcome
    return Matrix(alone=alone, after=after)


def _alone(rehearsal: Rehearsal, commands: Iterable[Command]) -> Iterator[tuple[str, Outcome]]:
    for command in commands:
        with rehearsal.after(command) as (outcome,):
            yield command.label, outcome


def chosen(pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    """Every two commands at every place that both are about; where there is none, once anywhere."""
    by_names: dict[tuple[str, str], list[Pair]] = defaultdict(list)
    for pair in pairs:
        by_names[pair.names].append(pair)
    found: list[Pair] = []
    for each in by_names.values():
        found += [pair for pair in each if pair.together] or each[:1]
    return tuple(found)


def in_one_order(pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    """Of two that meet in either order one, the same every time and either kind about as often."""
    found: dict[frozenset[str], Pair] = {}
    for pair in pairs:
        both = frozenset({f"{pair.scene} {pair.first.label}", f"{pair.scene} {pair.second.label}"})
        turned = crc32(" ".join(sorted(both)).encode()) % 2
        if both not in found or (pair.first.label < pair.second.label) == bool(turned):
            found[both] = pair
    return tuple(found.values())


def apart(matrices: Mapping[str, Matrix], met: Iterable[Pair]) -> dict[tuple[str, str], str]:
    """The names of two commands that meet in no scene → why: there is none with both, or what the
    first of them is told, or what the second one is told after it."""
    together = {pair.names for pair in met}
    found: dict[tuple[str, str], str] = {}
    for first, second in product(COMMANDS, COMMANDS):
        names = first.name, second.name
        if names not in together:
            found[names] = next(_reasons(matrices, first, second), found.get(names, NOWHERE))
    return found


def _reasons(matrices: Mapping[str, Matrix], first: Command, second: Command) -> Iterator[str]:
    for matrix in matrices.values():
        if {first.label, second.label} <= matrix.alone.keys():
            yield matrix.alone[first.label] or matrix.after[first.label, second.label]
