"""What moving an instance by hand reads and writes: its whole position, and its new version's ids.

These statements are rare and administrators' own; they run under the instance's lock.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
import psycopg

from engine.model.errors import Conflict
from engine.model.keys import Key
from engine.model.states import InstanceState
from engine.model.step import Scope
from engine.storage.database import UnitOfWork
from engine.text import tell


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A running instance as a dry run looks at it: all its scopes, outer ones first."""

    key: Key
    number: str
    title: str
    process_id: str
    definition_key: Key
    bundle_key: Key
    state: InstanceState
    counter: int
    scopes: tuple[Scope, ...]


@dataclass(frozen=True, kw_only=True)
class MovedTask:
    """An open user task under its new version. ``form_id`` and ``form_key`` are the new version's
    (``keep_form``: they stay); ``outcome``: its ``banshi:outcome``, None where it has none."""

    key: Key
    element_id: str
    name: str
    form_id: str | None
    form_key: Key | None
    keep_form: bool
    outcome: str | None


@dataclass(frozen=True, kw_only=True)
class Move:
    """What a migration writes beside the instance's row, its journal and its waits."""

    bundle_key: Key
    definition_key: Key
    process_id: str
    scopes: tuple[Scope, ...]
    moved: Mapping[Key, str]
    events: Mapping[tuple[Key, str], str]
    tasks: tuple[MovedTask, ...]
    mapping: Mapping[str, str]


_STANDING: Final = """select key, number, title, process_id, definition_key, bundle_key, state, counter
    from instance where key = any(%(keys)s::bigint[]) and state in ('ACTIVE', 'SUSPENDED')
    order by key"""
_SCOPES: Final = """select instance_key, key, parent_key, process_id, element_id, snapshot from scope
    where instance_key = any(%(keys)s::bigint[]) order by instance_key, key"""
_WAITS: Final = """select key, event_id from timer
        where instance_key = any(%(instances)s::bigint[]) and key = any(%(keys)s::bigint[])
    union all select key, event_id from subscription
        where instance_key = any(%(instances)s::bigint[]) and key = any(%(keys)s::bigint[])"""

_INSTANCE: Final = """update instance set bundle_key = %(bundle)s::bigint,
    definition_key = %(definition)s::bigint, process_id = %(process)s::text
    where key = %(instance)s::bigint"""
_MOVED: Final = "json_to_recordset(%(rows)s::json) as m(key bigint, element_id text)"
_WRITES: Final = {
    "scopes": """update scope s set snapshot = decode(m.snapshot, 'base64'),
        process_id = m.process_id, element_id = m.element_id
        from json_to_recordset(%(rows)s::json)
            as m(key bigint, process_id text, element_id text, snapshot text)
        where s.instance_key = %(instance)s::bigint and s.key = m.key""",
    "visits": f"""update visit v set element_id = m.element_id from {_MOVED}
        where v.instance_key = %(instance)s::bigint and v.key = m.key and v.state = 'ACTIVE'
        and v.element_id <> m.element_id""",
    "jobs": f"""update job j set element_id = m.element_id from {_MOVED}
        where j.instance_key = %(instance)s::bigint and coalesce(j.element_key, j.key) = m.key
        and j.state in ('CREATED', 'ACTIVATED', 'FAILED') and j.element_id <> m.element_id""",
    "incidents": f"""update incident i set element_id = m.element_id from {_MOVED}
        where i.instance_key = %(instance)s::bigint and i.element_key = m.key
        and i.state = 'ACTIVE' and i.element_id <> m.element_id and i.kind <> 'TIMER_FAILED'""",
    "tasks": """update user_task t set element_id = m.element_id, name = m.name,
        form_id = case when m.keep_form then t.form_id else m.form_id end,
        form_key = case when m.keep_form then t.form_key else m.form_key end,
        properties = (t.properties - 'banshi:outcome') || case when m.outcome is null then '{}'::jsonb
            else jsonb_build_object('banshi:outcome', m.outcome) end
        from json_to_recordset(%(rows)s::json) as m(key bigint, element_id text, name text,
            form_id text, form_key bigint, keep_form boolean, outcome text)
        where t.instance_key = %(instance)s::bigint and t.key = m.key
        and t.state in ('CREATED', 'COMPLETING')""",
    "timers": """update timer w set event_id = m.now from json_to_recordset(%(rows)s::json)
            as m(element_key bigint, was text, now text)
        where w.instance_key = %(instance)s::bigint and w.element_key = m.element_key
        and w.event_id = m.was""",
    "subscriptions": """update subscription w set event_id = m.now
        from json_to_recordset(%(rows)s::json) as m(element_key bigint, was text, now text)
        where w.instance_key = %(instance)s::bigint and w.element_key = m.element_key
        and w.event_id = m.was""",
    "troubles": """update incident w set element_id = m.now
        from json_to_recordset(%(rows)s::json) as m(element_key bigint, was text, now text)
        where w.instance_key = %(instance)s::bigint and w.element_key = m.element_key
        and w.element_id = m.was and w.kind = 'TIMER_FAILED' and w.state = 'ACTIVE'""",
    "past": """update visit v set element_id = m.now from json_to_recordset(%(rows)s::json)
            as m(was text, now text)
        where v.instance_key = %(instance)s::bigint and v.element_id = m.was
        and v.state <> 'ACTIVE'""",
}


