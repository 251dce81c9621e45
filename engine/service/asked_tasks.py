"""What becomes of tasks whose listeners are asked: effects of a step as changes (see ``projection``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine.model.actor import SYSTEM
from engine.model.effects import (
    CommandHeld,
    CommandResumed,
    JobCreated,
    TaskChanged,
    TaskCompleted,
    TaskDenied,
    TaskHeld,
)
from engine.model.execution import OpenTask
from engine.model.keys import Key
from engine.model.states import TaskState
from engine.service.clock.task_deadlines import BESIDE
from engine.service.tasks.asking import Settlement, denied_notice, headers, settle
from engine.storage.commands.changes import TaskAsk, TaskEnd
from engine.storage.commands.locking import lock

if TYPE_CHECKING:
    from engine.service.projection import Projection


def held(at: Projection, effect: TaskHeld) -> None:
    """A task that was completed is COMPLETING, and its listeners learn who did it; one that is to
    be taken away is marked as pending."""
    gate = at.changes.gate
    if effect.event == "canceling":
        at.changes.canceling.append(effect.key)
    elif isinstance(gate, TaskEnd) and gate.key == effect.key:
        at.changes.gate = replace(gate, state=TaskState.COMPLETING)
        at.tell_listener(effect.key, {"io.camunda.zeebe:assignee": gate.by})


def changed(at: Projection, effect: TaskChanged) -> None:
    """The listeners have agreed; where it can't be done any more it is denied."""
    if isinstance(at.changes.gate, TaskAsk):
        at.changes.gate = None  # there was nobody to be asked
    found = _settle(at, effect.key, effect.changes, effect.kept)
    if found.denied:
        at.denied = found.denied
        denied(at, TaskDenied(key=effect.key, event="updating", kept=effect.kept))
        return
    at.changes.settled = found.settled
    at.changes.seats += [found.seats] if found.seats else []
    at.told += found.told
    if found.staffed:
        at.changes.incidents_resolved_of.append(effect.key)
        at.changes.incidents_kept = BESIDE


def completed(at: Projection, effect: TaskCompleted) -> None:
    at.changes.tasks_agreed.append(effect.key)
    if effect.corrections:
        found = _settle(at, effect.key, effect.corrections, {}, state=TaskState.COMPLETED)
        at.changes.settled = found.settled


def denied(at: Projection, effect: TaskDenied) -> None:
    """The task is as it was; whoever asked is told."""
    if effect.event == "completing":
        at.changes.tasks_denied.append(effect.key)
        return
    at.changes.asks_denied.append(effect.key)
    asked_by = str(effect.kept.get("by", ""))
    if asked_by:
        at.told.append(denied_notice(effect.key, asked_by, at.changes.instance_key))


def command_held(at: Projection, _: CommandHeld) -> None:
    """Nothing has happened yet: the case has no result either."""
    at.held = True
    at.changes.result = None


def command_resumed(at: Projection, effect: CommandResumed) -> None:
    """What follows is as it would have been at first."""
    at.changes.result = effect.kept.get("result") or None
    at.given_to = dict(effect.kept.get("given_to") or {})
    if effect.kept.get("returned"):
        key, by = effect.kept["returned"]
        at.returned = Key(key), by


def tell_canceling(at: Projection, effect: JobCreated) -> None:
    """A canceling listener learns how the task is that is taken away."""
    if effect.element_key is not None:
        at.tell_listener(effect.element_key, headers(_task(at, effect.element_key)))


def _settle(
    at: Projection,
    key: Key,
    changes: Mapping[str, Any],
    kept: Mapping[str, Any],
    state: TaskState = TaskState.CREATED,
) -> Settlement:
    head = at.changes.head
    return settle(
        at.app,
        at.work,
        at.case,
        _task(at, key),
        changes,
        kept,
        instance_key=at.changes.instance_key,
        stopped=head is not None and head.clock_stopped_at is not None,
        state=state,
    )


def _task(at: Projection, key: Key) -> OpenTask:
    """The task's row, which whoever gave the command has read mostly."""
    if at.task is not None and at.task.key == key:
        return at.task
    found = lock(
        at.work,
        instance_key=at.changes.instance_key,
        element_key=key,
        actor=SYSTEM,
        now=at.changes.now,
        task=True,
        position=False,
    ).task
    if found is None:
        raise AssertionError(f"the step asks the listeners of a task that is none: {key}")
    return found
