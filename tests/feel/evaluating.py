"""How these tests ask for values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from engine import feel
from engine.feel.budget import Budget
from engine.feel.comparison import equal

NOON = datetime(2024, 2, 29, 12, 0, tzinfo=UTC)


def value(text: str, context: Mapping[str, object] | None = None) -> Any:
    """The value of an expression in which the context's names are known."""
    known = context or {}
    return feel.compile(text, names=known).evaluate(known, clock=lambda: NOON)


def warned(text: str, context: Mapping[str, object] | None = None) -> tuple[Any, list[str]]:
    """The value and what the evaluation had to say."""
    known = context or {}
    warnings: list[str] = []
    found = feel.compile(text, names=known).evaluate(known, warnings=warnings)
    return found, warnings


def means(text: str, other: str) -> bool:
    """Whether two expressions have the same value (null included)."""
    left, right = value(text), value(other)
    if left is None or right is None:
        return left is right
    return equal(left, right, Budget()) is True


def passes(text: str, subject: object, context: Mapping[str, object] | None = None) -> bool | None:
    """What unary tests say of a value."""
    known = context or {}
    return feel.compile_unary(text, names=known).matches(subject, known)
