"""What is edited, published and deployed: processes, decisions, forms, drafts, calendars."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from engine.model.keys import Key
from engine.model.problems import Problem
from engine.model.states import PublicationState


@dataclass(frozen=True, kw_only=True)
class ProcessDefinition:
    key: Key
    process_id: str
    name: str
    version: int
    version_tag: str
    resource: str
    start_form: str | None
    description: str
    starters: tuple[str, ...]
    deployed_at: datetime
    deployed_by: str
    latest: bool
    active_instances: int = 0
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class DecisionDefinition:
    key: Key
    decision_id: str
    name: str
    version: int
    resource: str
    requirements_id: str
    requirements_name: str
    requirements_key: Key


@dataclass(frozen=True, kw_only=True)
class FormDefinition:
    key: Key
    form_id: str
    name: str
    version: int
    schema: str
    resource: str


class ResourceKind(StrEnum):
    """What can be edited and published; the value is the file's ending."""

    BPMN = "bpmn"
    DMN = "dmn"
    FORM = "form"


@dataclass(frozen=True, kw_only=True)
class DiagramDraft:
    """A diagram, decision or form being edited (``xml``: its text; JSON for a form).

    ``process_id``: the id of the process, decision model or form. ``revision`` guards against two
    editors overwriting each other.
    """

    key: Key
    kind: ResourceKind = ResourceKind.BPMN
    process_id: str
    name: str
    resource: str
    xml: str
    revision: int
    state: PublicationState
    edited_by: str
    edited_at: datetime
    proposed_by: str | None
    note: str
    base_key: Key | None = None


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A file to deploy, as it was uploaded."""

    name: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class Deployment:
    key: Key
    deployed_at: datetime
    processes: tuple[ProcessDefinition, ...] = ()
    forms: tuple[FormDefinition, ...] = ()
    decisions: tuple[DecisionDefinition, ...] = ()
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CalendarYear:
    """A published year of the State Council's calendar (rest days and make-up working days)."""

    year: int
    source: str
    published: date
    rest: tuple[date, ...]
    work: tuple[date, ...]
