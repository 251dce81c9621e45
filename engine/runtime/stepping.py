"""The step: one command applied to one instance, as a pure function (design decision 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.feel.values import from_host
from engine.model import effects
from engine.model.commands import (
    ChangeTask,
    Command,
    Complete,
    CompleteListener,
    Modify,
    Retry,
    ReturnTo,
    SetVariables,
    Start,
    Terminate,
    ThrowError,
    Trigger,
)
from engine.model.errors import Conflict
from engine.model.states import InstanceState
from engine.model.step import State, Stepped
from engine.runtime import (
    ad_hoc,
    behaviours,
    canceling,
    conditions,
    events,
    joins,
    lifecycle,
    listeners,
    modifying,
    returning,
    task_listeners,
)
from engine.runtime.bundle import Bundle, Environment
from engine.runtime.run import Run
from engine.runtime.scope import Kind, LiveScope
from engine.runtime.specs import JoinSpec
from engine.text import tell


def step(
    bundle: Bundle,
    state: State,
    command: Command,
    environment: Environment,
    kept: Mapping[str, Any] | None = None,
) -> Stepped:
    """Apply a command; gives what became of the instance and what the world has to do.

    ``kept``: plain JSON that comes back with ``CommandResumed`` where the command is held.

    Raises :class:`NeedMore` (load those rows and step again; nothing changed), ``Conflict`` where
    the command concerns an element that is not open, or ``SnapshotUnreadable``.
    Errors in the diagram's own expressions do not raise: they are incidents.
    """
    run = _run(bundle, state, environment)
    canceling.watch(run, command)
    apply(run, command)
    settle(run)
    if run.unheard:
        tried, run = run, _run(bundle, state, environment)
        canceling.hold(run, command, tried, kept or {})
    elif run.resumed:
        canceling.release(run)
    return run.result()


def _run(bundle: Bundle, state: State, environment: Environment) -> Run:
    run = Run(bundle, state, environment)
    run.ready = lambda scope, token: lifecycle.ready(run, scope, token)
    run.enter = lambda scope, token: lifecycle.enter(run, scope, token)
    return run


def apply(run: Run, command: Command) -> None:
    match command:
        case Start():
            _start(run, command)
        case Complete():
            _complete(run, command)
        case CompleteListener():
            listeners.complete(run, command, _values(command.variables))
        case ChangeTask():
            task_listeners.change(run, command)
        case Trigger():
            events.trigger(run, command.element_key, command.event_id, _values(command.variables))
        case ThrowError():
            instance = run.find(command.element_key)
            if instance.data.get("k") not in {"t", "j"}:
                raise Conflict(
                    what=tell("该环节"), reason=tell("它没有正在办理的任务，不能抛出错误")
                )
            lifecycle.throw_error(
                run, instance, command.code, command.message, _values(command.variables)
            )
        case SetVariables():
            _set_variables(run, command)
        case Retry():
            _retry(run, command)
        case Terminate():
            _terminate(run)
        case ReturnTo():
            returning.return_to(run, command)
        case Modify():
            modifying.modify(run, command)


def settle(run: Run) -> None:
    """Do all there is to do, until every token waits or is gone."""
    while True:
        while run.queue:
            run.queue.popleft()()
        if not _rest(run) and not conditions.review(run):
            return


def _rest(run: Run) -> bool:
    """The queue is empty: end scopes that are empty, let joins pass that no token can reach."""
    for scope in sorted(run.unsettled.values(), key=lambda s: -s.key):
        if scope.over or scope.kind is Kind.BODY:
            continue
        if scope.tree.empty and not ad_hoc.begin_again(run, scope):
            behaviours.complete_scope(run, scope)
        if run.queue or scope.over:
            return True
    for scope in list(run.unsettled.values()):
        if scope.over or scope.kind is Kind.BODY:
            continue
        if _join(scope):
            return True
    run.unsettled.clear()
    return False


def _join(scope: LiveScope) -> bool:
    """Try the joins that look at the whole scope."""
    tree = scope.tree
    passed = False
    tree.busy = False
    for node_id in list(tree.arrivals):
        spec = scope.flow.spec.at(node_id)
        if isinstance(spec, JoinSpec) and tree.arrivals[node_id]:
            survivor = spec.join(tree)
            if survivor is None and "mod" in scope.data and spec.rule is joins.parallel:
                survivor = spec.join(tree, joins.inclusive)  # what was moved away never comes
            if survivor is not None:
                survivor._ready()
                passed = True
                break
    tree.busy = True
    return passed


def _values(variables: Mapping[str, Any]) -> dict[str, Any]:
    return {name: from_host(value) for name, value in variables.items()}


def _start(run: Run, command: Start) -> None:
    if run.state.scopes:
        raise Conflict(what=tell("这一件"), reason=tell("它已经启动"))
    definition = run.definition(run.bundle.process_id)
    key = run.state.instance_key
    scope = run.create_scope(
        key, None, Kind.PROCESS, process_id=definition.process_id, element_id=None
    )
    for name, value in _values(command.variables).items():
        run.variables.write(key, name, value)
    starts = scope.flow.starts
    if command.element_id is not None:
        starts = (command.element_id,)
        if command.element_id not in scope.flow.nodes:
            raise Conflict(
                what=tell("启动事件"),
                reason=tell("流程中没有“{element_id}”", element_id=command.element_id),
            )
    if not starts:
        raise Conflict(
            what=tell("流程"), reason=tell("它没有普通的启动事件，只能由消息、信号或定时启动")
        )
    drawn = [n for n in starts if scope.flow.nodes[n].type == "startEvent"]
    if len(drawn) > 1:  # each opens an instance of its own (BPMN 2.0.2 §10.5.2)
        names = "、".join(f"“{scope.flow.nodes[n].name or n}”（{n}）" for n in drawn)
        raise Conflict(
            what=tell("流程"),
            reason=tell("它有几个普通启动事件，请指明从哪一个启动：{names}", names=names),
        )
    scope.data["st"] = [*starts]
    others = _awaited_with(scope, command.element_id)
    if others:
        scope.data["sw"] = others
    if command.element_id:
        scope.data["se"] = 1
    listeners.start_root(run, scope)


def _awaited_with(scope: LiveScope, element_id: str | None) -> list[str]:
    """The other events of a parallel gateway that opens instances: they have to come, too."""
    for node in scope.flow.nodes.values():
        targets = [f.target for f in node.outgoing]
        if node.instantiate and not node.exclusive_events and element_id in targets:
            return [t for t in targets if t != element_id]
    return []


def _complete(run: Run, command: Complete) -> None:
    instance = run.find(command.element_key)
    if instance.data.get("k") not in {"t", "j"} or "i" in instance.data:
        raise Conflict(what=tell("该环节"), reason=tell("它没有正在办理的任务，不能办结"))
    run.disturb(instance.scope)
    values = _values(command.variables)
    task = instance.data["k"] == "t"
    if instance.node.listeners and task and task_listeners.hold(run, instance, command, values):
        return
    del instance.data["k"]
    lifecycle.finish(run, instance, values)


def _retry(run: Run, command: Retry) -> None:
    if run.has_scope(command.element_key):
        scope = run.scope(command.element_key)
        if "i" in scope.data:
            listeners.retry_scope(run, scope)
            return
    instance = run.find(command.element_key)
    if "i" not in instance.data:
        raise Conflict(what=tell("该环节"), reason=tell("它没有异常，无须重试"))
    lifecycle.retry(run, instance)


def _set_variables(run: Run, command: SetVariables) -> None:
    values = _values(command.variables)
    if run.has_scope(command.scope_key):
        for name, value in values.items():
            run.variables.write(command.scope_key, name, value)
        run.disturb(run.scope(command.scope_key))
        return
    instance = run.find(command.scope_key)
    run.write_local(instance, values)
    run.disturb(instance.scope)


def _terminate(run: Run) -> None:
    """End the instance with all that is open in it."""
    key = run.state.instance_key
    lifecycle.terminate_scope(run, key)
    run.emit(effects.InstanceEnded(state=InstanceState.TERMINATED))
