"""When something is due: periods counted in their own unit, and how they stand today.

A period's rule is kept with what it is of (``due_rule``), so that it can be counted anew when the
clock has stood still or the State Council's calendar has changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from engine.calendar import (
    Calendar,
    CalendarError,
    Deadline,
    Stop,
    Unit,
    Unpublished,
    end_of_day,
)
from engine.calendar.unpublished import UnpublishedCount
from engine.feel import FeelError
from engine.feel import compile as compile_feel
from engine.model.clock import ClockStop
from engine.model.records import Light
from engine.service.app import App
from engine.text import tell

UNITS: Mapping[str, Unit] = {
    "working-day": Unit.WORKING_DAY,
    "natural-day": Unit.NATURAL_DAY,
    "month": Unit.MONTH,
    "year": Unit.YEAR,
}
_NAMES = {unit: name for name, unit in UNITS.items()}

#: From so many working days before it is due, a task shows amber.
AMBER_DAYS = 1

_SECOND, _DAY = timedelta(seconds=1), timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A period that began with something that happened on ``start``.

    ``closing``: the hour of its last day at which it ends, where that is not the day's end.
    """

    start: date
    period: Deadline
    closing: time | None = None

    def due(self, calendar: Calendar, stops: Iterable[Stop], zone: tzinfo) -> Due:
        """The last day belongs to the period: it is due at its last second, 23:59:59."""
        try:
            day = self.period.due(self.start, calendar, stops)
        except CalendarError:
            return Due(rule=self)
        if isinstance(day, Unpublished):
            return Due(pending=True, rule=self)
        if self.closing is not None:
            return Due(at=end_of_day(day, zone, closing=self.closing).astimezone(UTC), rule=self)
        return Due(at=(end_of_day(day, zone) - _SECOND).astimezone(UTC), rule=self)

    def stored(self) -> dict[str, Any]:
        """As it stands in the database."""
        told: dict[str, Any] = {
            "from": self.start.isoformat(),
            "number": self.period.number,
            "unit": _NAMES[self.period.unit],
        }
        if self.period.roll:
            told["roll"] = True
        if self.closing is not None:
            told["closing"] = self.closing.isoformat()
        return told

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Rule:
        closing = stored.get("closing")
        return cls(
            start=date.fromisoformat(stored["from"]),
            period=Deadline(
                number=int(stored["number"]),
                unit=UNITS[stored["unit"]],
                roll=bool(stored.get("roll")),
            ),
            closing=time.fromisoformat(closing) if closing else None,
        )


@dataclass(frozen=True, kw_only=True)
class Due:
    """``pending``: the day depends on a calendar that is not published (待国办公布).

    ``stopped``: it is unknown, since the case's clock stands still. ``rule`` None: a date that
    somebody set.
    """

    at: datetime | None = None
    pending: bool = False
    stopped: bool = False
    rule: Rule | None = None

    @property
    def stored_rule(self) -> dict[str, Any] | None:
        return None if self.rule is None else self.rule.stored()


def period_of(number: str, unit: str, *, roll: bool = False) -> Deadline | None:
    """A period as properties of a diagram give it; None where they give none that counts."""
    found = UNITS.get(unit.strip() or "working-day")
    try:
        if found is None or not number.strip():
            return None
        return Deadline(number=int(number), unit=found, roll=roll)
    except (ValueError, CalendarError):
        return None


class DeadlineFault(Exception):
    """A deadline's expression gives no whole number: it says why."""


def evaluated(app: App, source: str, variables: Mapping[str, Any]) -> str:
    """The whole number that an expression (``=…``) gives, as text. Raises DeadlineFault."""
    try:
        compiled = compile_feel(
            source.strip().removeprefix("="), names=variables.keys(), functions=app.functions
        )
        value = compiled.evaluate(variables, clock=app.local_now)
    except FeelError as fault:
        raise DeadlineFault(tell("不能计算：{why}", why=str(fault))) from fault
    if isinstance(value, Decimal) and value == value.to_integral_value() and value >= 0:
        return str(int(value))
    raise DeadlineFault(tell("结果不是不小于 0 的整数"))


