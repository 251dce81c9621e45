"""What a step asks the world to do. Values only; the service writes them in one transaction.

Order matters: effects are given in the order in which they came about.
Every effect that opens something carries the key of the element instance it belongs to;
``scope_key`` is the scope (process, subprocess, event subprocess, multi-instance body, inner
instance, called process) in which its variables are read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from engine.model.keys import Key
from engine.model.states import InstanceState, JobKind, VisitState


@dataclass(frozen=True, kw_only=True)
class VisitOpened:
    """A token entered a flow node (or a scope was entered). ``parents``: the visits it came from."""

    key: Key
    scope_key: Key
    element_id: str
    element_type: str
    flow_id: str | None = None
    parents: tuple[Key, ...] = ()


@dataclass(frozen=True, kw_only=True)
class VisitClosed:
    """A token left a flow node, or was taken off it.

    A return also takes back visits that are COMPLETED already: they become TERMINATED, and count
    for nothing any more.
    """

    key: Key
    state: VisitState


class LaneKind(StrEnum):
    ROLE = "role"
    APPLICANT = "applicant"
    EXTERNAL = "external"


@dataclass(frozen=True, kw_only=True)
class Lane:
    """Who a lane stands for: a role on a level of the unit tree, the applicant, or named experts.

    ``privacy``: kinds of personal data that its tasks need in clear (``banshi:privacy``).
    """

    id: str
    name: str
    kind: LaneKind
    role: str | None = None
    level: str | None = None
    privacy: str = ""


@dataclass(frozen=True, kw_only=True)
class TaskOpened:
    """A user task (待办). ``key`` is the element instance's key and the task's.

    ``assignee``, ``candidate_users`` (usernames) and ``candidate_groups`` (``role@unit``, or a
    bare role to be looked up from the case's unit) are the task's own assignment; where all are
    empty the ``lane`` decides. ``due_at`` comes from ``zeebe:taskSchedule``; ``properties`` are
    the element's ``zeebe:properties`` (``banshi:deadline`` … are resolved by the service).
    ``form_name``: the form's name in the bundle, where a certain version of it is meant.
    """

    key: Key
    scope_key: Key
    element_id: str
    name: str
    form_id: str | None = None
    form_name: str | None = None
    assignee: str | None = None
    candidate_users: tuple[str, ...] = ()
    candidate_groups: tuple[str, ...] = ()
    lane: Lane | None = None
    due_at: datetime | None = None
    follow_up_at: datetime | None = None
    priority: int = 50
    headers: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class TaskCanceled:
    """An open user task was taken away (boundary event, termination, return)."""

    key: Key


@dataclass(frozen=True, kw_only=True)
class TaskHeld:
    """A user task is asked to change, and its listeners have to agree first.

    ``event``: ``completing`` (it was completed), ``assigning``, ``updating``, or ``canceling``: it
    is to be taken away.
    """

    key: Key
    event: str = "completing"


@dataclass(frozen=True, kw_only=True)
class TaskChanged:
    """The listeners of a held task have agreed: ``changes`` are its attributes from now on.

    ``changes``: by the names of ``CompleteListener.corrections``, dates as ISO texts, "" and []
    for none; ``kept``: what came with the request.
    """

    key: Key
    changes: Mapping[str, Any] = field(default_factory=dict)
    kept: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class TaskCompleted:
    """The listeners of a held task have agreed to its completion, with these corrections."""

    key: Key
    corrections: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class TaskDenied:
    """A listener has denied what was asked of a held task (``event``): it is as it was before.

    A task whose completion is denied is open again, with who did it. ``kept``: what came with
    the request.
    """

    key: Key
    reason: str = ""
    event: str = "completing"
    kept: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class CommandHeld:
    """The command takes tasks away whose ``canceling`` listeners are asked first: it is kept with
    the instance, and nothing of it has happened yet."""


@dataclass(frozen=True, kw_only=True)
class CommandResumed:
    """They are done: what follows comes of the command that was held. ``kept``: what the service
    gave with it."""

    kept: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class JobCreated:
    """Work for a handler or an external worker. ``key`` is the element instance's key.

    The job of a listener has a key of its own, ``element_key`` is the element instance's (of a
    process' listener: the scope's), and ``listener_event`` what it listens to.
    """

    key: Key
    scope_key: Key
    element_id: str
    type: str
    retries: int
    headers: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    kind: JobKind = JobKind.BPMN_ELEMENT
    listener_event: str = ""
    element_key: Key | None = None


@dataclass(frozen=True, kw_only=True)
class JobCanceled:
    """``element_key``: of a listener's job, the element instance's."""

    key: Key
    element_key: Key | None = None


@dataclass(frozen=True, kw_only=True)
class TimerSet:
    """Send ``Trigger(element_key, event_id)`` at ``due_at`` (UTC).

    ``repetitions``: how many more times after this one (None = without end);
    for a repeating timer the step sets the next one itself when it fires.
    """

    key: Key
    element_key: Key
    event_id: str
    due_at: datetime
    repetitions: int | None = 0


class SubscriptionKind(StrEnum):
    MESSAGE = "message"
    SIGNAL = "signal"


@dataclass(frozen=True, kw_only=True)
class SubscriptionOpened:
    """Send ``Trigger(element_key, event_id)`` when such a message or signal is published."""

    key: Key
    element_key: Key
    event_id: str
    kind: SubscriptionKind
    name: str
    correlation_key: str | None = None
    interrupting: bool = True


@dataclass(frozen=True, kw_only=True)
class WaitsClosed:
    """All timers and subscriptions of this element instance are over."""

    element_key: Key


@dataclass(frozen=True, kw_only=True)
class WaitClosed:
    """One timer or subscription is over; ``key`` is the one it was set or opened under."""

    key: Key


@dataclass(frozen=True, kw_only=True)
class ScopeTerminated:
    """Everything open inside this scope and the scopes within is taken away.

    The step does not load what lies below; the service cancels its tasks, jobs, timers,
    subscriptions, incidents and visits by scope, and drops the scopes' snapshots.
    """

    scope_key: Key


@dataclass(frozen=True, kw_only=True)
class MessageThrown:
    """Publish a message (a message throw or end event, or a send task, with ``zeebe:…``)."""

    name: str
    correlation_key: str
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class SignalThrown:
    name: str
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class MatchedRule:
    """A row of a decision table that held. ``index`` counts from 1.

    ``inputs``: what the columns that the row looks at held, by the columns' names; of lists and
    contexts a text.
    """

    decision_id: str
    decision_name: str
    index: int
    rule_id: str
    outputs: Mapping[str, Any]
    inputs: Mapping[str, Any] = field(default_factory=dict)
    annotation: str = ""


@dataclass(frozen=True, kw_only=True)
class DecisionEvaluated:
    """A decision was taken by table; the journal keeps it and the reviewer sees it."""

    element_key: Key
    element_id: str
    decision_id: str
    inputs: Mapping[str, Any]
    output: Any
    matched: tuple[MatchedRule, ...] = ()


@dataclass(frozen=True, kw_only=True)
class IncidentRaised:
    """The element instance cannot go on by itself; ``Retry`` tries again.

    ``kind``: Camunda's error types (``CONDITION_ERROR``, ``IO_MAPPING_ERROR``,
    ``EXTRACT_VALUE_ERROR``, ``CALLED_DECISION_ERROR``, ``UNHANDLED_ERROR_EVENT``,
    ``JOB_NO_RETRIES``, ``FORM_NOT_FOUND``, ``LOOP_WITHOUT_WAIT`` …). ``job_key``: of a listener's
    job that failed.
    """

    key: Key
    element_key: Key
    element_id: str
    kind: str
    message: str
    job_key: Key | None = None


@dataclass(frozen=True, kw_only=True)
class IncidentResolved:
    element_key: Key


@dataclass(frozen=True, kw_only=True)
class EndReached:
    """An end event was reached; the page shows its name as the case's result."""

    element_id: str
    name: str


@dataclass(frozen=True, kw_only=True)
class InstanceEnded:
    state: InstanceState


Effect = (
    VisitOpened
    | VisitClosed
    | TaskOpened
    | TaskCanceled
    | TaskHeld
    | TaskChanged
    | TaskCompleted
    | TaskDenied
    | CommandHeld
    | CommandResumed
    | JobCreated
    | JobCanceled
    | TimerSet
    | SubscriptionOpened
    | WaitsClosed
    | WaitClosed
    | ScopeTerminated
    | MessageThrown
    | SignalThrown
    | DecisionEvaluated
    | IncidentRaised
    | IncidentResolved
    | EndReached
    | InstanceEnded
)
