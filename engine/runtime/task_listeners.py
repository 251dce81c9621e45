"""Task listeners (Camunda 8 user tasks): jobs that what is done with a user task waits for.

``creating`` stands before a task is shown; ``assigning`` before it has an assignee (the diagram's,
too), another one, or none any more; ``updating`` before its dates, priority or candidates change;
``completing`` before its completion counts. All of these may correct the task as it will be; all
but ``creating`` may deny: the task is then as it was, corrections are dropped. For ``canceling``
see :mod:`engine.runtime.canceling`.

What they are told are job headers by Camunda's names. ``data`` of an instance:
``co`` corrections so far, ``ca`` those of the diagram's assignee's listeners, ``as`` whether these
have agreed (1) or denied (0), ``pe`` what is asked of a task that is there already: ``e`` event,
``a`` action, ``b`` attributes before, ``q`` those asked for, ``k`` what else was kept, ``v`` under
which key the variables are that it was completed with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from engine.model import effects
from engine.model.errors import Conflict
from engine.model.keys import Key
from engine.runtime import canceling, listeners, user_tasks
from engine.runtime.faults import Fault
from engine.text import tell

if TYPE_CHECKING:
    from engine.model.commands import ChangeTask, Complete, CompleteListener
    from engine.runtime.run import Run
    from engine.runtime.scope import Instance

EVENTS = frozenset({"creating", "assigning", "updating", "completing", "canceling"})
DENIABLE = frozenset({"assigning", "updating", "completing"})

#: The attributes that can be asked for and corrected.
ATTRIBUTES = (
    "assignee",
    "candidateGroups",
    "candidateUsers",
    "dueDate",
    "followUpDate",
    "priority",
)

#: What the names of the headers begin with that tell a listener of its task.
RESERVED = "io.camunda.zeebe:"


def open_task(run: Run, instance: Instance) -> None:
    """Open the task, after its creating listeners and, where the diagram assigns it, those."""
    data = instance.data
    task = user_tasks.described(run, instance)
    if "co" not in data and listeners.begin(run, instance, "creating"):
        return
    if "as" not in data and task.assignee and listeners.begin(run, instance, "assigning"):
        return
    if data.get("as") == 0:
        task = replace(task, assignee=None)
    for name in ("co", "ca", "as"):
        data.pop(name, None)
    data["k"] = "t"
    run.emit(task)


def change(run: Run, command: ChangeTask) -> None:
    """Somebody wants to change the task: its listeners are asked first, if it has any.

    Conflict where it is not open, or a listener cannot be asked.
    """
    instance = run.find(command.element_key)
    if instance.data.get("k") != "t":
        raise Conflict(what=tell("此任务"), reason=tell("它正在等待监听器核对，或已经办结"))
    run.disturb(instance.scope)
    pending = {
        "e": command.event,
        "a": command.action,
        "b": dict(command.before),
        "q": dict(command.asked),
        "k": dict(command.kept),
    }
    if not _ask(run, instance, pending):
        run.emit(effects.TaskChanged(key=instance.key, changes=command.asked, kept=command.kept))


def hold(run: Run, instance: Instance, command: Complete, values: Mapping[str, Any]) -> bool:
    """A user task was completed: its listeners are asked first, if it has any.

    Until they have agreed what was handed in is kept under the key of the listener's job, where
    the listener sees it.
    """
    pending = {"e": "completing", "a": "complete", "b": dict(command.task), "q": {}, "k": {}}
    if not _ask(run, instance, pending):
        return False
    _keep(run, instance, values)
    return True


def _ask(run: Run, instance: Instance, pending: dict[str, Any]) -> bool:
    """Have the first listener asked; gives whether there is one."""
    if not instance.node.listeners.get(pending["e"]):
        return False
    instance.data["pe"] = pending
    try:
        begun = listeners.begin(run, instance, pending["e"])
    except Fault as fault:
        raise Conflict(
            what=tell("此任务"), reason=tell("监听器无法运行：{fault}", fault=fault.message)
        ) from None
    if not begun:
        del instance.data["pe"]
        return False
    run.emit(effects.TaskHeld(key=instance.key, event=pending["e"]))
    return True


def _keep(run: Run, instance: Instance, values: Mapping[str, Any]) -> None:
    """Keep what was handed in where the listener at work sees it."""
    key = Key(instance.data["li"][2])
    instance.data["pe"]["v"] = key
    run.variables.create(key)
    for name, value in values.items():
        run.variables.write(key, name, value)


def require_fit(event: str, command: CompleteListener) -> None:
    """Conflict where a listener of that event cannot give back what it does."""
    if command.denied and event not in DENIABLE:
        raise Conflict(
            what=tell("此监听任务"),
            reason=tell("只有 assigning、updating、completing 监听器可以拒绝"),
        )
    if event in EVENTS and command.variables:
        raise Conflict(what=tell("此监听任务"), reason=tell("任务监听器不能带回变量"))
    if command.corrections and event not in EVENTS - {"canceling"}:
        raise Conflict(
            what=tell("此监听任务"),
            reason=tell("只有任务监听器可以更正任务，取消监听器（canceling）除外"),
        )


def done(run: Run, instance: Instance, event: str, index: int, command: CompleteListener) -> None:
    """A listener's job is done: the next one, or what they all were asked for."""
    data = instance.data
    if event == "canceling":
        del data["li"], data["k"]
        canceling.done(run, instance, index)
        return
    corrections = _checked(run, instance, event, command.corrections)
    run.disturb(instance.scope)
    del data["li"], data["k"]
    if command.denied:
        _deny(run, instance, event, command.reason)
        return
    into = _corrections_of(instance, event)
    if corrections or event == "creating":
        data[into] = data.get(into, {}) | corrections
    _next(run, instance, event, index + 1)


