"""Try an expression or a decision with values of one's own; nothing is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from engine import dmn, feel
from engine.feel import types
from engine.feel.values import Date, DateTime, DayTimeDuration, Time, YearMonthDuration
from engine.model.actor import Actor
from engine.model.definitions import DecisionDefinition, ResourceKind
from engine.model.errors import InvalidInput, NotFound
from engine.model.keys import Key
from engine.model.permissions import Action, require
from engine.model.problems import Problem
from engine.model.search import Condition, Query, Window
from engine.service.app import App
from engine.storage.database import UnitOfWork, next_key
from engine.storage.publishing import definitions
from engine.text import tell

#: Longer expressions are not written by people.
LONGEST = 20_000

_T = TypeVar("_T")

#: JSON has no temporal types: a text stands for one where a decision declares it.
_TEMPORAL: Mapping[types.Type, Callable[[str], object]] = {
    types.DATE: Date.parse,
    types.TIME: Time.parse,
    types.DATE_TIME: DateTime.parse,
    types.DAY_TIME: DayTimeDuration.parse,
    types.YEAR_MONTH: YearMonthDuration.parse,
}


@dataclass(frozen=True, kw_only=True)
class Evaluated:
    """``explanation``: the value of each part, for showing why."""

    value: feel.Value
    warnings: tuple[str, ...]
    explanation: feel.Explanation | None = None


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A deployed decision, open to be tried: its model, and all versions of it, newest first."""

    decision: DecisionDefinition
    model: dmn.Model
    versions: tuple[DecisionDefinition, ...]

    @property
    def questions(self) -> tuple[dmn.Question, ...]:
        """What the decision reads."""
        return self.model.questions(self.decision.decision_id)


@dataclass(frozen=True, kw_only=True)
class Decided:
    """``key``: of this one evaluation; ``siblings``: the decisions of the same file, by id."""

    key: Key
    decision: DecisionDefinition
    siblings: Mapping[str, DecisionDefinition]
    model: dmn.Model
    result: dmn.Result


def evaluate_expression(
    app: App, actor: Actor, *, expression: str, variables: Mapping[str, Any], explain: bool = False
) -> Evaluated:
    """Administrators only; a leading ``=`` is as in diagrams, and may be left out.

    Raises :class:`InvalidInput` with line and column of a fault, or when it takes too much.
    """
    require(actor, Action.EVALUATE)
    if len(expression) > LONGEST:
        raise _invalid(
            "expression", "feel-length", tell("表达式最多 {longest} 个字符。", longest=LONGEST)
        )
    warnings: list[str] = []
    compiled = _tried("expression", lambda: _compiled(app, expression, variables))
    if not explain:
        value = _tried(
            "expression",
            lambda: compiled.evaluate(variables, clock=app.local_now, warnings=warnings),
        )
        return Evaluated(value=value, warnings=tuple(warnings))
    why = _tried(
        "expression", lambda: compiled.explain(variables, clock=app.local_now, warnings=warnings)
    )
    return Evaluated(value=why.value, warnings=tuple(warnings), explanation=why)


def evaluate_decision(
    app: App,
    actor: Actor,
    *,
    key: Key | None = None,
    decision_id: str | None = None,
    variables: Mapping[str, Any],
) -> Decided:
    """Administrators only: a deployed decision, by key or the latest version of an id.

    Where the decision declares a temporal type, its ISO text will do. Raises
    :class:`InvalidInput` for values that do not have the type declared, by the variable's name,
    and when it takes too much.
    """
    require(actor, Action.EVALUATE)
    with app.database.unit_of_work() as work:
        decision, model = _opened(app, work, key, decision_id)
        graph = _found(work, "decisionRequirementsKey", decision.requirements_key)
        evaluation = next_key(work)
    given = as_declared(model.questions(decision.decision_id), variables)
    result = _tried(
        "variables",
        lambda: model.evaluate(decision.decision_id, given, clock=app.local_now),
    )
    return Decided(
        key=evaluation,
        decision=decision,
        siblings={sibling.decision_id: sibling for sibling in graph},
        model=model,
        result=result,
    )


def open_trial(app: App, actor: Actor, *, key: Key) -> Trial:
    """Administrators only: a version of a decision, to be tried. Raises :class:`NotFound`."""
    require(actor, Action.EVALUATE)
    with app.database.unit_of_work() as work:
        decision, model = _opened(app, work, key, None)
        versions = _found(work, "decisionDefinitionId", decision.decision_id)
    return Trial(
        decision=decision,
        model=model,
        versions=tuple(sorted(versions, key=lambda version: -version.version)),
    )


