"""Hit policies: from the rules that matched to the result of the table (DMN 1.5, 8.2.8)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from engine.dmn.definitions import HitPolicy

__all__ = ["Conflict", "Hit", "choose", "same_value"]

#: A rule that matched: its position (from 0) and its outputs, one for each output column.
Hit: TypeAlias = tuple[int, tuple[object, ...]]


class Conflict(Exception):
    """The rules that matched contradict the hit policy; the message names the rows."""


def choose(
    policy: HitPolicy, hits: Sequence[Hit], rank: Callable[[tuple[object, ...]], tuple[int, ...]]
) -> list[Hit]:
    """The hits that make the result, in its order; ``rank`` gives the priority of outputs, the
    lower the better. Raises ``Conflict`` where UNIQUE or ANY forbids the hits.
    """
    match policy:
        case HitPolicy.UNIQUE if len(hits) > 1:
            raise Conflict(f"命中策略“唯一”只许命中一行，现在同时命中第 {_rows(hits)} 行。")
        case HitPolicy.ANY if any(not same_value(h[1], hits[0][1]) for h in hits):
            raise Conflict(f"命中策略“任意”要求各行结果相同，第 {_rows(hits)} 行的结果不同。")
        case HitPolicy.PRIORITY:
            return sorted(hits, key=lambda h: rank(h[1]))[:1]
        case HitPolicy.OUTPUT_ORDER:
            return sorted(hits, key=lambda h: rank(h[1]))
        case HitPolicy.FIRST | HitPolicy.ANY:
            return list(hits[:1])
    return list(hits)


def _rows(hits: Sequence[Hit]) -> str:
    return "、".join(str(index + 1) for index, _ in hits)


def same_value(left: object, right: object) -> bool:
    """Whether two FEEL values are equal: same type, same content (booleans are no numbers)."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(same_value, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same_value(left[k], right[k]) for k in left)
    return type(left) is type(right) and left == right
