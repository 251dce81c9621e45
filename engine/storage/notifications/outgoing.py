"""How the bureau is reached from here: its mail server, its endpoints, allowed hosts, wording."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from engine.model.keys import Key
from engine.model.notices import Endpoint, MailServer, Wording
from engine.model.notifications import Channel, NoticeKind
from engine.storage.database import UnitOfWork, next_key
from engine.storage.tables.notifications import (
    ALLOWED_HOST,
    ENDPOINT,
    MAIL_SERVER,
    NOTICE_TEMPLATE,
)

_E = ENDPOINT.c


@dataclass(frozen=True, kw_only=True)
class Sealed:
    """An endpoint with what only the worker may open."""

    endpoint: Endpoint
    url: bytes
    secret: bytes | None


def mail_server(work: UnitOfWork) -> tuple[MailServer, bytes | None] | None:
    """The mail server with its sealed password."""
    row = work.connection.execute(sa.select(MAIL_SERVER)).one_or_none()
    if row is None:
        return None
    server = MailServer(
        host=row.host,
        port=row.port,
        security=row.security,
        username=row.username,
        sender=row.sender,
        sender_name=row.sender_name,
        active=row.active,
        has_password=row.password is not None,
    )
    return server, bytes(row.password) if row.password is not None else None


def set_mail_server(
    work: UnitOfWork, server: MailServer, *, password: bytes | None, by: str, now: datetime
) -> None:
    values = {
        "active": server.active,
        "host": server.host,
        "port": server.port,
        "security": server.security,
        "username": server.username,
        "password": password,
        "sender": server.sender,
        "sender_name": server.sender_name,
        "updated_by": by,
        "updated_at": now,
    }
    work.connection.execute(
        postgresql.insert(MAIL_SERVER)
        .values(number=1, **values)
        .on_conflict_do_update(index_elements=["number"], set_=values)
    )


def mail_leaves(work: UnitOfWork) -> bool:
    """Whether there is a mail server to send by."""
    return bool(work.connection.scalar(sa.select(MAIL_SERVER.c.active)))


def endpoints(work: UnitOfWork) -> tuple[Endpoint, ...]:
    rows = work.connection.execute(sa.select(ENDPOINT).order_by(_E.key))
    return tuple(_endpoint(row) for row in rows)


def endpoints_for(work: UnitOfWork, kind: NoticeKind) -> tuple[Endpoint, ...]:
    """The active ones that are told of this kind."""
    rows = work.connection.execute(
        sa.select(ENDPOINT)
        .where(_E.active, sa.literal(kind.value) == sa.any_(_E.kinds))
        .order_by(_E.key)
    )
    return tuple(_endpoint(row) for row in rows)


def sealed_endpoint(work: UnitOfWork, key: Key) -> Sealed | None:
    row = work.connection.execute(sa.select(ENDPOINT).where(_E.key == key)).one_or_none()
    if row is None:
        return None
    secret = bytes(row.secret) if row.secret is not None else None
    return Sealed(endpoint=_endpoint(row), url=bytes(row.url), secret=secret)


def new_endpoint_key(work: UnitOfWork) -> Key:
    """The key comes first: what is sealed is sealed for it."""
    return next_key(work)


def add_endpoint(
    work: UnitOfWork,
    endpoint: Endpoint,
    *,
    url: bytes,
    secret: bytes | None,
    by: str,
    now: datetime,
) -> bool:
    """False where there is one of that name already."""
    return (
        work.connection.scalar(
            postgresql.insert(ENDPOINT)
            .values(
                key=endpoint.key,
                channel=endpoint.channel,
                name=endpoint.name,
                url=url,
                shown_url=endpoint.shown_url,
                secret=secret,
                kinds=sorted(endpoint.kinds),
                with_recipients=endpoint.with_recipients,
                active=endpoint.active,
                created_by=by,
                created_at=now,
            )
            .on_conflict_do_nothing(index_elements=["name"])
            .returning(_E.key)
        )
        is not None
    )


def update_endpoint(work: UnitOfWork, key: Key, **values: Any) -> bool:
    """Set ``active``, ``kinds``, ``with_recipients`` or ``secret``; False where there is none."""
    if "kinds" in values:
        values["kinds"] = sorted(values["kinds"])
    return (
        work.connection.execute(sa.update(ENDPOINT).where(_E.key == key).values(**values)).rowcount
        == 1
    )


def delete_endpoint(work: UnitOfWork, key: Key) -> bool:
    return work.connection.execute(sa.delete(ENDPOINT).where(_E.key == key)).rowcount == 1


def allowed_hosts(work: UnitOfWork) -> frozenset[str]:
    return frozenset(work.connection.execute(sa.select(ALLOWED_HOST.c.host)).scalars())


def set_allowed_hosts(
    work: UnitOfWork, hosts: Collection[str], *, by: str, now: datetime
) -> tuple[frozenset[str], frozenset[str]]:
    """Make the list this one; what was added and what was taken off."""
    before, wanted = allowed_hosts(work), frozenset(hosts)
    added, gone = wanted - before, before - wanted
    if gone:
        work.connection.execute(sa.delete(ALLOWED_HOST).where(ALLOWED_HOST.c.host.in_(gone)))
    if added:
        work.connection.execute(
            postgresql.insert(ALLOWED_HOST)
            .values([{"host": host, "added_by": by, "added_at": now} for host in sorted(added)])
            .on_conflict_do_nothing()
        )
    return added, gone


def wordings(work: UnitOfWork) -> Mapping[tuple[NoticeKind, str], Wording]:
    """The bureau's own texts, by kind and language."""
    rows = work.connection.execute(sa.select(NOTICE_TEMPLATE))
    return {
        (NoticeKind(row.kind), row.language): Wording(
            kind=NoticeKind(row.kind),
            language=row.language,
            line=row.line,
            subject=row.subject,
            body=row.body,
        )
        for row in rows
    }


def set_wording(work: UnitOfWork, wording: Wording, *, by: str, now: datetime) -> None:
    """Keep it; one without any text is taken away."""
    own = NOTICE_TEMPLATE.c
    if not (wording.line or wording.subject or wording.body):
        work.connection.execute(
            sa.delete(NOTICE_TEMPLATE).where(
                own.kind == wording.kind, own.language == wording.language
            )
        )
        return
    values = {
        "line": wording.line,
        "subject": wording.subject,
        "body": wording.body,
        "updated_by": by,
        "updated_at": now,
    }
    work.connection.execute(
        postgresql.insert(NOTICE_TEMPLATE)
        .values(kind=wording.kind, language=wording.language, **values)
        .on_conflict_do_update(index_elements=["kind", "language"], set_=values)
    )


def _endpoint(row: Any) -> Endpoint:
    return Endpoint(
        key=Key(row.key),
        channel=Channel(row.channel),
        name=row.name,
        shown_url=row.shown_url,
        kinds=frozenset(NoticeKind(kind) for kind in row.kinds),
        with_recipients=row.with_recipients,
        active=row.active,
    )
