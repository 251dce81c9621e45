"""The parts of a parsed regular expression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from engine.feel.regex.charset import CharSet


@dataclass(frozen=True, slots=True)
class Characters:
    """One character of a set."""

    charset: CharSet


@dataclass(frozen=True, slots=True)
class Start:
    """`^`."""


@dataclass(frozen=True, slots=True)
class End:
    """`$`."""


@dataclass(frozen=True, slots=True)
class Sequence:
    """One part after the other."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """The first alternative that leads to a match."""

    options: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """`{least,most}`; `most` is None for no bound."""

    part: Node
    least: int
    most: int | None
    greedy: bool


@dataclass(frozen=True, slots=True)
class Group:
    """A group; `number` is None if it does not capture."""

    part: Node
    number: int | None


Node: TypeAlias = Characters | Start | End | Sequence | Choice | Repeat | Group
