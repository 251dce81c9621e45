"""Find people, and what they are."""

from __future__ import annotations

from collections.abc import Mapping

from engine.model.actor import Actor, Membership
from engine.model.errors import NotFound
from engine.model.keys import Key
from engine.model.page import Page
from engine.model.people import Person
from engine.model.permissions import Action, DefinitionFacts, require
from engine.model.search import Condition, Query, Window
from engine.service.app import App
from engine.storage.database import UnitOfWork
from engine.storage.identity import people
from engine.text import tell


def search_people(app: App, actor: Actor, *, query: Query) -> Page[Person]:
    """Staff only. Fields as in ``storage.people.search_people``."""
    with app.database.unit_of_work() as work:
        _require_staff(work, actor)
        return people.search_people(work, query)


def list_people(
    app: App,
    actor: Actor,
    *,
    search: str = "",
    unit: str | None = None,
    role: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Person]:
    """People whose name, user name or phone holds ``search``, at a unit, with a role."""
    given = {"search": search.strip() or None, "unit": unit, "role": role}
    conditions = tuple(
        Condition(field=field, value=value) for field, value in given.items() if value is not None
    )
    query = Query(conditions=conditions, window=Window(limit=limit, after=cursor))
    return search_people(app, actor, query=query)


def get_person(
    app: App, actor: Actor, *, key: Key | None = None, username: str | None = None
) -> Person:
    """One person, by key or user name; oneself is always found. Raises :class:`NotFound`."""
    with app.database.unit_of_work() as work:
        if key != actor.key and username != actor.username:
            _require_staff(work, actor)
        person = people.get_person(work, key=key, username=username)
    if person is None:
        raise NotFound(what=tell("人员"), key=str(key if key is not None else username))
    return person


def memberships_of(app: App, actor: Actor, *, key: Key) -> frozenset[Membership]:
    return frozenset(memberships_by_person(app, actor, keys=(key,))[key])


def memberships_by_person(
    app: App, actor: Actor, *, keys: tuple[Key, ...]
) -> Mapping[Key, tuple[Membership, ...]]:
    """What each of the people holds; one's own, or as staff everybody's."""
    with app.database.unit_of_work() as work:
        if set(keys) != {actor.key}:
            _require_staff(work, actor)
        return people.memberships_by_person(work, keys)


def people_with_role(
    app: App, actor: Actor, *, role: str, unit: str | None = None
) -> tuple[Person, ...]:
    """Active people who hold the role (at the unit), by name; staff only."""
    with app.database.unit_of_work() as work:
        _require_staff(work, actor)
        return people.people_with_role(work, role, unit=unit)


def is_staff(work: UnitOfWork, actor: Actor) -> bool:
    """Whether the actor holds a role inside the administration."""
    return actor.administrator or people.holds_staff_role(work, {m.role for m in actor.memberships})


def _require_staff(work: UnitOfWork, actor: Actor) -> None:
    require(actor, Action.READ_PEOPLE, DefinitionFacts(staff=is_staff(work, actor)))
