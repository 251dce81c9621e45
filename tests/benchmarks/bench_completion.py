"""Completing a user task: by hand (the floor), in the service, over HTTP with 1 and 2 processes."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Sequence
from typing import Any

from engine.model.keys import Key
from engine.service.tasks.complete_task import complete_task
from tests.benchmarks.floor import Floor
from tests.benchmarks.http_client import Client
from tests.benchmarks.place import PASSWORD, Place, in_turn, line, place, served

CALLS = 200
CLIENTS = 4
#: Several clients together go on for so long at most.
SECONDS = 4.0


def main() -> None:
    with place() as at:
        with served(at, 1) as port:
            one_by_one(at, port)
            one = together(at, port)
            line(f"completions over HTTP, 1 process, {CLIENTS} clients", one, "/s")
        with served(at, 2) as port:
            two = together(at, port)
            line(f"completions over HTTP, 2 processes, {CLIENTS} clients", two, "/s")
            line("  ratio to 1 process", two / one, "×")


def one_by_one(at: Place, port: int) -> None:
    """The same work at the three levels, in turn."""
    by_hand, inside, outside = (iter(at.cases(CALLS + 20)) for _ in range(3))
    submission = {"outcome": "go", "opinion": "同意"}
    client = Client(port)
    client.log_in("lisi", PASSWORD)
    floor = Floor(at.app.database.conninfo, at.world.lisi.key, "lisi")
    found = in_turn(
        {
            "floor": lambda: floor.complete(next(by_hand)),
            "service": lambda: complete_task(
                at.app, at.world.lisi, key=next(inside), submission=submission
            ),
            "empty": lambda: client.get("/health"),
            "http": lambda: client.complete(next(outside)),
        },
        CALLS,
    )
    floor.close()
    line("completion at the floor (psycopg, statement by statement)", found["floor"], "ms")
    line("completion in the service (rights, step, one write, commit)", found["service"], "ms")
    line("  ratio to the floor", found["service"] / found["floor"], "×")
    line("an HTTP request that only asks the database whether it lives", found["empty"], "ms")
    line("completion over HTTP, 1 process, 1 client", found["http"], "ms")
    line("  ratio to the floor", found["http"] / found["floor"], "×", aim="≤ 1.5")
    line("  completions per second: floor", 1000 / found["floor"], "/s")
    line("  completions per second: HTTP", 1000 / found["http"], "/s")


def together(at: Place, port: int) -> float:
    """Completions per second of several clients, each a process of its own."""
    shares = [at.cases(CALLS) for _ in range(CLIENTS)]
    context = multiprocessing.get_context("spawn")
    barrier, times = context.Barrier(CLIENTS), context.SimpleQueue()
    clients = [
        context.Process(target=_client, args=(port, share, barrier, times)) for share in shares
    ]
    for client in clients:
        client.start()
    rates = [times.get() for _ in clients]
    for client in clients:
        client.join()
    return sum(rates)


def _client(port: int, tasks: Sequence[Key], barrier: Any, rates: Any) -> None:
    client = Client(port)
    client.log_in("lisi", PASSWORD)
    client.complete(tasks[0])
    barrier.wait(60)
    begun = time.perf_counter()
    done = 0
    for task in tasks[1:]:
        client.complete(task)
        done += 1
        if time.perf_counter() - begun > SECONDS:
            break
    rates.put(done / (time.perf_counter() - begun))
    client.close()


if __name__ == "__main__":
    main()
