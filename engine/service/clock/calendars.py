"""The State Council's calendar as this process knows it: the shipped years and those entered since."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock

from engine.calendar import (
    Calendar,
    from_tables,
    shipped_calendar,
    shipped_statutory,
    shipped_tables,
)
from engine.storage.clock import calendar_notices
from engine.storage.clock.calendar_notices import EnteredNotice
from engine.storage.database import Database, UnitOfWork

_LOG = logging.getLogger(__name__)

#: So many seconds may pass until this process sees a year that another one published.
FRESH = 60.0


def calendar_of(work: UnitOfWork, *, besides: EnteredNotice | None = None) -> Calendar:
    """The calendar in force; raises CalendarError where the notices contradict one another.

    ``besides``: as it was without this notice.
    """
    tables = [*shipped_tables(), *calendar_notices.all_notices(work, besides=besides)]
    return from_tables(tables, statutory=shipped_statutory())


class Calendars:
    """Holds the calendar in force, looked up again now and then; without a database: the shipped."""

    def __init__(
        self, database: Database | None = None, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._calendar = shipped_calendar()
        self._database = database
        self._monotonic = monotonic
        self._looked_at = -FRESH
        self._looking = Lock()
        self._instead: ContextVar[Calendar | None] = ContextVar("calendar", default=None)

    @property
    def current(self) -> Calendar:
        instead = self._instead.get()
        if instead is not None:
            return instead
        if self._database is not None and self._monotonic() - self._looked_at >= FRESH:
            self._look(self._database)
        return self._calendar

    def replace(self, calendar: Calendar) -> None:
        """Take this one at once: it was just published here."""
        self._calendar = calendar

    @contextmanager
    def as_if(self, calendar: Calendar) -> Iterator[None]:
        """Within it this thread counts by the given calendar."""
        token = self._instead.set(calendar)
        try:
            yield
        finally:
            self._instead.reset(token)

    def _look(self, database: Database) -> None:
        """One thread asks; the others go on with what there is. A fault leaves it as it was."""
        if not self._looking.acquire(blocking=False):
            return
        try:
            self._looked_at = self._monotonic()
            with database.unit_of_work() as work:
                self._calendar = calendar_of(work)
        except Exception as error:  # noqa: BLE001 - whatever it is, deadlines are still counted
            _LOG.warning("工作日历暂时无法读取，继续使用已知的：%s", type(error).__name__)
        finally:
            self._looking.release()
