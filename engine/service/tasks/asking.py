"""Task listeners in the service: whoever changes a task waits until its listeners have agreed.

The task keeps its row, marked as pending; what is asked of it is kept in the instance's snapshot as
the attributes that change and nothing else, so that what befalls the task meanwhile (its clock
stops, somebody must keep away) stands. When the last listener has agreed it is written as though
it had just been asked; where that cannot be done any more it is denied.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from engine.model import codec
from engine.model.actor import Actor
from engine.model.commands import ChangeTask
from engine.model.execution import Locked, OpenTask
from engine.model.keys import Key
from engine.model.notifications import Announcement, NoticeKind
from engine.model.seats import Seat, SeatKind, Seats, SeatState, shown_groups
from engine.model.states import TaskState
from engine.runtime import task_headers
from engine.service.app import App
from engine.service.bundles import Pinned
from engine.service.clock.clock_turns import runs_on
from engine.service.tasks.assignment import Case, resolve_group
from engine.storage.commands.changes import SeatRows, TaskPatch, TaskSettled
from engine.storage.commands.locking import lock
from engine.storage.database import UnitOfWork
from engine.text import tell

if TYPE_CHECKING:
    from engine.service.tasks.task_standing import Decision

#: The listeners' event of each command that changes a task, and Camunda's word for the action.
ASKED: Final[Mapping[str, tuple[str, str]]] = {
    "claim": ("assigning", "claim"),
    "release": ("assigning", "unassign"),
    "assign": ("assigning", "assign"),
    "delegate": ("assigning", "delegate"),
    "resolve": ("assigning", "resolve"),
    "call-back": ("assigning", "callBack"),
    "hand-over": ("assigning", "assign"),
    "update": ("updating", "update"),
}


def listens(pinned: Pinned, element_id: str, event: str) -> bool:
    """Whether the task has listeners for the event."""
    return any(
        event in definition.nodes[element_id].listeners
        for definition in pinned.bundle.processes.values()
        if element_id in definition.nodes
    )


def attributes(task: OpenTask) -> dict[str, Any]:
    """The task as its row has it, by Camunda's names."""
    return {
        "assignee": _holder(task.seats) if task.seated else task.assignee,
        "candidateGroups": list(task.candidate_groups),
        "candidateUsers": list(task.candidate_users),
        "dueDate": _iso(task.due_at),
        "followUpDate": _iso(task.follow_up_at),
        "formKey": task.form_id,
        "priority": task.priority,
    }


def headers(task: OpenTask) -> dict[str, str]:
    """The same as job headers."""
    return task_headers(attributes(task))


def told(pinned: Pinned, task: OpenTask) -> dict[str, Any]:
    """What a completing listener is told of the task; nothing where there is none."""
    return attributes(task) if listens(pinned, task.element_id, "completing") else {}


def command(task: OpenTask, kind: str, decision: Decision, me: Actor) -> ChangeTask:
    """What the decision comes to, for the task's listeners."""
    event, action = ASKED[kind]
    before = attributes(task)
    kept: dict[str, Any] = {"by": me.username, "kind": kind, "staffed": decision.staffed}
    if isinstance(decision.patch, TaskPatch):
        after = _patched(decision.patch)
    else:
        after = {"assignee": _taker(task.seats, decision.seats)}
        before["assignee"] = _loser(task, decision.seats)
    if decision.seats and event == "assigning":
        kept["seats"] = codec.encode([_told(seat) for seat in decision.seats])
    if decision.telling:
        kept["telling"] = [
            {"kind": told.kind.value, "facts": dict(told.facts), "skip": told.skip}
            for told in decision.telling
        ]
    asked = {n: v for n, v in after.items() if (v or "") != (before[n] or "")}
    if isinstance(decision.patch, TaskPatch) and decision.patch.due_pending != task.due_pending:
        asked["dueDate"] = after["dueDate"]
    return ChangeTask(
        element_key=task.key, event=event, action=action, before=before, asked=asked, kept=kept
    )


