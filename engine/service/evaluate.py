"""Try an expression or a decision with values of one's own; nothing is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine import dmn, feel
from engine.model.actor import Actor
from engine.model.errors import InvalidInput, NotFound
from engine.model.keys import Key
from engine.model.permissions import Action, require
from engine.model.problems import Problem
from engine.model.records import DecisionDefinition, ResourceKind
from engine.service.app import App
from engine.storage import definitions

#: Longer expressions are not written by people.
LONGEST = 20_000


@dataclass(frozen=True, kw_only=True)
class Evaluated:
    """``explanation``: the value of each part, for showing why."""

    value: feel.Value
    warnings: tuple[str, ...]
    explanation: feel.Explanation | None = None


@dataclass(frozen=True, kw_only=True)
class Decided:
    decision: DecisionDefinition
    result: dmn.Result


def evaluate_expression(
    app: App, actor: Actor, *, expression: str, variables: Mapping[str, Any], explain: bool = False
) -> Evaluated:
    """Administrators only; a leading ``=`` is as in diagrams, and may be left out.

    Raises :class:`InvalidInput` with line and column of a fault, or when it takes too much.
    """
    require(actor, Action.EVALUATE)
    if len(expression) > LONGEST:
        raise _invalid("expression", "feel-length", f"表达式最多 {LONGEST} 个字符。")
    warnings: list[str] = []
    try:
        compiled = feel.compile(
            expression.removeprefix("="), names=variables.keys(), functions=app.functions
        )
        value = compiled.evaluate(variables, clock=app.local_now, warnings=warnings)
        why = compiled.explain(variables, clock=app.local_now) if explain else None
    except feel.FeelSyntaxError as error:
        raise _invalid("expression", "feel-syntax", str(error), line=error.line) from error
    except feel.FeelError as error:
        raise _invalid("expression", "feel-budget", str(error)) from error
    return Evaluated(value=value, warnings=tuple(warnings), explanation=why)


def evaluate_decision(
    app: App,
    actor: Actor,
    *,
    key: Key | None = None,
    decision_id: str | None = None,
    variables: Mapping[str, Any],
) -> Decided:
    """Administrators only: a deployed decision, by key or the latest version of an id."""
    require(actor, Action.EVALUATE)
    with app.database.unit_of_work() as work:
        decision = definitions.get_decision(work, key=key, decision_id=decision_id)
        if decision is None:
            raise NotFound(what="决策", key=str(decision_id if key is None else key))
        content = definitions.content_of(work, ResourceKind.DMN, decision.key)
    if content is None:
        raise NotFound(what="决策", key=str(decision.key))
    try:
        model = dmn.load(content[1], functions=app.functions)
        result = model.evaluate(decision.decision_id, variables, clock=app.local_now)
    except dmn.DmnError as error:
        raise _invalid(error.element_id or "", "dmn", error.message, line=error.line) from error
    except feel.FeelError as error:
        raise _invalid("variables", "feel-budget", str(error)) from error
    return Decided(decision=decision, result=result)


def _invalid(field: str, rule: str, message: str, *, line: int | None = None) -> InvalidInput:
    return InvalidInput(
        problems=(Problem(element_id=field, rule=rule, message=message, line=line),)
    )
