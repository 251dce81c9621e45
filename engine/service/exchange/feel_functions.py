"""The FEEL functions that banshi adds to the standard's: the calendar's, and checks of numbers.

The calendar's functions give null, with a warning that says so, for days that depend on a calendar
which is not published yet.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from engine.calendar import (
    Calendar,
    CalendarError,
    Unpublished,
    UnpublishedCount,
    functions,
    shipped_calendar,
)
from engine.feel import STANDARD, Registry
from engine.feel.values import Date, DateTime
from engine.forms.value_types import credit_code, resident_id
from engine.service.letters.amounts import amount_in_words


def registry(calendar: Callable[[], Calendar]) -> Registry:
    """The standard functions and ours; ``calendar`` gives the one in force when they are called."""
    found = STANDARD
    for position, function in enumerate(functions(shipped_calendar())):
        parameters = [f"{p.name}{'?' if p.optional else ''}: {p.type}" for p in function.parameters]
        found = found.with_function(
            function.name, parameters, _calendar_call(calendar, position), function.doc
        )
    found = found.with_function(
        "age on",
        ["birth: Any", "date: date"],
        _age_on,
        "周岁：birth 为出生日期或居民身份证号，在 date 当天的年龄。",
    )
    found = found.with_function(
        "is resident id", ["text: string"], _is_resident_id, "是不是有效的居民身份证号。"
    )
    found = found.with_function(
        "amount in words",
        ["amount: number"],
        amount_in_words,
        "金额大写：3060.5 为“叁仟零陆拾元伍角整”。",
    )
    return found.with_function(
        "is uscc", ["text: string"], _is_uscc, "是不是有效的统一社会信用代码。"
    )


def _calendar_call(calendar: Callable[[], Calendar], position: int) -> Callable[..., object]:
    def call(*arguments: Any) -> object:
        function = functions(calendar())[position]
        try:
            answer = function.call(*(_python(argument) for argument in _given(arguments)))
        except CalendarError as error:
            raise ValueError(str(error)) from None
        if isinstance(answer, Unpublished | UnpublishedCount):
            raise ValueError(answer.text)  # noqa: TRY004 - how a host function says null
        return answer

    return call


def _given(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """Without the optional ones at the end that were left out."""
    while arguments and arguments[-1] is None:
        arguments = arguments[:-1]
    return arguments


def _python(value: Any) -> Any:
    if isinstance(value, Date):
        return value.to_python()
    if isinstance(value, Decimal):
        if value != value.to_integral_value():
            raise ValueError("天数应为整数")
        return int(value)
    return value


def _age_on(birth: Any, day: Date) -> int:
    born: date
    match birth:
        case Date():
            born = birth.to_python()
        case DateTime():
            born = birth.date.to_python()
        case str():
            person = resident_id.person(birth)
            if person is None:
                raise ValueError("不是有效的居民身份证号")
            born = person.birth_date
        case _:
            raise ValueError("第一个参数应为出生日期或居民身份证号")
    return resident_id.age_on(born, day.to_python())


def _is_resident_id(text: str) -> bool:
    return resident_id.person(text) is not None


def _is_uscc(text: str) -> bool:
    # the day matters to checks of dates only, and a code has none
    return not credit_code.check(text, date.min).findings
