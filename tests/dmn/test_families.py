"""Models of the kinds that the standard's test suite has, written anew: joins, rankings, nested
contexts, tables over lists and dates, coercion, implicit parameters, imports, recursion."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from engine.dmn import Model, load, load_all
from engine.feel.values import Date, DateTime, Time
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
    loaded,
    model,
    service,
)


def relation(columns: list[str], *rows: list[str]) -> str:
    head = "".join(f'<column name="{name}"/>' for name in columns)
    body = "".join(f"<row>{''.join(feel(cell) for cell in row)}</row>" for row in rows)
    return f"<relation>{head}{body}</relation>"


def value(graph: Model, name: str, **inputs: Any) -> object:
    return graph.evaluate(name, inputs).value


# --- Joins, filters and rankings over relations ---------------------------------------------------

EMPLOYEES = relation(
    ["id", "部门 号", "姓 名"],
    ["7792", "10", '"Clark"'],
    ["7934", "10", '"Miller"'],
    ["7976", "20", '"Adams"'],
    ["7902", "20", '"Ford"'],
    ["7900", "30", '"James"'],
)
DEPARTMENTS = relation(
    ["号", "名", "主管"],
    ["10", '"Sales"', '"Smith"'],
    ["20", '"Finance"', '"Jones"'],
    ["30", '"Engineering"', '"King"'],
)


@pytest.fixture(scope="module")
def staff() -> Model:
    return loaded(
        input_data("姓", "string"),
        decision("员工", EMPLOYEES),
        decision("部门", DEPARTMENTS),
        decision(
            "主管是谁",
            feel("部门[号 = 员工[姓 名 = 姓].部门 号[1]].主管[1]"),
            needs=["d_员工", "d_部门", "i_姓"],
        ),
        decision(
            "同事",
            feel(
                "for e in 员工, d in 部门 return if e.部门 号 = d.号 "
                'then e.姓 名 + "@" + d.名 else null'
            ),
            needs=["d_员工", "d_部门"],
        ),
        decision("姓名表", feel("sort(员工.姓 名, function(a, b) a < b)"), needs=["d_员工"]),
    )


@pytest.mark.parametrize(
    ("name", "manager"),
    [("Clark", "Smith"), ("Adams", "Jones"), ("James", "King"), ("Nobody", None), (None, None)],
)
def test_a_join_by_filters(staff: Model, name: str | None, manager: str | None) -> None:
    """Names of columns with spaces; the filter inside a filter sees the input."""
    assert value(staff, "主管是谁", 姓=name) == manager


def test_a_join_by_loops(staff: Model) -> None:
    pairs = value(staff, "同事")
    assert isinstance(pairs, list)
    assert [pair for pair in pairs if pair] == [
        "Clark@Sales",
        "Miller@Sales",
        "Adams@Finance",
        "Ford@Finance",
        "James@Engineering",
    ]
    assert value(staff, "姓名表") == ["Adams", "Clark", "Ford", "James", "Miller"]


@pytest.fixture(scope="module")
def loans() -> Model:
    """Products, what each costs for a loan, and rankings of them by several measures."""
    products = relation(
        ["银行", "利率", "点数", "费用"],
        ['"甲"', ".03900", ".00", "0"],
        ['"乙"', ".03875", ".01", "1975"],
        ['"丙"', ".03500", ".02", "1500"],
    )
    return loaded(
        input_data("金额", "number"),
        bkm(
            "月供",
            ["p:number", "r:number", "n:number"],
            feel("p * r / 12 / (1 - (1 + r / 12) ** -n)"),
            type_ref="number",
        ),
        bkm(
            "测算",
            ["产品", "金额"],
            context(
                ("银行", feel("产品.银行")),
                ("首付", feel("金额 * 产品.点数 + 产品.费用")),
                (
                    "每月",
                    invocation("月供", p=feel("金额 + 首付"), r=feel("产品.利率"), n=feel("360")),
                ),
            ),
            knows=["b_月供"],
        ),
        decision("产品", products),
        decision(
            "测算表",
            feel("for x in 产品 return 测算(x, 金额)"),
            needs=["d_产品", "i_金额"],
            knows=["b_测算"],
        ),
        decision(
            "排名",
            context(
                ("按月供", feel("sort(测算表, function(x, y) x.每月 < y.每月).银行")),
                ("按首付", feel("sort(测算表, function(x, y) x.首付 < y.首付).银行")),
                ("最省", feel("测算表[每月 = min(测算表.每月)][1].银行")),
            ),
            needs=["d_测算表"],
        ),
    )


def test_ranking_by_several_measures(loans: Model) -> None:
    assert value(loans, "排名", 金额=100_000) == {
        "按月供": ["丙", "甲", "乙"],
        "按首付": ["甲", "乙", "丙"],
        "最省": "丙",
    }


def test_functions_in_functions_compute_exactly(loans: Model) -> None:
    table = value(loans, "测算表", 金额=100_000)
    assert isinstance(table, list)
    assert round(table[0]["每月"], 6) == Decimal("471.668204")
    assert table[1]["首付"] == 2975


# --- Tables over dates, strings, structures and lists ----------------------------------------------


def hit(cells: list[str], columns: list[str], **inputs: Any) -> object:
    """Whether a table of one row, then a row of dashes, takes the first."""
    rules = [[*cells, "true"], [*["-"] * len(cells), "false"]]
    table = Table(inputs=columns, outputs=["o"], rules=rules, policy="FIRST")
    graph = loaded(
        *(input_data(name) for name in inputs),
        decision("d", str(table), needs=[f"i_{name}" for name in inputs]),
    )
    return value(graph, "d", **inputs)


@pytest.mark.parametrize(
    ("cell", "given", "expected"),
    [
        ("[low..high]", 5, True),
        ("[low..high]", 11, False),
        ("(low..high)", 1, False),
        ("[low..high)", 10, False),
        ("< low, > high", 0, True),
        ("not(< low, > high)", 5, True),
        ("low", 1, True),
        ("low + 1", 2, True),
        ("< high - low", 8, True),
        ("? + 1 = high", 9, True),
        ("if ? > low then true else false", 2, True),
        ("null", None, True),
        ("null", 5, False),
        ("< null", 5, False),
        ("not(null)", 5, True),
        ("not(null)", None, False),
        ("count([?]) = 1", 5, True),
    ],
)
def test_cells_see_other_inputs(cell: str, given: object, expected: bool) -> None:
    assert hit([cell, "-", "-"], ["x", "low", "high"], x=given, low=1, high=10) is expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ('date("2016-11-01")', True),
        ('@"2016-11-01"', True),
        ('< date("2016-11-02")', True),
        ('> date("2016-11-01")', False),
        ('[date("2016-10-01")..date("2016-12-31")]', True),
        ("<= other", True),
        ("> other", False),
        ("date(2016, 11, 1)", True),
        ('other - duration("P1D")', True),
        ('"2016-11-01"', False),
        ("?.year = 2016", True),
        ('date("2016-13-01")', False),
    ],
)
def test_cells_of_dates(cell: str, expected: bool) -> None:
    day, other = Date(2016, 11, 1), Date(2016, 11, 2)
    assert hit([cell, "-"], ["x", "other"], x=day, other=other) is expected


@pytest.mark.parametrize(
    ("cell", "given", "expected"),
    [
        ("{a: 1}", {"a": Decimal(1)}, True),
        ("{a: 1}", {"a": Decimal(2)}, False),
        ("?.a > 0", {"a": Decimal(1)}, True),
        ('time("10:00:00")', Time.parse("10:00:00"), True),
        ('duration("PT1H")', None, False),
        ('< date and time("2024-01-01T00:00:00")', DateTime.parse("2023-12-31T23:59:59"), True),
        ("true", True, True),
        ("not(true)", False, True),
        ("not(true)", None, True),
        ('"a", "b"', "b", True),
        ('not("a", "b")', "b", False),
        ('starts with(?, "ab")', "abc", True),
        ('matches(?, "^[a-c]+$")', "abc", True),
        ("string length(?) > 2", "abc", True),
    ],
)
def test_cells_of_other_kinds(cell: str, given: object, expected: bool) -> None:
    assert hit([cell], ["x"], x=given) is expected


@pytest.mark.parametrize(
    ("cell", "given", "expected"),
    [
        ('["a", "b"]', "a", True),
        ('["a", "b"]', "c", False),
        ('["a", "b"]', ["a", "b"], True),
        ('["a", "b"]', ["b", "a"], False),
        ('[["a"], ["b"]]', ["a"], True),
        ('list contains(?, "a")', ["a", "b"], True),
        ('list contains(?, "c")', ["a", "b"], False),
        ("count(?) = 2", ["a", "b"], True),
        ('?[1] = "a"', ["a", "b"], True),
        ('some x in ? satisfies x = "b"', ["a", "b"], True),
        ('every x in ? satisfies x in ("a", "b")', ["a", "b"], True),
        ("[]", [], True),
        ("count(?) > 0", [], False),
        ("wanted", "a", True),
        ("wanted", "z", False),
        ("list contains(wanted, ?)", "a", True),
    ],
)
def test_cells_and_lists(cell: str, given: object, expected: bool) -> None:
    """A value is looked for in a list; a list is compared with a list, or looked for in it."""
    assert hit([cell, "-"], ["x", "wanted"], x=given, wanted=["a", "b"]) is expected


# --- Functions: implicit and explicit parameters, recursion, higher order ---------------------------

RISK = Table(
    inputs=[Column(text="已有客户", type_ref="boolean"), Column(text="评分", type_ref="number")],
    outputs=[Column(text="风险", type_ref="string")],
    rules=[
        ["true", "<= 120", '"高"'],
        ["true", "> 120", '"中"'],
        ["false", "<= 100", '"极高"'],
        ["false", "> 100", '"高"'],
    ],
)


@pytest.mark.parametrize(
    "call",
    [
        "风险级别(客户, 分)",
        "风险级别(已有客户: 客户, 评分: 分)",
        "风险级别(评分: 分, 已有客户: 客户)",
        "风险级别([客户], [分])",
    ],
)
def test_a_table_as_a_function(call: str) -> None:
    graph = loaded(
        input_data("客户", "boolean"),
        input_data("分", "number"),
        bkm("风险级别", ["已有客户:boolean", "评分:number"], str(RISK), type_ref="string"),
        decision("d", feel(call), needs=["i_客户", "i_分"], knows=["b_风险级别"]),
    )
    result = graph.evaluate("d", {"客户": False, "分": 100})
    assert result.value == "极高"
    assert [(r.decision_name, r.index) for r in result.matched_rules] == [("风险级别", 3)]


@pytest.mark.parametrize(
    "call",
    [
        "f()",
        "f(1)",
        "f(1, 2, 3)",
        "f(a: 1)",
        "f(a: 1, c: 2)",
        'f(1, "2")',
        "f(1, [2, 3])",
        "g(1, 2)",
    ],
)
def test_calls_that_do_not_fit_are_null(call: str) -> None:
    graph = loaded(
        bkm("f", ["a:number", "b:number"], feel("a + b")),
        decision("d", feel(f"string({call}) + string(f(1, 2))"), knows=["b_f"]),
    )
    assert value(graph, "d") is None
    assert value(graph, "f", a=1, b=2) == 3


def test_functions_of_functions() -> None:
    graph = loaded(
        bkm("阶乘", ["n"], feel("if n <= 1 then 1 else n * 阶乘(n - 1)")),
        bkm("两次", ["f", "x"], feel("f(f(x))")),
        bkm("加", ["n"], function(["x"], feel("x + n"))),
        decision("a", feel("阶乘(10)"), knows=["b_阶乘"]),
        decision("b", feel("两次(阶乘, 3)"), knows=["b_阶乘", "b_两次"]),
        decision("c", feel("加(2)(3)"), knows=["b_加"]),
        decision("d", feel("两次(加(5), 1)"), knows=["b_加", "b_两次"]),
        decision("e", feel("(for f in [加(1), 加(2)] return f(10))"), knows=["b_加"]),
        decision("f", feel("两次(function(x) x * x, 3)"), knows=["b_两次"]),
    )
    found = {name: value(graph, name) for name in "abcdef"}
    assert found == {"a": 3628800, "b": 720, "c": 5, "d": 11, "e": [11, 12], "f": 81}


def test_functions_in_contexts_see_what_stands_before_them() -> None:
    logic = context(
        ("率", feel("0.1")),
        ("税", function(["额"], feel("额 * 率"))),
        ("表", context(("a", feel("税(100)")), ("b", feel("税(a)")), result=feel("[a, b, 率]"))),
        result=feel("表"),
    )
    assert value(loaded(decision("d", logic)), "d") == [10, 1, Decimal("0.1")]


def test_deeper_contexts_hide_outer_names() -> None:
    logic = context(
        ("x", feel("1")),
        ("y", context(("x", feel("x + 1")), ("z", feel("x * 10")))),
        ("w", feel("[x, y.x, y.z]")),
    )
    found = value(loaded(decision("d", logic)), "d")
    assert isinstance(found, dict)
    assert found["w"] == [1, 2, 20]


# --- Types: conversions of decisions, parameters, results ------------------------------------------

ITEMS = (
    item("tMany", "number", many=True),
    item("tNames", "string", many=True),
    item("tPoint", components=[component("x", "number"), component("y", "number")]),
    item("tPoints", "tPoint", many=True),
    item("tMoment", "date and time"),
    item("tMoments", "date and time", many=True),
    item("tSmall", "number", allowed="< 10"),
)


@pytest.mark.parametrize(
    ("text", "type_ref", "expected"),
    [
        ("5", "tMany", [5]),
        ("[5]", "number", 5),
        ("[5, 6]", "number", None),
        ("[]", "number", None),
        ("[]", "tMany", []),
        ('"a"', "tNames", ["a"]),
        ("1", "tNames", None),
        ('["a", 1]', "tNames", None),
        ('["a", null]', "tNames", ["a", None]),
        ("null", "tNames", None),
        ("[[5]]", "tMany", None),
        ('date("2024-02-29")', "date and time", DateTime.parse("2024-02-29T00:00:00Z")),
        ('date("2024-02-29")', "tMoment", DateTime.parse("2024-02-29T00:00:00Z")),
        ('date and time("2024-02-29T10:00:00")', "date", None),
        ('"2024-02-29"', "date", None),
        ("{x: 1, y: 2}", "tPoint", {"x": 1, "y": 2}),
        ("{x: 1, y: 2, z: 3}", "tPoint", {"x": 1, "y": 2, "z": 3}),
        ("{x: 1}", "tPoint", None),
        ('{x: 1, y: "2"}', "tPoint", None),
        ("{x: 1, y: null}", "tPoint", {"x": 1, "y": None}),
        ("[{x: 1, y: 2}]", "tPoint", {"x": 1, "y": 2}),
        ("{x: 1, y: 2}", "tPoints", [{"x": 1, "y": 2}]),
        ("9", "tSmall", 9),
        ("10", "tSmall", None),
        ("true", "number", None),
        ('"1"', "number", None),
        ("1", "string", None),
        ('duration("P1Y")', "days and time duration", None),
        ('duration("P1Y")', "yearMonthDuration", "P1Y"),
        ("function(x) x", "number", None),
        ("[1..3]", "tMany", None),
    ],
)
def test_the_type_of_a_decision_is_applied(text: str, type_ref: str, expected: object) -> None:
    """So it is as the type of a parameter, and as that of a function's result."""
    graph = loaded(
        *ITEMS,
        decision("d", feel(text), type_ref=type_ref),
        bkm("id", [f"p:{type_ref}"], feel("p")),
        bkm("of", ["p"], feel("p"), type_ref=type_ref),
        decision("parameter", feel(f"id({text})"), knows=["b_id"]),
        decision("result", feel(f"of({text})"), knows=["b_of"]),
        decision("entry", context((f"e:{type_ref}", feel(text)), result=feel("e"))),
    )
    for name in ("d", "parameter", "result", "entry"):
        found = value(graph, name)
        assert getattr(found, "text", found) == getattr(expected, "text", expected), name


