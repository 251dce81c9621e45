"""重新申请: a new application for the same service, with what an ended one had filed filled in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.forms.components import Component, Computed, Field, Files, Repeat, in_scope
from engine.model import codec
from engine.model.actor import Actor
from engine.model.errors import Conflict, Forbidden, NotFound
from engine.model.keys import Key
from engine.model.records import FormDraft
from engine.model.states import InstanceState
from engine.service.app import App
from engine.service.cases.start_form import start_form
from engine.service.papers.form_drafts import save_form_draft
from engine.storage.commands.locking import look
from engine.text import tell

_ENDED = (InstanceState.COMPLETED, InstanceState.TERMINATED)


def apply_again(app: App, actor: Actor, *, key: Key) -> FormDraft:
    """A draft of the service's present form; files have to be given anew, they belong to the case.

    Raises NotFound, Forbidden (not one's own case, or it still runs; the service is not open to
    one any more), Conflict where there is a draft already, which is left as it is.
    """
    with app.database.unit_of_work() as work:
        found = look(work, instance_key=key, element_key=key, actor=actor, now=app.now())
    if found.head.applicant_key != actor.key:
        raise Forbidden(action=tell("重新申请"), reason=tell("只能用本人申请过的事项重新申请。"))
    if found.head.state not in _ENDED:
        raise Forbidden(action=tell("重新申请"), reason=tell("此事项还在办理中。"))
    opened = start_form(app, actor, process_id=found.head.process_id)
    if opened is None:
        raise NotFound(what=tell("申请表单"), key=found.head.process_id)
    filed = found.state.variables.get(key, {})
    try:
        return save_form_draft(
            app,
            actor,
            process_id=found.head.process_id,
            fields=refilled(opened.form.components, filed),
            revision=0,
        )
    except Conflict:
        reason = tell("您已有一份没有提交的申请草稿，请先提交或删除它")
        raise Conflict(what=tell("申请草稿"), reason=reason) from None


def refilled(components: Iterable[Component], filed: Mapping[str, Any]) -> dict[str, Any]:
    """What was filed, as far as these components still ask for it; no files, nothing computed."""
    fields: dict[str, Any] = {}
    for component in in_scope(tuple(components)):
        if isinstance(component, Field) and isinstance(component.spec, Files | Computed):
            continue
        if isinstance(component, Field | Repeat):
            value = _at(filed, component.path)
            if isinstance(component, Repeat) and isinstance(value, list):
                rows = [row for row in value if isinstance(row, dict)]
                value = [refilled(component.components, row) for row in rows]
            if value is not None:
                _put(fields, component.path, codec.plain(value))
    return fields


def _at(values: Any, path: Iterable[str]) -> Any:
    for name in path:
        if not isinstance(values, Mapping):
            return None
        values = values.get(name)
    return values


def _put(fields: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for name in path[:-1]:
        fields = fields.setdefault(name, {})
    fields[path[-1]] = value
