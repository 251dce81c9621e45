"""What an editor's drop-downs offer: roles, forms, decisions and processes that exist."""

from __future__ import annotations

from collections.abc import Mapping

from engine.model.actor import Actor
from engine.service.app import App
from engine.service.identity.units import known_roles
from engine.service.publishing.read_definitions import list_decisions, list_definitions, list_forms

Choices = Mapping[str, tuple[Mapping[str, str], ...]]


def choices(app: App, actor: Actor) -> Choices:
    """Value and label of each, as web/README.md has them."""
    return {
        "roles": tuple(_choice(role.key, role.name) for role in known_roles(app)),
        "forms": tuple(_choice(f.form_id, f.name or f.form_id) for f in list_forms(app, actor)),
        "decisions": tuple(_choice(d.decision_id, d.name) for d in list_decisions(app, actor)),
        "processes": tuple(
            _choice(p.process_id, p.name) for p in list_definitions(app, actor).items
        ),
    }


def _choice(value: str, label: str) -> Mapping[str, str]:
    return {"value": value, "label": label}
