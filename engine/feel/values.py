"""The values that expressions take and give.

| FEEL | Python |
|---|---|
| number | `decimal.Decimal` (34 digits) |
| string, boolean, null | `str`, `bool`, `None` |
| list, context | `list`, `dict[str, Value]` (never changed once built) |
| date, time, date and time, durations | the classes of `engine.feel.temporal` |
| range, function | `Range`, `FeelFunction` |
"""

from __future__ import annotations

import datetime as host
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, Overflow
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from engine.feel.number import CONTEXT, ZERO
from engine.feel.temporal import Date, DateTime, DayTimeDuration, Time, YearMonthDuration

if TYPE_CHECKING:
    from engine.feel.lattice import Type
    from engine.feel.run import Run

__all__ = [
    "Date",
    "DateTime",
    "DayTimeDuration",
    "FeelFunction",
    "Parameter",
    "Range",
    "Time",
    "Value",
    "YearMonthDuration",
    "from_host",
    "kind_of",
]

#: Any value of the table above; the evaluator finds out which at run time.
Value: TypeAlias = Any


@dataclass(frozen=True, slots=True)
class Range:
    """An interval between two comparable values (DMN 1.5, 10.3.2.7).

    `operator` is empty for `[a..b]` and its kin; a range written with a comparison (`< 10`, `= 10`,
    `!= 10`) keeps its operator, and the end that it leaves open is None.
    """

    start: Value
    end: Value
    start_included: bool = True
    end_included: bool = True
    operator: str = ""

    @classmethod
    def compared(cls, operator: str, endpoint: Value) -> Range:
        """The range of `<`, `<=`, `>`, `>=`, `=` or `!=` with its endpoint."""
        match operator:
            case "<" | "<=":
                return cls(None, endpoint, False, operator == "<=", operator)
            case ">" | ">=":
                return cls(endpoint, None, operator == ">=", False, operator)
            case _:
                return cls(endpoint, endpoint, operator == "=", operator == "=", operator)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A formal parameter; without a type it takes anything."""

    name: str
    type: Type | None = None
    optional: bool = False


class FeelFunction(ABC):
    """A function: built in, written in FEEL, or given by the host."""

    __slots__ = ("name", "parameters", "result")

    def __init__(
        self, name: str, parameters: tuple[Parameter, ...], result: Type | None = None
    ) -> None:
        self.name = name
        self.parameters = parameters
        self.result = result

    @abstractmethod
    def invoke(self, run: Run, arguments: Sequence[Value]) -> Value:
        """Call with positional arguments; null if they do not fit."""

    @abstractmethod
    def invoke_named(self, run: Run, arguments: Mapping[str, Value]) -> Value:
        """Call with named arguments; null if they do not fit."""

    @property
    def doc(self) -> str:
        """What the function does, for editors; empty if it does not say."""
        return ""

    @property
    def text(self) -> str:
        """How the function shows in a text."""
        return f"function({', '.join(parameter.name for parameter in self.parameters)})"


_KINDS: Final[dict[type, str]] = {
    type(None): "空值",
    Decimal: "数字",
    str: "文本",
    bool: "布尔值",
    list: "列表",
    dict: "上下文",
    Date: "日期",
    Time: "时间",
    DateTime: "日期时间",
    DayTimeDuration: "天时分秒时长",
    YearMonthDuration: "年月时长",
    Range: "区间",
}


def kind_of(value: Value) -> str:
    """What a value is, in words for messages."""
    return _KINDS.get(type(value), "函数" if isinstance(value, FeelFunction) else "其他值")


def from_host(value: object) -> Value:
    """A value of the host program as a FEEL value.

    Takes None, bool, int, Decimal, str, date, time, datetime, timedelta, lists, tuples, mappings
    with string keys, and FEEL values. TypeError for anything else, binary floats above all: their
    digits are not what was written. ValueError for a Decimal that is no finite number, and for
    numbers beyond decimal128.
    """
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return value
    if kind is int:
        return _number(value)  # type: ignore[arg-type]
    if isinstance(value, Decimal):
        return _number(value)
    if kind is list or kind is tuple:
        return [from_host(item) for item in value]  # type: ignore[attr-defined]
    if kind is dict:
        return {_key(key): from_host(item) for key, item in value.items()}  # type: ignore[attr-defined]
    return _from_host_other(value)


def _number(value: Decimal | int) -> Decimal:
    if isinstance(value, Decimal) and not value.is_finite():
        raise ValueError("FEEL 的数字不能是无穷大或 NaN")
    try:
        return CONTEXT.create_decimal(value) or ZERO
    except Overflow:
        raise ValueError("数字太大，FEEL 的数字须小于 10 的 6145 次方") from None


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"上下文的键必须是文本，不能是 {type(key).__name__}")
    return key


def _from_host_other(value: object) -> Value:
    result: Value
    match value:
        case Range() | FeelFunction() | Date() | DateTime() | Time():
            result = value
        case DayTimeDuration() | YearMonthDuration():
            result = value
        case host.datetime():
            result = DateTime.from_python(value)
        case host.date():
            result = Date.from_python(value)
        case host.time():
            result = Time.from_python(value)
        case host.timedelta():
            result = DayTimeDuration.from_python(value)
        case str():
            result = str.__str__(value)
        case bool() | int():
            result = _number(int(value))
        case Mapping():
            result = {_key(key): from_host(item) for key, item in value.items()}
        case list() | tuple():
            result = [from_host(item) for item in value]
        case _:
            raise TypeError(f"FEEL 不接受 {type(value).__name__} 类型的值")
    return result
