"""Dates and times: how they are read, carried and shown."""

from __future__ import annotations

import datetime as host
from zoneinfo import ZoneInfo

import pytest

from engine.feel.values import Date, DateTime, Time
from engine.forms import moments
from engine.forms.components import Subtype, Zoning

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    "typed", ["2026-03-02", "2026/3/2", "2026.3.2", "2026年3月2日", "２０２６-03-02"]
)
def test_days_as_typed(typed: str) -> None:
    assert moments.parse(typed, "date", SHANGHAI, "offset") == Date(2026, 3, 2)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "2026-02-29",
        "2026-13-01",
        "0000-01-01",
        "20260302",
        "明天",
        "2026-03-02T08:30",
        "12026-01-01",
    ],
)
def test_what_is_no_day(typed: str) -> None:
    assert moments.parse(typed, "date", SHANGHAI, "offset") is None


@pytest.mark.parametrize(
    ("typed", "zoning", "text"),
    [
        ("2026-03-02T08:30", "offset", "2026-03-02T08:30:00+08:00"),
        ("2026-03-02 08:30:15", "offset", "2026-03-02T08:30:15+08:00"),
        ("2026-03-02T08:30", "utc", "2026-03-02T00:30:00Z"),
        ("2026-03-02T06:30", "utc", "2026-03-01T22:30:00Z"),
        ("2026-03-02T08:30", "none", "2026-03-02T08:30:00"),
        ("2026-03-02T08:30:00Z", "offset", "2026-03-02T08:30:00Z"),
        ("2026-03-02T08:30:00+01:00", "offset", "2026-03-02T08:30:00+01:00"),
    ],
)
def test_moments_carry_their_zone_as_the_form_says(typed: str, zoning: Zoning, text: str) -> None:
    value = moments.parse(typed, "datetime", SHANGHAI, zoning)
    assert value is not None
    assert value.text == text


@pytest.mark.parametrize("typed", ["2026-03-02", "2026-03-02T25:00", "2026-03-02T08:60", "T08:30"])
def test_what_is_no_moment(typed: str) -> None:
    assert moments.parse(typed, "datetime", SHANGHAI, "offset") is None


def test_times() -> None:
    value = moments.parse("8:30", "time", SHANGHAI, "none")
    assert isinstance(value, Time)
    assert value.text == "08:30:00"
    assert moments.parse("24:30", "time", SHANGHAI, "none") is None


@pytest.mark.parametrize(
    ("value", "subtype", "text", "shown"),
    [
        (Date(2026, 3, 2), "date", "2026-03-02", "2026年3月2日"),
        (
            DateTime.parse("2026-03-02T00:30:00Z"),
            "datetime",
            "2026-03-02T08:30",
            "2026年3月2日 08:30",
        ),
        (
            DateTime.parse("2026-03-02T08:30:00"),
            "datetime",
            "2026-03-02T08:30",
            "2026年3月2日 08:30",
        ),
        (Time.parse("08:30:15"), "time", "08:30:15", "08:30:15"),
    ],
)
def test_moments_are_shown_where_the_office_is(
    value: moments.MomentValue, subtype: Subtype, text: str, shown: str
) -> None:
    assert moments.input_text(value, SHANGHAI) == text
    assert moments.display(value, SHANGHAI) == shown
    assert moments.from_value(value, subtype) == value


def test_values_of_the_standard_library_are_taken() -> None:
    assert moments.from_value(host.date(2026, 3, 2), "date") == Date(2026, 3, 2)
    at = host.datetime(2026, 3, 2, 8, 30, tzinfo=SHANGHAI)
    assert moments.from_value(at, "date") is None
    found = moments.from_value(at, "datetime")
    assert isinstance(found, DateTime)
    assert moments.input_text(found, host.UTC) == "2026-03-02T00:30"
    assert moments.from_value(host.time(8, 30), "time") == Time.parse("08:30:00")
    assert moments.from_value("2026-03-02", "date") is None
