"""Decision tables: compiled once, evaluated often (DMN 1.5, chapter 8 and 10.3.2.10)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine import feel
from engine.dmn.cells import OPAQUE_CELL, Cell, constant, read_cell, split_tests
from engine.dmn.definitions import Clause, DecisionTable, HitPolicy, LiteralExpression, Rule
from engine.dmn.hits import Conflict, Hit, aggregate, choose
from engine.dmn.index import ColumnIndex
from engine.dmn.inference import table_outputs
from engine.dmn.result import MatchedRule
from engine.dmn.run import Evaluator, Names, Run, Scope
from engine.feel import Budget, UnaryTests

if TYPE_CHECKING:
    from engine.dmn.compiler import Compiler

__all__ = ["compile_table"]


def compile_table(compiler: Compiler, table: DecisionTable, names: Names) -> Evaluator:
    """The closure that evaluates ``table``; null with a problem noted when it is misshapen."""
    if not _is_well_formed(compiler, table):
        return lambda _scope, _run: None
    return _Table(compiler, table, names).evaluate


def _is_well_formed(compiler: Compiler, table: DecisionTable) -> bool:
    if not table.outputs:
        compiler.problem(table, "table-shape", "决策表没有输出列。")
        return False
    sound = True
    for number, rule in enumerate(table.rules, 1):
        if len(rule.inputs) != len(table.inputs) or len(rule.outputs) != len(table.outputs):
            message = (
                f"应有 {len(table.inputs)} 个输入格、{len(table.outputs)} 个输出格，"
                f"实有 {len(rule.inputs)} 个、{len(rule.outputs)} 个。"
            )
            compiler.problem(rule, "table-shape", message, rule=number)
            sound = False
    return sound


@dataclass(frozen=True, slots=True)
class _Input:
    label: str
    evaluate: Evaluator
    allowed: UnaryTests | None
    index: ColumnIndex


@dataclass(frozen=True, slots=True)
class _Output:
    name: str
    label: str
    type_ref: str
    allowed: UnaryTests | None
    #: each allowed value by itself, in order of priority
    priorities: tuple[UnaryTests, ...]
    default: Evaluator | None


@dataclass(frozen=True, slots=True)
class _Row:
    rule: Rule
    #: compiled tests of the cells that are no dashes, by column
    tests: tuple[UnaryTests | None, ...]
    outputs: tuple[Evaluator, ...]
    #: the outputs when they are the same whatever the input
    fixed: tuple[object, ...] | None


class _Table:
    """A compiled decision table."""

    def __init__(self, compiler: Compiler, table: DecisionTable, names: Names) -> None:
        self.table = table
        self.owner = (compiler.owner_id, compiler.owner_name)
        self.names = table_outputs(table)
        self.inputs = [_input(compiler, table, i, names) for i in range(len(table.inputs))]
        self.outputs = [
            _output(compiler, clause, name, names, alone=len(table.outputs) == 1)
            for clause, name in zip(table.outputs, self.names, strict=True)
        ]
        self.rows = [
            _row(compiler, self.outputs, number, rule, names)
            for number, rule in enumerate(table.rules, 1)
        ]
        self.every = (1 << len(self.rows)) - 1
        self.stops = table.hit_policy is HitPolicy.FIRST

    def evaluate(self, scope: Scope, run: Run) -> object:
        """The result of the table: a value, or a context of outputs, or a list of these."""
        values = []
        for column in self.inputs:
            value = column.evaluate(scope, run)
            if column.allowed is not None and not _allows(column.allowed, value, scope, run):
                run.warn(f"“{self.owner[1]}”：输入“{column.label}”的值不在允许范围内，按空值处理。")
                return None
            values.append(value)
        hits = [
            (index, self._outputs(index, scope, run)) for index in self.find(values, scope, run)
        ]
        if not hits:
            return self._default(scope, run)
        try:
            chosen = choose(self.table.hit_policy, hits, lambda o: self._rank(o, scope, run))
        except Conflict as conflict:
            run.warn(f"“{self.owner[1]}”：{conflict}结果按空值处理。")
            return None
        for hit in chosen:
            run.trail.hit(self._matched(hit, values))
        return self._combine([outputs for _, outputs in chosen], run)

    def find(self, values: Sequence[object], scope: Scope, run: Run) -> list[int]:
        """Positions of the rules that match, in order; only the first one under FIRST."""
        candidates = self.every
        tried: list[tuple[int, int]] = []
        for position, column in enumerate(self.inputs):
            certain, possible = column.index.find(values[position])
            candidates &= certain | possible
            if not candidates:
                return []
            if possible:
                tried.append((position, possible))
        found: list[int] = []
        while candidates:
            bit = candidates & -candidates
            candidates ^= bit
            index = bit.bit_length() - 1
            tests = self.rows[index].tests
            unsure = [p for p, possible in tried if possible & bit]
            if not all(_matches(tests[p], values[p], scope, run) for p in unsure):
                continue
            found.append(index)
            if self.stops:
                break
        return found

    def _outputs(self, index: int, scope: Scope, run: Run) -> tuple[object, ...]:
        row = self.rows[index]
        if row.fixed is not None:
            return row.fixed
        return tuple(output(scope, run) for output in row.outputs)

    def _rank(self, outputs: tuple[object, ...], scope: Scope, run: Run) -> tuple[int, ...]:
        """Priority by the order of the allowed output values, first column first."""
        ranks = []
        for output, value in zip(self.outputs, outputs, strict=True):
            tests = output.priorities
            found = (i for i, test in enumerate(tests) if _matches(test, value, scope, run))
            ranks.append(next(found, len(tests)))
        return tuple(ranks)

    def _default(self, scope: Scope, run: Run) -> object:
        if any(output.default for output in self.outputs):
            values = [o.default(scope, run) if o.default else None for o in self.outputs]
            return self._value(tuple(values))
        if self.table.hit_policy is HitPolicy.COLLECT and self.table.aggregation == "COUNT":
            return self._combine([], run)
        run.warn(f"“{self.owner[1]}”：没有命中任何一行，也没有默认输出。")
        return None

    def _value(self, outputs: tuple[object, ...]) -> object:
        return outputs[0] if len(outputs) == 1 else dict(zip(self.names, outputs, strict=True))

    def _combine(self, rows: list[tuple[object, ...]], run: Run) -> object:
        table = self.table
        if table.hit_policy in _SINGLE:
            return self._value(rows[0])
        if table.hit_policy is not HitPolicy.COLLECT or table.aggregation is None:
            return [self._value(row) for row in rows]
        how = table.aggregation
        columns = list(zip(*rows, strict=True)) or [()] * len(self.outputs)
        return self._value(tuple(aggregate(how, list(c), _apply(run)) for c in columns))

    def _matched(self, hit: Hit, values: Sequence[object]) -> MatchedRule:
        index, outputs = hit
        rule = self.rows[index].rule
        return MatchedRule(
            decision_id=self.owner[0],
            decision_name=self.owner[1],
            table_id=self.table.id,
            index=index + 1,
            rule_id=rule.id,
            inputs=tuple((c.label, v) for c, v in zip(self.inputs, values, strict=True)),
            outputs=tuple((o.label, v) for o, v in zip(self.outputs, outputs, strict=True)),
            annotations=rule.annotations,
            description=rule.description,
        )


_SINGLE = frozenset({HitPolicy.UNIQUE, HitPolicy.ANY, HitPolicy.PRIORITY, HitPolicy.FIRST})

_AGGREGATES = {
    name: feel.compile(f"{name}(values)", names=("values",))
    for name in ("sum", "count", "min", "max")
}


def _apply(run: Run) -> Callable[[str, list[object]], object]:
    def apply(name: str, values: list[object]) -> object:
        return _AGGREGATES[name].evaluate({"values": values}, budget=run.budget)

    return apply


def _matches(tests: UnaryTests | None, value: object, scope: Scope, run: Run) -> bool:
    """Whether the tests say yes; tests that do not compile never do."""
    if tests is None:
        return False
    matched = tests.matches(
        value, scope, budget=run.budget, clock=run.clock, warnings=run.trail.warnings
    )
    return matched is True


def _allows(tests: UnaryTests, value: object, scope: Scope, run: Run) -> bool:
    """Whether a value, or each item of a list, is among the allowed ones."""
    if value is None or _matches(tests, value, scope, run):
        return True
    return isinstance(value, list) and all(_allows(tests, item, scope, run) for item in value)


def _tests(
    compiler: Compiler, part: LiteralExpression, names: Names, rule: int | None = None
) -> UnaryTests | None:
    tests = compiler.compiled(part, names, feel.compile_unary, rule)
    if tests is not None:
        compiler.free |= tests.names - names.keys() - {"?"}
    return tests


def _input(compiler: Compiler, table: DecisionTable, position: int, names: Names) -> _Input:
    clause = table.inputs[position]
    evaluate: Evaluator = lambda _scope, _run: None  # noqa: E731
    if clause.expression is not None:
        evaluate = compiler.literal(clause.expression, names)
        evaluate = compiler.typed(evaluate, clause.type_ref, clause.label or clause.name)
    return _Input(
        label=clause.label or clause.name,
        evaluate=evaluate,
        allowed=_tests(compiler, clause.allowed, names) if clause.allowed else None,
        index=ColumnIndex([_cell(compiler, rule.inputs[position]) for rule in table.rules]),
    )


def _cell(compiler: Compiler, part: LiteralExpression) -> Cell:
    return read_cell(part.text) if compiler.speaks_feel(part) else OPAQUE_CELL


def _output(compiler: Compiler, clause: Clause, name: str, names: Names, *, alone: bool) -> _Output:
    default: Evaluator | None = None
    if clause.default is not None and clause.default.text.strip():
        default = compiler.literal(clause.default, names)
        default = compiler.typed(default, clause.type_ref, name)
    source = clause.allowed.text if clause.allowed else compiler.types.allowed_text(clause.type_ref)
    allowed = _tests(compiler, clause.allowed, names) if clause.allowed else None
    priorities: list[UnaryTests] = []
    if allowed is not None or clause.allowed is None:
        priorities = [feel.compile_unary(text, names=names) for text in split_tests(source)]
    return _Output(
        name=name,
        label=clause.label or clause.name or (compiler.owner_name if alone else name),
        type_ref=clause.type_ref,
        allowed=allowed,
        priorities=tuple(priorities),
        default=default,
    )


def _row(
    compiler: Compiler,
    outputs: Sequence[_Output],
    number: int,
    rule: Rule,
    names: Names,
) -> _Row:
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
    return _Row(rule, tests, tuple(evaluators), tuple(fixed) if fixed is not None else None)


def _checked(compiler: Compiler, output: _Output, evaluate: Evaluator) -> Evaluator:
    """An output cell kept to the type and the allowed values of its column."""
    typed = compiler.typed(evaluate, output.type_ref, output.label)
    tests = output.allowed
    if tests is None:
        return typed
    message = f"“{compiler.owner_name}”：输出“{output.label}”的值不在允许范围内，按空值处理。"

    def checked(scope: Scope, run: Run) -> object:
        value = typed(scope, run)
        if _allows(tests, value, scope, run):
            return value
        run.warn(message)
        return None

    return checked
