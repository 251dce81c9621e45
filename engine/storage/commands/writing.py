"""Writes all changes of a command in one statement.

The statement is put together from the clauses (``clauses``) whose parts are present; each
combination is the same text every time, so PostgreSQL keeps it prepared. Rows go in as JSON, one
parameter per clause. The gate closes by compare-and-set; ``head`` (the instance's row) hangs on
the gate and on the revision that was locked, and every other clause hangs on ``head``.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any

import orjson
import psycopg

from engine.model import codec
from engine.model.errors import IdempotencyMismatch
from engine.model.journal import Said
from engine.model.keys import Key
from engine.model.notifications import Announcement
from engine.storage.commands import touching
from engine.storage.commands.changes import (
    Changes,
    NewDelivery,
    NewTask,
    Seating,
    TaskPatch,
    TaskSettled,
    TimerEnd,
)
from engine.storage.commands.clauses import CLAUSES
from engine.storage.commands.gates import GATES, gate_parameters, group_names
from engine.storage.commands.heads import HEAD, HEAD_CLOCK, OPENING, found_anew
from engine.storage.commands.seats import row_of
from engine.storage.database import UnitOfWork
from engine.storage.grams import grams

_PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def write(work: UnitOfWork, changes: Changes) -> bool:
    """Write everything, or nothing: False where the gate was shut or the instance had moved on.

    Raises IdempotencyMismatch where another request took the same key at the same instant.
    """
    parameters: dict[str, Any] = {"instance": changes.instance_key, "now": changes.now}
    gate, of_gate = gate_parameters(changes.gate)
    parameters.update(of_gate)
    _head(changes, parameters)
    rows = {name: part for name, part in _rows(changes) if part}
    parameters.update({name: _json(part) for name, part in rows.items()})
    parameters.update(_lists(changes))
    parameters.update(_settled(changes.settled))
    names = frozenset(parameters)
    statement, order = _statement(gate, changes.opens is not None, names)
    try:
        written = work.raw(statement, [parameters[name] for name in order]).fetchone()
    except psycopg.errors.UniqueViolation as error:
        if changes.remembered and error.diag.table_name == "idempotency":
            raise IdempotencyMismatch(key=changes.remembered.key) from None
        raise
    work.touch(touching.of_changes(changes))
    return bool(written and written[0])


@cache
def _statement(gate: str | None, opens: bool, names: frozenset[str]) -> tuple[str, tuple[str, ...]]:
    """The text with numbered placeholders, and the names of its parameters in that order."""
    clauses = [f"gate as ({GATES[gate]})"] if gate else []
    hang = " and exists (select from gate)" if gate else ""
    going_on = HEAD_CLOCK if "clock_stop_kind" in names else HEAD
    if "search" in names:
        going_on = found_anew(going_on)
    clauses.append(f"head as ({OPENING if opens else going_on + hang} returning 1)")
    for name, needs, text in CLAUSES:
        if needs <= names:
            clauses.append(f"{name} as ({text})")
    text = f"with recursive {', '.join(clauses)} select count(*) from head"
    order = tuple(dict.fromkeys(_PLACEHOLDER.findall(text)))
    numbers = {name: f"${n}" for n, name in enumerate(order, 1)}
    return _PLACEHOLDER.sub(lambda found: numbers[found[1]], text), order


def _head(changes: Changes, parameters: dict[str, Any]) -> None:
    link = changes.link
    parameters.update(
        counter=changes.counter,
        state=changes.state,
        ended_at=None if changes.state in {"ACTIVE", "SUSPENDED"} else changes.now,
        result=changes.result or "",
        journal_number=link.number if link else changes.head.journal_number if changes.head else 0,
        journal_digest=link.digest
        if link
        else changes.head.journal_digest
        if changes.head
        else bytes(32),
    )
    if changes.clock is not None:
        parameters.update(vars(changes.clock))
    if changes.opens is not None:
        parameters.update({"clock_stopped_at": None, "clock_stop_kind": None, **parameters})
        parameters.update({n: v for n, v in vars(changes.opens).items() if n not in parameters})
        rule = changes.opens.statutory_rule
        parameters["statutory_rule"] = None if rule is None else orjson.dumps(rule).decode()
        parameters["grams"] = sorted(grams([changes.opens.search]))
    elif changes.head is not None:
        parameters.update(revision=changes.head.revision, title=changes.title)
        if changes.search is not None:
            parameters.update(search=changes.search, grams=sorted(grams([changes.search])))


def _rows(changes: Changes) -> Iterable[tuple[str, list[dict[str, Any]]]]:
    yield (
        "scopes",
        [
            {
                "key": scope.key,
                "parent_key": scope.parent_key,
                "process_id": scope.process_id,
                "element_id": scope.element_id,
                "snapshot": base64.b64encode(scope.snapshot).decode(),
            }
            for scope in changes.scopes
        ],
    )
    yield (
        "variables",
        [
            {"scope_key": c.scope_key, "name": c.name, "value": _encoded(c.value)}
            for c in changes.variables
        ],
    )
    yield "visits", [vars(visit) for visit in changes.visits]
    yield (
        "visits_closed",
        [{"key": key, "state": state} for key, state in changes.visits_closed.items()],
    )
    yield "tasks", [_task(task) for task in changes.tasks]
    yield from _candidates(changes)
    yield (
        "seats",
        [
            row_of(seat, task_key=of.task_key, process_id=of.process_id, due_at=of.due_at)
            for of in changes.seats
            for seat in of.seats
        ],
    )
    yield "copies", [vars(copy) for copy in changes.copies]
    yield "urges", [{**vars(urge), "tasks": list(urge.tasks)} for urge in changes.urges]
    yield "jobs", [vars(job) for job in changes.jobs]
    yield (
        "timers",
        [{**vars(timer), "held": timer.key in changes.timers_held} for timer in changes.timers],
    )
    yield "timers_moved", [vars(moved) for moved in changes.timers_moved]
    yield "dues", [vars(due) for due in changes.dues]
    if changes.turned:
        yield "clock_stop", [vars(changes.turned.stop)]
    yield (
        "subscriptions",
        [
            {
                **vars(opened),
                "correlation_key": opened.correlation_key or "",
                "process_id": changes.subscription_process,
            }
            for opened in changes.subscriptions
        ],
    )
    yield "incidents", [vars(incident) for incident in changes.incidents]
    yield "deliveries", [_delivery(delivery) for delivery in changes.deliveries]
    yield "announcements", [_announcement(each) for each in changes.announcements]
    yield "said", [_said(part) for part in changes.said]
    if changes.link:
        link = changes.link
        yield (
            "link",
            [
                {
                    "actor_key": link.actor_key,
                    "kind": link.kind,
                    "element_key": link.element_key,
                    "element_id": link.element_id,
                    "facts": link.facts,
                    "said": link.said,
                }
            ],
        )
    if changes.remembered:
        kept = changes.remembered
        yield (
            "remembered",
            [
                {
                    "principal": kept.principal,
                    "operation": kept.operation,
                    "key": kept.key,
                    "body": base64.b64encode(kept.body).decode(),
                    "answer": _encoded(kept.answer),
                }
            ],
        )


def _candidates(changes: Changes) -> Iterable[tuple[str, list[dict[str, Any]]]]:
    """Who an unassigned task is shown to: of new tasks, and of one whose standing changes."""
    shown = [
        (
            t.key,
            t.process_id,
            t.due_at,
            t.seat_groups if t.seated else t.groups,
            () if t.seated else t.users,
        )
        for t in changes.tasks
        if t.assignee is None and t.state == "CREATED"
    ]
    patch = changes.gate
    if isinstance(patch, TaskPatch) and patch.assignee is None:
        shown.append((patch.key, patch.process_id, patch.due_at, patch.groups, patch.users))
    if isinstance(patch, Seating):
        shown.append((patch.key, patch.process_id, patch.due_at, patch.groups, ()))
    settled = changes.settled
    if settled is not None:
        shown.append(
            (
                settled.key,
                settled.process_id,
                settled.due_at,
                settled.shown,
                settled.shown_users,
            )
        )
    yield (
        "candidates",
        [
            _shown(key, process_id, due_at, role=role, unit=unit)
            for key, process_id, due_at, groups, _ in shown
            for role, unit in groups
        ],
    )
    yield (
        "candidate_users",
        [
            _shown(key, process_id, due_at, username=username)
            for key, process_id, due_at, _, users in shown
            for username in users
        ],
    )


def _shown(key: Key, process_id: str, due_at: datetime | None, **who: str) -> dict[str, Any]:
    return {"task_key": key, "process_id": process_id, "due_at": due_at or "infinity", **who}


def _lists(changes: Changes) -> dict[str, Any]:
    lists: dict[str, Any] = {
        "dropped": list(changes.dropped),
        "tasks_canceled": changes.tasks_canceled,
        "tasks_agreed": _agreed(changes),
        "tasks_denied": changes.tasks_denied,
        "asks_denied": changes.asks_denied,
        "canceling": changes.canceling,
        "jobs_canceled": changes.jobs_canceled,
        "waits_closed_of": changes.waits_closed_of,
        "waits_closed": changes.waits_closed,
        "incidents_resolved_of": changes.incidents_resolved_of,
    }
    if isinstance(changes.gate, TimerEnd) and changes.gate.failed:
        lists["timers_mended"] = [changes.gate.key]
    present = {name: value for name, value in lists.items() if value}
    if changes.incidents_resolved_of:
        present["incidents_kept"] = sorted(changes.incidents_kept)
    if changes.terminated:
        present["terminated"] = changes.terminated
        present["closed_apart"] = list(changes.visits_closed)
    if changes.delivery_done is not None:
        present["delivery_done"] = changes.delivery_done
    if changes.draft is not None:
        present["draft_owner"] = changes.draft.owner
        present["draft_process"] = changes.draft.process_id
        present["draft_task"] = changes.draft.task
    return present


def _agreed(changes: Changes) -> list[Key]:
    """Tasks that are completed as they are; a corrected one is written with its corrections."""
    corrected = changes.settled.key if changes.settled else None
    return [key for key in changes.tasks_agreed if key != corrected]


def _settled(task: TaskSettled | None) -> dict[str, Any]:
    if task is None:
        return {}
    return {
        "settled_key": task.key,
        "settled_state": task.state,
        "settled_seated": task.seated,
        "settled_assignee": task.assignee,
        "settled_groups": group_names(task.groups),
        "settled_users": list(task.users),
        "settled_shown": group_names(task.shown),
        "settled_shown_users": list(task.shown_users),
        "settled_priority": task.priority,
        "settled_due": task.due_at,
        "settled_due_pending": task.due_pending,
        "settled_follow_up": task.follow_up_at,
    }


def _task(task: NewTask) -> dict[str, Any]:
    row = dict(vars(task))
    row["candidate_groups"] = group_names(task.groups)
    row["candidate_users"] = row.pop("users")
    del row["groups"], row["seat_groups"]
    return row


def _delivery(delivery: NewDelivery) -> dict[str, Any]:
    return {
        "kind": delivery.kind,
        "name": delivery.name,
        "correlation_key": delivery.correlation_key,
        "variables": _encoded(dict(delivery.variables)),
    }


def _announcement(announcement: Announcement) -> dict[str, Any]:
    return {
        "kind": announcement.kind,
        "task_key": announcement.task_key,
        "skip": announcement.skip,
        "facts": dict(announcement.facts),
    }


def _said(part: Said) -> dict[str, Any]:
    return {
        "part": part.part,
        "salt": base64.b64encode(part.salt).decode(),
        "content": part.content,
    }


def _encoded(value: Any) -> orjson.Fragment:
    return orjson.Fragment(codec.encode(value).encode())


def _json(rows: list[dict[str, Any]]) -> str:
    return orjson.dumps(rows).decode()
