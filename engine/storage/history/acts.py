"""The streams of acts that belong to no case, each a chain of digests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.model import chain
from engine.model.actor import Actor
from engine.model.keys import Key
from engine.storage.database import UnitOfWork
from engine.storage.tables.publications import ACT


@dataclass(frozen=True, kw_only=True)
class Act:
    stream: str
    number: int
    at: datetime
    actor_key: Key
    actor_name: str
    kind: str
    facts: str
    digest: bytes

    def linked_to(self, previous: bytes) -> bytes:
        """The digest that this row must have behind that one."""
        return chain.link(
            previous, self.stream, self.number, self.at, self.actor_key, self.kind, self.facts
        )


def record(
    work: UnitOfWork,
    *,
    stream: str,
    actor: Actor,
    kind: str,
    facts: Mapping[str, Any],
    at: datetime,
) -> None:
    """Add an act to the end of its stream; writers of one stream wait for one another."""
    work.connection.execute(
        sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext("act:" + stream)))
    )
    last = work.connection.execute(
        sa.select(ACT.c.number, ACT.c.digest)
        .where(ACT.c.stream == stream)
        .order_by(ACT.c.number.desc())
        .limit(1)
    ).one_or_none()
    act = Act(
        stream=stream,
        number=last.number + 1 if last else 1,
        at=at,
        actor_key=actor.key,
        actor_name=actor.name,
        kind=kind,
        facts=chain.canonical(facts),
        digest=b"",
    )
    work.connection.execute(
        sa.insert(ACT).values(
            stream=stream,
            number=act.number,
            at=at,
            actor_key=act.actor_key,
            actor_name=act.actor_name,
            kind=kind,
            facts=act.facts,
            digest=act.linked_to(bytes(last.digest) if last else chain.START),
        )
    )


def read(work: UnitOfWork, stream: str) -> tuple[Act, ...]:
    """The whole stream, from its first act."""
    rows = work.connection.execute(
        sa.select(ACT).where(ACT.c.stream == stream).order_by(ACT.c.number)
    )
    return tuple(
        Act(
            stream=row.stream,
            number=row.number,
            at=row.at,
            actor_key=Key(row.actor_key),
            actor_name=row.actor_name,
            kind=row.kind,
            facts=row.facts,
            digest=bytes(row.digest),
        )
        for row in rows
    )
