"""Dates of FEEL (DMN 1.5, 10.3.2.3.5)."""

from __future__ import annotations

import datetime as host
import re
from dataclasses import dataclass
from typing import Final

from engine.feel.temporal.calendar import (
    MAX_YEAR,
    days_in_month,
    from_days,
    to_days,
    week_of_year,
    weekday,
    year_text,
)

_DATE: Final = re.compile(r"(-?(?:[1-9]\d{4,8}|\d{4}))-(\d\d)-(\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Date:
    """A day of the proleptic Gregorian calendar, years -999,999,999 to 999,999,999."""

    year: int
    month: int
    day: int

    @classmethod
    def of(cls, year: int, month: int, day: int) -> Date | None:
        """The date, or None if there is no such day."""
        if not (-MAX_YEAR <= year <= MAX_YEAR and 1 <= month <= 12):
            return None
        return cls(year, month, day) if 1 <= day <= days_in_month(year, month) else None

    @classmethod
    def parse(cls, text: str) -> Date | None:
        """Read `2024-02-29` (xs:date without a zone); None if it is none."""
        match = _DATE.fullmatch(text)
        return None if match is None else cls.of(int(match[1]), int(match[2]), int(match[3]))

    @classmethod
    def from_days(cls, days: int) -> Date | None:
        """The day so many days after 1970-01-01, None outside the calendar."""
        return cls.of(*from_days(days)) if abs(days) < 400_000_000_000 else None

    @classmethod
    def from_python(cls, value: host.date) -> Date:
        """From a date of the standard library."""
        return cls(value.year, value.month, value.day)

    def to_python(self) -> host.date:
        """As a date of the standard library; ValueError outside the years 1 to 9999."""
        return host.date(self.year, self.month, self.day)

    @property
    def text(self) -> str:
        """Canonical ISO text."""
        return f"{year_text(self.year)}-{self.month:02d}-{self.day:02d}"

    @property
    def days(self) -> int:
        """Days since 1970-01-01."""
        return to_days(self.year, self.month, self.day)

    @property
    def weekday(self) -> int:
        """1 (Monday) to 7 (Sunday)."""
        return weekday(self.days)

    @property
    def week(self) -> int:
        """Week of the year by ISO 8601."""
        return week_of_year(self.year, self.month, self.day)

    @property
    def day_of_year(self) -> int:
        """1 to 366."""
        return self.days - to_days(self.year, 1, 1) + 1

    def plus_months(self, months: int) -> Date | None:
        """The same day so many months later, or the last day of that month if it is shorter."""
        year, month = divmod(self.year * 12 + self.month - 1 + months, 12)
        if abs(year) > MAX_YEAR:
            return None
        return Date(year, month + 1, min(self.day, days_in_month(year, month + 1)))
