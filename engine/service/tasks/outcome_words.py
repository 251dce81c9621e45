"""How an outcome reads: as the option of its form that was chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from engine.forms import Form
from engine.model.keys import Key
from engine.model.outcomes import outcome_field
from engine.model.records import UserTask
from engine.service.app import App
from engine.service.bundles import Pinned
from engine.service.tasks.batch_forms import labels_of
from engine.storage.database import UnitOfWork


def worded(app: App, work: UnitOfWork, found: Iterable[UserTask]) -> tuple[UserTask, ...]:
    """The tasks with the words of their outcome, where it has words of its own."""
    return tuple(_with_word(app, work, task) for task in found)


def outcome_word(
    app: App, work: UnitOfWork, pinned: Pinned, element_id: str | None, value: str
) -> str:
    """What the form of this user task calls the outcome; the value itself where it says nothing."""
    for definition in pinned.bundle.processes.values():
        node = definition.node(element_id or "")
        if node is None or node.user_task is None:
            continue
        name = node.user_task.form_id
        form_key = pinned.forms.get(name.text) if name is not None else None
        if form_key is None:
            return value
        return _word(_form(app, work, form_key), node.properties, value)
    return value


def _with_word(app: App, work: UnitOfWork, task: UserTask) -> UserTask:
    if not task.outcome or task.form_key is None:
        return task
    form = _form(app, work, task.form_key)
    word = _word(form, task.properties, task.outcome)
    return replace(task, outcome_word=word)


def _form(app: App, work: UnitOfWork, key: Key) -> Form:
    return app.bundles.form(work, key)[1]


def _word(form: Form, properties: Mapping[str, str], value: str) -> str:
    return labels_of(form, outcome_field(properties)).get(value, value)