def hold(work: UnitOfWork, instance_key: Key) -> None:
    """Lock an instance, so that what is read next still holds when the command is decided.

    Raises Conflict where it stays locked by somebody else.
    """
    try:
        work.hot("select from instance where key = %s for update", [instance_key])
    except psycopg.errors.LockNotAvailable:
        raise Conflict(what=tell("此事项"), reason=tell("正有他人在办理")) from None


def standing(work: UnitOfWork, instances: Collection[Key]) -> tuple[Standing, ...]:
    """Those of them that run, with all their scopes."""
    heads = work.hot(_STANDING, {"keys": sorted(instances)}).fetchall()
    scopes: dict[Key, list[Scope]] = {Key(row[0]): [] for row in heads}
    for row in work.hot(_SCOPES, {"keys": list(scopes)}):
        scopes[row[0]].append(
            Scope(
                key=row[1],
                parent_key=row[2],
                process_id=row[3],
                element_id=row[4],
                snapshot=bytes(row[5]),
            )
        )
    return tuple(
        Standing(
            key=row[0],
            number=row[1],
            title=row[2],
            process_id=row[3],
            definition_key=row[4],
            bundle_key=row[5],
            state=InstanceState(row[6]),
            counter=row[7],
            scopes=tuple(scopes[row[0]]),
        )
        for row in heads
    )


def events_of(
    work: UnitOfWork, instances: Collection[Key], waits: Collection[Key]
) -> dict[Key, str]:
    """The events that these timers and subscriptions wait for."""
    if not waits:
        return {}
    rows = work.hot(_WAITS, {"instances": sorted(instances), "keys": sorted(waits)})
    return {Key(key): event_id for key, event_id in rows}


def move(work: UnitOfWork, instance_key: Key, changed: Move) -> None:
    """Write a migration; the instance is locked, its row and journal are written by the caller."""
    work.hot(
        _INSTANCE,
        {
            "instance": instance_key,
            "bundle": changed.bundle_key,
            "definition": changed.definition_key,
            "process": changed.process_id,
        },
    )
    for name, rows in _rows(changed):
        if rows:
            text = orjson.dumps(rows).decode()
            work.hot(_WRITES[name], {"instance": instance_key, "rows": text})


def _rows(changed: Move) -> Iterable[tuple[str, list[dict[str, Any]]]]:
    yield (
        "scopes",
        [
            {
                "key": scope.key,
                "process_id": scope.process_id,
                "element_id": scope.element_id,
                "snapshot": base64.b64encode(scope.snapshot).decode(),
            }
            for scope in changed.scopes
        ],
    )
    moved = [{"key": key, "element_id": name} for key, name in changed.moved.items()]
    for name in ("visits", "jobs", "incidents"):
        yield name, moved
    yield "tasks", [vars(task) for task in changed.tasks]
    events = [
        {"element_key": key, "was": was, "now": now} for (key, was), now in changed.events.items()
    ]
    yield "timers", events
    yield "subscriptions", events
    yield "troubles", events
    renamed = [{"was": was, "now": now} for was, now in changed.mapping.items() if was != now]
    yield "past", renamed


def hasten_deliveries(work: UnitOfWork, instance_key: Key, *, now: datetime) -> int:
    """What came for the instance while it stood still is due now; returns how much that is."""
    return int(
        work.hot(
            """update delivery set due_at = %s where instance_key = %s and due_at > %s""",
            [now, instance_key, now],
        ).rowcount
    )
