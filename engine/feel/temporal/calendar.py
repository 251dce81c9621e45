"""The proleptic Gregorian calendar over the years that FEEL allows.

Python's own dates end at year 9999. The conversion between days and dates follows the usual
era arithmetic: a 400-year era has 146,097 days, and years start in March.
"""

from __future__ import annotations

from typing import Final

MAX_YEAR: Final = 999_999_999
ERA_DAYS: Final = 146_097
EPOCH_SHIFT: Final = 719_468  # days from 0000-03-01 to 1970-01-01

_MONTH_DAYS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def is_leap(year: int) -> bool:
    """Whether February has 29 days."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_in_month(year: int, month: int) -> int:
    """Days of a month (1 to 12)."""
    return 29 if month == 2 and is_leap(year) else _MONTH_DAYS[month - 1]


def to_days(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01."""
    shifted = year - 1 if month <= 2 else year
    era, of_era = divmod(shifted, 400)
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * ERA_DAYS + of_era * 365 + of_era // 4 - of_era // 100 + of_year - EPOCH_SHIFT


def from_days(days: int) -> tuple[int, int, int]:
    """Year, month and day of the day so many days after 1970-01-01."""
    era, of_era = divmod(days + EPOCH_SHIFT, ERA_DAYS)
    year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    shifted = (5 * of_year + 2) // 153
    month = shifted + (3 if shifted < 10 else -9)
    return year + era * 400 + (month <= 2), month, of_year - (153 * shifted + 2) // 5 + 1


def weekday(days: int) -> int:
    """1 (Monday) to 7 (Sunday)."""
    return (days + 3) % 7 + 1


def week_of_year(year: int, month: int, day: int) -> int:
    """Week number of ISO 8601."""
    days = to_days(year, month, day)
    thursday_year = from_days(days - weekday(days) + 4)[0]
    return (days - weekday(days) + 4 - to_days(thursday_year, 1, 1)) // 7 + 1


def year_text(year: int) -> str:
    """The year as ISO 8601 writes it, at least four digits."""
    return f"{'-' if year < 0 else ''}{abs(year):04d}"
