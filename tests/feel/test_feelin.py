"""FEEL beside feelin, the interpreter of the bpmn.io toolkits (JavaScript): differences explained.

Whoever edits diagrams sees feelin's judgement in the editor, so that it matters where the two
differ. feelin runs under Node in one process, which answers line by line; it is installed with the
browser sources (``python web/build.py``).
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import feel
from engine.feel import FeelFunction, FeelSyntaxError, Range
from tests.feel.evaluating import NOON

HERE = Path(__file__).parent
WEB = HERE.parents[1] / "web"

#: How close doubles come to decimals.
CLOSE: Final = 1e-12

#: Expressions by family; the table of differences follows below.
TABLE: Final[Mapping[str, str]] = {
    "numbers": r"""
        1 + 2 * 3
        (1 + 2) * 3
        0.1 + 0.2
        1 / 3
        10 / 4
        2 ** 10
        2 ** -1
        -2 ** 2
        (-2) ** 2
        2 ** 3 ** 2
        1 / 0
        -(3)
        1 - -1
        1 + null
        1 + "a"
        "a" * 2
        1 = 1.0
        0.1 + 0.2 = 0.3
        1.5e2
        .5
        9007199254740993 - 9007199254740992
        1 + true
    """,
    "numeric functions": r"""
        abs(-3)
        floor(-1.5)
        ceiling(-1.5)
        decimal(2.5, 0)
        decimal(1.005, 2)
        round up(-1.1, 0)
        round down(-1.9, 0)
        round half up(2.5, 0)
        round half up(-2.5, 0)
        round half down(2.5, 0)
        modulo(-12, 5)
        modulo(12, -5)
        modulo(5, 0)
        sqrt(16)
        sqrt(-1)
        log(1)
        exp(0)
        odd(3)
        even(-2)
        odd(2.5)
        floor(1.56, 1)
        number("1,000.5", ",", ".")
        number("x")
        round up(5.5, 0)
    """,
    "comparison and logic": r"""
        1 < 2
        "a" < "b"
        1 < "a"
        null = null
        null < 1
        1 = null
        1 != null
        true and null
        false and null
        true or null
        false or null
        not(null)
        not(true)
        true and 1
        1 and 2
        [1, 2] = [1, 2]
        [1] = 1
        {a: 1} = {a: 1}
        {a: 1, b: 2} = {b: 2, a: 1}
        5 between 1 and 10
        5 between 10 and 1
        null between 1 and 2
        5 in [1..10]
        5 in (5..10]
        5 in (< 3, > 4)
        5 in [1, 5]
        1 in [[1..3], [5..7]]
        if null then 1 else 2
        if 1 then 1 else 2
        true = null
    """,
    "strings": r"""
        "a" + "b"
        string length("中文😀")
        substring("foobar", 3)
        substring("foobar", 3, 3)
        substring("foobar", -2, 1)
        substring("foobar", 0)
        upper case("aß")
        lower case("ABC")
        substring before("foobar", "bar")
        substring before("foobar", "x")
        substring after("foobar", "ob")
        substring after("foobar", "")
        replace("abcd", "(ab)|(a)", "[1=$1][2=$2]")
        replace("aaa", "a", "b")
        contains("foobar", "of")
        starts with("foobar", "fo")
        ends with("foobar", "r")
        matches("foobar", "^fo*b")
        matches("a\nb", "a.b", "s")
        split("a;b;;c", ";")
        string join(["a", "b", null], "-")
        string join(["a"], "-", "<", ">")
        string(1.10)
        string(null)
        string([1, "a"])
        string({a: "b"})
        string("x")
        string(true)
        "\u0041"
        "a\"b"
        substring("\U01F40Eab", 2)
        string("a", 1)
    """,
    "lists": r"""
        [1, 2, 3][1]
        [1, 2, 3][-1]
        [1, 2, 3][0]
        [1, 2, 3][4]
        [1, 2, 3][item > 1]
        [{a: 1}, {a: 2}][a > 1]
        [{a: 1}, {a: 2}].a
        [{a: 1}, {b: 2}].a
        5[1]
        5[item > 3]
        null[1]
        list contains([1, null], null)
        count([1, [2, 3]])
        min([3, 1, 2])
        max("a", "b")
        sum([1, 2.5])
        sum([])
        mean([1, 2, 3, 4])
        mean([])
        all([true, null])
        any([false, null])
        any([])
        all([])
        sublist([1, 2, 3], 2)
        sublist([], 1)
        sublist([1, 2, 3], -2, 1)
        append([1], 2, 3)
        concatenate([1], [2, 3])
        insert before([1, 3], 2, 2)
        insert before([1], -1, 0)
        remove([1, 2, 3], 2)
        reverse([1, 2, 3])
        index of([1, 2, 1], 1)
        union([1, 2], [2, 3])
        distinct values([1, 2, 1, null])
        flatten([[1, [2]], 3])
        product([2, 3, 4])
        median([1, 2, 3, 4])
        stddev([2, 4, 7, 5])
        mode([6, 3, 9, 6, 6])
        mode([1, 2, 2, 1])
        sort([3, 1, 2], function(x, y) x < y)
        list replace([1, 2, 3], 2, 9)
        list replace([1, 2, 3], function(item, newItem) item > 1, 9)
        min([])
        max([1, "a"])
        partition([1, 2, 3], 2)
    """,
    "contexts": r"""
        {a: 1}.a
        {a: 1}.b
        {a: 1, b: a + 1}.b
        get value({a: 1}, "a")
        get value({a: 1}, "b")
        get entries({a: 1})
        context([{key: "a", value: 1}])
        context put({a: 1}, "b", 2)
        context put({a: {b: 1}}, ["a", "b"], 2)
        context merge([{a: 1}, {a: 2, b: 3}])
        {f: function(x) x + 1}.f(1)
        {a: {b: {c: 1}}}.a.b.c
        null.a
        {}
    """,
    "loops and functions": r"""
        for x in [1, 2] return x * 2
        for x in 1..3 return x
        for x in 3..1 return x
        for x in [1, 2], y in [3, 4] return x * y
        for i in 0..4 return if i = 0 then 1 else i * partial[-1]
        for x in [] return x
        for x in null return x
        some x in [1, 2] satisfies x > 1
        every x in [1, 2] satisfies x > 1
        every x in [] satisfies false
        some x in [] satisfies true
        some x in [1, null] satisfies x > 1
        every x in [1, null] satisfies x > 0
        (function(x, y) x + y)(1, 2)
        (function(x) x)(x: 1)
        substring(string: "abc", start position: 2)
        abs(n: -1)
        sum(1, 2, 3)
        unknown(1)
        abs()
        is(1, 1)
        is(1, 1.0)
    """,
    "time": r"""
        date("2024-02-29")
        date("2023-02-29")
        date(2024, 2, 29)
        date("2024-02-29") + duration("P1Y")
        date("2024-01-31") + duration("P1M")
        date("2024-03-01") - date("2024-02-01")
        date("2024-03-01") - duration("P1D")
        time("10:30:00")
        time("10:30:00") + duration("PT15H")
        time("10:30:00") - time("09:00:00")
        date and time("2024-02-29T10:30:00") + duration("PT36H")
        date and time("2024-02-29T10:30:00Z") - date and time("2024-02-28T10:30:00Z")
        date and time(date("2024-01-01"), time("10:00:00"))
        duration("P1DT2H") + duration("PT22H")
        duration("P1Y2M") + duration("P11M")
        duration("P1D") * 2
        duration("P1Y") / duration("P1M")
        duration("PT1H") / 2
        -duration("P1D")
        duration("P1Y") = duration("P12M")
        date("2024-02-29").year
        date("2024-02-29").weekday
        time("10:30:15").minute
        duration("P1DT2H3M").hours
        duration("P1Y2M").months
        years and months duration(date("2011-12-22"), date("2013-08-24"))
        day of year(date("2024-12-31"))
        day of week(date("2024-02-29"))
        month of year(date("2024-02-29"))
        week of year(date("2005-01-01"))
        date("2024-01-01") < date("2024-01-02")
        date("2024-01-01") in [date("2023-01-01")..date("2025-01-01")]
        @"2024-02-29" = date("2024-02-29")
        @"PT1H" < @"PT2H"
        date("2024-02-29") instance of date
        date(date and time("2024-02-29T10:30:00"))
        string(duration("P1Y14M"))
        string(duration("PT90M"))
        date and time("2024-02-29T24:00:00")
        time("24:00:00")
        date("2024-1-1")
        last day of month(date("2024-02-01"))
    """,
    "ranges": r"""
        before(1, 10)
        before([1..5], [6..10])
        before([1..5), 5)
        after(10, 1)
        meets([1..5], [5..10])
        met by([5..10], [1..5])
        overlaps([1..5], [3..8])
        overlaps before([1..5], [3..8])
        overlaps after([3..8], [1..5])
        finishes(5, [1..5])
        finished by([1..5], 5)
        includes([1..5], 3)
        during(3, [1..5])
        starts(1, [1..5])
        started by([1..5], 1)
        coincides([1..5], [1..5])
        coincides(1, 1)
        [1..5].start
        [1..5).end included
        1 in [1..5)
        [1..5] = [1..5]
        range("[1..5]") = [1..5]
    """,
    "types": r"""
        1 instance of number
        "a" instance of string
        null instance of number
        [1] instance of list<number>
        [1, "a"] instance of list<number>
        {a: 1} instance of context<a: number>
        [1..3] instance of range<number>
        (function(x) x) instance of function<Any> -> Any
        true instance of boolean
        1 instance of Any
        null instance of Any
    """,
}

_DOUBLES = (
    "feelin calculates with binary doubles; FEEL's numbers are decimals of 34 digits (10.3.2.3.1)"
)
_KINDS = (
    "feelin compares values of different kinds or reads any value as a condition; FEEL says null"
)
_QUANTIFIED = "`some` and `every` are chains of `or` and `and`, and null stays null (table 49)"
_DURATIONS = "feelin does not know this arithmetic of durations (tables 52 to 57)"
_MONTHS = "feelin turns years and months into days; they have no common measure (10.3.2.3.7)"
_INTERVALS = "feelin does not have this function (table 78), or not for points and intervals mixed"
_INSTANCES = "feelin has `instance of` for few types (table 61)"
_EXTENSION = "an extension of feelin's, no function of the standard"

#: Where the two differ, and why FEEL is on our side.
DIFFERENCES: Final[Mapping[str, str]] = {
    "0.1 + 0.2 = 0.3": _DOUBLES,
    "9007199254740993 - 9007199254740992": _DOUBLES,
    "odd(2.5)": "a fraction is neither odd nor even (table 76)",
    '1 < "a"': _KINDS,
    "[1] = 1": "equality converts nothing (table 42); only parameters and results do (10.3.2.9.4)",
    "5 between 10 and 1": "`between` is `>= 10 and <= 1` (table 50); feelin puts the ends in order",
    "if 1 then 1 else 2": _KINDS,
    'substring("foobar", 0)': "positions count from 1, or from -1 backwards (table 74)",
    "sublist([], 1)": "there is no first position in an empty list (table 75)",
    'max("a", "b")': "feelin takes several arguments for numbers only (table 75)",
    "some x in [1, null] satisfies x > 1": _QUANTIFIED,
    "every x in [1, null] satisfies x > 0": _QUANTIFIED,
    'duration("P1D") * 2': _DURATIONS,
    'duration("PT1H") / 2': _DURATIONS,
    '-duration("P1D")': _DURATIONS,
    'duration("P1Y") / duration("P1M")': _MONTHS,
    'years and months duration(date("2011-12-22"), date("2013-08-24"))': _MONTHS,
    'date("2024-02-29") instance of date': _INSTANCES,
    'time("24:00:00")': "the end of a day is the beginning of the next (XML Schema 1.1, 3.3.8)",
    'last day of month(date("2024-02-01"))': _EXTENSION,
    "overlaps before([1..5], [3..8])": _INTERVALS,
    "overlaps after([3..8], [1..5])": _INTERVALS,
    "finishes(5, [1..5])": _INTERVALS,
    "finished by([1..5], 5)": _INTERVALS,
    "during(3, [1..5])": _INTERVALS,
    "starts(1, [1..5])": _INTERVALS,
    "started by([1..5], 1)": _INTERVALS,
    "coincides([1..5], [1..5])": _INTERVALS,
    "coincides(1, 1)": _INTERVALS,
    'range("[1..5]") = [1..5]': "feelin compares ranges as objects of its own (table 48)",
    "1 instance of number": _INSTANCES,
    '"a" instance of string': _INSTANCES,
    "[1] instance of list<number>": _INSTANCES,
    '[1, "a"] instance of list<number>': _INSTANCES,
    "{a: 1} instance of context<a: number>": _INSTANCES,
    "[1..3] instance of range<number>": _INSTANCES,
    "(function(x) x) instance of function<Any> -> Any": _INSTANCES,
    "true instance of boolean": _INSTANCES,
    "1 instance of Any": _INSTANCES,
    "null instance of Any": _INSTANCES,
}


class Refused(str):
    """An expression that is not understood; all refusals are equal."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Refused)

    def __hash__(self) -> int:
        return 0


