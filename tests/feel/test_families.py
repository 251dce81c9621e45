"""Built-in functions and operators, family by family, at their edges: wrong numbers and kinds of
arguments, named parameters, nulls, empty and single values (DMN 1.5, chapter 10).

``families.txt`` has one check a line: an expression, ``=>``, and an expression of the same value.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.feel.evaluating import means, value

FILE = Path(__file__).with_name("families.txt")


def checks() -> list[tuple[str, str, str]]:
    """Family, expression, expected expression."""
    found, family = [], ""
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            family = line.removeprefix("# ")
        elif line.strip():
            expression, arrow, expected = line.rpartition(" => ")
            assert arrow, f"no arrow: {line}"
            found.append((family, expression, expected))
    return found


def test_every_family_is_checked_thoroughly() -> None:
    counts = Counter(family for family, _, _ in checks())
    assert sum(counts.values()) > 1000
    assert min(counts.values()) >= 8, counts


@pytest.mark.parametrize(("family", "expression", "expected"), checks())
def test_check(family: str, expression: str, expected: str) -> None:
    assert means(expression, expected), f"{expression} is {value(expression)!r}"
