"""Which variables a form's expressions read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from engine.feel import Expression
from engine.forms.components import Component, Field, Repeat, walk

SCOPE_NAMES = frozenset({"this", "parent", "i", "_this_", "_parent_", "_i_"})


def names_read(components: tuple[Component, ...]) -> frozenset[str]:
    """Names that no field of the form provides: variables of the case, or mistakes."""
    read = {name for expression in expressions(components) for name in expression.names}
    own = {c.path[0] for c in walk(components) if isinstance(c, Field | Repeat)}
    return frozenset(read - own - SCOPE_NAMES)


def expressions(part: object) -> Iterator[Expression]:
    """Every expression compiled into a part of a form."""
    if isinstance(part, Expression):
        yield part
    elif isinstance(part, tuple):
        for item in part:
            yield from expressions(item)
    elif is_dataclass(part):
        for field in fields(part):
            yield from expressions(getattr(part, field.name))
