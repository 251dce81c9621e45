"""Item definitions: conformance, allowed values, conversions (DMN 1.5, 7.3.3, 10.3.2.9)."""

from __future__ import annotations

import pytest

from engine.feel.values import DateTime
from tests.dmn.build import bkm, component, decision, feel, input_data, item, loaded

TYPES = (
    item("t年龄", "number", allowed="[0..150]"),
    item("t级别", "string", allowed='"A","B"'),
    item("t级别表", "t级别", many=True),
    item("t分数", "number", allowed="[0..100]", many=True),
    item("t三项", "number", many=True, constraint="count(?) = 3"),
    item("t人", components=[component("姓名", "string"), component("年龄", "t年龄")]),
    item("t家庭", "t人", many=True),
    item(
        "t树",
        components=[component("名", "string"), component("子", "t树", many=True)],
    ),
    (
        '<itemDefinition name="t函数"><functionItem outputTypeRef="string">'
        '<parameters name="a" typeRef="number"/></functionItem></itemDefinition>'
    ),
)


@pytest.mark.parametrize(
    ("type_ref", "text", "conforms"),
    [
        ("t年龄", "20", True),
        ("t年龄", "151", False),
        ("t年龄", '"20"', False),
        ("t年龄", "[20]", True),
        ("t年龄", "[200]", False),
        ("t级别", '"A"', True),
        ("t级别", '"C"', False),
        ("t级别表", '["A", "B"]', True),
        ("t级别表", '["A", "C"]', False),
        ("t级别表", '"A"', True),
        ("t分数", "[1, 100]", True),
        ("t分数", "[1, 101]", False),
        ("t三项", "[1, 2, 3]", True),
        ("t三项", "[1, 2]", False),
        ("t人", '{姓名: "张", 年龄: 20}', True),
        ("t人", '{姓名: "张", 年龄: 200}', False),
        ("t人", '{姓名: "张", 年龄: null}', True),
        ("t人", '{姓名: "张", 年龄: 20, 其他: 1}', True),
        ("t人", '{姓名: "张"}', False),
        ("t家庭", '[{姓名: "张", 年龄: 20}]', True),
        ("t家庭", '{姓名: "张", 年龄: 20}', True),
        ("t家庭", "[{姓名: 1, 年龄: 20}]", False),
        ("t树", '{名: "根", 子: [{名: "叶", 子: []}]}', True),
        ("t树", '{名: "根", 子: [{名: 1, 子: []}]}', False),
        ("t函数", "function(a: number) string(a)", True),
        ("t函数", "function(a: string) a", False),
        ("Any", "1", True),
        ("", "1", True),
    ],
)
def test_results_conform_or_are_null(type_ref: str, text: str, conforms: bool) -> None:
    """The result of a decision has the type of its variable, or is null with a warning."""
    model = loaded(*TYPES, decision("d", feel(text), type_ref=type_ref))
    assert model.problems() == []
    result = model.evaluate("d", {})
    assert (result.value is not None) is conforms
    assert conforms or "不符合类型" in result.warnings[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20 instance of t年龄", True),
        ("200 instance of t年龄", True),
        ('"200" instance of t年龄', False),
        ('"A" instance of t级别', True),
        ('{姓名: "张", 年龄: 20} instance of t人', True),
        ('["A"] instance of t级别表', True),
        ("null instance of t年龄", False),
    ],
)
def test_instance_of(text: str, expected: bool) -> None:
    """FEEL knows the item definitions by name; allowed values are no part of the type."""
    assert loaded(*TYPES, decision("d", feel(text))).evaluate("d", {}).value is expected


def test_conversions() -> None:
    """Lists of one and single values turn into each other, dates into dates and times."""
    model = loaded(
        *TYPES,
        decision("a", feel("[5]"), type_ref="number"),
        decision("b", feel('"A"'), type_ref="t级别表"),
        decision("c", feel('date("2024-02-29")'), type_ref="dateTime"),
        decision("d", feel("[1, 2]"), type_ref="number"),
    )
    assert model.evaluate("a", {}).value == 5
    assert model.evaluate("b", {}).value == ["A"]
    assert model.evaluate("c", {}).value == DateTime.parse("2024-02-29T00:00:00Z")
    assert model.evaluate("d", {}).value is None


def test_parameters_convert_or_stop_the_call() -> None:
    """An argument of the wrong type makes the call null, whatever the body would say."""
    model = loaded(
        *TYPES,
        bkm("f", ["a:t年龄"], feel("if a = null then -1 else a")),
        decision("good", feel("f([20])"), knows=["b_f"]),
        decision("bad", feel("f(200)"), knows=["b_f"]),
        decision("null", feel("f(null)"), knows=["b_f"]),
    )
    assert model.evaluate("good", {}).value == 20
    assert model.evaluate("bad", {}).value is None
    assert model.evaluate("null", {}).value == -1


def test_results_of_functions_have_types() -> None:
    """A function's result is brought to the type of its variable."""
    model = loaded(
        bkm("f", ["a"], feel("a"), type_ref="string"),
        decision("good", feel('f("x")'), knows=["b_f"]),
        decision("bad", feel("f(1)"), knows=["b_f"]),
    )
    assert model.evaluate("good", {}).value == "x"
    assert model.evaluate("bad", {}).value is None


def test_input_data_has_its_type() -> None:
    """Input that does not conform is null, with a warning that names it."""
    model = loaded(
        *TYPES, input_data("年龄", "t年龄"), decision("d", feel("年龄"), needs=["i_年龄"])
    )
    assert model.evaluate("d", {"年龄": 20}).value == 20
    result = model.evaluate("d", {"年龄": 200})
    assert result.value is None
    assert "“年龄”的值不符合类型 t年龄" in result.warnings[0]


def test_entries_missing_from_outside_are_null() -> None:
    """A context that a caller gives need not have every entry of its type, however deep."""
    model = loaded(
        *TYPES,
        item("t户", components=[component("户主", "t人"), component("成员", "t人", many=True)]),
        input_data("户", "t户"),
        decision("d", feel("[户.户主.年龄, count(户.成员), 户.成员[1].姓名]"), needs=["i_户"]),
    )
    house = {"户主": {"姓名": "张"}, "成员": [{"年龄": 3}]}
    assert model.evaluate("d", {"户": house}).value == [None, 1, None]
    assert model.evaluate("d", {"户": {"户主": {"姓名": 1}, "成员": []}}).value[0] is None


def test_unknown_types_are_problems() -> None:
    """A name that nothing defines is named; values pass unchecked."""
    model = loaded(
        item("t甲", "t无"), input_data("x", "t没有"), decision("d", feel("x"), needs=["i_x"])
    )
    assert [p.code for p in model.problems()] == ["unknown-type", "unknown-type"]
    assert model.evaluate("d", {"x": 1}).value == 1


def test_broken_constraints_are_problems() -> None:
    """Allowed values that do not compile are named."""
    model = loaded(item("t甲", "number", allowed="[0.."), decision("d", feel("1")))
    assert [p.code for p in model.problems()] == ["syntax"]
