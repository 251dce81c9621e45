"""What an evaluation gives: the value, the rules that were hit, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from engine.dmn.wording import value_text

__all__ = ["Explanation", "MatchedRule", "Result", "TableInputs"]


@dataclass(frozen=True, kw_only=True, slots=True)
class MatchedRule:
    """A rule of a decision table that decided the result.

    ``index`` is its row, from 1; ``inputs`` and ``outputs`` are (column, FEEL value) pairs;
    ``tested`` are those of the inputs that the rule looks at (its other cells are dashes);
    ``annotations`` (column, text) pairs; ``description`` the rule's own remark.
    """

    decision_id: str
    decision_name: str
    table_id: str
    index: int
    rule_id: str
    inputs: tuple[tuple[str, object], ...]
    outputs: tuple[tuple[str, object], ...]
    tested: tuple[tuple[str, object], ...] = ()
    annotations: tuple[tuple[str, str], ...] = ()
    description: str = ""

    @property
    def remark(self) -> str:
        """What the row says about itself: its annotations, else its description."""
        return "；".join(text for _, text in self.annotations if text) or self.description

    @property
    def text(self) -> str:
        """One sentence for people: 「命中第 5 行：申请金额 = 80000 → 结论 = "通过"（…）」."""
        inputs = "，".join(f"{name} = {value_text(value)}" for name, value in self.tested)
        outputs = "，".join(f"{name} = {value_text(value)}" for name, value in self.outputs)
        case = f"{inputs} → " if inputs else "其余情形 → " if self.index > 1 else ""
        remark = f"（{self.remark}）" if self.remark else ""
        return f"命中第 {self.index} 行：{case}{outputs}{remark}"


@dataclass(frozen=True, kw_only=True, slots=True)
class TableInputs:
    """What the input columns of a decision table held, whether or not a rule was hit."""

    table_id: str
    inputs: tuple[tuple[str, object], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """A node of the explanation tree: an element of the model with its value and what it used.

    ``kind`` is ``decision``, ``input``, ``service`` or ``knowledge``; ``rules`` are the rules hit
    in the tables evaluated for this element and ``tables`` what these looked at; ``children`` the
    elements that it required.
    """

    kind: str
    id: str
    name: str
    value: object
    logic: str = ""
    rules: tuple[MatchedRule, ...] = ()
    tables: tuple[TableInputs, ...] = ()
    children: tuple[Explanation, ...] = ()

    def walk(self) -> Iterator[tuple[int, Explanation, bool]]:
        """Depth, element, and whether it is the first time that it comes: what several elements
        require is taken apart once, however many ways lead to it."""
        seen: set[int] = set()
        stack = [(0, self)]
        while stack:
            depth, element = stack.pop()
            is_first = id(element) not in seen
            yield depth, element, is_first
            if is_first:
                seen.add(id(element))
                stack.extend((depth + 1, child) for child in reversed(element.children))

    def lines(self) -> Iterator[str]:
        """The tree as indented lines of Chinese text."""
        for depth, element, is_first in self.walk():
            indent = "  " * depth
            again = "" if is_first or not element.children else "（见上）"
            yield f"{indent}{element.name} = {value_text(element.value)}{again}"
            if not is_first:
                continue
            if element.logic and not element.rules:
                yield f"{indent}  算式：{element.logic}"
            for rule in element.rules:
                yield f"{indent}  {rule.text}"

    @property
    def text(self) -> str:
        """``lines`` in one piece."""
        return "\n".join(self.lines())


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """The value of the decision asked for (FEEL value, None where FEEL says null), the rules hit
    on the way in the order of evaluation, the values of all decisions evaluated by name, the
    explanation, the warnings of the evaluation in plain Chinese, and the decisions ``evaluated``,
    in that order."""

    value: object
    matched_rules: tuple[MatchedRule, ...]
    explanation: Explanation
    decisions: Mapping[str, object] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    evaluated: tuple[Explanation, ...] = ()
