"""Working days against the State Council's notices and the vectors of domain.md 0.4."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import chinese_calendar
import pytest

from engine.calendar import (
    MAX_COUNT,
    Calendar,
    CalendarError,
    DayKind,
    Unpublished,
    UnpublishedCount,
    from_tables,
    shipped_calendar,
    shipped_tables,
)

CALENDAR = shipped_calendar()
D = date.fromisoformat


def every_day(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [
        first + timedelta(days=n) for n in range(366) if (first + timedelta(days=n)).year == year
    ]


@pytest.mark.parametrize("year", [2025, 2026])
def test_shipped_tables_agree_with_chinesecalendar(year: int) -> None:
    """Every single day of the shipped years, and the totals of domain.md."""
    for day in every_day(year):
        assert CALENDAR.is_working_day(day) is chinese_calendar.is_workday(day), day
    assert sum(CALENDAR.is_working_day(day) is True for day in every_day(year)) == 248
    assert sum(CALENDAR.is_working_day(day) is False for day in every_day(year)) == 117


@pytest.mark.parametrize("year", [2025, 2026])
def test_holidays_and_make_up_days_are_those_of_chinesecalendar(year: int) -> None:
    holidays = {d for d in every_day(year) if CALENDAR.kind(d) is DayKind.HOLIDAY}
    make_up = {d for d in every_day(year) if CALENDAR.kind(d) is DayKind.MAKE_UP}
    assert holidays == {d for d in chinese_calendar.holidays if d.year == year}
    assert make_up == {d for d in chinese_calendar.workdays if d.year == year}


def test_every_shipped_year_names_its_notice() -> None:
    sources = {t["year"]: (t["number"], t["published"]) for t in shipped_tables()}
    assert sources == {
        2025: ("国办发明电〔2024〕12号", "2024-11-12"),
        2026: ("国办发明电〔2025〕7号", "2025-11-04"),
    }


@pytest.mark.parametrize(
    ("start", "count", "due"),
    [
        ("2025-01-20", 30, "2025-03-07"),
        ("2025-09-22", 30, "2025-11-07"),
        ("2026-02-09", 30, "2026-03-27"),
        ("2026-02-09", 45, "2026-04-20"),
        ("2025-09-26", 10, "2025-10-16"),
        ("2025-04-25", 3, "2025-04-29"),
    ],
)
def test_vectors_of_the_domain_rules(start: str, count: int, due: str) -> None:
    assert CALENDAR.add_working_days(D(start), count) == D(due)
    assert CALENDAR.working_days_between(D(start), D(due)) == count


def test_make_up_sunday_counts_and_the_start_does_not() -> None:
    """2026-02-14 is a working Saturday; 2025-04-27 a working Sunday."""
    assert CALENDAR.is_working_day(D("2026-02-14")) is True
    assert CALENDAR.holiday_name(D("2026-02-14")) == "春节"
    assert CALENDAR.kind(D("2025-04-27")) is DayKind.MAKE_UP
    assert CALENDAR.add_working_days(D("2026-02-13"), 1) == D("2026-02-14")
    assert CALENDAR.add_working_days(D("2026-02-13"), 0) == D("2026-02-13")


@pytest.mark.parametrize(
    ("day", "kind", "name"),
    [
        ("2025-10-06", DayKind.HOLIDAY, "国庆节、中秋节"),
        ("2025-10-09", DayKind.WORKDAY, None),
        ("2025-10-12", DayKind.WEEKEND, None),
        ("2027-01-01", DayKind.UNPUBLISHED, None),
        ("2003-06-02", DayKind.UNPUBLISHED, None),
    ],
)
def test_kind_of_day(day: str, kind: DayKind, name: str | None) -> None:
    assert CALENDAR.kind(D(day)) is kind
    assert CALENDAR.holiday_name(D(day)) == name


def test_a_deadline_beyond_the_calendar_is_pending_with_its_earliest_day() -> None:
    """2026-12-31 is the last known day; 1 January is a holiday by law, so not even then."""
    assert CALENDAR.add_working_days(D("2026-12-30"), 1) == D("2026-12-31")
    due = CALENDAR.add_working_days(D("2026-12-30"), 2)
    assert due == Unpublished(year=2027, earliest=D("2027-01-02"))
    assert isinstance(due, Unpublished)
    assert due.text == "待国办公布（2027 年放假安排未公布，不早于 2027-01-02）"
    assert CALENDAR.is_working_day(D("2027-01-04")) is None


def test_a_count_through_a_year_before_the_calendar_is_pending_too() -> None:
    due = CALENDAR.add_working_days(D("2024-12-30"), 3)
    assert due == Unpublished(year=2024, earliest=D("2025-01-03"))


def test_working_days_between_is_signed_and_bounded_where_unknown() -> None:
    assert CALENDAR.working_days_between(D("2026-03-02"), D("2026-03-02")) == 0
    assert CALENDAR.working_days_between(D("2026-03-06"), D("2026-03-02")) == -4
    assert CALENDAR.working_days_between(D("2026-12-30"), D("2027-01-10")) == UnpublishedCount(
        year=2027, at_least=1
    )
    assert CALENDAR.working_days_between(D("2026-01-01"), D("2026-12-31")) == 248
    far = CALENDAR.working_days_between(date.min, date.max)
    assert far == UnpublishedCount(year=1, at_least=496)
    assert "至少 496 个工作日" in str(far)


def test_natural_days_roll_off_rest_days_only_when_the_rule_says_so() -> None:
    """2026-10-04 lies in the National Day holiday; 2026-10-08 is the next working day."""
    assert CALENDAR.add_natural_days(D("2026-09-27"), 7) == D("2026-10-04")
    assert CALENDAR.add_natural_days(D("2026-09-27"), 7, roll=True) == D("2026-10-08")
    assert CALENDAR.add_natural_days(D("2026-12-31"), 1, roll=True) == Unpublished(
        year=2027, earliest=D("2027-01-02")
    )
    # without rolling the calendar is not needed at all
    assert CALENDAR.add_natural_days(D("2030-01-31"), 60) == D("2030-04-01")


@pytest.mark.parametrize(
    ("start", "months", "due"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2026-08-31", 3, "2026-11-30"),
        ("2026-12-15", 1, "2027-01-15"),
        ("2026-05-20", 12, "2027-05-20"),
    ],
)
def test_months_end_on_the_corresponding_day_or_the_month_s_last(
    start: str, months: int, due: str
) -> None:
    assert CALENDAR.add_months(D(start), months) == D(due)


def test_months_and_years_roll() -> None:
    assert CALENDAR.add_months(D("2026-01-14"), 1) == D("2026-02-14")
    assert CALENDAR.add_months(D("2026-01-15"), 1, roll=True) == D("2026-02-24")
    assert CALENDAR.add_years(D("2024-02-29"), 1) == D("2025-02-28")
    assert CALENDAR.add_years(D("2025-02-14"), 1, roll=True) == D("2026-02-14")
    assert CALENDAR.add_years(D("2025-02-15"), 1, roll=True) == D("2026-02-24")


@pytest.mark.parametrize("count", [-1, MAX_COUNT + 1, True, 10**12])
def test_counts_no_deadline_has_are_refused_in_words(count: int) -> None:
    with pytest.raises(CalendarError, match="整数"):
        CALENDAR.add_working_days(D("2026-01-01"), count)
    with pytest.raises(CalendarError, match="整数"):
        CALENDAR.add_natural_days(D("2026-01-01"), count)


def test_a_datetime_is_no_day_and_the_end_of_time_is_an_error() -> None:
    with pytest.raises(CalendarError, match="需要日期"):
        CALENDAR.is_working_day(datetime(2026, 1, 1))  # noqa: DTZ001
    for move in (CALENDAR.add_working_days, CALENDAR.add_natural_days, CALENDAR.add_months):
        with pytest.raises(CalendarError, match="范围"):
            move(date.max, 40)


def test_the_largest_count_ends_quickly() -> None:
    assert isinstance(CALENDAR.add_working_days(D("2026-01-01"), MAX_COUNT), Unpublished)


def test_a_new_notice_settles_what_was_pending() -> None:
    """The calendar of 2027 arrives: differences names its days, and December may move with it."""
    made_up = {
        "year": 2027,
        "number": "测试〔2026〕1号",
        "title": "测试用安排",
        "published": "2026-11-01",
        "holidays": [
            {
                "name": "元旦",
                "first": "2026-12-31",
                "last": "2027-01-02",
                "make_up": ["2027-01-03"],
            }
        ],
    }
    later = from_tables([*shipped_tables(), made_up])
    assert later.add_working_days(D("2026-12-30"), 1) == D("2027-01-03")
    moved = later.differences(CALENDAR)
    assert D("2026-12-31") in moved
    assert {d for d in moved if d.year == 2027} == set(every_day(2027))
    assert not {d for d in moved if d < D("2026-12-31")}
    assert later.version != CALENDAR.version
    assert from_tables(reversed(shipped_tables())).notices == CALENDAR.notices


def test_a_supplement_changes_only_its_days() -> None:
    """As in 2020, when the Spring Festival holiday was extended by a later notice."""
    supplement = {
        "year": 2026,
        "number": "补充〔2026〕1号",
        "title": "延长春节假期",
        "published": "2026-02-20",
        "amends": True,
        "holidays": [{"name": "春节", "first": "2026-02-24", "last": "2026-02-25", "make_up": []}],
    }
    amended = from_tables([supplement, *shipped_tables()])
    assert amended.differences(CALENDAR) == {D("2026-02-24"), D("2026-02-25")}
    assert from_tables([supplement]).years == frozenset()


def test_an_empty_calendar_knows_nothing_and_does_not_crash() -> None:
    empty = Calendar()
    assert empty.add_working_days(D("2026-03-02"), 5) == Unpublished(
        year=2026, earliest=D("2026-03-07")
    )
    assert empty.is_working_day(D("2026-03-02")) is None
