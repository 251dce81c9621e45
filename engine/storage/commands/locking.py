"""Locks an instance and reads what a command on one of its elements needs, in one statement.

A row that waited for its lock is read afresh, but whatever is joined to it still comes from the
snapshot taken before the wait. The statement therefore returns the revision twice, once of the
locked row and once of the snapshot; where they differ, it is run again, now under the lock.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

import orjson
import psycopg

from engine.model import codec
from engine.model.actor import Actor
from engine.model.errors import Conflict, NotFound
from engine.model.execution import Head, Locked, OpenJob, OpenTask, Standing
from engine.model.keys import Key
from engine.model.states import InstanceState, JobState, TaskState
from engine.model.step import Scope, State
from engine.storage.commands import others, seats, touching
from engine.storage.commands.others import Others
from engine.storage.database import UnitOfWork
from engine.text import tell

_HEAD = """i.key, i.definition_key, i.bundle_key, i.process_id, i.number, i.title, i.state,
    i.applicant_key, i.applicant, i.applicant_name, i.unit, i.started_at, i.revision, i.counter,
    i.journal_number, i.journal_digest, i.clock_stopped_at"""
_TASK = """t.key, t.scope_key, t.process_id, t.element_id, t.name, t.state, t.assignee,
    t.lane_kind, t.candidate_groups, t.candidate_users, t.separation, t.form_id, t.form_key,
    t.priority, t.created_at, t.due_at, t.due_pending, t.follow_up_at, t.ended_at,
    coalesce((select name from person where username = t.ended_by), t.ended_by),
    t.outcome, t.properties::text, t.seated"""
_JOB = """j.key, j.scope_key, j.element_id, j.type, j.state, j.retries, j.worker, j.deadline,
    j.ended_at, j.listener_event, j.element_key"""
_STANDING = """p.active and (%(session)s::bigint is null or exists (
        select from session s where s.key = %(session)s::bigint and s.person_key = p.key
        and s.closed_at is null and s.expires_at > %(now)s)),
    p.administrator,
    (select array_agg(m.role || '@' || m.unit) from membership m where m.person_key = p.key)"""

_POSITION = """c.keys, c.parents, c.processes, c.elements, c.snapshots,
    (select json_agg(json_build_array(v.scope_key, v.name, v.value)) from variable v
     where v.instance_key = i.key and v.scope_key = any(c.keys || %(element)s::bigint{own}))::text"""
_CHAIN = """with recursive chain as (
    select s.key, s.parent_key, s.process_id, s.element_id, s.snapshot, 0 as depth from scope s
    where s.instance_key = %(instance)s::bigint and s.key = coalesce(
        (select key from scope where instance_key = %(instance)s::bigint
         and key = %(element)s::bigint),
        (select scope_key from visit where instance_key = %(instance)s::bigint
         and key = %(element)s::bigint){of_job})
    union all
    select s.key, s.parent_key, s.process_id, s.element_id, s.snapshot, c.depth + 1
    from chain c join scope s on s.instance_key = %(instance)s::bigint and s.key = c.parent_key)
