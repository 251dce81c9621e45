"""Filters of the inbox that people save."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from engine.model.keys import Key

#: What a filter may hold, in the order in which it is written; anything else is left out.
FIELDS = ("q", "process", "step", "due", "unit", "urgent", "state", "unread", "sort")

LONGEST_NAME = 20
MOST = 20


@dataclass(frozen=True, kw_only=True)
class SavedFilter:
    """``query``: as in a page's address, without the view. ``preferred``: the inbox opens with it."""

    key: Key
    name: str
    view: str
    query: str
    position: int
    preferred: bool = False

    @property
    def fields(self) -> dict[str, str]:
        return fields_of(self.query)


def query_of(fields: Mapping[str, str]) -> str:
    """The one way to write a filter: known fields that say something, in order."""
    kept = [(name, fields[name].strip()[:200]) for name in FIELDS if fields.get(name, "").strip()]
    return urlencode(kept)


def fields_of(query: str) -> dict[str, str]:
    """What a filter says."""
    return {name: value for name, value in parse_qsl(query) if name in FIELDS}
