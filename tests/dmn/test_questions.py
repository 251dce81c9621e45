"""What a model tells somebody who wants to try one of its decisions."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.dmn import DmnError, Question, load
from engine.feel import STANDARD, Parameter, Value
from engine.feel.types import DATE, NUMBER
from tests.dmn.build import (
    Column,
    Table,
    component,
    decision,
    feel,
    input_data,
    item,
    loaded,
    model,
    service,
)


def asked(*elements: str, of: str = "d_决定") -> dict[str, Question]:
    return {q.name: q for q in loaded(*elements).questions(of)}


def table(*inputs: Column, rules: list[list[str]]) -> str:
    return str(Table(inputs=inputs, outputs=["结果"], rules=rules))


def test_declared_types_are_told_by_the_simple_type_behind_them() -> None:
    found = asked(
        item("tDay", "date"),
        item("tLevel", "string", allowed='"高", "低"'),
        input_data("日期", "tDay"),
        input_data("级别", "tLevel"),
        input_data("何物"),
        decision("决定", feel("日期"), needs=["i_日期", "i_级别", "i_何物"]),
    )
    assert found["日期"].kind == "date"
    assert found["日期"].type == DATE
    assert found["级别"].kind == "string"
    assert found["级别"].options == ("高", "低")
    assert found["何物"].kind == "Any"


def test_columns_tell_of_inputs_that_nothing_declares() -> None:
    """Files of the Camunda modeler need no input data."""
    rules = [['"市级"', ">= 60", '"甲"'], ['not("区级", "镇级")', "-", '"乙"']]
    found = asked(
        decision(
            "决定",
            table(
                Column(text="level", label="登记层级", type_ref="string"),
                Column(text="score", label="评分", type_ref="number", allowed="[0..100]"),
                rules=rules,
            ),
        )
    )
    assert found["level"].label == "登记层级"
    assert found["level"].kind == "string"
    assert found["level"].named == ("市级", "区级", "镇级")
    assert found["score"].type is NUMBER
    assert found["score"].allowed == "[0..100]"
    assert found["score"].options == ()


def test_allowed_values_of_a_column_are_options() -> None:
    column = Column(text="n", label="人数", type_ref="number", allowed="1, 2, 3")
    found = asked(decision("决定", table(column, rules=[["1", '"甲"']])))
    assert found["n"].options == (Decimal(1), Decimal(2), Decimal(3))


def test_entries_that_logic_reads_are_told() -> None:
    """Of a context that nothing declares, one still learns what has to be in it."""
    rules = [["<= policy.上限", "policy.标准 * 2"], ["-", "0"]]
    found = asked(
        input_data("amount", "number"),
        input_data("policy", "Any"),
        decision(
            "决定",
            table(Column(text="amount + policy.加数", type_ref="number"), rules=rules),
            needs=["i_amount", "i_policy"],
        ),
    )
    assert found["policy"].kind == "context"
    assert found["policy"].entries == ("加数", "上限", "标准")


def test_components_come_before_entries_read() -> None:
    found = asked(
        item("tP", components=[component("a", "number"), component("b", "string")]),
        input_data("p", "tP"),
        decision("决定", feel("p.b"), needs=["i_p"]),
    )
    assert found["p"].entries == ("a", "b")


def test_what_required_decisions_need_is_asked_too() -> None:
    found = asked(
        input_data("x", "number"),
        decision("先", feel("x + y.z"), needs=["i_x"]),
        decision("决定", feel("先 * 2"), needs=["d_先"]),
    )
    assert found["x"].kind == "number"
    assert found["y"].entries == ("z",)


def test_further_functions_are_understood() -> None:
    """Names of several words must not keep the entries beside them from being found."""

    def add(date: Value, days: Value) -> Value:
        return date

    parameters = (Parameter("date"), Parameter("days"))
    functions = STANDARD.with_function("working days after", parameters, add, "…")
    text = model(decision("决定", feel("working days after(day, policy.days)")))
    found = {q.name: q for q in load(text, functions=functions).questions("d_决定")}
    assert found["policy"].entries == ("days",)


def test_services_ask_for_their_parameters() -> None:
    found = asked(
        input_data("x", "number"),
        decision("先", feel("x")),
        decision("后", feel("先 + x"), needs=["d_先", "i_x"]),
        service("服务", ["d_后"], decisions=["d_先"], data=["i_x"]),
        of="s_服务",
    )
    assert list(found) == ["x", "先"]


def test_lists_have_no_options() -> None:
    found = asked(
        item("tMany", "string", allowed='"甲", "乙"', many=True),
        input_data("各项", "tMany"),
        decision("决定", feel("count(各项)"), needs=["i_各项"]),
    )
    assert found["各项"].kind == "list"
    assert found["各项"].options == ()
    assert found["各项"].allowed == '"甲", "乙"'


def test_an_unknown_decision_is_refused() -> None:
    with pytest.raises(DmnError, match="没有决策"):
        loaded().questions("d_没有")


def test_tables_tell_what_they_looked_at_even_without_a_hit() -> None:
    found = loaded(
        decision(
            "决定",
            table(Column(text="n", label="人数", type_ref="number"), rules=[["> 10", '"甲"']]),
        )
    ).evaluate("决定", {"n": 3})
    assert found.matched_rules == ()
    (looked_at,) = found.explanation.tables
    assert looked_at.inputs == (("人数", Decimal(3)),)
    assert [one.name for one in found.evaluated] == ["决定"]
