"""Change what is known of a person, close or reopen an account, make an administrator."""

from __future__ import annotations

from typing import Any

from engine.model.actor import Actor
from engine.model.errors import Conflict, NotFound
from engine.model.keys import Key
from engine.model.people import Person
from engine.model.permissions import Action, require
from engine.service.acting import acting
from engine.service.app import App
from engine.service.identity.create_person import check_person
from engine.storage.database import UnitOfWork
from engine.storage.history import acts
from engine.storage.identity import people, sessions
from engine.text import tell


def update_person(
    app: App,
    actor: Actor,
    *,
    person_key: Key,
    name: str | None = None,
    phone: str | None = None,
    email: str | None = None,
    active: bool | None = None,
    administrator: bool | None = None,
) -> Person:
    """Administrators only; what is None stays. Closing an account ends its sessions.

    Raises :class:`NotFound`, :class:`InvalidInput`, and :class:`Conflict` where no administrator
    would be left.
    """
    check_person(name=name, phone=phone, email=email)
    given = {
        "name": name,
        "phone": phone,
        "email": email,
        "active": active,
        "administrator": administrator,
    }
    changes: dict[str, Any] = {field: value for field, value in given.items() if value is not None}
    with acting(app, actor) as (work, me):
        require(me, Action.MANAGE_PEOPLE)
        if active is False or administrator is False:
            _keep_an_administrator(work, person_key)
        person = people.update_person(work, person_key, **changes) if changes else None
        person = person or people.get_person(work, key=person_key)
        if person is None:
            raise NotFound(what=tell("人员"), key=str(person_key))
        if active is False:
            sessions.close_sessions_of(work, person_key, now=app.now(), because="account-closed")
        acts.record(
            work,
            stream="people",
            actor=me,
            kind="update-person",
            facts={
                "person": str(person_key),
                "changed": sorted(changes),
                **{k: v for k, v in changes.items() if k in {"active", "administrator"}},
            },
            at=app.now(),
        )
        work.commit()
    app.directory.forget()
    return person


def _keep_an_administrator(work: UnitOfWork, person_key: Key) -> None:
    if people.lock_administrators(work) == {person_key}:
        raise Conflict(what=tell("管理员名单"), reason=tell("至少要保留一位启用的管理员"))
