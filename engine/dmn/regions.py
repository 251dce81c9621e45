"""The space of inputs of a decision table, cut into boxes: what no rule covers, what two share.

Each column is cut at the values that its cells name (``Slots``); a rule is a box, one set of slots
for each column. After Calvanese et al., Semantics and Analysis of DMN Decision Tables (2016).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from engine.dmn.cells import Cell
from engine.dmn.intervals import Interval, Slots

__all__ = ["Box", "Column", "Effort", "TooComplex", "column", "overlap", "uncovered"]

#: A set of slots for each column.
Box: TypeAlias = tuple[int, ...]

MAX_STEPS = 100_000


class TooComplex(Exception):
    """The space has more boxes than it is worth looking at."""


class Effort:
    """How many boxes may still be looked at for one table."""

    __slots__ = ("left",)

    def __init__(self, steps: int = MAX_STEPS) -> None:
        self.left = steps

    def spend(self) -> None:
        """Look at one box; raises ``TooComplex`` when that is one too many."""
        self.left -= 1
        if self.left < 0:
            raise TooComplex


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One input column: its slots, those that can occur, and those that each rule matches.

    ``masks[i]`` is None where the cell of rule ``i`` cannot be told without evaluating it;
    ``is_open`` says that values other than those named can always turn up (strings).
    """

    label: str
    slots: Slots
    domain: int
    masks: tuple[int | None, ...]
    texts: tuple[str, ...]
    is_open: bool


def column(label: str, cells: Sequence[Cell], texts: Sequence[str], allowed: Cell) -> Column | None:
    """The column of ``cells``; None when they speak of more than one type, or none that is known.

    ``allowed`` is what the input may be (a dash: anything).
    """
    kinds = {c.domain for c in (*cells, allowed) if c.domain is not None}
    if len(kinds) > 1:
        return None
    intervals = [i for c in (*cells, allowed) if c.domain is not None for i in c.intervals]
    kind = kinds.pop() if kinds else None
    if kind is bool:
        intervals = [Interval.point(False), Interval.point(True)]
    slots = Slots(intervals)
    domain = slots.everything
    if kind is bool:
        domain = slots.mask(intervals)
    elif allowed.domain is not None:
        domain = slots.mask(allowed.intervals)
    return Column(
        label=label,
        slots=slots,
        domain=domain,
        masks=tuple(_mask(cell, slots, domain) for cell in cells),
        texts=tuple(text.strip() for text in texts),
        is_open=kind is str and allowed.domain is None,
    )


def _mask(cell: Cell, slots: Slots, domain: int) -> int | None:
    if cell.is_any:
        return domain
    return None if cell.is_opaque else slots.mask(cell.intervals) & domain


def overlap(columns: Sequence[Column], first: int, second: int) -> Box | None:
    """The inputs that match both rules; None when there are none, or when it cannot be told."""
    box = []
    for part in columns:
        left, right = part.masks[first], part.masks[second]
        if left is None or right is None:
            if part.texts[first] != part.texts[second]:
                return None
            left = right = part.domain
        if not left & right:
            return None
        box.append(left & right)
    return tuple(box)


def uncovered(
    columns: Sequence[Column], rules: int, within: Box, effort: Effort, *, unknown_covers: bool
) -> Iterator[Box]:
    """The parts of ``within`` that none of ``rules`` (a bit for each) matches.

    Cells that cannot be told count as matching everything if ``unknown_covers``, else nothing.
    Raises ``TooComplex`` when ``effort`` does not suffice.
    """
    by_slot = [_rules_by_slot(part, unknown_covers) for part in columns]
    open_after = _always_matching(columns, unknown_covers)
    covered: set[tuple[int, int]] = set()

    def walk(position: int, active: int, box: Box) -> Iterator[Box]:
        effort.spend()
        if not active:
            yield (*box, *within[position:])
            return
        if active & open_after[position] or (position, active) in covered:
            return
        groups: dict[int, int] = {}
        for slot in _slots(within[position]):
            rest = active & by_slot[position][slot]
            groups[rest] = groups.get(rest, 0) | 1 << slot
        is_covered = True
        for rest, slots in groups.items():
            for gap in walk(position + 1, rest, (*box, slots)):
                is_covered = False
                yield gap
        if is_covered:
            covered.add((position, active))

    return walk(0, rules, ())


def _rules_by_slot(part: Column, unknown_covers: bool) -> list[int]:
    unknown = part.slots.everything if unknown_covers else 0
    masks = [unknown if mask is None else mask for mask in part.masks]
    return [
        sum(1 << rule for rule, mask in enumerate(masks) if mask >> slot & 1)
        for slot in range(part.slots.count)
    ]


def _always_matching(columns: Sequence[Column], unknown_covers: bool) -> list[int]:
    """For each position, the rules that match whatever the columns from there on hold."""
    count = len(columns[0].masks) if columns else 0
    after = [(1 << count) - 1]
    for part in reversed(columns):
        wide = 0
        for rule, mask in enumerate(part.masks):
            if (mask is None and unknown_covers) or mask == part.domain:
                wide |= 1 << rule
        after.append(after[-1] & wide)
    return after[::-1]


def _slots(mask: int) -> Iterator[int]:
    slot = 0
    while mask >> slot:
        if mask >> slot & 1:
            yield slot
        slot += 1
