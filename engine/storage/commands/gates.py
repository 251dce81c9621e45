"""What a command closes by compare-and-set; where it changes no row, nothing else is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from engine.model.execution import PENDING
from engine.storage.commands.changes import (
    Gate,
    JobEnd,
    JobFailure,
    JobRetry,
    Seating,
    SubscriptionEnd,
    TaskAsk,
    TaskEnd,
    TaskPatch,
    TimerEnd,
)

_I: Final = "%(instance)s::bigint"
_NOW: Final = "%(now)s::timestamptz"

GATES: Final[Mapping[str, str]] = {
    "task": f"""update user_task set state = %(gate_state)s::text, ended_at = {_NOW},
        ended_by = %(gate_by)s::text, on_behalf_of = %(gate_for)s::text,
        assignee = case when seated then null
          else coalesce(assignee, %(gate_for)s::text, %(gate_by)s::text) end,
        outcome = %(gate_outcome)s::text
        where instance_key = {_I} and key = %(gate_key)s::bigint and state = 'CREATED'
        returning key""",
    "patch": f"""update user_task set assignee = %(assignee)s::text,
        candidate_groups = case when seated then candidate_groups else %(groups)s::text[] end,
        candidate_users = case when seated then candidate_users else %(users)s::text[] end,
        priority = %(priority)s::smallint, due_at = %(due_at)s::timestamptz,
        due_pending = %(due_pending)s::boolean, follow_up_at = %(follow_up_at)s::timestamptz,
        due_rule = case when due_at is distinct from %(due_at)s::timestamptz then null
          else due_rule end,
        expiry_at = case when due_at is not distinct from %(due_at)s::timestamptz then expiry_at
          when properties ? 'banshi:onExpiry' then %(due_at)s::timestamptz end
        where instance_key = {_I} and key = %(gate_key)s::bigint and state = 'CREATED'
        returning key""",
    "ask": f"""update user_task
        set properties = properties || jsonb_build_object('{PENDING}', %(gate_event)s::text)
        where instance_key = {_I} and key = %(gate_key)s::bigint and state = 'CREATED'
        and not properties ? '{PENDING}' returning key""",
    "seating": f"""update user_task set seated = true, assignee = null
        where instance_key = {_I} and key = %(gate_key)s::bigint and state = 'CREATED'
        returning key""",
    "job": f"""update job set state = %(gate_state)s::text, ended_at = {_NOW}, deadline = null,
        error_message = %(gate_message)s::text
        where instance_key = {_I} and key = %(gate_key)s::bigint and state = 'ACTIVATED'
        returning key""",
    "job_failure": f"""update job set state = %(gate_state)s::text, retries = %(gate_retries)s::int,
        available_at = %(gate_available)s::timestamptz, deadline = null, worker = '',
        error_message = %(gate_message)s::text
        where instance_key = {_I} and key = %(gate_key)s::bigint and state = 'ACTIVATED'
        returning key""",
    "job_retry": f"""update job set state = 'CREATED', retries = greatest(retries, 1),
        available_at = {_NOW}, worker = '', deadline = null
        where instance_key = {_I} and key = %(gate_key)s::bigint and state = 'FAILED'
        returning key""",
    "timer": f"""delete from timer where instance_key = {_I} and key = %(gate_key)s::bigint
        returning key""",
    "subscription": f"""delete from subscription
        where instance_key = {_I} and key = %(gate_key)s::bigint returning key""",
    "subscription_stays": f"""select key from subscription
        where instance_key = {_I} and key = %(gate_key)s::bigint""",
}


def gate_parameters(gate: Gate) -> tuple[str | None, dict[str, Any]]:
    """The name of the gate's statement in ``GATES``, and its parameters."""
    if gate is None:
        return None, {}
    name, parameters = _PARAMETERS[type(gate)](gate)
    return name, {"gate_key": gate.key, **parameters}


def group_names(groups: Iterable[tuple[str, str]]) -> list[str]:
    """(role, unit) as ``role@unit``."""
    return [f"{role}@{unit}" for role, unit in groups]


def _task(end: TaskEnd) -> tuple[str, dict[str, Any]]:
    return "task", {
        "gate_by": end.by,
        "gate_for": end.on_behalf_of,
        "gate_outcome": end.outcome,
        "gate_state": end.state,
    }


def _patch(patch: TaskPatch) -> tuple[str, dict[str, Any]]:
    groups, users = group_names(patch.groups), list(patch.users)
    shown = patch.assignee is None
    return "patch", {
        "assignee": patch.assignee,
        "groups": groups,
        "users": users,
        "shown_groups": groups if shown else [],
        "shown_users": users if shown else [],
        "priority": patch.priority,
        "due_at": patch.due_at,
        "due_pending": patch.due_pending,
        "follow_up_at": patch.follow_up_at,
    }


def _seating(seating: Seating) -> tuple[str, dict[str, Any]]:
    return "seating", {"shown_groups": group_names(seating.groups), "shown_users": []}


def _job(end: JobEnd) -> tuple[str, dict[str, Any]]:
    return "job", {"gate_state": end.state, "gate_message": end.message}


def _failure(failure: JobFailure) -> tuple[str, dict[str, Any]]:
    return "job_failure", {
        "gate_state": failure.state,
        "gate_retries": failure.retries,
        "gate_available": failure.available_at,
        "gate_message": failure.message,
    }


def _subscription(end: SubscriptionEnd) -> tuple[str, dict[str, Any]]:
    return "subscription_stays" if end.stays else "subscription", {}


_PARAMETERS: Final[Mapping[type[Any], Callable[[Any], tuple[str, dict[str, Any]]]]] = {
    TaskEnd: _task,
    TaskPatch: _patch,
    TaskAsk: lambda ask: ("ask", {"gate_event": ask.event}),
    Seating: _seating,
    JobEnd: _job,
    JobFailure: _failure,
    JobRetry: lambda _: ("job_retry", {}),
    TimerEnd: lambda _: ("timer", {}),
    SubscriptionEnd: _subscription,
}
