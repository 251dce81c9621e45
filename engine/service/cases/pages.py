"""What the service gives a face for one case or one user task: everything a page shows, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from engine.forms import Context, Form, Kind
from engine.model.copies import CarbonCopy
from engine.model.definitions import FormDefinition
from engine.model.effects import MatchedRule
from engine.model.keys import Key
from engine.model.letters import Content, Letter
from engine.model.people import Person
from engine.model.records import Document, Entry, FormDraft, Instance, Phrase, UserTask
from engine.model.seats import SeatKind, SeatState
from engine.model.signatures import SignatureRule
from engine.model.voting import Tally
from engine.service.cases.stages import Stage
from engine.service.clock.case_clock import CaseClock


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
    the actor's staged ones); ``context.masked``: kinds that the actor sees only masked.
    """

    definition: FormDefinition
    form: Form
    context: Context


@dataclass(frozen=True, kw_only=True)
class CasePrivacy:
    """What of a case is hidden from its reader. ``masked``: kinds of which it holds something;
    ``until``: when masks fall again that he had taken off; ``may_unmask``: he may have them off."""

    masked: tuple[Kind, ...] = ()
    until: datetime | None = None
    may_unmask: bool = False


@dataclass(frozen=True, kw_only=True)
class CasePage:
    """A case as one actor may see it.

    ``tasks``: the open user tasks, ``visible_tasks``: those whose own page the actor may open.
    ``entries``: oldest first. ``submitted``: the start form with the case's present values, as far
    as the actor may see them. Elements and flows are ids of the diagram's outermost view.
    ``allowed_actions``: what the actor may do now (``withdraw``, ``cancel`` …); ``refusals``:
    action → why not, in Chinese, where it is worth telling; ``insider``: he handles the case, or
    may read what those who do write. ``stages``: its way in a few words.

    Of a case's own page only: ``letters``, the oldest first; ``writing``: what the last one says,
    to the applicant of a case that has ended; ``copies`` with who has read them, as far as the actor may know; ``copy``: his own;
    ``again``: the service may be applied for anew with what was filed; ``clock``: its statutory
    period and when that stood still.
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
    insider: bool = False
    stages: tuple[Stage, ...] = ()
    letters: tuple[Letter, ...] = ()
    writing: Content | None = None
    copies: tuple[CarbonCopy, ...] = ()
    copy: CarbonCopy | None = None
    again: bool = False
    privacy: CasePrivacy = field(default_factory=CasePrivacy)
    clock: CaseClock = field(default_factory=CaseClock)


@dataclass(frozen=True, kw_only=True)
class SeatView:
    """A seat of a task, for whoever reads its page. Names are people's; ``group`` in words.

    ``delegated_by``: who gets it back, the next one last. ``mine``: the reader has it now;
    ``removable``: he may take it away; ``lent``: he delegated it and gets it back. ``opinion``: empty where he may not read it.
    """

    key: Key
    ordinal: int
    kind: SeatKind
    state: SeatState
    holder: str | None
    holder_name: str
    first_holder_name: str
    group: str
    delegated_by: tuple[str, ...] = ()
    added_by_name: str = ""
    actor_name: str = ""
    on_behalf_of_name: str = ""
    lent: bool = False
    weight: Decimal = Decimal(1)
    outcome: str | None = None
    opinion: str = ""
    opened_at: datetime | None = None
    ended_at: datetime | None = None
    reason: str = ""
    mine: bool = False
    removable: bool = False


@dataclass(frozen=True, kw_only=True)
class ReturnTarget:
    """A node that the case can be sent back to. ``by_name``: who did it; ``anew``: the steps
    after it, by name, that would be taken back with it."""

    visit: Key
    element_id: str
    name: str
    by_name: str
    anew: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TaskPage:
    """A user task with its case, as one actor may see it.

    ``form``: the task's form with the case's values (None: it has none). ``draft``: what this
    actor typed before. ``allowed_actions`` out of ``claim``, ``release``, ``assign``,
    ``complete``, ``update``, ``delegate``, ``resolve``, ``call-back``, ``add-sign``,
    ``remove-sign``, ``return``, ``withdraw-step``, ``comment``; ``refusals``: action → why not. ``assignees``: whom it may be given to.
    ``seats``: who stands where, where the task has several or one was delegated; ``rule``: its
    completion rule and ``votes`` so far. ``return_targets``: where it can be sent back to. ``phrases``: the reader's own usual ones;
    ``signature``: whether the decision is to be signed; ``on_behalf_of``: the name of whom the
    actor stands in for here. ``denied``: why what was last asked of the task was refused by its
    listeners; "" where nothing was. ``mentionable``: who can be told of a comment, username → name.
    """

    task: UserTask
    case: CasePage
    form: OpenForm | None = None
    draft: FormDraft | None = None
    allowed_actions: frozenset[str] = frozenset()
    refusals: Mapping[str, str] = field(default_factory=dict)
    assignees: tuple[Person, ...] = ()
    seats: tuple[SeatView, ...] = ()
    rule: str | None = None
    votes: Tally | None = None
    return_targets: tuple[ReturnTarget, ...] = ()
    phrases: tuple[Phrase, ...] = ()
    signature: SignatureRule = SignatureRule.NONE
    on_behalf_of: str = ""
    denied: str = ""
    mentionable: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class InboxCounts:
    """What waits for an actor; each is exact up to 100, and 100 means “99+”."""

    todo: int
    claimable: int
    overdue: int
    due_today: int
