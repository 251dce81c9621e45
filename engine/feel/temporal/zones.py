"""Offsets of IANA time zones.

Only names that the installed database lists are ever opened. Years beyond Python's calendar use
the rules of the year that lies the same number of 400-year eras away.
"""

from __future__ import annotations

import functools
import zoneinfo
from datetime import UTC, datetime, timedelta
from typing import Final

from engine.feel.temporal.calendar import from_days, to_days

DAY: Final = 86_400


@functools.cache
def _known() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


@functools.lru_cache(maxsize=1024)
def find_zone(name: str) -> zoneinfo.ZoneInfo | None:
    """The zone of that name, None if there is none."""
    if name not in _known():
        return None
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _near(year: int) -> int:
    return year if 2 <= year <= 9998 else 2000 + year % 400


def local_offset(name: str, days: int, seconds: int) -> int:
    """Seconds east of UTC at a local wall time (days since 1970, seconds of day)."""
    zone = find_zone(name)
    if zone is None:
        return 0
    year, month, day = from_days(days)
    wall = datetime(
        _near(year), month, day, seconds // 3600, seconds // 60 % 60, seconds % 60, tzinfo=zone
    )
    offset = wall.utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0


def instant_offset(name: str, seconds: int) -> int:
    """Seconds east of UTC at an instant (seconds since 1970-01-01 in UTC)."""
    zone = find_zone(name)
    if zone is None:
        return 0
    days, of_day = divmod(seconds, DAY)
    year, month, day = from_days(days)
    near = datetime(_near(year), month, day, tzinfo=UTC) + timedelta(seconds=of_day)
    offset = near.astimezone(zone).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0


def usual_offset(name: str) -> int:
    """Seconds east of UTC for a time of day without a date."""
    return instant_offset(name, to_days(2000, 1, 1) * DAY)


def offset_text(seconds: int) -> str:
    """`Z`, `+08:00`, or `-02:45:55`."""
    if seconds == 0:
        return "Z"
    size = abs(seconds)
    text = f"{'-' if seconds < 0 else '+'}{size // 3600:02d}:{size // 60 % 60:02d}"
    return f"{text}:{size % 60:02d}" if size % 60 else text