#: A value of either side: numbers as doubles, temporal values, ranges and functions tagged.
Plain: TypeAlias = Any


class Feelin:
    """feelin in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def __call__(self, expression: str, context: Mapping[str, Any] | None = None) -> Plain:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"expression": expression, "context": context or {}}))
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        return Refused(answer["error"]) if "error" in answer else read(answer["value"])


def read(value: Any) -> Plain:  # noqa: PLR0911 - one for each kind
    """What the process answered."""
    match value:
        case {"number": number}:
            return float(number)
        case {"temporal": text}:
            return ("temporal", text)
        case {"range": [start_included, start, end, end_included]}:
            return ("range", start_included, read(start), read(end), end_included)
        case {"function": _}:
            return ("function",)
        case {"context": entries}:
            return {key: read(item) for key, item in entries}
        case list():
            return [read(item) for item in value]
    return value


def plain(value: Any) -> Plain:
    """A FEEL value in the same shape."""
    match value:
        case Decimal():
            return float(value)
        case Range():
            return (
                "range",
                value.start_included,
                plain(value.start),
                plain(value.end),
                value.end_included,
            )
        case FeelFunction():
            return ("function",)
        case dict():
            return {key: plain(item) for key, item in value.items()}
        case list():
            return [plain(item) for item in value]
    return ("temporal", value.text) if hasattr(value, "text") else value


def ours(expression: str, context: Mapping[str, Any] | None = None) -> Plain:
    known = context or {}
    try:
        return plain(feel.compile(expression, names=known).evaluate(known, clock=lambda: NOON))
    except FeelSyntaxError as error:
        return Refused(str(error))


def same(one: Plain, other: Plain) -> bool:
    """Equal in kind and value; numbers as close as doubles come."""
    if isinstance(one, float) and isinstance(other, float):
        return one == other or abs(one - other) <= CLOSE * max(abs(one), abs(other))
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return type(one) is type(other) and bool(one == other)


@pytest.fixture(scope="module")
def feelin(node: str) -> Iterator[Feelin]:
    process = subprocess.Popen(
        [node, str(HERE / "feelin.mjs"), str(WEB)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    with process:
        yield Feelin(process)
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture(scope="module")
def node() -> str:
    """The Node that builds the bundles: the machine's, else the one of the wheel."""
    spec = importlib.util.spec_from_file_location("web_build", WEB / "build.py")
    assert spec is not None
    assert spec.loader is not None
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    assert (WEB / "node_modules" / "@bpmn-io" / "feelin").is_dir(), "run: python web/build.py"
    command: list[str] = build.find_node().node
    return command[0]