def _corrections_of(instance: Instance, event: str) -> str:
    return "ca" if event == "assigning" and "pe" not in instance.data else "co"


def _checked(
    run: Run, instance: Instance, event: str, corrections: Mapping[str, Any]
) -> dict[str, Any]:
    """The corrections as they are kept, dates as ISO texts. Conflict where they cannot be."""
    found = {name: value for name, value in corrections.items() if value is not None}
    if "assignee" in found and event == "creating" and instance.node.user_task is not None:
        chain = run.chain_of(instance)
        if run.value(instance.node.user_task.assignee, chain):
            raise Conflict(
                what=tell("此监听任务"),
                reason=tell("流程图已指定办理人，创建监听器不能更正，请改用 assigning 监听器"),
            )
    for name in ("dueDate", "followUpDate"):
        if found.get(name):
            try:
                at = user_tasks.moment(run, found[name], name)
            except Fault as fault:
                raise Conflict(what=tell("此监听任务"), reason=fault.message.rstrip("。")) from None
            found[name] = at.isoformat() if at else ""
    return found


def _next(run: Run, instance: Instance, event: str, index: int) -> None:
    from engine.runtime import lifecycle  # noqa: PLC0415 - it drives this module

    data = instance.data
    pending = data.get("pe")
    values = run.variables.local(Key(pending["v"])) if pending and "v" in pending else None
    try:
        if listeners.begin(run, instance, event, index):
            if values is not None:
                _keep(run, instance, values)
            return
    except Fault as fault:
        data.pop(_corrections_of(instance, event), None)
        if pending is None:
            _boundaries_open(instance)
        phase = lifecycle.WORK if pending is None else lifecycle.HELD
        lifecycle.incident(run, instance, fault, phase)
        return
    if pending is None:
        if event == "assigning":
            data["as"] = 1
        _go_on(run, instance)
        return
    corrections = data.pop("co", {})
    del data["pe"]
    if event == "completing":
        run.emit(effects.TaskCompleted(key=instance.key, corrections=corrections))
        lifecycle.finish(run, instance, values)
        return
    data["k"] = "t"
    run.emit(
        effects.TaskChanged(key=instance.key, changes=pending["q"] | corrections, kept=pending["k"])
    )


def retry(run: Run, instance: Instance) -> None:
    """The listeners of what is asked of a task are asked again, from the first."""
    _next(run, instance, instance.data["pe"]["e"], 0)


def _go_on(run: Run, instance: Instance) -> None:
    """Open the task, or have the next of its listeners asked first."""
    from engine.runtime import lifecycle  # noqa: PLC0415 - it drives this module

    _boundaries_open(instance)
    lifecycle.activate(run, instance, lifecycle.WORK)


def _boundaries_open(instance: Instance) -> None:
    """Its boundary events wait since before its listeners were asked: not to be opened again."""
    if instance.token is not None and instance.node.boundaries:
        instance.data["bo"] = 1


def _deny(run: Run, instance: Instance, event: str, reason: str) -> None:
    data = instance.data
    data.pop(_corrections_of(instance, event), None)
    pending = data.pop("pe", None)
    if pending is None:  # the diagram's assignee: the task opens without him
        data["as"] = 0
        _go_on(run, instance)
        return
    data["k"] = "t"
    run.emit(effects.TaskDenied(key=instance.key, reason=reason, event=event, kept=pending["k"]))


# -- what they are told ---------------------------------------------------------------------------


def told(run: Run, instance: Instance) -> dict[str, str]:
    """The headers of a listener's job that tell of the task, as it will be (Camunda 8 names)."""
    pending = instance.data.get("pe")
    if "cg" in instance.data:  # the service knows how the task is now
        return {RESERVED + "action": "cancel", RESERVED + "userTaskKey": str(instance.key)}
    if pending is None:
        task = user_tasks.described(run, instance)
        after, before = attributes(task), attributes(task) | {"assignee": None}
        new = "co" in instance.data or not instance.node.listeners.get("creating")
        action = "assign" if new else "create"
    else:
        before = pending["b"]
        after = before | pending["q"] | instance.data.get("co", {})
        action = pending["a"]
    changed = [name for name in ATTRIBUTES if (after.get(name) or "") != (before.get(name) or "")]
    return task_headers(
        after
        | {
            "action": action,
            "userTaskKey": str(instance.key),
            "changedAttributes": changed if action != "create" else (),
        }
    )


def task_headers(told: Mapping[str, Any]) -> dict[str, str]:
    """What is told of a task as job headers: nothing where there is none."""
    texts = {name: _text(value) for name, value in told.items()}
    return {RESERVED + name: text for name, text in texts.items() if text}


def attributes(task: effects.TaskOpened) -> dict[str, Any]:
    """A task's attributes by Camunda's names."""
    return {
        "assignee": task.assignee,
        "candidateGroups": list(task.candidate_groups),
        "candidateUsers": list(task.candidate_users),
        "dueDate": task.due_at.isoformat() if task.due_at else None,
        "followUpDate": task.follow_up_at.isoformat() if task.follow_up_at else None,
        "formKey": task.form_id,
        "priority": task.priority,
    }


def _text(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return orjson.dumps(value).decode() if value else ""
    return "" if value is None else str(value)
