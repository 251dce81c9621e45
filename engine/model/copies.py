"""Copies of a case (抄送), with who has read them, and who pressed for it (催办)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.model.keys import Key
from engine.model.records import Instance


@dataclass(frozen=True, kw_only=True)
class CarbonCopy:
    """A case that was sent to somebody to read; one for a person and a case, the last one counts.

    ``name``: the reader's; ``by_name``: of whoever sent it, "" where the diagram did;
    ``element_id``: the node at which it was sent; ``read_at``: when it was first looked at since.
    """

    key: Key
    instance_key: Key
    username: str
    name: str
    copied_by: str
    by_name: str
    element_id: str
    note: str
    created_at: datetime
    read_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class CopiedCase:
    """A line of 抄送我的."""

    copy: CarbonCopy
    case: Instance


@dataclass(frozen=True, kw_only=True)
class Urge:
    """Somebody pressed for a case. ``tasks``: the open user tasks that it was about."""

    key: Key
    instance_key: Key
    username: str
    name: str
    note: str
    tasks: tuple[Key, ...]
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Somebody to whom a case might be copied. ``staff``: holds a role inside the administration;
    ``posts``: where he serves as what, in words (of lists to choose from only)."""

    key: Key
    username: str
    name: str
    staff: bool
    posts: str = ""
