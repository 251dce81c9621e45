"""Writes FEEL values and sets of values the way that people read them in Chinese."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from engine.dmn.intervals import Interval

__all__ = ["glued", "set_text", "value_text"]


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


def set_text(intervals: Sequence[Interval]) -> str:
    """What a value that lies in one of ``intervals`` is, to follow its name: 「为 5 或 6」,
    「大于 5 且不大于 10，或不小于 20」."""
    if not intervals:
        return "不可能有值"
    if all(_is_point(interval) for interval in intervals):
        words = [word for i in intervals for word in ("或", value_text(i.low))]
        return glued("为", *words[1:])
    return "，或".join(map(_interval_text, intervals))


def _is_point(interval: Interval) -> bool:
    return interval.low is not None and bool(interval.low == interval.high)


def _interval_text(interval: Interval) -> str:
    low, high = interval.low, interval.high
    if _is_point(interval):
        return glued("等于", value_text(low))
    words = []
    if low is not None:
        words += ["不小于" if interval.low_closed else "大于", value_text(low)]
    if low is not None and high is not None:
        words.append("且")
    if high is not None:
        words += ["不大于" if interval.high_closed else "小于", value_text(high)]
    return glued(*words) if words else "任意"


def glued(*parts: str) -> str:
    """Texts put together, with a space where Latin letters or digits meet Chinese ones."""
    text = ""
    for part in parts:
        is_border = text and part and text[-1].isascii() != part[0].isascii()
        text += f" {part}" if is_border else part
    return text
