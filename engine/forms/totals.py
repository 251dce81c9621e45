"""The sums shown under a list of rows."""

from __future__ import annotations

from decimal import Decimal

from engine.forms import decimals
from engine.forms.components import Component, Field, Number, in_scope
from engine.forms.cross_checks import column
from engine.forms.expressions import Scope
from engine.forms.paths import Path, lookup
from engine.forms.tree import RepeatNode
from engine.forms.value_types import money
from engine.forms.view import TotalView
from engine.text import tell


def totals(
    node: RepeatNode, scope: Scope, components: tuple[Component, ...], *, readonly: bool
) -> tuple[TotalView, ...]:
    """A total for each number column that asks for one, or that another field must equal."""
    targets = {} if node.prefix else _targets(node, components)
    rows = lookup(scope.variables["_this_"], node.repeat.path)
    found = []
    for item in in_scope(node.repeat.components):
        if not isinstance(item, Field) or not isinstance(item.spec, Number):
            continue
        target = targets.get(item.path)
        if target is None and not item.spec.total:
            continue
        total = sum(column(rows, item.path), Decimal(0))
        found.append(
            TotalView(
                label=tell("{label}合计", label=item.label.render(scope)),
                pattern=f"{node.path}.*.{'.'.join(item.path)}",
                value=money.text(total) if item.spec.money else decimals.text(total),
                decimals=2 if item.spec.money else item.spec.decimals or 0,
                equals="" if target is None or readonly else target,
            )
        )
    return tuple(found)


def _targets(node: RepeatNode, components: tuple[Component, ...]) -> dict[Path, str]:
    """Columns of this list → the name of the field beside it that must equal their sum."""
    own = node.repeat.path
    found: dict[Path, str] = {}
    for field in in_scope(components):
        if isinstance(field, Field) and isinstance(field.spec, Number) and field.spec.sum_of:
            path = field.spec.sum_of
            if path[: len(own)] == own:
                found[path[len(own) :]] = ".".join(field.path)
    return found
