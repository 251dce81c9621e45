"""Dates with a time of FEEL (DMN 1.5, 10.3.2.3.6)."""

from __future__ import annotations

import datetime as host
from dataclasses import dataclass

from engine.feel.temporal.date import Date
from engine.feel.temporal.duration import NANOS
from engine.feel.temporal.time import DAY_NANOS, Time
from engine.feel.temporal.zones import DAY, instant_offset, local_offset


@dataclass(frozen=True, slots=True)
class DateTime:
    """A date and a time of that day, with an offset, a zone, or neither."""

    date: Date
    time: Time

    @classmethod
    def parse(cls, text: str) -> DateTime | None:
        """Read `2024-02-29T10:30:00+08:00`, or a date alone (midnight); None if it is none."""
        head, separator, tail = text.partition("T")
        date = Date.parse(head)
        if date is None:
            return None
        if not separator:
            return cls(date, Time(0))
        parsed = Time.parse_with_day(tail)
        if parsed is None:
            return None
        time, next_day = parsed
        later = Date.from_days(date.days + 1) if next_day else date
        return None if later is None else cls(later, time)

    @classmethod
    def from_python(cls, value: host.datetime) -> DateTime:
        """From a datetime of the standard library; its zone or offset at that time is kept."""
        time = Time.from_python(value.timetz())
        if time.zone is None and (offset := value.utcoffset()) is not None:
            time = Time(time.nanoseconds, round(offset.total_seconds()))
        return cls(Date.from_python(value.date()), time)

    def to_python(self) -> host.datetime:
        """As a datetime of the standard library; ValueError outside the years 1 to 9999."""
        return host.datetime.combine(self.date.to_python(), self.time.to_python())

    @property
    def text(self) -> str:
        """Canonical ISO text."""
        return f"{self.date.text}T{self.time.text}"

    @property
    def is_zoned(self) -> bool:
        """Whether the value has a UTC form."""
        return self.time.is_zoned

    @property
    def utc_offset(self) -> int | None:
        """Seconds east of UTC on that day."""
        if self.time.zone is None:
            return self.time.offset
        return local_offset(self.time.zone, self.date.days, self.time.nanoseconds // NANOS)

    @property
    def local(self) -> int:
        """Nanoseconds since 1970-01-01 on the wall clock."""
        return self.date.days * DAY_NANOS + self.time.nanoseconds

    @property
    def instant(self) -> int:
        """Nanoseconds since 1970-01-01 in UTC; without an offset, on the wall clock."""
        return self.local - (self.utc_offset or 0) * NANOS

    def plus(self, nanoseconds: int) -> DateTime | None:
        """The moment so much later, in the same zone; None outside the calendar."""
        zone = self.time.zone
        if zone is None:
            local = self.local + nanoseconds
        else:
            instant = self.instant + nanoseconds
            if abs(instant) // NANOS > 400_000_000_000 * DAY:
                return None
            local = instant + instant_offset(zone, instant // NANOS) * NANOS
        days, of_day = divmod(local, DAY_NANOS)
        date = Date.from_days(days)
        return None if date is None else DateTime(date, Time(of_day, self.time.offset, zone))

    def plus_months(self, months: int) -> DateTime | None:
        """The same wall time so many months later."""
        date = self.date.plus_months(months)
        return None if date is None else DateTime(date, self.time)
