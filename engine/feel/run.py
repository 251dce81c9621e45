"""One evaluation under way: its budget, its clock, what it has to say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from engine.feel.budget import Budget

if TYPE_CHECKING:
    from engine.feel.explanation import Recorder

#: More warnings than a person reads.
MAX_WARNINGS = 100


class Run:
    """The state that all closures of one evaluation share (slot 0 of every frame)."""

    __slots__ = ("budget", "clock", "now", "recorder", "warnings")

    def __init__(
        self,
        budget: Budget | None = None,
        clock: Callable[[], datetime] | None = None,
        warnings: list[str] | None = None,
        recorder: Recorder | None = None,
    ) -> None:
        self.budget = budget if budget is not None else Budget()
        self.clock = clock
        self.warnings = warnings
        self.recorder = recorder
        self.now: datetime | None = None

    def warn(self, message: str) -> None:
        """Note why a part of the expression gave null."""
        if self.warnings is not None and len(self.warnings) < MAX_WARNINGS:
            self.warnings.append(message)

    def moment(self) -> datetime | None:
        """The time of this evaluation: the clock is read once, so that `now()` never moves."""
        if self.now is None and self.clock is not None:
            self.now = self.clock()
        return self.now
