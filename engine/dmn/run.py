"""The state of one evaluation: means, clock, warnings, and the trail that explains the result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeAlias

from engine.dmn.result import Explanation, MatchedRule, TableInputs
from engine.feel import Budget
from engine.feel.run import Run as FeelRun
from engine.feel.types import Type

__all__ = ["Evaluator", "Names", "Run", "Scope", "Trail"]

#: Names visible to an expression, with their FEEL values.
Scope: TypeAlias = dict[str, object]

#: Names visible to an expression when it is compiled, with their types.
Names: TypeAlias = dict[str, Type]

MAX_WARNINGS = 100


class Trail:
    """What has been found out so far: rules hit, elements evaluated, warnings."""

    __slots__ = ("children", "matched", "order", "rules", "tables", "warnings")

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.matched: list[MatchedRule] = []
        #: every decision evaluated, in order
        self.order: list[Explanation] = []
        #: rules hit, tables and elements used by the element under evaluation
        self.rules: list[MatchedRule] = []
        self.tables: list[TableInputs] = []
        self.children: list[Explanation] = []

    def hit(self, rule: MatchedRule) -> None:
        """Note a rule that decides the result of its table."""
        self.rules.append(rule)
        self.matched.append(rule)


class Run:
    """One evaluation of a decision, or of a decision service called inside one.

    ``inputs`` are what the caller gave; ``values`` what has been evaluated, by node, so that an
    element that several others require is evaluated once.
    """

    __slots__ = ("budget", "clock", "feel", "inputs", "trail", "values")

    def __init__(
        self,
        inputs: Mapping[str, object],
        *,
        budget: Budget,
        clock: Callable[[], datetime] | None,
        trail: Trail | None = None,
    ) -> None:
        self.inputs = inputs
        self.budget = budget
        self.clock = clock
        self.trail = trail or Trail()
        self.feel = FeelRun(budget, clock, self.trail.warnings)
        self.values: dict[object, Explanation] = {}

    def inner(self) -> Run:
        """A run of its own values for a decision service, sharing means, clock and trail."""
        return Run({}, budget=self.budget, clock=self.clock, trail=self.trail)

    def warn(self, message: str) -> None:
        """Note why something became null."""
        if len(self.trail.warnings) < MAX_WARNINGS:
            self.trail.warnings.append(message)


#: A compiled expression.
Evaluator: TypeAlias = Callable[[Scope, Run], object]
