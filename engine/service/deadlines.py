"""When a user task is due: ``banshi:deadline`` counted in its unit, and how it stands today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from engine.calendar import Calendar, CalendarError, Deadline, Unit, Unpublished, end_of_day
from engine.calendar.unpublished import UnpublishedCount
from engine.model.records import Light
from engine.service.app import App

UNITS: Mapping[str, Unit] = {
    "working-day": Unit.WORKING_DAY,
    "natural-day": Unit.NATURAL_DAY,
    "month": Unit.MONTH,
    "year": Unit.YEAR,
}

#: From so many working days before it is due, a task shows amber.
AMBER_DAYS = 1


@dataclass(frozen=True, kw_only=True)
class Due:
    """``pending``: the day depends on a calendar that is not published (待国办公布)."""

    at: datetime | None = None
    pending: bool = False


def due_of(app: App, properties: Mapping[str, str], *, opened_at: datetime) -> Due | None:
    """What the task's properties say of its deadline; None where they say nothing that counts.

    The day itself belongs to the period: a task is due at its last second, 23:59:59.
    """
    number = properties.get("banshi:deadline", "").strip()
    if not number:
        return None
    unit = UNITS.get(properties.get("banshi:deadlineUnit", "working-day"))
    try:
        if unit is None:
            return None
        deadline = Deadline(
            number=int(number), unit=unit, roll=properties.get("banshi:deadlineRoll") == "true"
        )
        zone = app.settings.timezone
        day = deadline.due(opened_at.astimezone(zone).date(), app.calendars.current)
    except (ValueError, CalendarError):
        return None
    if isinstance(day, Unpublished):
        return Due(pending=True)
    return Due(at=(end_of_day(day, zone) - timedelta(seconds=1)).astimezone(UTC))


def light(app: App, due_at: datetime | None) -> tuple[Light, int | None]:
    """The colour of a deadline now, and the working days that are left (negative: overdue by)."""
    if due_at is None:
        return Light.NONE, None
    days = remaining_days(app, due_at)
    if app.now() > due_at:
        return Light.RED, days
    return (Light.GREEN if days is None or days > AMBER_DAYS else Light.AMBER), days


def remaining_days(app: App, due_at: datetime) -> int | None:
    """Working days from today to the day it is due; None beyond the published calendar."""
    zone = app.settings.timezone
    today, day = app.local_now().date(), due_at.astimezone(zone).date()
    return _working_days(app.calendars.current, today, day)


def _working_days(calendar: Calendar, today: object, day: object) -> int | None:
    count = calendar.working_days_between(today, day)  # type: ignore[arg-type]
    return None if isinstance(count, UnpublishedCount) else count
