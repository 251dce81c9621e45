"""Filters of the inbox that people save."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args
from urllib.parse import parse_qsl, urlencode

from engine.model.keys import Key

#: What a filter may hold, in the order in which it is written; anything else is left out.
FIELDS = ("q", "process", "step", "due", "unit", "urgent", "state", "unread", "sort")

View = Literal["todo", "claimable", "done", "started", "copies"]
Due = Literal["overdue", "today", "soon"]
Sort = Literal["due", "oldest", "created", "priority"]
CaseState = Literal["active", "ended"]
Unread = Literal["0", "1"]
Urgent = Literal["1"]

#: The fields that take one of a few values; the others take any text.
CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "due": get_args(Due),
    "sort": get_args(Sort),
    "state": get_args(CaseState),
    "unread": get_args(Unread),
    "urgent": get_args(Urgent),
}

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

    @property
    def valid(self) -> bool:
        """Whether the inbox still understands it: an earlier version may have known other values."""
        return self.view in get_args(View) and not misfits(self.fields)


def query_of(fields: Mapping[str, str]) -> str:
    """The one way to write a filter: known fields that say something, in order."""
    kept = [(name, fields[name].strip()[:200]) for name in FIELDS if fields.get(name, "").strip()]
    return urlencode(kept)


def misfits(fields: Mapping[str, str]) -> tuple[str, ...]:
    """The fields whose values mean nothing."""
    return tuple(
        name
        for name, known in CHOICES.items()
        if (value := fields.get(name, "").strip()) and value not in known
    )


def fields_of(query: str) -> dict[str, str]:
    """What a filter says."""
    return {name: value for name, value in parse_qsl(query) if name in FIELDS}
