"""The working-day calendar: the years the State Council has published, and the next one."""

from __future__ import annotations

import calendar as weeks
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.auth import PageSession
from api.language import gettext as _
from api.language import ngettext
from api.pages import flash, words
from api.pages.admin.people import problems_of
from api.pages.frame import Frame, Link
from api.pages.rendering import respond
from api.pages.visit import Administrator, administration, application
from engine.model.definitions import CalendarYear
from engine.model.errors import Conflict, InvalidInput
from engine.model.problems import Problem
from engine.service.clock.calendar_years import (
    count_recounted,
    list_calendar_years,
    publish_calendar_year,
)

router = APIRouter()
_YEAR = re.compile(r"[0-9]{4}")
FIELDS = {name: name for name in ("year", "source", "published", "rest", "work", "supplement")}
LONGEST_REST = 15

_DAY = r"\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?"
_LINE = re.compile(rf"\D*?({_DAY})(?:\s*(?:-|–|—|~|至|到|\.\.)\s*({_DAY}))?\D*")


@dataclass(frozen=True, kw_only=True)
class DayCell:
    """A day of a month table. ``kind``: ``rest``, ``work`` (a weekend that works) or ""."""

    number: int
    kind: str
    mark: str


@dataclass(frozen=True, kw_only=True)
class Month:
    """``weeks``: Monday first; None where a week has days of the neighbouring months."""

    name: str
    weeks: tuple[tuple[DayCell | None, ...], ...]


@dataclass(frozen=True, kw_only=True)
class CalendarPage:
    """``typed``: what was filled in for the year to publish; ``recounted``: how many cases would be
    counted anew by it, in words ("" = not asked)."""

    template: ClassVar[str] = "admin/calendar.html"

    frame: Frame
    years: tuple[Link, ...]
    year: int
    source: str
    published: str
    working_days: int
    months: tuple[Month, ...]
    typed: Mapping[str, str]
    problems: tuple[words.Trouble, ...]
    errors: Mapping[str, str] = field(default_factory=dict)
    recounted: str = ""


def months(shown: CalendarYear) -> tuple[Month, ...]:
    """The twelve months, with the days that rest and the weekends that work."""
    rest, work = frozenset(shown.rest), frozenset(shown.work)

    def cell(day: date, month: int) -> DayCell | None:
        if day.month != month:
            return None
        kind = "rest" if day in rest else "work" if day in work else ""
        mark = {"rest": _("休"), "work": _("班")}.get(kind, "")
        return DayCell(number=day.day, kind=kind, mark=mark)

    table = weeks.Calendar(firstweekday=0)
    return tuple(
        Month(
            name=_("{month}月").format(month=month),
            weeks=tuple(
                tuple(cell(day, month) for day in week)
                for week in table.monthdatescalendar(shown.year, month)
            ),
        )
        for month in range(1, 13)
    )


def working_days(shown: CalendarYear) -> int:
    """How many days of the year work."""
    rest, work = frozenset(shown.rest), frozenset(shown.work)
    first = date(shown.year, 1, 1)
    days = (first + timedelta(days=n) for n in range(366))
    return sum(
        1
        for day in days
        if day.year == shown.year and day not in rest and (day.weekday() < 5 or day in work)
    )


def parse_days(text: str) -> tuple[date, ...]:
    """Days out of lines like “春节 2026-02-15 至 2026-02-23”; raises ValueError with the line."""
    found: set[date] = set()
    for line in filter(None, (part.strip() for part in re.split(r"[\n;；]", text))):
        match = _LINE.fullmatch(line)
        if match is None:
            raise ValueError(line)
        first = _day(match[1], line)
        last = _day(match[2], line) if match[2] else first
        if not 0 <= (last - first).days <= LONGEST_REST:
            raise ValueError(line)
        found |= {first + timedelta(days=n) for n in range((last - first).days + 1)}
    return tuple(sorted(found))


def _day(text: str, line: str) -> date:
    year, month, day = (int(part) for part in re.findall(r"\d+", text))
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError(line) from None


