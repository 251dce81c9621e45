"""``canceling`` task listeners: whatever takes a task away waits until they are done.

A step is pure, so it is tried first. Where it would take away tasks with such listeners, nothing of
it happens: the command is kept with the instance (``hc`` of its own scope), the listeners are
asked, and meanwhile the instance does nothing else. With the last one done the command is carried
out as though it had come just then, at the moment it was given. So it is the same whatever takes a
task away: a boundary event, an event subprocess, a terminate end event, a multi-instance that has
enough, a return, a withdrawal or the end of the whole case, which alone may come in between.

Modification by hand asks nobody (as in Camunda 8), nor is a task asked about that was not shown yet.

``hc``: ``c`` the command, ``v`` the key of its variables, ``s`` the scopes it was given, ``w`` the
tasks that are still asked about and ``t`` all of them, ``j`` the jobs that were taken back at once
(each as scope, element instance), ``n`` the moment, ``k`` what the service kept. ``cg`` of a task's
instance: 1 while its listeners are asked, 2 when they are done.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from engine.feel.values import from_host
from engine.model import commands, effects
from engine.model.commands import Command, CompleteListener, Modify, Retry, Terminate
from engine.model.errors import Conflict
from engine.model.keys import Key, part
from engine.model.step import NeedMore, Scope
from engine.runtime import body, listeners
from engine.runtime.faults import Fault
from engine.runtime.scope import Instance, Kind, LiveScope
from engine.text import tell

if TYPE_CHECKING:
    from engine.runtime.run import Run

_KINDS = {
    kind.__name__: kind
    for kind in (
        commands.Complete,
        commands.CompleteListener,
        commands.Trigger,
        commands.ThrowError,
        commands.SetVariables,
        commands.Retry,
        commands.Terminate,
        commands.ReturnTo,
    )
}


def watch(run: Run, command: Command) -> None:
    """Have tasks noted that the command takes away; Conflict where the instance waits for them.

    Costs nothing where no task of the bundle has such listeners.
    """
    if not run.bundle.cancels or run.state.instance_key not in run.rows:
        return
    held = _root(run).data.get("hc")
    if held is not None and not _goes_on(command, held):
        raise Conflict(
            what=tell("此事项"),
            reason=tell("有环节正在取消，等待系统核对（监听器）；核对完成前只能终止此事项"),
        )
    run.watching = not isinstance(command, Modify)


def held_back(scopes: Collection[Scope]) -> bool:
    """Whether the instance of these scopes (root first) waits for canceling listeners."""
    root = next(iter(scopes), None)
    if root is None or b'"hc":' not in root.snapshot:
        return False
    return "hc" in orjson.loads(root.snapshot[2:])[1]


def _goes_on(command: Command, held: Mapping[str, Any]) -> bool:
    waiting = {key for _, key in held["w"]}
    if isinstance(command, CompleteListener | Retry):
        return command.element_key in waiting
    return isinstance(command, Terminate)


def _root(run: Run) -> LiveScope:
    return run.scope(run.state.instance_key)


# -- what a step takes away -----------------------------------------------------------------------


def note(run: Run, instance: Instance) -> None:
    """An element instance is taken away."""
    if not run.watching:
        return
    data = instance.data
    at: list[int] = [instance.scope.key, instance.key]
    if data.get("k") == "j":
        run.jobs_taken.append(at)
    if "canceling" not in instance.node.listeners or data.get("cg") == 2:
        return
    there = "pe" in data or (data.get("k") == "t" and not _new(run, instance))
    if there or "cg" in data:
        run.unheard.append(at)


def _new(run: Run, instance: Instance) -> bool:
    """Whether its task came about in this step: nobody has seen it."""
    if instance.key > part(run.state.instance_key, run.state.counter):
        return True
    return any(isinstance(e, effects.TaskOpened) and e.key == instance.key for e in run.effects)


def note_scope(run: Run, key: Key) -> None:
    """A scope is taken away with all that lies below; NeedMore for what is not loaded."""
    if not run.watching:
        return
    work, missing = [key], set[Key]()
    for scope_key in work:  # grows while it is walked
        if scope_key in run.dropped:
            continue
        if not run.has_scope(scope_key):
            missing.add(scope_key)
            continue
        for instance in list(_instances(run, run.scope(scope_key))):
            note(run, instance)
            if instance.data.get("k") == "s":
                work.append(instance.key)
    if missing:
        raise NeedMore(scopes=frozenset(missing))


def _instances(run: Run, scope: LiveScope) -> Iterator[Instance]:
    keys = body.open_keys(scope) if scope.kind is Kind.BODY else [t.key for t in scope.tree.tokens]
    for key in keys:
        found = run.instance(scope, key)
        if found is not None:
            yield found


# -- holding a command ----------------------------------------------------------------------------


def hold(run: Run, command: Command, tried: Run, kept: Mapping[str, Any]) -> None:
    """Keep the command and ask the listeners of the tasks that it takes away, as was ``tried``."""
    root = _root(run)
    before = root.data.get("hc")
    values = dict(getattr(command, "variables", {}))
    told = {n: v for n, v in asdict(command).items() if n != "variables"}
    held: dict[str, Any] = {
        "c": [type(command).__name__, told],
        "s": [s.key for s in run.state.scopes],
        "w": [],
        "t": [] if before is None else before["t"],
        "j": [] if before is None else before["j"],
        "n": run.environment.now.isoformat(),
        "k": dict(kept),
    }
    if values:
        held["v"] = run.next_key()
        run.variables.create(held["v"])
        for name, value in values.items():
            run.variables.write(held["v"], name, from_host(value))
    root.data["hc"] = held
    run.emit(effects.CommandHeld())
    for at in tried.unheard:
        held["w"].append(at)
        instance = _at(run, at)
        if instance is not None and "cg" not in instance.data:
            held["t"].append(at)
            _begin(run, instance)
    for at in tried.jobs_taken:
        instance = _at(run, at)
        if instance is not None and instance.data.get("k") == "j" and at not in held["j"]:
            held["j"].append(at)
            instance.data["jc"] = 1
            run.emit(effects.JobCanceled(key=instance.key))


def _at(run: Run, at: list[int]) -> Instance | None:
    scope_key, key = at
    if not run.has_scope(Key(scope_key)):
        return None
    return run.instance(run.scope(Key(scope_key)), Key(key))


def _begin(run: Run, instance: Instance) -> None:
    """Ask the canceling listeners of a task; whatever else was asked about it is over."""
    data = instance.data
    if data.pop("i", None):
        run.emit(effects.IncidentResolved(element_key=instance.key))
    if "li" in data:
        _, _, key = data.pop("li")
        run.emit(effects.JobCanceled(key=key, element_key=instance.key))
    for name in ("pe", "co"):
        data.pop(name, None)
    data["cg"] = 1
    run.emit(effects.TaskHeld(key=instance.key, event="canceling"))
    _ask(run, instance, 0)


def _ask(run: Run, instance: Instance, index: int) -> bool:
    """Ask a listener; gives whether there is something to wait for."""
    from engine.runtime import lifecycle  # noqa: PLC0415 - it drives this module

    run.disturb(instance.scope)
    try:
        return listeners.begin(run, instance, "canceling", index)
    except Fault as fault:
        instance.data["k"] = "t"
        lifecycle.incident(run, instance, fault, lifecycle.CANCEL)
        return True


def done(run: Run, instance: Instance, index: int) -> None:
    """A listener is done: the next one, or, with the last of the last task, the command itself."""
    if _ask(run, instance, index + 1):
        return
    instance.data |= {"cg": 2, "k": "t"}
    root = _root(run)
    held = root.data["hc"]
    held["w"] = [at for at in held["w"] if at[1] != instance.key]
    if not held["w"]:
        _resume(run, root, held)


def retry(run: Run, instance: Instance) -> None:
    """The listeners are asked again, from the first."""
    _ask(run, instance, 0)


# -- carrying it out ------------------------------------------------------------------------------


def _resume(run: Run, root: LiveScope, held: dict[str, Any]) -> None:
    from engine.runtime import stepping  # noqa: PLC0415 - it drives this module

    asked = {Key(scope_key) for scope_key, _ in (*held["t"], *held["j"])}
    missing = {k for k in {*map(Key, held["s"]), *asked} if not run.has_scope(k)}
    if missing:
        raise NeedMore(scopes=frozenset(missing))
    name, told = held["c"]
    if "v" in held:
        told = {**told, "variables": run.variables.local(Key(held["v"]))}
    element = told.get("element_key", told.get("scope_key"))
    if element is not None and not run.variables.knows(Key(element)):
        raise NeedMore(scopes=frozenset({Key(element)}))
    del root.data["hc"]
    run.resumed = held
    run.environment = replace(run.environment, now=datetime.fromisoformat(held["n"]))
    run.emit(effects.CommandResumed(kept=held["k"]))
    stepping.apply(run, _KINDS[name](**told))


def release(run: Run) -> None:
    """What the command did not take away after all is as it was before."""
    from engine.runtime import behaviours, lifecycle  # noqa: PLC0415

    held, run.resumed = run.resumed, None
    for at in held["t"] if held else ():
        instance = _at(run, at)
        if instance is not None and instance.data.pop("cg", None):
            run.emit(effects.TaskDenied(key=instance.key, event="canceling"))
    for at in held["j"] if held else ():
        instance = _at(run, at)
        if instance is not None and instance.data.pop("jc", None):
            try:
                behaviours.job(run, instance)
            except Fault as fault:
                del instance.data["k"]
                lifecycle.incident(run, instance, fault, lifecycle.WORK)
