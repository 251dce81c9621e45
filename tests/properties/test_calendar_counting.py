"""Laws that counting on a calendar obeys for any dates and any notices."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.calendar import (
    Calendar,
    Deadline,
    Notice,
    Stop,
    Unit,
    Unpublished,
    shipped_calendar,
)

CALENDAR = shipped_calendar()
DAY = timedelta(days=1)
known_days = st.dates(min_value=date(2025, 1, 1), max_value=date(2026, 12, 31))
any_days = st.dates(min_value=date(2020, 1, 1), max_value=date(2032, 12, 31))
counts = st.integers(min_value=0, max_value=120)


@st.composite
def full_calendars(draw: st.DrawFn) -> Calendar:
    """Calendars of 2027 to 2032 that extend the shipped ones by random holidays."""
    notices = list(CALENDAR.notices)
    for year in range(2027, 2033):
        days = [date(year, 1, 1) + DAY * n for n in draw(st.sets(st.integers(1, 360), max_size=40))]
        days += [date(year, m, d) for m, d in ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3))]
        rest = {
            d: "节" for d in days if draw(st.booleans()) or (d.month, d.day) in CALENDAR.statutory
        }
        make_up = {d: "节" for d in days if d not in rest and d.weekday() >= 5}
        notices.append(
            Notice(
                year=year,
                number=f"测试{year}",
                title="测试",
                published=date(year - 1, 11, 1),
                rest=rest,
                make_up=make_up,
            )
        )
    return Calendar(notices=tuple(notices), statutory=CALENDAR.statutory)


@given(start=known_days, count=counts)
def test_counting_back_undoes_counting_on(start: date, count: int) -> None:
    due = CALENDAR.add_working_days(start, count)
    if isinstance(due, Unpublished):
        return
    assert CALENDAR.working_days_between(start, due) == count
    assert CALENDAR.working_days_between(due, start) == -count
    assert count == 0 or CALENDAR.is_working_day(due) is True


@given(start=known_days, first=counts, second=counts)
def test_periods_add_up_and_longer_ones_end_later(start: date, first: int, second: int) -> None:
    middle = CALENDAR.add_working_days(start, first)
    whole = CALENDAR.add_working_days(start, first + second)
    if isinstance(whole, Unpublished):
        return
    assert isinstance(middle, date)
    assert CALENDAR.add_working_days(middle, second) == whole
    assert (middle < whole) is (second > 0)


@given(a=known_days, b=known_days, c=known_days)
def test_working_days_between_adds_up(a: date, b: date, c: date) -> None:
    ab, bc, ac = (CALENDAR.working_days_between(*pair) for pair in ((a, b), (b, c), (a, c)))
    assert isinstance(ab, int)
    assert isinstance(bc, int)
    assert ab + bc == ac
    counted = sum(bool(CALENDAR.is_working_day(a + DAY * n)) for n in range(1, (b - a).days + 1))
    assert ab == counted or b < a


@settings(max_examples=40)
@given(calendar=full_calendars(), start=any_days, count=counts)
def test_the_earliest_day_is_a_bound_whatever_the_next_notices_say(
    calendar: Calendar, start: date, count: int
) -> None:
    """What the shipped calendar calls the earliest day is never after the day that comes true."""
    before = CALENDAR.add_working_days(start, count)
    after = calendar.add_working_days(start, count)
    if isinstance(before, date):
        assert after == before
    elif isinstance(after, date):
        assert before.earliest <= after
        assert before.year == 2027 or start.year > 2026
    left = CALENDAR.working_days_between(start, start + DAY * count)
    truth = calendar.working_days_between(start, start + DAY * count)
    if isinstance(left, int):
        assert left == truth
    elif isinstance(truth, int):
        assert left.at_least <= truth


@given(
    start=known_days,
    number=st.integers(0, 40),
    unit=st.sampled_from([Unit.WORKING_DAY, Unit.NATURAL_DAY]),
    stops=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 15)), max_size=4),
)
def test_a_stopped_clock_counts_exactly_the_running_days(
    start: date, number: int, unit: Unit, stops: list[tuple[int, int]]
) -> None:
    intervals = [Stop(first=start + DAY * a, last=start + DAY * (a + n)) for a, n in stops]
    due = Deadline(number=number, unit=unit).due(start, CALENDAR, intervals)
    if isinstance(due, Unpublished):
        return
    running = [
        day
        for day in (start + DAY * n for n in range(1, (due - start).days + 1))
        if not any(stop.first <= day <= stop.last for stop in intervals)
    ]
    counted = [d for d in running if unit is Unit.NATURAL_DAY or CALENDAR.is_working_day(d)]
    assert len(counted) == number


@given(start=any_days, months=st.integers(0, 240))
def test_months_keep_the_day_or_end_the_month(start: date, months: int) -> None:
    due = CALENDAR.add_months(start, months)
    assert isinstance(due, date)
    assert (due.year - start.year) * 12 + due.month - start.month == months
    assert due.day == start.day or (due.day < start.day and (due + DAY).day == 1)


@given(start=known_days, count=st.integers(0, 400))
def test_rolling_reaches_the_first_working_day_not_before(start: date, count: int) -> None:
    plain = CALENDAR.add_natural_days(start, count)
    rolled = CALENDAR.add_natural_days(start, count, roll=True)
    if isinstance(rolled, Unpublished):
        return
    assert isinstance(plain, date)
    assert CALENDAR.is_working_day(rolled) is True
    assert all(
        CALENDAR.is_working_day(plain + DAY * n) is False for n in range((rolled - plain).days)
    )


@given(
    number=st.integers(0, 100),
    unit=st.sampled_from(Unit),
    roll=st.booleans(),
)
def test_the_text_of_a_deadline_reads_back(number: int, unit: Unit, roll: bool) -> None:
    deadline = Deadline(number=number, unit=unit, roll=roll and unit is not Unit.WORKING_DAY)
    assert Deadline.parse(deadline.text) == deadline
