"""Diagrams, decisions and forms being edited; every change is compare-and-set."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.model.actor import Actor
from engine.model.definitions import DiagramDraft, ResourceKind
from engine.model.keys import Key
from engine.model.states import PublicationState
from engine.storage.database import UnitOfWork, next_key
from engine.storage.tables.publications import RESOURCE_DRAFT

_OPEN = (PublicationState.DRAFT, PublicationState.PROPOSED)


@dataclass(frozen=True, kw_only=True)
class Edited:
    """A draft with the person who proposed it, if somebody did."""

    draft: DiagramDraft
    proposed_by: Key | None


def add(
    work: UnitOfWork,
    *,
    kind: ResourceKind,
    resource_id: str,
    name: str,
    resource: str,
    content: str,
    base_key: Key | None,
    actor: Actor,
    now: datetime,
) -> DiagramDraft:
    row = work.connection.execute(
        sa.insert(RESOURCE_DRAFT)
        .values(
            key=next_key(work),
            kind=kind,
            resource_id=resource_id,
            name=name,
            resource=resource,
            content=content,
            base_key=base_key,
            revision=1,
            state=PublicationState.DRAFT,
            edited_by_key=actor.key,
            edited_by=actor.name,
            edited_at=now,
        )
        .returning(*RESOURCE_DRAFT.c)
    ).one()
    return _edited(row).draft


def get(work: UnitOfWork, key: Key, *, lock: bool = False) -> Edited | None:
    select = sa.select(RESOURCE_DRAFT).where(RESOURCE_DRAFT.c.key == key)
    row = work.connection.execute(select.with_for_update() if lock else select).one_or_none()
    return _edited(row) if row else None


def find_open(work: UnitOfWork, kind: ResourceKind, resource_id: str) -> DiagramDraft | None:
    """The draft of this process, decision or form that is being edited, if there is one."""
    row = work.connection.execute(
        sa.select(RESOURCE_DRAFT)
        .where(
            RESOURCE_DRAFT.c.kind == kind,
            RESOURCE_DRAFT.c.resource_id == resource_id,
            RESOURCE_DRAFT.c.state.in_(_OPEN),
        )
        .order_by(RESOURCE_DRAFT.c.edited_at.desc())
        .limit(1)
    ).one_or_none()
    return _edited(row).draft if row else None


def list_drafts(
    work: UnitOfWork, *, states: Collection[PublicationState] = _OPEN, limit: int = 200
) -> tuple[DiagramDraft, ...]:
    """The drafts in these states, the last edited first."""
    rows = work.connection.execute(
        sa.select(RESOURCE_DRAFT)
        .where(RESOURCE_DRAFT.c.state.in_(list(states)))
        .order_by(RESOURCE_DRAFT.c.edited_at.desc(), RESOURCE_DRAFT.c.key.desc())
        .limit(limit)
    )
    return tuple(_edited(row).draft for row in rows)


def save(
    work: UnitOfWork,
    key: Key,
    *,
    revision: int,
    content: str,
    resource_id: str,
    name: str,
    actor: Actor,
    now: datetime,
) -> DiagramDraft | None:
    """Write a new revision on top of that one; a proposal is void with it. None: not so any more."""
    row = work.connection.execute(
        sa.update(RESOURCE_DRAFT)
        .where(
            RESOURCE_DRAFT.c.key == key,
            RESOURCE_DRAFT.c.revision == revision,
            RESOURCE_DRAFT.c.state.in_(_OPEN),
        )
        .values(
            content=content,
            resource_id=resource_id,
            name=name,
            revision=RESOURCE_DRAFT.c.revision + 1,
            state=PublicationState.DRAFT,
            edited_by_key=actor.key,
            edited_by=actor.name,
            edited_at=now,
            proposed_by_key=None,
            proposed_by=None,
            proposed_at=None,
        )
        .returning(*RESOURCE_DRAFT.c)
    ).one_or_none()
    return _edited(row).draft if row else None


def propose(
    work: UnitOfWork, key: Key, *, revision: int, actor: Actor, note: str, now: datetime
) -> DiagramDraft | None:
    return _move(
        work,
        key,
        revision,
        state=PublicationState.PROPOSED,
        proposed_by_key=actor.key,
        proposed_by=actor.name,
        proposed_at=now,
        note=note,
    )


def decide(
    work: UnitOfWork,
    key: Key,
    *,
    revision: int,
    state: PublicationState,
    actor: Actor,
    note: str,
    deployment: Key | None,
    now: datetime,
) -> DiagramDraft | None:
    """Publish or discard: the draft is closed for good."""
    return _move(
        work,
        key,
        revision,
        state=state,
        decided_by_key=actor.key,
        decided_by=actor.name,
        decided_at=now,
        deployment_key=deployment,
        note=note,
    )


def _move(work: UnitOfWork, key: Key, revision: int, **values: Any) -> DiagramDraft | None:
    row = work.connection.execute(
        sa.update(RESOURCE_DRAFT)
        .where(
            RESOURCE_DRAFT.c.key == key,
            RESOURCE_DRAFT.c.revision == revision,
            RESOURCE_DRAFT.c.state.in_(_OPEN),
        )
        .values(**values)
        .returning(*RESOURCE_DRAFT.c)
    ).one_or_none()
    return _edited(row).draft if row else None


def _edited(row: Any) -> Edited:
    return Edited(
        draft=DiagramDraft(
            key=Key(row.key),
            kind=ResourceKind(row.kind),
            process_id=row.resource_id,
            name=row.name,
            resource=row.resource,
            xml=row.content,
            revision=row.revision,
            state=PublicationState(row.state),
            edited_by=row.edited_by,
            edited_at=row.edited_at,
            proposed_by=row.proposed_by,
            note=row.note,
            base_key=Key(row.base_key) if row.base_key is not None else None,
        ),
        proposed_by=Key(row.proposed_by_key) if row.proposed_by_key is not None else None,
    )
