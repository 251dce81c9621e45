"""How much an evaluation may use: steps, sizes, depth.

Steps are counted where work can multiply (loops, calls, lists, texts, regular expressions),
not at every operator, so that counting stays cheap: an expression without these is bounded by
its own length.
"""

from __future__ import annotations

from typing import Final

from engine.feel.errors import BudgetExceeded

STEPS: Final = 100_000
TEXT: Final = 200_000
ITEMS: Final = 100_000
DEPTH: Final = 100

#: so many characters of new text, or items of a new list, count as one step
TEXT_PER_STEP: Final = 16
ITEMS_PER_STEP: Final = 8


class Budget:
    """What is left of the means of one evaluation; pass one object to several to share it."""

    __slots__ = ("depth", "limit", "max_depth", "max_items", "max_text", "steps")

    def __init__(
        self, *, steps: int = STEPS, text: int = TEXT, items: int = ITEMS, depth: int = DEPTH
    ) -> None:
        self.steps = steps
        self.limit = steps
        self.max_text = text
        self.max_items = items
        self.max_depth = depth
        self.depth = 0

    def tick(self, count: int = 1) -> None:
        """Use up steps."""
        self.steps -= count
        if self.steps < 0:
            raise BudgetExceeded("steps", self.limit)

    def text(self, length: int) -> None:
        """Account for a text about to be built."""
        if length > self.max_text:
            raise BudgetExceeded("text", self.max_text)
        self.tick(length // TEXT_PER_STEP + 1)

    def items(self, length: int) -> None:
        """Account for a list or context about to be built."""
        if length > self.max_items:
            raise BudgetExceeded("items", self.max_items)
        self.tick(length // ITEMS_PER_STEP + 1)

    def enter(self) -> None:
        """Go one call deeper; `leave` must follow."""
        self.depth += 1
        if self.depth > self.max_depth:
            raise BudgetExceeded("depth", self.max_depth)
        self.steps -= 1
        if self.steps < 0:
            raise BudgetExceeded("steps", self.limit)

    def leave(self) -> None:
        """Come back from a call."""
        self.depth -= 1

    def measure(self, value: object) -> None:
        """Refuse a value that is bigger, shared parts counted each time, than can be handed out.

        A list of few objects can stand for billions of items when each level holds the level
        below twice; whoever walks it (JSON, a page) would never end.
        """
        pending = [value]
        left = self.max_items
        while pending:
            part = pending.pop()
            if isinstance(part, list):
                children: list[object] = part
            elif isinstance(part, dict):
                children = list(part.values())
            else:
                continue
            left -= len(children)
            if left < 0:
                raise BudgetExceeded("items", self.max_items)
            pending.extend(children)
