"""Requirement graphs: who sees what, evaluated once, services, imports, budget and clock."""

from __future__ import annotations

import datetime as host
import inspect
import sys
import time
from decimal import Decimal

import pytest

from engine.dmn import DmnError, load, load_all
from engine.feel import Budget, BudgetExceeded
from engine.feel.values import Date
from tests.dmn.build import (
    Table,
    bkm,
    component,
    context,
    decision,
    feel,
    input_data,
    item,
    loaded,
    model,
    service,
)


def test_diamond_is_evaluated_once() -> None:
    """A decision that two others require is evaluated once."""
    table = Table(inputs=["x"], outputs=["y"], rules=[["-", "x + 1"]])
    graph = loaded(
        input_data("x", "number"),
        decision("base", str(table), needs=["i_x"]),
        decision("left", feel("base * 2"), needs=["d_base"]),
        decision("right", feel("base * 3"), needs=["d_base"]),
        decision("top", feel("left + right"), needs=["d_left", "d_right"]),
    )
    result = graph.evaluate("top", {"x": 1})
    assert result.value == 10
    assert len(result.matched_rules) == 1
    assert result.decisions == {"base": 2, "left": 4, "right": 6, "top": 10}
    top = result.explanation
    assert [child.name for child in top.children] == ["left", "right"]
    assert top.children[0].children[0] is top.children[1].children[0]
    assert "left + right" in top.text


def test_logic_sees_only_what_it_requires() -> None:
    """An element of the model that is not required is not in scope."""
    graph = loaded(
        input_data("x", "number"),
        decision("a", feel("1")),
        decision("b", feel("a"), needs=[]),
        decision("c", feel("x"), needs=[]),
    )
    assert graph.evaluate("b", {"x": 1}).value is None
    assert graph.evaluate("c", {"x": 1}).value is None


def test_undeclared_names_come_from_the_inputs() -> None:
    """A name that the model does not know is looked up among the inputs, and noted."""
    graph = loaded(decision("a", feel("金额 * 2")))
    assert graph.evaluate("a", {"金额": 21}).value == 42
    assert [p.code for p in graph.problems()] == ["undeclared-name"]
    assert [f.name for f in graph.decisions["d_a"].inputs] == ["金额"]


def test_names_of_variables() -> None:
    """Logic may use the variable's name or the element's; without a variable, the id as well."""
    xml = model(
        input_data("金额", "number").replace('variable name="金额"', 'variable name="amount"'),
        decision("a", feel("amount + 金额"), needs=["i_金额"]),
        '<decision id="base" name="基 数"><literalExpression><text>7</text></literalExpression>'
        "</decision>",
        decision("b", feel("base + 基 数"), needs=["base"]),
    )
    graph = load(xml)
    assert graph.problems() == []
    assert graph.evaluate("a", {"金额": 2}).value == 4
    assert graph.evaluate("a", {"amount": 3}).value == 6
    assert graph.evaluate("b", {}).value == 14


def test_missing_requirement_is_a_problem() -> None:
    """A name of the model that is used without being required is null: a warning."""
    graph = loaded(
        bkm("f", ["x"], feel("x + y")), decision("a", feel("1")), decision("b", feel("a + 1"))
    )
    assert [(p.code, p.element_id) for p in graph.problems()] == [
        ("missing-requirement", "b_f"),
        ("missing-requirement", "d_b"),
    ]


def test_inputs_never_replace_decisions() -> None:
    """A variable with the name of a decision does not decide it."""
    graph = loaded(decision("a", feel("1")), decision("b", feel("a + 1"), needs=["d_a"]))
    assert graph.evaluate("b", {"a": 100}).value == 2


def test_decisions_tell_what_they_need() -> None:
    """``decisions`` lists inputs through the whole graph."""
    graph = loaded(
        input_data("x", "number"),
        input_data("y", "string"),
        decision("a", feel("x"), needs=["i_x"]),
        decision("b", feel("a"), needs=["d_a", "i_y"]),
    )
    fields = [(f.name, f.type_ref) for f in graph.decisions["d_b"].inputs]
    assert fields == [("x", "number"), ("y", "string")]


