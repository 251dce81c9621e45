"""A scene in a database of its own, which is put back as it was after every meeting."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from engine.storage.database import UnitOfWork
from tests.service.meeting.scenes import Scene
from tests.service.meeting.state import State, read, tables_of

#: Filled by triggers from others: emptied with every putting back.
_ECHOES = ("procrastinate_events",)


class Ground:
    """``newest``: the last key that was handed out before anybody met."""

    def __init__(self, scene: Scene, watch: psycopg.Connection[tuple[object, ...]]) -> None:
        self.scene, self.watch = scene, watch
        with scene.app.database.unit_of_work() as work:
            self._tables = tables_of(work)
            self.base: State = self.read(work)
            self.newest: int = max(
                work.hot("select key from instance").fetchone()[0],
                *(key for key in (*scene.known.values(), *scene.places.values())),
            )
        watch.execute("create schema put_by")
        for table in self._tables:
            watch.execute(f'create table put_by."{table}" as table public."{table}"')

    def read(self, work: UnitOfWork) -> State:
        return read(work, self._tables)

    def now(self) -> State:
        """All that is committed."""
        with self.scene.app.database.unit_of_work() as work:
            return self.read(work)

    def put_back(self, after: State) -> None:
        """``after``: what is there now."""
        script = ["begin", "set local session_replication_role = replica"]
        script += [f"delete from {table}" for table in _ECHOES]
        for table, rows in after.items():
            if self.base.get(table, "") != rows:
                script.append(f'delete from public."{table}"')
                script.append(
                    f'insert into public."{table}" overriding system value table put_by."{table}"'
                )
        self.watch.execute("; ".join([*script, "commit"]))

    @contextmanager
    def putting_back(self) -> Iterator[None]:
        try:
            yield
        finally:
            self.put_back(self.now())
