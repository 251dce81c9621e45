"""Whatever a file holds: loading it, judging it and asking it end in an answer or a plain error."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.dmn import DmnError, load
from engine.feel import BudgetExceeded
from tests.dmn.build import (
    Column,
    Table,
    bkm,
    component,
    context,
    decision,
    feel,
    function,
    input_data,
    invocation,
    item,
    model,
    service,
)

MODEL = model(
    item("t级别", "string", allowed='"A","B"'),
    item("t人", components=[component("姓 名", "string"), component("级别", "t级别")]),
    input_data("申请人", "t人"),
    input_data("n", "number"),
    bkm("f", ["x:number"], feel("if x <= 0 then 0 else f(x - 1) + 1"), type_ref="number"),
    decision("a", feel("n * 2"), needs=["i_n"], type_ref="number"),
    decision(
        "b",
        str(
            Table(
                inputs=[Column(text="申请人.级别", allowed='"A","B"'), "a"],
                outputs=[Column(text="r", allowed='"1","2"', default='"2"'), "s"],
                rules=[['"A"', "[1..5)", '"1"', "a"], ["-", "not(< 3, 7)", '"2"', "f(3)"]],
                policy="PRIORITY",
            )
        ),
        needs=["i_申请人", "d_a"],
        knows=["b_f"],
    ),
    decision(
        "c",
        context(
            ("g", function(["y:number"], feel("y + a"))),
            ("h", invocation("g", y=feel("2"))),
            (
                "i",
                (
                    f'<for iteratorVariable="x"><in>{feel("[1,2]")}</in>'
                    f"<return>{feel('x + count(partial)')}</return></for>"
                ),
            ),
            result=f"<filter><in>{feel('i')}</in><match>{feel('item > h')}</match></filter>",
        ),
        needs=["d_a"],
    ),
    service("s", ["d_b", "d_c"], decisions=["d_a"], data=["i_申请人"]),
)
SPOTS = [
    span
    for pattern in (r">([^<>]+)<", r'="([^"]*)"', r"(<[^>]*>)")
    for span in (found.span(1) for found in re.finditer(pattern, MODEL))
]
PIECES = st.one_of(
    st.sampled_from(
        [
            "",
            "-",
            "null",
            "(",
            ")",
            '"',
            "not(",
            "..",
            "[1..",
            "9**99",
            "item",
            "f",
            "a",
            "t人",
            "&lt;",
            "#d_b",
            "list&lt;t级别&gt;",
            "for x in 1..99999 return x",
            "COLLECT",
            "SUM",
            "<literalExpression><text>1</text></literalExpression>",
            "<context/>",
            "</decision>",
        ]
    ),
    st.text(max_size=4),
)


@given(st.lists(st.tuples(st.sampled_from(SPOTS), PIECES, st.booleans()), min_size=1, max_size=3))
@settings(max_examples=150, deadline=None)
def test_no_file_breaks_the_loader(changes: list[tuple[tuple[int, int], str, bool]]) -> None:
    """Only DmnError for files, only BudgetExceeded for evaluations; problems() always answers."""
    xml = MODEL
    for (start, end), piece, replaces in sorted(changes, reverse=True):
        xml = xml[:start] + piece + xml[end if replaces else start :]
    try:
        loaded = load(xml)
    except DmnError:
        return
    loaded.problems()
    for name in loaded.decisions:
        try:
            result = loaded.evaluate(name, {"n": 2, "申请人": {"姓 名": "张", "级别": "A"}})
        except BudgetExceeded:
            continue
        assert result.explanation.text
        assert all(rule.text for rule in result.matched_rules)
