"""Decision tables to be read on a page, with the rows that were hit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from api.language import gettext as _
from api.pages.admin import explained
from engine import dmn
from engine.dmn.definitions import (
    Aggregation,
    Clause,
    DecisionTable,
    DrgDecision,
    HitPolicy,
    LiteralExpression,
    Rule,
)
from engine.dmn.definitions import (
    tables as tables_of,
)

#: Rows that are shown though they were not hit.
ROWS = 200


@dataclass(frozen=True, kw_only=True)
class ColumnView:
    """``expression``: what an input column looks at; ``value``: what it found, "" before a try."""

    label: str
    expression: str
    value: str


@dataclass(frozen=True, kw_only=True)
class RowView:
    """``skipped``: so many rows before it are not shown."""

    number: int
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    notes: tuple[str, ...]
    hit: bool
    skipped: int


@dataclass(frozen=True, kw_only=True)
class TableView:
    """``policy``: the hit policy in words; ``logic``: of a decision that is no table, its text;
    ``skipped``: rows left out at the end."""

    id: str
    decision: str
    policy: str
    logic: str
    inputs: tuple[ColumnView, ...]
    outputs: tuple[ColumnView, ...]
    notes: tuple[str, ...]
    rows: tuple[RowView, ...]
    skipped: int


def tables(model: dmn.Model, asked: str, result: dmn.Result | None) -> tuple[TableView, ...]:
    """The tables of the decision asked for, then of those that it requires; of a literal
    expression its text. After a try, those of functions that were called as well."""
    hits: dict[str, set[int]] = {}
    looked_at: dict[str, Sequence[tuple[str, object]]] = {}
    if result is not None:
        for rule in result.matched_rules:
            hits.setdefault(rule.table_id, set()).add(rule.index)
        for element, _first in _elements(result.explanation):
            looked_at.update({table.table_id: table.inputs for table in element.tables})
    shown: dict[str, TableView] = {}
    for decision in _required(model, asked):
        if isinstance(decision.logic, LiteralExpression):
            shown[decision.id] = _literal(decision, decision.logic)
        for table in tables_of(decision.logic):
            shown[table.id] = _table(
                table, decision.name, hits.get(table.id, set()), looked_at.get(table.id, ())
            )
    for table_id in looked_at:
        if table_id not in shown and table_id in model.tables:
            table = model.tables[table_id]
            owner = _owner(model, table_id)
            shown[table_id] = _table(table, owner, hits.get(table_id, set()), ())
    return tuple(shown.values())


def _elements(explanation: dmn.Explanation) -> Iterator[tuple[dmn.Explanation, bool]]:
    return ((element, first) for _depth, element, first in explanation.walk() if first)


def _owner(model: dmn.Model, table_id: str) -> str:
    knowledge = model.definitions.knowledge
    return next(
        (k.name for k in knowledge if any(t.id == table_id for t in tables_of(k.logic))), ""
    )


def _required(model: dmn.Model, asked: str) -> list[DrgDecision]:
    """The decision and those of this model it requires, each once, in the order of need."""
    parts = {part.id: part for part in model.definitions.decisions}
    outputs = {s.id: [o.id for o in s.outputs] for s in model.definitions.services}
    waiting, found = list(outputs.get(asked, [asked])), dict[str, DrgDecision]()
    while waiting:
        part = parts.get(waiting.pop(0))
        if part is not None and part.id not in found:
            found[part.id] = part
            waiting += [reference.id for reference in part.information]
    return list(found.values())


def _literal(decision: DrgDecision, logic: LiteralExpression) -> TableView:
    return TableView(
        id=decision.id,
        decision=decision.name,
        policy="",
        logic=logic.text.strip(),
        inputs=(),
        outputs=(),
        notes=(),
        rows=(),
        skipped=0,
    )


def _table(
    table: DecisionTable, owner: str, hits: set[int], looked_at: Sequence[tuple[str, object]]
) -> TableView:
    values = [explained.excerpt(value, 60) for _label, value in looked_at]
    values += [""] * (len(table.inputs) - len(values))
    rows, left = _rows(table.rules, hits)
    notes = table.rules[0].annotations if table.rules else ()
    return TableView(
        id=table.id,
        decision=owner,
        policy=_policy(table),
        logic="",
        inputs=tuple(
            _column(clause, value) for clause, value in zip(table.inputs, values, strict=True)
        ),
        outputs=tuple(_column(clause, "") for clause in table.outputs),
        notes=tuple(name or _("备注") for name, _text in notes),
        rows=tuple(rows),
        skipped=left,
    )


def _column(clause: Clause, value: str) -> ColumnView:
    expression = clause.expression.text.strip() if clause.expression else ""
    label = clause.label or clause.name or expression
    return ColumnView(
        label=label, expression=expression if expression != label else "", value=value
    )


def _rows(rules: Sequence[Rule], hits: set[int]) -> tuple[list[RowView], int]:
    """The rows to show, and how many are left out after the last."""
    rows: list[RowView] = []
    skipped = 0
    for number, rule in enumerate(rules, 1):
        if number > ROWS and number not in hits:
            skipped += 1
            continue
        rows.append(
            RowView(
                number=number,
                inputs=tuple(_cell(cell) for cell in rule.inputs),
                outputs=tuple(_cell(cell) for cell in rule.outputs),
                notes=tuple(text for _name, text in rule.annotations),
                hit=number in hits,
                skipped=skipped,
            )
        )
        skipped = 0
    return rows, skipped


def _cell(cell: LiteralExpression) -> str:
    return cell.text.strip() or "-"


def _policy(table: DecisionTable) -> str:
    policies = {
        HitPolicy.UNIQUE: _("最多命中一行"),
        HitPolicy.ANY: _("可命中多行，结果须一致"),
        HitPolicy.FIRST: _("取命中的第一行"),
        HitPolicy.PRIORITY: _("按输出的优先级取一行"),
        HitPolicy.RULE_ORDER: _("取命中的各行，按行序"),
        HitPolicy.OUTPUT_ORDER: _("取命中的各行，按输出的优先级"),
        HitPolicy.COLLECT: _("汇集命中的各行"),
    }
    how = {
        Aggregation.SUM: _("求和"),
        Aggregation.COUNT: _("计数"),
        Aggregation.MIN: _("取最小"),
        Aggregation.MAX: _("取最大"),
    }
    words = policies[table.hit_policy]
    return f"{words}，{how[table.aggregation]}" if table.aggregation else words
