"""Whose work a command changes: topics for ``signals``, of a task as it was and as it becomes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.model.execution import OpenTask
from engine.model.seats import Seat
from engine.storage.commands.changes import Changes, Seating, TaskPatch
from engine.storage.commands.gates import group_names
from engine.storage.exchange.signals import (
    EVERYBODY,
    group_topic,
    job_topic,
    person_topic,
    user_topic,
)


def of_task(task: OpenTask | None) -> Iterator[str]:
    """Whoever has the task in his lists before the command."""
    if task is None:
        return
    if task.assignee is not None:
        yield user_topic(task.assignee)
    else:
        yield from map(group_topic, task.candidate_groups)
        yield from map(user_topic, task.candidate_users)
    yield from _of_seats(task.seats)


def of_changes(changes: Changes) -> Iterator[str]:
    """Whoever has something more, or less, after the command."""
    if changes.link is not None and changes.link.actor_key:
        yield person_topic(changes.link.actor_key)
    for task in changes.tasks:
        if task.assignee is not None:
            yield user_topic(task.assignee)
        else:
            yield from map(group_topic, group_names(task.groups))
            yield from map(user_topic, task.users)
    gate = changes.gate
    if isinstance(gate, TaskPatch | Seating):
        yield from map(group_topic, group_names(gate.groups))
    if isinstance(gate, TaskPatch):
        yield from map(user_topic, gate.users)
        if gate.assignee is not None:
            yield user_topic(gate.assignee)
    settled = changes.settled
    if settled is not None:
        yield from map(group_topic, group_names(settled.shown))
        yield from map(user_topic, settled.shown_users)
        if settled.assignee is not None:
            yield user_topic(settled.assignee)
    for of in changes.seats:
        yield from _of_seats(of.seats)
    if changes.tasks_canceled or changes.terminated:
        yield EVERYBODY
    yield from (job_topic(job.type) for job in changes.jobs)


def _of_seats(seats: Iterable[Seat]) -> Iterator[str]:
    for seat in seats:
        if seat.holder is not None:
            yield user_topic(seat.holder)
        elif seat.role and seat.unit:
            yield group_topic(f"{seat.role}@{seat.unit}")
