"""A person's inbox: what waits for him, what he may take, what he has done."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Literal, TypeAlias, TypeVar

from engine.model.actor import Actor
from engine.model.errors import InvalidInput
from engine.model.filters import Due
from engine.model.keys import Key
from engine.model.page import Page
from engine.model.people import Unit
from engine.model.problems import Problem
from engine.model.records import UserTask
from engine.service.app import App
from engine.service.cases.pages import InboxCounts
from engine.service.tasks.get_task import lit_all
from engine.service.tasks.outcome_words import worded
from engine.storage.database import UnitOfWork
from engine.storage.identity import units
from engine.storage.instances import pins
from engine.storage.worklists import inbox as lists
from engine.storage.worklists import tasks
from engine.storage.worklists.desk import Count, counts
from engine.storage.worklists.inbox import COUNT_CAP, Narrowing, Worker
from engine.text import tell

T = TypeVar("T")

View = Literal["todo", "claimable", "done"]
Sort = Literal["due", "oldest", "created", "priority", "ended"]

#: What ``as_worker`` says; faces only hand it on.
ListOwner: TypeAlias = Worker

#: “Soon” means within so many days.
SOON_DAYS = 7
LARGEST_PAGE = 100

#: A priority above this is urgent (加急); 50 is the usual one.
URGENT_FROM = 51


def inbox(
    app: App,
    actor: Actor,
    *,
    view: View = "todo",
    search: str = "",
    process_id: str | None = None,
    due: Due | None = None,
    unit: str | None = None,
    step: str | None = None,
    urgent: bool = False,
    sort: Sort = "due",
    cursor: str | None = None,
    limit: int = 20,
    worker: Worker | None = None,
) -> Page[UserTask]:
    """A page of user tasks.

    ``todo``: assigned to the actor or his to take; ``claimable``: the latter only; ``done``: what
    he completed, the latest first. ``search``: words in the case's number, title, applicant or
    searchable data; ``unit``: the case's, or one above it; ``step``: the task's name. ``total`` is
    exact below 100. ``worker``: what ``as_worker`` said, where several lists are asked for.
    """
    with app.database.unit_of_work() as work:
        asked = _Asked(
            app=app,
            worker=worker or worker_of(work, actor),
            own=view == "todo",
            search=search.strip(),
            narrowing=replace(
                _narrowing(app, process_id, due),
                units=units.keys_below(work, unit) if unit else None,
                step=step or None,
                priority_from=URGENT_FROM if urgent else None,
            ),
            sort=sort,
            limit=max(1, min(limit, LARGEST_PAGE)),
            cursor=cursor,
        )
        if view == "done":
            return asked.done(work)
        if asked.search or sort in {"oldest", "created", "priority"}:
            return asked.otherwise(work)
        return asked.by_due(work)


def as_worker(app: App, actor: Actor) -> ListOwner:
    """Whose lists they are, for pages that show several: asked once."""
    with app.database.unit_of_work() as work:
        return worker_of(work, actor)


def inbox_counts(app: App, actor: Actor, *, worker: Worker | None = None) -> InboxCounts:
    """What waits for the actor, each counted up to 100."""
    now = app.now()
    midnight = _midnight(app, 1)
    with app.database.unit_of_work() as work:
        todo, claimable, overdue, due_today = counts(
            work,
            worker or worker_of(work, actor),
            (
                Count(),
                Count(own=False),
                Count(narrowing=Narrowing(due_before=now)),
                Count(narrowing=Narrowing(due_from=now, due_before=midnight)),
            ),
        )
    return InboxCounts(todo=todo, claimable=claimable, overdue=overdue, due_today=due_today)


def inbox_services(
    app: App, actor: Actor, *, worker: Worker | None = None
) -> tuple[tuple[str, str], ...]:
    """(process id, name) of the services of which something waits for the actor."""
    with app.database.unit_of_work() as work:
        return lists.services(work, worker or worker_of(work, actor))


def inbox_steps(app: App, process_id: str) -> tuple[str, ...]:
    """Names of the steps that people do in a service, as its latest version has them."""
    with app.database.unit_of_work() as work:
        process = pins.latest_process(work, process_id)
        if process is None:
            return ()
        definition = app.bundles.definition(work, process)
    names = (e.name or e.id for e in definition.elements if e.type == "userTask")
    return tuple(dict.fromkeys(names))


def inbox_units(app: App, actor: Actor) -> tuple[Unit, ...]:
    """The units by which a list can be narrowed: the actor's own and those right below them."""
    own = sorted({membership.unit for membership in actor.memberships})
    if not own:
        return ()
    with app.database.unit_of_work() as work:
        return units.with_children(work, own)


