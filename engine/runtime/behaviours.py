"""What each kind of element does once a token has entered it (BPMN 2.0.2 §13).

A behaviour either finishes the element instance at once or leaves something open for it (a task,
a job, a wait, a scope); ``data["k"]`` notes which: ``t`` task, ``j`` job, ``s`` scope, ``w`` wait.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from engine.model import effects
from engine.model.keys import Key
from engine.runtime import ad_hoc, compensation, decisions, events, listeners, throwing
from engine.runtime.bindings import plain
from engine.runtime.definition import Node
from engine.runtime.expressions import as_text
from engine.runtime.faults import Fault
from engine.runtime.scope import Instance, Kind, LiveScope
from engine.runtime.task_listeners import open_task

if TYPE_CHECKING:
    from engine.runtime.run import Run
    from engine.runtime.tree import Token

Behaviour = Callable[["Run", Instance], None]


def behaviour_of(node: Node) -> Behaviour:
    return BEHAVIOURS[node.type]


def _finish(run: Run, instance: Instance, results: Mapping[str, Any] | None = None) -> None:
    from engine.runtime import lifecycle  # noqa: PLC0415 - it drives the behaviours

    lifecycle.finish(run, instance, results)


def pass_through(run: Run, instance: Instance) -> None:
    _finish(run, instance)


def caught(run: Run, instance: Instance) -> None:
    """An event that has come already: what it carries goes to the scope around it."""
    if instance.data.get("l") and not instance.node.outputs:
        local = run.variables.local(instance.key)
        run.variables.merge(run.chain(instance.scope), local)
    _finish(run, instance)


def catch(run: Run, instance: Instance) -> None:
    """An intermediate catch event or receive task waits."""
    node = instance.node
    if instance.data.pop("t", None) or (node.event and node.event.kind == "link"):
        caught(run, instance)
        return
    waits = events.open_waits(run, instance.key, node, run.chain_of(instance))
    instance.data["w"] = instance.data.get("w", []) + waits


def gateway_of_events(run: Run, instance: Instance) -> None:
    """An event-based gateway waits for each of the events behind it (§13.4.4)."""
    chain = run.chain_of(instance)
    nodes = instance.scope.flow.nodes
    waits = []
    for flow in instance.node.outgoing:
        waits += events.open_waits(run, instance.key, nodes[flow.target], chain)
    instance.data["w"] = waits


def job(run: Run, instance: Instance) -> None:
    node = instance.node
    assert node.job is not None  # noqa: S101 - checked when it was compiled
    kind, count = listeners.evaluated(run, node.job, run.chain_of(instance))
    instance.data["k"] = "j"
    run.emit(
        effects.JobCreated(
            key=instance.key,
            scope_key=instance.scope.key,
            element_id=node.id,
            type=kind,
            retries=count,
            headers=node.headers,
            properties=node.properties,
        )
    )


def script(run: Run, instance: Instance) -> None:
    if instance.node.script is None:
        job(run, instance)
        return
    found = instance.node.script
    value = run.evaluate(found.expression, run.chain_of(instance))
    _finish(run, instance, {found.result_variable: value})


def business_rule(run: Run, instance: Instance) -> None:
    if instance.node.decision is None:
        job(run, instance)
        return
    value = decisions.decide(run, instance)
    _finish(run, instance, {instance.node.decision.result_variable: value})


def send(run: Run, instance: Instance) -> None:
    if instance.node.job is not None:
        job(run, instance)
        return
    assert instance.node.event is not None  # noqa: S101
    throwing.throw_message(run, instance, instance.node.event.definitions[0])
    _finish(run, instance)


def throw_event(run: Run, instance: Instance) -> None:
    """An intermediate throw event or an end event, by a job or by itself."""
    if instance.node.job is not None:
        job(run, instance)
    else:
        throwing.throw_event(run, instance)


def subprocess(run: Run, instance: Instance) -> None:
    """Open the scope of an embedded subprocess, or of an event subprocess."""
    chosen = None
    if (
        instance.node.ad_hoc is not None
        and "at" not in instance.data
        and "old" not in instance.data
    ):
        chosen = ad_hoc.choose(run, instance)
    scope = _open_scope(run, instance, Kind.SUBPROCESS, instance.scope.process_id)
    begin(run, scope, instance, chosen)


def open_at_once(run: Run, scope: LiveScope, token: Token, variables: Mapping[str, Any]) -> None:
    """Enter an event subprocess now, handing its start event what the event carries."""
    start = token.internal_data["at"][0]
    from engine.runtime import lifecycle  # noqa: PLC0415

    lifecycle.advance(run, scope, token)
    if variables and run.has_scope(token.key):
        inner = run.scope(token.key)
        for inner_token in inner.tree.tokens:
            if inner_token.node.id == start:
                events._give(run, inner_token, variables)


def call(run: Run, instance: Instance) -> None:
    """Open the called process, with copies of the variables it may see."""
    node = instance.node
    assert node.call is not None  # noqa: S101 - checked when it was compiled
    chain = run.chain_of(instance)
    process_id = as_text(run.value(node.call.process_id, chain)) or ""
    if process_id not in run.bundle.processes:
        raise Fault(
            "CALLED_ELEMENT_ERROR",
            f"被调用的流程“{plain(process_id)}”不存在或尚未部署。请部署该流程，或改正流程编号后重试。",
        )
    own = run.variables.local(instance.key) if instance.data.get("l") else {}
    seen = run.variables.visible(chain) if node.call.propagate_all_parent_variables else {}
    scope = _open_scope(run, instance, Kind.PROCESS, process_id)
    for name, value in seen.items():
        if name not in own:
            run.variables.write(scope.key, name, value)
    begin(run, scope, instance)


def _open_scope(run: Run, instance: Instance, kind: Kind, process_id: str) -> LiveScope:
    instance.data["k"] = "s"
    if not instance.inner:
        instance.data["l"] = 1
    return run.create_scope(
        instance.key, instance.scope, kind, process_id=process_id, element_id=instance.node.id
    )


def begin(run: Run, scope: LiveScope, opener: Instance, chosen: list[str] | None = None) -> None:
    """Enter a scope: its event subprocesses listen, tokens are put at its start.

    The opener may lead elsewhere: ``at`` names the node where one token is put instead, and
    further ones lead on into the subprocess of that node; ``vs`` are ended scopes whose variables
    are taken over, ``ra`` arrivals at joins to restore (each one entry for each level), ``mod``: it
    is so by hand; ``old``: the ended scope that is to be compensated. ``chosen``: the activities of
    an ad-hoc subprocess.
    """
    from engine.runtime import returning  # noqa: PLC0415 - it drives the lifecycle

    if scope.kind is Kind.PROCESS and listeners.begin_scope(run, scope, "start"):
        return
    data = opener.data
    past = data.pop("old", None)
    if past is not None:
        run.disturb(scope)
        compensation.begin_again(run, scope, opener, Key(past))
        return
    events.open_triggers(run, scope)  # may fail: where to begin is still noted then
    at, old, arrivals = (data.pop(name, None) for name in ("at", "vs", "ra"))
    by_hand = data.pop("mod", None)
    if by_hand:
        scope.data["mod"] = by_hand
    if chosen is not None:
        ad_hoc.begin(run, scope, chosen)
        run.disturb(scope)
        return
    if old:
        for name, value in run.variables.local(Key(old[0])).items():
            run.variables.write(scope.key, name, value)
    if at:
        rest = {
            "at": at[1:],
            "vs": (old or [])[1:],
            "ra": (arrivals or [])[1:],
            "mod": by_hand if at[1:] else None,
        }
        scope.tree.enter_at(
            at[0], {"p": [opener.key], **{name: value for name, value in rest.items() if value}}
        )
        if arrivals:
            returning.restore(run, scope, arrivals[0])
    else:
        for node_id in scope.flow.starts:
            events.put(run, scope, node_id, (opener.key,))
    run.disturb(scope)


def complete_scope(run: Run, scope: LiveScope) -> None:
    """The last token of a scope has gone: the activity that opened it is done."""
    if "li" in scope.data or "i" in scope.data:
        return  # its listeners are not done
    events.close_triggers(run, scope)
    if scope.kind is Kind.PROCESS and listeners.end_scope(run, scope):
        return
    owner = run.owner(scope)
    run.drop(scope)
    if owner is None:
        from engine.model.states import InstanceState  # noqa: PLC0415

        run.emit(effects.InstanceEnded(state=InstanceState.COMPLETED))
        return
    owner.data.pop("k", None)
    results: Mapping[str, Any] = {}
    call = owner.node.call
    if call is not None and not owner.node.outputs and call.propagate_all_child_variables:
        _hand_up(run, owner)
    _finish(run, owner, results)


def _hand_up(run: Run, owner: Instance) -> None:
    """Write the variables of a called process to the caller's scopes."""
    run.variables.merge(run.chain(owner.scope), run.variables.local(owner.key))


BEHAVIOURS: Mapping[str, Behaviour] = {
    "task": pass_through,
    "manualTask": pass_through,
    "userTask": open_task,
    "serviceTask": job,
    "scriptTask": script,
    "businessRuleTask": business_rule,
    "sendTask": send,
    "receiveTask": catch,
    "subProcess": subprocess,
    "transaction": subprocess,
    "adHocSubProcess": subprocess,
    "complexGateway": pass_through,
    "callActivity": call,
    "exclusiveGateway": pass_through,
    "parallelGateway": pass_through,
    "inclusiveGateway": pass_through,
    "eventBasedGateway": gateway_of_events,
    "startEvent": caught,
    "boundaryEvent": caught,
    "intermediateCatchEvent": catch,
    "intermediateThrowEvent": throw_event,
    "endEvent": throw_event,
}

__all__ = ["BEHAVIOURS", "begin", "behaviour_of", "complete_scope", "open_at_once"]
