"""Boxed expressions (DMN 1.5, 10.2.1)."""

from __future__ import annotations

import pytest

from tests.dmn.build import context, decision, feel, function, input_data, invocation, loaded


def value(logic: str, type_ref: str = "", **inputs: object) -> object:
    """The value of a decision that is just ``logic``."""
    model = loaded(decision("d", logic, type_ref=type_ref))
    return model.evaluate("d", inputs).value


def test_context_entries_see_earlier_ones() -> None:
    """Entries build on those before; names with spaces work."""
    logic = context(("a b", feel("2")), ("c", feel("a b * 3")), ("a d:string", feel("c")))
    assert value(logic) == {"a b": 2, "c": 6, "a d": None}


def test_context_result() -> None:
    """An entry without a name is the result."""
    assert value(context(("a", feel("2")), ("b", feel("a + 1")), result=feel("a * b"))) == 6


def test_nested_contexts_have_paths() -> None:
    """Entries of an inner context are reached by a path, spaces included."""
    inner = context(("first name", feel('"三"')))
    assert value(context(("p", inner), ("q", feel("p.first name")), result=feel("q"))) == "三"


def test_functions_close_over_their_context() -> None:
    """A boxed function sees entries before it and itself."""
    logic = context(
        ("k", feel("10")),
        ("f", function(["n:number"], feel("if n <= 0 then k else f(n - 1) + 1"))),
        result=feel("f(5)"),
    )
    assert value(logic) == 15


@pytest.mark.parametrize("kind", ["Java", "PMML"])
def test_external_functions_are_refused(kind: str) -> None:
    """Functions of the host do not exist: null, and a problem at deployment."""
    logic = context(("f", function(["a"], feel("a"), kind=kind)), result=feel("f(1)"))
    model = loaded(decision("d", logic))
    assert model.evaluate("d", {}).value is None
    assert "external-function" in {p.code for p in model.problems()}


def test_invocation() -> None:
    """Arguments by name; missing ones are null, unknown ones make the call null."""

    def call(**arguments: str) -> object:
        logic = context(
            ("f", function(["a:number", "b:number"], feel("a - b"))),
            result=invocation("f", **arguments),
        )
        return value(logic)

    assert call(b=feel("1"), a=feel("3")) == 2
    assert call(a=feel("3")) is None
    assert call(a=feel("3"), c=feel("1")) is None
    assert call(a=feel('"3"'), b=feel("1")) is None
    assert value(invocation("nothing", a=feel("1"))) is None


def test_bindings_have_types() -> None:
    """An argument is brought to the type that its binding names."""
    binding = "<binding><parameter name='n' typeRef='number'/>" + feel("[-3]") + "</binding>"
    assert value(f"<invocation>{feel('abs')}{binding}</invocation>") == 3


def test_invocation_of_a_builtin() -> None:
    """A boxed invocation can call what FEEL has built in."""
    assert value(invocation("abs", n=feel("-3"))) == 3


def test_list_and_relation() -> None:
    """Lists of boxed expressions, tables of contexts."""
    assert value(f"<list>{feel('1')}{feel('x')}</list>", x="a") == [1, "a"]
    columns = '<column name="姓名"/><column name="年龄" typeRef="number"/>'
    row = "<row>" + feel('"张"') + feel("20") + "</row>"
    bad = "<row>" + feel('"李"') + feel('"二十"') + "</row>"
    assert value(f"<relation>{columns}{row}{bad}</relation>") == [
        {"姓名": "张", "年龄": 20},
        {"姓名": "李", "年龄": None},
    ]


@pytest.mark.parametrize(
    ("condition", "expected"), [("true", 1), ("false", 2), ("null", 2), ('"x"', None)]
)
def test_conditional(condition: str, expected: object) -> None:
    """False and null take the else branch; what is no boolean has no result."""
    logic = (
        f"<conditional><if>{feel(condition)}</if><then>{feel('1')}</then>"
        f"<else>{feel('2')}</else></conditional>"
    )
    assert value(logic) == expected


