"""What is wrong with one decision table: gaps, overlaps, rules that never match, bad values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from engine.dmn.cells import ANY_CELL, OPAQUE_CELL, Cell, constant, read_cell, split_tests
from engine.dmn.definitions import Clause, DecisionTable, HitPolicy, LiteralExpression, Rule
from engine.dmn.errors import Problem, Severity
from engine.dmn.fallthrough import accepted_by_null
from engine.dmn.hits import same_value
from engine.dmn.inference import table_outputs
from engine.dmn.itemtypes import TypeTable, constraint_text
from engine.dmn.reader import is_feel
from engine.dmn.regions import Box, Column, Effort, TooComplex, column, overlap, uncovered
from engine.dmn.run import Names
from engine.dmn.wording import glued, set_text, value_text
from engine.feel import FeelSyntaxError, compile_unary
from engine.feel.types import ContextType, Type

__all__ = ["TableCheck"]

MAX_GAPS = 5
MAX_OVERLAPS = 20
#: more rules than this are not compared pair by pair
MAX_RULES = 500


@dataclass(frozen=True, kw_only=True)
class TableCheck:
    """The analysis of ``table``, which belongs to the element called ``owner``.

    ``names`` are the types of what its expressions see.
    """

    table: DecisionTable
    owner: str
    language: str
    types: TypeTable
    names: Names

    def problems(self) -> Iterator[Problem]:
        """All findings."""
        if not self._is_whole():
            return
        yield from self._priorities()
        yield from self._output_values()
        yield from self._accepted_by_null()
        columns = [self._column(i) for i in range(len(self.table.inputs))]
        yield from self._input_values(columns)
        known = [c for c in columns if c is not None]
        if len(known) < len(columns) or not is_feel(self.language):
            return
        yield from self._overlaps(known)
        effort = Effort()
        try:
            yield from self._unreachable(known, effort)
            yield from self._gaps(known, effort)
        except TooComplex:
            message = "条件组合太多，没有检查是否有遗漏和永远不会命中的行。"
            yield self._problem(Severity.INFO, "not-checked", message)

    def _is_whole(self) -> bool:
        table = self.table
        return bool(table.outputs) and all(
            len(r.inputs) == len(table.inputs) and len(r.outputs) == len(table.outputs)
            for r in table.rules
        )

    def _problem(
        self, severity: Severity, code: str, message: str, rule: int | None = None
    ) -> Problem:
        element = self.table.rules[rule - 1] if rule else self.table
        return Problem(
            severity=severity,
            code=code,
            element_id=element.id,
            message=f"“{self.owner}”{f'第 {rule} 行' if rule else ''}：{message}",
            rule=rule,
            line=element.line,
        )

    def _column(self, position: int) -> Column | None:
        clause = self.table.inputs[position]
        entries = [rule.inputs[position] for rule in self.table.rules]
        cells = [OPAQUE_CELL if e.language else read_cell(e.text) for e in entries]
        allowed = self._allowed(clause)
        return column(clause.label or clause.name, cells, [e.text for e in entries], allowed)

    def _allowed(self, clause: Clause) -> Cell:
        if clause.allowed is not None:
            text = clause.allowed.text
        else:
            text = self.types.allowed_text(clause.type_ref) or constraint_text(
                _path_type(clause.name, self.names)
            )
        cell = read_cell(text) if text else ANY_CELL
        return ANY_CELL if cell.is_opaque else cell

    def _priorities(self) -> Iterator[Problem]:
        ordered = {HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER}
        if self.table.hit_policy in ordered and not any(map(self._order, self.table.outputs)):
            message = "按优先级取结果，却没有一个输出列写明输出值的次序（outputValues）。"
            yield self._problem(Severity.ERROR, "no-priorities", message)

    def _order(self, clause: Clause) -> list[str]:
        source = clause.allowed.text if clause.allowed else ""
        return split_tests(source or self.types.allowed_text(clause.type_ref))

    def _output_values(self) -> Iterator[Problem]:
        for position, clause in enumerate(self.table.outputs):
            name = clause.label or table_outputs(self.table)[position]
            fit = self.types.fit(clause.type_ref)
            tests = None
            if clause.allowed is not None:
                try:
                    tests = compile_unary(clause.allowed.text)
                except FeelSyntaxError:
                    continue
            for number, rule in enumerate(self.table.rules, 1):
                value = _constant(rule.outputs[position])
                if value is None or value[0] is None:
                    continue
                if fit is not None and fit(value[0]) is None:
                    message = f"输出“{name}”的值 {rule.outputs[position].text.strip()} 不符合类型"
                    message += f" {clause.type_ref}。"
                    yield self._problem(Severity.ERROR, "output-type", message, number)
                elif tests is not None and not tests.matches(value[0], {}):
                    message = (
                        f"输出“{name}”的值 {rule.outputs[position].text.strip()} 不在允许的值之内。"
                    )
                    yield self._problem(Severity.ERROR, "output-not-allowed", message, number)

    def _accepted_by_null(self) -> Iterator[Problem]:
        for number, columns in accepted_by_null(self.table):
            names = "、".join(
                f"“{self.table.inputs[c].label or self.table.inputs[c].name}”" for c in columns
            )
            message = (
                f"{names}为空时，前面不予通过的行都不命中（与空值比较不成立），会落到这一行而通过。"
                "请在它之前加一行，用 null 检查空值并写明结论，或让这一行不通过。"
            )
            yield self._problem(Severity.WARNING, "null-accepted", message, number)

    def _input_values(self, columns: Sequence[Column | None]) -> Iterator[Problem]:
        for position, part in enumerate(columns):
            clause = self.table.inputs[position]
            label = clause.label or clause.name
            if part is None:
                message = f"输入列“{label}”里混用了不同类型的值，无法检查遗漏和重叠。"
                yield self._problem(Severity.WARNING, "mixed-types", message)
                continue
            for number, rule in enumerate(self.table.rules, 1):
                cell = read_cell(rule.inputs[position].text)
                outside = _outside(cell, part)
                if outside:
                    message = f"输入“{label}”写的 {outside} 不在允许的值之内，永远不会出现。"
                    yield self._problem(Severity.WARNING, "input-not-allowed", message, number)
                elif part.masks[number - 1] == 0:
                    message = f"输入“{label}”的条件 {part.texts[number - 1]} 不含任何值，"
                    message += "这一行永远不会命中。"
                    yield self._problem(Severity.WARNING, "empty-rule", message, number)

    def _overlaps(self, columns: Sequence[Column]) -> Iterator[Problem]:
        policy = self.table.hit_policy
        if policy not in {HitPolicy.UNIQUE, HitPolicy.ANY} or len(self.table.rules) > MAX_RULES:
            return
        yield from islice(self._overlapping(columns, policy), MAX_OVERLAPS)

    def _overlapping(self, columns: Sequence[Column], policy: HitPolicy) -> Iterator[Problem]:
        rules = self.table.rules
        for second in range(len(rules)):
            for first in range(second):
                box = overlap(columns, first, second)
                if box is None:
                    continue
                certain = True
                if policy is HitPolicy.ANY:
                    differing = _differ(rules[first], rules[second])
                    if differing is False:
                        continue
                    certain = differing is True
                where = self._where(columns, box)
                conflict = "结果不同" if policy is HitPolicy.ANY else "命中策略却是“唯一”"
                message = f"与第 {first + 1} 行重叠（{where}同时命中），{conflict}。"
                severity = Severity.ERROR if certain else Severity.WARNING
                yield self._problem(severity, "overlap", message, second + 1)

    def _unreachable(self, columns: Sequence[Column], effort: Effort) -> Iterator[Problem]:
        for index in range(len(self.table.rules)):
            before = self._stronger(index)
            box = tuple(
                part.domain if mask is None else mask
                for part, mask in ((c, c.masks[index]) for c in columns)
            )
            if not before or not all(box):
                continue
            usable = [i for i in before if _is_told(columns, i, index)]
            bits = sum(1 << i for i in usable)
            gap = next(uncovered(columns, bits, box, effort, unknown_covers=False), None)
            if gap is None and usable:
                rows = [i + 1 for i in usable if overlap(columns, i, index) is not None]
                shown = "、".join(map(str, rows[:6])) + (" 等" if len(rows) > 6 else "")
                message = f"永远不会命中：条件已被第 {shown} 行全部覆盖。"
                yield self._problem(Severity.WARNING, "unreachable", message, index + 1)

    def _stronger(self, index: int) -> list[int]:
        """The rules that win over rule ``index`` wherever both match."""
        if self.table.hit_policy is HitPolicy.FIRST:
            return list(range(index))
        if self.table.hit_policy is not HitPolicy.PRIORITY or len(self.table.outputs) > 1:
            return []
        order = self._order(self.table.outputs[0])
        ranks = [
            order.index(text) if text in order else None
            for text in (rule.outputs[0].text.strip() for rule in self.table.rules)
        ]
        own = ranks[index]
        return [
            i for i, rank in enumerate(ranks) if own is not None and rank is not None and rank < own
        ]

    def _gaps(self, columns: Sequence[Column], effort: Effort) -> Iterator[Problem]:
        table = self.table
        single = {HitPolicy.UNIQUE, HitPolicy.ANY, HitPolicy.FIRST, HitPolicy.PRIORITY}
        if table.hit_policy not in single or any(o.default for o in table.outputs):
            return
        everything = tuple(part.domain for part in columns)
        rules = (1 << len(table.rules)) - 1
        gaps = uncovered(columns, rules, everything, effort, unknown_covers=True)
        found = list(islice(gaps, MAX_GAPS + 1))
        for gap in found[:MAX_GAPS]:
            severity = Severity.INFO if _is_only_other(columns, gap) else Severity.WARNING
            message = f"有遗漏：{self._where(columns, gap)}没有任何一行命中，结果为空。"
            yield self._problem(severity, "gap", message)
        if len(found) > MAX_GAPS:
            yield self._problem(Severity.INFO, "gap", "还有更多遗漏，没有一一列出。")

    def _where(self, columns: Sequence[Column], box: Box) -> str:
        parts = [
            f"“{part.label}”{_slots_text(part, mask)}"
            for part, mask in zip(columns, box, strict=True)
            if mask != part.domain
        ]
        return glued("，".join(parts), "时") if parts else "任何输入时"


def _constant(part: LiteralExpression) -> tuple[object] | None:
    return None if part.language else constant(part.text)


def _path_type(path: str, names: Names) -> Type | None:
    """The type of ``a.b.c`` by the declared types of its parts."""
    if path in names:
        return names[path].resolved()
    kind: Type | None = None
    for number, part in enumerate(path.split(".")):
        entries = dict(kind.entries) if isinstance(kind, ContextType) else {}
        found = names.get(part.strip()) if number == 0 else entries.get(part.strip())
        if found is None:
            return None
        kind = found.resolved()
    return kind


def _outside(cell: Cell, part: Column) -> str:
    """The values that a cell names and that can never occur."""
    if cell.domain is None or cell.negated:
        return ""
    missed = [i for i in cell.intervals if not part.slots.mask([i]) & part.domain]
    named = [i for i in missed if not i.is_empty]
    return "、".join(value_text(i.low) if i.low == i.high else set_text([i]) for i in named)


def _differ(first: Rule, second: Rule) -> bool | None:
    """Whether two rules give different outputs; None when that depends on the input."""
    result: bool | None = False
    for left, right in zip(first.outputs, second.outputs, strict=True):
        if left.text.strip() == right.text.strip():
            continue
        a, b = _constant(left), _constant(right)
        if a is None or b is None:
            result = None
        elif not same_value(a[0], b[0]):
            return True
    return result


def _is_told(columns: Sequence[Column], rule: int, other: int) -> bool:
    """Whether each cell of ``rule`` can be told, or is written as that of ``other``."""
    return all(c.masks[rule] is not None or c.texts[rule] == c.texts[other] for c in columns)


def _is_only_other(columns: Sequence[Column], box: Box) -> bool:
    """Whether the box is about strings that the table does not name."""
    return any(
        part.is_open and mask != part.domain and not _points(part, mask)
        for part, mask in zip(columns, box, strict=True)
    )


def _points(part: Column, mask: int) -> list[object]:
    return [p for i, p in enumerate(part.slots.points) if mask >> (2 * i + 1) & 1]


def _slots_text(part: Column, mask: int) -> str:
    """What the value of a column is when it lies in ``mask``."""
    if not part.is_open or not mask & _between(part):
        return set_text(part.slots.runs(mask))
    others = [p for i, p in enumerate(part.slots.points) if not mask >> (2 * i + 1) & 1]
    return f"不是{'、'.join(map(value_text, others))}"


def _between(part: Column) -> int:
    """The slots of an open column that are no points."""
    return sum(1 << slot for slot in range(0, part.slots.count, 2))