def test_a_decision_without_logic_is_null() -> None:
    graph = loaded(
        decision("空"),
        decision("加一", feel("空 + 1"), needs=["d_空"]),
        decision("判", feel('if 空 = null then "没有" else "有"'), needs=["d_空"]),
    )
    assert [value(graph, name) for name in ("空", "加一", "判")] == [None, None, "没有"]


def test_structured_results() -> None:
    """The result is a context with lists of contexts in it, of the type declared."""
    graph = loaded(
        item("tLine", components=[component("项目", "string"), component("金额", "number")]),
        item(
            "tSheet",
            components=[component("明细", "tLine", many=True), component("合计", "number")],
        ),
        input_data("单价", "number"),
        decision(
            "清单",
            context(
                ("明细:", relation(["项目", "金额"], ['"餐费"', "单价 * 3"], ['"车费"', "20"])),
                ("合计", feel("sum(明细.金额)")),
            ),
            type_ref="tSheet",
            needs=["i_单价"],
        ),
    )
    assert value(graph, "清单", 单价=Decimal("12.5")) == {
        "明细": [{"项目": "餐费", "金额": Decimal("37.5")}, {"项目": "车费", "金额": 20}],
        "合计": Decimal("57.5"),
    }


# --- Imports and services --------------------------------------------------------------------------

