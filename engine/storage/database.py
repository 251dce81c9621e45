"""The way to PostgreSQL: a pool of connections, and units of work that commit once.

The service opens a unit of work, hands it to the functions of this package, and commits before
it answers. Leaving without ``commit()`` rolls everything back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from engine.model import keys
from engine.model.errors import BanshiError, Conflict, Unavailable
from engine.model.keys import Key
from engine.storage.exchange.signals import Teller
from engine.storage.tables.base import KEY_SEQUENCE
from engine.text import tell

#: A pooled connection that has slept longer than this is asked whether it still lives.
_DOZE_SECONDS = 30.0

#: Nobody waits for a lock, or holds one while doing nothing, for longer than these.
_OPTIONS = (
    "-c timezone=UTC -c lock_timeout=10s -c idle_in_transaction_session_timeout=60s "
    "-c statement_timeout=60s -c jit=off"
)


class UnitOfWork:
    """One transaction. Only functions of ``engine.storage`` look inside."""

    def __init__(self, connection: Connection, *, clock: Callable[[], datetime]) -> None:
        self.connection = connection
        self.touched: set[str] = set()
        self.tell: Callable[[Collection[str]], None] = _tell_nobody
        self._clock = clock

    @property
    def now(self) -> datetime:
        """When it is, where the bureau is: for queries whose answer depends on it."""
        return self._clock()

    @property
    def today(self) -> date:
        """The business date."""
        return self._clock().date()

    @property
    def driver(self) -> psycopg.Connection[Any]:
        """The psycopg connection, for the hot statements and for deferring jobs."""
        driver: psycopg.Connection[Any] = self.connection.connection.driver_connection  # type: ignore[assignment]
        return driver

    def hot(self, statement: str, parameters: Mapping[str, Any] | Sequence[Any] = ()) -> Any:
        """Run a hand-written statement straight through psycopg; returns its cursor.

        Prepared by psycopg when it comes again. SQLAlchemy adds nothing here but the transaction.
        """
        if not self.connection.in_transaction():
            self.connection.begin()
        return self.driver.execute(statement, parameters)

    def raw(self, statement: str, parameters: Sequence[Any]) -> Any:
        """The same for a statement with PostgreSQL's own placeholders ($1 …), never rewritten."""
        if not self.connection.in_transaction():
            self.connection.begin()
        cursor = psycopg.RawCursor(self.driver)
        return cursor.execute(statement, parameters)

    def touch(self, topics: Iterable[str]) -> None:
        """Name what this transaction changes: it is told after the commit (``signals``)."""
        self.touched.update(topics)

    def commit(self) -> None:
        self.connection.commit()
        if self.touched:
            self.tell(self.touched)
            self.touched = set()


class Database:
    """A PostgreSQL 18 that this process talks to."""

    def __init__(self, url: str, *, pool_size: int = 10, pool_overflow: int = 10) -> None:
        self.url = sa.make_url(url).set(drivername="postgresql+psycopg")
        self.engine: Engine = sa.create_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=pool_overflow,
            pool_use_lifo=True,
            connect_args={"application_name": "banshi", "options": _OPTIONS},
        )
        self._broke_at = 0.0
        #: Tells other processes what was changed here, once it is started.
        self.signals = Teller(lambda: self.conninfo)
        self._clock: Callable[[], datetime] = _local_time
        event.listen(self.engine, "connect", _note_birth)
        event.listen(self.engine, "checkin", _note_rest)
        event.listen(self.engine, "checkout", self._wake)

    @property
    def conninfo(self) -> str:
        """The same database for libpq (the job queue, listeners)."""
        return self.url.set(drivername="postgresql").render_as_string(hide_password=False)

    def tell_time_by(self, clock: Callable[[], datetime]) -> None:
        """``clock``: when it is, in the bureau's time zone."""
        self._clock = clock

    @contextmanager
    def unit_of_work(self) -> Iterator[UnitOfWork]:
        """One transaction. Raises :class:`Unavailable` where the database is out of reach, and
        :class:`Conflict` where another transaction stood in the way for too long."""
        driver: psycopg.Connection[Any] | None = None
        try:
            with self.engine.connect() as connection:
                work = UnitOfWork(connection, clock=self._clock)
                work.tell = self.signals.tell
                driver = work.driver
                yield work
        except (psycopg.Error, sa.exc.DBAPIError, sa.exc.TimeoutError) as error:
            if driver is not None and driver.broken:
                self._broke_at = time.monotonic()  # the others in the pool are as old
            fault = _fault(error)
            if fault is None:
                raise
            raise fault from error

    def _wake(self, connection: Any, record: Any, _proxy: Any) -> None:
        """Look at a pooled connection before it is used; raising gives the asker another one."""
        if record.info["born_at"] <= self._broke_at:
            raise sa.exc.DisconnectionError
        now = time.monotonic()
        if now - record.info.get("rested_at", now) < _DOZE_SECONDS:
            return
        try:
            connection.execute("select 1")
            connection.rollback()
        except psycopg.Error as error:
            raise sa.exc.DisconnectionError from error

    def answers(self) -> bool:
        """Whether the database can be reached now."""
        try:
            with self.unit_of_work() as work:
                work.hot("select 1")
        except (Unavailable, psycopg.Error):
            return False
        return True

    def close(self) -> None:
        self.signals.stop()
        self.engine.dispose()


def next_key(work: UnitOfWork) -> Key:
    """A fresh key for an instance, definition, document, person …"""
    return next_keys(work, 1)[0]


def next_keys(work: UnitOfWork, count: int) -> tuple[Key, ...]:
    rows = work.connection.execute(
        sa.select(KEY_SEQUENCE.next_value()).select_from(
            sa.func.generate_series(1, count).table_valued("n")
        )
    )
    return tuple(keys.from_sequence(number) for (number,) in rows)


def _local_time() -> datetime:
    return datetime.now().astimezone()


def _fault(error: Exception) -> BanshiError | None:
    """What an error of the driver means to whoever asked; None: it is a fault of the program."""
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    if isinstance(
        cause,
        psycopg.errors.DeadlockDetected
        | psycopg.errors.LockNotAvailable
        | psycopg.errors.SerializationFailure,
    ):
        return Conflict(what=tell("此事项"), reason=tell("正有其他操作在办理"))
    if isinstance(cause, psycopg.OperationalError | sa.exc.TimeoutError):
        return Unavailable()
    return None


def _tell_nobody(_topics: Collection[str]) -> None:
    """A unit of work that belongs to no database."""


def _note_birth(_connection: Any, record: Any) -> None:
    record.info["born_at"] = time.monotonic()


def _note_rest(_connection: Any, record: Any) -> None:
    record.info["rested_at"] = time.monotonic()
