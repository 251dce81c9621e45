"""form-js's grid of 16 columns on the page's of 12."""

from __future__ import annotations

from collections.abc import Sequence

from engine.forms.components import Component
from engine.forms.tree import Node

_COLUMNS = 12
_SCHEMA_COLUMNS = 16


def lines(nodes: Sequence[Node]) -> list[list[Node]]:
    """Nodes that follow each other in the same row of the schema, together."""
    found: list[list[Node]] = []
    for node in nodes:
        row = node.component.row
        if row and found and found[-1][0].component.row == row:
            found[-1].append(node)
        else:
            found.append([node])
    return found


def spans(components: Sequence[Component]) -> list[int]:
    """Columns of 12 for each component of a line.

    What has no width shares the room that is left; fractions go to the largest remainders, so that
    a full line stays full.
    """
    fixed = sum(c.width or 0 for c in components)
    open_ = sum(c.width is None for c in components)
    if len(components) > _COLUMNS:
        return [_COLUMNS] * len(components)
    share = max((_SCHEMA_COLUMNS - fixed) / open_, 1) if open_ else 0
    widths = [float(c.width or share) for c in components]
    scale = _COLUMNS / max(_SCHEMA_COLUMNS, sum(widths))
    exact = [max(1.0, width * scale) for width in widths]
    found = [int(width) for width in exact]
    room = min(_COLUMNS, round(sum(exact))) - sum(found)
    by_remainder = sorted(range(len(exact)), key=lambda n: found[n] - exact[n])
    for n in by_remainder[: max(room, 0)]:
        found[n] += 1
    while sum(found) > _COLUMNS:
        found[found.index(max(found))] -= 1
    return found
