"""What the service gives a face for one case or one user task: everything a page shows, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.model.effects import MatchedRule
from engine.model.keys import Key
from engine.model.records import (
    Document,
    Entry,
    FormDefinition,
    FormDraft,
    Instance,
    Person,
    UserTask,
)


@dataclass(frozen=True, kw_only=True)
class TakenDecision:
    """A decision taken by table in a case, with why."""

    decision_id: str
    name: str
    element_id: str
    at: datetime
    inputs: Mapping[str, Any]
    output: Any
    matched: tuple[MatchedRule, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FormContent:
    """A form and what is in it. ``context``: the FEEL context beside the values (conventions)."""

    definition: FormDefinition
    values: Mapping[str, Any]
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class CasePage:
    """A case as one actor may see it.

    ``tasks``: the open user tasks, ``visible_tasks``: those whose own page the actor may open.
    ``entries``: oldest first. ``submitted``: the start form with the case's present values, as far
    as the actor may see them. Elements and flows are ids of the diagram's outermost view.
    ``allowed_actions``: what the actor may do now (``withdraw``, ``cancel`` …); ``refusals``:
    action → why not, in Chinese, where it is worth telling.
    """

    instance: Instance
    tasks: tuple[UserTask, ...] = ()
    visible_tasks: frozenset[Key] = frozenset()
    entries: tuple[Entry, ...] = ()
    submitted: FormContent | None = None
    documents: tuple[Document, ...] = ()
    decisions: tuple[TakenDecision, ...] = ()
    active_elements: tuple[str, ...] = ()
    completed_elements: tuple[str, ...] = ()
    incident_elements: tuple[str, ...] = ()
    taken_flows: tuple[str, ...] = ()
    allowed_actions: frozenset[str] = frozenset()
    refusals: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class TaskPage:
    """A user task with its case, as one actor may see it.

    ``form``: the task's form with the case's values (None: it has none). ``draft``: what this
    actor typed before. ``allowed_actions`` out of ``claim``, ``release``, ``assign``,
    ``complete``, ``update``; ``refusals``: action → why not. ``assignees``: whom it may be
    given to.
    """

    task: UserTask
    case: CasePage
    form: FormContent | None = None
    draft: FormDraft | None = None
    allowed_actions: frozenset[str] = frozenset()
    refusals: Mapping[str, str] = field(default_factory=dict)
    assignees: tuple[Person, ...] = ()


@dataclass(frozen=True, kw_only=True)
class InboxCounts:
    """What waits for an actor; each is exact up to 100, and 100 means “99+”."""

    todo: int
    claimable: int
    overdue: int
    due_today: int
