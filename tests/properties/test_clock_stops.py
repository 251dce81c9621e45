"""Whenever a clock stops and goes on: what was used and what remains make up the period."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from engine.calendar import Deadline, Unit, shipped_calendar
from engine.model.clock import ClockStop, StopKind, Turn, turned
from engine.model.keys import Key
from engine.service.clock.deadlines import Due, Rule, days_stopped, moved, resumed, stopped

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = shipped_calendar()
DAY = timedelta(days=1)
FIRST = datetime(2025, 1, 2, 9, tzinfo=ZONE)

moments = st.lists(
    st.integers(min_value=0, max_value=200 * 24), min_size=1, max_size=13, unique=True
).map(lambda hours: [FIRST + timedelta(hours=h) for h in sorted(hours)])
periods = st.one_of(
    st.builds(Deadline, number=st.integers(1, 60), unit=st.just(Unit.WORKING_DAY)),
    st.builds(Deadline, number=st.integers(1, 90), unit=st.just(Unit.NATURAL_DAY)),
)


def stop(began: datetime, ended: datetime | None) -> ClockStop:
    return ClockStop(
        key=Key(1),
        kind=StopKind.SUPPLEMENT,
        reason="",
        by="",
        stopped_at=began.astimezone(UTC),
        resumed_at=ended.astimezone(UTC) if ended else None,
    )


def play(rule: Rule, times: list[datetime]) -> tuple[Due, list[ClockStop]]:
    """The clock stops and goes on in turn at these moments, as a case's would."""
    due = rule.due(CALENDAR, (), ZONE)
    past: list[ClockStop] = []
    for began, ended in zip(times[::2], times[1::2], strict=False):
        due = stopped(due, at=began.astimezone(UTC), zone=ZONE)
        past.append(stop(began, ended))
        if due.stopped:
            due = resumed(due, calendar=CALENDAR, stops=past, zone=ZONE)
    return due, past


def run_days(start: date, end: date, past: list[ClockStop]) -> list[date]:
    """The days after ``start`` up to ``end`` on which the clock ran."""
    still = {
        s.first + DAY * n
        for s in days_stopped(past, ZONE)
        for n in range((s.last - s.first).days + 1)
    }
    days = [start + DAY * n for n in range(1, (end - start).days + 1)]
    return [day for day in days if day not in still]


@given(period=periods, times=moments)
def test_used_and_remaining_time_make_up_the_period(
    period: Deadline, times: list[datetime]
) -> None:
    start, *rest = times
    rule = Rule(start=start.date(), period=period)
    due, past = play(rule, rest)
    assert due.at is not None
    end = due.at.astimezone(ZONE).date()
    ran = run_days(rule.start, end, past)
    working = period.unit is Unit.WORKING_DAY
    if working:
        ran = [day for day in ran if CALENDAR.is_working_day(day)]
    last = ran[period.number - 1]
    if end == last:
        assert len(ran) == period.number, "it ends on a day that counts"
        return
    after = [last + DAY * n for n in range(1, (end - last).days + 1)]
    counting = set(run_days(last, end, past))
    assert after[0] not in counting, "the clock stopped on the last day"
    for day, following in pairwise(after):
        used = day in counting and CALENDAR.is_working_day(day)
        assert not used or following not in counting, "the clock stopped on that day again"
    assert end not in counting or working
    assert not working or CALENDAR.is_working_day(end)


@given(number=st.integers(1, 6), unit=st.sampled_from([Unit.MONTH]), times=moments)
def test_a_period_in_months_is_lengthened_by_the_days_it_stood_still(
    number: int, unit: Unit, times: list[datetime]
) -> None:
    start, *rest = times
    rule = Rule(start=start.date(), period=Deadline(number=number, unit=unit))
    usual = rule.due(CALENDAR, (), ZONE).at
    due, past = play(rule, rest)
    assert due.at is not None
    assert usual is not None
    end = due.at.astimezone(ZONE).date()
    whole = (usual.astimezone(ZONE).date() - rule.start).days
    assert len(run_days(rule.start, end, past)) == whole


@given(times=moments, closing=st.times().map(lambda t: t.replace(microsecond=0)))
def test_a_date_that_was_set_keeps_its_hour_and_what_was_left(
    times: list[datetime], closing: time
) -> None:
    start, *rest = times
    at = datetime.combine(start.date() + 30 * DAY, closing, ZONE)
    due = Due(at=at.astimezone(UTC))
    for began, ended in zip(rest[::2], rest[1::2], strict=False):
        before = due
        due = stopped(due, at=began.astimezone(UTC), zone=ZONE)
        if not due.stopped:
            assert due == before
            continue
        due = resumed(due, calendar=CALENDAR, stops=[stop(began, ended)], zone=ZONE)
        assert before.at is not None
        assert due.at is not None
        left = before.at.astimezone(ZONE).date() - began.date()
        assert due.at.astimezone(ZONE) == datetime.combine(ended.date() + left, closing, ZONE)
        due = Due(at=due.at)


@given(times=moments, working=st.booleans(), ahead=st.integers(0, 60))
def test_a_timer_has_as_much_left_after_a_stop_as_before(
    times: list[datetime], working: bool, ahead: int
) -> None:
    began, ended = times[0], times[-1]
    at = (began + ahead * DAY).astimezone(UTC)
    after, sure = moved(at, stop=stop(began, ended), working=working, calendar=CALENDAR, zone=ZONE)
    assert sure
    if at <= began.astimezone(UTC):
        assert after == at
        return
    local = after.astimezone(ZONE)
    assert local.time() == at.astimezone(ZONE).time()
    if working:
        was = CALENDAR.working_days_between(began.date(), at.astimezone(ZONE).date())
        assert CALENDAR.working_days_between(ended.date(), local.date()) == was
    else:
        assert local.date() - ended.date() == timedelta(days=ahead)


@given(
    steps=st.lists(
        st.tuples(
            st.sets(st.integers(1, 5), max_size=2),
            st.sets(st.integers(1, 5), max_size=3),
        ),
        max_size=20,
    )
)
def test_the_clock_stands_still_while_a_token_stays_on_a_stopping_node(
    steps: list[tuple[set[int], set[int]]],
) -> None:
    held: set[int] = set()
    current: ClockStop | None = None
    for number, (opened, closed) in enumerate(steps):
        fresh = {k for k in opened if k not in held}
        done = turned(
            current,
            opened={Key(k): StopKind.EXPERT for k in fresh},
            closed=[Key(k) for k in closed if k in held],
            key=Key(100 + number),
            reason="",
            now=FIRST + number * DAY,
        )
        held = (held - closed) | fresh
        if done is not None:
            current = None if done.turn is Turn.RESUME else done.stop
        assert (current is not None) == bool(held)
        assert current is None or set(current.holders) == held


@given(moment=st.integers(0, 10))
def test_a_stop_by_hand_outlasts_the_nodes(moment: int) -> None:
    by_hand = ClockStop(
        key=Key(1), kind=StopKind.OTHER, reason="", by="lisi", stopped_at=FIRST, manual=True
    )
    opened = turned(
        by_hand,
        opened={Key(2): StopKind.EXPERT},
        closed=(),
        key=Key(9),
        reason="",
        now=FIRST + moment * DAY,
    )
    assert opened is not None
    assert (opened.turn, opened.stop.kind) == (Turn.HOLD, StopKind.OTHER)
    closed = turned(
        opened.stop, opened={}, closed=[Key(2)], key=Key(9), reason="", now=FIRST + moment * DAY
    )
    assert closed is not None
    assert (closed.turn, closed.stop.manual, closed.stop.holders) == (Turn.HOLD, True, ())
