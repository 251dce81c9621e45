"""Rules between fields: sums, equal values, and whatever an author writes in FEEL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from engine.forms import decimals
from engine.forms.components import Number, Rule
from engine.forms.expressions import Scope
from engine.forms.paths import Path, lookup
from engine.forms.tree import FieldNode
from engine.forms.value_types import Finding, money
from engine.text import tell


def check_rules(rules: tuple[Rule, ...], scope: Scope, faulty: frozenset[str]) -> list[Finding]:
    """A finding for each rule that is not true (null counts as not true).

    A rule that reads a field which is faulty by itself is left for later: mending that comes
    first. Inside a row that means the whole list, since rows are known by its name.
    """
    return [
        Finding(code="rule", message=rule.message.render(scope), severity=rule.severity)
        for rule in rules
        if not rule.condition.names & faulty and scope.value(rule.condition) is not True
    ]


def must_equal(node: FieldNode, scope: Scope) -> Iterator[Finding]:
    """The value is the same as that of another field of its scope."""
    if node.field.must_equal is None:
        return
    other = lookup(scope.variables["_this_"], node.field.must_equal)
    if other != node.value:
        yield Finding(code="must-equal", message=tell("两处填写的内容不一致，请核对。"))


def sum_equals(node: FieldNode, scope: Scope, faulty: frozenset[str]) -> Iterator[Finding]:
    """The value is the sum of a column of rows (budget rows and the amount asked for)."""
    spec = node.field.spec
    if not isinstance(spec, Number) or spec.sum_of is None or not isinstance(node.value, Decimal):
        return
    if not node.prefix and spec.sum_of[0] in faulty:
        return
    here = scope.variables["_this_"]
    if lookup(here, spec.sum_of[:1]) is None:  # the list is hidden
        return
    total = column_sum(here, spec.sum_of)
    if total == node.value:
        return
    show = money.text if spec.money else decimals.text
    gap = abs(total - node.value)
    word = tell("多") if total > node.value else tell("少")
    yield Finding(
        code="sum",
        message=tell(
            "明细合计 {total}，比这里填的 {node} {word} {gap}，请改成一致。",
            total=show(total),
            node=show(node.value),
            word=word,
            gap=show(gap),
        ),
    )


def column_sum(data: object, path: Path) -> Decimal:
    """The sum of the numbers at a path that leads through lists."""
    return sum(column(data, path), Decimal(0))


def column(data: object, path: Path) -> Iterator[Decimal]:
    """The numbers at a path that leads through lists."""
    if isinstance(data, list | tuple):
        for item in data:
            yield from column(item, path)
    elif not path:
        if isinstance(data, Decimal):
            yield data
    elif isinstance(data, Mapping) and path[0] in data:
        yield from column(data[path[0]], path[1:])
