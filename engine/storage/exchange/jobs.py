"""Jobs: leased to workers, opened again when a lease runs out, searched."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
import sqlalchemy as sa

from engine.model import codec
from engine.model.keys import Key, instance_of
from engine.model.page import Page
from engine.model.records import Job
from engine.model.search import Order, Query
from engine.model.states import JobKind, JobState
from engine.storage.database import UnitOfWork
from engine.storage.search import Search
from engine.storage.tables.definitions import PROCESS_DEFINITION
from engine.storage.tables.execution import INSTANCE, JOB
from engine.storage.worklists.tasks import Viewer

_TAKEN: Final = """returning job.instance_key, job.key, job.process_id, job.element_id, job.type,
    job.state, job.retries, job.worker, job.deadline, job.headers::text, job.error_message,
    job.scope_key, job.kind, job.listener_event, job.element_key"""

_LEASE: Final = f"""with free as (
        select j.instance_key, j.key from job j join instance i on i.key = j.instance_key
        where j.type = %(type)s and j.state = 'CREATED' and j.available_at <= %(now)s
        and i.state = 'ACTIVE'
        order by j.available_at, j.key limit %(limit)s for update of j skip locked)
    update job set state = 'ACTIVATED', worker = %(worker)s, deadline = %(deadline)s,
        lease = job.lease + 1
    from free where job.instance_key = free.instance_key and job.key = free.key {_TAKEN}"""

_LEASE_ONE: Final = f"""update job set state = 'ACTIVATED', worker = %(worker)s,
        deadline = %(deadline)s, lease = job.lease + 1
    from instance i where i.key = job.instance_key and i.state = 'ACTIVE'
    and job.instance_key = %(instance)s and job.key = %(key)s and job.state = 'CREATED'
    and job.available_at <= %(now)s {_TAKEN}"""

#: The variables that each job sees: those of its scopes from the root inwards, then its own.
_VARIABLES: Final = """with recursive chain as (
        select j.key as job, j.instance_key, j.scope_key as scope, 2 as depth
        from unnest(%(instances)s::bigint[], %(jobs)s::bigint[]) as w(instance_key, key)
        join job j on j.instance_key = w.instance_key and j.key = w.key
        union all
        select c.job, c.instance_key, s.parent_key, c.depth + 1 from chain c
        join scope s on s.instance_key = c.instance_key and s.key = c.scope
        where s.parent_key is not null),
    scopes as (select job, instance_key, scope, depth from chain
        union all select j.key, j.instance_key, o.scope, o.depth
        from unnest(%(instances)s::bigint[], %(jobs)s::bigint[]) as w(instance_key, key)
        join job j on j.instance_key = w.instance_key and j.key = w.key
        cross join lateral (values (j.key, 0), (j.element_key, 1)) as o(scope, depth)
        where o.scope is not null)
    select s.job, v.name, v.value::text from scopes s
    join variable v on v.instance_key = s.instance_key and v.scope_key = s.scope
    where %(names)s::text[] is null or v.name = any(%(names)s::text[])
    order by s.depth desc"""


def lease_jobs(
    work: UnitOfWork,
    *,
    kind: str,
    worker: str,
    now: datetime,
    deadline: datetime,
    limit: int,
) -> tuple[Job, ...]:
    """Lease up to so many open jobs of a type; those that others are taking are passed over."""
    rows = work.hot(
        _LEASE,
        {"type": kind, "worker": worker, "now": now, "deadline": deadline, "limit": limit},
    )
    return tuple(_leased(row) for row in rows)


def lease_job(
    work: UnitOfWork, key: Key, *, worker: str, now: datetime, deadline: datetime
) -> Job | None:
    """Lease this very job; None where it is not open (any more, or not yet again)."""
    row = work.hot(
        _LEASE_ONE,
        {
            "instance": instance_of(key),
            "key": key,
            "worker": worker,
            "now": now,
            "deadline": deadline,
        },
    ).fetchone()
    return _leased(row) if row else None


def job_variables(
    work: UnitOfWork, keys: Collection[Key], names: Collection[str] | None
) -> dict[Key, dict[str, Any]]:
    """What each of these jobs sees of its case; ``names`` None is all."""
    found: dict[Key, dict[str, Any]] = {key: {} for key in keys}
    rows = work.hot(
        _VARIABLES,
        {
            "instances": [instance_of(key) for key in keys],
            "jobs": list(keys),
            "names": list(names) if names is not None else None,
        },
    )
    for key, name, value in rows:
        found[Key(key)][name] = codec.decode(value)
    return found


def expire_leases(work: UnitOfWork, *, now: datetime, limit: int) -> tuple[tuple[Key, str], ...]:
    """Open again what a worker took and did not finish in time; returns (key, type)."""
    rows = work.hot(
        """update job set state = 'CREATED', deadline = null, worker = '', available_at = %(now)s
           from (select instance_key, key from job
                 where state = 'ACTIVATED' and deadline < %(now)s
                 order by deadline limit %(limit)s for update skip locked) late
           where job.instance_key = late.instance_key and job.key = late.key
           returning job.key, job.type""",
        {"now": now, "limit": limit},
    )
    return tuple((Key(key), kind) for key, kind in rows)


def waiting_jobs(
    work: UnitOfWork, types: Collection[str], *, now: datetime, limit: int
) -> tuple[Key, ...]:
    """Open jobs of these types whose time has come, of cases that do not stand still."""
    rows = work.hot(
        """select j.key from unnest(%(types)s::text[]) as t(type) cross join lateral (
             select w.key, w.available_at from job w join instance i on i.key = w.instance_key
             where w.type = t.type and w.state = 'CREATED' and w.available_at <= %(now)s
             and i.state = 'ACTIVE'
             order by w.available_at, w.key limit %(limit)s) j
           order by j.available_at, j.key limit %(limit)s""",
        {"types": sorted(types), "now": now, "limit": limit},
    )
    return tuple(Key(row[0]) for row in rows)


def update_job(
    work: UnitOfWork, key: Key, *, retries: int | None, deadline: datetime | None
) -> bool:
    """Change what an open job still has; False where it is over (or, for a deadline, not leased)."""
    row = work.hot(
        """update job set retries = coalesce(%(retries)s::int, retries),
             deadline = case when %(deadline)s::timestamptz is null then deadline
                        else %(deadline)s::timestamptz end
           where instance_key = %(instance)s and key = %(key)s
           and state in ('CREATED', 'ACTIVATED', 'FAILED')
           and (%(deadline)s::timestamptz is null or state = 'ACTIVATED') returning key""",
        {"instance": instance_of(key), "key": key, "retries": retries, "deadline": deadline},
    ).fetchone()
    return row is not None


def messages_of(work: UnitOfWork, instance_key: Key) -> dict[Key, str]:
    """What workers said of the failed jobs of an instance."""
    rows = work.hot(
        "select key, error_message from job where instance_key = %s and error_message <> ''",
        [instance_key],
    )
    return {Key(key): message for key, message in rows}


def search_jobs(work: UnitOfWork, query: Query, *, seen_by: Viewer) -> Page[Job]:
    select = _JOBS.where(seen_by.need_not_keep_away(JOB.c.instance_key))
    return _SEARCH.page(work, select, query, _job)


def _leased(row: tuple[Any, ...]) -> Job:
    return Job(
        key=row[1],
        instance_key=row[0],
        process_id=row[2],
        version=0,
        definition_key=Key(0),
        element_id=row[3],
        type=row[4],
        state=JobState(row[5]),
        retries=row[6],
        worker=row[7],
        deadline=row[8],
        headers=orjson.loads(row[9]),
        error_message=row[10],
        kind=JobKind(row[12]),
        listener_event=row[13],
        element_key=row[14],
    )


@dataclass(frozen=True, kw_only=True)
class Origin:
    """What an instance runs on."""

    definition_key: Key
    version: int
    bundle_key: Key


def origins_of(work: UnitOfWork, keys: Collection[Key]) -> Mapping[Key, Origin]:
    """By instance."""
    rows = work.hot(
        """select i.key, d.key, d.version, i.bundle_key from instance i
           join process_definition d on d.key = i.definition_key
           where i.key = any(%s::bigint[])""",
        [sorted(set(keys))],
    )
    return {
        Key(row[0]): Origin(definition_key=Key(row[1]), version=row[2], bundle_key=Key(row[3]))
        for row in rows
    }


def _job(row: Any) -> Job:
    return Job(
        key=row.key,
        instance_key=row.instance_key,
        process_id=row.process_id,
        version=row.version,
        definition_key=row.definition_key,
        element_id=row.element_id,
        type=row.type,
        state=JobState(row.state),
        retries=row.retries,
        worker=row.worker,
        deadline=row.deadline,
        headers=row.headers,
        error_message=row.error_message,
        kind=JobKind(row.kind),
        listener_event=row.listener_event,
        element_key=row.element_key,
    )


_J, _D = JOB.c, PROCESS_DEFINITION.c
_JOBS = (
    sa.select(JOB, INSTANCE.c.definition_key, _D.version)
    .join(INSTANCE, INSTANCE.c.key == _J.instance_key)
    .join(PROCESS_DEFINITION, _D.key == INSTANCE.c.definition_key)
)
_SEARCH = Search(
    fields={
        "jobKey": _J.key,
        "type": _J.type,
        "worker": _J.worker,
        "state": _J.state,
        "retries": _J.retries,
        "errorMessage": _J.error_message,
        "elementId": _J.element_id,
        "elementInstanceKey": sa.func.coalesce(_J.element_key, _J.key),
        "kind": _J.kind,
        "listenerEventType": sa.func.coalesce(sa.func.nullif(_J.listener_event, ""), "UNSPECIFIED"),
        "processInstanceKey": _J.instance_key,
        "processDefinitionKey": INSTANCE.c.definition_key,
        "processDefinitionId": _J.process_id,
        "deadline": _J.deadline,
        "endTime": _J.ended_at,
        "creationTime": _J.created_at,
    },
    key=_J.key,
    special={},
    usual_order=(Order(field="creationTime"),),
)
