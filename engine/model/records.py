"""Cases and what belongs to them, as the storage returns and the faces show them: plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from engine.model.clock import StopKind
from engine.model.execution import PENDING
from engine.model.keys import Key
from engine.model.states import (
    DocumentPurpose,
    IncidentState,
    InstanceState,
    JobKind,
    JobState,
    TaskState,
    VisitState,
)


class Light(StrEnum):
    """The colour of a deadline on every list."""

    NONE = "none"
    GREEN = "green"
    AMBER = "amber"
    RED = "red"


@dataclass(frozen=True, kw_only=True)
class Instance:
    """A case (事项).

    ``current``: names of the steps it stands at; ``handler``: who has it, in words;
    ``due_at`` … ``remaining_days``: the nearest deadline of its open user tasks.
    ``statutory_…``: the case's own period (法定办理期限); ``stopped``: why its clock stands still.
    """

    key: Key
    definition_key: Key
    process_id: str
    process_name: str
    version: int
    number: str
    title: str
    state: InstanceState
    applicant_key: Key
    applicant_name: str
    unit: str
    unit_name: str
    started_at: datetime
    ended_at: datetime | None
    result: str
    incident: bool
    current: tuple[str, ...] = ()
    handler: str = ""
    due_at: datetime | None = None
    due_pending: bool = False
    light: Light = Light.NONE
    remaining_days: int | None = None
    stopped: StopKind | None = None
    stopped_at: datetime | None = None
    statutory_rule: Mapping[str, Any] | None = None
    statutory_due_at: datetime | None = None
    statutory_pending: bool = False
    statutory_light: Light = Light.NONE
    statutory_days: int | None = None


@dataclass(frozen=True, kw_only=True)
class UserTask:
    """A user task (待办) as lists and pages show it.

    ``handler``: the assignee's name, else the candidates in words (“潍城区 业务科”);
    ``remaining_days``: working days left, 0 = due today, negative = overdue by so many.
    ``stopped``: its deadline stands still with the case's clock, and why.
    ``outcome_word``: what its form calls the outcome; "" where nobody asked.
    ``urged``: how often somebody pressed for it (催办), ``urged_at``: the last time.
    """

    key: Key
    instance_key: Key
    scope_key: Key
    definition_key: Key
    process_id: str
    process_name: str
    case_number: str
    case_title: str
    applicant_name: str
    unit_name: str
    element_id: str
    name: str
    state: TaskState
    assignee: str | None
    assignee_name: str | None
    candidate_groups: tuple[str, ...]
    candidate_users: tuple[str, ...]
    form_id: str | None
    form_key: Key | None
    priority: int
    created_at: datetime
    due_at: datetime | None
    due_pending: bool
    follow_up_at: datetime | None
    ended_at: datetime | None
    outcome: str | None
    properties: Mapping[str, str] = field(default_factory=dict)
    handler: str = ""
    light: Light = Light.NONE
    remaining_days: int | None = None
    stopped: StopKind | None = None
    seated: bool = False
    urged: int = 0
    urged_at: datetime | None = None
    outcome_word: str = ""

    @property
    def pending(self) -> str:
        """What the open task's listeners are being asked about (their event); "" for nothing."""
        return self.properties.get(PENDING, "") if self.state is TaskState.CREATED else ""


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A token's stay on a node, for the timeline and the lit diagram."""

    key: Key
    scope_key: Key
    element_id: str
    element_type: str
    flow_id: str | None
    state: VisitState
    entered_at: datetime
    left_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A journal row as people read it. ``kind`` is the command; ``said`` is its personal part.

    ``people``: names of those whom it concerns beside the actor; ``detail``: what more there is to
    it (the mode of an added sign, the node returned to); ``signature``: ``drawn``, ``typed`` or "";
    ``documents``: what was attached, the signature's image among them.
    """

    number: int
    at: datetime
    actor_name: str
    on_behalf_of: str | None
    kind: str
    element_id: str | None
    element_name: str
    summary: str
    element_key: Key | None = None
    said: Mapping[str, Any] = field(default_factory=dict)
    digest: str = ""
    outcome: str | None = None
    people: tuple[str, ...] = ()
    detail: str = ""
    votes: Mapping[str, int] = field(default_factory=dict)
    signature: str = ""
    documents: tuple[Key, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Incident:
    key: Key
    instance_key: Key
    element_key: Key
    element_id: str
    element_name: str
    process_name: str
    case_number: str
    kind: str
    message: str
    state: IncidentState
    raised_at: datetime
    job_key: Key | None = None


@dataclass(frozen=True, kw_only=True)
class Job:
    key: Key
    instance_key: Key
    process_id: str
    version: int
    definition_key: Key
    element_id: str
    type: str
    state: JobState
    retries: int
    worker: str
    deadline: datetime | None
    headers: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    error_message: str = ""
    kind: JobKind = JobKind.BPMN_ELEMENT
    listener_event: str = ""
    element_key: Key | None = None


@dataclass(frozen=True, kw_only=True)
class Variable:
    """A variable of a case. ``key`` is made of scope and name; ``value`` is a FEEL value."""

    key: Key
    name: str
    value: Any
    scope_key: Key
    instance_key: Key


@dataclass(frozen=True, kw_only=True)
class Document:
    """A stored file. Reached only through its case and the permissions there."""

    key: Key
    instance_key: Key | None
    name: str
    media_type: str
    size: int
    sha256: str
    uploaded_by: str
    uploaded_at: datetime
    purpose: DocumentPurpose = DocumentPurpose.MATERIAL


@dataclass(frozen=True, kw_only=True)
class FormDraft:
    """What somebody has typed so far, exactly as typed (start form or task form)."""

    key: Key
    owner: Key
    process_id: str
    task_key: Key | None
    fields: Mapping[str, Any]
    saved_at: datetime
    revision: int = 1


@dataclass(frozen=True, kw_only=True)
class Phrase:
    """A usual phrase (常用语) of a person's own."""

    key: Key
    text: str
