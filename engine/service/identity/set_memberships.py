"""Say which roles a person holds, and at which units."""

from __future__ import annotations

from collections.abc import Collection

from engine.model.actor import Actor, Membership
from engine.model.errors import InvalidInput, NotFound
from engine.model.keys import Key
from engine.model.permissions import Action, require
from engine.model.problems import Problem
from engine.service.acting import acting
from engine.service.app import App
from engine.storage.database import UnitOfWork
from engine.storage.history import acts
from engine.storage.identity import people, units
from engine.text import tell


def set_memberships(
    app: App, actor: Actor, *, person_key: Key, memberships: Collection[Membership]
) -> frozenset[Membership]:
    """Administrators only. From the commit on, every write of the person is judged by these.

    Raises :class:`InvalidInput` for a role or unit that does not exist, or that do not go
    together (a street's role at a county), and :class:`NotFound`.
    """
    wanted = frozenset(memberships)
    with acting(app, actor) as (work, me):
        require(me, Action.MANAGE_PEOPLE)
        if people.get_person(work, key=person_key) is None:
            raise NotFound(what=tell("人员"), key=str(person_key))
        _check(work, wanted)
        had = people.memberships_of(work, person_key)
        people.replace_memberships(work, person_key, wanted, now=app.now())
        acts.record(
            work,
            stream="roles",
            actor=me,
            kind="set-memberships",
            facts={
                "person": str(person_key),
                "given": sorted(map(str, wanted - had)),
                "taken": sorted(map(str, had - wanted)),
            },
            at=app.now(),
        )
        work.commit()
    app.directory.forget()
    return wanted


def _check(work: UnitOfWork, memberships: Collection[Membership]) -> None:
    roles = {role.key: role for role in people.list_roles(work)}
    tree = {unit.key: unit for unit in units.list_units(work)}
    problems = []
    for membership in sorted(memberships, key=str):
        role, unit = roles.get(membership.role), tree.get(membership.unit)
        if role is None:
            message = tell("没有“{role}”这个角色。", role=membership.role)
        elif unit is None:
            message = tell("没有“{unit}”这个单位。", unit=membership.unit)
        elif role.level is not None and role.level != unit.level:
            message = tell("角色“{role}”不能设在“{unit}”这一级。", role=role.name, unit=unit.name)
        else:
            continue
        problems.append(Problem(element_id=str(membership), rule="membership", message=message))
    if problems:
        raise InvalidInput(problems=tuple(problems))