KIND = "https://www.omg.org/spec/DMN/20230324/MODEL/"


def importing(namespace: str, name: str, *elements: str, own: str) -> str:
    head = f'<import namespace="{namespace}" name="{name}" importType="{KIND}"/>'
    return model(head, *elements, namespace=own)


def chain() -> Mapping[str, Model]:
    """Three models, each using the one before."""
    return load_all(
        {
            "c.dmn": importing(
                "urn:b",
                "乙",
                input_data("p", "乙.t人"),
                decision("结", feel("乙.说(p.名)"), needs=["i_p"], knows=["urn:b#b_说"]),
                decision("服", feel("乙.服务(1)"), knows=["urn:b#s_服务"]),
                decision("表", feel("乙.档(20)"), knows=["urn:b#b_档"]),
                own="urn:c",
            ),
            "a.dmn": model(
                item("t名", "string", allowed='"张", "李"'),
                bkm("问候", ["n"], feel('"您好，" + n')),
                namespace="urn:a",
            ),
            "b.dmn": importing(
                "urn:a",
                "甲 模型",
                item("t人", components=[component("名", "甲 模型.t名")]),
                input_data("x", "number"),
                decision("加", feel("x + 1"), needs=["i_x"]),
                service("服务", ["d_加"], data=["i_x"]),
                bkm("说", ["n"], feel('甲 模型.问候(n) + "！"'), knows=["urn:a#b_问候"]),
                bkm(
                    "档",
                    ["额:number"],
                    str(Table(inputs=["额"], outputs=["o"], rules=[["< 10", "1"], [">= 10", "2"]])),
                ),
                own="urn:b",
            ),
        }
    )