@pytest.mark.parametrize(
    ("source", "match", "expected"),
    [
        ("[1,2,3,4]", "item > 2", [3, 4]),
        ("[1,2,3,4]", "false", []),
        ("[1,2,3,4]", "2", 2),
        ("[1,2,3,4]", "-1", 4),
        ("[1,2,3,4]", "9", None),
        ("[]", "item > 2", []),
        ("5", "item > 2", [5]),
        ("null", "true", None),
        ("[1,2]", '"x"', None),
        ("[{a: 1}, {a: 2}]", "a > 1", [{"a": 2}]),
        ("[{a: 1}, {a: 2}]", "item.a > 1", [{"a": 2}]),
        ("[{item: 1}, {item: 2}]", "item > 1", [{"item": 2}]),
        ("[1, null]", "item = null", [None]),
    ],
)
def test_filter(source: str, match: str, expected: object) -> None:
    """As ``source[match]`` in FEEL."""
    logic = f"<filter><in>{feel(source)}</in><match>{feel(match)}</match></filter>"
    assert value(logic) == expected


def test_typed_source() -> None:
    """The ``in`` of a loop or filter may name a type."""
    loop = (
        '<for iteratorVariable="x"><in typeRef="list&lt;number&gt;">{}</in>'
        f"<return>{feel('x + 1')}</return></for>"
    )
    assert value(loop.format(feel("[1]"))) == [2]
    assert value(loop.format(feel('["a"]'))) is None
    part = '<filter><in typeRef="list&lt;number&gt;">{}</in><match>{}</match></filter>'
    assert value(part.format(feel("5"), feel("item > 1"))) == [5]
    assert value(part.format(feel('"a"'), feel("true"))) is None


def iteration(kind: str, source: str, body: str) -> str:
    """A boxed for, some or every over ``x``."""
    tag = "return" if kind == "for" else "satisfies"
    return (
        f'<{kind} iteratorVariable="x"><in>{feel(source)}</in><{tag}>{feel(body)}</{tag}></{kind}>'
    )


def test_for() -> None:
    """The list of results; ``partial`` holds those so far."""
    assert value(iteration("for", "[1,2,3]", "x * 2")) == [2, 4, 6]
    assert value(iteration("for", "[]", "x")) == []
    assert value(iteration("for", "[1,2,3]", "x + sum(partial)")) == [None, None, None]
    assert value(iteration("for", "[1,2,3]", "x + count(partial)")) == [1, 3, 5]


@pytest.mark.parametrize(
    ("kind", "source", "body", "expected"),
    [
        ("some", "[1,2]", "x > 1", True),
        ("some", "[1,2]", "x > 2", False),
        ("some", "[]", "true", False),
        ("some", "[1,2]", '"x"', None),
        ("some", "[1,2]", 'if x = 1 then "x" else true', True),
        ("every", "[1,2]", "x > 0", True),
        ("every", "[1,2]", "x > 1", False),
        ("every", "[]", "false", True),
        ("every", "[1,2]", "null", None),
        ("every", "[1,2]", "if x = 1 then null else false", False),
    ],
)
def test_quantifiers(kind: str, source: str, body: str, expected: object) -> None:
    """Three-valued: one item decides, else unknown if any is."""
    assert value(iteration(kind, source, body)) is expected


def test_decision_type_applies() -> None:
    """The result is brought to the variable's type: singletons, dates, mismatches."""
    assert value(feel("[5]"), "number") == 5
    assert value(feel('"a"'), "number") is None
    assert value(feel("[1, 2]"), "number") is None


def test_expression_language() -> None:
    """Other languages than FEEL are refused and null."""
    model = loaded(decision("d", feel("1", language="http://www.w3.org/1999/XPath")))
    assert model.evaluate("d", {}).value is None
    assert [p.code for p in model.problems()] == ["language"]
    written_out = "https://www.omg.org/spec/DMN/20230324/FEEL/"
    assert value(feel("1", language=written_out)) == 1


def test_syntax_errors_are_problems_and_null() -> None:
    """A text that does not compile is null; the problem names element and place."""
    model = loaded(input_data("x"), decision("d", feel("1 +")), decision("e", feel("1")))
    assert model.evaluate("d", {}).value is None
    assert model.evaluate("e", {}).value == 1
    [problem] = model.problems()
    assert (problem.code, problem.severity) == ("syntax", "error")
    assert "第 1 行第" in problem.message


def test_decision_without_logic() -> None:
    """No logic: null, and a warning."""
    model = loaded(decision("d"))
    assert model.evaluate("d", {}).value is None
    assert [p.code for p in model.problems()] == ["no-logic"]
