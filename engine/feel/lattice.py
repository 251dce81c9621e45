"""The types of FEEL: names, conformance, implicit conversions (DMN 1.5, 10.3.2.9)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from engine.feel.budget import Budget
from engine.feel.temporal import Date, DateTime, DayTimeDuration, Time, YearMonthDuration
from engine.feel.values import FeelFunction, Range, Value


class Type(ABC):
    """A node of the type lattice."""

    __slots__ = ()

    @property
    @abstractmethod
    def text(self) -> str:
        """The type expression, `list<number>`."""

    @abstractmethod
    def accepts(self, value: Value, budget: Budget) -> bool:
        """Whether a value other than null has this type."""

    @abstractmethod
    def conforms_to(self, other: Type) -> bool:
        """Whether every value of this type can stand where the other is expected (10.3.2.9.2)."""

    def resolved(self) -> Type:
        """The type that a name stands for; other types are themselves."""
        return self

    def holds(self, value: Value, budget: Budget) -> bool:
        """Like `accepts`, where null belongs to every type (inside lists and contexts)."""
        if value is None:
            return True
        budget.tick()
        return self.accepts(value, budget)


@dataclass(frozen=True, slots=True)
class SimpleType(Type):
    """number, string, boolean, the temporal types, Any, Null."""

    name: str
    classes: tuple[type, ...] = field(default=(), compare=False, repr=False)

    @property
    def text(self) -> str:
        return self.name

    def accepts(self, value: Value, budget: Budget) -> bool:  # noqa: ARG002
        return self.name == "Any" or type(value) in self.classes

    def conforms_to(self, other: Type) -> bool:
        other = other.resolved()
        return other is ANY or self is NULL or self == other


ANY: Final = SimpleType("Any")
NULL: Final = SimpleType("Null", (type(None),))
NUMBER: Final = SimpleType("number", (Decimal,))
STRING: Final = SimpleType("string", (str,))
BOOLEAN: Final = SimpleType("boolean", (bool,))
DATE: Final = SimpleType("date", (Date,))
TIME: Final = SimpleType("time", (Time,))
DATE_TIME: Final = SimpleType("date and time", (DateTime,))
DAY_TIME: Final = SimpleType("days and time duration", (DayTimeDuration,))
YEAR_MONTH: Final = SimpleType("years and months duration", (YearMonthDuration,))

SIMPLE: Final = (
    ANY, NULL, NUMBER, STRING, BOOLEAN, DATE, TIME, DATE_TIME, DAY_TIME, YEAR_MONTH,
)  # fmt: skip

#: Names of simple types, with those that older DMN versions write in `typeRef`.
NAMES: Final[dict[str, Type]] = {
    **{simple.name: simple for simple in SIMPLE},
    "any": ANY,
    "dateTime": DATE_TIME,
    "dateAndTime": DATE_TIME,
    "dayTimeDuration": DAY_TIME,
    "yearMonthDuration": YEAR_MONTH,
}


@dataclass(frozen=True, slots=True)
class ListType(Type):
    """`list<T>`."""

    item: Type

    @property
    def text(self) -> str:
        return f"list<{self.item.text}>"

    def accepts(self, value: Value, budget: Budget) -> bool:
        return type(value) is list and (
            self.item is ANY or all(self.item.holds(item, budget) for item in value)
        )

    def conforms_to(self, other: Type) -> bool:
        other = other.resolved()
        return other is ANY or (isinstance(other, ListType) and self.item.conforms_to(other.item))


@dataclass(frozen=True, slots=True)
class RangeType(Type):
    """`range<T>`."""

    item: Type

    @property
    def text(self) -> str:
        return f"range<{self.item.text}>"

    def accepts(self, value: Value, budget: Budget) -> bool:
        return type(value) is Range and all(
            self.item.holds(end, budget) for end in (value.start, value.end)
        )

    def conforms_to(self, other: Type) -> bool:
        other = other.resolved()
        return other is ANY or (isinstance(other, RangeType) and self.item.conforms_to(other.item))


@dataclass(frozen=True, slots=True)
class ContextType(Type):
    """`context<a: T, b: U>`; further entries are allowed."""

    entries: tuple[tuple[str, Type], ...]

    @property
    def text(self) -> str:
        return f"context<{', '.join(f'{name}: {kind.text}' for name, kind in self.entries)}>"

    def accepts(self, value: Value, budget: Budget) -> bool:
        return type(value) is dict and all(
            name in value and kind.holds(value[name], budget) for name, kind in self.entries
        )

    def conforms_to(self, other: Type) -> bool:
        other = other.resolved()
        if other is ANY:
            return True
        if not isinstance(other, ContextType):
            return False
        own = dict(self.entries)
        return all(name in own and own[name].conforms_to(kind) for name, kind in other.entries)


@dataclass(frozen=True, slots=True)
class FunctionType(Type):
    """`function<T, U> -> V`."""

    parameters: tuple[Type, ...]
    result: Type

    @property
    def text(self) -> str:
        parameters = ", ".join(kind.text for kind in self.parameters)
        return f"function<{parameters}> -> {self.result.text}"

    def accepts(self, value: Value, budget: Budget) -> bool:  # noqa: ARG002
        """What is not declared does not count against a function."""
        if not isinstance(value, FeelFunction) or len(value.parameters) != len(self.parameters):
            return False
        if not all(
            own.type is None or wanted.conforms_to(own.type)
            for own, wanted in zip(value.parameters, self.parameters, strict=True)
        ):
            return False
        return value.result is None or value.result.conforms_to(self.result)

    def conforms_to(self, other: Type) -> bool:
        other = other.resolved()
        if other is ANY:
            return True
        return (
            isinstance(other, FunctionType)
            and len(other.parameters) == len(self.parameters)
            and all(
                theirs.conforms_to(own)
                for own, theirs in zip(self.parameters, other.parameters, strict=True)
            )
            and self.result.conforms_to(other.result)
        )


@dataclass(frozen=True, slots=True)
class AnyFunctionType(Type):
    """Any function, for parameters of built-in functions; expressions can't name it."""

    @property
    def text(self) -> str:
        return "function"

    def accepts(self, value: Value, budget: Budget) -> bool:  # noqa: ARG002
        return isinstance(value, FeelFunction)

    def conforms_to(self, other: Type) -> bool:
        return other is ANY or self == other


