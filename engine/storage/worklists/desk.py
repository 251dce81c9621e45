"""Several counts of a person's work in one statement: what the badges and tiles show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.model.keys import Key
from engine.storage.database import UnitOfWork
from engine.storage.worklists.inbox import (
    COUNT,
    COUNT_CAP,
    Narrowing,
    Worker,
    parameters_of,
    statement_of,
)

#: What differs between the counts of one statement; everything else is the person's.
_OWN_NAMES = ("due_from", "due_before", "process_id")


@dataclass(frozen=True, kw_only=True)
class Count:
    """``own``: what the person has as well, not only what he may take."""

    narrowing: Narrowing = field(default_factory=Narrowing)
    own: bool = True


def counts(
    work: UnitOfWork, worker: Worker, asked: Sequence[Count], *, reader: Key | None = None
) -> tuple[int, ...]:
    """Each counted no further than ``COUNT_CAP``, by index walks; of a ``reader`` his unread
    notices as the last one."""
    parts: list[str] = []
    parameters: dict[str, Any] = {}
    for number, one in enumerate(asked):
        named = parameters_of(worker, one.narrowing, COUNT_CAP)
        text = statement_of(COUNT, one.own, True, frozenset(named), "")
        for name in _OWN_NAMES:
            if name in named:
                text = text.replace(f"%({name})s", f"%({name}_{number})s")
                named[f"{name}_{number}"] = named.pop(name)
        parts.append(f"({text})")
        parameters |= named
    if reader is not None:
        parts.append(
            "(select count(*) from (select from notice n where n.person_key = %(reader)s::bigint"
            f" and n.read_at is null limit {COUNT_CAP}) unread)"
        )
        parameters["reader"] = reader
    row = work.hot(f"select {', '.join(parts)}", parameters).fetchone()
    return tuple(int(number) for number in row)
