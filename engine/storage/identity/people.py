"""People, their roles at units, and the roles that exist."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from engine.model.actor import Membership
from engine.model.errors import Conflict
from engine.model.keys import Key
from engine.model.page import Page
from engine.model.people import Person, Role
from engine.model.search import Condition, Order, Query
from engine.storage.database import UnitOfWork, next_key
from engine.storage.search import Search, compare
from engine.storage.tables.identity import MEMBERSHIP, PERSON, ROLE
from engine.text import tell

_PERSON_COLUMNS = (
    PERSON.c.key,
    PERSON.c.username,
    PERSON.c.name,
    PERSON.c.phone,
    PERSON.c.email,
    PERSON.c.active,
    PERSON.c.administrator,
)


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """What log-in compares with. ``password_hash`` None: the person cannot log in."""

    person: Person
    password_hash: str | None


def add_person(
    work: UnitOfWork,
    *,
    username: str,
    name: str,
    phone: str,
    email: str,
    administrator: bool,
    password_hash: str | None,
    now: datetime,
) -> Person:
    """Raises :class:`Conflict` where the username is taken."""
    key = next_key(work)
    added = work.connection.execute(
        postgresql.insert(PERSON)
        .values(
            key=key,
            username=username,
            name=name,
            phone=phone,
            email=email,
            administrator=administrator,
            password_hash=password_hash,
            password_changed_at=now if password_hash else None,
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=[PERSON.c.username])
        .returning(*_PERSON_COLUMNS)
    ).one_or_none()
    if added is None:
        raise Conflict(
            what=tell("人员名册"), reason=tell("用户名“{username}”已被使用", username=username)
        )
    return _person(added)


def update_person(work: UnitOfWork, key: Key, **values: Any) -> Person | None:
    """Change some of a person's columns; None where there is no such person."""
    row = work.connection.execute(
        sa.update(PERSON).where(PERSON.c.key == key).values(**values).returning(*_PERSON_COLUMNS)
    ).one_or_none()
    return _person(row) if row else None


def set_password(work: UnitOfWork, key: Key, password_hash: str, *, now: datetime) -> None:
    update_person(work, key, password_hash=password_hash, password_changed_at=now)


def credentials(
    work: UnitOfWork, *, username: str | None = None, key: Key | None = None
) -> Credentials | None:
    which = PERSON.c.username == username if key is None else PERSON.c.key == key
    row = work.connection.execute(
        sa.select(*_PERSON_COLUMNS, PERSON.c.password_hash).where(which)
    ).one_or_none()
    return Credentials(person=_person(row), password_hash=row.password_hash) if row else None


def get_person(
    work: UnitOfWork, *, key: Key | None = None, username: str | None = None
) -> Person | None:
    which = PERSON.c.username == username if key is None else PERSON.c.key == key
    row = work.connection.execute(sa.select(*_PERSON_COLUMNS).where(which)).one_or_none()
    return _person(row) if row else None


def lock_administrators(work: UnitOfWork) -> frozenset[Key]:
    """The active administrators, none of whom may cease to be one until the commit."""
    rows = work.connection.execute(
        sa.select(PERSON.c.key)
        .where(PERSON.c.administrator, PERSON.c.active)
        .order_by(PERSON.c.key)
        .with_for_update()
    )
    return frozenset(Key(key) for (key,) in rows)


def search_people(work: UnitOfWork, query: Query) -> Page[Person]:
    """Fields: ``userKey``, ``username``, ``name``, ``email``, ``active``, ``unit``, ``role``, and
    ``search`` (in name or username, any letters)."""
    return _SEARCH.page(work, sa.select(*_PERSON_COLUMNS), query, _person)


def people_with_role(work: UnitOfWork, role: str, *, unit: str | None = None) -> tuple[Person, ...]:
    """Active people who hold the role (at the unit), by name."""
    at_unit = MEMBERSHIP.c.unit == unit if unit is not None else sa.true()
    holders = sa.select(MEMBERSHIP.c.person_key).where(MEMBERSHIP.c.role == role, at_unit)
    rows = work.connection.execute(
        sa.select(*_PERSON_COLUMNS)
        .where(PERSON.c.key.in_(holders), PERSON.c.active)
        .order_by(PERSON.c.name, PERSON.c.key)
    )
    return tuple(_person(row) for row in rows)


def memberships_of(work: UnitOfWork, person: Key) -> frozenset[Membership]:
    rows = work.connection.execute(
        sa.select(MEMBERSHIP.c.role, MEMBERSHIP.c.unit).where(MEMBERSHIP.c.person_key == person)
    )
    return frozenset(Membership(role=role, unit=unit) for role, unit in rows)


