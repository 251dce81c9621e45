"""The token game of one scope: every way in which its tokens can go, without reading conditions.

A marking says how many tokens stand on each flow (and on activities under way). Every branch may be
taken. An inclusive join fires when no other token can still come to it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from engine.runtime.definition import FlowScope, Node
from engine.runtime.lint import graph

#: Beyond this many markings the question is left open.
LIMIT = 5_000

#: More tokens than this on one flow: the flow multiplies tokens without bound.
_CROWD = 3

#: Above this many outgoing flows an inclusive split is tried with one, with pairs and with all.
FEW = 5

#: A place is ``("flow", id)`` or ``("at", node)``; a marking is the sorted places with counts.
Place = tuple[str, str]
Marking = frozenset[tuple[Place, int]]


#: End events that end the whole scope, with whatever else goes on in it.
_ENDS_ALL = frozenset({"terminate", "error", "cancel"})


@dataclass(frozen=True, kw_only=True)
class Exploration:
    """What was found. ``complete`` False: the limit was reached and nothing is claimed.

    ``stuck``: markings in which nothing can move; ``entered``: the nodes that a token came to be
    on; ``awaited``: those before which one came to stand; ``trapped``: those of the ``beginnings``
    from which no path leads to the end; ``endless``: there are markings from which none does.
    """

    complete: bool
    stuck: tuple[Marking, ...] = ()
    entered: frozenset[str] = frozenset()
    awaited: frozenset[str] = frozenset()
    beginnings: int = 0
    trapped: tuple[str, ...] = ()
    endless: bool = False
    crowded: frozenset[str] = frozenset()


def ends_all(node: Node) -> bool:
    """Whether an end event ends the whole scope, with whatever else goes on in it."""
    return node.type == "endEvent" and node.event is not None and node.event.kind in _ENDS_ALL


def chooses(node: Node) -> bool:
    """An inclusive split, or an activity with conditions on several ways out."""
    if len(node.outgoing) < 2:
        return False
    return node.type in {"inclusiveGateway", "complexGateway"} or any(
        f.condition is not None for f in node.outgoing
    )


def explore(scope: FlowScope, beginnings: tuple[tuple[str, ...], ...]) -> Exploration:
    """Walk all markings from each of the beginnings."""
    game = _Game(scope)
    first = {_marking({("at", start): 1 for start in begin}): begin for begin in beginnings}
    edges: dict[Marking, list[Marking]] = {}
    todo = deque(first)
    stuck: list[Marking] = []
    crowded: set[str] = set()
    while todo:
        marking = todo.popleft()
        if marking in edges:
            continue
        if len(edges) >= LIMIT:
            return Exploration(complete=False)
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
    ending = _ending(edges)
    places = {place for marking in edges for place, _ in marking}
    return Exploration(
        complete=True,
        stuck=tuple(stuck),
        entered=frozenset(name for kind, name in places if kind == "at"),
        awaited=frozenset(scope.flows[name].target for kind, name in places if kind == "flow"),
        beginnings=len(first),
        trapped=tuple(begin[0] for marking, begin in first.items() if marking not in ending),
        endless=not crowded and len(ending) < len(edges),
        crowded=frozenset(crowded),
    )


class _Game:
    """The rules of movement in one scope."""

    def __init__(self, scope: FlowScope) -> None:
        self._scope = scope
        self._following = graph.successors(scope)
        self._reach: dict[str, frozenset[str]] = {}

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
            if ends_all(node):
                yield frozenset()
            else:
                yield _moved(tokens, take=[place], put=[])
        elif node.type in {"exclusiveGateway", "eventBasedGateway"}:
            for flow in flows:
                yield _moved(tokens, take=[place], put=[flow])
            if not flows:
                yield _moved(tokens, take=[place], put=[])
        elif chooses(node):
            for chosen in _choices(flows):
                yield _moved(tokens, take=[place], put=chosen)
        else:
            yield _moved(tokens, take=[place], put=[*flows, *self._linked(node)])

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
    sizes = range(1, len(flows) + 1) if len(flows) <= FEW else (1, 2, len(flows))
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


def _ending(edges: dict[Marking, list[Marking]]) -> set[Marking]:
    """The markings from which the empty one can be reached."""
    before: dict[Marking, list[Marking]] = {marking: [] for marking in edges}
    for marking, following in edges.items():
        for target in following:
            before[target].append(marking)
    done: Marking = frozenset()
    ending = {done} & before.keys()
    todo = list(ending)
    while todo:
        for marking in before[todo.pop()]:
            if marking not in ending:
                ending.add(marking)
                todo.append(marking)
    return ending
