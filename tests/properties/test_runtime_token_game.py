"""Random unstructured diagrams against a plain token game: marks on flows, rules of the standard.

The reference below is written from BPMN 2.0.2 §13.4 alone and knows nothing of the engine.
"""

from __future__ import annotations

from collections import Counter
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.runtime.diagram import bpmn, end, gateway, start, user
from tests.runtime.world import World, world

Edge = tuple[str, str]


class Game:
    """``marks``: tokens on flows into gateways; ``busy``: tokens in tasks."""

    def __init__(self, kinds: dict[str, str], edges: list[Edge]) -> None:
        self.kinds, self.edges = kinds, edges
        self.marks: Counter[Edge] = Counter()
        self.busy: Counter[str] = Counter()
        self.open_choice = False  # several joins may pass, the standard does not say which first

    def into(self, node: str) -> list[Edge]:
        return [e for e in self.edges if e[1] == node]

    def out(self, node: str) -> list[Edge]:
        return [e for e in self.edges if e[0] == node]

    def leave(self, node: str) -> None:
        for edge in self.out(node):
            self.arrive(edge)
        self.settle()

    def arrive(self, edge: Edge) -> None:
        work = [edge]
        while work:
            at = work.pop(0)
            kind = self.kinds[at[1]]
            if kind == "task":
                self.busy[at[1]] += 1
            elif kind == "exclusive":
                work += self.out(at[1])[:1]
            elif kind != "end":
                self.marks[at] += 1

    def settle(self) -> None:
        while True:
            ready = [
                n
                for n, k in self.kinds.items()
                if k == "parallel" and self.into(n) and all(self.marks[e] for e in self.into(n))
            ]
            if not ready:
                ready = [n for n, k in self.kinds.items() if k == "inclusive" and self.enabled(n)]
                self.open_choice |= len(ready) > 1
            if not ready:
                return
            node = ready[0]
            for edge in self.into(node):
                if self.marks[edge]:
                    self.marks[edge] -= 1
            for edge in self.out(node):
                self.arrive(edge)

    def enabled(self, join: str) -> bool:
        """At least one mark, and no token that can reach only empty flows into the join."""
        full = [e for e in self.into(join) if self.marks[e]]
        empty = [e for e in self.into(join) if not self.marks[e]]
        if not full:
            return False
        nodes = [n for n, count in self.busy.items() if count] + [
            e[1] for e, c in self.marks.items() if c and e[1] != join
        ]
        return all(
            not any(self.path(n, e, join) for e in empty)
            or any(self.path(n, e, join) for e in full)
            for n in nodes
        )

    def path(self, node: str, target: Edge, join: str) -> bool:
        seen, work = {node}, [node]
        while work:
            for edge in self.out(work.pop()):
                if edge == target:
                    return True
                if edge[1] not in seen and edge[1] != join:
                    seen.add(edge[1])
                    work.append(edge[1])
        return False


def drawn(random: Random) -> tuple[dict[str, str], list[Edge]]:
    kinds = {"s": "start"}
    for number in range(random.randint(4, 9)):
        kinds[f"n{number}"] = random.choice(["task", "task", "parallel", "inclusive", "exclusive"])
    names = [n for n in kinds if n != "s"]
    edges = {("s", random.choice(names))}
    for name in names:
        for _ in range(1 if kinds[name] in {"task", "exclusive"} else random.randint(1, 3)):
            target = random.choice([*names, "e"])
            if target != name:
                edges.add((name, target))
    kinds["e"] = "end"
    return kinds, sorted(edges)


def compiled(kinds: dict[str, str], edges: list[Edge]) -> World:
    elements = {"start": start, "end": end, "task": user}
    text = "".join(
        elements[kind](name) if kind in elements else gateway(kind, name)
        for name, kind in kinds.items()
    )
    return world(bpmn(text, " ".join(f"{a}>{b}" for a, b in edges)))


def has_idle_cycle(kinds: dict[str, str], edges: list[Edge]) -> bool:
    """A cycle without a task would run for ever."""
    todo = {n for n, k in kinds.items() if k != "task"}
    while True:
        free = {n for n in todo if not any(a in todo and b == n for a, b in edges)}
        if not free:
            return bool(todo)
        todo -= free


@settings(max_examples=120, deadline=None)
@given(seed=st.integers(0, 10**7))
def test_the_engine_plays_the_token_game(seed: int) -> None:
    random = Random(seed)
    kinds, edges = drawn(random)
    if has_idle_cycle(kinds, edges):
        return
    w = compiled(kinds, edges)
    game = Game(kinds, edges)
    w.start()
    game.leave("s")
    for _ in range(25):
        if game.open_choice:
            return
        assert w.at == sorted(game.busy.elements()), (kinds, edges, w.trace)
        if not w.at or len(w.at) > 12:
            return
        task = random.choice(w.at)
        w.complete(task)
        game.busy[task] -= 1
        game.leave(task)
