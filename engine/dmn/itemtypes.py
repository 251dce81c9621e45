"""Item definitions as FEEL types (DMN 1.5, 7.3.3 and 10.3.2.9), with their allowed values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from engine.dmn.definitions import ItemDefinition, LiteralExpression
from engine.feel import Budget, FeelSyntaxError, UnaryTests, compile_unary, parse_type
from engine.feel.types import (
    ANY,
    NUMBER,
    ContextType,
    FunctionType,
    ListType,
    NamedType,
    Type,
    coerce,
)

__all__ = ["ConstrainedType", "Fit", "TypeTable", "constraint_text"]

#: Names of numbers in files of older modelers.
_OLDER: dict[str, Type] = {"integer": NUMBER, "long": NUMBER, "double": NUMBER}

#: Brings a value to a type; None where it does not conform.
Fit: TypeAlias = Callable[[object], object]


@dataclass(frozen=True, slots=True)
class ConstrainedType(Type):
    """A type of which only some values are allowed (``allowedValues``, ``typeConstraint``)."""

    base: Type
    tests: UnaryTests = field(compare=False, hash=False, repr=False)
    source: str

    @property
    def text(self) -> str:
        """The base type; the constraint has no place in a type expression."""
        return self.base.text

    def accepts(self, value: object, budget: Budget) -> bool:
        """Whether the base accepts the value and it is among the allowed ones."""
        return self.base.accepts(value, budget) and self.allows(value, budget)

    def allows(self, value: object, budget: Budget) -> bool:
        """Whether the value is among the allowed ones."""
        return self.tests.matches(value, {}, budget=budget, trusted=True) is True

    def conforms_to(self, other: Type) -> bool:
        """As the base does; constraints are not compared."""
        return self.base.conforms_to(other)


class TypeTable:
    """The types that a model can name: the simple ones, its item definitions, imported ones.

    Each name stands for two types: ``named`` is what FEEL gets for ``instance of``, which does not
    look at allowed values; conversions use the strict one, which does. Imported names are
    ``alias.name``. ``broken`` lists constraints that do not compile, ``unknown`` names that nothing
    defines.
    """

    def __init__(self, items: Iterable[ItemDefinition], imported: Mapping[str, TypeTable]) -> None:
        self.broken: list[tuple[LiteralExpression, FeelSyntaxError]] = []
        self.unknown: list[tuple[str, ItemDefinition]] = []
        self.items = {item.name: item for item in items}
        self.named = self._table(imported, strict=False)
        self.strict = self._table(imported, strict=True)

    def _table(self, imported: Mapping[str, TypeTable], *, strict: bool) -> dict[str, Type]:
        types: dict[str, Type] = dict(_OLDER)
        for alias, table in imported.items():
            source = table.strict if strict else table.named
            for name, kind in source.items():
                if name not in _OLDER:
                    types[f"{alias}.{name}" if alias else name] = kind
        types.update({name: NamedType(name, types) for name in self.items})
        builder = _Builder(self, types, strict=strict)
        types.update({name: builder.item(item) for name, item in self.items.items()})
        return types

    def knows(self, type_ref: str) -> bool:
        """Whether the name stands for a type."""
        return not type_ref or self.type(type_ref) is not None

    def type(self, type_ref: str) -> Type | None:
        """The type of that name, None for an empty or unknown one (which accepts anything)."""
        if not type_ref:
            return None
        found = self.strict.get(type_ref)
        return found.resolved() if found is not None else _parsed(type_ref, self.strict)

    def unconstrained(self, type_ref: str) -> Type:
        """The type of that name without the constraints in it; Any for an unknown one."""
        found = self.named.get(type_ref) or _parsed(type_ref, self.named)
        return found.resolved() if found is not None else ANY

    def both(self, type_ref: str) -> tuple[Type | None, Fit | None]:
        """The type of that name and the conversion to it."""
        kind = self.type(type_ref)
        return kind, fit_to(kind)

    def result(self, type_ref: str) -> tuple[Type | None, Fit | None]:
        """What a function declared with ``type_ref`` returns: models name the function's type or
        that of its result."""
        kind = self.type(type_ref)
        if isinstance(kind, FunctionType):
            kind = kind.result.resolved()
        return kind, fit_to(kind)

    def fit(self, type_ref: str) -> Fit | None:
        """The conversion to a type (10.3.2.9.4); None when anything is accepted as it is."""
        return fit_to(self.type(type_ref))

    def allowed_text(self, type_ref: str) -> str:
        """The unary tests that limit a type, "" when there are none."""
        return constraint_text(self.type(type_ref))


@dataclass(frozen=True, slots=True)
class _Builder:
    """Makes types of item definitions, with or without their constraints."""

    table: TypeTable
    types: dict[str, Type]
    strict: bool

    def item(self, item: ItemDefinition) -> Type:
        kind = self.base(item)
        if item.allowed is not None:
            kind = self.constrained(kind, item.allowed)
        if item.is_collection:
            kind = ListType(kind)
        if item.constraint is not None:
            kind = self.constrained(kind, item.constraint)
        return kind

    def base(self, item: ItemDefinition) -> Type:
        if item.components:
            return ContextType(tuple((c.name, self.item(c)) for c in item.components))
        if item.parameters is not None:
            parameters = tuple(self.named(p.type_ref, item) for p in item.parameters)
            return FunctionType(parameters, self.named(item.result_ref, item))
        return self.named(item.type_ref, item)

    def named(self, type_ref: str, item: ItemDefinition) -> Type:
        if not type_ref:
            return ANY
        found = self.types.get(type_ref) or _parsed(type_ref, self.types)
        if found is None and self.strict:
            self.table.unknown.append((type_ref, item))
        return found or ANY

    def constrained(self, kind: Type, tests: LiteralExpression) -> Type:
        if not self.strict:
            return kind
        try:
            return ConstrainedType(kind, compile_unary(tests.text), tests.text)
        except FeelSyntaxError as error:
            self.table.broken.append((tests, error))
            return kind


def _parsed(type_ref: str, types: Mapping[str, Type]) -> Type | None:
    try:
        return parse_type(type_ref, types)
    except FeelSyntaxError:
        return None


def fit_to(kind: Type | None) -> Fit | None:
    """The conversion to ``kind``; None when anything is accepted as it is."""
    if kind is None or kind is ANY:
        return None
    constraints: list[ConstrainedType] = []
    base = kind
    while isinstance(base, ConstrainedType):
        constraints.append(base)
        base = base.base.resolved()
    if base is ANY:
        return _allowing(constraints, lambda value: value)
    wanted = base
    return _allowing(constraints, lambda value: coerce(value, wanted))


def _allowing(constraints: list[ConstrainedType], fit: Fit) -> Fit:
    if not constraints:
        return fit

    def allowing(value: object) -> object:
        fitting = fit(value)
        if fitting is None or all(c.allows(fitting, Budget()) for c in constraints):
            return fitting
        return None

    return allowing


def plain(kind: Type) -> Type:
    """The type behind names and constraints."""
    kind = kind.resolved()
    while isinstance(kind, ConstrainedType):
        kind = kind.base.resolved()
    return kind


def constraint_text(kind: Type | None) -> str:
    """The unary tests that limit a type or its items, "" when there are none."""
    if isinstance(kind, ListType):
        kind = kind.item.resolved()
    return kind.source if isinstance(kind, ConstrainedType) else ""
