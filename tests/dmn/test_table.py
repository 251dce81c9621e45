"""Decision tables: hit policies, outputs, allowed values, and what a result tells."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest

from engine.dmn import Result
from tests.dmn.build import Column, Table, decision, feel, input_data, item, loaded


def run(table: Table, inputs: dict[str, object], *, type_ref: str = "") -> Result:
    """The result of a decision that is just the table."""
    model = loaded(decision("结论", str(table), type_ref=type_ref))
    return model.evaluate("结论", inputs)


def scored(policy: str, *rules: Sequence[str], aggregation: str = "", **more: object) -> Table:
    """A table from ``x`` to ``y``."""
    output = Column(text="y", **more)  # type: ignore[arg-type]
    return Table(
        inputs=["x"], outputs=[output], rules=rules, policy=policy, aggregation=aggregation
    )


def rows(result: Result) -> list[int]:
    """The rows that were hit."""
    return [rule.index for rule in result.matched_rules]


def test_unique_gives_the_only_match() -> None:
    """UNIQUE: one rule decides."""
    table = scored("UNIQUE", ["< 10", '"low"'], [">= 10", '"high"'])
    assert run(table, {"x": 9}).value == "low"
    assert run(table, {"x": 10}).value == "high"


def test_unique_with_two_matches_is_an_error() -> None:
    """UNIQUE: two rules contradict it; the result is null and says which."""
    result = run(scored("UNIQUE", ["< 10", "1"], ["< 20", "1"]), {"x": 5})
    assert result.value is None
    assert "第 1、2 行" in result.warnings[0]
    assert result.matched_rules == ()


def test_no_match_is_null() -> None:
    """Nothing matches and no default: null, and the warning says so."""
    result = run(scored("UNIQUE", ["< 10", "1"]), {"x": 50})
    assert result.value is None
    assert "没有命中任何一行" in result.warnings[0]


def test_any_wants_equal_outputs() -> None:
    """ANY: equal outputs pass, different ones are an error."""
    assert run(scored("ANY", ["< 10", "1.0"], ["< 20", "1"]), {"x": 5}).value == 1
    assert run(scored("ANY", ["< 10", "1"], ["< 20", "2"]), {"x": 5}).value is None
    assert run(scored("ANY", ["< 10", "true"], ["< 20", "1"]), {"x": 5}).value is None


def test_first_takes_the_first() -> None:
    """FIRST: order of rules decides, and only that rule counts as hit."""
    result = run(scored("FIRST", ["< 0", "1"], ["< 10", "2"], ["< 20", "3"]), {"x": 5})
    assert result.value == 2
    assert rows(result) == [2]


def test_priority_follows_the_allowed_values() -> None:
    """PRIORITY: the output that stands first among the output values."""
    table = scored("PRIORITY", ["< 10", '"B"'], ["< 20", '"A"'], allowed='"A", "B"')
    result = run(table, {"x": 5})
    assert (result.value, rows(result)) == ("A", [2])


def test_priority_by_the_type_of_the_output() -> None:
    """PRIORITY: an item definition's allowed values serve as the order."""
    table = scored("PRIORITY", ["< 10", '"B"'], ["< 20", '"A"'], type_ref="t级别")
    model = loaded(item("t级别", "string", allowed='"A", "B"'), decision("结论", str(table)))
    assert model.evaluate("结论", {"x": 5}).value == "A"


def test_priority_of_several_outputs_goes_column_by_column() -> None:
    """PRIORITY: the first column decides, the next breaks ties."""
    table = Table(
        inputs=["x"],
        outputs=[Column(text="a", allowed='"1","2"'), Column(text="b", allowed='"p","q"')],
        rules=[["-", '"2"', '"p"'], ["-", '"1"', '"q"'], ["-", '"1"', '"p"']],
        policy="PRIORITY",
    )
    assert run(table, {"x": 5}).value == {"a": "1", "b": "p"}


def test_rule_order_and_output_order() -> None:
    """Lists of outputs, in the order of the rules or of the output values (stable)."""
    rules = (["< 10", '"B"'], ["< 20", '"A"'], ["< 30", '"B"'], ["> 30", '"A"'])
    by_rule = run(scored("RULE ORDER", *rules, allowed='"A","B"'), {"x": 5})
    assert (by_rule.value, rows(by_rule)) == (["B", "A", "B"], [1, 2, 3])
    by_output = run(scored("OUTPUT ORDER", *rules, allowed='"A","B"'), {"x": 5})
    assert (by_output.value, rows(by_output)) == (["A", "B", "B"], [2, 1, 3])


@pytest.mark.parametrize(
    ("aggregation", "expected"),
    [("", [1, 5, 2]), ("SUM", 8), ("COUNT", 3), ("MIN", 1), ("MAX", 5)],
)
def test_collect(aggregation: str, expected: object) -> None:
    """COLLECT with and without an operator."""
    rules = (["< 10", "1"], ["< 20", "5"], ["< 30", "2"], ["> 30", "9"])
    result = run(scored("COLLECT", *rules, aggregation=aggregation), {"x": 5})
    assert result.value == expected


def test_collect_of_nothing() -> None:
    """Counting nothing is zero, every other result of nothing is null."""
    for aggregation, expected in [("", None), ("SUM", None), ("COUNT", 0), ("MIN", None)]:
        table = scored("COLLECT", ["< 10", "1"], aggregation=aggregation)
        assert run(table, {"x": 50}).value == expected


def test_collect_aggregates_each_output() -> None:
    """COLLECT SUM of several outputs sums column by column."""
    table = Table(
        inputs=["x"],
        outputs=["a", "b"],
        rules=[["-", "1", "10"], ["-", "2", "20"]],
        policy="COLLECT",
        aggregation="SUM",
    )
    assert run(table, {"x": 1}).value == {"a": 3, "b": 30}


