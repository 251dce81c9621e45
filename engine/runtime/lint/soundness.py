"""Soundness by exploring the token game: can a scope always end, can a join wait for ever?

After van der Aalst's soundness of workflow nets, for diagrams of ordinary size.

What holds on every path is an error: a join that never completes, a process that never ends. What
depends on the path taken, and so on the data, is a warning. An error is only claimed where the walk
covers whatever can happen: where quantities, complex gateways, events that come again or activities
chosen freely could bring more tokens than were tried, it stays a warning.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.model.problems import Problem, Severity
from engine.runtime.definition import Definition, FlowScope, MultiInstance, Node
from engine.runtime.lint import graph
from engine.runtime.lint.flow_rules import called
from engine.runtime.lint.token_game import FEW, Exploration, Marking, chooses, ends_all, explore


def check(definition: Definition, scope: FlowScope) -> Iterator[Problem]:
    """Findings about joins that wait for ever, tokens that multiply, ends out of reach."""
    found = explore(scope, _beginnings(definition, scope))
    if not found.complete:
        return
    sure = _covered(definition, scope) and not found.crowded
    yield from _joins(scope, found, sure=sure, left=_left_from_outside(definition, scope))
    for flow in sorted(found.crowded):
        yield _warning(
            scope.flows[flow].target,
            "tokens-multiply",
            f"连线“{flow}”上会同时出现多个令牌，后面的步骤会重复办理。请在并行分支之后用并行网关汇合。",
        )
    if not found.endless or found.stuck:
        return
    place = scope.id or definition.process_id
    if sure and found.trapped and not _left_from_outside(definition, scope):
        name = called(scope.nodes[found.trapped[0]])
        yield Problem(
            element_id=place,
            rule="end-out-of-reach",
            message=f"从{name}开始的办理无论怎样走都到不了结束。请给循环加一个通向结束事件的出口。",
        )
    else:
        yield _warning(
            place, "end-out-of-reach", "从某些步骤出发永远到不了结束，请检查循环的出口。"
        )


def _joins(scope: FlowScope, found: Exploration, *, sure: bool, left: bool) -> Iterator[Problem]:
    """Joins that wait for ever: on every path (errors, where that is sure), or on some."""
    again = _coming_again(scope)
    waiting = {n.id: n for marking in found.stuck for n in _waiting_joins(scope, marking)}
    sure = sure and all(n.type == "parallelGateway" for n in waiting.values())
    never = [
        node
        for node in scope.nodes.values()
        if node.type == "parallelGateway"
        and node.id in found.awaited - found.entered
        and sure
        and node.id not in again
    ]
    for node in never:
        yield Problem(
            element_id=node.id,
            rule="join-waits",
            message=f"汇合网关{called(node)}永远等不齐：没有任何一条路径能让它的各条入线都有分支到达。"
            "请让它与前面的并行分支成对，或改用排他网关汇合。",
        )
    certain = sure and bool(found.trapped) and not left and not waiting.keys() & again
    for identifier, node in waiting.items():
        if node in never:
            continue
        if certain:
            yield Problem(
                element_id=identifier,
                rule="join-waits",
                message=f"{_begun(scope, found)}无论怎样走，办理最后都停在汇合网关{called(node)}之前，永远等不齐。"
                "请让它与前面的分支网关成对，并检查有没有分支会多次到达。",
            )
        else:
            yield _warning(
                identifier,
                "join-waits",
                f"汇合网关{called(node)}可能永远等不齐：有的路径上只来一部分分支。"
                "请让它与前面的分支网关成对，或改用排他网关汇合。",
            )


def _beginnings(definition: Definition, scope: FlowScope) -> tuple[tuple[str, ...], ...]:
    """Where tokens may begin: the alternatives, each with the nodes that are entered together.

    Start events of a process and of an event subprocess stand for one beginning each.
    """
    events = tuple(n.id for n in scope.nodes.values() if n.type == "startEvent")
    opener = definition.nodes.get(scope.id)
    if events and (opener is None or opener.triggered):
        return tuple((event,) for event in events)
    return (scope.starts,) if scope.starts else ()


def _begun(scope: FlowScope, found: Exploration) -> str:
    """Which beginning it is of several."""
    names = "、".join(called(scope.nodes[start]) for start in found.trapped)
    return f"从{names}开始的办理，" if len(found.trapped) < found.beginnings else ""


def _covered(definition: Definition, scope: FlowScope) -> bool:
    """Whether the walk tries all that can happen in the scope."""
    opener = definition.nodes.get(scope.id)
    if opener is not None and opener.ad_hoc is not None:
        return False
    return not any(
        n.instantiate
        or (n.start_quantity, n.completion_quantity) != (1, 1)
        or (n.type == "complexGateway" and len(n.incoming) > 1)
        or (chooses(n) and len(n.outgoing) > FEW)
        for n in scope.nodes.values()
    )


def _coming_again(scope: FlowScope) -> frozenset[str]:
    """What events that do not interrupt lead to: they may bring more tokens than were tried."""
    events = [
        n.id
        for n in scope.nodes.values()
        if n.type == "boundaryEvent" and n.event is not None and not n.event.interrupting
    ]
    return graph.reachable(graph.successors(scope), events)


def _left_from_outside(definition: Definition, scope: FlowScope) -> bool:
    """Whether something beside its own flow may end the scope: an event subprocess, an event at
    the subprocess around it, the completion of a multi-instance, a terminate end further out."""
    at: FlowScope | None = scope
    while at is not None:
        starts = (definition.nodes[start].event for start in at.triggers)
        if any(event is not None and event.interrupting for event in starts):
            return True
        if at is not scope and any(ends_all(n) for n in at.nodes.values()):
            return True
        opener = definition.nodes.get(at.id)
        if opener is None:
            return False
        around = definition.scopes[opener.scope]
        hung = (around.nodes[b].event for b in opener.boundaries)
        if any(event is not None and event.interrupting for event in hung):
            return True
        if isinstance(opener.loop, MultiInstance) and opener.loop.completion_condition is not None:
            return True
        at = around
    return False


def _waiting_joins(scope: FlowScope, marking: Marking) -> list[Node]:
    targets = {
        scope.flows[identifier].target for (kind, identifier), _ in marking if kind == "flow"
    }
    return [scope.nodes[t] for t in sorted(targets) if len(scope.nodes[t].incoming) > 1]


def _warning(element_id: str, rule: str, message: str) -> Problem:
    return Problem(severity=Severity.WARNING, element_id=element_id, rule=rule, message=message)
