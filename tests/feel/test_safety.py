"""Nothing that a user writes takes long, grows big or reaches the host."""

from __future__ import annotations

import tracemalloc

import pytest

from engine import feel
from engine.feel import Budget, BudgetExceeded, FeelError, FeelSyntaxError
from tests.yardstick import within

DOUBLING = "(for i in 1..60 return if i = 1 then {first} else {more})[-1]"

EVIL = {
    "power": "9**99999999",
    "nested loops": "for a in 1..100000, b in 1..100000 return a * b",
    "loop in a loop": "count(for a in 1..1000 return for b in 1..1000 return a)",
    "long quantifier": "every a in 1..1000000000 satisfies a > 0",
    "all days": 'for d in @"-999999999-01-01"..@"999999999-12-31" return d',
    "long body": "for i in 1..60000 return 1" + "+1" * 9000,
    "doubled lists": DOUBLING.format(first="[1]", more="concatenate(partial[-1], partial[-1])"),
    "doubled texts": DOUBLING.format(first='"x"', more="partial[-1] + partial[-1]"),
    "shared parts": DOUBLING.format(first="[1]", more="[partial[-1], partial[-1]]"),
    "shared parts as text": "string("
    + DOUBLING.format(first="[1]", more="[partial[-1], partial[-1]]")
    + ")",
    "shared parts flattened": "flatten("
    + DOUBLING.format(first="[1]", more="[partial[-1], partial[-1]]")
    + ")",
    "kept partial lists": "for i in 1..5000 return partial",
    "deep value": "(for i in 1..3000 return if i = 1 then [1] else [partial[-1]])[-1]",
    "endless recursion": "{f: function(n) f(n + 1), r: f(1)}.r",
    "branching recursion": "{f: function(n) if n < 2 then n else f(n-1) + f(n-2), r: f(40)}.r",
    "self application": "(function(f) f(f))(function(f) f(f))",
    "parentheses": "(" * 5000 + "1" + ")" * 5000,
    "lists": "[" * 9000,
    "functions": "function(a) " * 1500 + "1",
    "ifs": "if " * 5000,
    "comparisons": "1" + "=1" * 5000,
    "paths": "a" + ".b" * 5000,
    "filters": "a" + "[1]" * 5000,
    "filters in filters": "(" * 60 + "a" + ("[1]" * 60 + ")") * 60,
    "open text": '"' + "x" * 19_000,
    "too long": "1" + "+1" * 20_000,
    "evil pattern": 'count(for i in 1..500 return matches("' + "a" * 500 + '", "(a+)+b"))',
    "huge repeat": 'matches("x", "((((a{99}){99}){99}){99})")',
    "sort": "sort(for i in 1..30000 return modulo(i * 7919, 10007), function(a, b) a < b)",
    "distinct": "distinct values(for i in 1..20000 return [i])",
    "join": 'string join(for i in 1..50000 return "abcdefghij", "klmnopqrst")',
    "replacement": 'replace("' + "ab" * 5000 + '", "a", "' + "x" * 5000 + '")',
}


@pytest.mark.parametrize("text", EVIL.values(), ids=EVIL.keys())
def test_evil_expressions_end(text: str) -> None:
    """Within a tenth of a second of a common server, and 50 MB: null, an error, or a small value."""

    def attempt() -> None:
        try:
            feel.compile(text).evaluate({})
        except FeelError as error:
            assert str(error)  # noqa: PT017 -- either way of ending is good

    tracemalloc.start()
    attempt()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50_000_000
    assert within(3, attempt)


def test_long_but_harmless_expressions_work() -> None:
    """Chains do not nest, so that long rules are no problem."""
    assert feel.compile("+".join(["1"] * 5000)).evaluate({}) == 5000
    assert feel.compile(" and ".join(["true"] * 1500)).evaluate({}) is True
    branches = "".join(f"if x = {n} then {n} else " for n in range(400))
    assert feel.compile(branches + "-1").evaluate({"x": 399}) == 399
    assert feel.compile("-" * 5000 + "1").evaluate({}) == 1


def test_budget_is_shared_when_asked() -> None:
    """One budget for many evaluations: they use it up together."""
    budget = Budget(steps=1000)
    loop = feel.compile("count(for i in 1..300 return i)")
    for _ in range(2):
        loop.evaluate({}, budget=budget)
    with pytest.raises(BudgetExceeded) as caught:
        loop.evaluate({}, budget=budget)
    assert caught.value.resource == "steps"
    assert caught.value.limit == 1000
    assert "1000" in str(caught.value)


def test_limits_of_each_kind() -> None:
    """Texts, lists and depth have limits of their own."""
    for budget, text, resource in (
        (Budget(text=10), '"123456" + "789012"', "text"),
        (Budget(items=10), "for i in 1..11 return i", "items"),
        (Budget(depth=5), "{f: function(n) if n = 0 then 0 else f(n - 1), r: f(9)}.r", "depth"),
    ):
        with pytest.raises(BudgetExceeded) as caught:
            feel.compile(text).evaluate({}, budget=budget)
        assert caught.value.resource == resource


def test_deep_host_values_are_refused() -> None:
    """A context nested thousands of levels deep ends in an error as well."""
    deep: list[object] = []
    for _ in range(5000):
        deep = [deep]
    with pytest.raises(BudgetExceeded):
        feel.compile("a").evaluate({"a": deep})


@pytest.mark.parametrize(
    "text",
    [
        "().__class__",
        "a.__class__",
        "a.__init__.__globals__",
        '"".format',
        "f.frame",
        "f.invoke(1)",
        "__import__",
        'open("/etc/passwd")',
        "a.real",
        "d.keys()",
    ],
)
def test_nothing_of_python_shows(text: str) -> None:
    """Attributes, methods and globals of Python are no names of FEEL."""
    try:
        found = feel.compile(text).evaluate({"a": 1, "d": {}, "f": None})
    except FeelSyntaxError:
        return
    assert found is None
