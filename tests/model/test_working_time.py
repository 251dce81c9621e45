"""Working hours, against a count minute by minute."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from engine.model.working_time import after_working_hours

ZONE = ZoneInfo("Asia/Shanghai")
OPENS, CLOSES = time(9), time(17)
REST = {date(2025, 5, 1), date(2025, 5, 2), date(2025, 5, 5)}
MAKE_UP = {date(2025, 4, 27)}


def works(day: date) -> bool | None:
    if day.month == 6:
        return None
    return day in MAKE_UP or (day.isoweekday() <= 5 and day not in REST)


def at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2025, month, day, hour, minute, tzinfo=ZONE)


def after(start: datetime, hours: str) -> datetime:
    return after_working_hours(start, Decimal(hours), works=works, opens=OPENS, closes=CLOSES)


def test_examples() -> None:
    assert after(at(4, 21, 10), "2") == at(4, 21, 12)
    assert after(at(4, 21, 10), "8") == at(4, 22, 10)
    assert after(at(4, 21, 16, 30), "1") == at(4, 22, 9, 30)
    assert after(at(4, 21, 7), "1") == at(4, 21, 10)  # before the office opens
    assert after(at(4, 21, 20), "1") == at(4, 22, 10)  # after it has closed
    assert after(at(4, 25, 16), "2") == at(4, 27, 10)  # Sunday the 27th works
    assert after(at(4, 30, 16), "2") == at(5, 6, 10)  # over the holiday and a weekend
    assert after(at(6, 6, 16), "2") == at(6, 9, 10)  # an unknown calendar: Monday to Friday
    assert after(at(4, 21, 10), "0") == at(4, 21, 10)
    assert after(at(4, 21, 9), "8") == at(4, 21, 17)


@given(
    start=st.integers(min_value=0, max_value=20 * 24 * 60).map(
        lambda minutes: at(4, 20, 0) + timedelta(minutes=minutes)
    ),
    quarters=st.integers(min_value=1, max_value=80),
)
def test_as_many_minutes_as_a_count(start: datetime, quarters: int) -> None:
    """The minutes between start and answer in which the office is open are those asked for."""
    found = after_working_hours(
        start, Decimal(quarters) / 4, works=works, opens=OPENS, closes=CLOSES
    )
    counted, moment = 0, start
    while moment < found:
        if works(moment.date()) and OPENS <= moment.time() < CLOSES:
            counted += 1
        moment += timedelta(minutes=1)
    assert counted == quarters * 15
    just_before = found - timedelta(minutes=1)
    assert works(just_before.date())
    assert OPENS <= just_before.time() < CLOSES