def _compiled(app: App, expression: str, variables: Mapping[str, Any]) -> feel.Expression:
    text = expression.lstrip().removeprefix("=")
    try:
        return feel.compile(text, names=variables.keys(), functions=app.functions)
    except feel.FeelSyntaxError as error:
        left_out = expression[: len(expression) - len(text)]
        raise _moved(error, left_out) from error


def _moved(error: feel.FeelSyntaxError, left_out: str) -> feel.FeelSyntaxError:
    """The fault where it is in the text as it was written, with what stands before it."""
    line, column = error.line, error.column
    if line == 1:
        column += len(left_out.rpartition("\n")[2])
    return feel.FeelSyntaxError(error.message, line + left_out.count("\n"), column, error.expected)


def _opened(
    app: App, work: UnitOfWork, key: Key | None, decision_id: str | None
) -> tuple[DecisionDefinition, dmn.Model]:
    decision = definitions.get_decision(work, key=key, decision_id=decision_id)
    if decision is None:
        raise NotFound(what=tell("决策"), key=str(decision_id if key is None else key))
    content = definitions.content_of(work, ResourceKind.DMN, decision.key)
    if content is None:
        raise NotFound(what=tell("决策"), key=str(decision.key))
    model = _tried("", lambda: dmn.load(content[1], functions=app.functions))
    return decision, model


def _found(work: UnitOfWork, field: str, value: Any) -> tuple[DecisionDefinition, ...]:
    query = Query(conditions=(Condition(field=field, value=value),), window=Window(limit=1_000))
    return definitions.search_decisions(work, query).items


def as_declared(
    questions: tuple[dmn.Question, ...], variables: Mapping[str, Any]
) -> dict[str, Any]:
    """The variables as FEEL values of the types that the decision declares.

    Raises :class:`InvalidInput` with all that can't be, by the variable's name.
    """
    given: dict[str, Any] = {}
    problems = []
    for name, host in variables.items():
        try:
            given[name] = feel.from_host(host)
        except (TypeError, ValueError) as error:
            message = f"“{name}”：{error}。"
            problems.append(Problem(element_id=name, rule="feel-value", message=message))
    for question in questions:
        value = _as_declared(given.get(question.name), question.type)
        if value is not None and feel.coerce(value, question.type) is None:
            problems.append(
                Problem(
                    element_id=question.name,
                    rule="input-type",
                    message=tell(
                        "“{question}”应为 {kind} 类型的值。",
                        question=question.label or question.name,
                        kind=question.type.text,
                    ),
                )
            )
        if value is not None:
            given[question.name] = value
    if problems:
        raise InvalidInput(problems=tuple(problems))
    return given


def _as_declared(value: feel.Value, kind: types.Type) -> feel.Value:
    """The value with the texts in it that stand for temporal values turned into these."""
    kind = kind.resolved()
    match value:
        case str() if kind in _TEMPORAL:
            parsed = _TEMPORAL[kind](value.strip())
            return value if parsed is None else parsed
        case list() if isinstance(kind, types.ListType):
            return [_as_declared(item, kind.item) for item in value]
        case dict() if isinstance(kind, types.ContextType):
            known = dict(kind.entries)
            return {name: _as_declared(v, known.get(name, types.ANY)) for name, v in value.items()}
    return value


def _tried(field: str, act: Callable[[], _T]) -> _T:
    """What ``act`` gives; what FEEL and DMN refuse is the asker's fault, not the program's."""
    try:
        return act()
    except feel.FeelSyntaxError as error:
        raise _invalid(
            field, "feel-syntax", str(error), line=error.line, column=error.column
        ) from error
    except feel.FeelError as error:
        raise _invalid(field, "feel-budget", str(error)) from error
    except dmn.DmnError as error:
        raise _invalid(error.element_id or field, "dmn", error.message, line=error.line) from error
    except (TypeError, ValueError) as error:
        raise _invalid(field, "feel-value", str(error)) from error


def _invalid(
    field: str, rule: str, message: str, *, line: int | None = None, column: int | None = None
) -> InvalidInput:
    problem = Problem(element_id=field, rule=rule, message=message, line=line, column=column)
    return InvalidInput(problems=(problem,))
