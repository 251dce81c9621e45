"""Listeners (Camunda 8): jobs that an element's life waits for.

``start`` listeners come after the input mappings and before the element's own work; what they give
back becomes its local variables. ``end`` listeners come after the output mappings and before it is
left; what they give back goes where the outputs went. Several of one event are done in the order
drawn. Those of a process come before its start event and after its last token; those of user tasks
stand in :mod:`engine.runtime.task_listeners`.

``data["li"]`` of an instance or of a process's scope: event, index, key of the job.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from engine.model import effects
from engine.model.errors import Conflict
from engine.model.states import JobKind
from engine.runtime.definition import Job, Listener
from engine.runtime.expressions import as_text
from engine.runtime.faults import Fault
from engine.runtime.scope import Instance, Kind, LiveScope
from engine.runtime.variables import Chain
from engine.text import tell

if TYPE_CHECKING:
    from engine.model.commands import CompleteListener
    from engine.runtime.run import Run


def evaluated(run: Run, job: Job | Listener, chain: Chain) -> tuple[str, int]:
    """The type of a job, and how often it may be tried; raises a Fault."""
    kind = as_text(run.value(job.type, chain))
    if not kind:
        raise Fault(
            "EXTRACT_VALUE_ERROR", tell("任务类型“{kind}”没有值，应为文本。", kind=job.type.text)
        )
    retries = run.value(job.retries, chain)
    try:
        count = int(retries) if isinstance(retries, (str, Decimal)) else -1
    except ValueError:
        count = -1
    if count < 0:
        raise Fault(
            "EXTRACT_VALUE_ERROR",
            tell("重试次数“{retries}”应为非负整数。", retries=job.retries.text),
        )
    return kind, count


def begin(run: Run, instance: Instance, event: str, index: int = 0) -> bool:
    """Have a listener of an event done; gives whether there is one. Raises a Fault."""
    found = instance.node.listeners.get(event, ())
    again = "c" in instance.data and not instance.node.compensates
    if index >= len(found) or again:  # a subprocess opened once more, to compensate it
        return False
    from engine.runtime import task_listeners  # noqa: PLC0415 - it drives this module

    kind, retries = evaluated(run, found[index], run.chain_of(instance))
    task = event in task_listeners.EVENTS
    told = task_listeners.told(run, instance) if task else {}
    key = run.next_key()
    run.emit(
        effects.JobCreated(
            key=key,
            scope_key=instance.scope.key,
            element_id=instance.node.id,
            type=kind,
            retries=retries,
            headers={**found[index].headers, **told},
            properties=instance.node.properties,
            kind=JobKind.TASK_LISTENER if task else JobKind.EXECUTION_LISTENER,
            listener_event=event.upper(),
            element_key=instance.key,
        )
    )
    instance.data["k"] = "l"
    instance.data["li"] = [event, index, key]
    return True


def cancel(run: Run, instance: Instance) -> None:
    """The element is taken away while a listener is at work."""
    _, _, key = instance.data.pop("li")
    run.emit(effects.JobCanceled(key=key, element_key=instance.key))
    if instance.data.pop("pe", None):
        run.emit(effects.TaskCanceled(key=instance.key))


def complete(run: Run, command: CompleteListener, values: Mapping[str, Any]) -> None:
    """The job of a listener is done; Conflict where it is not the one that is waited for."""
    from engine.runtime import task_listeners  # noqa: PLC0415

    if run.has_scope(command.element_key):
        scope = run.scope(command.element_key)
        if scope.data.get("li", ("", 0, 0))[2] == command.job_key:
            _scope_done(run, scope, values)
            return
    instance = run.find(command.element_key)
    event, index, key = instance.data.get("li", ("", 0, 0))
    if key != command.job_key:
        raise Conflict(what=tell("此监听任务"), reason=tell("它已经完成或取消"))
    task_listeners.require_fit(event, command)
    if event in task_listeners.EVENTS:
        task_listeners.done(run, instance, event, index, command)
        return
    run.disturb(instance.scope)
    del instance.data["li"], instance.data["k"]
    if event == "start":
        run.write_local(instance, values)
    else:
        outer = run.chain_of(instance) if instance.inner else run.chain(instance.scope)
        run.variables.merge(outer, values)
    _go_on(run, instance, event, index)


def _go_on(run: Run, instance: Instance, event: str, index: int) -> None:
    """The next listener, or what comes after the last."""
    from engine.runtime import lifecycle  # noqa: PLC0415 - it drives this module

    first = lifecycle.FINISH if event == "end" else lifecycle.ENTER
    try:
        if begin(run, instance, event, index + 1):
            return
    except Fault as fault:
        lifecycle.incident(run, instance, fault, first)
        return
    if event == "end":
        lifecycle.done(run, instance)
    else:
        lifecycle.activate(run, instance, lifecycle.WORK)


# -- listeners of a process ---------------------------------------------------------------------


def begin_scope(run: Run, scope: LiveScope, event: str, index: int = 0) -> bool:
    """The same for the listeners of a process. ``lo``: the events whose listeners are done."""
    found = scope.definition.listeners.get(event, ())
    if index >= len(found) or event in scope.data.get("lo", ()):
        return False
    kind, retries = evaluated(run, found[index], run.chain(scope))
    key = run.next_key()
    run.emit(
        effects.JobCreated(
            key=key,
            scope_key=scope.key,
            element_id=scope.definition.process_id,
            type=kind,
            retries=retries,
            headers=found[index].headers,
            properties=scope.definition.properties,
            kind=JobKind.EXECUTION_LISTENER,
            listener_event=event.upper(),
            element_key=scope.key,
        )
    )
    scope.data["li"] = [event, index, key]
    return True


def start_root(run: Run, scope: LiveScope) -> None:
    """Put tokens at the start of the instance, after the listeners of its process."""
    from engine.runtime import events  # noqa: PLC0415

    if _listening(run, scope, "start", 0):
        return
    mark = len(run.effects)
    try:
        events.open_triggers(run, scope)
    except Fault as fault:
        del run.effects[mark:]
        _stand(run, scope, "start", fault)
        return
    begun_by_event = scope.data.pop("se", None)
    for node_id in scope.data.pop("st"):
        events.put(run, scope, node_id, (), data={"t": 1} if begun_by_event else None)
    for node_id in scope.data.pop("sw", ()):
        events.put(run, scope, node_id, ())


def end_scope(run: Run, scope: LiveScope) -> bool:
    """The last token is gone; gives whether a listener has something to do first."""
    return _listening(run, scope, "end", 0)


def _listening(run: Run, scope: LiveScope, event: str, index: int) -> bool:
    """Begin a listener; where it cannot begin the scope stands in an incident."""
    try:
        return begin_scope(run, scope, event, index)
    except Fault as fault:
        _stand(run, scope, event, fault)
        return True


def _stand(run: Run, scope: LiveScope, event: str, fault: Fault) -> None:
    """A process stands in an incident before it has begun, or before it ends."""
    scope.data["i"] = event
    run.emit(
        effects.IncidentRaised(
            key=run.next_key(),
            element_key=scope.key,
            element_id=scope.definition.process_id,
            kind=fault.kind,
            message=f"流程“{scope.definition.name}”：{fault.message}",
        )
    )


def _scope_done(run: Run, scope: LiveScope, values: Mapping[str, Any]) -> None:
    event, index, _ = scope.data.pop("li")
    for name, value in values.items():
        run.variables.write(scope.key, name, value)
    run.disturb(scope)
    if not _listening(run, scope, event, index + 1):
        _scope_goes_on(run, scope, event)


def retry_scope(run: Run, scope: LiveScope) -> None:
    """Try the listeners of a process again, from the first of the event."""
    event = scope.data.pop("i")
    run.emit(effects.IncidentResolved(element_key=scope.key))
    run.disturb(scope)
    if not _listening(run, scope, event, 0):
        _scope_goes_on(run, scope, event)


def _scope_goes_on(run: Run, scope: LiveScope, event: str) -> None:
    from engine.runtime import behaviours  # noqa: PLC0415 - they drive each other

    if scope.definition.listeners.get(event):
        scope.data["lo"] = sorted({*scope.data.get("lo", ()), event})
    owner = run.owner(scope)
    if event == "end":
        behaviours.complete_scope(run, scope)
    elif owner is None:
        start_root(run, scope)
    else:
        assert scope.kind is Kind.PROCESS  # noqa: S101 - only processes have listeners
        mark = len(run.effects)
        try:
            behaviours.begin(run, scope, owner)
        except Fault as fault:
            del run.effects[mark:]
            _stand(run, scope, event, fault)
