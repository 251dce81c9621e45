"""Decision tables: compiled once, evaluated often (DMN 1.5, chapter 8 and 10.3.2.10)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine import feel
from engine.dmn.columns import allows, input_column, matches, output_column, rule_row
from engine.dmn.definitions import Aggregation, DecisionTable, HitPolicy
from engine.dmn.hits import Conflict, Hit, choose
from engine.dmn.inference import table_outputs
from engine.dmn.result import MatchedRule, TableInputs
from engine.dmn.run import Evaluator, Names, Run, Scope
from engine.feel import Expression

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


class _Table:
    """A compiled decision table."""

    def __init__(self, compiler: Compiler, table: DecisionTable, names: Names) -> None:
        self.table = table
        self.owner = (compiler.owner_id, compiler.owner_name)
        self.names = table_outputs(table)
        self.inputs = [input_column(compiler, table, i, names) for i in range(len(table.inputs))]
        self.outputs = [
            output_column(compiler, table, clause, name, names)
            for clause, name in zip(table.outputs, self.names, strict=True)
        ]
        self.rows = [
            rule_row(compiler, self.outputs, number, rule, names)
            for number, rule in enumerate(table.rules, 1)
        ]
        self.every = (1 << len(self.rows)) - 1
        self.cost = len(self.inputs) + len(self.outputs)
        self.stops = table.hit_policy is HitPolicy.FIRST

    def evaluate(self, scope: Scope, run: Run) -> object:
        """The result of the table: a value, or a context of outputs, or a list of these."""
        values = []
        run.budget.tick(self.cost)
        for column in self.inputs:
            value = column.evaluate(scope, run)
            if column.allowed is not None and not allows(column.allowed, value, scope, run):
                run.warn(f"“{self.owner[1]}”：输入“{column.label}”的值不在允许范围内，按空值处理。")
                return None
            values.append(value)
        run.trail.tables.append(TableInputs(table_id=self.table.id, inputs=self._labelled(values)))
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
            if not all(matches(tests[p], values[p], scope, run) for p in unsure):
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
            found = (i for i, test in enumerate(tests) if matches(test, value, scope, run))
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
        aggregate = _AGGREGATES[table.aggregation]
        columns = list(zip(*rows, strict=True)) or [()] * len(self.outputs)
        return self._value(tuple(_applied(aggregate, list(c), run) for c in columns))

    def _labelled(self, values: Sequence[object]) -> tuple[tuple[str, object], ...]:
        return tuple((c.label, v) for c, v in zip(self.inputs, values, strict=True))

    def _matched(self, hit: Hit, values: Sequence[object]) -> MatchedRule:
        index, outputs = hit
        rule, tests = self.rows[index].rule, self.rows[index].tests
        inputs = self._labelled(values)
        return MatchedRule(
            decision_id=self.owner[0],
            decision_name=self.owner[1],
            table_id=self.table.id,
            index=index + 1,
            rule_id=rule.id,
            inputs=inputs,
            tested=tuple(pair for pair, test in zip(inputs, tests, strict=True) if test),
            outputs=tuple((o.label, v) for o, v in zip(self.outputs, outputs, strict=True)),
            annotations=rule.annotations,
            description=rule.description,
        )


_SINGLE = frozenset({HitPolicy.UNIQUE, HitPolicy.ANY, HitPolicy.PRIORITY, HitPolicy.FIRST})

_AGGREGATES = {
    how: feel.compile(f"{how.lower()}(values)", names=("values",)) for how in Aggregation
}


def _applied(function: Expression, values: list[object], run: Run) -> object:
    """FEEL's sum, count, min or max of one output column."""
    return function.evaluate({"values": values}, budget=run.budget, trusted=True)
