"""What pages, deploy and lint want to know of a definition without executing it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.runtime.definition import ElementInfo, FlowInfo, FlowScope, Node, StartEventInfo
from engine.runtime.expressions import Value


def element_infos(scopes: Mapping[str, FlowScope]) -> tuple[ElementInfo, ...]:
    return tuple(
        ElementInfo(
            id=n.id,
            name=n.name,
            type=n.type,
            lane_id=n.lane.id if n.lane else None,
            parent_id=n.scope or None,
        )
        for scope in scopes.values()
        for n in scope.nodes.values()
    )


def flow_infos(scopes: Mapping[str, FlowScope]) -> tuple[FlowInfo, ...]:
    return tuple(
        FlowInfo(id=f.id, name=f.name, source_id=f.source, target_id=f.target)
        for scope in scopes.values()
        for f in scope.flows.values()
    )


def start_infos(root: FlowScope) -> tuple[StartEventInfo, ...]:
    """The ways in which an instance can begin."""
    found: list[StartEventInfo] = []
    for n in root.nodes.values():
        if n.type == "startEvent" and n.event is not None:
            if not n.event.definitions:
                found.append(StartEventInfo(id=n.id, kind="none"))
            found.extend(
                StartEventInfo(
                    id=n.id,
                    kind=definition.kind,
                    name=definition.name.text if definition.name else None,
                    correlates=definition.correlation_key is not None,
                )
                for definition in n.event.definitions
            )
        elif n.instantiate:
            found.extend(_instantiating(root, n))
    return tuple(found)


def _instantiating(root: FlowScope, node: Node) -> list[StartEventInfo]:
    """A receive task, or the events behind a gateway, that open an instance."""
    if node.incoming:
        return []
    targets = [node] if node.event else [root.nodes[f.target] for f in node.outgoing]
    return [
        StartEventInfo(
            id=target.id,
            kind=definition.kind,
            name=definition.name.text if definition.name else None,
            correlates=definition.correlation_key is not None,
        )
        for target in targets
        if target.event is not None
        for definition in target.event.definitions
    ]


def references(
    nodes: Iterable[Node],
) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """The forms, decisions and processes that are named statically."""
    forms: set[str] = set()
    decisions: set[str] = set()
    processes: set[str] = set()
    for n in nodes:
        if n.user_task is not None:
            _add(forms, n.user_task.form_id)
        if n.decision is not None:
            _add(decisions, n.decision.decision_id)
        if n.call is not None:
            _add(processes, n.call.process_id)
    return frozenset(forms), frozenset(decisions), frozenset(processes)


def _add(found: set[str], value: Value | None) -> None:
    if value is not None and value.formula is None:
        found.add(value.text)
