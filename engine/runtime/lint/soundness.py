"""Soundness by exploring the token game: can a scope always end, can a join wait for ever?

After van der Aalst's soundness of workflow nets, for diagrams of ordinary size. A marking says how
many tokens stand on each flow (and on activities under way). Conditions are not read: every branch
may be taken. An inclusive join fires when no other token can still come to it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from engine.model.problems import Problem, Severity
from engine.runtime.definition import FlowScope, Node
from engine.runtime.lint import graph
from engine.runtime.lint.flow_rules import called

#: Beyond this many markings the question is left open.
LIMIT = 5_000

#: More tokens than this on one flow: the flow multiplies tokens without bound.
_CROWD = 3

#: Above this many outgoing flows an inclusive split is tried with one, with pairs and with all.
_FEW = 5

#: A place is ``("flow", id)`` or ``("at", node)``; a marking is the sorted places with counts.
Place = tuple[str, str]
Marking = frozenset[tuple[Place, int]]


@dataclass(frozen=True, kw_only=True)
class Exploration:
    """What was found. ``complete`` False: the limit was reached and nothing is claimed."""

    complete: bool
    stuck: tuple[Marking, ...]
    endless: bool
    crowded: frozenset[str]


def check(scope: FlowScope) -> Iterator[Problem]:
    """Findings about joins that may wait for ever, tokens that multiply, ends out of reach."""
    found = explore(scope)
    if found is None or not found.complete:
        return
    seen: set[str] = set()
    for marking in found.stuck:
        for node in _waiting_joins(scope, marking):
            if node.id not in seen:
                seen.add(node.id)
                yield _warning(
                    node.id,
                    "join-waits",
                    f"汇合网关{called(node)}可能永远等不齐：有的路径上只来一部分分支。"
                    "请让它与前面的分支网关成对，或改用排他网关汇合。",
                )
    for flow in sorted(found.crowded):
        yield _warning(
            scope.flows[flow].target,
            "tokens-multiply",
            f"连线“{flow}”上会同时出现多个令牌，后面的步骤会重复办理。请在并行分支之后用并行网关汇合。",
        )
    if found.endless and not found.stuck:
        yield _warning(
            scope.id, "end-out-of-reach", "从某些步骤出发永远到不了结束，请检查循环的出口。"
        )


def explore(scope: FlowScope) -> Exploration | None:
    """Walk all markings from the start; None where the scope has no plain start."""
    if not scope.starts:
        return None
    game = _Game(scope)
    first = game.begin()
    edges: dict[Marking, list[Marking]] = {}
    todo = deque([first])
    stuck: list[Marking] = []
    crowded: set[str] = set()
    while todo:
        marking = todo.popleft()
        if marking in edges:
            continue
        if len(edges) >= LIMIT:
            return Exploration(complete=False, stuck=(), endless=False, crowded=frozenset())
        heavy = {place[1] for place, count in marking if count >= _CROWD}
        if heavy:
            crowded |= heavy & scope.flows.keys()
            edges[marking] = []
            continue
        following = list(game.moves(marking))
        edges[marking] = following
        if not following and marking:
            stuck.append(marking)
        todo.extend(following)
    return Exploration(
        complete=True,
        stuck=tuple(stuck),
        endless=not crowded and not _all_can_end(edges),
        crowded=frozenset(crowded),
    )


class _Game:
    """The rules of movement in one scope."""

    def __init__(self, scope: FlowScope) -> None:
        self._scope = scope
        self._following = graph.successors(scope)
        self._reach: dict[str, frozenset[str]] = {}

    def begin(self) -> Marking:
        return _marking({("at", start): 1 for start in self._scope.starts})

    def moves(self, marking: Marking) -> Iterator[Marking]:
        tokens = dict(marking)
        for place, _ in marking:
            kind, identifier = place
            if kind == "at":
                node = self._scope.nodes[identifier]
                yield from self._leave(tokens, place, node)
                yield from self._interrupt(tokens, place, node)
            else:
                yield from self._enter(tokens, place)

    def _enter(self, tokens: dict[Place, int], place: Place) -> Iterator[Marking]:
        node = self._scope.nodes[self._scope.flows[place[1]].target]
        arrivals = [("flow", f.id) for f in node.incoming]
        if node.type == "parallelGateway" and len(arrivals) > 1:
            if place == arrivals[0] and all(tokens.get(a) for a in arrivals):
                yield _moved(tokens, take=arrivals, put=[("at", node.id)])
        elif node.type == "inclusiveGateway" and len(arrivals) > 1:
            present = [a for a in arrivals if tokens.get(a)]
            if place == present[0] and not self._more_may_come(tokens, node, present):
                yield _moved(tokens, take=present, put=[("at", node.id)])
        else:
            yield _moved(tokens, take=[place], put=[("at", node.id)])

    def _more_may_come(self, tokens: dict[Place, int], join: Node, present: list[Place]) -> bool:
        """Whether another token can reach the join without passing through it."""
        without = {
            n: tuple(t for t in targets if n != join.id) for n, targets in self._following.items()
        }
        missing = {f.source for f in join.incoming if ("flow", f.id) not in present}
        if not missing:
            return False
        for kind, identifier in tokens:
            if (kind, identifier) in present:
                continue
            node = identifier if kind == "at" else self._scope.flows[identifier].target
            if node != join.id and graph.reachable(without, [node]) & missing:
                return True
        return False

    def _leave(self, tokens: dict[Place, int], place: Place, node: Node) -> Iterator[Marking]:
        flows = [("flow", f.id) for f in node.outgoing]
        if node.type == "endEvent":
            if node.event and node.event.kind == "terminate":
                yield frozenset()
            else:
                yield _moved(tokens, take=[place], put=[])
        elif node.type in {"exclusiveGateway", "eventBasedGateway"}:
            for flow in flows:
                yield _moved(tokens, take=[place], put=[flow])
            if not flows:
                yield _moved(tokens, take=[place], put=[])
        elif self._chooses(node):
            for chosen in _choices(flows):
                yield _moved(tokens, take=[place], put=chosen)
        else:
            yield _moved(tokens, take=[place], put=[*flows, *self._linked(node)])

    def _chooses(self, node: Node) -> bool:
        """An inclusive split, or an activity with conditions on several ways out."""
        if len(node.outgoing) < 2:
            return False
        return node.type in {"inclusiveGateway", "complexGateway"} or any(
            f.condition is not None for f in node.outgoing
        )

    def _linked(self, node: Node) -> list[Place]:
        if node.type != "intermediateThrowEvent":
            return []
        flows = {f.target for f in node.outgoing}
        return [
            ("at", target)
            for target in self._following[node.id]
            if target not in flows and target not in node.boundaries
        ]

    def _interrupt(self, tokens: dict[Place, int], place: Place, node: Node) -> Iterator[Marking]:
        for boundary in node.boundaries:
            event = self._scope.nodes[boundary].event
            if event is None or event.kind == "compensation":
                continue
            if event.interrupting:
                yield _moved(tokens, take=[place], put=[("at", boundary)])
            elif not self._under_way(tokens, boundary, node):
                yield _moved(tokens, take=[], put=[("at", boundary)])

    def _under_way(self, tokens: dict[Place, int], boundary: str, host: Node) -> bool:
        """Whether what this event started before is still going on (once is enough to explore)."""
        nodes = (
            identifier if kind == "at" else self._scope.flows[identifier].target
            for kind, identifier in tokens
        )
        if boundary not in self._reach:
            self._reach[boundary] = graph.reachable(self._following, [boundary])
        return any(node in self._reach[boundary] for node in nodes if node != host.id)


def _choices(flows: list[Place]) -> Iterator[list[Place]]:
    sizes = range(1, len(flows) + 1) if len(flows) <= _FEW else (1, 2, len(flows))
    for size in sizes:
        for chosen in combinations(flows, size):
            yield list(chosen)


def _moved(tokens: dict[Place, int], *, take: list[Place], put: list[Place]) -> Marking:
    after = dict(tokens)
    for place in take:
        after[place] -= 1
        if not after[place]:
            del after[place]
    for place in put:
        after[place] = after.get(place, 0) + 1
    return _marking(after)


def _marking(tokens: dict[Place, int]) -> Marking:
    return frozenset(tokens.items())


def _all_can_end(edges: dict[Marking, list[Marking]]) -> bool:
    """Whether the empty marking can be reached from every marking found."""
    before: dict[Marking, list[Marking]] = {marking: [] for marking in edges}
    for marking, following in edges.items():
        for target in following:
            before.setdefault(target, []).append(marking)
    done: Marking = frozenset()
    ending = {done} & before.keys()
    todo = list(ending)
    while todo:
        for marking in before[todo.pop()]:
            if marking not in ending:
                ending.add(marking)
                todo.append(marking)
    return len(ending) == len(before)


def _waiting_joins(scope: FlowScope, marking: Marking) -> list[Node]:
    targets = {
        scope.flows[identifier].target for (kind, identifier), _ in marking if kind == "flow"
    }
    return [scope.nodes[t] for t in sorted(targets) if len(scope.nodes[t].incoming) > 1]


def _warning(element_id: str, rule: str, message: str) -> Problem:
    return Problem(severity=Severity.WARNING, element_id=element_id, rule=rule, message=message)
