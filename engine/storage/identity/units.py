"""The tree of units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from engine.model.errors import Conflict
from engine.model.people import Unit
from engine.storage.database import UnitOfWork
from engine.storage.tables.identity import UNIT
from engine.text import tell

_COLUMNS = (UNIT.c.key, UNIT.c.name, UNIT.c.level, UNIT.c.parent)


def add_unit(work: UnitOfWork, unit: Unit) -> None:
    """Add a unit below its parent; raises :class:`Conflict` where the key is taken."""
    above = sa.select(UNIT.c.path).where(UNIT.c.key == unit.parent).scalar_subquery()
    root = sa.literal([], UNIT.c.path.type)
    added = work.connection.execute(
        postgresql.insert(UNIT)
        .values(
            key=unit.key,
            name=unit.name,
            level=unit.level,
            parent=unit.parent,
            path=sa.func.array_append(above if unit.parent else root, unit.key),
            position=sa.select(
                sa.func.coalesce(sa.func.max(UNIT.c.position), 0) + 1
            ).scalar_subquery(),
        )
        .on_conflict_do_nothing(index_elements=[UNIT.c.key])
        .returning(UNIT.c.key)
    ).one_or_none()
    if added is None:
        raise Conflict(
            what=tell("单位名册"), reason=tell("单位编码“{unit}”已被使用", unit=unit.key)
        )


def get_unit(work: UnitOfWork, key: str) -> Unit | None:
    row = work.connection.execute(sa.select(*_COLUMNS).where(UNIT.c.key == key)).one_or_none()
    return _unit(row) if row else None


def list_units(work: UnitOfWork) -> tuple[Unit, ...]:
    """The whole tree: by level from the top, then in the order in which units were added."""
    rows = work.connection.execute(
        sa.select(*_COLUMNS).order_by(sa.func.cardinality(UNIT.c.path), UNIT.c.position)
    )
    return tuple(_unit(row) for row in rows)


def ancestor_on_level(work: UnitOfWork, key: str, level: str) -> Unit | None:
    """The unit itself or the one above it that is of this level; None where there is none."""
    below = UNIT.alias()
    row = work.connection.execute(
        sa.select(*_COLUMNS)
        .join(below, UNIT.c.key == sa.func.any(below.c.path))
        .where(below.c.key == key, UNIT.c.level == level)
    ).one_or_none()
    return _unit(row) if row else None


def keys_below(work: UnitOfWork, key: str) -> tuple[str, ...]:
    """The unit itself and all below it."""
    rows = work.hot("select key from unit where path @> array[%s::text]", [key])
    return tuple(found for (found,) in rows)


def with_children(work: UnitOfWork, keys: Sequence[str]) -> tuple[Unit, ...]:
    """These units and those right below them, from the top."""
    rows = work.connection.execute(
        sa.select(*_COLUMNS)
        .where(sa.or_(UNIT.c.key.in_(keys), UNIT.c.parent.in_(keys)))
        .order_by(sa.func.cardinality(UNIT.c.path), UNIT.c.position)
        .limit(200)
    )
    return tuple(_unit(row) for row in rows)


def _unit(row: Any) -> Unit:
    return Unit(key=row.key, name=row.name, level=row.level, parent=row.parent)