def lines(family: str) -> list[str]:
    return [line.strip() for line in TABLE[family].strip().splitlines()]


EXPRESSIONS = [(family, text) for family in TABLE for text in lines(family)]


def test_the_table_is_as_long_as_it_should_be() -> None:
    texts = [text for _, text in EXPRESSIONS]
    assert len(texts) == len(set(texts)) >= 150
    assert DIFFERENCES.keys() <= set(texts)


@pytest.mark.parametrize(("family", "expression"), EXPRESSIONS)
def test_table(family: str, expression: str, feelin: Feelin) -> None:
    """Both give the same value, unless a difference is listed; a listed one that is none fails."""
    mine, theirs = ours(expression), feelin(expression)
    if expression in DIFFERENCES:
        assert not same(mine, theirs), f"no difference any more: {DIFFERENCES[expression]}"
    else:
        assert same(mine, theirs), f"ours {mine!r}, feelin's {theirs!r}"


def test_an_answer_for_each_kind_of_value(feelin: Feelin) -> None:
    """The bridge loses nothing: a test that compares only nulls would prove nothing."""
    for expression, value in (
        ("1.5", 1.5),
        ('"中😀"', "中😀"),
        ("true", True),
        ("null", None),
        ("[1, [2]]", [1.0, [2.0]]),
        ("{a: {b: null}}", {"a": {"b": None}}),
        ('date("2024-02-29")', ("temporal", "2024-02-29")),
        ("(1..2]", ("range", False, 1.0, 2.0, True)),
        ("function(x) x", ("function",)),
    ):
        assert ours(expression) == value
        assert feelin(expression) == value
    assert isinstance(feelin("1 +"), Refused)
    assert not same(1.0, True)
    assert not same(None, False)


