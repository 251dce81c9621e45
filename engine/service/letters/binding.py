"""Steps and end events that ask for a letter by the property ``banshi:letter``.

Its value is the id of a template, or a FEEL expression (``=…``) that gives one, or null for none:
``=if outcome = "return" then "supplement-notice" else null``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

from engine.feel import FeelError
from engine.feel import compile as compile_feel
from engine.model.commands import Command, Complete, CompleteListener
from engine.model.errors import LetterFault
from engine.model.keys import Key
from engine.model.states import TaskState, VisitState
from engine.model.step import State
from engine.service.app import App
from engine.service.bundles import Pinned
from engine.service.letters.issuing import Order, issue
from engine.storage.commands.changes import Changes, JobEnd, TaskEnd
from engine.storage.database import UnitOfWork
from engine.storage.worklists import tasks
from engine.text import tell

PROPERTY = "banshi:letter"


def issue_bound(
    app: App,
    work: UnitOfWork,
    *,
    changes: Changes,
    pinned: Pinned,
    state: State,
    command: Command,
    element_id: str | None,
) -> tuple[str, ...]:
    """Issue what the steps that were done ask for; the letters' symbols, for the journal.

    ``element_id``: of the task or job that the command completes.
    Raises :class:`LetterFault`: a decision without the letter it owes is not written at all.
    """
    orders = [
        *_orders(changes, pinned, command, element_id),
        *_agreed(work, changes, pinned, command),
    ]
    if not orders:
        return ()
    known = known_after(changes, state)
    symbols = []
    for key, element, asked in orders:
        own = known
        if isinstance(command, Complete) and key == command.element_key:
            own = {**known, **command.variables}
        template_id = _template(app, asked, own)
        if template_id:
            order = Order(
                instance_key=changes.instance_key,
                element_key=key,
                element_id=element,
                template_id=template_id,
            )
            symbols.append(issue(app, work, order, own).symbol)
    return tuple(symbols)


def _orders(
    changes: Changes, pinned: Pinned, command: Command, element_id: str | None
) -> Iterator[tuple[Key, str, str]]:
    """What was done in this step and asks for a letter: key of the stay, element, property."""
    done = [(v.key, v.element_id) for v in changes.visits if v.state is VisitState.COMPLETED]
    if ends_work(command, changes) and element_id:
        done.append((command.element_key, element_id))
    for key, element in done:
        asked = _property(pinned, element)
        if asked:
            yield key, element, asked


def _agreed(
    work: UnitOfWork, changes: Changes, pinned: Pinned, command: Command
) -> Iterator[tuple[Key, str, str]]:
    """The same of tasks whose completion had waited for another task's listeners."""
    own = getattr(command, "element_key", None)
    for key in changes.tasks_agreed:
        task = tasks.get_task(work, key) if key != own else None
        asked = _property(pinned, task.element_id) if task else ""
        if task and asked:
            yield key, task.element_id, asked


def ends_work(command: Command, changes: Changes) -> TypeGuard[Complete | CompleteListener]:
    """Whether the command ends a task or job, its listeners not still to be asked."""
    if isinstance(command, CompleteListener):
        return command.element_key in changes.tasks_agreed
    gate = changes.gate
    done = isinstance(gate, JobEnd) or (
        isinstance(gate, TaskEnd) and gate.state is TaskState.COMPLETED
    )
    return done and isinstance(command, Complete)


def _property(pinned: Pinned, element_id: str) -> str:
    for definition in pinned.bundle.processes.values():
        node = definition.node(element_id)
        if node is not None:
            return node.properties.get(PROPERTY, "").strip()
    return ""


def known_after(changes: Changes, state: State) -> dict[str, Any]:
    """What the case knows after the step, inner scopes over outer ones."""
    scopes = [scope.key for scope in state.scopes] or [changes.instance_key]
    known: dict[str, Any] = {}
    for key in scopes:
        known |= state.variables.get(key, {})
    here = {changes.instance_key, *scopes}
    known.update({c.name: c.value for c in changes.variables if c.scope_key in here})
    return known


def _template(app: App, asked: str, known: Mapping[str, Any]) -> str | None:
    if not asked.startswith("="):
        return asked
    try:
        expression = compile_feel(asked[1:], names=known.keys(), functions=app.functions)
        value = expression.evaluate(known, clock=app.local_now)
    except FeelError as error:
        raise LetterFault(
            template=asked, reason=tell("表达式不能计算：{error}。", error=error)
        ) from error
    return value if isinstance(value, str) and value else None
