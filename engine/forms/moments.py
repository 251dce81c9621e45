"""Dates and times as people and browsers write them, and as FEEL values."""

from __future__ import annotations

import datetime as host
import re
import unicodedata
from datetime import tzinfo

from engine.feel.values import Date, DateTime, Time
from engine.forms.components import Moment, Subtype, Zoning
from engine.forms.template import datetime_text, time_text
from engine.text import tell

MomentValue = Date | Time | DateTime

_DATE = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]{1,9})?)?")
_ZONE = re.compile(r"(Z|[+-][0-9]{2}:[0-9]{2}|@[A-Za-z0-9_+/-]{1,60})$")


def parse(text: str, subtype: Subtype, zone: tzinfo, zoning: Zoning) -> MomentValue | None:
    """A date, time, or date and time; None when it is none.

    Beside ISO 8601, `2026/3/2` and `2026年3月2日` are understood. A text without an offset is local
    to `zone`; `zoning` says how the value carries it on.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if subtype == "date":
        return _date(plain)
    if subtype == "time":
        return _time(plain, zone, zoning)
    day, separator, rest = plain.partition("T")
    if not separator:
        day, separator, rest = plain.partition(" ")
    return _datetime(day, rest.strip(), zone, zoning) if separator else None


def from_value(value: object, subtype: Subtype) -> MomentValue | None:
    """A value that already is one of the kind, of FEEL or of the standard library."""
    if isinstance(value, host.datetime):
        return DateTime.from_python(value) if subtype == "datetime" else None
    if isinstance(value, host.date):
        return Date.from_python(value) if subtype == "date" else None
    if isinstance(value, host.time):
        return Time.from_python(value) if subtype == "time" else None
    wanted: type[MomentValue] = {"date": Date, "time": Time, "datetime": DateTime}[subtype]
    return value if isinstance(value, wanted) else None


def read(value: object, moment: Moment, zone: tzinfo) -> MomentValue | None:
    """Text or value; None when it is neither or out of the years 1 to 9999."""
    if isinstance(value, str):
        return parse(value, moment.subtype, zone, moment.zoning)
    found = from_value(value, moment.subtype)
    if found is None or isinstance(found, Time):
        return found
    day = found.date if isinstance(found, DateTime) else found
    return found if 1 <= day.year <= 9999 else None


def input_text(value: MomentValue, zone: tzinfo) -> str:
    """The value for an HTML input of its kind, local to `zone`."""
    if isinstance(value, Date):
        return value.text
    if isinstance(value, Time):
        return time_text(value)
    return datetime_text(_local(value, zone)).replace(" ", "T")


def display(value: MomentValue, zone: tzinfo) -> str:
    """The value as people read it, local to `zone`."""
    if isinstance(value, Date):
        return tell("{year}年{month}月{day}日", year=value.year, month=value.month, day=value.day)
    if isinstance(value, Time):
        return time_text(value)
    local = _local(value, zone)
    return tell("{date} {time}", date=display(local.date, zone), time=time_text(local.time))


def local_date(value: Date | DateTime, zone: tzinfo) -> Date:
    """The business day of a moment."""
    return value if isinstance(value, Date) else _local(value, zone).date


def order(value: MomentValue, zone: tzinfo) -> int | None:
    """A number by which moments of one kind compare; those without an offset are local."""
    if isinstance(value, Date):
        return value.days
    if isinstance(value, Time):
        return value.nanoseconds
    if value.is_zoned:
        return value.instant
    try:
        return DateTime.from_python(value.to_python().replace(tzinfo=zone)).instant
    except (ValueError, OverflowError):
        return None


def _local(value: DateTime, zone: tzinfo) -> DateTime:
    if not value.is_zoned:
        return value
    try:
        local = value.to_python().astimezone(zone).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return value
    return DateTime.from_python(local)


def _date(text: str) -> Date | None:
    found = _DATE.fullmatch(text)
    if found is None or int(found[1]) == 0:
        return None
    return Date.of(int(found[1]), int(found[2]), int(found[3]))


def _time(text: str, zone: tzinfo, zoning: Zoning) -> Time | None:
    moment = _datetime("2000-01-01", text, zone, zoning)
    return None if moment is None else moment.time


def _datetime(day: str, clock: str, zone: tzinfo, zoning: Zoning) -> DateTime | None:
    date = _date(day)
    offset = _ZONE.search(clock)
    bare = clock[: offset.start()] if offset else clock
    found = _TIME.fullmatch(bare)
    if date is None or found is None:
        return None
    full = f"{int(found[1]):02d}:{found[2]}:{found[3] or '00'}"
    if offset:
        return DateTime.parse(f"{date.text}T{full}{offset[1]}")
    local = DateTime.parse(f"{date.text}T{full}")
    if local is None or zoning == "none":
        return local
    try:
        moment = local.to_python().replace(tzinfo=zone)
        shifted = moment.astimezone(host.UTC if zoning == "utc" else zone)
        return DateTime.parse(shifted.isoformat().replace("+00:00", "Z"))
    except (ValueError, OverflowError):
        return None
