"""Messages and signals on their way: published, matched with who waits, delivered one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.model import codec, keys
from engine.model.effects import SubscriptionKind
from engine.model.keys import Key
from engine.storage.database import UnitOfWork


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """An event on its way; without a target it is still to be matched with who waits for it."""

    key: Key
    kind: SubscriptionKind
    name: str
    correlation_key: str
    message_key: Key | None
    instance_key: Key | None
    subscription_key: Key | None
    definition_key: Key | None
    event_id: str | None
    variables: Mapping[str, Any]
    created_at: datetime
    failures: int


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """An open subscription."""

    key: Key
    instance_key: Key
    element_key: Key
    event_id: str
    process_id: str
    interrupting: bool


def lock_name(work: UnitOfWork, name: str, correlation_key: str) -> None:
    """Hold off, until commit, whoever publishes or subscribes to the same message.

    Without it a message and a subscription that come at once could each miss the other.
    """
    work.hot(
        "select pg_advisory_xact_lock(hashtextextended(%s, 7305))", [f"{name}\x1f{correlation_key}"]
    )


def add_message(
    work: UnitOfWork,
    *,
    name: str,
    correlation_key: str,
    message_id: str | None,
    variables: Mapping[str, Any],
    now: datetime,
    expires_at: datetime,
) -> Key | None:
    """Keep a message; None where one with this id is kept already."""
    row = work.hot(
        """insert into message (key, name, correlation_key, message_id, variables, published_at,
             expires_at)
           values (nextval('banshi_key') * %s, %s, %s, %s, %s::jsonb, %s, %s)
           on conflict (name, correlation_key, message_id) where message_id is not null
           do nothing returning key""",
        [
            keys.SPAN,
            name,
            correlation_key,
            message_id,
            codec.encode(dict(variables)),
            now,
            expires_at,
        ],
    ).fetchone()
    return Key(row[0]) if row else None


def send(
    work: UnitOfWork,
    *,
    kind: SubscriptionKind,
    name: str,
    correlation_key: str,
    variables: Mapping[str, Any],
    now: datetime,
    message_key: Key | None = None,
) -> Key:
    """Put an event into the outbox, to be matched."""
    row = work.hot(
        """insert into delivery (key, kind, name, correlation_key, message_key, variables,
             created_at, due_at)
           values (nextval('banshi_key') * %s, %s, %s, %s, %s, %s::jsonb, %s, %s)
           returning key""",
        [
            keys.SPAN,
            kind,
            name,
            correlation_key,
            message_key,
            codec.encode(dict(variables)),
            now,
            now,
        ],
    ).fetchone()
    return Key(row[0])


def take_delivery(work: UnitOfWork, *, now: datetime) -> Delivery | None:
    """The next event that is due, locked; those that others have are passed over."""
    row = work.hot(
        """select key, kind, name, correlation_key, message_key, instance_key, subscription_key,
             definition_key, event_id, variables::text, created_at, failures
           from delivery where due_at <= %s order by due_at, key limit 1
           for update skip locked""",
        [now],
    ).fetchone()
    if row is None:
        return None
    return Delivery(
        key=row[0],
        kind=SubscriptionKind(row[1]),
        name=row[2],
        correlation_key=row[3],
        message_key=row[4],
        instance_key=row[5],
        subscription_key=row[6],
        definition_key=row[7],
        event_id=row[8],
        variables=codec.decode(row[9]),
        created_at=row[10],
        failures=row[11],
    )


def drop_delivery(work: UnitOfWork, key: Key) -> None:
    work.hot("delete from delivery where key = %s", [key])


def put_off_delivery(work: UnitOfWork, key: Key, *, until: datetime, because: str) -> None:
    work.hot(
        """update delivery set due_at = %s, failures = least(failures + 1, 1000),
             error_message = %s where key = %s""",
        [until, because[:1000], key],
    )


def match(work: UnitOfWork, delivery: Delivery, message_key: Key | None) -> int:
    """Address the event to everybody who waits for it; returns to how many.

    A signal goes to all. A message goes to one instance of each process that it has not reached
    yet, the one that has waited longest; only where none waits does it start a new one.
    """
    row = work.hot(
        _MATCH_SIGNAL if delivery.kind is SubscriptionKind.SIGNAL else _MATCH_MESSAGE,
        {
            "span": keys.SPAN,
            "delivery": delivery.key,
            "message": message_key,
            "kind": delivery.kind,
            "name": delivery.name,
            "correlation_key": delivery.correlation_key,
        },
    ).fetchone()
    return int(row[0])


_ADDRESSED = """insert into delivery (key, kind, name, correlation_key, message_key,
        instance_key, subscription_key, definition_key, event_id, variables, created_at, due_at)
    select nextval('banshi_key') * %(span)s, d.kind, d.name, d.correlation_key,
        %(message)s::bigint, t.instance_key, t.subscription_key, t.definition_key, t.event_id,
        d.variables, d.created_at, d.due_at
    from delivery d, targets t where d.key = %(delivery)s returning 1"""
_STARTS = """select null::bigint, null::bigint, s.definition_key, s.event_id
    from start_subscription s where s.kind = %(kind)s and s.name = %(name)s"""
_WAITING = """from subscription s join instance i on i.key = s.instance_key
    where s.kind = %(kind)s and s.name = %(name)s
    and i.state in ('ACTIVE', 'SUSPENDED')"""

_MATCH_SIGNAL = f"""with targets (instance_key, subscription_key, definition_key, event_id) as (
        select s.instance_key, s.key, null::bigint, s.event_id {_WAITING}
        union all {_STARTS}),
    addressed as ({_ADDRESSED})
    select count(*) from addressed"""

_MATCH_MESSAGE = f"""with waiting as (
        select distinct on (s.process_id) s.process_id, s.instance_key, s.key, s.event_id
        {_WAITING} and s.correlation_key = %(correlation_key)s
        and not exists (select from message_correlation c
            where c.message_key = %(message)s::bigint and c.process_id = s.process_id)
        order by s.process_id, s.key),
    targets (instance_key, subscription_key, definition_key, event_id) as (
        select instance_key, key, null::bigint, event_id from waiting
        union all {_STARTS}
        and not exists (select from waiting w where w.process_id = s.process_id)
        and not exists (select from message_correlation c
            where c.message_key = %(message)s::bigint and c.process_id = s.process_id)),
    addressed as ({_ADDRESSED})
    select count(*) from addressed"""


def offer_kept_messages(
    work: UnitOfWork, subscriptions: Iterable[Key], *, instance_key: Key, now: datetime
) -> int:
    """Address messages that are still kept to subscriptions that have just been opened."""
    row = work.hot(
        """with offered as (
             insert into delivery (key, kind, name, correlation_key, message_key, instance_key,
               subscription_key, event_id, variables, created_at, due_at)
             select nextval('banshi_key') * %(span)s, 'message', m.name, m.correlation_key, m.key,
               s.instance_key, s.key, s.event_id, m.variables, %(now)s, %(now)s
             from subscription s cross join lateral (
               select * from message m where m.name = s.name
               and m.correlation_key = s.correlation_key and m.expires_at > %(now)s
               and not exists (select from message_correlation c
                 where c.message_key = m.key and c.process_id = s.process_id)
               order by m.key limit 1) m
             where s.instance_key = %(instance)s and s.key = any(%(keys)s::bigint[])
             and s.kind = 'message' returning 1)
           select count(*) from offered""",
        {"span": keys.SPAN, "now": now, "instance": instance_key, "keys": list(subscriptions)},
    ).fetchone()
    return int(row[0])


def waiting(work: UnitOfWork, instance_key: Key, key: Key) -> Waiting | None:
    """A subscription that is still open."""
    row = work.hot(
        """select key, instance_key, element_key, event_id, process_id, interrupting
           from subscription where instance_key = %s and key = %s""",
        [instance_key, key],
    ).fetchone()
    return _waiting(row) if row else None


def find_waiting(work: UnitOfWork, *, name: str, correlation_key: str) -> Waiting | None:
    """The message subscription that has waited longest; its case may stand still."""
    row = work.hot(
        """select s.key, s.instance_key, s.element_key, s.event_id, s.process_id, s.interrupting
           from subscription s join instance i on i.key = s.instance_key
           where s.kind = 'message' and s.name = %s and s.correlation_key = %s
           and i.state in ('ACTIVE', 'SUSPENDED') order by s.key limit 1""",
        [name, correlation_key],
    ).fetchone()
    return _waiting(row) if row else None


def find_start(work: UnitOfWork, *, name: str) -> tuple[Key, str] | None:
    """(definition, event) that a message of this name starts."""
    row = work.hot(
        """select definition_key, event_id from start_subscription
           where kind = 'message' and name = %s order by definition_key limit 1""",
        [name],
    ).fetchone()
    return (Key(row[0]), row[1]) if row else None


def correlated(work: UnitOfWork, *, message_key: Key, process_id: str, instance_key: Key) -> bool:
    """Note that the message has reached the process; False where it had before."""
    row = work.hot(
        """insert into message_correlation (message_key, process_id, instance_key)
           values (%s, %s, %s) on conflict do nothing returning 1""",
        [message_key, process_id, instance_key],
    ).fetchone()
    return row is not None


def expire_messages(work: UnitOfWork, *, now: datetime) -> int:
    """Drop messages whose time is over."""
    row = work.hot(
        """with gone as (delete from message where expires_at <= %(now)s returning key),
             unlinked as (delete from message_correlation where message_key in (select key from gone))
           select count(*) from gone""",
        {"now": now},
    ).fetchone()
    return int(row[0])


def _waiting(row: tuple[Any, ...]) -> Waiting:
    return Waiting(
        key=row[0],
        instance_key=row[1],
        element_key=row[2],
        event_id=row[3],
        process_id=row[4],
        interrupting=row[5],
    )
