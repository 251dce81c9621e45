"""Entering the State Council's calendar for a year."""

from __future__ import annotations

from datetime import date

import pytest

from engine.calendar import Unpublished
from engine.model.actor import SYSTEM
from engine.model.errors import Conflict, Forbidden, InvalidInput
from engine.service.app import App
from engine.service.clock.calendar_years import list_calendar_years, load, publish_calendar_year
from engine.service.clock.calendars import FRESH, Calendars
from engine.storage.database import Database
from tests.service.people import actor, furnish, person

REST = (date(2027, 1, 1), date(2027, 2, 6), date(2027, 2, 7), date(2027, 2, 8))
WORK = (date(2027, 2, 14),)


def enter(app: App, year: int = 2027, **changes: object) -> None:
    values = {
        "source": "国办发明电〔2026〕9号",
        "published": date(2026, 11, 5),
        "rest": REST,
        "work": WORK,
        **changes,
    }
    publish_calendar_year(app, SYSTEM, year=year, **values)  # type: ignore[arg-type]


def test_a_new_year_makes_deadlines_countable(app: App) -> None:
    before = load(app.database)
    assert isinstance(before.add_working_days(date(2026, 12, 31), 5), Unpublished)
    enter(app)
    for calendar in (load(app.database), app.calendars.current):
        assert calendar.is_working_day(date(2027, 2, 8)) is False
        assert calendar.is_working_day(date(2027, 2, 14)) is True
        assert calendar.add_working_days(date(2026, 12, 31), 5) == date(2027, 1, 8)


def test_the_years_are_listed(app: App) -> None:
    enter(app)
    years = {year.year: year for year in list_calendar_years(app, SYSTEM)}
    assert {2025, 2026, 2027} <= set(years)
    assert (years[2027].rest, years[2027].work) == (REST, WORK)
    assert date(2025, 1, 26) in years[2025].work
    assert len([d for d in years[2025].rest if d.month == 10]) == 8


def test_a_year_is_entered_once(app: App) -> None:
    with pytest.raises(Conflict, match="2026"):
        enter(app, year=2026, rest=(date(2026, 1, 1),), work=())
    enter(app)
    with pytest.raises(Conflict):
        enter(app)


@pytest.mark.parametrize(
    "changes",
    [
        {"rest": ()},
        {"source": " "},
        {"source": "x" * 200},
        {"work": (date(2027, 2, 10),)},
        {"work": (REST[0],)},
        {"rest": (date(2031, 1, 1),)},
    ],
)
def test_what_cannot_be_is_refused(app: App, changes: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        enter(app, **changes)
    with pytest.raises(InvalidInput):
        enter(app, year=1999)
    assert 2027 not in {year.year for year in list_calendar_years(app, SYSTEM)}


def test_only_administrators_enter_it(app: App) -> None:
    furnish(app)
    person(app, "jiedao", "street-clerk@weicheng-xiguan")
    with pytest.raises(Forbidden):
        publish_calendar_year(
            app,
            actor(app, "jiedao"),
            year=2027,
            source="x",
            published=date(2026, 11, 5),
            rest=REST,
            work=WORK,
        )


def test_another_process_sees_it_within_a_minute(app: App) -> None:
    """And a process that starts later sees it at once."""
    now = 0.0
    elsewhere = Calendars(app.database, monotonic=lambda: now)
    day = date(2027, 2, 14)
    assert elsewhere.current.is_working_day(day) is None
    enter(app)
    assert elsewhere.current.is_working_day(day) is None
    now += FRESH
    assert elsewhere.current.is_working_day(day) is True
    assert Calendars(app.database).current.is_working_day(day) is True


def test_without_its_database_a_process_goes_on_with_what_it_knows(app: App) -> None:
    gone = Database("postgresql://nobody@127.0.0.1:1/none")
    assert Calendars(gone).current.is_working_day(date(2025, 1, 26)) is True
