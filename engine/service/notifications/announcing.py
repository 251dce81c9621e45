"""What a command's changes are worth telling of: written with them, in the same statement."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from engine.model.actor import Actor
from engine.model.clock import STOP_WORDS, Turn
from engine.model.effects import LaneKind
from engine.model.notifications import Announcement, NoticeKind
from engine.model.states import InstanceState, TaskState
from engine.storage.commands.changes import Changes, NewTask, Seating, TaskEnd, TaskPatch

_ENDED = (InstanceState.COMPLETED, InstanceState.TERMINATED)


def announcements_of(
    changes: Changes, *, act: str, actor: Actor, tell: Collection[str] = ()
) -> list[Announcement]:
    """The announcements of a command; ``act``: its kind in the journal.

    ``tell``: whose turn it is at a task with several seats (usernames).
    """
    return [
        *_tasks(changes),
        *_turns(changes, tell),
        *_assigned(changes, act, actor),
        *_denied(changes),
        *_incidents(changes),
        *_clock(changes),
        *_end(changes, act, actor),
    ]


def _tasks(changes: Changes) -> Iterator[Announcement]:
    returned = isinstance(changes.gate, TaskEnd) and changes.gate.outcome == "return"
    for task in changes.tasks:
        if task.state is TaskState.CREATED:
            yield Announcement(
                kind=_kind(task, returned=returned),
                instance_key=changes.instance_key,
                task_key=task.key,
            )


def _turns(changes: Changes, tell: Collection[str]) -> Iterator[Announcement]:
    if tell and isinstance(changes.gate, Seating):
        yield Announcement(
            kind=NoticeKind.TASK_ASSIGNED,
            instance_key=changes.instance_key,
            task_key=changes.gate.key,
            facts={"to": " ".join(sorted(tell))},
        )


def _kind(task: NewTask, *, returned: bool) -> NoticeKind:
    if returned and task.lane_kind == LaneKind.APPLICANT:
        return NoticeKind.CASE_RETURNED
    return NoticeKind.TASK_ASSIGNED if task.assignee else NoticeKind.TASK_CLAIMABLE


def _denied(changes: Changes) -> Iterator[Announcement]:
    """A listener has denied a task's completion: it is with its holder again."""
    for key in changes.tasks_denied:
        yield Announcement(
            kind=NoticeKind.TASK_ASSIGNED, instance_key=changes.instance_key, task_key=key
        )


def _assigned(changes: Changes, act: str, actor: Actor) -> Iterator[Announcement]:
    """Somebody was given a task by somebody else."""
    patch = changes.gate
    if (
        act == "assign"
        and isinstance(patch, TaskPatch)
        and patch.assignee not in {None, actor.username}
    ):
        yield Announcement(
            kind=NoticeKind.TASK_ASSIGNED,
            instance_key=changes.instance_key,
            task_key=patch.key,
            skip=actor.key,
        )


def _incidents(changes: Changes) -> Iterator[Announcement]:
    for incident in changes.incidents:
        yield Announcement(
            kind=NoticeKind.INCIDENT,
            instance_key=changes.instance_key,
            facts={"element": incident.element_id, "kind": incident.kind},
        )


def _clock(changes: Changes) -> Iterator[Announcement]:
    """The written notice that the clock stands still, or goes on (中止计时、恢复计时)."""
    done = changes.turned
    if done is None or done.turn is Turn.HOLD or changes.state in _ENDED:
        return
    stopped = done.turn is Turn.STOP
    yield Announcement(
        kind=NoticeKind.CLOCK_STOPPED if stopped else NoticeKind.CLOCK_RESUMED,
        instance_key=changes.instance_key,
        facts={"why": STOP_WORDS[done.stop.kind]},
    )


def _end(changes: Changes, act: str, actor: Actor) -> Iterator[Announcement]:
    before = changes.head.state if changes.head else None
    if changes.state in _ENDED and before not in _ENDED:
        yield Announcement(
            kind=NoticeKind.CASE_ENDED,
            instance_key=changes.instance_key,
            skip=actor.key if act == "withdraw" else None,
        )
