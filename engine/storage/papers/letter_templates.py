"""Versions of letter templates, each in force from a day on."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from engine.model.actor import Actor
from engine.model.keys import Key
from engine.model.letters import Template, TemplateState, TemplateVersion
from engine.storage.database import UnitOfWork, next_key
from engine.storage.tables.letters import LETTER_TEMPLATE

_T = LETTER_TEMPLATE.c
_TEXTS = ("series", "title", "outcome", "addressee", "body", "remedy", "unit")


def in_force(work: UnitOfWork, template_id: str, day: date) -> TemplateVersion | None:
    """The published version of the template that holds on that day."""
    row = work.connection.execute(
        sa.select(LETTER_TEMPLATE)
        .where(
            _T.template_id == template_id,
            _T.state == TemplateState.PUBLISHED,
            _T.effective_from <= day,
        )
        .order_by(_T.effective_from.desc(), _T.version.desc())
        .limit(1)
    ).one_or_none()
    return _version(row) if row else None


def versions(work: UnitOfWork, template_id: str | None = None) -> tuple[TemplateVersion, ...]:
    """All versions, by template, the newest first; discarded ones too."""
    query = sa.select(LETTER_TEMPLATE).order_by(_T.template_id, _T.version.desc())
    if template_id is not None:
        query = query.where(_T.template_id == template_id)
    return tuple(_version(row) for row in work.connection.execute(query))


def published_ids(work: UnitOfWork) -> frozenset[str]:
    """Templates of which a version was published, in force yet or not."""
    published = LETTER_TEMPLATE.c.state == TemplateState.PUBLISHED
    return frozenset(
        work.connection.execute(
            sa.select(LETTER_TEMPLATE.c.template_id).where(published).distinct()
        ).scalars()
    )


def get(work: UnitOfWork, key: Key, *, lock: bool = False) -> TemplateVersion | None:
    query = sa.select(LETTER_TEMPLATE).where(_T.key == key)
    row = work.connection.execute(query.with_for_update() if lock else query).one_or_none()
    return _version(row) if row else None


def propose(
    work: UnitOfWork,
    template: Template,
    *,
    effective_from: date,
    note: str,
    by: Actor,
    now: datetime,
) -> TemplateVersion:
    """A new version; those who add one to the same template wait for one another."""
    work.hot("select pg_advisory_xact_lock(hashtext(%s))", [f"letter:{template.id}"])
    last = work.connection.scalar(
        sa.select(sa.func.max(_T.version)).where(_T.template_id == template.id)
    )
    row = work.connection.execute(
        sa.insert(LETTER_TEMPLATE)
        .values(
            key=next_key(work),
            template_id=template.id,
            version=(last or 0) + 1,
            name=template.name,
            texts={name: getattr(template, name) for name in _TEXTS},
            state=TemplateState.PROPOSED,
            effective_from=effective_from,
            drafted_by=by.key,
            drafted_by_name=by.name,
            drafted_at=now,
            note=note,
        )
        .returning(*LETTER_TEMPLATE.c)
    ).one()
    return _version(row)


def decide(work: UnitOfWork, key: Key, *, state: TemplateState, by: Actor, now: datetime) -> bool:
    """Publish or discard what was proposed; False where that was decided already."""
    return (
        work.connection.execute(
            sa.update(LETTER_TEMPLATE)
            .where(_T.key == key, _T.state == TemplateState.PROPOSED)
            .values(state=state, published_by=by.key, published_by_name=by.name, decided_at=now)
        ).rowcount
        == 1
    )


def _version(row: Any) -> TemplateVersion:
    return TemplateVersion(
        key=Key(row.key),
        template=Template(
            id=row.template_id, name=row.name, **{name: row.texts[name] for name in _TEXTS}
        ),
        version=row.version,
        state=TemplateState(row.state),
        effective_from=row.effective_from,
        drafted_by=Key(row.drafted_by),
        drafted_by_name=row.drafted_by_name,
        drafted_at=row.drafted_at,
        published_by_name=row.published_by_name,
        note=row.note,
    )
