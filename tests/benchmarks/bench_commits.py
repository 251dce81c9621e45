"""One insert and its commit, bare and with a job handed to the background in the same transaction."""

from __future__ import annotations

from engine.storage.commands import idempotency
from engine.storage.commands.changes import Remembered
from engine.storage.exchange.queue import RUN_JOB
from tests.benchmarks.place import Place, in_turn, line, place

CALLS = 200


def main() -> None:
    with place() as at:
        found = in_turn(
            {"bare": Commit(at), "job": Commit(at, jobs=1), "ten": Commit(at, jobs=10)}, CALLS
        )
    line("one insert and its commit", found["bare"], "ms")
    line("  with a job deferred in the same transaction", found["job"], "ms")
    line("  with ten jobs deferred at once", found["ten"], "ms")


class Commit:
    """A transaction that writes one row, and defers so many jobs."""

    def __init__(self, at: Place, jobs: int = 0) -> None:
        self._at = at
        self._jobs = jobs
        self._number = 0

    def __call__(self) -> None:
        self._number += 1
        app = self._at.app
        row = Remembered(
            principal=self._at.world.lisi.key,
            operation=f"bench-{self._jobs}",
            key=str(self._number),
            body=b"",
            answer=None,
        )
        with app.database.unit_of_work() as work:
            idempotency.keep(work, row, now=app.now())
            app.queue.defer(work, RUN_JOB, [{"key": str(n)} for n in range(self._jobs)])
            work.commit()


if __name__ == "__main__":
    main()
