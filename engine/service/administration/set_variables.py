"""An administrator corrects variables of a running case, with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.model import keys
from engine.model.actor import Actor
from engine.model.commands import SetVariables
from engine.model.journal import say
from engine.model.keys import Key
from engine.model.permissions import Action, require
from engine.service.app import App
from engine.service.papers import forms
from engine.service.privacy.restoring import restored
from engine.service.privacy.sight import veils
from engine.service.said import reason as checked_reason
from engine.service.standing import as_of_now, case_facts
from engine.service.stepping import Act, advance, require_written
from engine.storage.commands.locking import lock
from engine.text import tell


def set_variables(
    app: App, actor: Actor, *, scope_key: Key, variables: Mapping[str, Any], reason: str
) -> None:
    """Write into a scope (the case's key: the case itself). Raises Forbidden, InvalidInput, NotFound.

    What the administrator sees masked and sends back as he saw it stays as it is.
    """
    words = checked_reason(reason, what=tell("修改原因"))
    values = forms.unchecked(variables).variables
    now = app.now()
    with app.database.unit_of_work() as work:
        locked = lock(
            work,
            instance_key=keys.instance_of(scope_key),
            element_key=scope_key,
            actor=actor,
            now=now,
        )
        me = as_of_now(actor, locked)
        require(me, Action.CHANGE_CASE, case_facts(me, locked))
        veil = veils(app, work, me, [locked.head.key]).get(locked.head.key)
        if veil is not None:
            values = restored(values, locked.state.variables.get(scope_key, {}), veil)
        require_written(
            advance(
                app,
                work,
                at=locked.head,
                state=locked.state,
                pinned=app.bundles.of_instance(work, locked.head.bundle_key),
                command=SetVariables(scope_key=scope_key, variables=values),
                act=Act(
                    kind="set-variables",
                    element_key=scope_key,
                    facts={"names": sorted(values)},
                    said=(say("reason", words), say("variables", dict(values))),
                ),
                actor=me,
                now=now,
            )
        )
        work.commit()
