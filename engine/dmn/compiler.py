"""Compiles boxed expressions (DMN 1.5, 10.2.1) to closures over scope and run.

What cannot be compiled is noted as a problem and evaluates to null, as FEEL wants errors to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from engine import feel
from engine.dmn import definitions as d
from engine.dmn.cells import constant
from engine.dmn.errors import Problem, Severity
from engine.dmn.functions import ModelFunction
from engine.dmn.inference import infer
from engine.dmn.itemtypes import Fit, TypeTable, plain
from engine.dmn.iteration import filtered, iterated
from engine.dmn.reader import is_feel
from engine.dmn.run import Evaluator, Names, Run, Scope
from engine.dmn.table import compile_table
from engine.feel import FeelSyntaxError, Registry
from engine.feel.types import ANY, ContextType, ListType, Type
from engine.feel.values import FeelFunction

__all__ = ["Compiler", "null"]

_C = TypeVar("_C")


def null(_scope: Scope, _run: Run) -> object:
    """The evaluator of what is missing."""
    return None


@dataclass(kw_only=True)
class Compiler:
    """Compiles the logic of one node: a decision or a business knowledge model.

    ``free`` collects the names that its expressions use and nothing in the model provides.
    """

    owner_id: str
    owner_name: str
    language: str
    types: TypeTable
    functions: Registry | None
    problems: list[Problem]
    free: set[str] = field(default_factory=set)

    def expression(self, part: d.Expression | None, names: Names) -> Evaluator:
        """The closure for ``part`` with ``names`` in scope, its typeRef applied to the result."""
        if part is None:
            return null
        evaluator = self._dispatch(part, names)
        if isinstance(part, d.FunctionDefinition):
            return evaluator
        return self.typed(evaluator, part.type_ref, part.id)

    def _dispatch(self, part: d.Expression, names: Names) -> Evaluator:  # noqa: PLR0911 - one for each kind
        match part:
            case d.LiteralExpression():
                return self.literal(part, names)
            case d.DecisionTable():
                return compile_table(self, part, names)
            case d.Context():
                return self._context(part, names)
            case d.Invocation():
                return self._invocation(part, names)
            case d.FunctionDefinition():
                return self.function(part, names, name="")
            case d.ListExpression():
                return self._list(part, names)
            case d.Relation():
                return self._relation(part, names)
            case d.Conditional():
                return self._conditional(part, names)
            case d.Filter():
                return self._filter(part, names)
            case d.Iteration():
                return self._iteration(part, names)
        self.problem(part, "unknown-expression", f"不认识的表达式元素 <{part.name}>。")
        return null

    def problem(
        self,
        part: d.Expression | d.Clause | d.Rule,
        code: str,
        message: str,
        *,
        rule: int | None = None,
    ) -> None:
        """Note an error found in ``part``."""
        place = f"“{self.owner_name}”"
        self.problems.append(
            Problem(
                severity=Severity.ERROR,
                code=code,
                element_id=part.id,
                message=f"{place}{f'第 {rule} 行' if rule else ''}：{message}",
                rule=rule,
                line=part.line,
            )
        )

    def typed(self, evaluator: Evaluator, type_ref: str, place: str) -> Evaluator:
        """``evaluator`` with its result brought to a type; null where it does not conform
        (DMN 1.5, 10.3.2.9.4)."""
        fit = self.types.fit(type_ref)
        if fit is None:
            self._check_type(type_ref)
            return evaluator
        return self.fitted(evaluator, fit, type_ref, place)

    def fitted(self, evaluator: Evaluator, fit: Fit, type_ref: str, place: str) -> Evaluator:
        """``evaluator`` with ``fit`` applied to its result."""
        owner = self.owner_name

        def checked(scope: Scope, run: Run) -> object:
            value = evaluator(scope, run)
            if value is None:
                return None
            fitting = fit(value)
            if fitting is None:
                run.warn(f"“{owner}”（{place}）：结果不符合类型 {type_ref}，按空值处理。")
            return fitting

        return checked

    def _check_type(self, type_ref: str) -> None:
        """Note a type that nothing defines, once for each owner."""
        message = f"“{self.owner_name}”：类型 {type_ref} 没有定义。"
        if not self.types.knows(type_ref) and all(p.message != message for p in self.problems):
            self.problems.append(
                Problem(
                    severity=Severity.ERROR,
                    code="unknown-type",
                    element_id=self.owner_id,
                    message=message,
                )
            )

    def literal(
        self, part: d.LiteralExpression, names: Names, *, rule: int | None = None
    ) -> Evaluator:
        """The closure for a FEEL text."""
        fixed = constant(part.text) if part.text.strip() else (None,)
        if fixed is not None and self.speaks_feel(part):
            value = fixed[0]
            return lambda _scope, _run: value
        compiled = self.compiled(part, names, feel.compile, rule)
        if compiled is None:
            return self._broken(part)
        self.free |= compiled.names - names.keys()
        evaluate = compiled.evaluate

        def run_literal(scope: Scope, run: Run) -> object:
            return evaluate(
                scope, budget=run.budget, clock=run.clock, warnings=run.trail.warnings, trusted=True
            )

        return run_literal

    def compiled(
        self,
        part: d.LiteralExpression,
        names: Names,
        how: Callable[..., _C],
        rule: int | None = None,
    ) -> _C | None:
        """``part`` compiled by ``how``, or None with the problem noted."""
        if not self.speaks_feel(part):
            language = part.language or self.language
            self.problem(part, "language", f"只支持 FEEL，不支持表达式语言 {language}。", rule=rule)
            return None
        try:
            return how(
                part.text,
                names=names,
                functions=self.functions,
                types=self.types.named,
            )
        except FeelSyntaxError as error:
            message = f"FEEL 写得不对（{error}）：{part.text.strip()}"
            self.problem(part, "syntax", message, rule=rule)
            return None

    def speaks_feel(self, part: d.LiteralExpression) -> bool:
        """Whether the text is FEEL, by its own word or the model's."""
        return is_feel(part.language or self.language)

    def _broken(self, part: d.LiteralExpression) -> Evaluator:
        message = f"“{self.owner_name}”（{part.id}）：表达式有错，按空值处理。"

        def broken(_scope: Scope, run: Run) -> object:
            run.warn(message)
            return None

        return broken

    def _context(self, part: d.Context, names: Names) -> Evaluator:
        entries: list[tuple[str, Evaluator]] = []
        result: Evaluator | None = None
        for entry in part.entries:
            variable = entry.variable
            if variable is None or not variable.name:
                result = self.expression(entry.expression, names)
                continue
            if isinstance(entry.expression, d.FunctionDefinition):
                evaluator = self.function(entry.expression, names, name=variable.name)
            else:
                evaluator = self.expression(entry.expression, names)
                evaluator = self.typed(evaluator, variable.type_ref, variable.name)
            names = names | {variable.name: self._variable_type(variable, entry.expression)}
            entries.append((variable.name, evaluator))

        def run_context(scope: Scope, run: Run) -> object:
            run.budget.tick(len(entries) + 1)
            inner = dict(scope)
            value: dict[str, object] = {}
            for name, evaluator in entries:
                inner[name] = value[name] = evaluator(inner, run)
            return value if result is None else result(inner, run)

        return run_context

    def _variable_type(self, variable: d.Variable, part: d.Expression | None) -> Type:
        return self.types.type(variable.type_ref) or infer(part, self.types)

    def _item(self, part: d.Filter | d.Iteration) -> Type:
        """The type of one item of what ``part`` goes over."""
        kind = plain(self.types.type(part.source_ref) or infer(part.source, self.types))
        return plain(kind.item) if isinstance(kind, ListType) else kind

    def _invocation(self, part: d.Invocation, names: Names) -> Evaluator:
        function = self.expression(part.function, names)
        bindings = [self._binding(b, names) for b in part.bindings]
        owner = self.owner_name

        def invoke(scope: Scope, run: Run) -> object:
            callee = function(scope, run)
            if not isinstance(callee, FeelFunction):
                run.warn(f"“{owner}”：调用的不是函数，按空值处理。")
                return None
            arguments = {name: evaluator(scope, run) for name, evaluator in bindings}
            return callee.invoke_named(run.feel, arguments)

        return invoke

    def _binding(self, binding: d.Binding, names: Names) -> tuple[str, Evaluator]:
        name = binding.parameter.name
        evaluator = self.expression(binding.expression, names)
        return name, self.typed(evaluator, binding.parameter.type_ref, name)

    def function(self, part: d.FunctionDefinition, names: Names, *, name: str) -> Evaluator:
        """The closure that gives the function (DMN 1.5, 10.2.1.6); its own ``name``, if it has
        one, is visible inside. Kinds other than FEEL are refused: they would reach the host."""
        if part.kind != "FEEL":
            message = f"不支持 {part.kind} 函数：表达式不得调用外部程序。"
            self.problem(part, "external-function", message)
            return null
        parameters = [(p.name, *self.types.both(p.type_ref)) for p in part.parameters]
        inner_names = names | ({name: ANY} if name else {})
        inner_names = inner_names | {name: kind or ANY for name, kind, _ in parameters}
        body = self.expression(part.body, inner_names)
        result = self.types.result(part.type_ref)

        def define(scope: Scope, run: Run) -> object:
            captured = dict(scope)

            def call(arguments: dict[str, object]) -> object:
                return body({**captured, **arguments}, run)

            function = ModelFunction(name, parameters, result, call, run)
            if name:
                captured[name] = function
            return function

        return define

    def _list(self, part: d.ListExpression, names: Names) -> Evaluator:
        items = [self.expression(item, names) for item in part.items]

        def run_list(scope: Scope, run: Run) -> object:
            run.budget.tick(len(items) + 1)
            return [item(scope, run) for item in items]

        return run_list

    def _relation(self, part: d.Relation, names: Names) -> Evaluator:
        columns = [column.name for column in part.columns]
        rows = [
            [
                (column.name, self.typed(self.expression(cell, names), column.type_ref, part.id))
                for column, cell in zip(part.columns, row, strict=False)
            ]
            for row in part.rows
        ]

        def run_relation(scope: Scope, run: Run) -> object:
            run.budget.tick(len(rows) * len(columns) + 1)
            return [{name: cell(scope, run) for name, cell in row} for row in rows]

        return run_relation

    def _conditional(self, part: d.Conditional, names: Names) -> Evaluator:
        condition = self.expression(part.condition, names)
        then = self.expression(part.then, names)
        otherwise = self.expression(part.otherwise, names)

        owner = self.owner_name

        def run_conditional(scope: Scope, run: Run) -> object:
            verdict = condition(scope, run)
            if verdict is not None and not isinstance(verdict, bool):
                run.warn(f"“{owner}”：条件的结果不是布尔值，按空值处理。")
                return None
            return (then if verdict else otherwise)(scope, run)

        return run_conditional

    def _filter(self, part: d.Filter, names: Names) -> Evaluator:
        source = self.typed(self.expression(part.source, names), part.source_ref, "in")
        item = self._item(part)
        entries = dict(item.entries) if isinstance(item, ContextType) else {}
        match = self.expression(part.match, names | {"item": item} | entries)
        return filtered(source, match)

    def _iteration(self, part: d.Iteration, names: Names) -> Evaluator:
        source = self.typed(self.expression(part.source, names), part.source_ref, "in")
        variable = part.variable
        inner = {variable: self._item(part), "partial": ListType(ANY)}
        body = self.expression(part.body, names | inner)
        return iterated(part.kind, variable, source, body, with_partial=_says_partial(part.body))


def _says_partial(part: d.Expression | None) -> bool:
    """Whether a text inside ``part`` may name the results so far; tables always may."""
    if part is None:
        return False
    if isinstance(part, d.LiteralExpression):
        return "partial" in part.text
    return isinstance(part, d.DecisionTable) or any(map(_says_partial, d.children(part)))
