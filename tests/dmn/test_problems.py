"""Static analysis: gaps, overlaps, rules that never match, values that cannot be."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from engine.dmn import Problem, Severity
from tests.dmn.build import Column, Table, decision, input_data, item, loaded


def problems(table: Table, *elements: str, inputs: Sequence[str] = ("x", "y")) -> list[Problem]:
    """The problems of a table over declared inputs."""
    declared = [input_data(name) for name in inputs]
    needs = [f"i_{name}" for name in inputs]
    return loaded(*elements, *declared, decision("审核", str(table), needs=needs)).problems()


def one(policy: str, *rules: Sequence[str], allowed: str = "", **more: object) -> Table:
    """A table from ``x`` to ``r``."""
    column = Column(text="x", label="金额", allowed=allowed)
    output = Column(text="r", **more)  # type: ignore[arg-type]
    return Table(inputs=[column], outputs=[output], rules=rules, policy=policy)


def codes(found: Sequence[Problem]) -> list[tuple[str, int | None]]:
    """What was found, by code and row."""
    return [(p.code, p.rule) for p in found]


def test_sound_table() -> None:
    """A table without faults has no problems."""
    assert problems(one("UNIQUE", ["< 10", "1"], ["[10..20)", "2"], [">= 20", "3"])) == []


def test_gap() -> None:
    """What no rule covers is told in words."""
    [gap] = problems(one("UNIQUE", ["< 10", "1"], ["> 10", "2"]))
    assert (gap.code, gap.severity, gap.element_id) == ("gap", Severity.WARNING, "table")
    assert gap.message == "“审核”：有遗漏：“金额”为 10 时没有任何一行命中，结果为空。"


def test_gap_over_two_columns() -> None:
    """A gap names the columns that matter."""
    table = Table(
        inputs=[Column(text="x", label="金额"), Column(text="y", label="困难")],
        outputs=["r"],
        rules=[["<= 100", "-", "1"], ["> 100", "true", "2"]],
    )
    [gap] = problems(table)
    assert gap.message.startswith("“审核”：有遗漏：“金额”大于 100，“困难”为否时")


@pytest.mark.parametrize("policy", ["COLLECT", "RULE ORDER"])
def test_lists_need_not_cover_everything(policy: str) -> None:
    """No gaps are told of policies that collect; nor where a default stands."""
    assert problems(one(policy, ["< 10", "1"])) == []
    assert problems(one("UNIQUE", ["< 10", "1"], default="0")) == []


def test_gap_of_unnamed_strings_is_only_a_hint() -> None:
    """Other strings are always possible; with allowed values they are not."""
    [gap] = problems(one("UNIQUE", ['"A"', "1"], ['"B"', "2"]))
    assert gap.severity is Severity.INFO
    assert "“金额”不是“A”、“B”时" in gap.message
    assert problems(one("UNIQUE", ['"A"', "1"], ['"B"', "2"], allowed='"A","B"')) == []
    [missing] = problems(one("UNIQUE", ['"A"', "1"], allowed='"A","B"'))
    assert (missing.severity, "“B”" in missing.message) == (Severity.WARNING, True)


def test_allowed_values_of_the_input_type() -> None:
    """The type of the input data tells what can occur."""
    model = loaded(
        item("t级别", "string", allowed='"A","B"'),
        input_data("x", "t级别"),
        decision("审核", str(one("UNIQUE", ['"A"', "1"])), needs=["i_x"]),
    )
    [gap] = model.problems()
    assert "“金额”为“B”时" in gap.message


def test_overlap() -> None:
    """UNIQUE: rows that match together, and when."""
    [overlap] = problems(one("UNIQUE", ["<= 10", "1"], [">= 10", "2"]))
    assert (overlap.code, overlap.severity) == ("overlap", Severity.ERROR)
    assert (overlap.rule, overlap.element_id) == (2, "rule2")
    assert overlap.message == (
        "“审核”第 2 行：与第 1 行重叠（“金额”为 10 时同时命中），命中策略却是“唯一”。"
    )


def test_overlap_under_any() -> None:
    """ANY: only overlaps with different results count, or may."""
    assert problems(one("ANY", ["<= 10", "1"], ["-", "1"])) == []
    [different] = problems(one("ANY", ["<= 10", "1"], ["-", "2"]))
    assert (different.code, different.severity) == ("overlap", Severity.ERROR)
    [perhaps] = problems(one("ANY", ["<= 10", "1"], ["-", "x"]))
    assert perhaps.severity is Severity.WARNING


def test_opaque_cells_give_no_false_alarms() -> None:
    """Cells that only evaluation can tell neither overlap nor leave gaps."""
    assert problems(one("UNIQUE", ["? > 3 and odd(?)", "1"], ["<= 3", "2"])) == []
    same = problems(one("UNIQUE", ["odd(?)", "1"], ["odd(?)", "2"]))
    assert codes(same) == [("overlap", 2)]


@pytest.mark.parametrize(
    "rules",
    [
        (["< 10", "1"], [">= 10", "2"], ["5", "3"]),
        (["-", "1"], ["5", "3"]),
        (["< 5", "1"], ["[5..20]", "2"], ["(4..6)", "3"]),
    ],
)
def test_unreachable_under_first(rules: Sequence[Sequence[str]]) -> None:
    """FIRST: a row that those before it cover together never matches."""
    found = [p for p in problems(one("FIRST", *rules)) if p.code == "unreachable"]
    assert codes(found) == [("unreachable", len(rules))]
    assert "永远不会命中" in found[0].message


def test_reachable_under_first() -> None:
    """FIRST: a row with something of its own is fine."""
    assert problems(one("FIRST", ["< 10", "1"], ["< 20", "2"], ["-", "3"])) == []
    assert problems(one("FIRST", ["odd(?)", "1"], ["-", "2"])) == []


def test_unreachable_under_priority() -> None:
    """PRIORITY: a row covered by rows of higher priority never decides."""
    table = Table(
        inputs=["x"],
        outputs=[Column(text="r", allowed='"A","B"')],
        rules=[["< 10", '"B"'], ["-", '"A"']],
        policy="PRIORITY",
    )
    assert codes(problems(table)) == [("unreachable", 1)]


def test_priority_without_an_order() -> None:
    """PRIORITY needs output values."""
    found = problems(one("PRIORITY", ["-", '"A"']))
    assert codes(found) == [("no-priorities", None)]


def test_empty_condition() -> None:
    """A range that holds nothing never matches."""
    found = problems(one("FIRST", ["[10..5]", "1"], ["-", "2"]))
    assert codes(found) == [("empty-rule", 1)]


def test_values_outside_the_allowed_ones() -> None:
    """Input and output values that cannot be, by row."""
    found = problems(one("FIRST", ['"A", "C"', "1"], ["-", "2"], allowed='"A","B"'))
    assert codes(found) == [("input-not-allowed", 1)]
    assert "“C”" in found[0].message
    table = Table(
        inputs=["x"],
        outputs=[Column(text="r", allowed='"A","B"'), Column(text="n", type_ref="number")],
        rules=[["< 1", '"C"', "1"], [">= 1", '"A"', '"1"']],
    )
    assert codes(problems(table)) == [("output-not-allowed", 1), ("output-type", 2)]


def test_mixed_types() -> None:
    """A column with numbers and strings cannot be checked."""
    found = problems(one("FIRST", ["1", "1"], ['"a"', "2"]))
    assert codes(found) == [("mixed-types", None)]


def test_broken_cells_are_named_by_row() -> None:
    """FEEL that does not compile is an error of its row."""
    found = problems(one("FIRST", ["< 1", "1"], ["< (", "2"], ["-", "1 +"]))
    assert codes(found) == [("syntax", 2), ("syntax", 3)]
    assert found[0].message.startswith("“审核”第 2 行：FEEL 写得不对")


def test_big_tables_end() -> None:
    """Twelve columns of many cuts are given up on, not waited for."""
    columns = [Column(text="x") for _ in range(12)]
    rules = [
        [*(f"> {(row * 7 + column * 3) % 40}" for column in range(12)), "1"] for row in range(60)
    ]
    found = problems(Table(inputs=columns, outputs=["r"], rules=rules, policy="FIRST"))
    assert "not-checked" in {p.code for p in found}


def refusing(*rules: Sequence[str], policy: str = "FIRST") -> list[tuple[str, int | None]]:
    """What is said of a table from income and place to a conclusion."""
    inputs = [Column(text="x", label="收入"), Column(text="y", label="户籍")]
    return codes(problems(Table(inputs=inputs, outputs=["r"], rules=rules, policy=policy)))


def test_what_is_missing_must_not_be_accepted() -> None:
    """A comparison with null never holds: the refusing rows are passed over."""
    found = refusing(["> 3000", "-", '"reject"'], ["-", "-", '"approve"'])
    assert ("null-accepted", 2) in found
    inputs = [Column(text="x", label="收入")]
    table = Table(
        inputs=inputs, outputs=["r"], rules=[["> 3000", "false"], ["-", "true"]], policy="FIRST"
    )
    [told] = problems(table)
    assert (told.code, told.severity) == ("null-accepted", Severity.WARNING)
    assert told.message.startswith("“审核”第 2 行：“收入”为空时")


@pytest.mark.parametrize(
    "rules",
    [
        (["null", "-", '"reject"'], ["> 3000", "-", '"reject"'], ["-", "-", '"approve"']),
        (['not("yes")', "-", '"reject"'], ["-", "-", '"approve"']),
        (["> 3000", "-", '"reject"'], ["<= 3000", "-", '"approve"']),
        (["<= 3000", "-", '"approve"'], ["-", "-", '"reject"']),
        (["> 3000", "-", '"a"'], ["-", "-", '"b"']),
    ],
)
def test_tables_that_do_not_accept_what_is_missing(rules: tuple[list[str], ...]) -> None:
    """Null is looked at, or nothing accepts it, or the conclusions say neither."""
    assert "null-accepted" not in {code for code, _ in refusing(*rules)}


def test_several_hits_do_not_fall_through() -> None:
    """Where each row counts for itself there is no falling through."""
    rules = (["> 3000", "-", '"reject"'], ["-", "-", '"approve"'])
    assert "null-accepted" not in {code for code, _ in refusing(*rules, policy="RULE ORDER")}