def due_of(app: App, properties: Mapping[str, str], *, opened_at: datetime) -> Due | None:
    """What the task's properties say of its deadline; None where they say nothing that counts."""
    period = period_of(
        properties.get("banshi:deadline", ""),
        properties.get("banshi:deadlineUnit", ""),
        roll=properties.get("banshi:deadlineRoll") == "true",
    )
    return counted(app, period, opened_at=opened_at) if period is not None else None


def statutory_of(app: App, properties: Mapping[str, str], *, started_at: datetime) -> Due | None:
    """The case's own period (法定办理期限), by its process's ``banshi:statutoryPeriod``: a number
    with ``banshi:statutoryUnit`` (working-day where nothing is said), or “20个工作日”."""
    written = properties.get("banshi:statutoryPeriod", "").strip()
    roll = properties.get("banshi:statutoryRoll") == "true"
    period = period_of(written, properties.get("banshi:statutoryUnit", ""), roll=roll)
    if period is None and written:
        try:
            period = Deadline.parse(written)
        except CalendarError:
            return None
    return counted(app, period, opened_at=started_at) if period is not None else None


def counted(app: App, period: Deadline, *, opened_at: datetime) -> Due:
    """A period that begins with what happened at this moment, on a clock that runs."""
    zone = app.settings.timezone
    rule = Rule(start=opened_at.astimezone(zone).date(), period=period)
    return rule.due(app.calendars.current, (), zone)


def stopped(due: Due, *, at: datetime, zone: tzinfo) -> Due:
    """The deadline when the clock stops at this moment; one that had passed stays as it was.

    A date that somebody set becomes what is left of it, in natural days.
    """
    if due.stopped or (due.at is None and not due.pending) or (due.at and due.at <= at):
        return due
    rule = due.rule
    if rule is None:
        assert due.at is not None  # noqa: S101 - only what is counted can be pending
        today, last = at.astimezone(zone).date(), due.at.astimezone(zone)
        left = Deadline(number=(last.date() - today).days, unit=Unit.NATURAL_DAY)
        rule = Rule(start=today, period=left, closing=last.time().replace(microsecond=0))
    return replace(due, at=None, pending=False, stopped=True, rule=rule)


def resumed(due: Due, *, calendar: Calendar, stops: Iterable[ClockStop], zone: tzinfo) -> Due:
    """The deadline counted anew, now that the clock runs again; a date that was set stays."""
    if due.rule is None:
        return due
    return due.rule.due(calendar, days_stopped(stops, zone), zone)


def days_stopped(stops: Iterable[ClockStop], zone: tzinfo) -> tuple[Stop, ...]:
    """The days on which the clock stood still: after that of the stop, up to that of the resuming."""
    found: list[Stop] = []
    for stop in stops:
        if stop.resumed_at is None:
            continue
        first = stop.stopped_at.astimezone(zone).date() + _DAY
        last = stop.resumed_at.astimezone(zone).date()
        if last >= first:
            found.append(Stop(first=first, last=last))
    return tuple(found)


def moved(
    at: datetime, *, stop: ClockStop, working: bool, calendar: Calendar, zone: tzinfo
) -> tuple[datetime, bool]:
    """When a timer that was due at ``at`` is due after the stop, and whether that is sure.

    ``working``: what was left counts in working days, else in natural days. The hour stays.
    """
    if stop.resumed_at is None or at <= stop.stopped_at:
        return at, True
    local = at.astimezone(zone)
    from_, to = (m.astimezone(zone).date() for m in (stop.stopped_at, stop.resumed_at))
    sure = True
    if working:
        left = calendar.working_days_between(from_, local.date())
        sure = isinstance(left, int)
        count = left if isinstance(left, int) else left.at_least
        day = calendar.add_working_days(to, max(count, 0))
        if isinstance(day, Unpublished):
            sure, day = False, day.earliest
    else:
        day = to + (local.date() - from_)
    return datetime.combine(day, local.time(), zone).astimezone(UTC), sure


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
    count = app.calendars.current.working_days_between(today, day)
    return None if isinstance(count, UnpublishedCount) else count
