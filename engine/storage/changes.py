"""What a command changes, gathered as values, to be written in one statement (``writing``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

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
from engine.model.states import InstanceState, TaskState, VisitState
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


@dataclass(frozen=True, kw_only=True)
class NewDelivery:
    """An event for the outbox, still to be matched with who waits for it."""

    kind: SubscriptionKind
    name: str
    correlation_key: str
    variables: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class TaskEnd:
    """The user task that this command completes, by compare-and-set on its being open."""

    key: Key
    by: str
    outcome: str | None


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
class Seating:
    """An open user task whose seats are rows from now on; ``groups``: whose members may take one."""

    key: Key
    process_id: str
    due_at: datetime | None
    groups: tuple[tuple[str, str], ...]


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
    key: Key


@dataclass(frozen=True, kw_only=True)
class SubscriptionEnd:
    """The subscription that was hit; it stays where the event does not interrupt."""

    key: Key
    stays: bool


#: What everything else hangs on: where it changes no row, nothing is written.
Gate = (
    TaskEnd
    | TaskPatch
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
    link: Link | None = None
    said: tuple[Said, ...] = ()
    scopes: tuple[Scope, ...] = ()
    dropped: tuple[Key, ...] = ()
    variables: tuple[VariableChange, ...] = ()
    visits: list[NewVisit] = field(default_factory=list)
    visits_closed: dict[Key, VisitState] = field(default_factory=dict)
    tasks: list[NewTask] = field(default_factory=list)
    tasks_canceled: list[Key] = field(default_factory=list)
    seats: list[SeatRows] = field(default_factory=list)
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
    deliveries: list[NewDelivery] = field(default_factory=list)
    announcements: list[Announcement] = field(default_factory=list)
    delivery_done: Key | None = None
    remembered: Remembered | None = None
    draft: UsedDraft | None = None


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


@dataclass(frozen=True, kw_only=True)
class Remembered:
    """An idempotency key with the answer that a repeated request gets."""

    principal: Key
    operation: str
    key: str
    body: bytes
    answer: Any
