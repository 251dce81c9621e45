"""Groups as Camunda's API knows them: each role at a unit is one, ``role@unit``."""

from __future__ import annotations

from dataclasses import dataclass

from engine.model.actor import Actor, Membership
from engine.model.errors import NotFound
from engine.model.people import Person
from engine.model.permissions import Action, DefinitionFacts, require
from engine.service.app import App
from engine.service.identity.list_people import is_staff, people_with_role
from engine.service.identity.set_memberships import set_memberships
from engine.storage.database import UnitOfWork
from engine.storage.identity import people, units
from engine.text import tell


@dataclass(frozen=True, kw_only=True)
class Group:
    """``name``: the unit's and the role's name, as people say it."""

    membership: Membership
    name: str


def list_groups(app: App, actor: Actor) -> tuple[Group, ...]:
    """All roles at units that somebody holds, by unit and role; staff only."""
    with app.database.unit_of_work() as work:
        require(actor, Action.READ_PEOPLE, DefinitionFacts(staff=is_staff(work, actor)))
        roles = {role.key: role.name for role in people.list_roles(work)}
        tree = {unit.key: unit.name for unit in units.list_units(work)}
        held = people.held_groups(work)
    return tuple(
        Group(membership=m, name=f"{tree.get(m.unit, m.unit)}{roles.get(m.role, m.role)}")
        for m in held
    )


def get_group(app: App, actor: Actor, *, group_id: str) -> Group:
    """Raises :class:`NotFound` where there is no such role, or no such unit."""
    membership = _parsed(group_id)
    with app.database.unit_of_work() as work:
        require(actor, Action.READ_PEOPLE, DefinitionFacts(staff=is_staff(work, actor)))
        roles = {role.key: role.name for role in people.list_roles(work)}
        unit = units.get_unit(work, membership.unit)
    if membership.role not in roles or unit is None:
        raise NotFound(what=tell("岗位"), key=group_id)
    return Group(membership=membership, name=f"{unit.name}{roles[membership.role]}")


def group_members(app: App, actor: Actor, *, group_id: str) -> tuple[Person, ...]:
    """The people who hold the role at the unit, by name; staff only."""
    membership = get_group(app, actor, group_id=group_id).membership
    return people_with_role(app, actor, role=membership.role, unit=membership.unit)


def add_to_group(app: App, actor: Actor, *, group_id: str, username: str) -> None:
    """Administrators only; harmless where the person holds it already."""
    _change(app, actor, group_id=group_id, username=username, add=True)


def remove_from_group(app: App, actor: Actor, *, group_id: str, username: str) -> None:
    """Administrators only; harmless where the person does not hold it."""
    _change(app, actor, group_id=group_id, username=username, add=False)


def _change(app: App, actor: Actor, *, group_id: str, username: str, add: bool) -> None:
    require(actor, Action.MANAGE_PEOPLE)
    membership = _parsed(group_id)
    with app.database.unit_of_work() as work:
        person = _person(work, username)
        had = people.memberships_of(work, person.key)
    wanted = had | {membership} if add else had - {membership}
    if wanted != had:
        set_memberships(app, actor, person_key=person.key, memberships=wanted)


def _person(work: UnitOfWork, username: str) -> Person:
    person = people.get_person(work, username=username)
    if person is None:
        raise NotFound(what=tell("人员"), key=username)
    return person


def _parsed(group_id: str) -> Membership:
    membership = Membership.parse(group_id)
    if membership is None:
        raise NotFound(what=tell("岗位"), key=group_id)
    return membership
