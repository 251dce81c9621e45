"""Cost of a step, engine alone: ``python -m tests.benchmarks.bench_runtime``.

Each step loads its rows, steps, and makes the rows to save; no database. Times are medians.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

from tests.runtime.diagram import bpmn, end, gateway, many, script, start, sub, user
from tests.runtime.world import World, world


class Timed(World):
    """A world that notes how long each step takes, its own book-keeping left out."""

    def check(self) -> None:
        """Not while the clock runs."""

    def _write(self, done: object) -> None:
        self.taken = time.perf_counter() - self.begun
        super()._write(done)  # type: ignore[arg-type]

    def _load(self, command: object) -> object:  # type: ignore[override]
        state = super()._load(command)  # type: ignore[arg-type]
        self.begun = time.perf_counter()
        return state


def timed(xml: str) -> Timed:
    return Timed(world(xml).definitions)


def milliseconds(act: Callable[[], Timed], count: int) -> float:
    return 1000 * median(act().taken for _ in range(count))


LOOP = bpmn(
    start()
    + gateway("exclusive", "m")
    + user("a")
    + user("b")
    + gateway("exclusive", "g", "g_m")
    + end(),
    "s>m m>a a>b b>g g>m g>e:done",
)


def loop_with_return() -> None:
    """The 10th and the 1,000th round of one instance; in each a return and three completions."""
    w = timed(LOOP)
    w.start(done=False)
    steps: list[float] = []
    returns: list[float] = []
    for _ in range(1010):
        w.complete("a")
        steps.append(w.taken)
        visit = max(v.key for v in w.past("a")[-1:])
        assert visit
        w.return_to("b", "a")
        returns.append(w.taken)
        w.complete("a").complete("b")
        steps.append(w.taken)
        w.trace.clear()
        keep = dict(list(w.visits.items())[-20:])  # the ledger lies in the database
        w.visits.clear()
        w.visits.update(keep)
    early, late = median(steps[10:40]), median(steps[-30:])
    print(
        f"step of a loop, 10th … 1,000th round    {early * 1e3:.3f} … {late * 1e3:.3f} ms   × {late / early:.2f}"
    )
    early, late = median(returns[5:35]), median(returns[-30:])
    print(
        f"return,         10th … 1,000th round    {early * 1e3:.3f} … {late * 1e3:.3f} ms   × {late / early:.2f}"
    )
    print(f"steps a second (user task + gateway)    {1 / median(steps):,.0f}")
    print(
        f"snapshot after 1,000 rounds             {sum(len(s.snapshot) for s in w.scopes.values())} bytes"
    )


def tokens(count: int, kind: str) -> float:
    if kind == "tasks":
        body = user("r", inner=many("list"))
    else:
        body = sub("r", start("s2") + user("u") + end("e2"), "s2>u u>e2", inner=many("list"))
    w = timed(bpmn(start() + body + end(), "s>r r>e"))
    w.start(list=list(range(count)))
    name = "r" if kind == "tasks" else "u"
    taken = []
    for _ in range(min(count - 1, 60)):
        w.complete(name, nth=-1)
        taken.append(w.taken)
    return 1000 * median(taken)


def multi_instance() -> None:
    for kind in ("tasks", "subprocesses"):
        few, lots = tokens(10, kind), tokens(1000, kind)
        print(
            f"complete one of 10 … 1,000 {kind:<13}{few:.3f} … {lots:.3f} ms   × {lots / few:.2f}"
        )


def branches(count: int) -> float:
    tasks = "".join(user(f"t{i}") for i in range(count))
    ends = " ".join(f"f>t{i} t{i}>j" for i in range(count))
    w = timed(
        bpmn(
            start() + gateway("parallel", "f") + tasks + gateway("parallel", "j") + end(),
            f"s>f {ends} j>e",
        )
    )
    w.start()
    taken = []
    for i in range(min(count - 1, 30)):
        w.complete(f"t{i}")
        taken.append(w.taken)
    return 1000 * median(taken)


def scripts(count: int) -> float:
    names = [f"x{i}" for i in range(count)]
    chain = " ".join(f"{a}>{b}" for a, b in zip(["s", *names], [*names, "e"], strict=True))
    w = timed(bpmn(start() + "".join(script(n, "x + 1") for n in names) + end(), chain))
    w.start(x=0)
    return 1000 * w.taken


def main() -> None:
    loop_with_return()
    multi_instance()
    print(f"complete one of 10 … 100 branches       {branches(10):.3f} … {branches(100):.3f} ms")
    first, second = scripts(250), scripts(1000)
    print(
        f"250 … 1,000 script tasks in a row       {first:.1f} … {second:.1f} ms   × {second / first:.2f}"
    )


if __name__ == "__main__":
    main()
