"""How much an evaluation may use: steps, sizes, depth.

Steps are counted where work can multiply (loops, calls, lists, texts, regular expressions),
not at every operator, so that counting stays cheap: an expression without these is bounded by
its own length. A round of a loop and a call cost more the longer their body is.
"""

from __future__ import annotations

from typing import Final

from engine.feel.errors import BudgetExceeded

STEPS: Final = 60_000
TEXT: Final = 200_000
ITEMS: Final = 100_000
DEPTH: Final = 100

#: A call costs as much time as so many rounds of a loop.
CALL_STEPS: Final = 4
#: So many operators of a body count as one step.
NODES_PER_STEP: Final = 4

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

    def enter(self, steps: int = CALL_STEPS) -> None:
        """Go one call deeper; `leave` must follow, in a `finally`."""
        self.steps -= steps
        if self.steps < 0:
            raise BudgetExceeded("steps", self.limit)
        if self.depth >= self.max_depth:
            raise BudgetExceeded("depth", self.max_depth)
        self.depth += 1

    def leave(self) -> None:
        """Come back from a call."""
        self.depth -= 1

    def measure(self, value: object) -> None:
        """Refuse a value that is bigger, shared parts counted each time, than can be handed out.

        A list of few objects can stand for billions of items when each level holds the level
        below twice; whoever walks it (JSON, a page) would never end.
        """
        level: list[object] = [value]
        left = self.max_items
        for _ in range(self.max_depth + 1):
            below: list[object] = []
            for part in level:
                if isinstance(part, list):
                    left -= len(part)
                    below.extend(item for item in part if isinstance(item, list | dict))
                elif isinstance(part, dict):
                    left -= len(part)
                    below.extend(item for item in part.values() if isinstance(item, list | dict))
                if left < 0:
                    raise BudgetExceeded("items", self.max_items)
            if not below:
                return
            level = below
        raise BudgetExceeded("depth", self.max_depth)
