"""Variables: rows per scope, read up the chain, written where Camunda 8 says.

A name is read in the nearest scope that has it. A result is written to the nearest scope that has
it already, else to the process: the chain ends at the (called) process.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.model.keys import Key
from engine.model.step import NeedMore, VariableChange

Chain = tuple[Key, ...]

#: No such variable (null is a value).
MISSING: Any = object()


class VariableStore:
    """The rows that were loaded, and what the step changed."""

    def __init__(self, rows: Mapping[Key, Mapping[str, Any]]) -> None:
        self._rows = rows
        self._own: dict[Key, dict[str, Any]] = {}
        self._new: set[Key] = set()
        self.version = 0  # grows with each write, and with what conditions must be looked at for

    def changed_names(self) -> set[str]:
        """The names that were written in this step."""
        return {name for values in self._own.values() for name in values}

    def create(self, key: Key) -> None:
        """A scope that came to be in this step: it has no rows."""
        self._new.add(key)

    def knows(self, key: Key) -> bool:
        return key in self._new or key in self._rows

    def read(self, key: Key, name: str) -> Any:
        """The scope's own variable, or MISSING; NeedMore where its rows were not loaded."""
        own = self._own.get(key)
        if own is not None and name in own:
            return own[name]
        if key in self._new:
            return MISSING
        rows = self._rows.get(key)
        if rows is None:
            raise NeedMore(scopes=frozenset({key}))
        return rows.get(name, MISSING)

    def local(self, key: Key) -> dict[str, Any]:
        """All variables of one scope."""
        if key not in self._new and key not in self._rows:
            raise NeedMore(scopes=frozenset({key}))
        return {**self._rows.get(key, {}), **self._own.get(key, {})}

    def lookup(self, chain: Chain, name: str) -> Any:
        """The nearest variable of that name, or MISSING."""
        for key in chain:
            value = self.read(key, name)
            if value is not MISSING:
                return value
        return MISSING

    def visible(self, chain: Chain) -> dict[str, Any]:
        """Everything that can be read, the nearest first."""
        found: dict[str, Any] = {}
        for key in reversed(chain):
            found.update(self.local(key))
        return found

    def write(self, key: Key, name: str, value: Any) -> None:
        """Write into one scope."""
        self.version += 1
        self._own.setdefault(key, {})[name] = value

    def merge(self, chain: Chain, values: Mapping[str, Any]) -> None:
        """Write each into the nearest scope that has it, else into the last of the chain."""
        for name, value in values.items():
            target = chain[-1]
            for key in chain:
                if self.read(key, name) is not MISSING:
                    target = key
                    break
            self.write(target, name, value)

    def changes(self) -> Iterable[VariableChange]:
        for key, values in self._own.items():
            for name, value in values.items():
                yield VariableChange(scope_key=key, name=name, value=value)


def assign(target: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Set ``a.b.c`` in a context of contexts, keeping what stands beside it."""
    for part in path[:-1]:
        inner = target.get(part)
        target[part] = dict(inner) if isinstance(inner, dict) else {}
        target = target[part]
    target[path[-1]] = value