# --- Generated expressions -------------------------------------------------------------------------

#: Numbers that doubles hold exactly, so that sums and products of a few agree.
NUMBERS = st.one_of(
    st.integers(-64, 64).map(lambda n: f"({n})" if n < 0 else str(n)),
    st.integers(-64, 64).map(lambda n: f"({n / 4})" if n < 0 else str(n / 4)),
    st.sampled_from(["n", "m", "o.a"]),
)
CONTEXT: Final = {"n": 3, "m": -2, "o": {"a": 5, "b": "x"}, "l": [1, 2, 3, 4], "s": "办事x"}


def _arithmetic(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.tuples(inner, inner)
    return st.one_of(
        pairs.flatmap(lambda p: st.sampled_from([f"({p[0]} {o} {p[1]})" for o in "+-*"])),
        inner.map(lambda x: f"({x} / 4)"),
        inner.map(lambda x: f"-{x}"),
        inner.map(lambda x: f"abs({x})"),
        inner.map(lambda x: f"floor({x})"),
        inner.map(lambda x: f"modulo({x}, 8)"),
        pairs.map(lambda p: f"min({p[0]}, {p[1]})"),
        st.tuples(inner, inner, inner).map(
            lambda t: f"(if {t[0]} < {t[1]} then {t[1]} else {t[2]})"
        ),
        st.lists(inner, min_size=1, max_size=4).map(lambda xs: f"sum([{', '.join(xs)}])"),
        st.lists(inner, min_size=1, max_size=4).map(lambda xs: f"max([{', '.join(xs)}])"),
        st.lists(inner, max_size=4).map(lambda xs: f"count([{', '.join(xs)}])"),
    )


ARITHMETIC = st.recursive(NUMBERS, _arithmetic, max_leaves=8)


def _conditions(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.tuples(inner, inner)
    return st.one_of(
        pairs.map(lambda p: f"({p[0]} and {p[1]})"),
        pairs.map(lambda p: f"({p[0]} or {p[1]})"),
        inner.map(lambda x: f"not({x})"),
    )


CONDITIONS = st.recursive(
    st.one_of(
        st.sampled_from(["true", "false", "null"]),
        st.tuples(ARITHMETIC, st.sampled_from(["<", "<=", ">", ">=", "=", "!="]), ARITHMETIC).map(
            lambda t: f"({t[0]} {t[1]} {t[2]})"
        ),
        ARITHMETIC.map(lambda x: f"({x} between -3 and 7)"),
        ARITHMETIC.map(lambda x: f"({x} in [-3..7))"),
        ARITHMETIC.map(lambda x: f"({x} in (< -3, 5, > 7))"),
        st.sampled_from(['contains(s, "事")', 's = "办事x"', "o.b > s", "o.zz = null"]),
    ),
    _conditions,
    max_leaves=5,
)


def _lists(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.tuples(inner, inner)
    return st.one_of(
        pairs.map(lambda p: f"concatenate({p[0]}, {p[1]})"),
        pairs.map(lambda p: f"union({p[0]}, {p[1]})"),
        inner.map(lambda x: f"reverse({x})"),
        inner.map(lambda x: f"distinct values({x})"),
        inner.map(lambda x: f"flatten([{x}, {x}])"),
        inner.map(lambda x: f"sublist(append({x}, 0), 1)"),
        st.tuples(inner, ARITHMETIC).map(lambda t: f"append({t[0]}, {t[1]})"),
        st.tuples(inner, ARITHMETIC).map(lambda t: f"{t[0]}[item > {t[1]}]"),
        st.tuples(inner, ARITHMETIC).map(lambda t: f"(for i in {t[0]} return i * 2 + {t[1]})"),
    )


LISTS = st.recursive(
    st.one_of(
        st.lists(NUMBERS, min_size=1, max_size=4).map(lambda xs: f"[{', '.join(xs)}]"), st.just("l")
    ),
    _lists,
    max_leaves=4,
)
LISTED = st.one_of(
    LISTS,
    LISTS.map(lambda x: f"{x}[1]"),
    LISTS.map(lambda x: f"{x}[-1]"),
    LISTS.map(lambda x: f"count({x})"),
    LISTS.map(lambda x: f"sort({x}, function(a, b) a > b)"),
    LISTS.map(lambda x: f"list contains({x}, 2)"),
    LISTS.map(lambda x: f"index of({x}, 2)"),
    LISTS.map(lambda x: f"(some i in {x} satisfies i > 2)"),
    LISTS.map(lambda x: f"(every i in {x} satisfies i > 2)"),
    LISTS.map(lambda x: f"{{a: {x}, b: count(a)}}"),
)


@settings(max_examples=250, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(expression=st.one_of(ARITHMETIC, CONDITIONS, LISTED))
def test_generated(expression: str, feelin: Feelin) -> None:
    """Arithmetic, conditions and lists of all shapes mean the same to both."""
    mine, theirs = ours(expression, CONTEXT), feelin(expression, CONTEXT)
    assert same(mine, theirs), f"{expression}: ours {mine!r}, feelin's {theirs!r}"
