"""Adding what is deployed: files, new versions, and what starts cases by itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.model.definitions import ResourceKind
from engine.model.effects import SubscriptionKind
from engine.model.keys import Key
from engine.storage.database import UnitOfWork, next_key
from engine.storage.publishing.definitions import TABLES
from engine.storage.tables.definitions import (
    DEPLOYMENT,
    RESOURCE,
    START_SUBSCRIPTION,
    START_TIMER,
)


@dataclass(frozen=True, kw_only=True)
class Version:
    """The latest version of a definition, and the file that it stands in."""

    key: Key
    version: int
    resource_key: Key
    resource: str
    sha256: bytes


def lock_deployments(work: UnitOfWork) -> None:
    """One deployment after the other, so that versions are counted without gaps."""
    work.connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext("deploy"))))


def latest_versions(
    work: UnitOfWork, kind: ResourceKind, ids: Collection[str]
) -> Mapping[str, Version]:
    table, identity = TABLES[kind]
    rows = work.connection.execute(
        sa.select(
            identity.label("id"),
            table.c.key,
            table.c.version,
            RESOURCE.c.key.label("resource_key"),
            RESOURCE.c.name,
            RESOURCE.c.sha256,
        )
        .join(RESOURCE, RESOURCE.c.key == table.c.resource_key)
        .where(table.c.latest, identity.in_(set(ids)))
    )
    return {
        row.id: Version(
            key=Key(row.key),
            version=row.version,
            resource_key=Key(row.resource_key),
            resource=row.name,
            sha256=bytes(row.sha256),
        )
        for row in rows
    }


def known_ids(work: UnitOfWork, kind: ResourceKind) -> frozenset[str]:
    """The ids of all definitions of a kind."""
    table, identity = TABLES[kind]
    return frozenset(work.connection.execute(sa.select(identity).where(table.c.latest)).scalars())


def add_deployment(
    work: UnitOfWork, *, actor_key: Key, actor_name: str, note: str, now: datetime
) -> Key:
    key = next_key(work)
    work.connection.execute(
        sa.insert(DEPLOYMENT).values(
            key=key, deployed_at=now, deployed_by_key=actor_key, deployed_by=actor_name, note=note
        )
    )
    return key


def deployment_of(work: UnitOfWork, resource_key: Key) -> tuple[Key, datetime]:
    """The deployment that a file came with, and when that was."""
    row = work.connection.execute(
        sa.select(DEPLOYMENT.c.key, DEPLOYMENT.c.deployed_at)
        .join(RESOURCE, RESOURCE.c.deployment_key == DEPLOYMENT.c.key)
        .where(RESOURCE.c.key == resource_key)
    ).one()
    return Key(row.key), row.deployed_at


def add_resource(
    work: UnitOfWork,
    *,
    deployment: Key,
    kind: ResourceKind,
    name: str,
    sha256: bytes,
    content: bytes,
) -> Key:
    key = next_key(work)
    work.connection.execute(
        sa.insert(RESOURCE).values(
            key=key,
            deployment_key=deployment,
            kind=kind,
            name=name,
            sha256=sha256,
            content=content,
        )
    )
    return key


def add_definition(
    work: UnitOfWork,
    kind: ResourceKind,
    *,
    identity: str,
    version: int,
    **values: Any,
) -> Key:
    """A new latest version; the one before it is the latest no more."""
    table, column = TABLES[kind]
    key = next_key(work)
    work.connection.execute(
        sa.update(table).where(column == identity, table.c.latest).values(latest=False)
    )
    work.connection.execute(
        sa.insert(table).values(
            {"key": key, column.name: identity, "version": version, "latest": True, **values}
        )
    )
    return key


@dataclass(frozen=True, kw_only=True)
class StartEvent:
    """A message or signal start event to subscribe, or a timer start event with its next moment."""

    event_id: str
    kind: SubscriptionKind | None = None
    name: str = ""
    due_at: datetime | None = None
    repetitions: int | None = None


def replace_start_events(
    work: UnitOfWork, *, process_id: str, definition_key: Key, events: Iterable[StartEvent]
) -> None:
    """Only the latest version of a process is started by events."""
    for table in (START_SUBSCRIPTION, START_TIMER):
        work.connection.execute(sa.delete(table).where(table.c.process_id == process_id))
    for event in events:
        common = {
            "definition_key": definition_key,
            "event_id": event.event_id,
            "process_id": process_id,
        }
        if event.kind is not None:
            work.connection.execute(
                sa.insert(START_SUBSCRIPTION).values(**common, kind=event.kind, name=event.name)
            )
        elif event.due_at is not None:
            work.connection.execute(
                sa.insert(START_TIMER).values(
                    **common, due_at=event.due_at, repetitions=event.repetitions
                )
            )
