"""Which slot a name lives in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from engine.feel.nodes import Node
from engine.feel.values import FeelFunction, Value

Frame: TypeAlias = list[Value]
Code: TypeAlias = Callable[[Frame], Value]

#: The functions that compile each kind of node.
Parts: TypeAlias = Mapping[type[Node], Callable[..., Code]]


class Level:
    """One level of names: local variables, or the item of a filter (then `item` is its slot)."""

    __slots__ = ("item", "slots", "used")

    def __init__(self, item: int | None = None) -> None:
        self.slots: dict[str, int] = {}
        self.item = item
        self.used: set[str] = set()


class Found:
    """Where a name was found: in a slot, or as a function; before that, in the items to ask."""

    __slots__ = ("function", "items", "slot")

    def __init__(
        self, items: tuple[int, ...], slot: int | None, function: FeelFunction | None
    ) -> None:
        self.items = items
        self.slot = slot
        self.function = function

    @property
    def place(self) -> int:
        """The slot; 0 (never a variable's) if the name is a function's alone."""
        return self.slot or 0


class Slots:
    """Hands out slots and finds names, from the innermost level to the free variables."""

    def __init__(self, declared: frozenset[str], functions: Mapping[str, FeelFunction]) -> None:
        self.declared = declared
        self.functions = functions
        self.size = 1
        self.free: dict[str, int] = {}
        self.certain: set[str] = set()
        self.levels: list[Level] = []

    def new(self) -> int:
        """A slot nobody uses."""
        self.size += 1
        return self.size - 1

    def push(self, *names: str) -> Level:
        """Open a level with these variables."""
        level = Level()
        for name in names:
            level.slots[name] = self.new()
        self.levels.append(level)
        return level

    def push_item(self) -> int:
        """Open the level of a filter; the slot of its item."""
        slot = self.new()
        self.levels.append(Level(slot))
        return slot

    def pop(self) -> None:
        """Close the innermost level."""
        self.levels.pop()

    def find(self, name: str, *, called: bool = False) -> Found:
        """Look a name up; `called` if it stands before an argument list."""
        items: list[int] = []
        for level in reversed(self.levels):
            if level.item is not None:
                items.append(level.item)
                if name == "item":
                    return Found(tuple(items), level.item, None)
            elif name in level.slots:
                level.used.add(name)
                return Found(tuple(items), level.slots[name], None)
        function = self.functions.get(name)
        if function is not None and called and name not in self.declared:
            return Found(tuple(items), None, function)
        if name not in self.free:
            self.free[name] = self.new()
        if name in self.declared or (not items and function is None):
            self.certain.add(name)
        return Found(tuple(items), self.free[name], function)
