"""A compiled diagram: frozen values that the step reads and never changes.

One :class:`Definition` per process of a file. Its parts are named as in BPMN 2.0.2 and, for the
extension elements, as in Camunda 8. FEEL stands here compiled; nothing is parsed at run time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from engine.model.effects import Lane
from engine.runtime.expressions import Formula, Value

if TYPE_CHECKING:
    from engine.runtime.specs import ScopeSpec


#: The activities that hold flow nodes of their own.
SUBPROCESSES = frozenset({"subProcess", "transaction", "adHocSubProcess"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Flow:
    """A sequence flow. ``condition`` None: unconditional."""

    id: str
    name: str
    source: str
    target: str
    condition: Formula | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class IoMapping:
    """One ``zeebe:input`` or ``zeebe:output``; ``path`` is the target split at its dots."""

    source: Value
    path: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Timer:
    """A timer definition. ``kind``: ``duration``, ``date`` or ``cycle``."""

    kind: str
    value: Value


@dataclass(frozen=True, kw_only=True, slots=True)
class EventDefinition:
    """What an event catches or throws.

    ``kind``: message, timer, signal, error, escalation, conditional, compensation, link,
    terminate, cancel. ``id`` tells the definitions of a multiple event apart.
    ``name``: of message, signal or link; ``code``: of error or escalation (None catches all).
    """

    kind: str
    id: str
    name: Value | None = None
    code: Value | None = None
    correlation_key: Value | None = None
    timer: Timer | None = None
    condition: Formula | None = None
    variable_names: frozenset[str] = frozenset()
    activity: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """The event part of a start, catch, throw, end or boundary event, or of a message task.

    ``definitions`` empty: a none event. ``parallel``: all of several have to come.
    ``instantiate``: (receive task, event-based gateway) opens an instance.
    """

    definitions: tuple[EventDefinition, ...] = ()
    parallel: bool = False
    interrupting: bool = True
    attached_to: str | None = None

    @property
    def kind(self) -> str:
        if not self.definitions:
            return "none"
        return self.definitions[0].kind if len(self.definitions) == 1 else "multiple"


@dataclass(frozen=True, kw_only=True, slots=True)
class UserTask:
    form_id: Value | None = None
    assignee: Value | None = None
    candidate_users: Value | None = None
    candidate_groups: Value | None = None
    due_date: Value | None = None
    follow_up_date: Value | None = None
    priority: Value | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """``zeebe:taskDefinition``: work for a handler or an external worker."""

    type: Value
    retries: Value


@dataclass(frozen=True, kw_only=True, slots=True)
class Listener:
    """``zeebe:executionListener`` or ``zeebe:taskListener``: a job that is waited for."""

    type: Value
    retries: Value
    headers: Mapping[str, str] = field(default_factory=dict)


#: Event (start, end, creating, completing) → its listeners, in the order drawn.
Listeners = Mapping[str, tuple[Listener, ...]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Script:
    expression: Formula
    result_variable: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CalledDecision:
    decision_id: Value
    result_variable: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CalledElement:
    process_id: Value
    propagate_all_child_variables: bool = True
    propagate_all_parent_variables: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class MultiInstance:
    """``multiInstanceLoopCharacteristics`` with ``zeebe:loopCharacteristics``.

    ``collection`` or ``cardinality`` (standard BPMN) says how many. ``throws``: what is thrown as
    inner instances complete (behavior None, One, Complex): always, or where its condition holds;
    ``first_only``: by the first of them (One).
    """

    sequential: bool
    collection: Formula | None = None
    cardinality: Formula | None = None
    input_element: str | None = None
    output_collection: str | None = None
    output_element: Formula | None = None
    completion_condition: Formula | None = None
    throws: tuple[tuple[Formula | None, EventDefinition], ...] = ()
    first_only: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class StandardLoop:
    """``standardLoopCharacteristics``: while ``condition`` holds, at most ``maximum`` times."""

    condition: Formula | None
    test_before: bool
    maximum: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class AdHoc:
    sequential: bool
    completion_condition: Formula | None
    cancel_remaining: bool
    active_elements: Formula | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """A flow node. ``type`` is its BPMN local name; which further parts are set hangs on it.

    ``triggered``: an event subprocess. ``compensates``: (activity with
    ``isForCompensation``) it has no place in the flow. ``activation``: of a complex gateway.
    ``instantiate``: receive task or event-based gateway that opens an instance.
    """

    id: str
    name: str
    type: str
    scope: str
    lane: Lane | None = None
    documentation: str = ""
    incoming: tuple[Flow, ...] = ()
    outgoing: tuple[Flow, ...] = ()
    default: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    listeners: Listeners = field(default_factory=dict)
    inputs: tuple[IoMapping, ...] = ()
    outputs: tuple[IoMapping, ...] = ()
    boundaries: tuple[str, ...] = ()
    loop: MultiInstance | StandardLoop | None = None
    event: Event | None = None
    user_task: UserTask | None = None
    job: Job | None = None
    script: Script | None = None
    decision: CalledDecision | None = None
    call: CalledElement | None = None
    ad_hoc: AdHoc | None = None
    activation: Formula | None = None
    exclusive_events: bool = True
    instantiate: bool = False
    triggered: bool = False
    compensates: bool = False
    start_quantity: int = 1
    completion_quantity: int = 1


@dataclass(frozen=True, kw_only=True)
class FlowScope:
    """The flow nodes of one process, subprocess or event subprocess, without those within it.

    ``starts``: where a token is put when the scope is entered in the ordinary way;
    ``triggers``: event subprocesses, by the id of their start event.
    """

    id: str
    nodes: Mapping[str, Node]
    flows: Mapping[str, Flow]
    starts: tuple[str, ...]
    triggers: Mapping[str, str]
    links: Mapping[str, str] = field(default_factory=dict)
    compensators: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def spec(self) -> ScopeSpec:
        """The SpiffWorkflow specification of this scope, built once per version."""
        from engine.runtime.specs import ScopeSpec  # noqa: PLC0415 - specs know the definition

        return ScopeSpec(self)


@dataclass(frozen=True, kw_only=True, slots=True)
class ElementInfo:
    """An element as pages list it. ``type``: the BPMN local name."""

    id: str
    name: str
    type: str
    lane_id: str | None
    parent_id: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class FlowInfo:
    id: str
    name: str
    source_id: str
    target_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class StartEventInfo:
    """A start event of the process, for whoever subscribes it at deploy.

    ``kind``: none, message, signal, timer, conditional, … ``name``: of the message or signal.
    ``correlates``: the message carries a correlation key: at most one open instance for each.
    """

    id: str
    kind: str
    name: str | None = None
    correlates: bool = False


@dataclass(frozen=True, kw_only=True)
class Definition:
    """A process that can be executed; see the package for how to get one.

    ``start_form``: by the name that it has in a bundle (``bindings``). ``data``: name → id of
    the data objects and data stores drawn: they stand for the variables of that name, and are not
    executed.
    """

    process_id: str
    name: str
    version_tag: str | None
    documentation: str
    lanes: tuple[Lane, ...]
    elements: tuple[ElementInfo, ...]
    flows: tuple[FlowInfo, ...]
    scopes: Mapping[str, FlowScope]
    nodes: Mapping[str, Node]
    start_form: str | None
    start_events: tuple[StartEventInfo, ...]
    form_ids: frozenset[str]
    decision_ids: frozenset[str]
    process_ids: frozenset[str]
    properties: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)
    listeners: Listeners = field(default_factory=dict)

    @property
    def root(self) -> FlowScope:
        return self.scopes[""]

    @cached_property
    def compensated(self) -> frozenset[str]:
        """The subprocesses that can be compensated by what is in them."""
        from engine.runtime.compensation import compensated  # noqa: PLC0415

        return compensated(self.scopes, self.nodes)

    @cached_property
    def conditional(self) -> frozenset[str]:
        """The scopes (by id) with a conditional event in them or in a subprocess within."""
        found: set[str] = set()
        for node in self.nodes.values():
            if node.event and any(d.kind == "conditional" for d in node.event.definitions):
                at: str | None = node.scope
                while at is not None and at not in found:
                    found.add(at)
                    at = self.nodes[at].scope if at else None
        return frozenset(found)

    def element(self, element_id: str) -> ElementInfo | None:
        return self._elements.get(element_id)

    @cached_property
    def _elements(self) -> dict[str, ElementInfo]:
        return {e.id: e for e in self.elements}

    def node(self, element_id: str) -> Node | None:
        return self.nodes.get(element_id)
