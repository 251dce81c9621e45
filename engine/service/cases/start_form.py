"""The form with which a case of a process starts, opened for whoever may start it."""

from __future__ import annotations

from engine.model.actor import Actor
from engine.model.permissions import Action, DefinitionFacts, require
from engine.service.app import App
from engine.service.cases.pages import OpenForm
from engine.service.papers import forms


def start_form(app: App, actor: Actor, *, process_id: str) -> OpenForm | None:
    """None where the process starts without a form. Raises NotFound, Forbidden."""
    pinned = app.bundles.resolve(process_id=process_id)
    require(actor, Action.START_PROCESS, DefinitionFacts(starters=pinned.process.starters))
    form_key = pinned.forms.get(pinned.process.start_form or "")
    if form_key is None:
        return None
    with app.database.unit_of_work() as work:
        return forms.open_form(app, work, actor, form_key, variables={}, instance_key=None)
