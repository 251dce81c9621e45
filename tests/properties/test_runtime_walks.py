"""Random structured diagrams, walked at random: they always end, and every step is pure.

After every command: the same command on the same rows gives the same result, each snapshot read
and written again is the same bytes, and the ledger agrees with what is open (``World.check``).
Plain SpiffWorkflow loses or doubles tokens on such walks (proven.md).
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.model.commands import Command, ReturnTo
from engine.model.states import InstanceState, VisitState
from engine.model.step import NeedMore, State
from engine.runtime import Environment, step
from engine.runtime.bundle import Bundle
from engine.runtime.run import Run
from tests.runtime.diagram import (
    boundary,
    bpmn,
    end,
    flows,
    gateway,
    many,
    node,
    script,
    start,
    timer,
    user,
)
from tests.runtime.world import World, world


@dataclass
class Sketch:
    """A diagram while it grows; each block has one entry and one exit."""

    random: Random
    elements: list[str] = field(default_factory=list)
    flows: list[str] = field(default_factory=list)
    count: int = 0
    tasks: int = 0

    def name(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}{self.count}"

    def block(self, depth: int) -> tuple[str, str]:
        kinds = ["task", "script"]
        if depth:
            kinds += [
                "sequence",
                "sequence",
                "exclusive",
                "parallel",
                "inclusive",
                "loop",
                "sub",
                "many",
                "bounded",
            ]
        return getattr(self, "_" + self.random.choice(kinds))(depth)  # type: ignore[no-any-return]

    def _task(self, _: int) -> tuple[str, str]:
        name = self.name("t")
        self.elements.append(user(name))
        return name, name

    def _script(self, _: int) -> tuple[str, str]:
        name = self.name("x")
        self.elements.append(script(name, "1", name))
        return name, name

    def _sequence(self, depth: int) -> tuple[str, str]:
        first, second = self.block(depth - 1), self.block(depth - 1)
        self.flows.append(f"{first[1]}>{second[0]}")
        return first[0], second[1]

    def _split(self, kind: str, depth: int) -> tuple[str, str]:
        fork, join = self.name("f"), self.name("j")
        branches = [self.block(depth - 1) for _ in range(self.random.randint(2, 3))]
        for number, (entry, leave) in enumerate(branches):
            condition = "" if kind == "parallel" or not number else f":pick={number}"
            if kind == "inclusive" and number:
                condition = f":pick>={number}"
            self.flows += [f"{fork}>{entry}{condition}", f"{leave}>{join}"]
        default = "" if kind == "parallel" else f"{fork}_{branches[0][0]}"
        self.elements += [gateway(kind, fork, default), gateway(kind, join)]
        return fork, join

    def _exclusive(self, depth: int) -> tuple[str, str]:
        return self._split("exclusive", depth)

    def _parallel(self, depth: int) -> tuple[str, str]:
        return self._split("parallel", depth)

    def _inclusive(self, depth: int) -> tuple[str, str]:
        return self._split("inclusive", depth)

    def _loop(self, depth: int) -> tuple[str, str]:
        merge, choice, out = self.name("m"), self.name("g"), self.name("o")
        entry, leave = self.block(depth - 1)
        task = self.name("t")  # a loop always waits somewhere
        self.elements += [
            gateway("exclusive", merge),
            gateway("exclusive", choice, f"{choice}_{out}"),
            node("task", out),
            user(task),
        ]
        self.flows += [
            f"{merge}>{entry}",
            f"{leave}>{task}",
            f"{task}>{choice}",
            f"{choice}>{merge}:again",
            f"{choice}>{out}",
        ]
        return merge, out

    def _inner(self, depth: int, loop: str) -> tuple[str, str]:
        name, first, last = self.name("p"), self.name("s"), self.name("e")
        outer = self.elements, self.flows
        self.elements, self.flows = [], []
        entry, leave = self.block(depth - 1)
        self.flows += [f"{first}>{entry}", f"{leave}>{last}"]
        inside = start(first) + end(last) + "".join(self.elements) + flows(" ".join(self.flows))
        self.elements, self.flows = outer
        self.elements.append(node("subProcess", name, loop + inside))
        return name, name

    def _sub(self, depth: int) -> tuple[str, str]:
        return self._inner(depth, "")

    def _many(self, depth: int) -> tuple[str, str]:
        return self._inner(depth, many("items", sequential=self.random.random() < 0.5))

    def _bounded(self, depth: int) -> tuple[str, str]:
        entry, join, event = self.name("t"), self.name("m"), self.name("b")
        after = self.block(depth - 1)
        self.elements += [
            user(entry),
            gateway("exclusive", join),
            boundary(event, entry, timer("PT1H")),
        ]
        self.flows += [f"{entry}>{join}", f"{event}>{after[0]}", f"{after[1]}>{join}"]
        return entry, join


def sketch(seed: int, depth: int) -> str:
    drawing = Sketch(Random(seed))
    entry, leave = drawing.block(depth)
    drawing.flows += [f"s>{entry}", f"{leave}>e"]
    return bpmn(start() + end() + "".join(drawing.elements), " ".join(drawing.flows))


class Pure(World):
    """A world that checks each step for purity and its snapshots for fidelity."""

    def do(self, command: Command) -> World:
        state = self._load(command)
        environment = Environment(now=self.now)
        while True:
            try:
                first = step(self.bundle, state, command, environment)
                break
            except NeedMore as need:
                state = self._more(state, need)
        assert step(self.bundle, state, command, environment) == first
        self._write(first)
        reread(self.bundle, self.scopes.values(), self.counter, environment)
        return self


def reread(bundle: Bundle, scopes: Any, counter: int, environment: Environment) -> None:
    state = State(
        instance_key=min((s.key for s in scopes), default=0), counter=counter, scopes=tuple(scopes)
    )
    run = Run(bundle, state, environment)
    for scope in scopes:
        live = run.scope(scope.key)
        if live.kind != "m":
            assert live.tree.tokens is not None
        assert live.snapshot() == scope.snapshot


def choose(w: World, random: Random, *, returns: bool) -> None:
    """One random thing that somebody can do."""
    w.variables.setdefault(min(w.scopes), {})["pick"] = random.randint(0, 3)
    timers = [t.event_id for t in w.timers.values()]
    if timers and (random.random() < 0.3 or not w.tasks):
        w.fire(random.choice(timers), pick=random.randint(0, 3))
        return
    key = random.choice(sorted(w.tasks))
    if returns and random.random() < 0.25:
        past = ancestors(w, key)
        if past:
            w.do(ReturnTo(element_key=key, target_visit=random.choice(past)))
            return
    element = w.tasks[key].element_id
    w.complete(
        element, w.open(element).index(key), pick=random.randint(0, 3), again=random.random() < 0.3
    )


def ancestors(w: World, key: Any) -> list[Any]:
    """Completed user tasks from which the open element stems, within its own scope."""
    scope = w.visits[key].scope_key
    work, found = [key], set()
    while work:
        for parent in w.visits[work.pop()].parents:
            if parent in w.visits and parent not in found and w.visits[parent].scope_key == scope:
                found.add(parent)
                work.append(parent)
    return sorted(
        k
        for k in found
        if w.visits[k].element_type == "userTask" and w.visits[k].state is VisitState.COMPLETED
    )


def walk(seed: int, depth: int, *, returns: bool = False) -> World:
    random = Random(seed + 1)
    plain = world(sketch(seed, depth))
    w = Pure(plain.definitions)
    w.start(pick=random.randint(0, 3), again=False, items=[1, 2])
    for count in range(400):
        if w.state is not InstanceState.ACTIVE:
            return w
        assert not w.incidents, w.incidents
        assert w.tasks or w.timers, f"stuck after {count}: {w.trace}"
        choose(w, random, returns=returns and count < 60)
    raise AssertionError("it does not end")


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), depth=st.integers(1, 4))
def test_every_walk_ends(seed: int, depth: int) -> None:
    walk(seed, depth)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), depth=st.integers(2, 4))
def test_every_walk_with_returns_ends(seed: int, depth: int) -> None:
    walk(seed, depth, returns=True)


def test_no_clock_and_no_randomness(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> Any:
        raise AssertionError("the step must not ask")

    import SpiffWorkflow.task as spiff  # noqa: PLC0415

    xml = [sketch(seed, 3) for seed in range(5)]
    worlds = [Pure(world(x).definitions) for x in xml]
    monkeypatch.setattr(spiff, "uuid4", refuse)
    monkeypatch.setattr(uuid, "uuid4", refuse)
    monkeypatch.setattr(time, "time", refuse)
    monkeypatch.setattr(spiff.time, "time", refuse)
    for number, w in enumerate(worlds):
        random = Random(number)
        w.start(pick=0, again=False, items=[1])
        while w.state is InstanceState.ACTIVE:
            choose(w, random, returns=False)
