"""The type that a boxed expression will have, as far as its shape tells.

It only serves to know which names may follow a dot; values are checked when they are there.
"""

from __future__ import annotations

from engine.dmn import definitions as d
from engine.dmn.itemtypes import TypeTable
from engine.feel.types import ANY, BOOLEAN, ContextType, ListType, Type

__all__ = ["infer", "is_list", "table_outputs"]


def infer(part: d.Expression | None, types: TypeTable) -> Type:  # noqa: PLR0911 - one for each kind
    """The type of ``part``: the one declared, or the one its shape has; Any when unknown."""
    if part is None:
        return ANY
    declared = types.type(part.type_ref)
    if declared is not None and declared is not ANY:
        return declared
    match part:
        case d.Context():
            return _context(part, types)
        case d.ListExpression():
            kinds = [infer(item, types) for item in part.items]
            return ListType(kinds[0] if kinds and all(k == kinds[0] for k in kinds) else ANY)
        case d.Relation():
            columns = ((c.name, types.type(c.type_ref) or ANY) for c in part.columns)
            return ListType(ContextType(tuple(columns)))
        case d.Conditional():
            return infer(part.then, types)
        case d.Filter():
            return infer(part.source, types)
        case d.Iteration():
            return ListType(infer(part.body, types)) if part.kind == "for" else BOOLEAN
        case d.DecisionTable():
            return _table(part, types)
    return ANY


def _context(part: d.Context, types: TypeTable) -> Type:
    entries = []
    for entry in part.entries:
        if entry.variable is None or not entry.variable.name:
            return infer(entry.expression, types)
        kind = types.type(entry.variable.type_ref) or infer(entry.expression, types)
        entries.append((entry.variable.name, kind))
    return ContextType(tuple(entries))


def table_outputs(table: d.DecisionTable) -> list[str]:
    """The key of each output in the result of a table with several."""
    return [o.name or o.label or f"output {i}" for i, o in enumerate(table.outputs, 1)]


def _table(table: d.DecisionTable, types: TypeTable) -> Type:
    kinds = [types.type(output.type_ref) or ANY for output in table.outputs]
    kind = (
        kinds[0]
        if len(kinds) == 1
        else ContextType(tuple(zip(table_outputs(table), kinds, strict=True)))
    )
    return ListType(kind) if is_list(table) else kind


def is_list(table: d.DecisionTable) -> bool:
    """Whether the hit policy gives a list of outputs."""
    lists = {d.HitPolicy.RULE_ORDER, d.HitPolicy.OUTPUT_ORDER, d.HitPolicy.COLLECT}
    return table.hit_policy in lists and table.aggregation is None
