"""The life of an element instance: it is entered, does its work, is finished and left, or taken away.

What a kind of element does in between stands in :mod:`engine.runtime.behaviours`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.model import effects
from engine.model.keys import Key
from engine.model.states import VisitState
from engine.runtime import (
    ad_hoc,
    body,
    canceling,
    compensation,
    events,
    flows,
    listeners,
    mapping,
    task_listeners,
)
from engine.runtime.behaviours import behaviour_of
from engine.runtime.faults import BpmnError, Fault
from engine.runtime.run import ENTRY_LIMIT, Run
from engine.runtime.scope import Instance, LiveScope
from engine.runtime.tree import READY, STARTED, Token

#: Where an element instance stands in an incident, and so what a retry does.
ENTER, WORK, FINISH, DONE, LEAVE = "enter", "work", "finish", "done", "leave"

#: Its task is to be taken away, and a listener cannot be asked.
CANCEL = "cancel"

#: Something was asked of its task, and a listener cannot be asked.
HELD = "held"

#: It came to a gateway whose activation condition cannot be evaluated.
JOIN = "join"


def ready(run: Run, scope: LiveScope, token: Token) -> None:
    """A token became READY: it is run when its turn comes."""
    run.queue.append(lambda: advance(run, scope, token))


def advance(run: Run, scope: LiveScope, token: Token) -> None:
    if scope.over or token.state != READY or scope.tree.token(token.key) is not token:
        return  # taken away meanwhile
    run.disturb(scope)
    token.run()


def enter(run: Run, scope: LiveScope, token: Token) -> bool | None:
    """A token enters its node (called by its task specification)."""
    token._set_state(STARTED)
    instance = Instance(
        key=token.key, node=token.node, scope=scope, data=token.internal_data, token=token
    )
    run.emit(
        effects.VisitOpened(
            key=token.key,
            scope_key=scope.key,
            element_id=token.node.id,
            element_type=token.node.type,
            flow_id=instance.data.get("f"),
            parents=tuple(instance.data.pop("p", ())),
        )
    )
    instance.data.pop("f", None)
    run.entries += 1
    if run.entries > ENTRY_LIMIT:
        fault = Fault(
            "LOOP_WITHOUT_WAIT",
            f"一次办理中连续经过了 {ENTRY_LIMIT} 个环节仍未停下，流程可能在原地循环。请检查循环的退出条件，改正后重试。",
        )
        incident(run, instance, fault, ENTER)
    elif "jf" in instance.data:
        incident(run, instance, Fault(*instance.data.pop("jf")), JOIN)
    else:
        activate(run, instance)
    return None


def activate(run: Run, instance: Instance, phase: str = ENTER) -> None:
    """Begin the work of an element instance that has been entered (WORK: past its listeners)."""
    mark = len(run.effects)
    open_already = list(instance.data.get("w", ())) if "bo" in instance.data else None
    try:
        if phase == WORK:
            work(run, instance)
        elif (
            instance.token is not None
            and instance.node.loop is not None
            and "old" not in instance.data  # one round of it is compensated
        ):
            body.open_body(run, instance)
        else:
            execute(run, instance)
    except Fault as fault:
        del run.effects[mark:]
        instance.data.pop("w", None)
        if open_already is not None:
            instance.data |= {"bo": 1, "w": open_already}
        scope = run.scopes.get(instance.key)
        if scope is not None and scope.saved is None:
            del run.scopes[instance.key]
            run.unsettled.pop(instance.key, None)
        if not _caught(run, instance, fault):
            incident(run, instance, fault, phase)
    except BpmnError as error:
        throw_error(run, instance, error.code, error.message)


def _caught(run: Run, instance: Instance, fault: Fault) -> bool:
    """A script or decision that cannot be evaluated is an error, with the fault's kind as code,
    which may be caught like any other; uncaught it is an incident of its own kind."""
    node = instance.node
    if node.script is None and node.decision is None:
        return False
    return events.throw(run, "error", fault.kind, instance, instance.scope, {})


def execute(run: Run, instance: Instance) -> None:
    mapping.apply_inputs(run, instance)
    if not instance.node.listeners or not listeners.begin(run, instance, "start"):
        work(run, instance)


def work(run: Run, instance: Instance) -> None:
    """What the element does, once its start listeners are done.

    ``bo``: its boundary events are open already, since it comes here once more.
    """
    opened = instance.data.pop("bo", None)
    if instance.token is not None and instance.node.boundaries and not opened:
        events.open_boundaries(run, instance)
    behaviour_of(instance.node)(run, instance)


def finish(run: Run, instance: Instance, results: Mapping[str, Any] | None = None) -> None:
    """The work is done: take over its results, then leave.

    Where that fails the instance stands in an incident; its results are kept for the retry.
    """
    try:
        mapping.apply_outputs(run, instance, results or {})
        listening = bool(instance.node.listeners) and listeners.begin(run, instance, "end")
    except Fault as fault:
        incident(run, instance, fault, FINISH)
        return
    if not listening:
        done(run, instance)


def done(run: Run, instance: Instance) -> None:
    """The end listeners are done, too: leave, or go on with a multi-instance."""
    try:
        outcome = body.weigh(run, instance) if instance.inner else None
    except Fault as fault:
        incident(run, instance, fault, DONE)
        return
    if outcome is not None:
        close(run, instance, VisitState.COMPLETED)
        body.inner_done(run, instance, outcome)
        return
    leave(run, instance)


def leave(run: Run, instance: Instance) -> None:
    """Go on by the outgoing flows."""
    scope, back = instance.scope, instance.data.get("c")
    ad_hoc_settings = ad_hoc.settings(scope)
    complete = False
    try:
        chosen = [] if back else flows.choose(run, instance)
        if ad_hoc_settings is not None and not chosen:
            complete = ad_hoc.holds(run, scope)
    except Fault as fault:
        incident(run, instance, fault, LEAVE)
        return
    depart(run, instance, chosen)
    if back:
        compensation.handler_done(run, back)
    elif ad_hoc_settings is not None and not chosen:
        ad_hoc.activity_done(run, scope, complete)
    if "ln" in instance.data:
        events.put(run, scope, instance.data["ln"], (instance.key,))


def depart(
    run: Run,
    instance: Instance,
    chosen: Iterable[Any],
    mark: Mapping[str, Any] | None = None,
) -> list[Token]:
    """Leave by the given flows; gives the tokens on them. ``mark`` is noted on each."""
    token = instance.token
    assert token is not None  # noqa: S101 - inner instances have no flows
    close(run, instance, VisitState.COMPLETED)
    run.disturb(instance.scope)
    return instance.scope.tree.leave(token, chosen, dict(mark or {}))


def close(run: Run, instance: Instance, state: VisitState) -> None:
    """The visit is over, and so are its waits."""
    if instance.data.pop("w", None):
        run.emit(effects.WaitsClosed(element_key=instance.key))
    run.emit(effects.VisitClosed(key=instance.key, state=state))


def cancel(run: Run, instance: Instance) -> None:
    """Take an open element instance away with all that it has open."""
    token = instance.token
    if token is not None and token.state != STARTED:
        instance.scope.tree.take(token)  # it waits at a join, or has not been entered
        run.disturb(instance.scope)
        return
    stop(run, instance)
    close(run, instance, VisitState.TERMINATED)
    if token is not None:
        instance.scope.tree.take(token)
        run.disturb(instance.scope)


def stop(run: Run, instance: Instance) -> None:
    """Take back the work of an instance: its task, job, inner scope, incident."""
    canceling.note(run, instance)
    if instance.data.pop("i", None):
        run.emit(effects.IncidentResolved(element_key=instance.key))
        if instance.data.pop("pe", None):
            run.emit(effects.TaskCanceled(key=instance.key))
        return
    kind = instance.data.pop("k", None)
    if kind == "t":
        run.emit(effects.TaskCanceled(key=instance.key))
    elif kind == "j":
        if not instance.data.pop("jc", None):
            run.emit(effects.JobCanceled(key=instance.key))
    elif kind == "l":
        listeners.cancel(run, instance)
    elif kind == "s":
        terminate_scope(run, instance.key)


def terminate_scope(run: Run, key: Key) -> None:
    """End a scope with everything below it, loaded or not."""
    canceling.note_scope(run, key)
    run.emit(effects.ScopeTerminated(scope_key=key))
    doomed = {key}
    for scope_key, row in run.rows.items():  # outer ones come first
        if row.parent_key in doomed:
            doomed.add(scope_key)
    for scope in list(run.scopes.values()):
        if scope.parent_key in doomed:
            doomed.add(scope.key)
    for scope_key in doomed:
        if scope_key in run.scopes:
            run.drop(run.scopes[scope_key])
        run.dropped[scope_key] = None


def incident(run: Run, instance: Instance, fault: Fault, phase: str) -> None:
    """The instance stands still until somebody mends it and tries again."""
    instance.data["i"] = phase
    name = instance.node.name or instance.node.id
    run.emit(
        effects.IncidentRaised(
            key=run.next_key(),
            element_key=instance.key,
            element_id=instance.node.id,
            kind=fault.kind,
            message=f"环节“{name}”：{fault.message}",
        )
    )


def retry(run: Run, instance: Instance) -> None:
    """Try again what failed."""
    phase = instance.data.pop("i")
    run.emit(effects.IncidentResolved(element_key=instance.key))
    run.disturb(instance.scope)
    if phase == FINISH:
        finish(run, instance)
    elif phase == JOIN:
        _arrive_again(run, instance)
    elif phase == DONE:
        done(run, instance)
    elif phase == LEAVE:
        leave(run, instance)
    elif phase == CANCEL:
        canceling.retry(run, instance)
    elif phase == HELD:
        task_listeners.retry(run, instance)
    else:
        activate(run, instance, phase)


def _arrive_again(run: Run, instance: Instance) -> None:
    """It waits at its gateway again, whose condition is looked at anew."""
    flow_id, parents = instance.data["jb"]
    cancel(run, instance)
    instance.scope.tree.put(instance.node.id, {"f": flow_id, "p": parents})


def throw_error(
    run: Run,
    instance: Instance,
    code: str,
    message: str,
    variables: Mapping[str, Any] | None = None,
) -> None:
    """An error of an element instance looks for who catches it; else it is an incident."""
    instance.data.pop("k", None)
    if events.throw(run, "error", code, instance, instance.scope, variables or {}):
        return
    if instance.token is not None and instance.node.boundaries:
        instance.data["bo"] = 1
    detail = f"（{message}）" if message else ""
    fault = Fault(
        "UNHANDLED_ERROR_EVENT",
        f"发生了业务错误“{code}”{detail}，但流程图中没有捕获它的边界事件或事件子流程。请补充捕获，或处理后重试。",
    )
    incident(run, instance, fault, ENTER)
