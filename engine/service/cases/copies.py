"""What was copied to somebody to read (抄送我的), and who has read a case's copies (已阅)."""

from __future__ import annotations

from dataclasses import replace

from engine.model.actor import Actor
from engine.model.copies import CarbonCopy, CopiedCase, Reader, Urge
from engine.model.errors import NotFound
from engine.model.keys import Key
from engine.model.page import Page
from engine.model.permissions import Action, DefinitionFacts, require
from engine.model.search import Window
from engine.service.acting import acting
from engine.service.app import App
from engine.service.cases.case_access import may_see_case, viewer
from engine.service.cases.get_case import lit
from engine.service.identity.list_people import is_staff
from engine.storage.database import UnitOfWork
from engine.storage.instances import cases, copies, urges
from engine.storage.instances.cases import Relation
from engine.text import tell

_LARGEST = 100


def copied_cases(
    app: App,
    actor: Actor,
    *,
    unread: bool | None = None,
    search: str = "",
    cursor: str | None = None,
    limit: int = 20,
) -> Page[CopiedCase]:
    """The cases copied to the actor, the last one first; ``search``: in number, title, applicant."""
    with app.database.unit_of_work() as work:
        found = copies.copies_to(
            work,
            actor.username,
            unread=unread,
            search=search,
            window=Window(limit=max(1, min(limit, _LARGEST)), after=cursor),
        )
    items = tuple(replace(each, case=lit(app, each.case)) for each in found.items)
    return replace(found, items=items)


def unread_copies(app: App, actor: Actor) -> int:
    """How many the actor has not looked at, counted up to 100 (shown as 99+)."""
    with app.database.unit_of_work() as work:
        return copies.unread_of(work, actor.username)


def case_copies(app: App, actor: Actor, *, key: Key) -> tuple[CarbonCopy, ...]:
    """A case's copies: all of them for those who handle it and administrators, else those that the
    actor made or was sent. Raises NotFound, also where the case is none of his business."""
    with app.database.unit_of_work() as work:
        sees = viewer(work, actor)
        if not may_see_case(work, actor, key, sees=sees):
            raise NotFound(what=tell("事项"), key=str(key))
        return shown(work, actor, key, cases.relation(work, sees, key))


def shown(work: UnitOfWork, actor: Actor, key: Key, related: Relation) -> tuple[CarbonCopy, ...]:
    """The same in the caller's unit of work."""
    found = copies.copies_of(work, key)
    if actor.administrator or related.handles:
        return found
    return tuple(c for c in found if actor.username in {c.username, c.copied_by})


def readers_to_choose(app: App, actor: Actor, *, search: str = "") -> tuple[Reader, ...]:
    """The staff to whom a case could be copied, by name, at most 200; for staff only."""
    with app.database.unit_of_work() as work:
        require(actor, Action.READ_PEOPLE, DefinitionFacts(staff=is_staff(work, actor)))
        found = copies.staff(work, search=search.strip()[:100])
    return tuple(reader for reader in found if reader.username != actor.username)


def case_urges(app: App, actor: Actor, *, key: Key) -> tuple[Urge, ...]:
    """Who pressed for the case, for whoever may see it. Raises NotFound."""
    with app.database.unit_of_work() as work:
        if not may_see_case(work, actor, key):
            raise NotFound(what=tell("事项"), key=str(key))
        return urges.urges_of(work, key)


def read_copy(app: App, actor: Actor, *, key: Key) -> bool:
    """Tick off the actor's copy of this case (``key`` is the case's); False: there was nothing."""
    with acting(app, actor) as (work, me):
        done = copies.mark_read(work, username=me.username, instance_key=key, now=app.now())
        work.commit()
    return done