def test_models_that_import_models() -> None:
    last = chain()["c.dmn"]
    assert last.problems() == []
    assert value(last, "结", p={"名": "张"}) == "您好，张！"
    assert value(last, "结", p={"名": "王"}) is None
    assert value(last, "服") == 2


def test_rules_of_imported_tables_are_told() -> None:
    result = chain()["c.dmn"].evaluate("表", {})
    assert result.value == 2
    (rule,) = result.matched_rules
    assert (rule.decision_name, rule.index) == ("档", 2)
    assert rule.table_id in chain()["c.dmn"].tables


def test_services_hide_what_is_inside() -> None:
    graph = loaded(
        input_data("x", "number"),
        input_data("y", "number"),
        decision("内", feel("x * 2"), needs=["i_x"]),
        decision("外", feel("内 + y"), needs=["d_内", "i_y"]),
        service("全", ["d_外"], encapsulated=["d_内"], data=["i_x", "i_y"]),
        service("半", ["d_外"], decisions=["d_内"], data=["i_y"]),
        service("双", ["d_外", "d_内"], data=["i_x", "i_y"]),
        decision("a", feel("全(1, 2)"), knows=["s_全"]),
        decision("b", feel("半(y: 2, 内: 100)"), knows=["s_半"]),
        decision("c", feel("双(1, 2).外 + 双(1, 2).内"), knows=["s_双"]),
        decision("e", feel("全(1)"), knows=["s_全"]),
        decision("f", feel("[全(x: 1, y: 2), 半(2, 1)]"), knows=["s_全", "s_半"]),
    )
    assert [value(graph, n) for n in "abc"] == [4, 102, 6]
    assert value(graph, "e") is None
    assert value(graph, "f") == [4, 3]


def test_dates_and_times_of_inputs() -> None:
    """Input data typed date and time takes a date; the others do not mix."""
    graph = loaded(
        input_data("时点", "date and time"),
        input_data("日", "date"),
        decision("d", feel("时点"), needs=["i_时点"]),
        decision("e", feel("日"), needs=["i_日"]),
    )
    assert value(graph, "d", 时点=Date(2024, 2, 29)) == DateTime.parse("2024-02-29T00:00:00Z")
    assert value(graph, "e", 日=DateTime.parse("2024-02-29T00:00:00")) is None


def test_the_language_of_a_model_may_be_named_in_many_ways() -> None:
    for uri in (
        "https://www.omg.org/spec/DMN/20230324/FEEL/",
        "http://www.omg.org/spec/FEEL/20140401",
        "feel",
        "FEEL",
    ):
        text = model(decision("d", feel("1 + 1", language=uri)), expressionLanguage=uri)
        assert load(text).evaluate("d", {}).value == 2
