"""Deadlines: units, texts, clock stops, the instant at which they run out."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from engine.calendar import (
    CalendarError,
    Deadline,
    Stop,
    Unit,
    Unpublished,
    end_of_day,
    shipped_calendar,
)

CALENDAR = shipped_calendar()
D = date.fromisoformat


@pytest.mark.parametrize(
    ("text", "start", "due"),
    [
        ("30个工作日", "2026-02-09", "2026-03-27"),
        ("3工作日", "2025-04-25", "2025-04-29"),
        ("7自然日", "2026-09-27", "2026-10-04"),
        ("7天顺延", "2026-09-27", "2026-10-08"),
        ("60日", "2026-03-02", "2026-05-01"),
        ("60日顺延", "2026-03-02", "2026-05-06"),
        ("3个月", "2026-08-31", "2026-11-30"),
        ("5年", "2024-02-29", "2029-02-28"),
    ],
)
def test_periods_as_people_write_them(text: str, start: str, due: str) -> None:
    deadline = Deadline.parse(text)
    assert deadline.due(D(start), CALENDAR) == D(due)
    assert Deadline.parse(deadline.text) == deadline


@pytest.mark.parametrize(
    "text", ["", "30", "三十日", "1.5个月", "-3天", "30个工作日顺延", "9" * 9 + "天"]
)
def test_unreadable_periods_are_refused(text: str) -> None:
    with pytest.raises(CalendarError):
        Deadline.parse(text)


@pytest.mark.parametrize(
    ("number", "unit"), [(-1, Unit.MONTH), (1201, Unit.MONTH), (101, Unit.YEAR), (True, Unit.YEAR)]
)
def test_senseless_numbers_are_refused(number: int, unit: Unit) -> None:
    with pytest.raises(CalendarError):
        Deadline(number=number, unit=unit)


@pytest.mark.parametrize(
    ("text", "resumed", "due"),
    [
        ("5个工作日", "2025-03-19", "2025-03-19"),
        ("5个工作日", "2025-03-16", "2025-03-17"),
        ("7天", "2025-03-16", "2025-03-16"),
        ("7天顺延", "2025-03-16", "2025-03-17"),
    ],
)
def test_a_clock_that_stops_on_the_last_day_ends_where_it_goes_on(
    text: str, resumed: str, due: str
) -> None:
    """Both begin on Friday 2025-03-07 and would end on the 14th, when the clock stops."""
    stop = Stop(first=D("2025-03-15"), last=D(resumed))
    deadline = Deadline.parse(text)
    assert deadline.due(D("2025-03-07"), CALENDAR) == D("2025-03-14")
    assert deadline.due(D("2025-03-07"), CALENDAR, [stop]) == D(due)


def test_a_stopped_clock_goes_on_with_the_remaining_days() -> None:
    """补正 from Wednesday to next Tuesday takes five working days out of the ten."""
    ten = Deadline(number=10, unit=Unit.WORKING_DAY)
    assert ten.due(D("2026-03-02"), CALENDAR) == D("2026-03-16")
    stop = Stop(first=D("2026-03-04"), last=D("2026-03-10"))
    assert ten.due(D("2026-03-02"), CALENDAR, [stop]) == D("2026-03-23")
    # overlapping stops count once; a stop before the event counts not at all
    again = [stop, Stop(first=D("2026-03-06"), last=D("2026-03-10"))]
    before = Stop(first=D("2026-02-01"), last=D("2026-03-02"))
    assert ten.due(D("2026-03-02"), CALENDAR, [*again, before]) == D("2026-03-23")


def test_a_stopped_clock_lengthens_natural_days_and_months() -> None:
    stop = Stop(first=D("2026-03-05"), last=D("2026-03-06"))
    late = Stop(first=D("2026-03-10"), last=D("2026-03-10"))
    seven = Deadline(number=7, unit=Unit.NATURAL_DAY)
    assert seven.due(D("2026-03-02"), CALENDAR, [stop]) == D("2026-03-11")
    # the first stop pushes the end over the second one
    assert seven.due(D("2026-03-02"), CALENDAR, [late, stop]) == D("2026-03-12")
    month = Deadline(number=1, unit=Unit.MONTH, roll=True)
    assert month.due(D("2026-03-02"), CALENDAR, [stop]) == D("2026-04-07")


def test_a_deadline_over_the_new_year_is_pending() -> None:
    due = Deadline.parse("30个工作日").due(D("2026-12-01"), CALENDAR)
    assert isinstance(due, Unpublished)
    assert due.year == 2027
    # 22 working days are left in December; 1 January can't be one
    assert due.earliest == D("2027-01-09")
    stopped = Deadline.parse("30个工作日").due(
        D("2026-12-01"), CALENDAR, [Stop(first=D("2027-01-01"), last=D("2027-01-03"))]
    )
    assert isinstance(stopped, Unpublished)
    assert stopped.earliest == D("2027-01-11")


def test_a_stop_must_end_after_it_began() -> None:
    with pytest.raises(CalendarError):
        Stop(first=D("2026-03-05"), last=D("2026-03-04"))
    endless = Stop(first=date.min, last=date.max)
    with pytest.raises(CalendarError, match="太长"):
        Deadline.parse("5天").due(D("2026-03-02"), CALENDAR, [endless])


def test_a_period_runs_out_at_midnight_or_at_the_close_of_business() -> None:
    shanghai = ZoneInfo("Asia/Shanghai")
    assert end_of_day(D("2026-03-16"), shanghai) == datetime(2026, 3, 17, tzinfo=shanghai)
    assert end_of_day(D("2026-03-16"), shanghai, closing=time(17, 30)) == datetime(
        2026, 3, 16, 17, 30, tzinfo=shanghai
    )
