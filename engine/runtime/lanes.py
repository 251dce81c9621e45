"""Lanes: who the flow nodes inside are for (BPMN 2.0.2 §10.8)."""

from __future__ import annotations

from engine.model.effects import Lane, LaneKind
from engine.runtime import extensions
from engine.runtime.markup import Element, child, children, text_of


def _walk(container: Element) -> list[Element]:
    """Every lane of a container, outer ones first."""
    holders = list(children(container, "laneSet"))
    found: list[Element] = []
    for holder in holders:  # grows while it is walked
        for lane in children(holder, "lane"):
            found.append(lane)
            inner = child(lane, "childLaneSet")
            if inner is not None:
                holders.append(inner)
    return found


def lane(element: Element) -> Lane:
    """A lane with its ``banshi:`` properties."""
    values = extensions.properties(element)
    kind = values.get("banshi:kind", "")
    return Lane(
        id=element.get("id") or "",
        name=(element.get("name") or "").strip(),
        kind=LaneKind(kind) if kind in {k.value for k in LaneKind} else LaneKind.ROLE,
        role=values.get("banshi:role") or None,
        level=values.get("banshi:level") or None,
        privacy=values.get("banshi:privacy", ""),
    )


def own_lanes(container: Element) -> dict[str, Lane]:
    """Flow node → the innermost lane that lists it."""
    found: dict[str, Lane] = {}
    for element in _walk(container):
        value = lane(element)
        for item in children(element, "flowNodeRef"):
            found[text_of(item)] = value
    return found


def lanes_of(process: Element) -> tuple[Lane, ...]:
    """The lanes of a process, those of its subprocesses included, in document order."""
    return tuple(lane(e) for e in process.iter("{*}lane"))
