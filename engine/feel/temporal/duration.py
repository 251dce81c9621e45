"""The two durations of FEEL (DMN 1.5, 10.3.2.3.7 and 10.3.2.3.8)."""

from __future__ import annotations

import datetime as host
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

NANOS: Final = 1_000_000_000
#: Longer than the distance between any two dates of FEEL.
MAX_SECONDS: Final = 10**18
MAX_MONTHS: Final = 10**12

_DAY_TIME: Final = re.compile(
    r"(-?)P(?:(\d{1,20})D)?(?:T(?=\d)(?:(\d{1,20})H)?(?:(\d{1,20})M)?"
    r"(?:(\d{1,20})(?:\.(\d{0,40}))?S)?)?",
    re.ASCII,
)
_YEAR_MONTH: Final = re.compile(r"(-?)P(?:(\d{1,20})Y)?(?:(\d{1,20})M)?", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class DayTimeDuration:
    """Days and time duration, in whole nanoseconds."""

    nanoseconds: int

    @classmethod
    def of(cls, nanoseconds: int) -> DayTimeDuration | None:
        """The duration, or None beyond what FEEL can hold."""
        return cls(nanoseconds) if abs(nanoseconds) <= MAX_SECONDS * NANOS else None

    @classmethod
    def parse(cls, text: str) -> DayTimeDuration | None:
        """Read `-P1DT2H3M4.5S` (xs:dayTimeDuration); None if it is none."""
        match = _DAY_TIME.fullmatch(text)
        if match is None or not any(match.group(2, 3, 4, 5)):
            return None
        sign, days, hours, minutes, seconds, fraction = match.groups()
        whole = int(days or 0) * 86_400 + int(hours or 0) * 3600 + int(minutes or 0) * 60
        nanos = int(((fraction or "") + "000000000")[:9])
        total = (whole + int(seconds or 0)) * NANOS + nanos
        return cls.of(-total if sign else total)

    @classmethod
    def from_python(cls, value: host.timedelta) -> DayTimeDuration:
        """From a timedelta."""
        return cls((value.days * 86_400 + value.seconds) * NANOS + value.microseconds * 1000)

    def to_python(self) -> host.timedelta:
        """As a timedelta (microseconds, rounded down); OverflowError if it is too long."""
        return host.timedelta(microseconds=self.nanoseconds // 1000)

    @property
    def text(self) -> str:
        """Canonical ISO text."""
        if self.nanoseconds == 0:
            return "PT0S"
        days, hours, minutes, seconds = self.parts
        date = f"{days}D" if days else ""
        time = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
        if seconds:
            time += f"{format(seconds, 'f')}S"
        return f"{'-' if self.nanoseconds < 0 else ''}P{date}{'T' + time if time else ''}"

    @property
    def parts(self) -> tuple[int, int, int, Decimal]:
        """Days, hours, minutes, seconds of the absolute value."""
        whole, nanos = divmod(abs(self.nanoseconds), NANOS)
        seconds = Decimal(whole % 60)
        if nanos:
            seconds = Decimal(f"{whole % 60}.{nanos:09d}".rstrip("0"))
        return whole // 86_400, whole // 3600 % 24, whole // 60 % 60, seconds


@dataclass(frozen=True, slots=True, order=True)
class YearMonthDuration:
    """Years and months duration, in months."""

    months: int

    @classmethod
    def of(cls, months: int) -> YearMonthDuration | None:
        """The duration, or None beyond what FEEL can hold."""
        return cls(months) if abs(months) <= MAX_MONTHS else None

    @classmethod
    def parse(cls, text: str) -> YearMonthDuration | None:
        """Read `-P1Y2M` (xs:yearMonthDuration); None if it is none."""
        match = _YEAR_MONTH.fullmatch(text)
        if match is None or not any(match.group(2, 3)):
            return None
        months = int(match[2] or 0) * 12 + int(match[3] or 0)
        return cls.of(-months if match[1] else months)

    @property
    def text(self) -> str:
        """Canonical ISO text."""
        if self.months == 0:
            return "P0M"
        years, months = divmod(abs(self.months), 12)
        text = (f"{years}Y" if years else "") + (f"{months}M" if months else "")
        return f"{'-' if self.months < 0 else ''}P{text}"