def test_unknown_decision() -> None:
    """Asking for what is not there is an error in plain words."""
    with pytest.raises(DmnError, match="没有决策“无”"):
        loaded(decision("a", feel("1"))).evaluate("无", {})


def test_floats_are_refused() -> None:
    """Binary floats never get in."""
    graph = loaded(input_data("x"), decision("a", feel("x"), needs=["i_x"]))
    with pytest.raises(TypeError):
        graph.evaluate("a", {"x": 1.5})


def test_missing_input_is_null() -> None:
    """What the caller does not give is null."""
    graph = loaded(input_data("x", "number"), decision("a", feel("x = null"), needs=["i_x"]))
    assert graph.evaluate("a", {}).value is True


def test_cycle_is_a_problem_not_a_crash() -> None:
    """Decisions that require each other are named; evaluating them ends."""
    graph = loaded(decision("a", feel("b"), needs=["d_b"]), decision("b", feel("a"), needs=["d_a"]))
    assert {p.code for p in graph.problems()} == {"cycle"}
    assert graph.evaluate("a", {}).value is None


def test_missing_and_wrong_references() -> None:
    """References that lead nowhere, or to the wrong thing, are named."""
    graph = loaded(
        bkm("f", ["a"], feel("a")),
        decision("x", feel("1"), needs=["d_nowhere"]),
        decision("y", feel("1"), needs=["b_f"]),
    )
    assert [(p.code, p.element_id) for p in graph.problems()] == [
        ("missing-reference", "d_x"),
        ("wrong-reference", "d_y"),
    ]


def test_knowledge_is_a_function() -> None:
    """A business knowledge model is called with positional or named arguments."""
    graph = loaded(
        bkm("月付", ["本金:number", "期数:number"], feel("本金 / 期数"), type_ref="number"),
        decision("a", feel("月付(1200, 12)"), knows=["b_月付"]),
        decision("b", feel("月付(期数: 12, 本金: 1200)"), knows=["b_月付"]),
        decision("c", feel("月付(1200)"), knows=["b_月付"]),
        decision("d", feel('月付("1200", 12)'), knows=["b_月付"]),
        decision("e", feel("月付(1200, 12)")),
    )
    values = {name: graph.evaluate(name, {}).value for name in "abcde"}
    assert values == {"a": 100, "b": 100, "c": None, "d": None, "e": None}
    assert graph.evaluate("月付", {"本金": 10, "期数": 5}).value == 2


def test_knowledge_can_call_itself_within_bounds() -> None:
    """Recursion works and ends in BudgetExceeded when it does not end itself."""
    graph = loaded(
        bkm("fact", ["n:number"], feel("if n <= 1 then 1 else n * fact(n - 1)")),
        bkm("ever", ["n:number"], feel("ever(n + 1)")),
        decision("a", feel("fact(20)"), knows=["b_fact"]),
        decision("b", feel("ever(1)"), knows=["b_ever"]),
    )
    assert graph.evaluate("a", {}).value == Decimal(2432902008176640000)
    with pytest.raises(BudgetExceeded):
        graph.evaluate("b", {})


def test_budget_is_shared_by_the_whole_graph() -> None:
    """All decisions of a run draw on one budget."""
    graph = loaded(
        decision("a", feel("sum(for i in 1..1000 return i)")),
        decision("b", feel("a + sum(for i in 1..1000 return i)"), needs=["d_a"]),
    )
    assert graph.evaluate("b", {}, budget=Budget(steps=10_000)).value == 1_001_000
    with pytest.raises(BudgetExceeded):
        graph.evaluate("b", {}, budget=Budget(steps=1_500))


def test_clock_is_given_and_stands_still() -> None:
    """``today()`` is the clock's, read once; without a clock it is null."""
    moments = iter([host.datetime(2024, 2, 29, 12, tzinfo=host.UTC)])
    graph = loaded(
        decision("a", feel("today()")), decision("b", feel("[a, today()]"), needs=["d_a"])
    )
    day = Date.parse("2024-02-29")
    assert graph.evaluate("b", {}, clock=lambda: next(moments)).value == [day, day]
    assert graph.evaluate("a", {}).value is None