def view(
    request: Request,
    session: PageSession,
    *,
    typed: Mapping[str, str] | None = None,
    problems: Sequence[Problem] = (),
    recounted: str = "",
) -> CalendarPage:
    """One published year, and the form for the next."""
    years = sorted(
        list_calendar_years(application(request), session.actor), key=lambda y: y.year, reverse=True
    )
    asked = request.query_params.get("year", "")
    shown = next((y for y in years if str(y.year) == asked), years[0])
    given = dict.fromkeys(FIELDS, "") | {"year": str(years[0].year + 1)} | dict(typed or {})
    return CalendarPage(
        frame=administration(request, session, title=_("工作日历"), side="calendar"),
        years=tuple(
            Link(
                label=_("{year}年").format(year=y.year),
                href=f"/admin/calendar?year={y.year}",
                current=y is shown,
            )
            for y in years
        ),
        year=shown.year,
        source=shown.source,
        published=shown.published.isoformat(),
        working_days=working_days(shown),
        months=months(shown),
        typed=given,
        problems=words.troubles(problems, FIELDS),
        errors={p.element_id: p.message for p in reversed(problems)},
        recounted=recounted,
    )


@router.get("/admin/calendar")
def show(request: Request, session: Administrator) -> Response:
    """A published year."""
    return respond(request, view(request, session))


@router.post("/admin/calendar")
def publish(
    request: Request,
    session: Administrator,
    *,
    year: Annotated[str, Form(max_length=10)] = "",
    source: Annotated[str, Form(max_length=200)] = "",
    published: Annotated[str, Form(max_length=20)] = "",
    rest: Annotated[str, Form(max_length=20000)] = "",
    work: Annotated[str, Form(max_length=20000)] = "",
    supplement: Annotated[str, Form(max_length=10)] = "",
    preview: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Enter what the State Council has published for a year, or see first what it would move."""
    typed = {
        "year": year,
        "source": source,
        "published": published,
        "rest": rest,
        "work": work,
        "supplement": supplement,
    }
    entered, problems = _entered(typed)
    if entered is not None and preview:
        try:
            count = count_recounted(
                application(request),
                session.actor,
                year=entered.year,
                source=entered.source,
                published=entered.published,
                rest=entered.rest,
                work=entered.work,
                supplement=bool(supplement),
            )
        except (InvalidInput, Conflict) as refused:
            problems = problems_of(refused)
        else:
            told = ngettext(
                "公布后将重算 {n} 件事项的期限。", "公布后将重算 {n} 件事项的期限。", count
            ).format(n=count)
            return respond(request, view(request, session, typed=typed, recounted=told))
    elif entered is not None:
        try:
            publish_calendar_year(
                application(request),
                session.actor,
                year=entered.year,
                source=entered.source,
                published=entered.published,
                rest=entered.rest,
                work=entered.work,
                supplement=bool(supplement),
            )
        except (InvalidInput, Conflict) as refused:
            problems = problems_of(refused)
        else:
            response = RedirectResponse(f"/admin/calendar?year={entered.year}", status_code=303)
            flash.say(response, "calendar-published", what=str(entered.year))
            return response
    return respond(request, view(request, session, typed=typed, problems=problems), status=422)


def _entered(typed: Mapping[str, str]) -> tuple[CalendarYear | None, tuple[Problem, ...]]:
    """What was typed as a year, or what is wrong with it."""
    problems: list[Problem] = []

    def wrong(name: str, message: str) -> None:
        problems.append(Problem(element_id=name, rule=f"calendar-{name}", message=message))

    days: dict[str, tuple[date, ...]] = {}
    for name in ("rest", "work"):
        try:
            days[name] = parse_days(typed[name])
        except ValueError as fault:
            wrong(
                name,
                _("看不懂这一行：“{line}”，请写成 2027-01-01 或 2027-01-01 至 2027-01-03。").format(
                    line=str(fault)[:60]
                ),
            )
    if not _YEAR.fullmatch(typed["year"].strip()):
        wrong("year", _("请填写四位数的年份。"))
    if not typed["source"].strip():
        wrong("source", _("请填写文件的文号，例如 国办发明电〔2024〕12号。"))
    try:
        published = date.fromisoformat(typed["published"].strip())
    except ValueError:
        wrong("published", _("请填写公布日期，例如 2024-11-12。"))
    if problems:
        return None, tuple(problems)
    return CalendarYear(
        year=int(typed["year"]),
        source=typed["source"].strip(),
        published=published,
        rest=days["rest"],
        work=days["work"],
    ), ()
