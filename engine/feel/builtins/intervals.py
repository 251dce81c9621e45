"""Range functions (DMN 1.5, 10.3.4.7, table 78): how points and ranges lie to each other.

Each end of a range is a place: its value, and a nudge of one step where the end is not included,
so that the relations are comparisons of places. An end left open (`< 10`) lies at infinity.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from engine.feel.builtins.registry import builtin
from engine.feel.comparison import order
from engine.feel.run import Run
from engine.feel.values import Range, Value

POINT_POINT: Final = "point1: any, point2: any"
POINT_RANGE: Final = "point: any, range: range"
RANGE_POINT: Final = "range: range, point: any"
RANGE_RANGE: Final = "range1: range, range2: range"


class Incomparable(Exception):
    """Two ends that can't be ordered."""


class End(NamedTuple):
    """An end of a range; `side` is -1 for the start, 1 for the end."""

    value: Value
    included: bool
    side: int
    infinite: bool = False


def _ends(value: Value) -> tuple[End, End]:
    if type(value) is not Range:
        return End(value, True, -1), End(value, True, 1)
    if value.operator == "!=":
        raise Incomparable
    open_start, open_end = value.operator in ("<", "<="), value.operator in (">", ">=")
    return (
        End(value.start, value.start_included, -1, open_start),
        End(value.end, value.end_included, 1, open_end),
    )


def _order(left: End, right: End) -> int:
    """Order of the values alone."""
    if left.infinite or right.infinite:
        a = left.side if left.infinite else 0
        b = right.side if right.infinite else 0
        return (a > b) - (a < b)
    result = order(left.value, right.value)
    if result is None:
        raise Incomparable
    return result


def _nudge(end: End) -> int:
    return 0 if end.included or end.infinite else -end.side


def _place(left: End, right: End) -> int:
    """Order of the places: `(1` lies after `[1`, `1)` before `1]`."""
    by_value = _order(left, right)
    if by_value:
        return by_value
    a, b = _nudge(left), _nudge(right)
    return (a > b) - (a < b)


Relation = Callable[[tuple[End, End], tuple[End, End]], bool]


def _before(a: tuple[End, End], b: tuple[End, End]) -> bool:
    compared = _order(a[1], b[0])
    return compared < 0 or (compared == 0 and not (a[1].included and b[0].included))


def _meets(a: tuple[End, End], b: tuple[End, End]) -> bool:
    return a[1].included and b[0].included and _order(a[1], b[0]) == 0


def _overlaps(a: tuple[End, End], b: tuple[End, End]) -> bool:
    return not _before(a, b) and not _before(b, a)


def _overlaps_before(a: tuple[End, End], b: tuple[End, End]) -> bool:
    return _place(a[0], b[0]) < 0 and _overlaps(a, b) and _place(a[1], b[1]) <= 0


def _same_end(a: End, b: End) -> bool:
    return a.included == b.included and _order(a, b) == 0


def _includes(a: tuple[End, End], b: tuple[End, End]) -> bool:
    return _place(a[0], b[0]) <= 0 and _place(a[1], b[1]) >= 0


def _starts(a: tuple[End, End], b: tuple[End, End]) -> bool:
    return _same_end(a[0], b[0]) and _place(a[1], b[1]) <= 0


def _finishes(a: tuple[End, End], b: tuple[End, End]) -> bool:
    return _same_end(a[1], b[1]) and _place(a[0], b[0]) >= 0


def _coincides(a: tuple[End, End], b: tuple[End, End]) -> bool:
    return _same_end(a[0], b[0]) and _same_end(a[1], b[1])


def _swapped(relation: Relation) -> Relation:
    return lambda a, b: relation(b, a)


#: Relation, and the pairs of arguments it is defined for (table 78).
RELATIONS: Final[dict[str, tuple[Relation, tuple[str, ...]]]] = {
    "before": (_before, (RANGE_RANGE, POINT_RANGE, RANGE_POINT, POINT_POINT)),
    "after": (_swapped(_before), (RANGE_RANGE, POINT_RANGE, RANGE_POINT, POINT_POINT)),
    "meets": (_meets, (RANGE_RANGE,)),
    "met by": (_swapped(_meets), (RANGE_RANGE,)),
    "overlaps": (_overlaps, (RANGE_RANGE,)),
    "overlaps before": (_overlaps_before, (RANGE_RANGE,)),
    "overlaps after": (_swapped(_overlaps_before), (RANGE_RANGE,)),
    "finishes": (_finishes, (RANGE_RANGE, POINT_RANGE)),
    "finished by": (_swapped(_finishes), (RANGE_RANGE, RANGE_POINT)),
    "includes": (_includes, (RANGE_RANGE, RANGE_POINT)),
    "during": (_swapped(_includes), (RANGE_RANGE, POINT_RANGE)),
    "starts": (_starts, (RANGE_RANGE, POINT_RANGE)),
    "started by": (_swapped(_starts), (RANGE_RANGE, RANGE_POINT)),
    "coincides": (_coincides, (RANGE_RANGE, POINT_POINT)),
}


def _defined(name: str, relation: Relation, signature: str) -> None:
    """One function of table 78 for one pair of arguments; null where ends can't be ordered."""

    def decide(run: Run, left: Value, right: Value) -> Value:
        if left is None or right is None or not _suits(signature, left, right):
            return run.warn(f"{name} 的参数必须是能比较的值或区间")
        try:
            return relation(_ends(left), _ends(right))
        except Incomparable:
            return run.warn(f"{name} 的参数之间不能比较")

    decide.__doc__ = (
        f"{name}({signature.replace(': any', '').replace(': range', '')}), DMN 1.5, table 78."
    )
    builtin(name, signature)(decide)


def _suits(signature: str, left: Value, right: Value) -> bool:
    """Points are no ranges."""
    points = {POINT_POINT: (left, right), POINT_RANGE: (left,), RANGE_POINT: (right,)}
    return all(type(point) is not Range for point in points.get(signature, ()))


for _name, (_relation, _signatures) in RELATIONS.items():
    for _signature in _signatures:
        _defined(_name, _relation, _signature)
