"""Compiled expressions and unary tests: what the rest of the program holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from engine.feel.budget import Budget
from engine.feel.builtins import STANDARD
from engine.feel.compilation import Compiled, compile_node, compile_tests
from engine.feel.errors import BudgetExceeded, FeelSyntaxError
from engine.feel.explanation import Explanation, Recorder
from engine.feel.functions import Registry
from engine.feel.lattice import Type
from engine.feel.nodes import Node
from engine.feel.parser import parse, parse_tests
from engine.feel.run import Run
from engine.feel.values import Value, from_host
from engine.feel.walk import called_names

TOO_DEEP: Final = "嵌套太深，请拆成几个表达式"
NO_TYPES: Final[Mapping[str, Type]] = {}
Clock = Callable[[], datetime]


class _Formula:
    """What expressions and unary tests have in common."""

    def __init__(self, source: str, names: Iterable[str], functions: Registry) -> None:
        self.source = source
        self._declared = names
        self._functions = functions
        self._compiled: Compiled

    @cached_property
    def names(self) -> frozenset[str]:
        """The names that the expression reads from its context, if they are there.

        In `orders[price > 5]` that includes `price`: it is an entry of the items, or a variable.
        """
        return frozenset(name for name, _ in self._compiled.free)

    @property
    def variables(self) -> frozenset[str]:
        """Those of the names that can only be variables: unknown ones among them are mistakes."""
        return self._compiled.certain

    def _frame(
        self, compiled: Compiled, context: Mapping[str, object], run: Run, *, trusted: bool
    ) -> list[Value]:
        frame: list[Value] = [None] * compiled.size
        frame[0] = run
        for slot, default in compiled.defaults:
            frame[slot] = default
        for name, slot in compiled.free:
            if name in context:
                frame[slot] = context[name] if trusted else from_host(context[name])
            elif run.warnings is not None and frame[slot] is None:
                run.warn(f"没有变量“{name}”，按空值处理")
        return frame

    def _run(
        self,
        compiled: Compiled,
        context: Mapping[str, object],
        run: Run,
        subject: object = None,
        *,
        trusted: bool = False,
    ) -> Value:
        try:
            frame = self._frame(compiled, context, run, trusted=trusted)
            if compiled.subject:
                frame[compiled.subject] = subject if trusted else from_host(subject)
            value = compiled.code(frame)
        except RecursionError:
            raise BudgetExceeded("depth", run.budget.max_depth) from None
        if (type(value) is list or type(value) is dict) and not trusted:
            run.budget.measure(value)
        return value


class Expression(_Formula):
    """An expression, ready to be evaluated any number of times, by any number of threads."""

    def __init__(self, source: str, tree: Node, names: Iterable[str], functions: Registry) -> None:
        super().__init__(source, names, functions)
        self._tree = tree
        self._compiled = compile_node(tree, names=names, functions=functions)

    @property
    def called(self) -> frozenset[str]:
        """The names called as functions that are neither built in nor made by the expression."""
        return called_names(self._tree) & self.variables

    def evaluate(
        self,
        context: Mapping[str, object],
        *,
        budget: Budget | None = None,
        clock: Clock | None = None,
        warnings: list[str] | None = None,
        trusted: bool = False,
    ) -> Value:
        """The value with these variables (host or FEEL values).

        `budget` may be shared by several evaluations; `clock` gives an aware datetime for `now()`
        and `today()`, which are null without it; why parts are null is appended to `warnings`.
        BudgetExceeded if the means do not suffice, TypeError for a variable of a foreign type.

        `trusted` is for parts of a bigger evaluation, whose variables are FEEL values already:
        neither they nor the result are looked through; the whole must be measured at its end.
        """
        run = Run(budget, clock, warnings)
        return self._run(self._compiled, context, run, trusted=trusted)

    def explain(
        self,
        context: Mapping[str, object],
        *,
        budget: Budget | None = None,
        clock: Clock | None = None,
        warnings: list[str] | None = None,
    ) -> Explanation:
        """Evaluate and tell the value of each part."""
        recorder = Recorder()
        compiled = self._traced
        value = self._run(compiled, context, Run(budget, clock, warnings, recorder))
        return recorder.explanation(self.source, value)

    @cached_property
    def _traced(self) -> Compiled:
        return compile_node(
            self._tree, names=self._declared, functions=self._functions, traces=True
        )

    def __repr__(self) -> str:
        return f"Expression({self.source!r})"


class UnaryTests(_Formula):
    """Unary tests of a decision table's cell: `< 10`, `"a", "b"`, `not(null)`, `-`."""

    def __init__(
        self,
        source: str,
        tests: list[Node] | None,
        names: Iterable[str],
        functions: Registry,
        *,
        is_negated: bool,
    ) -> None:
        super().__init__(source, names, functions)
        self.passes_all = tests is None
        self.is_negated = is_negated
        self._compiled = compile_tests(tests or [], names=names, functions=functions)

    def matches(
        self,
        value: object,
        context: Mapping[str, object] | None = None,
        *,
        budget: Budget | None = None,
        clock: Clock | None = None,
        warnings: list[str] | None = None,
        trusted: bool = False,
    ) -> bool | None:
        """Whether the value passes: true, false, or null where that can't be told.

        `trusted`: the value and all variables are FEEL values already.
        """
        if self.passes_all:
            return True
        run = Run(budget, clock, warnings)
        result = self._run(self._compiled, context or {}, run, value, trusted=trusted)
        if self.is_negated and result is not None:
            return not result
        return True if result is True else None if result is None else False

    def __repr__(self) -> str:
        return f"UnaryTests({self.source!r})"


def compile(  # noqa: A001 -- FEEL's own word, used as feel.compile
    expression: str,
    *,
    names: Iterable[str] | Mapping[str, Any] = (),
    functions: Registry | None = None,
    types: Mapping[str, Type] = NO_TYPES,
) -> Expression:
    """Compile an expression.

    `names` are the variables in scope; names of several words or with operators in them are only
    understood if they are given. With a mapping of names to their types, the names of entries of
    context types are understood as well. `types` are named types for `instance of` and parameters.
    FeelSyntaxError says where the text is no expression.
    """
    registry = functions or STANDARD
    scope = names if isinstance(names, Mapping) else tuple(names)
    try:
        tree = parse(expression, names=scope, builtins=registry.index, types=types)
        return Expression(expression, tree, scope, registry)
    except RecursionError:
        raise FeelSyntaxError(TOO_DEEP) from None


def compile_unary(
    tests: str,
    *,
    names: Iterable[str] | Mapping[str, Any] = (),
    functions: Registry | None = None,
    types: Mapping[str, Type] = NO_TYPES,
) -> UnaryTests:
    """Compile unary tests; `?` is the value to be tested. Parameters as for `compile`."""
    registry = functions or STANDARD
    scope = names if isinstance(names, Mapping) else tuple(names)
    try:
        parsed, negated = parse_tests(tests, names=scope, builtins=registry.index, types=types)
        return UnaryTests(tests, parsed, scope, registry, is_negated=negated)
    except RecursionError:
        raise FeelSyntaxError(TOO_DEEP) from None
