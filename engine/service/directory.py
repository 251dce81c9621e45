"""Answers about units and roles, kept for a few seconds.

Only good news is kept: that somebody holds a role, where a unit stands. If it stops being true
within those seconds, the task is opened just as if it had been opened a moment earlier.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import Any, TypeVar

from engine.model.keys import Key
from engine.model.people import Unit
from engine.storage.database import UnitOfWork
from engine.storage.identity import directory
from engine.storage.worklists import form_lookups

_KEPT_SECONDS = 5.0
_LARGEST = 10_000

T = TypeVar("T")


class Directory:
    """One per process. Safe to use from several threads: at worst a question is asked twice."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._kept: dict[tuple[str, ...], tuple[float, Any]] = {}

    def ancestors(self, work: UnitOfWork, unit: str) -> tuple[Unit, ...]:
        """The unit and all above it, itself first."""
        return self._ask(("unit", unit), lambda: directory.ancestors(work, unit))

    def on_level(self, work: UnitOfWork, unit: str, level: str) -> str | None:
        """The unit itself or the one above it on this level."""
        found = (u.key for u in self.ancestors(work, unit) if u.level == level)
        return next(found, None)

    def unit_name(self, work: UnitOfWork, unit: str) -> str:
        """The unit's name, or its key where there is no such unit."""
        return next((u.name for u in self.ancestors(work, unit)[:1]), unit)

    def units(self, work: UnitOfWork) -> Any:
        """All units as forms read them."""
        return self._ask(("units",), lambda: form_lookups.units(work))

    def held(
        self, work: UnitOfWork, role: str, unit: str, *, besides: Collection[Key] = ()
    ) -> bool:
        """Whether an active person who is none of ``besides`` holds the role at this very unit."""
        found = self._ask(("role", role, unit), lambda: directory.holders(work, role, unit))
        if any(key not in besides for key in found):
            return True
        return bool(found) and directory.held_besides(work, role, unit, besides)

    def nearest(
        self, work: UnitOfWork, role: str, unit: str, *, besides: Collection[Key] = ()
    ) -> str | None:
        """The first unit on the way up at which somebody holds the role."""
        return next(
            (
                above.key
                for above in self.ancestors(work, unit)
                if self.held(work, role, above.key, besides=besides)
            ),
            None,
        )

    def active(self, work: UnitOfWork, usernames: tuple[str, ...]) -> dict[str, Key]:
        """Those of these usernames that belong to active people, with their keys."""
        kept = {name: self._fresh(("person", name)) for name in usernames}
        missing = [name for name, key in kept.items() if key is None]
        if missing:
            for name, key in directory.active_usernames(work, missing).items():
                kept[name] = key
                self._keep(("person", name), key)
        return {name: key for name, key in kept.items() if key is not None}

    def names(self, work: UnitOfWork, usernames: Collection[str]) -> dict[str, str]:
        """What these people are called; whoever is unknown is missing."""
        kept = {name: self._fresh(("name", name)) for name in usernames}
        missing = [name for name, called in kept.items() if called is None]
        if missing:
            for name, called in directory.names(work, missing).items():
                kept[name] = called
                self._keep(("name", name), called)
        return {name: called for name, called in kept.items() if called is not None}

    def forget(self) -> None:
        """After people, roles or units were changed in this process."""
        self._kept.clear()

    def _ask(self, question: tuple[str, ...], answer: Callable[[], T]) -> T:
        found: T | None = self._fresh(question)
        if found:
            return found
        fresh = answer()
        self._keep(question, fresh)
        return fresh

    def _fresh(self, question: tuple[str, ...]) -> Any:
        until, answer = self._kept.get(question, (0.0, None))
        return answer if until > self._monotonic() else None

    def _keep(self, question: tuple[str, ...], answer: Any) -> None:
        if not answer:
            return
        if len(self._kept) > _LARGEST:
            self._kept.clear()
        self._kept[question] = (self._monotonic() + _KEPT_SECONDS, answer)
