"""Values as text, as `string()` gives them."""

from __future__ import annotations

from decimal import Decimal

from engine.feel.budget import TEXT_PER_STEP, Budget
from engine.feel.errors import BudgetExceeded
from engine.feel.names import is_plain_name
from engine.feel.number import number_text
from engine.feel.temporal import Date, DateTime, DayTimeDuration, Time, YearMonthDuration
from engine.feel.values import FeelFunction, Range, Value


def text_of(value: Value, budget: Budget) -> str:
    """A text stands for itself; inside lists, contexts and ranges it is quoted."""
    text = value if type(value) is str else _literal(value, budget)
    budget.text(len(text))
    return text


def literal_text(value: Value, budget: Budget | None = None) -> str:
    """The value as one would write it in FEEL."""
    return _literal(value, budget or Budget())


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t") + '"'


def _literal(value: Value, budget: Budget) -> str:  # noqa: PLR0911 -- one for each kind
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            budget.text(len(value))
            return _quoted(value)
        case Decimal():
            return number_text(value)
        case list():
            return f"[{', '.join(_parts(value, budget))}]"
        case dict():
            keys = (key if is_plain_name(key) else _quoted(key) for key in value)
            parts = zip(keys, _parts(list(value.values()), budget), strict=True)
            return f"{{{', '.join(f'{key}: {part}' for key, part in parts)}}}"
        case Range():
            return _range(value, budget)
        case Date() | DateTime() | Time() | DayTimeDuration() | YearMonthDuration():
            return value.text
        case FeelFunction():
            return value.text
    return str(value)


def _parts(values: list[Value], budget: Budget) -> list[str]:
    size = 0
    parts: list[str] = []
    budget.enter(1)
    try:
        for value in values:
            part = _literal(value, budget)
            size += len(part) + 2
            if size > budget.max_text:
                raise BudgetExceeded("text", budget.max_text)
            budget.tick(len(part) // TEXT_PER_STEP + 1)
            parts.append(part)
    finally:
        budget.leave()
    return parts


def _range(value: Range, budget: Budget) -> str:
    if value.operator:
        end = value.end if value.operator in ("<", "<=") else value.start
        return f"{value.operator} {_literal(end, budget)}"
    opening = "[" if value.start_included else "("
    closing = "]" if value.end_included else ")"
    return f"{opening}{_literal(value.start, budget)}..{_literal(value.end, budget)}{closing}"