def positioned(
    work: UnitOfWork, locked: Locked, task: OpenTask, me: Actor, now: datetime
) -> Locked:
    """The same under the same lock, with the scopes that a step needs."""
    return lock(
        work, instance_key=locked.head.key, element_key=task.key, actor=me, now=now, task=True
    )


# -- when the listeners have agreed ---------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """What is to be written; ``denied``: why it can't be any more, in words."""

    settled: TaskSettled | None = None
    seats: SeatRows | None = None
    staffed: bool = False
    told: tuple[Announcement, ...] = ()
    denied: str = ""


def settle(  # noqa: PLR0917 - the task, and what becomes of it
    app: App,
    work: UnitOfWork,
    case: Case,
    task: OpenTask,
    changes: Mapping[str, Any],
    kept: Mapping[str, Any],
    *,
    instance_key: Key,
    stopped: bool,
    state: TaskState = TaskState.CREATED,
) -> Settlement:
    """The task as it is with these changes. ``stopped``: the case's clock stands still."""
    seats = _seats(kept["seats"]) if "seats" in kept else task.seats
    seated = task.seated or "seats" in kept
    assignee = changes.get("assignee", task.assignee) or None
    denied = _impossible(app, work, case, task, changes, assignee, seats, stopped)
    if denied:
        return Settlement(denied=denied)
    groups = _groups(app, work, case, changes.get("candidateGroups", task.candidate_groups))
    users = tuple(changes.get("candidateUsers", task.candidate_users))
    due_at = _at(changes["dueDate"]) if "dueDate" in changes else task.due_at
    open_now = state is TaskState.CREATED and (seated or assignee is None)
    settled = TaskSettled(
        key=task.key,
        process_id=task.process_id,
        state=state,
        assignee=None if seated else assignee,
        groups=groups,
        users=users,
        shown=() if not open_now else shown_groups(seats) if seated else groups,
        shown_users=() if not open_now or seated else users,
        priority=int(changes.get("priority", task.priority)),
        due_at=due_at,
        due_pending=task.due_pending and "dueDate" not in changes,
        follow_up_at=(
            _at(changes["followUpDate"]) if "followUpDate" in changes else task.follow_up_at
        ),
        seated=seated,
    )
    rows = SeatRows(task_key=task.key, process_id=task.process_id, due_at=due_at, seats=seats)
    return Settlement(
        settled=settled,
        seats=rows if seated else None,
        staffed=bool(kept.get("staffed") or assignee),
        told=tuple(_announcements(task, settled, seats, kept, instance_key)),
    )


def _impossible(  # noqa: PLR0917
    app: App,
    work: UnitOfWork,
    case: Case,
    task: OpenTask,
    changes: Mapping[str, Any],
    assignee: str | None,
    seats: Seats,
    stopped: bool,
) -> str:
    """Why it can't be done any more; "" where it can."""
    named = {s.holder for s in seats if s.live and s.holder}
    if changes.get("assignee") and not task.seated and assignee:
        named.add(assignee)
        if not app.directory.active(work, (assignee,)):
            return tell("办理人“{name}”不存在或已停用。", name=assignee)
    away = sorted(named & case.barred.keys())
    if away:
        return tell("“{name}”须回避此事项，不能办理。", name=away[0])
    if "dueDate" in changes and stopped and not runs_on(task.lane_kind, task.properties):
        return tell("此事项的计时已中止，不能调整期限。")
    return ""


