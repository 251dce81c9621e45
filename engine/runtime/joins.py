"""When tokens that wait at a node may pass, and which of them pass together.

Excess tokens stay where they are. The rules are those of BPMN 2.0.2 §13.4; a rule is given every
token that waits at the node and answers with those that pass now, oldest first, or none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from engine.runtime.faults import Fault

if TYPE_CHECKING:
    from engine.runtime.definition import Flow, FlowScope, Node
    from engine.runtime.tree import Token

Rule = Callable[["Node", Any, "list[Token]"], "list[Token]"]


def rule_for(node: Node) -> Rule | None:
    """The rule of a node; None where each token passes on its own."""
    if node.start_quantity > 1:
        return quantity
    if len(node.incoming) < 2:
        return None
    match node.type:
        case "parallelGateway":
            return parallel
        case "inclusiveGateway":
            return inclusive
        case "complexGateway":
            return complex_
        case _:
            return None


def quantity(node: Node, tree: Any, arrivals: list[Token]) -> list[Token]:  # noqa: ARG001
    """``startQuantity``: as many tokens as the activity asks for (§10.3)."""
    if len(arrivals) < node.start_quantity:
        return []
    return arrivals[: node.start_quantity]


def parallel(node: Node, tree: Any, arrivals: list[Token]) -> list[Token]:  # noqa: ARG001
    """One token from each incoming flow (§13.4.1)."""
    if len(arrivals) < len(node.incoming):
        return []
    oldest = oldest_by_flow(arrivals)
    if len(oldest) < len(node.incoming):
        return []
    return sorted(oldest.values(), key=_age)


def inclusive(node: Node, tree: Any, arrivals: list[Token]) -> list[Token]:
    """The standard's rule (§13.4.3), looked at when the scope has come to rest.

    It waits for a token that can reach, without passing this gateway, an incoming flow where
    none waits yet, unless that token can also reach a flow where one waits. Boundary events and
    links count as ways; but the boundary events of the activity that the token is on are no such
    excuse, for they are not how it usually goes.
    """
    if not arrivals or tree.busy:
        return []
    oldest = oldest_by_flow(arrivals)
    empty = [f.id for f in node.incoming if f.id not in oldest]
    if empty:
        reach = reachability(tree.spec.scope, node)
        for token in tree.tokens:
            at: Node = token.task_spec.node
            if at.id == node.id or not any(at.id in reach[f] for f in empty):
                continue
            if not any(f.id in oldest or _leads(f, reach, oldest) for f in at.outgoing):
                return []
    return sorted(oldest.values(), key=_age)


def complex_(node: Node, tree: Any, arrivals: list[Token]) -> list[Token]:
    """A complex gateway (§13.4.5): it fires once its activation condition holds, then resets.

    ``activationCount`` is the number of incoming flows with a token. Having fired it waits, like
    an inclusive gateway, for the flows that had none; what comes there is used up by the reset.
    """
    if not arrivals:
        return []
    memory = tree.memory.setdefault("g", {})
    oldest = oldest_by_flow(arrivals)
    used = memory.get(node.id)
    if used is not None:
        others = [f.id for f in node.incoming if f.id not in used]
        if tree.busy or _may_come(node, tree, [f for f in others if f not in oldest]):
            return []
        del memory[node.id]
        late = sorted((oldest[f] for f in others if f in oldest), key=_age)
        if late:
            late[-1].internal_data["ph"] = "reset"
            return late
    try:
        fires = tree.judge(node, {"activationCount": Decimal(len(oldest))})
    except Fault as fault:  # the newest goes in alone, to stand there until it is mended
        last = arrivals[-1].internal_data
        last["jf"] = [fault.kind, fault.message]
        last["jb"] = [last.get("f"), last["p"]]
        return arrivals[-1:]
    if not fires:
        return []
    if len(oldest) < len(node.incoming):
        memory[node.id] = [f for f in oldest if f is not None]
    return sorted(oldest.values(), key=_age)


def _may_come(node: Node, tree: Any, flows: list[str]) -> bool:
    """Whether a token of the scope can still reach one of these flows into the node."""
    reach = reachability(tree.spec.scope, node)
    at = [t.task_spec.node.id for t in tree.tokens]
    return any(a in reach[f] for f in flows for a in at if a != node.id)


def oldest_by_flow(arrivals: Iterable[Token]) -> dict[str | None, Token]:
    """For each incoming flow the token that waits longest."""
    found: dict[str | None, Token] = {}
    for token in arrivals:
        found.setdefault(token.internal_data.get("f"), token)
    return found


def _age(token: Token) -> int:
    return int(token.id)


Reach = dict[str, frozenset[str]]
_CACHE = "_reach"


def reachability(scope: FlowScope, node: Node) -> Reach:
    """Incoming flow → the nodes from which it can be reached without passing ``node``.

    Boundary events and links are ways, too: a gateway rather waits for what might come.
    """
    cache: dict[str, Reach] = scope.__dict__.setdefault(_CACHE, {})
    found = cache.get(node.id)
    if found is None:
        found = {f.id: _back(scope, node, f.source) for f in node.incoming}
        cache[node.id] = found
    return found


def _leads(flow: Flow, reach: Reach, full: Iterable[str | None]) -> bool:
    """Whether a flow leads on to one of the flows into the join where a token waits."""
    return any(flow.target in reach[f] for f in full if f is not None)


def _back(scope: FlowScope, node: Node, source: str) -> frozenset[str]:
    if source == node.id:
        return frozenset()
    seen = {source}
    work = [source]
    while work:
        at = scope.nodes[work.pop()]
        before = [f.source for f in at.incoming]
        if at.type == "boundaryEvent" and at.event and at.event.attached_to:
            before.append(at.event.attached_to)
        if at.id in scope.links.values():
            before.extend(_throwers(scope, at.id))
        for name in before:
            if name != node.id and name not in seen and name in scope.nodes:
                seen.add(name)
                work.append(name)
    return frozenset(seen)


def _throwers(scope: FlowScope, target: str) -> list[str]:
    names = {name for name, node_id in scope.links.items() if node_id == target}
    return [
        n.id
        for n in scope.nodes.values()
        if n.type == "intermediateThrowEvent"
        and n.event
        and any(d.kind == "link" and d.name and d.name.text in names for d in n.event.definitions)
    ]
