"""What a step is asked to do with one instance.

Each command names the element instance (``element_key``) that it concerns; the
service has checked who may say so before the step sees it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.model.keys import Key

#: Variables as FEEL values (see ``engine.feel.values``).
Variables = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Start:
    """Open the instance: enter its start event (``element_id`` None = the none start event)."""

    variables: Variables = field(default_factory=dict)
    element_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Complete:
    """A user task, job or other waiting activity is done, with the variables it gives back.

    ``task``: the user task's attributes as they are, for its listeners (see ``ChangeTask``).
    """

    element_key: Key
    variables: Variables = field(default_factory=dict)
    task: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ChangeTask:
    """A user task is to be changed, and its listeners have to agree first.

    ``event``: ``assigning`` or ``updating``; ``action``: claim, assign, unassign, update …
    ``before``: its attributes as they are, ``asked``: those that shall be others, both by the names
    of ``CompleteListener.corrections``. ``kept``: what else goes with the change (plain JSON); it
    comes back with the effect ``TaskChanged``.
    """

    element_key: Key
    event: str
    action: str
    before: Mapping[str, Any] = field(default_factory=dict)
    asked: Mapping[str, Any] = field(default_factory=dict)
    kept: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class CompleteListener:
    """The job of a listener is done (``job_key``), which may deny what is asked of a task.

    ``corrections``: of the task as it will be: assignee, candidateUsers, candidateGroups,
    dueDate, followUpDate, priority; what is None or missing stays.
    """

    element_key: Key
    job_key: Key
    variables: Variables = field(default_factory=dict)
    denied: bool = False
    reason: str = ""
    corrections: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Trigger:
    """An event that was subscribed to (timer, message, signal) has come.

    ``element_key``: the element instance that waits: a catch event or event-based gateway,
    the activity a boundary event sits on, or the scope of an event subprocess.
    ``event_id``: the id of the catching event in the diagram.
    """

    element_key: Key
    event_id: str
    variables: Variables = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ThrowError:
    """A job (or a user task) ends in a BPMN error."""

    element_key: Key
    code: str
    message: str = ""
    variables: Variables = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class SetVariables:
    """Write variables into a scope (an administrator's correction, or a worker's progress)."""

    scope_key: Key
    variables: Variables


@dataclass(frozen=True, kw_only=True)
class Retry:
    """Try again an element instance that stands in an incident."""

    element_key: Key


@dataclass(frozen=True, kw_only=True)
class Terminate:
    """End the whole instance: application withdrawn, or cancelled by an administrator."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class Activation:
    """A token to put at a node, with variables of its own.

    ``scope_key``: the scope to put it in; ``near``: the element instance that it takes the place
    of: the nearest scope around that which holds the node. Neither: the instance's own scope.
    """

    element_id: str
    scope_key: Key | None = None
    near: Key | None = None
    variables: Variables = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Modify:
    """Move tokens by hand: terminate some element instances, activate some elements.

    ``terminate``: element instances, or tokens that wait at a join. ``variables``: written to the
    instance's own scope first.
    """

    terminate: tuple[Key, ...] = ()
    activate: tuple[Activation, ...] = ()
    variables: Variables = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ReturnTo:
    """Go back from an open element to a node already passed (驳回到任意节点, approval.md)."""

    element_key: Key
    target_visit: Key


Command = (
    Start
    | Complete
    | CompleteListener
    | ChangeTask
    | Trigger
    | ThrowError
    | SetVariables
    | Retry
    | Terminate
    | Modify
    | ReturnTo
)
