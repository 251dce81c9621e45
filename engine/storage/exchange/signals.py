"""Signals between processes: what has changed, so that whoever waits for it looks again.

A command marks what it touches (``UnitOfWork.touch``); after its commit the marks are handed to a
thread of this process, which tells all processes by ``NOTIFY`` a moment later, many commands in
one. Not in the command's own transaction: PostgreSQL takes a lock over all notifying commits, which
would put every completion in a row behind the disk.

A signal may get lost with the process or the connection, so whoever listens also looks by himself
now and then; it carries no data, only the name of what changed.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable
from typing import Final

import psycopg

_LOG = logging.getLogger("banshi.signals")

CHANNEL: Final = "banshi"

#: Somebody's work changed and it is not known whose.
EVERYBODY: Final = "*"

#: How long marks are gathered before they are told, in seconds.
_GATHERED: Final = 0.05

#: PostgreSQL takes up to 8000 bytes at once.
_LARGEST: Final = 7000
_MOST: Final = 1000

#: How long a listener that lost its connection waits before it tries again, in seconds.
_REST: Final = 2.0


def person_topic(key: int) -> str:
    """Notices and rights of the person with this key."""
    return f"p:{key}"


def user_topic(username: str) -> str:
    """The work of the person with this username."""
    return f"u:{username}"


def group_topic(group: str) -> str:
    """Work that a group (``role@unit``) may take."""
    return f"g:{group}"


def job_topic(kind: str) -> str:
    """Open jobs of a type."""
    return f"j:{kind}"


class Teller:
    """Tells what was touched. Does nothing until it is started: tests and one-off commands have
    nobody to tell."""

    def __init__(self, conninfo: Callable[[], str]) -> None:
        self._conninfo = conninfo
        self._marked: set[str] = set()
        self._condition = threading.Condition()
        self._thread: threading.Thread | None = None
        self._ending = False

    def start(self) -> None:
        with self._condition:
            if self._thread is None:
                self._ending = False
                self._thread = threading.Thread(target=self._run, name="signals", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Tell what is left, and end the thread."""
        with self._condition:
            thread, self._thread = self._thread, None
            self._ending = True
            self._condition.notify()
        if thread is not None:
            thread.join(timeout=5)

    def tell(self, topics: Collection[str]) -> None:
        """After a commit; never blocks and never fails."""
        if self._thread is None:
            return
        with self._condition:
            self._marked.update(topics)
            self._condition.notify()

    def _run(self) -> None:
        connection: psycopg.Connection[tuple[object, ...]] | None = None
        while True:
            with self._condition:
                while not self._marked and not self._ending:
                    self._condition.wait()
                if self._ending and not self._marked:
                    break
            time.sleep(_GATHERED)
            with self._condition:
                marked, self._marked = self._marked, set()
            try:
                connection = connection or psycopg.connect(
                    self._conninfo(), autocommit=True, application_name="banshi signals"
                )
                for payload in payloads(marked):
                    connection.execute("select pg_notify(%s, %s)", (CHANNEL, payload))
            except psycopg.Error as error:
                _LOG.warning("signals could not be told: %s", error)
                if connection is not None:
                    connection.close()
                connection = None
        if connection is not None:
            connection.close()


def payloads(topics: Collection[str]) -> Iterable[str]:
    """The topics in as few messages as it takes; too many of them are everybody's."""
    if len(topics) > _MOST or EVERYBODY in topics:
        jobs = {topic for topic in topics if topic.startswith("j:")}
        topics = {EVERYBODY, *jobs} if len(jobs) < _MOST else {EVERYBODY}
    page: list[str] = []
    size = 2
    for topic in sorted(topics):
        length = len(json.dumps(topic)) + 2
        if page and size + length > _LARGEST:
            yield json.dumps(page)
            page, size = [], 2
        page.append(topic)
        size += length
    if page:
        yield json.dumps(page)


class Listener:
    """One connection of this process that hears what all processes tell, in a thread of its own.

    ``heard``: called in that thread with the topics; with ``{EVERYBODY}`` when something may have
    been missed.
    """

    def __init__(self, conninfo: str, heard: Callable[[frozenset[str]], None]) -> None:
        self._conninfo = conninfo
        self._heard = heard
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="listener", daemon=True)
        self.ready = threading.Event()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ending.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                with psycopg.connect(
                    self._conninfo, autocommit=True, application_name="banshi listener"
                ) as connection:
                    connection.execute(f'listen "{CHANNEL}"')
                    self.ready.set()
                    self._heard(frozenset({EVERYBODY}))
                    self._listen(connection)
            except psycopg.Error as error:
                _LOG.warning("the listener lost its connection: %s", error)
                self._ending.wait(_REST)

    def _listen(self, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        while not self._ending.is_set():
            for notice in connection.notifies(timeout=1.0):
                self._heard(topics_of(notice.payload))
                if self._ending.is_set():
                    return


def topics_of(payload: str) -> frozenset[str]:
    """What a message names; one that cannot be read may mean anything."""
    try:
        found = json.loads(payload)
    except ValueError:
        return frozenset({EVERYBODY})
    if not isinstance(found, list) or not all(isinstance(topic, str) for topic in found):
        return frozenset({EVERYBODY})
    return frozenset(found)
