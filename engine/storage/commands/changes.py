"""What a command changes, gathered as values, to be written in one statement (``writing``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.model.clock import StopKind, Turned
from engine.model.effects import (
    IncidentRaised,
    SubscriptionKind,
    SubscriptionOpened,
    TimerSet,
)
from engine.model.execution import Head
from engine.model.journal import Link, Said
from engine.model.keys import Key
from engine.model.notifications import Announcement
from engine.model.seats import Seats
from engine.model.states import InstanceState, JobKind, TaskState, VisitState
from engine.model.step import Scope, VariableChange


@dataclass(frozen=True, kw_only=True)
class NewVisit:
    key: Key
    scope_key: Key
    element_id: str
    element_type: str
    flow_id: str | None
    parents: tuple[Key, ...]
    state: VisitState = VisitState.ACTIVE


@dataclass(frozen=True, kw_only=True)
class NewTask:
    """A user task with its candidates resolved to (role, unit) pairs and usernames.

    ``seated``: its seats are rows; ``seat_groups``: the groups whose members may take one now.
    """

    key: Key
    scope_key: Key
    process_id: str
    element_id: str
    name: str
    assignee: str | None
    lane_kind: str | None
    groups: tuple[tuple[str, str], ...]
    users: tuple[str, ...]
    separation: str | None
    form_id: str | None
    form_key: Key | None
    priority: int
    due_at: datetime | None
    due_pending: bool
    follow_up_at: datetime | None
    headers: Mapping[str, str]
    properties: Mapping[str, str]
    state: TaskState = TaskState.CREATED
    seated: bool = False
    seat_groups: tuple[tuple[str, str], ...] = ()
    due_stopped: bool = False
    due_rule: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class TaskDue:
    """The deadline of a task that is open already, as it stands from now on.

    ``expiry_at``: when what holds at the deadline is to be done; None where it is done, or nothing
    holds. ``extensions``: how often the deadline was extended by that.
    """

    key: Key
    due_at: datetime | None
    due_pending: bool
    due_stopped: bool
    due_rule: Mapping[str, Any] | None
    expiry_at: datetime | None
    extensions: int = 0


@dataclass(frozen=True, kw_only=True)
class TimerMove:
    """An open timer that is due at another time; ``held``: not to fire for now."""

    key: Key
    due_at: datetime
    held: bool = False


@dataclass(frozen=True, kw_only=True)
class ClockRow:
    """What the instance's row says of its clock from now on."""

    clock_stopped_at: datetime | None
    clock_stop_kind: StopKind | None
    statutory_due_at: datetime | None
    statutory_pending: bool


@dataclass(frozen=True, kw_only=True)
class NewJob:
    key: Key
    scope_key: Key
    process_id: str
    element_id: str
    type: str
    retries: int
    headers: Mapping[str, str]
    properties: Mapping[str, str]
    kind: JobKind = JobKind.BPMN_ELEMENT
    listener_event: str = ""
    element_key: Key | None = None


@dataclass(frozen=True, kw_only=True)
class NewDelivery:
    """An event for the outbox, still to be matched with who waits for it."""

    kind: SubscriptionKind
    name: str
    correlation_key: str
    variables: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class TaskEnd:
    """The user task that this command completes, by compare-and-set on its being open.

    ``on_behalf_of``: whose task it was, where ``by`` is his proxy. ``state`` COMPLETING: its
    listeners have still to agree. ``unclaimed``: nobody had taken it before.
    """

    key: Key
    by: str
    outcome: str | None
    on_behalf_of: str | None = None
    state: TaskState = TaskState.COMPLETED
    unclaimed: bool = False


@dataclass(frozen=True, kw_only=True)
class TaskPatch:
    """Columns of an open user task to set; ``assignee`` and candidates decide who it is shown to.

    Of a task with rows of seats the candidates stay as they are, and ``groups`` are those of its
    empty seats.
    """

    key: Key
    process_id: str
    assignee: str | None
    groups: tuple[tuple[str, str], ...]
    users: tuple[str, ...]
    priority: int
    due_at: datetime | None
    follow_up_at: datetime | None
    due_pending: bool = False


@dataclass(frozen=True, kw_only=True)
class TaskAsk:
    """An open user task that is to be changed: its listeners for ``event`` are asked first."""

    key: Key
    event: str


@dataclass(frozen=True, kw_only=True)
class TaskSettled:
    """An open user task whose listeners have agreed: its columns from now on.

    ``seated``: its seats are rows from now on; ``shown``: the groups whose members may take it.
    """

    key: Key
    process_id: str
    state: TaskState
    assignee: str | None
    groups: tuple[tuple[str, str], ...]
    users: tuple[str, ...]
    shown: tuple[tuple[str, str], ...]
    shown_users: tuple[str, ...]
    priority: int
    due_at: datetime | None
    due_pending: bool
    follow_up_at: datetime | None
    seated: bool


@dataclass(frozen=True, kw_only=True)
class Seating:
    """An open user task whose seats are rows from now on; ``groups``: whose members may take one."""

    key: Key
    process_id: str
    due_at: datetime | None
    groups: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class NewCopy:
    """A copy of the case for this person, unread; ``copied_by``: "" where the diagram asks."""

    username: str
    copied_by: str
    element_id: str
    note: str


