"""What throw and end events do, and how message tasks send (BPMN 2.0.2 §10.5, §13.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.model import effects
from engine.runtime import compensation, events
from engine.runtime.definition import EventDefinition
from engine.runtime.expressions import as_text
from engine.runtime.faults import BpmnError, Fault
from engine.runtime.scope import Instance

if TYPE_CHECKING:
    from engine.runtime.run import Run


def _finish(run: Run, instance: Instance) -> None:
    from engine.runtime import lifecycle  # noqa: PLC0415 - it drives the behaviours

    lifecycle.finish(run, instance)


def throw_message(run: Run, instance: Instance, definition: EventDefinition) -> None:
    """Publish a message: its correlation key and the element's local variables go with it."""
    chain = run.chain_of(instance)
    name = as_text(run.value(definition.name, chain))
    if not name:
        raise Fault("EXTRACT_VALUE_ERROR", "消息名称为空，请检查名称表达式。")
    key = as_text(run.value(definition.correlation_key, chain)) or ""
    run.emit(effects.MessageThrown(name=name, correlation_key=key, variables=_own(run, instance)))


def throw_signal(run: Run, instance: Instance, definition: EventDefinition) -> None:
    name = as_text(run.value(definition.name, run.chain_of(instance)))
    if not name:
        raise Fault("EXTRACT_VALUE_ERROR", "信号名称为空，请检查名称表达式。")
    run.emit(effects.SignalThrown(name=name, variables=_own(run, instance)))


def throw_from(
    run: Run, owner: Instance, definition: EventDefinition, variables: Mapping[str, Any]
) -> None:
    """A multi-instance throws as one of its instances completes (§10.3.7).

    A boundary event of the activity catches it at once; what none of them catches is thrown as
    by a throw event. ``variables``: given to a boundary event that maps them.
    """
    nodes = owner.scope.flow.nodes
    chain = run.chain_of(owner)
    wanted = as_text(run.value(definition.code or definition.name, chain))
    for boundary in (nodes[b] for b in owner.node.boundaries):
        event = boundary.event
        if event is None or event.parallel:
            continue
        for caught in event.definitions:
            value = caught.code or caught.name
            if caught.kind == definition.kind and (
                value is None or as_text(run.value(value, chain)) == wanted
            ):
                given = variables if boundary.outputs else {}
                events.fire_boundary(run, owner, boundary, given)
                return
    if definition.kind == "signal":
        run.emit(effects.SignalThrown(name=wanted or "", variables={}))
    elif definition.kind == "message":
        key = as_text(run.value(definition.correlation_key, chain)) or ""
        run.emit(effects.MessageThrown(name=wanted or "", correlation_key=key, variables={}))
    else:
        events.throw(run, "escalation", wanted or "", None, owner.scope, {})


def _own(run: Run, instance: Instance) -> dict[str, Any]:
    return run.variables.local(instance.key) if instance.data.get("l") else {}


def throw_event(run: Run, instance: Instance) -> None:
    """An intermediate throw event or an end event throws what it carries, then goes on."""
    node = instance.node
    event = node.event
    for definition in event.definitions if event else ():
        match definition.kind:
            case "message":
                throw_message(run, instance, definition)
            case "signal":
                throw_signal(run, instance, definition)
            case "link":
                _jump(run, instance, definition)
                return
            case "terminate":
                _terminate(run, instance)
                return
            case "compensation":
                compensation.throw(run, instance, definition.activity)
                return
            case "cancel":
                _cancel_others(run, instance)
                compensation.throw(run, instance, None, cancels=True)
                return
            case "error":
                raise BpmnError(_code(run, instance, definition))
            case "escalation":
                code = _code(run, instance, definition)
                events.throw(run, "escalation", code, None, instance.scope, _own(run, instance))
                if not _alive(run, instance):
                    return
            case _:
                raise Fault("UNSUPPORTED", f"事件类型 {definition.kind} 不受支持。")
    if node.type == "endEvent":
        run.emit(effects.EndReached(element_id=node.id, name=node.name))
    _finish(run, instance)


def _alive(run: Run, instance: Instance) -> bool:
    return not instance.scope.over and run.instance(instance.scope, instance.key) is not None


def _code(run: Run, instance: Instance, definition: EventDefinition) -> str:
    code = as_text(run.value(definition.code, run.chain_of(instance)))
    if not code:
        raise Fault("EXTRACT_VALUE_ERROR", "错误或升级的代码为空，请检查代码表达式。")
    return code


def _jump(run: Run, instance: Instance, definition: EventDefinition) -> None:
    """A link throw event goes on at the catch event of the same name."""
    from engine.runtime import lifecycle  # noqa: PLC0415

    name = definition.name.text if definition.name else ""
    instance.data["ln"] = instance.scope.flow.links[name]
    lifecycle.finish(run, instance)


def _cancel_others(run: Run, instance: Instance) -> None:
    from engine.runtime import lifecycle  # noqa: PLC0415

    scope = instance.scope
    for token in scope.tree.tokens:
        other = run.instance(scope, token.key)
        if other is not None and other.key != instance.key:
            lifecycle.cancel(run, other)
    events.close_triggers(run, scope)


def _terminate(run: Run, instance: Instance) -> None:
    """A terminate end event ends everything in its scope (§10.5.3)."""
    _cancel_others(run, instance)
    run.emit(effects.EndReached(element_id=instance.node.id, name=instance.node.name))
    _finish(run, instance)
