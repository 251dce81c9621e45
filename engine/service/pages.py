"""What the service gives a face for one case or one user task: everything a page shows, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.forms import Context, Form
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
class OpenForm:
    """A deployed form, compiled, with what surrounds it for one actor at one moment.

    ``context.data``: the case's variables and what conventions add (``today``, ``units``,
    ``people``, ``me``); ``context.documents``: what its file fields may refer to (the case's and
    the actor's staged ones); ``context.masked``: classes that the actor sees only masked.
    """

    definition: FormDefinition
    form: Form
    context: Context


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
    submitted: OpenForm | None = None
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
    form: OpenForm | None = None
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