def memberships_by_person(
    work: UnitOfWork, people: Collection[Key]
) -> Mapping[Key, tuple[Membership, ...]]:
    """The memberships of several people at once, by role and unit."""
    rows = work.connection.execute(
        sa.select(MEMBERSHIP.c.person_key, MEMBERSHIP.c.role, MEMBERSHIP.c.unit)
        .where(MEMBERSHIP.c.person_key.in_(people))
        .order_by(MEMBERSHIP.c.role, MEMBERSHIP.c.unit)
    )
    found: dict[Key, tuple[Membership, ...]] = dict.fromkeys(people, ())
    for key, role, unit in rows:
        found[Key(key)] = (*found[Key(key)], Membership(role=role, unit=unit))
    return found


def replace_memberships(
    work: UnitOfWork, person: Key, memberships: Collection[Membership], *, now: datetime
) -> None:
    """Make these the person's memberships; those he keeps stay as they are."""
    wanted = {(m.role, m.unit) for m in memberships}
    had = {(m.role, m.unit) for m in memberships_of(work, person)}
    for role, unit in had - wanted:
        work.connection.execute(
            sa.delete(MEMBERSHIP).where(
                MEMBERSHIP.c.person_key == person,
                MEMBERSHIP.c.role == role,
                MEMBERSHIP.c.unit == unit,
            )
        )
    new = [
        {"person_key": person, "role": role, "unit": unit, "since": now}
        for role, unit in sorted(wanted - had)
    ]
    if new:
        work.connection.execute(sa.insert(MEMBERSHIP), new)


def add_role(work: UnitOfWork, role: Role) -> None:
    """Add a role, or give the one of that key a new name."""
    insert = postgresql.insert(ROLE).values(
        key=role.key,
        name=role.name,
        level=role.level,
        position=sa.select(sa.func.coalesce(sa.func.max(ROLE.c.position), 0) + 1).scalar_subquery(),
    )
    work.connection.execute(
        insert.on_conflict_do_update(
            index_elements=[ROLE.c.key], set_={"name": role.name, "level": role.level}
        )
    )


def list_roles(work: UnitOfWork) -> tuple[Role, ...]:
    rows = work.connection.execute(
        sa.select(ROLE.c.key, ROLE.c.name, ROLE.c.level).order_by(ROLE.c.position, ROLE.c.key)
    )
    return tuple(Role(key=key, name=name, level=level) for key, name, level in rows)


def holds_staff_role(work: UnitOfWork, roles: Collection[str]) -> bool:
    """Whether one of the roles is one inside the administration (it has a level)."""
    return work.connection.execute(
        sa.select(sa.exists().where(ROLE.c.key.in_(roles), ROLE.c.level.is_not(None)))
    ).scalar_one()


def _person(row: Any) -> Person:
    return Person(
        key=Key(row.key),
        username=row.username,
        name=row.name,
        phone=row.phone,
        email=row.email,
        active=row.active,
        administrator=row.administrator,
    )


def _member(condition: Condition) -> sa.ColumnElement[bool]:
    column = MEMBERSHIP.c.unit if condition.field == "unit" else MEMBERSHIP.c.role
    return PERSON.c.key.in_(sa.select(MEMBERSHIP.c.person_key).where(compare(column, condition)))


def _anywhere(condition: Condition) -> sa.ColumnElement[bool]:
    text = str(condition.value).strip()
    return sa.or_(
        *(
            column.icontains(text, autoescape=True)
            for column in (PERSON.c.name, PERSON.c.username, PERSON.c.phone)
        )
    )


_SEARCH = Search(
    fields={
        "userKey": PERSON.c.key,
        "username": PERSON.c.username,
        "name": PERSON.c.name,
        "email": PERSON.c.email,
        "active": PERSON.c.active,
        "administrator": PERSON.c.administrator,
    },
    key=PERSON.c.key,
    special={"unit": _member, "role": _member, "search": _anywhere},
    usual_order=(Order(field="username"),),
)


def held_groups(work: UnitOfWork) -> tuple[Membership, ...]:
    """Every role at a unit that somebody holds, by unit and role."""
    rows = work.connection.execute(
        sa.select(MEMBERSHIP.c.role, MEMBERSHIP.c.unit)
        .distinct()
        .order_by(MEMBERSHIP.c.unit, MEMBERSHIP.c.role)
    )
    return tuple(Membership(role=role, unit=unit) for role, unit in rows)
