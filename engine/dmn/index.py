"""Finds the rules that a value can match in one column, without trying them one by one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine.dmn.cells import ORDERED, Cell
from engine.dmn.intervals import Slots

__all__ = ["ColumnIndex"]


class ColumnIndex:
    """The cells of one input column. Sets of rules are integers with a bit for each rule.

    Exact by construction: a cell is looked up only for values of its own type; every other
    combination is left to FEEL.
    """

    __slots__ = ("_by_type", "_other")

    def __init__(self, cells: Sequence[Cell]) -> None:
        dashes = _bits(index for index, cell in enumerate(cells) if cell.is_any)
        everything = (1 << len(cells)) - 1
        self._other = (dashes, everything & ~dashes)
        self._by_type: dict[type, _TypeIndex] = {
            kind: _TypeIndex(kind, cells, dashes)
            for kind in ORDERED
            if any(cell.domain is kind for cell in cells)
        }

    def find(self, value: object) -> tuple[int, int]:
        """Rules whose cell matches ``value``, and rules for which that must be tried."""
        found = self._by_type.get(type(value))
        return self._other if found is None else found.find(value)


class _TypeIndex:
    """The cells of a column for values of one type."""

    __slots__ = ("masks", "points", "rest", "slots", "tried")

    def __init__(self, kind: type, cells: Sequence[Cell], dashes: int) -> None:
        own = [(i, cell) for i, cell in enumerate(cells) if cell.domain is kind]
        self.slots = Slots([interval for _, cell in own for interval in cell.intervals])
        self.masks = [dashes] * self.slots.count
        for index, cell in own:
            mask = self.slots.mask(cell.intervals)
            for slot in range(self.slots.count):
                if mask >> slot & 1:
                    self.masks[slot] |= 1 << index
        self.tried = _bits(i for i, c in enumerate(cells) if not c.is_any and c.domain is not kind)
        gaps = set(self.masks[0::2])
        self.rest = gaps.pop() if len(gaps) == 1 else None
        self.points = {point: self.masks[2 * i + 1] for i, point in enumerate(self.slots.points)}

    def find(self, value: object) -> tuple[int, int]:
        if self.rest is not None:
            return self.points.get(value, self.rest), self.tried
        return self.masks[self.slots.locate(value)], self.tried


def _bits(indices: Iterable[int]) -> int:
    mask = 0
    for index in indices:
        mask |= 1 << index
    return mask
