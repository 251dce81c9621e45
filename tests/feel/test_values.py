"""Values: from and to Python, texts, equality."""

from __future__ import annotations

import datetime as host
import zoneinfo
from collections import OrderedDict
from decimal import Decimal

import pytest

from engine.feel.texts import literal_text
from engine.feel.values import (
    Date,
    DateTime,
    DayTimeDuration,
    Range,
    Time,
    YearMonthDuration,
    from_host,
)
from tests.feel.evaluating import value

SHANGHAI = zoneinfo.ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, None),
        (True, True),
        (3, Decimal(3)),
        (Decimal("1.50"), Decimal("1.50")),
        ("文", "文"),
        ((1, [2]), [Decimal(1), [Decimal(2)]]),
        (OrderedDict(a={"b": 1}), {"a": {"b": Decimal(1)}}),
        (host.date(2024, 2, 29), Date(2024, 2, 29)),
        (host.time(8, 30), Time(8 * 3600 * 10**9 + 1800 * 10**9)),
        (host.timedelta(days=1, microseconds=1), DayTimeDuration(86_400 * 10**9 + 1000)),
        (YearMonthDuration(3), YearMonthDuration(3)),
    ],
)
def test_from_host(given: object, expected: object) -> None:
    """Values of Python become values of FEEL."""
    found = from_host(given)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize("given", [1.5, object(), {1: 2}, b"x", [1.5], {"a": {1}}])
def test_foreign_values_are_refused(given: object) -> None:
    """Binary floats above all: their digits are not what was written."""
    with pytest.raises(TypeError):
        from_host(given)


@pytest.mark.parametrize("given", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number(given: str) -> None:
    """FEEL has no such numbers."""
    with pytest.raises(ValueError, match="NaN"):
        from_host(Decimal(given))


def test_moments_keep_their_zone() -> None:
    """A zone by name stays one, an offset stays one; both come back."""
    zoned = host.datetime(2024, 7, 1, 8, 30, 15, 250_000, tzinfo=SHANGHAI)
    found = DateTime.from_python(zoned)
    assert found.text == "2024-07-01T08:30:15.25@Asia/Shanghai"
    assert found.to_python() == zoned
    offset = host.datetime(2024, 7, 1, 8, 30, tzinfo=host.timezone(host.timedelta(hours=-3)))
    assert DateTime.from_python(offset).text == "2024-07-01T08:30:00-03:00"
    assert DateTime.from_python(offset).to_python() == offset
    assert Time.from_python(host.time(8, 30)).to_python() == host.time(8, 30)
    assert DayTimeDuration(5 * 10**9).to_python() == host.timedelta(seconds=5)


def test_what_python_cannot_hold() -> None:
    """Years beyond Python's calendar are FEEL values all the same."""
    far = Date.parse("999999999-12-31")
    assert far is not None
    with pytest.raises(ValueError, match="year"):
        far.to_python()
    assert value('@"999999999-12-31" + @"P1D"') is None
    assert value('@"-999999999-01-01" - @"P1D"') is None
    assert value('day of week(@"-999999999-01-01")') == "Monday"


@pytest.mark.parametrize(
    "text",
    [
        "2024-02-30", "2023-02-29", "24-02-01", "2024-2-1", "02024-02-01", "+2024-02-01",
        "2024-02-01Z", "1000000000-01-01", "2024-02-01T", "2024-02-01T7:00:00", "07:00",
        "25:00:00", "24:00:01", "07:00:60", "07:00:00+19:00", "07:00:00+5:00",
        "07:00:00@Nowhere/City", "07:00:00@../etc/passwd", "07:00:00+08:00@Asia/Shanghai",
        "P", "PT", "P1", "P1H", "PT1D", "P1Y1D", "P-1D", "1D", "P1DT", "x", "",
    ],
)  # fmt: skip
def test_texts_that_are_no_moments(text: str) -> None:
    """The lexical rules of XML Schema and ISO 8601 are kept."""
    assert value(f'@"{text}"') is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("24:00:00", "00:00:00"),
        ("2024-02-28T24:00:00", "2024-02-29T00:00:00"),
        ("07:00:00.500", "07:00:00.5"),
        ("07:00:00+00:00", "07:00:00Z"),
        ("07:00:00z", "07:00:00Z"),
        ("-0001-03-01", "-0001-03-01"),
        ("PT36H", "P1DT12H"),
        ("PT0.500S", "PT0.5S"),
        ("-PT90S", "-PT1M30S"),
        ("P14M", "P1Y2M"),
        ("P0D", "PT0S"),
        ("-P0M", "P0M"),
    ],
)
def test_canonical_text(text: str, expected: str) -> None:
    """`string()` gives the canonical form."""
    assert value(f'string(@"{text}")') == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.50", "1.5"),
        ("1e3", "1000"),
        ("1e-3", "0.001"),
        ("true", "true"),
        ('"a"', "a"),
        ('["a", null, [1]]', '["a", null, [1]]'),
        ('{a b: "x", "c(": 1}', '{a b: "x", "c(": 1}'),
        ("[1..2)", "[1..2)"),
        ("(< 3)", "< 3"),
        ('["\\"\\n"]', '["\\"\\n"]'),
        ("function(a, b) 1", "function(a, b)"),
    ],
)
def test_string(text: str, expected: str) -> None:
    """Texts of all kinds of values."""
    assert value(f"string({text})") == expected


def test_literal_text_quotes() -> None:
    """A text as one would write it has its quotes."""
    assert literal_text('say "x"') == '"say \\"x\\""'
    assert literal_text(Range.compared(">", Decimal(1))) == "> 1"


def test_values_can_be_keys() -> None:
    """Temporal values and ranges are hashable and compare by what they hold."""
    assert len({Date(2024, 1, 1), Date(2024, 1, 1), Time(0), Range(Decimal(1), Decimal(2))}) == 3