def services() -> str:
    """A model with a decision service over one encapsulated decision."""
    return model(
        input_data("n", "number"),
        decision("given", feel("100"), type_ref="number"),
        decision("inner", feel("n + given"), needs=["i_n", "d_given"], type_ref="number"),
        decision("outer", feel("inner * 2"), needs=["d_inner"], type_ref="number"),
        service("svc", ["d_outer"], encapsulated=["d_inner"], decisions=["d_given"], data=["i_n"]),
        service("two", ["d_outer", "d_inner"], decisions=["d_given"], data=["i_n"]),
        decision("call", feel("svc(1, 2)"), knows=["s_svc"]),
        decision("named", feel("svc(given: 2, n: 1)"), knows=["s_svc"]),
        decision("short", feel("svc(1)"), knows=["s_svc"]),
        decision("wrong", feel('svc("1", 2)'), knows=["s_svc"]),
        decision("both", feel("two(1, 2).inner"), knows=["s_two"]),
        decision(
            "apart",
            feel("[svc(1, 2), given, inner]"),
            knows=["s_svc"],
            needs=["d_given", "d_inner"],
        ),
    )


def test_decision_services_as_functions() -> None:
    """Input data come first, then input decisions, which replace the decisions' own logic."""
    graph = load(services())
    values = {name: graph.evaluate(name, {"n": 5}).value for name in ("call", "named", "both")}
    assert values == {"call": 6, "named": 6, "both": 3}
    assert graph.evaluate("short", {}).value is None
    assert graph.evaluate("wrong", {}).value is None


def test_decision_services_are_evaluated_apart() -> None:
    """The arguments of a service have no bearing on the decisions outside."""
    assert load(services()).evaluate("apart", {"n": 5}).value == [6, 100, 105]


def test_decision_services_evaluated_directly() -> None:
    """A service asked by name takes its arguments from the inputs; several outputs: a context."""
    graph = load(services())
    assert graph.evaluate("svc", {"n": 1, "given": 2}).value == 6
    result = graph.evaluate("two", {"n": 1, "given": 2})
    assert result.value == {"outer": 6, "inner": 3}
    assert graph.evaluate("svc", {"n": 1}).value is None
    assert graph.decisions["s_svc"].kind == "service"
    assert [f.name for f in graph.decisions["s_svc"].inputs] == ["n", "given"]


def imported() -> dict[str, str]:
    """A model, and one that imports it."""
    base = model(
        item("t人", components=[component("姓 名", "string"), component("年龄", "number")]),
        input_data("申请 人", "t人"),
        decision("问 候", feel('"您好，" + 申请 人.姓 名'), needs=["i_申请 人"]),
        bkm("成年", ["年龄:number"], feel("年龄 >= 18")),
        namespace="urn:base",
    )
    imports = (
        '<import namespace="urn:base" name="基础" '
        'importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/>'
    )
    user = model(
        imports,
        input_data("对象", "基础.t人"),
        decision(
            "结果",
            feel("if 基础.成年(对象.年龄) then 基础.问 候 else 对象.姓 名"),
            needs=["urn:base#d_问 候", "i_对象"],
            knows=["urn:base#b_成年"],
        ),
        decision("类型", feel("对象 instance of 基础.t人"), needs=["i_对象"]),
        namespace="urn:user",
    )
    return {"user.dmn": user, "base.dmn": base}


def test_imports() -> None:
    """Imported decisions, functions and types are used under the import's name."""
    graph = load_all(imported())["user.dmn"]
    assert graph.problems() == []
    person = {"姓 名": "李", "年龄": 20}
    inputs = {"对象": person, "{urn:base}申请 人": {"姓 名": "张", "年龄": 1}}
    assert graph.evaluate("结果", inputs).value == "您好，张"
    assert graph.evaluate("结果", {**inputs, "对象": person | {"年龄": 2}}).value == "李"
    assert graph.evaluate("类型", inputs).value is True


def test_imports_given_by_the_caller() -> None:
    """``load`` takes the imported models by namespace; a missing one is a problem."""
    files = imported()
    base = load(files["base.dmn"])
    graph = load(files["user.dmn"], imports={"urn:base": base})
    assert graph.problems() == []
    alone = load(files["user.dmn"])
    assert "missing-import" in {p.code for p in alone.problems()}
    assert alone.evaluate("结果", {}).value is None


