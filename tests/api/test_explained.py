"""What a result comes from, cut to what a page can show."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from api.pages.admin import explained
from engine import dmn
from tests.dmn.build import decision, model
from tests.dmn.build import feel as literal


def test_an_element_that_many_need_is_explained_once() -> None:
    """A ladder of forty rungs, each required twice by the next, has 2^40 ways through it."""
    rungs = [decision("a0", literal("1")), decision("b0", literal("1"))]
    for n in range(1, 40):
        needs = [f"d_a{n - 1}", f"d_b{n - 1}"]
        rungs += [
            decision(f"{side}{n}", literal(f"a{n - 1} + b{n - 1}"), needs=needs) for side in "ab"
        ]
    result = dmn.load(model(*rungs)).evaluate("a39", {})
    assert result.value == 2**39
    assert result.explanation.text.count("\n") < 400
    assert len(explained.elements(result.explanation)) < 200


def test_excerpts_are_bounded() -> None:
    """given values of all shapes, then what is shown of them is short."""
    wide: Any = [["x" * 50] * 50] * 50
    for value in (wide, {"k" * 40 + str(n): wide for n in range(50)}, "x" * 10_000, [[]] * 9_999):
        assert len(explained.excerpt(value, 200)) < 500
    assert explained.excerpt({"a b": [Decimal(1), "x"]}, 100) == '{a b: [1, "x"]}'
