"""Wakes whoever waits in this server: open streams of pages, and workers that poll for jobs.

One connection of the process hears what all processes tell (``engine.service.signals``) and rings
the bells of those whom it concerns. A bell that does not ring means nothing: whoever waits looks by
himself after a while.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from types import FrameType

from engine.service.app import App
from engine.service.signals import EVERYBODY, Listener, listen, start_telling, stop_telling

_LOG = logging.getLogger("banshi.bells")


class Bell:
    """Rings when something was changed that its owner waits for; ``all``: something, for everybody."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self.all = False

    def ring(self, *, everybody: bool) -> None:
        self.all = self.all or everybody
        self._event.set()

    def quiet(self) -> None:
        self.all = False
        self._event.clear()

    async def rung(self, seconds: float) -> bool:
        """Whether it has rung, within so many seconds."""
        try:
            await asyncio.wait_for(self._event.wait(), seconds)
        except TimeoutError:
            return False
        return True


class Bells:
    """Those of one server. It works without being opened too: then no bell ever rings."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._waiting: dict[str, set[Bell]] = defaultdict(set)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listener: Listener | None = None
        self._before: dict[signal.Signals, object] = {}
        #: The server is about to end: streams should.
        self.closing = False

    @property
    def is_open(self) -> bool:
        """Whether bells can ring; else waiting is in vain."""
        return self._loop is not None

    async def open(self) -> None:
        """In the server's loop. What this process changes is told from now on."""
        self._loop = asyncio.get_running_loop()
        self.closing = False
        start_telling(self._app)
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                self._before[number] = signal.getsignal(number)
                signal.signal(number, self._asked_to_end)

    async def close(self) -> None:
        self.end()
        listener, self._listener = self._listener, None
        self._loop = None
        if listener is not None:
            await asyncio.to_thread(listener.stop)
        await asyncio.to_thread(stop_telling, self._app)
        for number, before in self._before.items():
            if signal.getsignal(number) == self._asked_to_end:
                signal.signal(number, before)  # type: ignore[arg-type]
        self._before.clear()

    def end(self) -> None:
        """Let all streams end: a server waits for its connections before it shuts down."""
        self.closing = True
        self._ring(frozenset({EVERYBODY}))

    @contextmanager
    def waiting(self, topics: Collection[str]) -> Iterator[Bell]:
        """A bell that rings when one of these is changed."""
        bell = Bell()
        self._listen()
        for topic in topics:
            self._waiting[topic].add(bell)
        try:
            yield bell
        finally:
            for topic in topics:
                bells = self._waiting[topic]
                bells.discard(bell)
                if not bells:
                    del self._waiting[topic]

    def _listen(self) -> None:
        """Only when somebody waits is there a connection that hears."""
        if self._listener is None and self._loop is not None and not self.closing:
            self._listener = listen(self._app, self._heard)

    def _heard(self, topics: frozenset[str]) -> None:
        """In the listener's thread."""
        loop = self._loop
        if loop is None:
            return
        try:
            loop.call_soon_threadsafe(self._ring, topics)
        except RuntimeError:  # the loop has just been closed
            _LOG.debug("a signal came after the end")

    def _ring(self, topics: frozenset[str]) -> None:
        everybody = EVERYBODY in topics
        wanted = list(self._waiting) if everybody else topics & self._waiting.keys()
        for bell in {bell for topic in wanted for bell in self._waiting[topic]}:
            bell.ring(everybody=everybody)

    def _asked_to_end(self, number: int, frame: FrameType | None) -> None:
        """A signal of the operating system: the server's own handler comes next."""
        self.closing = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self.end)
        before = self._before.get(signal.Signals(number))
        if callable(before):
            before(number, frame)