@dataclass(frozen=True, slots=True)
class UnionType(Type):
    """One of several types, for parameters of built-in functions; expressions can't name it."""

    options: tuple[Type, ...]

    @property
    def text(self) -> str:
        return " | ".join(option.text for option in self.options)

    def accepts(self, value: Value, budget: Budget) -> bool:
        return any(option.accepts(value, budget) for option in self.options)

    def conforms_to(self, other: Type) -> bool:
        return all(option.conforms_to(other) for option in self.options)


@dataclass(frozen=True, slots=True)
class NamedType(Type):
    """A type known by name, looked up when used, so that definitions may come in any order."""

    name: str
    types: Mapping[str, Type] = field(compare=False, hash=False, repr=False)

    @property
    def text(self) -> str:
        return self.name

    def resolved(self) -> Type:
        """The type behind the name; Any if nothing is (or names only point at each other)."""
        found: Type | None = self
        for _ in range(50):
            if not isinstance(found, NamedType):
                break
            found = found.types.get(found.name)
        return ANY if found is None or isinstance(found, NamedType) else found

    def accepts(self, value: Value, budget: Budget) -> bool:
        return self.resolved().accepts(value, budget)

    def conforms_to(self, other: Type) -> bool:
        other = other.resolved()
        return other is ANY or self == other or self.resolved().conforms_to(other)


def type_of(value: Value, depth: int = 4) -> Type:
    """The type of a value. Of what is big or nested deeper than `depth`, not all is looked at."""
    for simple in SIMPLE:
        if type(value) in simple.classes:
            return simple
    kind: Type = ANY
    match value:
        case list() if depth:
            kinds = {type_of(item, depth - 1) for item in value[:20]}
            kind = ListType(kinds.pop() if len(kinds) == 1 else ANY)
        case dict() if depth:
            entries = list(value.items())[:20]
            kind = ContextType(tuple((name, type_of(item, depth - 1)) for name, item in entries))
        case Range():
            kind = RangeType(type_of(value.end if value.start is None else value.start))
        case FeelFunction():
            parameters = tuple(parameter.type or ANY for parameter in value.parameters)
            kind = FunctionType(parameters, value.result or ANY)
    return kind


def conforms(value: Value, kind: Type, budget: Budget | None = None) -> bool:
    """`value instance of kind` (table 61): null is an instance of Null only."""
    if value is None:
        return kind.resolved() is NULL
    return kind.accepts(value, budget or Budget())


def coerce(value: Value, kind: Type | None, budget: Budget | None = None) -> Value:
    """The value as the type wants it (10.3.2.9.4), or null if it can't be.

    A value becomes a list of one, a list of one its item, a date midnight in UTC.
    """
    if value is None or kind is None or kind is ANY:
        return value
    if (type(value) is Decimal and kind is NUMBER) or (type(value) is str and kind is STRING):
        return value
    budget = budget or Budget()
    return value if kind.accepts(value, budget) else _converted(value, kind, budget)


def _converted(value: Value, kind: Type, budget: Budget) -> Value:
    wanted = kind.resolved()
    if isinstance(wanted, ListType):
        single = None if type(value) is list else coerce(value, wanted.item, budget)
        return None if single is None else [single]
    if type(value) is list:
        return coerce(value[0], kind, budget) if len(value) == 1 else None
    if wanted is DATE_TIME and type(value) is Date:
        return DateTime(value, Time(0, 0))
    return None