def test_several_outputs_make_a_context() -> None:
    """Outputs are entries by name."""
    table = Table(inputs=["x"], outputs=["结论", "金额"], rules=[["> 1", '"通过"', "x * 100"]])
    assert run(table, {"x": 2}).value == {"结论": "通过", "金额": Decimal(200)}


def test_default_outputs() -> None:
    """Defaults stand where no rule matches; outputs without one are null."""
    table = Table(
        inputs=["x"],
        outputs=[Column(text="a", default='"无"'), "b"],
        rules=[["> 1", '"有"', "1"]],
    )
    assert run(table, {"x": 0}).value == {"a": "无", "b": None}
    assert run(scored("COLLECT", ["> 1", "1"], aggregation="MAX", default="0"), {"x": 0}).value == 0


def test_input_outside_the_allowed_values() -> None:
    """A value that the input may not have makes the table null; null itself is let through."""
    table = Table(
        inputs=[Column(text="x", label="级别", allowed='"A","B"')],
        outputs=["y"],
        rules=[["-", "1"]],
    )
    assert run(table, {"x": "A"}).value == 1
    result = run(table, {"x": "C"})
    assert result.value is None
    assert "“级别”的值不在允许范围内" in result.warnings[0]


def test_output_outside_the_allowed_values() -> None:
    """A value that the output may not have is null."""
    table = scored("UNIQUE", ["-", '"C"'], allowed='"A","B"')
    assert run(table, {"x": 1}).value is None


def test_types_of_columns() -> None:
    """typeRefs of inputs and outputs are checked."""
    table = Table(
        inputs=[Column(text="x", type_ref="number")],
        outputs=[Column(text="y", type_ref="number")],
        rules=[["-", "z"]],
    )
    assert run(table, {"x": 1, "z": 2}).value == 2
    assert run(table, {"x": 1, "z": "2"}).value is None


@pytest.mark.parametrize(
    ("cell", "x", "matches"),
    [
        ("-", 5, True),
        ("", 5, True),
        ("5", 5, True),
        ("5, 7", 7, True),
        ("not(5, 7)", 7, False),
        ("not(5, 7)", 6, True),
        ("[1..5)", 5, False),
        ("]1..5]", 1, False),
        ("(1..5]", 5, True),
        ("<= 5, > 10", 11, True),
        ('"a"', "a", True),
        ('"a"', 1, False),
        ('not("a")', None, True),
        ("null", None, True),
        ("> 1", None, False),
        ("true", True, True),
        ("true", 1, False),
        ('date("2024-01-01")', "2024-01-01", False),
        ("? > 3 and ? < 7", 5, True),
        ("limit", 5, True),
        ("> limit", 6, True),
        ('contains(?, "b")', "abc", True),
        ("broken (", 5, False),
    ],
)
def test_cells(cell: str, x: object, matches: bool) -> None:
    """Input cells are unary tests, simple or not."""
    result = run(scored("UNIQUE", [cell, '"hit"']), {"x": x, "limit": 5})
    assert result.value == ("hit" if matches else None)


def test_misshapen_table() -> None:
    """A rule with the wrong number of cells is a problem; the table is null."""
    model = loaded(decision("结论", str(scored("UNIQUE", ["1", "2", "3"], ["1"]))))
    assert [(p.code, p.rule) for p in model.problems()] == [("table-shape", 2)]
    assert model.evaluate("结论", {"x": 1}).value is None


def test_what_a_hit_tells() -> None:
    """A matched rule has row, id, inputs, outputs and remarks, and reads as a sentence."""
    table = Table(
        inputs=[Column(text="amount", label="申请金额"), Column(text="score", label="评分")],
        outputs=[Column(text="result", label="结论")],
        rules=[
            ["> 100000", "-", '"上会"', ""],
            ["<= 100000", ">= 60", '"通过"', "管理办法第八条"],
        ],
        notes=["依据"],
    )
    result = run(table, {"amount": 80000, "score": 72})
    rule = result.matched_rules[0]
    assert (rule.index, rule.rule_id, rule.table_id) == (2, "rule2", "table")
    assert (rule.decision_id, rule.decision_name) == ("d_结论", "结论")
    assert rule.inputs == (("申请金额", Decimal(80000)), ("评分", Decimal(72)))
    assert rule.outputs == (("结论", "通过"),)
    assert rule.annotations == (("依据", "管理办法第八条"),)
    assert rule.text == "命中第 2 行：申请金额 = 80000，评分 = 72 → 结论 = “通过”（管理办法第八条）"
    assert result.explanation.text.splitlines() == ["结论 = “通过”", f"  {rule.text}"]


def test_inputs_are_evaluated_with_the_requirements() -> None:
    """Input expressions see required decisions."""
    table = Table(inputs=["基数 * 2"], outputs=["y"], rules=[["10", '"十"']])
    model = loaded(
        input_data("n", "number"),
        decision("基数", feel("n + 1"), needs=["i_n"]),
        decision("结论", str(table), needs=["d_基数"]),
    )
    assert model.evaluate("结论", {"n": 4}).value == "十"


def test_type_of_a_list_in_a_collecting_table() -> None:
    """A column of a collecting table may name the type of the list or that of its items."""
    for kind in ("t标签", "t标签表"):
        table = scored("RULE ORDER", ["-", '"甲"'], ["-", '"乙"'], ["-", "1"], type_ref=kind)
        model = loaded(
            item("t标签", "string"),
            item("t标签表", "t标签", many=True),
            decision("结论", str(table), type_ref="t标签表"),
        )
        assert model.evaluate("结论", {"x": 1}).value == ["甲", "乙", None]
