"""Types: reading, conformance, conversion (DMN 1.5, 10.3.2.9)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine import feel
from engine.feel import FeelSyntaxError
from engine.feel.types import ANY, NUMBER, ListType, NamedType, Type, coerce, conforms, parse_type
from engine.feel.types import type_of as kind_of
from engine.feel.values import Date
from tests.feel.evaluating import value


@pytest.mark.parametrize(
    "text",
    [
        "number",
        "Any",
        "date and time",
        "list<number>",
        "range<date>",
        "context<a b: number, c: list<string>>",
        "function<number, list<Any>> -> string",
        "function<> -> Any",
        "years and months duration",
    ],
)
def test_round_trip(text: str) -> None:
    """A type reads back as it is written."""
    found = parse_type(text)
    assert found is not None
    assert found.text == text


def test_old_names_and_unknown_ones() -> None:
    """DMN 1.1's names still name types; what names none is None; what is no type is an error."""
    old = parse_type("yearMonthDuration")
    assert old is not None
    assert old.text == "years and months duration"
    assert parse_type("tSomething") is None
    assert parse_type("list") is None
    with pytest.raises(FeelSyntaxError):
        parse_type("list<number")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("null instance of Any", False),
        ("[null] instance of list<number>", True),
        ("{a: null} instance of context<a: number>", True),
        ("{b: 1} instance of context<a: number>", False),
        ("[1..2] instance of range<number>", True),
        ("(>= 1) instance of range<number>", True),
        ("[1..2] instance of range<string>", False),
        ("(function(a: number, b) 1) instance of function<number, string> -> number", True),
        ("(function(a: string) 1) instance of function<number> -> number", False),
        ('(function() "x") instance of function<> -> number', False),
        ("(function(a) a) instance of function<> -> Any", False),
        ("sum instance of function<list<number>> -> number", True),
        ("{a: 1} instance of tThing", True),
        ("{a: 1} instance of list<tThing>", False),
        ("[{a: 1}] instance of list<tThing>", True),
        ("1 instance of tUnknown", None),
    ],
)
def test_instance_of(text: str, expected: bool | None) -> None:
    """`instance of` with every kind of type; named types are looked up when used."""
    types: dict[str, Type] = {}
    types["tThing"] = NamedType("tOther", types)
    other = parse_type("context<a: number>")
    assert other is not None
    types["tOther"] = other
    assert feel.compile(text, types=types).evaluate({}) is expected


def test_names_that_point_at_each_other() -> None:
    """Circular names are no endless loop: they say nothing, so anything is such a value."""
    types: dict[str, Type] = {}
    types["a"] = NamedType("b", types)
    types["b"] = NamedType("a", types)
    assert conforms(Decimal(1), types["a"])


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("1", "list<number>", "[1]"),
        ("[1]", "number", "1"),
        ("[1, 2]", "number", "null"),
        ('"x"', "number", "null"),
        ('["x"]', "list<number>", "null"),
        ('@"2024-02-29"', "date and time", '@"2024-02-29T00:00:00Z"'),
        ("[[1]]", "list<number>", "null"),
        ("null", "number", "null"),
        ("{a: 1, b: 2}", "context<a: number>", "{a: 1, b: 2}"),
    ],
)
def test_coerce(text: str, kind: str, expected: str) -> None:
    """Lists of one and their items, dates and their midnights (10.3.2.9.4)."""
    assert coerce(value(text), parse_type(kind)) == value(expected)


def test_type_of() -> None:
    """The type of a value, with the names of the standard."""
    assert kind_of(value('[1, "a"]')) == ListType(ANY)
    assert kind_of(value("[1, 2]")) == ListType(NUMBER)
    assert kind_of(value("{a: [1..2]}")).text == "context<a: range<number>>"
    assert kind_of(value("function(a: number) a")).text == "function<number> -> Any"
    assert kind_of(Date(2024, 2, 29)).text == "date"
