"""Whatever is written, FEEL answers with a value or a clear refusal."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine import feel
from engine.feel import STANDARD, Budget, BudgetExceeded, FeelSyntaxError
from engine.feel.regex import RegexError, compile_pattern
from engine.feel.values import (
    Date,
    DateTime,
    DayTimeDuration,
    FeelFunction,
    Range,
    Time,
    YearMonthDuration,
)

VALUES = (
    type(None), bool, str, Decimal, list, dict, Date, DateTime, Time, DayTimeDuration,
    YearMonthDuration, Range, FeelFunction,
)  # fmt: skip

CONTEXT: dict[str, object] = {
    "a": 1,
    "b c": [1, 2, {"x": 3}],
    "金额": "文",
    "d-e": {"x": None, "y": [True]},
}

#: Pieces of the language, so that random texts are often nearly right.
PIECES = [
    "a", "b c", "金额", "d-e", "x", "item", "partial", "?", "1", "0", "-1", "1.5", "9e99", '"t"', '"\\n"',
    '@"2024-02-29"', '@"10:00:00@Asia/Shanghai"', '@"P1M"', '@"-PT1S"', "null", "true", "false",
    "(", ")", "[", "]", "{", "}", ",", ":", ".", "..", "+", "-", "*", "/", "**", "=", "!=", "<",
    "<=", ">", ">=", " and ", " or ", " in ", " between ", " instance of ", " number", " list<",
    "if ", " then ", " else ", "for ", " return ", "some ", "every ", " satisfies ", "function(",
    "not(", "sort(", "date and time(", "//", "/*", "*/", "\n", "，", "'", "@", "->",
    *(f"{name}(" for name in sorted(STANDARD.functions)),
]  # fmt: skip


def is_value(found: Any) -> bool:
    """Whether something is a value of FEEL, all through."""
    if isinstance(found, list):
        return all(map(is_value, found))
    if isinstance(found, dict):
        return all(isinstance(key, str) and is_value(item) for key, item in found.items())
    return isinstance(found, VALUES)


def answer(text: str) -> None:
    """Compile and evaluate within a small budget; anything but a refusal by name is a failure."""
    try:
        expression = feel.compile(text, names=CONTEXT)
        found = expression.evaluate(CONTEXT, budget=Budget(steps=5000), warnings=[])
        assert is_value(found)
        again = expression.explain(CONTEXT, budget=Budget(steps=5000)).value
        assert type(again) is type(found)
    except (FeelSyntaxError, BudgetExceeded):
        return


@given(st.text(max_size=60))
def test_random_text(text: str) -> None:
    """Any text at all is an expression or a FeelSyntaxError."""
    answer(text)


@given(st.lists(st.sampled_from(PIECES), max_size=16).map("".join))
def test_random_pieces(text: str) -> None:
    """Shuffled pieces of the language."""
    answer(text)


@given(st.lists(st.sampled_from(PIECES), max_size=10).map("".join), st.sampled_from([1, None, "t"]))
def test_random_unary_tests(text: str, subject: object) -> None:
    """Shuffled pieces as unary tests: true, false, null or a refusal."""
    try:
        found = feel.compile_unary(text, names=CONTEXT).matches(
            subject, CONTEXT, budget=Budget(steps=5000)
        )
    except (FeelSyntaxError, BudgetExceeded):
        return
    assert found in (True, False, None)


ATOMS = st.sampled_from(
    ["a", "(b c)", "金额", "(d-e)", "1", "2.5", "-3", '"t"', '""', "null", "true", "false", "[]", "{}",
     '@"2024-02-29"', '@"2024-02-29T10:00:00Z"', '@"10:00:00"', '@"P1Y"', '@"PT1H"', "[1..3]",
     "(< 2)", "(function(p) p)", "item", "[1, null, 3]", "{x: 1, y: [2]}"]
)  # fmt: skip


def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """One construct around smaller expressions."""
    binary = st.sampled_from(
        ["+", "-", "*", "/", "**", "=", "!=", "<", "<=", ">", ">=", "and", "or", "in"]
    )
    one_of = st.sampled_from(sorted(STANDARD.functions))
    return st.one_of(
        st.tuples(inner, binary, inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(inner, inner, inner).map(lambda t: f"(if {t[0]} then {t[1]} else {t[2]})"),
        st.tuples(inner, inner).map(lambda t: f"(for v in {t[0]} return {t[1]})"),
        st.tuples(inner, inner).map(lambda t: f"(some v in {t[0]} satisfies {t[1]})"),
        st.tuples(inner, inner, inner).map(lambda t: f"({t[0]} between {t[1]} and {t[2]})"),
        st.tuples(inner, inner).map(lambda t: f"({t[0]})[{t[1]}]"),
        inner.map(lambda t: f"({t}).x"),
        inner.map(lambda t: f"(-{t})"),
        inner.map(lambda t: f"({t} instance of number)"),
        inner.map(lambda t: f"{{k: {t}, l: k}}"),
        st.tuples(inner, inner).map(lambda t: f"[{t[0]}, {t[1]}]"),
        st.tuples(inner, inner).map(lambda t: f"[{t[0]}..{t[1]}]"),
        inner.map(lambda t: f"(function(q) {t})(1)"),
        st.tuples(one_of, st.lists(inner, max_size=4)).map(lambda t: f"{t[0]}({', '.join(t[1])})"),
    )


EXPRESSIONS = st.recursive(ATOMS, grown, max_leaves=12)


@settings(max_examples=200)
@given(EXPRESSIONS)
def test_random_expressions(text: str) -> None:
    """Every well-formed expression compiles, and ends in a value or at its budget."""
    expression = feel.compile(text, names=CONTEXT)
    try:
        found = expression.evaluate(CONTEXT, budget=Budget(steps=20_000), warnings=[])
    except BudgetExceeded:
        return
    assert is_value(found)


@given(EXPRESSIONS)
def test_evaluation_repeats_itself(text: str) -> None:
    """Evaluated again, or explained, an expression has the same value and leaves its input alone."""
    expression = feel.compile(text, names=CONTEXT)
    before = repr(CONTEXT)
    try:
        first = feel.compile("string(v)", names=["v"])
        values = [expression.evaluate(CONTEXT), expression.evaluate(CONTEXT)]
        values.append(expression.explain(CONTEXT).value)
        texts = {first.evaluate({"v": found}) for found in values}
    except BudgetExceeded:
        return
    assert len(texts) == 1
    assert repr(CONTEXT) == before


@given(
    st.text(alphabet="ab(){}[]|*+?^$\\.-,019pdDsLu:P", max_size=20),
    st.text(alphabet="ab01 -", max_size=20),
)
def test_random_patterns(pattern: str, text: str) -> None:
    """A pattern matches, does not, or is refused; never more than the budget is spent."""
    try:
        compiled = compile_pattern(pattern)
        compiled.is_found(text, Budget())
        compiled.replace(text, "<$1>", Budget())
        compiled.split(text, Budget())
    except (RegexError, BudgetExceeded):
        return