@dataclass(frozen=True, kw_only=True)
class _Asked:
    app: App
    worker: Worker
    own: bool
    search: str
    narrowing: Narrowing
    sort: Sort
    limit: int
    cursor: str | None

    def by_due(self, work: UnitOfWork) -> Page[UserTask]:
        """The usual list: index walks only, paged by the last row of the page before."""
        narrowing = self.narrowing
        if self.cursor:
            narrowing = replace(narrowing, after=_read_cursor(self.cursor, _due_cursor))
        rows = lists.walk(
            work, self.worker, narrowing, own=self.own, claimable=True, limit=self.limit + 1
        )
        shown = rows[: self.limit]
        cursor = None
        if len(rows) > self.limit:
            key, due_at = shown[-1]
            cursor = _cursor(f"{due_at.isoformat() if due_at else ''}|{key}")
        return self._page(work, [key for key, _ in shown], cursor)

    def otherwise(self, work: UnitOfWork) -> Page[UserTask]:
        offset = _read_cursor(self.cursor, _natural) if self.cursor else 0
        if self.search:
            keys = lists.found(
                work,
                self.worker,
                self.narrowing,
                text=self.search,
                own=self.own,
                claimable=True,
                order=self.sort if self.sort in lists.ORDERS else "due",
                limit=self.limit + 1,
                offset=offset,
            )
        else:
            keys = lists.ordered(
                work,
                self.worker,
                self.narrowing,
                own=self.own,
                claimable=True,
                order=self.sort if self.sort in lists.ORDERS else "due",
                limit=self.limit + 1,
                offset=offset,
            )
        return self._by_offset(work, keys, offset)

    def done(self, work: UnitOfWork) -> Page[UserTask]:
        offset = _read_cursor(self.cursor, _natural) if self.cursor else 0
        keys = lists.done(
            work,
            self.worker,
            process_id=self.narrowing.process_id,
            text=self.search,
            units=self.narrowing.units,
            limit=self.limit + 1,
            offset=offset,
        )
        return self._by_offset(work, keys, offset)

    def _by_offset(self, work: UnitOfWork, keys: tuple[Key, ...], offset: int) -> Page[UserTask]:
        more = len(keys) > self.limit
        return self._page(
            work,
            list(keys[: self.limit]),
            _cursor(str(offset + self.limit)) if more else None,
            total=offset + len(keys),
            capped=more,
        )

    def _page(
        self,
        work: UnitOfWork,
        keys: list[Key],
        cursor: str | None,
        *,
        total: int | None = None,
        capped: bool = False,
    ) -> Page[UserTask]:
        if total is None:
            total = len(keys)
            if cursor or self.cursor:
                total = lists.count(work, self.worker, self.narrowing, own=self.own, claimable=True)
            capped = total >= COUNT_CAP
        return Page(
            items=lit_all(self.app, worded(self.app, work, tasks.tasks_by_keys(work, keys))),
            total=total,
            total_capped=capped,
            end_cursor=cursor,
        )


def worker_of(work: UnitOfWork, actor: Actor) -> Worker:
    """The actor as the lists of work know him: with whom he stands in for, and without the cases
    that he must keep away from."""
    return lists.worker(
        work, actor.username, sorted(actor.memberships, key=lambda m: (m.role, m.unit))
    )


def _narrowing(app: App, process_id: str | None, due: Due | None) -> Narrowing:
    now = app.now()
    match due:
        case "overdue":
            return Narrowing(process_id=process_id, due_before=now)
        case "today":
            return Narrowing(process_id=process_id, due_from=now, due_before=_midnight(app, 1))
        case "soon":
            until = _midnight(app, SOON_DAYS + 1)
            return Narrowing(process_id=process_id, due_from=now, due_before=until)
        case _:
            return Narrowing(process_id=process_id)


def _midnight(app: App, days: int) -> datetime:
    """The beginning of the day that lies so many days ahead, where the bureau is."""
    day = app.local_now().date() + timedelta(days=days)
    return datetime.combine(day, time(), app.settings.timezone)


def _due_cursor(text: str) -> tuple[datetime | None, Key]:
    due_at, _, key = text.partition("|")
    moment = datetime.fromisoformat(due_at) if due_at else None
    if moment is not None and moment.tzinfo is None:
        raise ValueError(text)
    return moment, Key(_natural(key))


def _natural(text: str) -> int:
    number = int(text)
    if not 0 <= number < 1 << 63:
        raise ValueError(text)
    return number


def _cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(text: str, read: Callable[[str], T]) -> T:
    try:
        padded = text + "=" * (-len(text) % 4)
        return read(base64.b64decode(padded, altchars=b"-_", validate=True).decode())
    except (ValueError, binascii.Error):
        raise InvalidInput(
            problems=(
                Problem(
                    element_id="cursor", rule="cursor", message=tell("页码已失效，请从第一页看起。")
                ),
            )
        ) from None
