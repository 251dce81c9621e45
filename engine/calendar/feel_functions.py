"""The calendar's functions for FEEL, described so that bootstrap only has to map types.

This room knows nothing of `engine.feel`: the callables take and give Python values. A FEEL
`number` argument arrives as an int (a fraction must be refused by the adaptor), a `date` as
`datetime.date`. What depends on an unpublished calendar comes back as `Unpublished` or
`UnpublishedCount`: the adaptor turns it into null and records its `text` as a warning, so that no
expression goes on with a guess. `deadline` gives a context that says it all, for those who want to
show or use the earliest possible day.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine.calendar.calendar import Calendar
from engine.calendar.deadline import Deadline
from engine.calendar.unpublished import Unpublished


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A parameter by FEEL name and FEEL type (date, number, boolean, string)."""

    name: str
    type: str
    optional: bool = False


@dataclass(frozen=True, kw_only=True)
class Function:
    """One function as FEEL users see it, and the Python callable behind it (positional)."""

    name: str
    parameters: tuple[Parameter, ...]
    #: FEEL type of the answer; null stands for unpublished.
    result: str
    call: Callable[..., Any]
    #: Chinese, one sentence, for the editor's help.
    doc: str


_DATE = Parameter(name="date", type="date")
_COUNT = Parameter(name="n", type="number")
_ROLL = Parameter(name="roll", type="boolean", optional=True)


def functions(calendar: Calendar) -> tuple[Function, ...]:
    """All functions, bound to one calendar."""

    def natural_days_after(day: date, count: int, roll: bool = False) -> date | Unpublished:
        return calendar.add_natural_days(day, count, roll=roll)

    def months_after(day: date, count: int, roll: bool = False) -> date | Unpublished:
        return calendar.add_months(day, count, roll=roll)

    def years_after(day: date, count: int, roll: bool = False) -> date | Unpublished:
        return calendar.add_years(day, count, roll=roll)

    def deadline(day: date, period: str) -> dict[str, Any]:
        return describe(Deadline.parse(period).due(day, calendar))

    between = (Parameter(name="from", type="date"), Parameter(name="to", type="date"))
    return (
        _function("working days after", (_DATE, _COUNT), "date", calendar.add_working_days,
                  "date 之后第 n 个工作日（当日不计）。"),
        _function("natural days after", (_DATE, _COUNT, _ROLL), "date", natural_days_after,
                  "date 之后第 n 个自然日；roll 为 true 时，逢休息日顺延到下一个工作日。"),
        _function("months after", (_DATE, _COUNT, _ROLL), "date", months_after,
                  "date 之后 n 个月的对应日，没有对应日的为月末；roll 同上。"),
        _function("years after", (_DATE, _COUNT, _ROLL), "date", years_after,
                  "date 之后 n 年的对应日；roll 同上。"),
        _function("is working day", (_DATE,), "boolean", calendar.is_working_day,
                  "date 是不是工作日（按国务院放假安排，含调休）。"),
        _function("working days between", between, "number", calendar.working_days_between,
                  "from 之后到 to（含）的工作日数；to 更早时为负数。"),
        _function("next working day", (_DATE,), "date", calendar.next_working_day,
                  "date 本身或其后的第一个工作日。"),
        _function("deadline", (_DATE, Parameter(name="period", type="string")), "context", deadline,
                  "期限，如 deadline(today(), \"30个工作日\")；得到 date、pending、earliest、text。"),
    )  # fmt: skip


def describe(due: date | Unpublished) -> dict[str, Any]:
    """A due day as a context: `date` (or None), `pending`, `earliest`, `text`."""
    if isinstance(due, Unpublished):
        return {"date": None, "pending": True, "earliest": due.earliest, "text": due.text}
    return {"date": due, "pending": False, "earliest": due, "text": due.isoformat()}


def _function(
    name: str, parameters: tuple[Parameter, ...], result: str, call: Callable[..., Any], doc: str
) -> Function:
    return Function(name=name, parameters=parameters, result=result, call=call, doc=doc)
