"""Where a user task's outcome stands among what is filled in."""

from __future__ import annotations

from collections.abc import Mapping

_PROPERTY, _USUAL = "banshi:outcome", "outcome"


def outcome_field(properties: Mapping[str, str]) -> str:
    """The field of the form that holds the outcome: as the diagram names it, else ``outcome``."""
    return properties.get(_PROPERTY) or _USUAL
