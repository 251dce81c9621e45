"""Times of day of FEEL (DMN 1.5, 10.3.2.3.4)."""

from __future__ import annotations

import datetime as host
import re
import zoneinfo
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from engine.feel.temporal.duration import NANOS
from engine.feel.temporal.zones import find_zone, offset_text, usual_offset

DAY_NANOS: Final = 86_400 * NANOS
MAX_OFFSET: Final = 18 * 3600

_TIME: Final = re.compile(
    r"(\d\d):(\d\d):(\d\d)(?:\.(\d{1,40}))?"
    r"(?:([Zz])|([+-])(\d\d):(\d\d)(?::(\d\d))?|@([\w/+-]{1,100}))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Time:
    """A time of day, to the nanosecond, with an offset in seconds, a zone, or neither."""

    nanoseconds: int
    offset: int | None = None
    zone: str | None = None

    @classmethod
    def of(
        cls, hour: int, minute: int, second: int, nanos: int = 0, offset: int | None = None
    ) -> Time | None:
        """The time, or None if there is no such one."""
        if not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60):
            return None
        if offset is not None and abs(offset) > MAX_OFFSET:
            return None
        return cls(((hour * 60 + minute) * 60 + second) * NANOS + nanos, offset)

    @classmethod
    def parse(cls, text: str) -> Time | None:
        """Read `10:30:00`, `…Z`, `…+08:00` or `…@Asia/Shanghai`; None if it is none."""
        parsed = cls.parse_with_day(text)
        return None if parsed is None else parsed[0]

    @classmethod
    def parse_with_day(cls, text: str) -> tuple[Time, int] | None:
        """Like `parse`, with the days to add: 1 for `24:00:00`, else 0."""
        match = _TIME.fullmatch(text)
        if match is None:
            return None
        hour, minute, second = int(match[1]), int(match[2]), int(match[3])
        nanos = int(((match[4] or "") + "000000000")[:9])
        next_day = hour == 24 and minute == second == nanos == 0
        offset: int | None = 0 if match[5] else None
        if match[6]:
            if int(match[8]) > 59 or int(match[9] or 0) > 59:
                return None
            offset = int(match[7]) * 3600 + int(match[8]) * 60 + int(match[9] or 0)
            offset = -offset if match[6] == "-" else offset
        time = cls.of(0 if next_day else hour, minute, second, nanos, offset)
        if time is None or (match[10] and find_zone(match[10]) is None):
            return None
        if match[10]:
            time = cls(time.nanoseconds, None, match[10])
        return time, int(next_day)

    @classmethod
    def from_python(cls, value: host.time) -> Time:
        """From a time of the standard library; its zone or offset is kept."""
        nanos = (value.hour * 3600 + value.minute * 60 + value.second) * NANOS
        nanos += value.microsecond * 1000
        if isinstance(value.tzinfo, zoneinfo.ZoneInfo) and find_zone(value.tzinfo.key or ""):
            return cls(nanos, None, value.tzinfo.key)
        offset = value.utcoffset()
        return cls(nanos, None if offset is None else round(offset.total_seconds()))

    def to_python(self) -> host.time:
        """As a time of the standard library, to the microsecond."""
        return host.time(
            self.hour,
            self.minute,
            self.whole_second,
            self.nanoseconds % NANOS // 1000,
            tzinfo=self.tzinfo,
        )

    @property
    def tzinfo(self) -> host.tzinfo | None:
        """Zone or offset for the standard library."""
        if self.zone is not None:
            return find_zone(self.zone)
        if self.offset is None:
            return None
        return host.timezone(host.timedelta(seconds=self.offset))

    @property
    def text(self) -> str:
        """Canonical ISO text."""
        text = f"{self.hour:02d}:{self.minute:02d}:{self.whole_second:02d}"
        nanos = self.nanoseconds % NANOS
        if nanos:
            text += f".{nanos:09d}".rstrip("0")
        if self.zone is not None:
            return f"{text}@{self.zone}"
        return text if self.offset is None else text + offset_text(self.offset)

    @property
    def hour(self) -> int:
        """0 to 23."""
        return self.nanoseconds // (3600 * NANOS)

    @property
    def minute(self) -> int:
        """0 to 59."""
        return self.nanoseconds // (60 * NANOS) % 60

    @property
    def whole_second(self) -> int:
        """0 to 59, the fraction cut off."""
        return self.nanoseconds // NANOS % 60

    @property
    def second(self) -> Decimal:
        """Seconds with their fraction, 0 up to 60."""
        nanos = self.nanoseconds % NANOS
        if not nanos:
            return Decimal(self.whole_second)
        return Decimal(f"{self.whole_second}.{nanos:09d}".rstrip("0"))

    @property
    def is_zoned(self) -> bool:
        """Whether the time has a UTC form."""
        return self.offset is not None or self.zone is not None

    @property
    def utc_offset(self) -> int | None:
        """Seconds east of UTC; a zone counts with its usual (winter) offset."""
        return self.offset if self.zone is None else usual_offset(self.zone)

    def plus(self, nanoseconds: int) -> Time:
        """So much later, round the clock."""
        return Time((self.nanoseconds + nanoseconds) % DAY_NANOS, self.offset, self.zone)
