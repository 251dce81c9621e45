"""Roles and units by their names, for whatever page shows or chooses posts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from api.pages import paging
from engine.model.actor import Actor, Membership
from engine.model.people import Role, Unit
from engine.service.app import App
from engine.service.identity.units import known_roles, list_units


@dataclass(frozen=True, kw_only=True)
class Posts:
    """The tree of units and the list of roles, read once for a page."""

    units: Mapping[str, Unit]
    roles: Mapping[str, Role]

    @classmethod
    def load(cls, app: App, actor: Actor) -> Posts:
        """All of them."""
        return cls(
            units={unit.key: unit for unit in list_units(app, actor)},
            roles={role.key: role for role in known_roles(app)},
        )

    def unit_name(self, key: str) -> str:
        """With the units above it but for the root: “潍城区 西关街道”."""
        names: list[str] = []
        unit = self.units.get(key)
        if unit is None:
            return key
        while unit is not None and (unit.parent is not None or not names):
            names.append(unit.name)
            unit = self.units.get(unit.parent) if unit.parent else None
        return " ".join(reversed(names))

    def role_name(self, key: str) -> str:
        """The role's Chinese name."""
        return self.roles[key].name if key in self.roles else key

    def words(self, held: Membership) -> str:
        """“潍城区 西关街道 · 乡镇街道民政经办”."""
        return f"{self.unit_name(held.unit)} · {self.role_name(held.role)}"


def unit_options(names: Posts, chosen: str, nothing: str) -> tuple[paging.Choice, ...]:
    """All units for a drop-down, in the order of the tree; ``nothing`` is the empty choice."""
    listed = sorted(names.units, key=lambda key: _place(names, key))
    return (
        paging.Choice(value="", label=nothing, chosen=not chosen),
        *(
            paging.Choice(value=key, label=names.unit_name(key), chosen=key == chosen)
            for key in listed
        ),
    )


def role_options(names: Posts, chosen: str, nothing: str) -> tuple[paging.Choice, ...]:
    """All roles for a drop-down."""
    return (
        paging.Choice(value="", label=nothing, chosen=not chosen),
        *(
            paging.Choice(value=role.key, label=role.name, chosen=role.key == chosen)
            for role in names.roles.values()
        ),
    )


def _place(names: Posts, key: str) -> tuple[str, ...]:
    """The keys from the root down to the unit: sorts a unit right below its parent."""
    path: list[str] = []
    unit: Unit | None = names.units[key]
    while unit is not None:
        path.append(unit.key)
        unit = names.units.get(unit.parent) if unit.parent else None
    return tuple(reversed(path))
