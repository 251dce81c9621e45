"""FEEL in forms: compiled once with the form, evaluated against the data under a shared budget."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from engine.feel import BudgetExceeded, Expression, FeelError
from engine.feel.budget import Budget

#: Steps that all expressions of a form may use together in one check or one view.
FORM_STEPS = 400_000


class Evaluator:
    """One check or view of a form: the clock, the budget, and whether it ran out."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.budget = Budget(steps=FORM_STEPS)
        self.exceeded = False

    def evaluate(self, expression: Expression, variables: Mapping[str, object]) -> object:
        """The value; None for faults (as FEEL has it) and when the budget has run out."""
        if self.exceeded:
            return None
        try:
            return expression.evaluate(variables, budget=self.budget, clock=self.clock)
        except BudgetExceeded:
            self.exceeded = True
        except FeelError:
            return None
        return None


@dataclass(frozen=True, kw_only=True)
class Scope:
    """The variables an expression sees at one place of the form."""

    variables: Mapping[str, object]
    evaluator: Evaluator

    def value(self, expression: Expression) -> object:
        return self.evaluator.evaluate(expression, self.variables)


@dataclass(frozen=True, kw_only=True)
class Dynamic:
    """An attribute that is a constant or a FEEL expression."""

    constant: object = None
    expression: Expression | None = None

    def value(self, scope: Scope) -> object:
        if self.expression is None:
            return self.constant
        return scope.value(self.expression)

    def holds(self, scope: Scope) -> bool:
        """True only when the value is true itself."""
        return self.value(scope) is True

    @property
    def may_hold(self) -> bool:
        """Not plainly false."""
        return self.expression is not None or self.constant is True


NEVER = Dynamic(constant=False)
UNSET = Dynamic()