def test_imports_in_a_circle_are_refused() -> None:
    """Models that import each other cannot be loaded."""
    kind = "https://www.omg.org/spec/DMN/20230324/MODEL/"

    def one(own: str, other: str) -> str:
        return model(f'<import namespace="{other}" name="m" importType="{kind}"/>', namespace=own)

    with pytest.raises(DmnError, match="循环"):
        load_all({"a": one("urn:a", "urn:b"), "b": one("urn:b", "urn:a")})


def test_rules_hit_in_knowledge_are_told() -> None:
    """A table inside a function reports its rules under the function's name."""
    table = Table(inputs=["级别"], outputs=["y"], rules=[['"A"', "1"], ['"B"', "2"]])
    graph = loaded(
        bkm("分值", ["级别:string"], str(table)),
        decision("合计", feel('分值("A") + 分值("B")'), knows=["b_分值"]),
    )
    result = graph.evaluate("合计", {})
    assert result.value == 3
    assert [(r.decision_name, r.index) for r in result.matched_rules] == [("分值", 1), ("分值", 2)]
    assert result.explanation.rules == result.matched_rules


def test_contexts_of_required_decisions_have_names() -> None:
    """Entries with spaces of a required decision can be named after a dot."""
    graph = loaded(
        decision("人", context(("full name", feel('"张三"')), ("年龄", feel("20")))),
        decision("名", feel("人.full name"), needs=["d_人"]),
    )
    assert graph.evaluate("名", {}).value == "张三"


def test_deep_graphs() -> None:
    """A long chain of decisions evaluates; one longer than the budget's depth says so."""

    def chain(length: int) -> str:
        links = [
            decision(f"n{i}", feel(f"n{i - 1} + 1"), needs=[f"d_n{i - 1}"])
            for i in range(1, length)
        ]
        return model(decision("n0", feel("0")), *links)

    assert load(chain(60)).evaluate("n59", {}).value == 59
    with pytest.raises(BudgetExceeded):
        load(chain(2000)).evaluate("n1999", {})


def test_deep_callers() -> None:
    """Where the interpreter's own stack runs out first, that is an exceeded budget too."""
    links = [decision(f"n{i}", feel(f"n{i - 1} + 1"), needs=[f"d_n{i - 1}"]) for i in range(1, 90)]
    graph = loaded(decision("n0", feel("0")), *links)

    def down(depth: int) -> object:
        return down(depth - 1) if depth else graph.evaluate("n89", {}).value

    used = len(inspect.stack())
    with pytest.raises(BudgetExceeded):
        down(sys.getrecursionlimit() - used - 60)


def test_big_values_cost_what_they_are() -> None:
    """Parts of an evaluation share values without copying; results too big are refused."""
    loop = (
        '<for iteratorVariable="x"><in>'
        + feel("[1..3000]")
        + "</in><return>"
        + feel("count(all numbers)")
        + "</return></for>"
    )
    graph = loaded(
        input_data("all numbers"),
        decision("counted", loop, needs=["i_all numbers"]),
        decision("twice", feel("[counted, counted]"), needs=["d_counted"]),
        decision("many", feel("for i in 1..100 return twice"), needs=["d_twice"]),
    )
    numbers = list(range(50_000))
    start = time.perf_counter()
    assert graph.evaluate("counted", {"all numbers": numbers}).value == [50_000] * 3000
    assert time.perf_counter() - start < 5
    with pytest.raises(BudgetExceeded):
        graph.evaluate("many", {"all numbers": numbers})


def test_loops_over_tables_end() -> None:
    """Tables, contexts and lists inside loops use up the budget by their size."""
    table = Table(inputs=["x"], outputs=["y"], rules=[[f"? + 0 = {n}", "1"] for n in range(300)])
    bodies = {
        "table": str(table),
        "context": context(*((f"n{n}", feel("x + 1")) for n in range(300))),
        "list": "<list>" + feel("x + 1") * 300 + "</list>",
    }
    for name, body in bodies.items():
        loop = (
            f'<for iteratorVariable="x"><in>{feel("[1..50000]")}</in><return>{body}</return></for>'
        )
        graph = loaded(decision(name, loop))
        start = time.perf_counter()
        with pytest.raises(BudgetExceeded):
            graph.evaluate(name, {})
        assert time.perf_counter() - start < 3
