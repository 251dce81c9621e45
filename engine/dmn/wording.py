"""Writes FEEL values and sets of values the way that people read them in Chinese."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from engine.dmn.intervals import Interval

__all__ = ["interval_text", "intervals_text", "value_text"]


def value_text(value: object) -> str:  # noqa: PLR0911 - one return for each kind of value
    """A FEEL value for people: 是/否 for booleans, 空 for null, strings in “”."""
    match value:
        case None:
            return "空"
        case bool():
            return "是" if value else "否"
        case str():
            return f"“{value}”"
        case Decimal():
            return f"{value:f}"
        case list():
            return f"[{'，'.join(map(value_text, value))}]"
        case dict():
            return f"{{{'，'.join(f'{key}：{value_text(v)}' for key, v in value.items())}}}"
    return str(getattr(value, "text", value))


def interval_text(interval: Interval) -> str:
    """An interval for people, e.g. 「大于 5 且不超过 10」."""
    low, high = interval.low, interval.high
    if low is not None and high is not None and low == high:
        return value_text(low)
    parts = []
    if low is not None:
        parts.append(f"{'不小于' if interval.low_closed else '大于'} {value_text(low)}")
    if high is not None:
        parts.append(f"{'不大于' if interval.high_closed else '小于'} {value_text(high)}")
    return "且".join(parts) if parts else "任意值"


def intervals_text(intervals: Sequence[Interval]) -> str:
    """A union of intervals for people."""
    return "或".join(map(interval_text, intervals)) if intervals else "无"
