"""What a case is found by: number, title, applicant, service, and the data that its diagram names.

``banshi:searchable`` of a process lists variables (``;`` or ``,`` between them; none by default).
A variable that any form of the case keeps as personal data of some kind is never taken in, whatever
the diagram says: a search would tell what the mask hides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from engine.feel.values import Date, DateTime
from engine.model.execution import Head
from engine.model.keys import Key
from engine.model.step import State, VariableChange
from engine.service.app import App
from engine.service.bundles import Pinned
from engine.service.privacy.sight import places
from engine.storage.database import UnitOfWork

PROPERTY: Final = "banshi:searchable"

#: Letters that one value, and all of a case together, may add.
_LONGEST_VALUE: Final = 200
_LONGEST: Final = 2000


def named(pinned: Pinned) -> tuple[str, ...]:
    """The variables that the diagram names."""
    text = pinned.process.properties.get(PROPERTY, "")
    return tuple(dict.fromkeys(name for name in re.split(r"[;,\s]+", text) if name))


def allowed(app: App, work: UnitOfWork, pinned: Pinned) -> tuple[str, ...]:
    """Those of them that tell nothing personal, be it public in this form."""
    wanted = named(pinned)
    if not wanted:
        return ()
    kept = {place.path[0] for place in places(app, work, pinned)}
    return tuple(name for name in wanted if name not in kept)


def found_by(
    app: App,
    work: UnitOfWork,
    pinned: Pinned,
    *,
    head: Head | None,
    base: str,
    state: State,
    changed: Sequence[VariableChange],
) -> str | None:
    """The text that the case is found by after a step, or None where it stays as it is.

    ``head`` None: the case opens. ``base``: what it is found by beside its data.
    """
    if PROPERTY not in pinned.process.properties:
        return None
    root = _root(state, changed, head)
    ours = {change.name: change.value for change in changed if change.scope_key == root}
    names = allowed(app, work, pinned)
    if not any(name in ours for name in names):
        return None
    values: Mapping[str, Any] = {**state.variables.get(root, {}), **ours}
    words = " ".join(_texts(values.get(name) for name in names))[:_LONGEST]
    return f"{base} {words}".strip().casefold()


def _root(state: State, changed: Sequence[VariableChange], head: Head | None) -> Key:
    """The outermost scope, whose variables are the case's."""
    known = next((scope.key for scope in state.scopes if scope.parent_key is None), None)
    if known is not None:
        return known
    return head.key if head is not None else min(change.scope_key for change in changed)


def _texts(values: Iterable[Any]) -> Iterator[str]:
    """Values as people type them when they look for them."""
    for value in values:
        match value:
            case str():
                yield " ".join(value.replace("\x00", "").split())[:_LONGEST_VALUE]
            case bool() | None:
                continue
            case Decimal():
                yield f"{value.normalize():f}"
            case Date() | DateTime():
                day = value if isinstance(value, Date) else value.date
                yield f"{day.year}-{day.month:02d}-{day.day:02d}"
            case Mapping():
                yield from _texts(value.values())
            case Sequence():
                yield from _texts(list(value)[:50])
