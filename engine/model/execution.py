"""An instance as a command finds it: its row under lock, and what the decision needs beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from engine.model.actor import Membership, Principal
from engine.model.keys import Key
from engine.model.seats import Seats
from engine.model.states import InstanceState, JobState, TaskState
from engine.model.step import State


@dataclass(frozen=True, kw_only=True)
class Head:
    """The instance's row. ``revision`` and the journal's head are what the next write builds on.

    ``clock_stopped_at``: since when its statutory clock stands still; None while it runs.
    ``barred``: who has to keep away from the case (回避), username → key.
    """

    key: Key
    definition_key: Key
    bundle_key: Key
    process_id: str
    number: str
    title: str
    state: InstanceState
    applicant_key: Key
    applicant: str
    applicant_name: str
    unit: str
    started_at: datetime
    revision: int
    counter: int
    journal_number: int
    journal_digest: bytes
    clock_stopped_at: datetime | None = None
    barred: Mapping[str, Key] = field(default_factory=dict)


#: The mark (among its properties) of a task whose listeners are being asked: their event. No diagram
#: can set it.
PENDING = "engine:pending"


@dataclass(frozen=True, kw_only=True)
class OpenTask:
    """A user task as its row has it; ``ended_by`` is the name of whoever ended it.

    ``seated``: it has no assignee of its own, ``seats`` say who stands where.
    """

    key: Key
    scope_key: Key
    process_id: str
    element_id: str
    name: str
    state: TaskState
    assignee: str | None
    lane_kind: str | None
    candidate_groups: tuple[str, ...]
    candidate_users: tuple[str, ...]
    separation: str | None
    form_id: str | None
    form_key: Key | None
    priority: int
    created_at: datetime
    due_at: datetime | None
    due_pending: bool
    follow_up_at: datetime | None
    ended_at: datetime | None
    ended_by: str | None
    outcome: str | None
    properties: Mapping[str, str] = field(default_factory=dict)
    seated: bool = False
    seats: Seats = ()

    @property
    def pending(self) -> str:
        """What the open task's listeners are being asked about (their event); "" for nothing."""
        return self.properties.get(PENDING, "") if self.state is TaskState.CREATED else ""


@dataclass(frozen=True, kw_only=True)
class OpenJob:
    """A job as its row has it."""

    key: Key
    scope_key: Key
    element_id: str
    type: str
    state: JobState
    retries: int
    worker: str
    deadline: datetime | None
    ended_at: datetime | None
    listener_event: str = ""
    element_key: Key | None = None

    @property
    def element(self) -> Key:
        """The element instance (of a process's listener: the scope) that it belongs to."""
        return self.key if self.element_key is None else self.element_key


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What the database says of the person who acts, at this moment.

    ``live``: active, and the session (where there is one) is open. ``separated``: has completed
    another task of the same four-eyes group in this instance. ``principals``: for whom he is a
    proxy now, in this service.
    """

    live: bool
    administrator: bool
    memberships: frozenset[Membership] = frozenset()
    separated: bool = False
    principals: tuple[Principal, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Locked:
    """Everything a command on one element of an instance decides upon, read under its lock."""

    head: Head
    state: State
    standing: Standing
    task: OpenTask | None = None
    job: OpenJob | None = None
