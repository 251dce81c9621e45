"""What a step takes and gives: the part of an instance that it needs, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.model.effects import Effect
from engine.model.keys import Key


@dataclass(frozen=True, kw_only=True)
class Scope:
    """A scope in the database: one token tree of its own, with variables of its own.

    The root scope has the instance's key. A subprocess, event subprocess, called process, multi-
    instance body and each of its inner instances is a scope of its own, so that a step loads and
    saves only the chain from the element concerned up to the root.
    ``key`` is the key of the element instance (visit) that opened it.
    ``process_id``: the process of the bundle whose elements it runs; ``element_id``: the activity
    that opened it (None for the root). ``snapshot``: opaque bytes, versioned by the runtime.
    """

    key: Key
    parent_key: Key | None
    process_id: str
    element_id: str | None
    snapshot: bytes


@dataclass(frozen=True, kw_only=True)
class VariableChange:
    scope_key: Key
    name: str
    value: Any


@dataclass(frozen=True, kw_only=True)
class State:
    """What the service has loaded under the instance's lock.

    ``counter``: the last number used for a part's key. ``scopes``: the chain from the target's
    scope to the root (root first). ``variables``: all of the chain's, by scope.
    ``visits_of``: the scopes whose ledger was asked for by NeedMore and is among ``visits``.
    """

    instance_key: Key
    counter: int
    scopes: tuple[Scope, ...] = ()
    variables: Mapping[Key, Mapping[str, Any]] = field(default_factory=dict)
    visits: tuple[VisitRow, ...] = ()
    visits_of: frozenset[Key] = frozenset()


@dataclass(frozen=True, kw_only=True)
class VisitRow:
    """A row of the ledger, where a command (return, withdrawal, compensation) asks for the past."""

    key: Key
    scope_key: Key
    element_id: str
    parents: tuple[Key, ...]
    state: str


@dataclass(frozen=True, kw_only=True)
class Stepped:
    """What became of it. ``scopes``: new or changed ones; ``dropped``: ended ones."""

    counter: int
    scopes: tuple[Scope, ...]
    dropped: tuple[Key, ...]
    variables: tuple[VariableChange, ...]
    effects: tuple[Effect, ...]


class NeedMore(Exception):
    """The step needs rows it was not given; it changed nothing. Load them and step again.

    ``scopes``: scopes to add (with their variables) to the state; ``scopes_below``: load every
    scope whose parent this is (gathering multi-instance results); ``visits_of``: ledger rows of
    these scopes, of which those from key ``visits_since`` on and their parents are enough;
    ``visits``: single ledger rows by key.
    """

    def __init__(
        self,
        *,
        scopes: frozenset[Key] = frozenset(),
        scopes_below: frozenset[Key] = frozenset(),
        visits_of: frozenset[Key] = frozenset(),
        visits_since: Key | None = None,
        visits: frozenset[Key] = frozenset(),
    ) -> None:
        super().__init__(scopes, scopes_below, visits_of)
        self.scopes = scopes
        self.scopes_below = scopes_below
        self.visits_of = visits_of
        self.visits_since = visits_since
        self.visits = visits
