"""Unary tests: cells of decision tables (DMN 1.5, grammar rule 15, table 55)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from engine import feel
from tests.feel.evaluating import passes


@pytest.mark.parametrize(
    ("text", "subject", "expected"),
    [
        ("-", None, True),
        ("-", 5, True),
        ("5", 5, True),
        ("5", 6, False),
        ("5", "5", None),
        ('"a", "b"', "b", True),
        ("< 10", 9, True),
        ("< 10", None, None),
        ("[1..5]", 5, True),
        ("[1..5)", 5, False),
        ("]1..5]", 1, False),
        ("[1..5[", 5, False),
        ("not(5)", 6, True),
        ("not(5, < 3)", 2, False),
        ("not(5)", None, True),
        ("not(> 5)", None, None),
        ("null", None, True),
        ("not(null)", 3, True),
        ("not(null)", None, False),
        ("? > 3", 4, True),
        ("? > 3 and ? < 6", 7, False),
        ('contains(?, "b")', "abc", True),
        ("true", True, True),
        ("true", False, False),
        ("not(true)", False, True),
        ("limit", 100, True),
        ("< limit", 99, True),
        ("[limit..200]", 150, True),
        ("list", 2, True),
        ("list", 4, False),
        ("list", [1, 2, 3], True),
        ("limit > 50", 1, True),
        ("limit > 500", 1, False),
        ('date("2024-01-01")', date(2024, 1, 1), True),
        ('>= @"2024-01-01"', date(2023, 12, 31), False),
        ("function(x) x", 1, None),
    ],
)
def test_matches(text: str, subject: object, expected: bool | None) -> None:
    """True, false, or null where the test says nothing about the value."""
    context = {"limit": 100, "list": [1, 2, 3]}
    assert passes(text, subject, context) is expected


def test_names_do_not_include_the_subject() -> None:
    """`?` is given with the value, not read from the context."""
    assert feel.compile_unary("? > limit + a", names=["limit"]).names == {"limit", "a"}


def test_many_threads_one_object() -> None:
    """Compiled tests hold no state of an evaluation."""
    compiled = feel.compile_unary("? > limit", names=["limit"])
    assert [compiled.matches(n, {"limit": Decimal(2)}) for n in range(5)] == [
        False, False, False, True, True,
    ]  # fmt: skip
