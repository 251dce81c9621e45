"""The State Council's calendar: the years that are known, and entering the next one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from engine.calendar import (
    Calendar,
    CalendarError,
    Notice,
    table_from_notice,
)
from engine.model.actor import Actor
from engine.model.definitions import CalendarYear
from engine.model.errors import Conflict, InvalidInput
from engine.model.permissions import Action, require
from engine.model.problems import Problem
from engine.service.acting import acting
from engine.service.app import App
from engine.service.clock.calendars import calendar_of
from engine.service.clock.recount import count_affected
from engine.storage.clock import calendar_notices
from engine.storage.database import Database, UnitOfWork
from engine.storage.exchange.queue import RECOUNT
from engine.storage.history import acts
from engine.text import tell


def load(database: Database) -> Calendar:
    """The calendar in force: the shipped notices and those entered since."""
    with database.unit_of_work() as work:
        return calendar_of(work)


def list_calendar_years(app: App, actor: Actor) -> tuple[CalendarYear, ...]:  # noqa: ARG001 - public knowledge
    """The published years, oldest first."""
    calendar = load(app.database)
    return tuple(_year(calendar, year) for year in sorted(calendar.years))


def publish_calendar_year(
    app: App,
    actor: Actor,
    *,
    year: int,
    source: str,
    published: date,
    rest: Sequence[date],
    work: Sequence[date],
    supplement: bool = False,
) -> CalendarYear:
    """Administrators only: enter the notice for a year (``source``: its official number).

    ``supplement``: it changes days of a year that is known already (补充通知), and says nothing of
    the others. Whatever it may move is counted anew in the background (``recount``). Raises
    :class:`InvalidInput`, and :class:`Conflict` for a year or number that is known already.
    """
    notice = _notice(
        year=year, source=source, published=published, rest=rest, work=work, amends=supplement
    )
    with acting(app, actor) as (unit, me):
        require(me, Action.MANAGE_CALENDAR)
        calendar_notices.lock(unit)
        _require_fitting(unit, notice)
        calendar_notices.add(
            unit,
            year=year,
            number=notice.number,
            notice=table_from_notice(notice),
            by=me.name,
            now=app.now(),
        )
        try:
            calendar = calendar_of(unit)
        except CalendarError as error:
            raise _invalid(str(error)) from error
        acts.record(
            unit,
            stream="calendar",
            actor=me,
            kind="publish-year",
            facts={
                "year": year,
                "source": source,
                "supplement": supplement,
                "rest": [day.isoformat() for day in sorted(rest)],
                "work": [day.isoformat() for day in sorted(work)],
            },
            at=app.now(),
        )
        app.queue.defer(unit, RECOUNT, [{}])
        unit.commit()
    app.calendars.replace(calendar)
    return _year(calendar, year)


def count_recounted(
    app: App,
    actor: Actor,
    *,
    year: int,
    source: str,
    published: date,
    rest: Sequence[date],
    work: Sequence[date],
    supplement: bool = False,
) -> int:
    """How many cases would be counted anew if this were published; nothing is written. Raises as
    ``publish_calendar_year`` does."""
    notice = _notice(
        year=year, source=source, published=published, rest=rest, work=work, amends=supplement
    )
    with acting(app, actor) as (unit, me):
        require(me, Action.MANAGE_CALENDAR)
        old = _require_fitting(unit, notice)
        try:
            new = replace(old, notices=(*old.notices, notice))
        except CalendarError as error:
            raise _invalid(str(error)) from error
        return count_affected(app, unit, old=old, new=new)


def _require_fitting(unit: UnitOfWork, notice: Notice) -> Calendar:
    """The calendar in force, to which the notice has something to add; raises Conflict."""
    calendar = calendar_of(unit)
    known = notice.year in calendar.years
    if any((n.year, n.number) == (notice.year, notice.number) for n in calendar.notices):
        raise Conflict(
            what=tell("工作日历"), reason=tell("{number} 已经录入", number=notice.number)
        )
    if known and not notice.amends:
        raise Conflict(
            what=tell("工作日历"), reason=tell("{year} 年的放假安排已经录入", year=notice.year)
        )
    if notice.amends and not known:
        raise Conflict(
            what=tell("工作日历"),
            reason=tell("{year} 年的放假安排尚未录入，没有可补充的", year=notice.year),
        )
    return calendar


def _notice(
    *,
    year: int,
    source: str,
    published: date,
    rest: Sequence[date],
    work: Sequence[date],
    amends: bool = False,
) -> Notice:
    if not 2000 <= year <= 2100:
        raise _invalid(tell("年份应在 2000 到 2100 之间。"), "year")
    if not source.strip() or len(source) > 100 or not source.isprintable():
        raise _invalid(tell("请填写发文字号，例如“国办发明电〔2025〕7号”。"), "source")
    if not rest and not (amends and work):
        raise _invalid(tell("请列出放假的日期。"), "rest")
    try:
        return Notice(
            year=year,
            number=source.strip(),
            title=f"{year}年部分节假日安排",
            published=published,
            rest=dict.fromkeys(sorted(rest), "放假"),
            make_up=dict.fromkeys(sorted(work), "放假"),
            amends=amends,
        )
    except CalendarError as error:
        raise _invalid(str(error)) from error


def _year(calendar: Calendar, year: int) -> CalendarYear:
    rests: dict[date, bool] = {}
    for notice in calendar.notices:
        rests |= dict.fromkeys(notice.rest, True) | dict.fromkeys(notice.make_up, False)
    own = next(n for n in calendar.notices if n.year == year and not n.amends)
    days = sorted(day for day in rests if day.year == year)
    return CalendarYear(
        year=year,
        source=own.number,
        published=own.published,
        rest=tuple(day for day in days if rests[day]),
        work=tuple(day for day in days if not rests[day]),
    )


def _invalid(message: str, field: str = "rest") -> InvalidInput:
    return InvalidInput(
        problems=(Problem(element_id=field, rule=f"calendar-{field}", message=message),)
    )
