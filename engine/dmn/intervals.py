"""Sets of values of one ordered type, as unions of intervals: what the simple tests of a cell say.

An endpoint of None is open to infinity. Values must be hashable and totally ordered by ``<``
(decimals, strings, booleans, dates).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["EVERYTHING", "Interval", "Slots", "complement"]


@dataclass(frozen=True, slots=True)
class Interval:
    """Values between ``low`` and ``high``; a closed end belongs to it."""

    low: Any
    low_closed: bool
    high: Any
    high_closed: bool

    @classmethod
    def point(cls, value: Any) -> Interval:
        """The interval that holds just ``value``."""
        return cls(value, True, value, True)

    @property
    def is_empty(self) -> bool:
        """Whether no value can lie in it."""
        if self.low is None or self.high is None:
            return False
        if self.low == self.high:
            return not (self.low_closed and self.high_closed)
        return bool(self.high < self.low)

    def __contains__(self, value: Any) -> bool:
        low_ok = (
            self.low is None or self.low < value or (self.low_closed and bool(self.low == value))
        )
        return low_ok and (
            self.high is None
            or value < self.high
            or (self.high_closed and bool(self.high == value))
        )


EVERYTHING = Interval(None, False, None, False)


class Slots:
    """Cuts a type's line at the given points: slot ``2i`` is what lies before point ``i`` (after
    point ``i - 1``), slot ``2i + 1`` is the point itself; ``2n`` lies after the last.

    Every interval between these points is a run of slots, so sets are integers with a bit for
    each slot.
    """

    __slots__ = ("count", "everything", "points")

    def __init__(self, intervals: Iterable[Interval]) -> None:
        ends = {e for i in intervals for e in (i.low, i.high) if e is not None}
        self.points: list[Any] = sorted(ends)
        self.count = 2 * len(self.points) + 1
        self.everything = (1 << self.count) - 1

    def locate(self, value: Any) -> int:
        """The slot that ``value`` lies in."""
        points = self.points
        i = bisect_left(points, value)
        return 2 * i + (i < len(points) and points[i] == value)

    def mask(self, intervals: Iterable[Interval]) -> int:
        """The slots that make up the union of ``intervals``."""
        mask = 0
        for interval in intervals:
            if interval.is_empty:
                continue
            first = 0
            if interval.low is not None:
                first = self.locate(interval.low) + (not interval.low_closed)
            last = self.count - 1
            if interval.high is not None:
                last = self.locate(interval.high) - (not interval.high_closed)
            mask |= (1 << (last + 1)) - (1 << first)
        return mask

    def runs(self, mask: int) -> list[Interval]:
        """The intervals, as long as can be, that the slots of ``mask`` make up."""
        found: list[Interval] = []
        slot = 0
        while mask >> slot:
            if not mask >> slot & 1:
                slot += 1
                continue
            first = slot
            while mask >> slot & 1:
                slot += 1
            found.append(self._run(first, slot - 1))
        return found

    def _run(self, first: int, last: int) -> Interval:
        low = None if first == 0 else self.points[(first - 1) // 2]
        high = None if last == self.count - 1 else self.points[last // 2]
        return Interval(low, first % 2 == 1, high, last % 2 == 1)


def complement(intervals: Sequence[Interval]) -> list[Interval]:
    """Everything that lies in none of ``intervals``."""
    slots = Slots(intervals)
    return slots.runs(slots.everything & ~slots.mask(intervals))