"""
#: A listener's job has a key of its own: its scope, and the element's variables, come by its row.
_OF_JOB = """,
        (select scope_key from job where instance_key = %(instance)s::bigint
         and key = %(element)s::bigint)"""
_CHAIN_ARRAYS = """ left join lateral (select
        array_agg(key order by depth desc) as keys,
        array_agg(parent_key order by depth desc) as parents,
        array_agg(process_id order by depth desc) as processes,
        array_agg(element_id order by depth desc) as elements,
        array_agg(snapshot order by depth desc) as snapshots from chain) c on true"""

_HEAD_WIDTH, _TASK_WIDTH, _JOB_WIDTH, _STANDING_WIDTH = 19, 23, 11, 4
#: Where the revision stands in the instance's row; after it come the snapshot's, and whether there
#: may be others (``others``).
_REVISION, _SNAPSHOT_REVISION, _MORE = 12, 17, 18


@cache
def statement(*, task: bool, job: bool, person: bool, position: bool, locking: bool) -> str:
    """What is read of one element; see ``lock``. Without the lock the last two columns are those of
    ``others``."""
    columns = [
        _HEAD,
        "(select revision from instance where key = %(instance)s::bigint)",
        others.may_be(of_person=person and task) if locking else "null",
    ]
    tables = ["instance i"]
    if task:
        columns.append(_TASK)
        tables.append(
            "left join user_task t on t.instance_key = i.key and t.key = %(element)s::bigint"
        )
    if job:
        columns.append(_JOB)
        tables.append("left join job j on j.instance_key = i.key and j.key = %(element)s::bigint")
    if person:
        columns.append(_STANDING)
        columns.append(others.separated("p") if task else "false")
        tables.append("left join person p on p.key = %(person)s::bigint")
    if position:
        columns.append(_POSITION.format(own=" || j.element_key" if job else ""))
        tables.append(_CHAIN_ARRAYS)
    if not locking:
        columns.append(others.columns(of_person=person and task))
    text = (
        (_CHAIN.format(of_job=_OF_JOB if job else "") if position else "")
        + f"select {', '.join(columns)} from {' '.join(tables)}"
        + " where i.key = %(instance)s::bigint"
        + (" for update of i" if locking else "")
    )
    return " ".join(text.split())  # a long one would be taken apart by psycopg every time


def lock(
    work: UnitOfWork,
    *,
    instance_key: Key,
    element_key: Key,
    actor: Actor,
    now: datetime,
    task: bool = False,
    job: bool = False,
    position: bool = True,
) -> Locked:
    """Lock the instance and read the chain of scopes from the element up, with its variables.

    ``task`` and ``job``: the element is one of these, read its row. ``position`` False leaves out
    scopes and variables (claiming, assigning). Raises NotFound, or Conflict where the instance
    stays locked by somebody else.
    """
    text = statement(task=task, job=job, person=actor.key != 0, position=position, locking=True)
    parameters = parameters_of(work, instance_key, element_key, actor, now)
    for _ in range(2):
        try:
            row = work.hot(text, parameters).fetchone()
        except psycopg.errors.LockNotAvailable:
            raise Conflict(what=tell("此事项"), reason=tell("正有他人在办理")) from None
        if row is None:
            raise NotFound(what=tell("事项"), key=str(instance_key))
        if row[_REVISION] == row[_SNAPSHOT_REVISION]:
            break
    found = read(row, element_key, actor, task=task, job=job, position=position)
    if row[_MORE]:
        found = _among_others(work, found, element_key, actor, now)
    found = _seated(work, found)
    work.touch(touching.of_task(found.task))
    return found


def look(
    work: UnitOfWork,
    *,
    instance_key: Key,
    element_key: Key,
    actor: Actor,
    now: datetime,
    task: bool = False,
) -> Locked:
    """The same without the lock, for pages: nothing may be written on the strength of it."""
    text = statement(task=task, job=False, person=actor.key != 0, position=True, locking=False)
    row = work.hot(text, parameters_of(work, instance_key, element_key, actor, now)).fetchone()
    if row is None:
        raise NotFound(what=tell("事项"), key=str(instance_key))
    found = read(row, element_key, actor, task=task, job=False, position=True)
    return _seated(work, among(found, others.read(row[-2:])))


def among(locked: Locked, found: Others) -> Locked:
    """With those who are recused, and those for whom the person stands in."""
    return replace(
        locked,
        head=replace(locked.head, barred=found.barred),
        standing=replace(locked.standing, principals=found.principals),
    )


def _among_others(
    work: UnitOfWork, locked: Locked, element_key: Key, actor: Actor, now: datetime
) -> Locked:
    of_person = locked.task is not None and actor.key != 0
    found = others.others(
        work, locked.head.key, element_key, actor=actor, now=now, of_person=of_person
    )
    return among(locked, found)


def _seated(work: UnitOfWork, locked: Locked) -> Locked:
    """With the seats of a task that has rows of them: a statement of its own, under the lock."""
    task = locked.task
    if task is None or not task.seated:
        return locked
    found = seats.of_task(work, instance_key=locked.head.key, task_key=task.key)
    return replace(locked, task=replace(task, seats=found))


def parameters_of(
    work: UnitOfWork, instance_key: Key, element_key: Key, actor: Actor, now: datetime
) -> dict[str, Any]:
    """Those of ``statement``."""
    return {
        "today": work.today,
        "instance": instance_key,
        "element": element_key,
        "person": actor.key,
        "session": actor.session,
        "now": now,
    }


def read(
    row: tuple[Any, ...], element_key: Key, actor: Actor, *, task: bool, job: bool, position: bool
) -> Locked:
    """What a row of ``statement`` says."""
    head = _head(row)
    at = _HEAD_WIDTH
    found_task = found_job = None
    if task:
        found_task = _task(row[at : at + _TASK_WIDTH])
        at += _TASK_WIDTH
    if job:
        found_job = _job(row[at : at + _JOB_WIDTH])
        at += _JOB_WIDTH
    standing = Standing(live=True, administrator=actor.administrator)
    if actor.key != 0:
        standing = _standing(row[at : at + _STANDING_WIDTH])
        at += _STANDING_WIDTH
    state = State(instance_key=head.key, counter=head.counter)
    if position:
        own = found_job.element if found_job else element_key
        state = _state(head, {element_key, own}, row[at:])
    return Locked(head=head, state=state, standing=standing, task=found_task, job=found_job)


def _head(row: tuple[Any, ...]) -> Head:
    return Head(
        key=row[0],
        definition_key=row[1],
        bundle_key=row[2],
        process_id=row[3],
        number=row[4],
        title=row[5],
        state=InstanceState(row[6]),
        applicant_key=row[7],
        applicant=row[8],
        applicant_name=row[9],
        unit=row[10],
        started_at=row[11],
        revision=row[12],
        counter=row[13],
        journal_number=row[14],
        journal_digest=bytes(row[15]),
        clock_stopped_at=row[16],
    )


def _task(row: tuple[Any, ...]) -> OpenTask | None:
    if row[0] is None:
        return None
    return OpenTask(
        key=row[0],
        scope_key=row[1],
        process_id=row[2],
        element_id=row[3],
        name=row[4],
        state=TaskState(row[5]),
        assignee=row[6],
        lane_kind=row[7],
        candidate_groups=tuple(row[8]),
        candidate_users=tuple(row[9]),
        separation=row[10],
        form_id=row[11],
        form_key=row[12],
        priority=row[13],
        created_at=row[14],
        due_at=row[15],
        due_pending=row[16],
        follow_up_at=row[17],
        ended_at=row[18],
        ended_by=row[19],
        outcome=row[20],
        properties=orjson.loads(row[21]),
        seated=row[22],
    )


def _job(row: tuple[Any, ...]) -> OpenJob | None:
    if row[0] is None:
        return None
    return OpenJob(
        key=row[0],
        scope_key=row[1],
        element_id=row[2],
        type=row[3],
        state=JobState(row[4]),
        retries=row[5],
        worker=row[6],
        deadline=row[7],
        ended_at=row[8],
        listener_event=row[9],
        element_key=row[10],
    )


def _standing(row: tuple[Any, ...]) -> Standing:
    return Standing(
        live=bool(row[0]),
        administrator=bool(row[1]),
        memberships=others.memberships(row[2]),
        separated=bool(row[3]),
    )


def _state(head: Head, elements: set[Key], row: tuple[Any, ...]) -> State:
    keys = row[0] or []
    scopes = tuple(
        Scope(
            key=key,
            parent_key=row[1][n],
            process_id=row[2][n],
            element_id=row[3][n],
            snapshot=bytes(row[4][n]),
        )
        for n, key in enumerate(keys)
    )
    variables: dict[Key, dict[str, Any]] = {key: {} for key in (*keys, *elements)}
    for scope_key, name, value in codec.decode(row[5]) if row[5] else ():
        variables.setdefault(Key(int(scope_key)), {})[name] = value
    return State(instance_key=head.key, counter=head.counter, scopes=scopes, variables=variables)