def _announcements(
    task: OpenTask,
    settled: TaskSettled,
    seats: Seats,
    kept: Mapping[str, Any],
    instance_key: Key,
) -> list[Announcement]:
    """Whose turn it is now, but for whoever asked for it; and what goes with the command."""
    told = [
        Announcement(
            kind=NoticeKind(each["kind"]),
            instance_key=instance_key,
            task_key=task.key,
            facts=each["facts"],
            skip=None if each["skip"] is None else Key(each["skip"]),
        )
        for each in kept.get("telling", ())
    ]
    people = {settled.assignee} - {task.assignee} if not settled.seated else _turns(task, seats)
    people -= {None, kept.get("by")}
    if people and settled.state is TaskState.CREATED:
        told.append(
            Announcement(
                kind=NoticeKind.TASK_ASSIGNED,
                instance_key=instance_key,
                task_key=task.key,
                facts={"to": " ".join(sorted(p for p in people if p))},
            )
        )
    return told


def denied_notice(task_key: Key, by: str, instance_key: Key) -> Announcement:
    """Whoever asked learns that it was denied; the task's page says why."""
    return Announcement(
        kind=NoticeKind.TASK_ASSIGNED,
        instance_key=instance_key,
        task_key=task_key,
        facts={"to": by},
    )


def _turns(task: OpenTask, seats: Seats) -> set[str | None]:
    had = {(s.key, s.holder) for s in task.seats if s.state is SeatState.OPEN}
    open_now = (s for s in seats if s.state is SeatState.OPEN and (s.key, s.holder) not in had)
    return {s.holder for s in open_now}


# -- values ---------------------------------------------------------------------------------------


def _patched(patch: TaskPatch) -> dict[str, Any]:
    return {
        "assignee": patch.assignee or "",
        "candidateGroups": [f"{role}@{unit}" for role, unit in patch.groups],
        "candidateUsers": list(patch.users),
        "dueDate": _iso(patch.due_at) or "",
        "followUpDate": _iso(patch.follow_up_at) or "",
        "priority": patch.priority,
    }


def _holder(seats: Seats) -> str | None:
    """Of several seats: the first that somebody has and may act on."""
    return next((s.holder for s in seats if s.state is SeatState.OPEN and s.holder), None)


def _taker(before: Seats, after: Seats) -> str:
    """Who has a seat now that somebody else, or nobody, had before; "" where it was given up."""
    had = {s.key: s.holder for s in before}
    return next((s.holder or "" for s in after if s.live and had.get(s.key) != s.holder), "")


def _loser(task: OpenTask, after: Seats) -> str | None:
    """Who had that seat."""
    had = {s.key: s.holder for s in task.seats}
    if not task.seated:
        return task.assignee
    return next((had.get(s.key) for s in after if s.live and had.get(s.key) != s.holder), None)


def _told(seat: Seat) -> dict[str, Any]:
    values = dict(vars(seat))
    for name in ("key", "parent_key"):
        values[name] = None if values[name] is None else str(values[name])
    for name in ("opened_at", "ended_at"):
        values[name] = _iso(values[name])
    values |= {"kind": seat.kind.value, "state": seat.state.value, "stack": list(seat.stack)}
    values |= {"submission": dict(seat.submission)}
    return values


def _seats(text: str) -> Seats:
    return tuple(_seat(row) for row in codec.decode(text))


def _seat(row: dict[str, Any]) -> Seat:
    return Seat(
        **{
            **row,
            "key": Key(int(row["key"])),
            "parent_key": None if row["parent_key"] is None else Key(int(row["parent_key"])),
            "ordinal": int(row["ordinal"]),
            "cast": int(row["cast"]),
            "weight": Decimal(row["weight"]),
            "kind": SeatKind(row["kind"]),
            "state": SeatState(row["state"]),
            "stack": tuple(row["stack"]),
            "opened_at": _at(row["opened_at"]),
            "ended_at": _at(row["ended_at"]),
        }
    )


def _groups(app: App, work: UnitOfWork, case: Case, texts: Any) -> tuple[tuple[str, str], ...]:
    found = (resolve_group(app, work, case, text) for text in texts)
    return tuple(dict.fromkeys(group for group in found if group is not None))


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _at(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
