"""Why an expression has its value."""

from __future__ import annotations

from decimal import Decimal

from engine import feel
from engine.feel import Explanation
from engine.feel.explanation import MAX_PARTS


def flat(explanation: Explanation) -> dict[str, object]:
    """Source and value of all parts."""
    result: dict[str, object] = {explanation.source: explanation.value}
    for child in explanation.children:
        result.update(flat(child))
    return result


def test_parts() -> None:
    """Each part with its text and value, in the order of evaluation."""
    expression = feel.compile(
        'if 金额 > 10 and 等级 = "A" then 金额 * 2 else 0', names=["金额", "等级"]
    )
    found = expression.explain({"金额": 20, "等级": "A"})
    assert found.value == 40
    assert found.source == expression.source
    assert flat(found) == {
        expression.source: 40,
        '金额 > 10 and 等级 = "A"': True,
        "金额 > 10": True,
        '等级 = "A"': True,
        "等级": "A",
        "金额 * 2": 40,
        "金额": 20,
    }


def test_what_was_not_evaluated_does_not_show() -> None:
    """A condition that decides alone leaves the rest out."""
    found = feel.compile("false and a > 1").explain({"a": 1})
    assert found.value is False
    assert found.children == ()


def test_loops_are_cut_short() -> None:
    """So many parts are kept; the value is right all the same."""
    found = feel.compile("sum(for i in 1..2000 return i + 1)").explain({})
    assert found.value == Decimal(2003000)
    assert len(flat(found)) <= MAX_PARTS + 1


def test_constants_explain_themselves() -> None:
    """A constant expression is its own explanation."""
    found = feel.compile(" 1 ").explain({})
    assert (found.source, found.value, found.children) == (" 1 ", 1, ())


def test_same_value_as_evaluated() -> None:
    """Explaining changes nothing."""
    text = "[{a: 1}, {a: 2}][a > 1].a"
    assert feel.compile(text).explain({}).value == feel.compile(text).evaluate({})
