"""The columns and rows of a decision table, compiled (DMN 1.5, 8.3.2 and 8.3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine import feel
from engine.dmn.cells import OPAQUE_CELL, Cell, constant, read_cell, split_tests
from engine.dmn.definitions import Clause, DecisionTable, LiteralExpression, Rule
from engine.dmn.index import ColumnIndex
from engine.dmn.inference import is_list
from engine.dmn.itemtypes import fit_to
from engine.dmn.run import Evaluator, Names, Run, Scope
from engine.feel import Budget, FeelSyntaxError, UnaryTests
from engine.feel.types import ListType

if TYPE_CHECKING:
    from engine.dmn.compiler import Compiler

__all__ = [
    "Input",
    "Output",
    "Row",
    "allows",
    "input_column",
    "matches",
    "output_column",
    "rule_row",
]


@dataclass(frozen=True, slots=True)
class Input:
    """An input column: its expression, the values allowed, the index of its cells."""

    label: str
    evaluate: Evaluator
    allowed: UnaryTests | None
    index: ColumnIndex


@dataclass(frozen=True, slots=True)
class Output:
    """An output column."""

    label: str
    type_ref: str
    #: whether the table collects outputs, so that the type may be that of the whole list
    is_list: bool
    allowed: UnaryTests | None
    #: each allowed value by itself, in order of priority
    priorities: tuple[UnaryTests, ...]
    default: Evaluator | None


@dataclass(frozen=True, slots=True)
class Row:
    """A rule, ready to be tried."""

    rule: Rule
    #: compiled tests of the cells that are no dashes, by column
    tests: tuple[UnaryTests | None, ...]
    outputs: tuple[Evaluator, ...]
    #: the outputs when they are the same whatever the input
    fixed: tuple[object, ...] | None


def matches(tests: UnaryTests | None, value: object, scope: Scope, run: Run) -> bool:
    """Whether the tests say yes; tests that do not compile never do."""
    if tests is None:
        return False
    run.budget.tick()
    matched = tests.matches(
        value, scope, budget=run.budget, clock=run.clock, warnings=run.trail.warnings, trusted=True
    )
    return matched is True


def allows(tests: UnaryTests, value: object, scope: Scope, run: Run) -> bool:
    """Whether a value, or each item of a list, is among the allowed ones."""
    if value is None or matches(tests, value, scope, run):
        return True
    return isinstance(value, list) and all(allows(tests, item, scope, run) for item in value)


def _tests(
    compiler: Compiler, part: LiteralExpression, names: Names, rule: int | None = None
) -> UnaryTests | None:
    tests = compiler.compiled(part, names, feel.compile_unary, rule)
    if tests is not None:
        compiler.free |= tests.names - names.keys() - {"?"}
    return tests


def input_column(compiler: Compiler, table: DecisionTable, position: int, names: Names) -> Input:
    """The input column at ``position``."""
    clause = table.inputs[position]
    evaluate: Evaluator = lambda _scope, _run: None  # noqa: E731
    if clause.expression is not None:
        evaluate = compiler.literal(clause.expression, names)
        evaluate = compiler.typed(evaluate, clause.type_ref, clause.label or clause.name)
    return Input(
        label=clause.label or clause.name,
        evaluate=evaluate,
        allowed=_tests(compiler, clause.allowed, names) if clause.allowed else None,
        index=ColumnIndex([_cell(compiler, rule.inputs[position]) for rule in table.rules]),
    )


def _cell(compiler: Compiler, part: LiteralExpression) -> Cell:
    return read_cell(part.text) if compiler.speaks_feel(part) else OPAQUE_CELL


def output_column(
    compiler: Compiler, table: DecisionTable, clause: Clause, name: str, names: Names
) -> Output:
    """The output column of ``clause``, whose entry in results is called ``name``."""
    label = clause.label or clause.name
    label = label or (compiler.owner_name if len(table.outputs) == 1 else name)
    default: Evaluator | None = None
    if clause.default is not None and clause.default.text.strip():
        default = compiler.literal(clause.default, names)
        default = _typed(compiler, default, clause.type_ref, label, in_list=is_list(table))
    source = clause.allowed.text if clause.allowed else compiler.types.allowed_text(clause.type_ref)
    return Output(
        label=label,
        type_ref=clause.type_ref,
        is_list=is_list(table),
        allowed=_tests(compiler, clause.allowed, names) if clause.allowed else None,
        priorities=tuple(_each_test(source, names)),
        default=default,
    )


def _each_test(source: str, names: Names) -> list[UnaryTests]:
    """The allowed values one by one; none when the whole does not compile."""
    try:
        return [feel.compile_unary(text, names=names) for text in split_tests(source)]
    except FeelSyntaxError:
        return []


def rule_row(
    compiler: Compiler,
    outputs: Sequence[Output],
    number: int,
    rule: Rule,
    names: Names,
) -> Row:
    """The rule with that number, from 1."""
    tests = tuple(
        None if _cell(compiler, cell).is_any else _tests(compiler, cell, names, number)
        for cell in rule.inputs
    )
    evaluators = []
    fixed: list[object] | None = []
    for output, cell in zip(outputs, rule.outputs, strict=True):
        evaluate = _checked(compiler, output, compiler.literal(cell, names, rule=number))
        evaluators.append(evaluate)
        trial = Run({}, budget=Budget(), clock=None)
        if fixed is None or constant(cell.text) is None:
            fixed = None
            continue
        fixed.append(evaluate({}, trial))
        if trial.trail.warnings:
            fixed = None
    return Row(rule, tests, tuple(evaluators), tuple(fixed) if fixed is not None else None)


def _checked(compiler: Compiler, output: Output, evaluate: Evaluator) -> Evaluator:
    """An output cell kept to the type and the allowed values of its column."""
    typed = _typed(compiler, evaluate, output.type_ref, output.label, in_list=output.is_list)
    tests = output.allowed
    if tests is None:
        return typed
    message = f"“{compiler.owner_name}”：输出“{output.label}”的值不在允许范围内，按空值处理。"

    def checked(scope: Scope, run: Run) -> object:
        value = typed(scope, run)
        if allows(tests, value, scope, run):
            return value
        run.warn(message)
        return None

    return checked


def _typed(
    compiler: Compiler, evaluate: Evaluator, type_ref: str, label: str, *, in_list: bool
) -> Evaluator:
    """An output kept to the type of its column. Where the table gives a list (``in_list``), files
    name either the type of an output or that of the list."""
    kind = compiler.types.type(type_ref)
    if not in_list or not isinstance(kind, ListType):
        return compiler.typed(evaluate, type_ref, label)
    fit = fit_to(kind.item.resolved())
    return compiler.fitted(evaluate, fit, kind.item.text, label) if fit else evaluate
