"""Who is to be told, with how they want it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from engine.model.actor import Membership
from engine.model.keys import Key
from engine.model.notifications import (
    DEFAULT_CHANNELS,
    PERSONAL,
    Channel,
    Digest,
    NoticeKind,
    Preferences,
)
from engine.storage.database import UnitOfWork
from engine.storage.tables.identity import MEMBERSHIP, PERSON
from engine.storage.tables.notifications import PREFERENCE


@dataclass(frozen=True, kw_only=True)
class Recipient:
    key: Key
    username: str
    email: str
    preferences: Preferences


@dataclass(frozen=True, kw_only=True)
class Audience:
    """People by any of these; nobody where all are empty."""

    people: Collection[Key] = ()
    usernames: Collection[str] = ()
    groups: Collection[Membership] = ()
    administrators: bool = False
    besides: Collection[Key] = field(default_factory=frozenset)


def recipients(work: UnitOfWork, audience: Audience) -> tuple[Recipient, ...]:
    """The active people among them, each once."""
    wanted: list[sa.ColumnElement[bool]] = []
    if audience.people:
        wanted.append(PERSON.c.key.in_(sorted(audience.people)))
    if audience.usernames:
        wanted.append(PERSON.c.username.in_(sorted(audience.usernames)))
    if audience.groups:
        held = sa.tuple_(MEMBERSHIP.c.role, MEMBERSHIP.c.unit)
        groups = [(g.role, g.unit) for g in audience.groups]
        wanted.append(PERSON.c.key.in_(sa.select(MEMBERSHIP.c.person_key).where(held.in_(groups))))
    if audience.administrators:
        wanted.append(PERSON.c.administrator)
    if not wanted:
        return ()
    rows = work.connection.execute(
        sa.select(PERSON.c.key, PERSON.c.username, PERSON.c.email, *PREFERENCE.c)
        .outerjoin(PREFERENCE, PREFERENCE.c.person_key == PERSON.c.key)
        .where(PERSON.c.active, sa.or_(*wanted))
        .order_by(PERSON.c.key)
    )
    besides = set(audience.besides)
    return tuple(
        Recipient(
            key=Key(row.key), username=row.username, email=row.email, preferences=_preferences(row)
        )
        for row in rows
        if row.key not in besides
    )


def preferences(work: UnitOfWork, person: Key) -> Preferences:
    """What the person has settled, or what is usual."""
    row = work.connection.execute(
        sa.select(PREFERENCE).where(PREFERENCE.c.person_key == person)
    ).one_or_none()
    return _preferences(row) if row else Preferences()


def set_preferences(work: UnitOfWork, person: Key, wanted: Preferences, *, now: datetime) -> None:
    values = {
        "channels": {
            kind.value: sorted(wanted.channels.get(kind, DEFAULT_CHANNELS[kind]))
            for kind in NoticeKind
        },
        "quiet_from": wanted.quiet_from,
        "quiet_to": wanted.quiet_to,
        "quiet_rest_days": wanted.quiet_rest_days,
        "urgent_breaks": wanted.urgent_breaks,
        "digest": wanted.digest,
        "digest_at": wanted.digest_at,
        "language": wanted.language,
        "updated_at": now,
    }
    work.connection.execute(
        postgresql.insert(PREFERENCE)
        .values(person_key=person, **values)
        .on_conflict_do_update(index_elements=["person_key"], set_=values)
    )


def _preferences(row: Any) -> Preferences:
    if row.person_key is None:
        return Preferences()
    return Preferences(
        channels=_channels(row.channels),
        quiet_from=row.quiet_from,
        quiet_to=row.quiet_to,
        quiet_rest_days=row.quiet_rest_days,
        urgent_breaks=row.urgent_breaks,
        digest=Digest(row.digest),
        digest_at=row.digest_at,
        language=row.language,
    )


def _channels(stored: Mapping[str, list[str]]) -> Mapping[NoticeKind, frozenset[Channel]]:
    known = {channel.value for channel in PERSONAL}
    return {
        kind: frozenset(Channel(name) for name in stored[kind.value] if name in known)
        if kind.value in stored
        else DEFAULT_CHANNELS[kind]
        for kind in NoticeKind
    }
