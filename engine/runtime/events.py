"""What waits for events, and what happens when one comes (BPMN 2.0.2 §10.5, §13.5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from engine.model import effects
from engine.model.errors import Conflict
from engine.model.keys import Key
from engine.runtime import timers
from engine.runtime.definition import EventDefinition, Node
from engine.runtime.expressions import as_text
from engine.runtime.faults import Fault
from engine.runtime.scope import Instance, Kind, LiveScope
from engine.runtime.variables import Chain
from engine.text import tell

if TYPE_CHECKING:
    from engine.runtime.run import Run
    from engine.runtime.tree import Token

#: A wait as it is saved: key of the timer or subscription, event id, due time, repetitions left.
Wait = list[Any]

#: What is waited for by a row of the service's.
OUTSIDE = frozenset({"timer", "message", "signal"})


def event_id(node: Node, definition: EventDefinition) -> str:
    """The event id of a wait: the node's, with the definition's where there are several."""
    several = node.event is not None and len(node.event.definitions) > 1
    return f"{node.id}/{definition.id}" if several else node.id


def open_waits(run: Run, key: Key, node: Node, chain: Chain) -> list[Wait]:
    """Set the timers and open the subscriptions of an event; they belong to ``key``."""
    waits: list[Wait] = []
    assert node.event is not None  # noqa: S101 - events have one
    for definition in node.event.definitions:
        name = event_id(node, definition)
        if definition.kind == "timer":
            waits.append(_set_timer(run, key, name, definition, chain))
        elif definition.kind in {"message", "signal"}:
            waits.append(_subscribe(run, key, name, node, definition, chain))
        elif definition.kind == "conditional":
            waits.append([0, name, None, None])
            run.variables.version += 1  # to be looked at at once
    return waits


def _set_timer(run: Run, key: Key, name: str, definition: EventDefinition, chain: Chain) -> Wait:
    timer = definition.timer
    assert timer is not None  # noqa: S101
    environment = run.environment
    value = run.value(timer.value, chain)
    try:
        due = timers.first(timer.kind, value, environment.now, environment.zone_info)
    except ValueError as error:
        raise Fault(
            "EXTRACT_VALUE_ERROR",
            tell("定时“{timer}”无法确定时间：{error}", timer=timer.value.text, error=error),
        ) from None
    return _timer_wait(run, key, name, due)


def _timer_wait(run: Run, key: Key, name: str, due: timers.Due) -> Wait:
    wait_key = run.next_key()
    run.emit(
        effects.TimerSet(
            key=wait_key, element_key=key, event_id=name, due_at=due.at, repetitions=due.repetitions
        )
    )
    return [wait_key, name, due.at.isoformat(), due.repetitions]


def _subscribe(
    run: Run, key: Key, name: str, node: Node, definition: EventDefinition, chain: Chain
) -> Wait:
    kind = effects.SubscriptionKind(definition.kind)
    what = as_text(run.value(definition.name, chain))
    if not what:
        raise Fault("EXTRACT_VALUE_ERROR", tell("消息或信号的名称为空，请检查名称表达式。"))
    correlation = None
    if kind is effects.SubscriptionKind.MESSAGE and definition.correlation_key is not None:
        correlation = as_text(run.value(definition.correlation_key, chain))
        if not correlation:
            raise Fault(
                "EXTRACT_VALUE_ERROR",
                tell(
                    "消息“{what}”的关联键“{correlation_key}”没有值，应为文本或数字。",
                    what=what,
                    correlation_key=definition.correlation_key.text,
                ),
            )
    wait_key = run.next_key()
    interrupting = node.event is None or node.event.interrupting
    run.emit(
        effects.SubscriptionOpened(
            key=wait_key,
            element_key=key,
            event_id=name,
            kind=kind,
            name=what,
            correlation_key=correlation,
            interrupting=interrupting,
        )
    )
    return [wait_key, name, None, None]


def open_boundaries(run: Run, host: Instance) -> None:
    """Open what the boundary events of an activity wait for."""
    chain = run.chain_of(host)
    nodes = host.scope.flow.nodes
    waits = [w for b in host.node.boundaries for w in open_waits(run, host.key, nodes[b], chain)]
    if waits:
        host.data["w"] = host.data.get("w", []) + waits


def open_triggers(run: Run, scope: LiveScope) -> None:
    """Open what the event subprocesses of a scope wait for."""
    chain = run.chain(scope)
    waits = [
        wait
        for start_id in scope.flow.triggers
        for wait in open_waits(run, scope.key, scope.definition.nodes[start_id], chain)
    ]
    if waits:
        scope.data["w"] = waits


def close_triggers(run: Run, scope: LiveScope) -> None:
    for wait in scope.data.pop("w", ()):
        if wait[0]:
            run.emit(effects.WaitClosed(key=wait[0]))


def trigger(run: Run, key: Key, name: str, variables: Mapping[str, Any]) -> None:
    """An event that was waited for has come from outside."""
    if run.has_scope(key):
        scope = run.scope(key)
        start = node_id(name)
        if scope.kind is not Kind.BODY and start in scope.flow.triggers:  # an event subprocess
            wait = _wait(scope.data, name)
            if consume(run, scope.data, wait, scope.definition.nodes[start], key, run.chain(scope)):
                fire_trigger(run, scope, start, variables)
            return
    instance = run.find(key)
    wait = _wait(instance.data, name)
    node = instance.scope.definition.nodes[node_id(name)]
    if consume(run, instance.data, wait, node, key, run.chain_of(instance)):
        fire(run, instance, node, variables)


def node_id(name: str) -> str:
    """The node of an event id."""
    return name.partition("/")[0]


def _wait(data: dict[str, Any], name: str) -> Wait:
    for wait in data.get("w", ()):
        if wait[1] == name:
            found: Wait = wait
            return found
    raise Conflict(what=tell("该事件"), reason=tell("它已经发生过，或不再等待"))


def consume(run: Run, data: dict[str, Any], wait: Wait, node: Node, key: Key, chain: Chain) -> bool:
    """Use a wait of ``data`` up; gives whether the event as a whole has come now."""
    event = node.event
    assert event is not None  # noqa: S101
    if event.parallel:
        data["w"].remove(wait)
        if wait[0]:
            run.emit(effects.WaitClosed(key=wait[0]))
        if any(node_id(w[1]) == node.id for w in data["w"]):
            return False
        if not event.interrupting:
            data["w"] += open_waits(run, key, node, chain)
        return True
    if node.type in {"boundaryEvent", "startEvent"} and not event.interrupting:
        _renew(run, data, wait, node, key, chain)
    return True


def _renew(run: Run, data: dict[str, Any], wait: Wait, node: Node, key: Key, chain: Chain) -> None:
    """A non-interrupting event goes on waiting: a subscription stays, a timer may repeat."""
    definition = next(
        (d for d in (node.event.definitions if node.event else ()) if event_id(node, d) == wait[1]),
        None,
    )
    if definition is None or definition.timer is None:
        return
    data["w"].remove(wait)
    run.emit(effects.WaitClosed(key=wait[0]))
    if definition.timer.kind == "cycle":
        environment = run.environment
        value = run.value(definition.timer.value, chain)
        following = timers.following(
            value, datetime.fromisoformat(wait[2]), wait[3], environment.now, environment.zone_info
        )
        if following is not None:
            data["w"].append(_timer_wait(run, key, wait[1], following))


def fire(run: Run, instance: Instance, node: Node, variables: Mapping[str, Any]) -> None:
    """An event has come for an element instance: its boundary event, itself, or one behind it."""
    from engine.runtime import lifecycle  # noqa: PLC0415 - they drive each other

    if node.type == "boundaryEvent":
        fire_boundary(run, instance, node, variables)
    elif node.id == instance.node.id:
        lifecycle.finish(run, instance, variables)
    else:  # an event-based gateway goes on to the event that came
        flow = next(f for f in instance.node.outgoing if f.target == node.id)
        for token in lifecycle.depart(run, instance, [flow], {"t": 1}):
            _give(run, token, variables)


def fire_boundary(run: Run, host: Instance, node: Node, variables: Mapping[str, Any]) -> None:
    from engine.runtime import lifecycle  # noqa: PLC0415

    if node.event is not None and node.event.interrupting:
        lifecycle.cancel(run, host)
    put(run, host.scope, node.id, (host.key,), variables)


def fire_trigger(
    run: Run,
    scope: LiveScope,
    start_id: str,
    variables: Mapping[str, Any],
    parents: tuple[Key, ...] = (),
) -> None:
    """Begin an event subprocess; an interrupting one ends what else goes on in its scope."""
    from engine.runtime import behaviours, lifecycle  # noqa: PLC0415

    start = scope.definition.nodes[start_id]
    if start.event is not None and start.event.interrupting:
        scope.data["z"] = 1
        close_triggers(run, scope)
        for token in scope.tree.tokens:
            instance = run.instance(scope, token.key)
            if instance is not None:
                lifecycle.cancel(run, instance)
    token = scope.tree.put(scope.flow.triggers[start_id], {"p": list(parents), "at": [start_id]})
    behaviours.open_at_once(run, scope, token, variables)


def put(
    run: Run,
    scope: LiveScope,
    target: str,
    parents: tuple[Key, ...],
    variables: Mapping[str, Any] | None = None,
    data: Mapping[str, Any] | None = None,
) -> Token:
    """Put a token at a node, with variables of its own."""
    token = scope.tree.put(target, {"p": list(parents), **(data or {})})
    run.disturb(scope)
    if variables:
        _give(run, token, variables)
    return token


def _give(run: Run, token: Token, variables: Mapping[str, Any]) -> None:
    if variables:
        token.internal_data["l"] = 1
        run.variables.create(token.key)
        for name, value in variables.items():
            run.variables.write(token.key, name, value)


def throw(
    run: Run,
    kind: str,
    code: str,
    instance: Instance | None,
    scope: LiveScope,
    variables: Mapping[str, Any],
) -> bool:
    """An error or escalation looks outwards for who catches it; gives whether it was caught.

    At each level: the boundary events of the activity, then the event subprocesses of the scope;
    an exact code before one that catches all.
    """
    while True:
        if instance is not None and not instance.inner:
            nodes = scope.flow.nodes
            boundary = _catcher(
                run, instance, (nodes[b] for b in instance.node.boundaries), kind, code
            )
            if boundary is not None:
                fire_boundary(run, instance, boundary, variables)
                return True
        if scope.kind is not Kind.BODY and not scope.data.get("z"):
            starts = (scope.definition.nodes[s] for s in scope.flow.triggers)
            start = _catcher(run, None, starts, kind, code)
            if start is not None:
                parents = () if instance is None else (instance.key,)
                fire_trigger(run, scope, start.id, variables, parents)
                return True
        instance = run.owner(scope)
        if instance is None:
            return False
        scope = instance.scope


def _catcher(
    run: Run, host: Instance | None, nodes: Iterator[Node], kind: str, code: str
) -> Node | None:
    catch_all = None
    for node in nodes:
        for definition in node.event.definitions if node.event else ():
            if definition.kind != kind:
                continue
            chain = run.chain_of(host) if host is not None else ()
            wanted = definition.code
            text = (
                None
                if wanted is None
                else (wanted.text if wanted.formula is None else as_text(run.value(wanted, chain)))
            )
            if text == code:
                return node
            if wanted is None and catch_all is None:
                catch_all = node
    return catch_all