@dataclass(frozen=True, kw_only=True)
class NewUrge:
    """Somebody presses for these open tasks."""

    key: Key
    username: str
    note: str
    tasks: tuple[Key, ...]


@dataclass(frozen=True, kw_only=True)
class SeatRows:
    """Seats of one task, to be written as they are: one that is done or canceled stays so."""

    task_key: Key
    process_id: str
    due_at: datetime | None
    seats: Seats


@dataclass(frozen=True, kw_only=True)
class JobEnd:
    """The job that this command ends; ``state`` COMPLETED or ERROR_THROWN."""

    key: Key
    state: str
    message: str = ""


@dataclass(frozen=True, kw_only=True)
class JobFailure:
    """A leased job that failed: open again from ``available_at`` on, or FAILED for good."""

    key: Key
    state: str
    retries: int
    available_at: datetime
    message: str


@dataclass(frozen=True, kw_only=True)
class JobRetry:
    """A job that failed for good is opened again, with one more retry at least."""

    key: Key


@dataclass(frozen=True, kw_only=True)
class TimerEnd:
    """The timer that fires. ``failed``: it could not before, so that it stands in an incident."""

    key: Key
    failed: bool = False


@dataclass(frozen=True, kw_only=True)
class SubscriptionEnd:
    """The subscription that was hit; it stays where the event does not interrupt."""

    key: Key
    stays: bool


#: What everything else hangs on: where it changes no row, nothing is written.
Gate = (
    TaskEnd
    | TaskPatch
    | TaskAsk
    | Seating
    | JobEnd
    | JobFailure
    | JobRetry
    | TimerEnd
    | SubscriptionEnd
    | None
)


@dataclass(kw_only=True)
class Changes:
    """One command's writes. ``head`` is the row as it was locked; None opens a new instance."""

    instance_key: Key
    now: datetime
    head: Head | None
    opens: NewInstance | None = None
    gate: Gate = None
    counter: int = 0
    state: InstanceState = InstanceState.ACTIVE
    result: str | None = None
    title: str | None = None
    search: str | None = None
    link: Link | None = None
    said: tuple[Said, ...] = ()
    scopes: tuple[Scope, ...] = ()
    dropped: tuple[Key, ...] = ()
    variables: tuple[VariableChange, ...] = ()
    visits: list[NewVisit] = field(default_factory=list)
    visits_closed: dict[Key, VisitState] = field(default_factory=dict)
    tasks: list[NewTask] = field(default_factory=list)
    tasks_canceled: list[Key] = field(default_factory=list)
    tasks_agreed: list[Key] = field(default_factory=list)
    tasks_denied: list[Key] = field(default_factory=list)
    settled: TaskSettled | None = None
    asks_denied: list[Key] = field(default_factory=list)
    canceling: list[Key] = field(default_factory=list)
    seats: list[SeatRows] = field(default_factory=list)
    copies: list[NewCopy] = field(default_factory=list)
    urges: list[NewUrge] = field(default_factory=list)
    jobs: list[NewJob] = field(default_factory=list)
    jobs_canceled: list[Key] = field(default_factory=list)
    timers: list[TimerSet] = field(default_factory=list)
    subscriptions: list[SubscriptionOpened] = field(default_factory=list)
    subscription_process: str = ""
    waits_closed_of: list[Key] = field(default_factory=list)
    waits_closed: list[Key] = field(default_factory=list)
    terminated: list[Key] = field(default_factory=list)
    incidents: list[IncidentRaised] = field(default_factory=list)
    incidents_resolved_of: list[Key] = field(default_factory=list)
    incidents_kept: frozenset[str] = frozenset()
    deliveries: list[NewDelivery] = field(default_factory=list)
    announcements: list[Announcement] = field(default_factory=list)
    delivery_done: Key | None = None
    remembered: Remembered | None = None
    draft: UsedDraft | None = None
    clock: ClockRow | None = None
    turned: Turned | None = None
    dues: list[TaskDue] = field(default_factory=list)
    timers_moved: list[TimerMove] = field(default_factory=list)
    timers_held: frozenset[Key] = frozenset()


@dataclass(frozen=True, kw_only=True)
class UsedDraft:
    """What the actor had typed so far; ``task`` 0 is the start form."""

    owner: Key
    process_id: str
    task: Key


@dataclass(frozen=True, kw_only=True)
class NewInstance:
    """The row of an instance that opens."""

    definition_key: Key
    bundle_key: Key
    process_id: str
    number: str
    title: str
    search: str
    applicant_key: Key
    applicant: str
    applicant_name: str
    unit: str
    statutory_rule: Mapping[str, Any] | None = None
    statutory_due_at: datetime | None = None
    statutory_pending: bool = False


@dataclass(frozen=True, kw_only=True)
class Remembered:
    """An idempotency key with the answer that a repeated request gets."""

    principal: Key
    operation: str
    key: str
    body: bytes
    answer: Any
