"""Counts that change while a page is open: server-sent events, and the same for browsers that poll.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import AsyncIterator

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from api.bells import Bells
from api.pages.visit import Session, application
from engine.model.actor import Actor
from engine.model.errors import NotAuthenticated, Unavailable
from engine.model.keys import Key
from engine.service.app import App
from engine.service.signals import work_topics
from engine.service.worklists.desk import DeskCounts, live_counts

router = APIRouter()

#: Streams that one person may have open, and all people at one process.
MOST_PER_PERSON = 6
MOST = 2000

#: Seconds: a stream counts at least once in so many, and no more than once in so many.
HEARTBEAT = 25.0
QUIET = 1.0

#: Counting that is everybody's business at once is spread over so many seconds.
SPREAD = 4.0

#: A stream ends after so many seconds, and the browser opens the next one with fresh tokens.
LONGEST = 600.0

#: Milliseconds after which a browser opens a stream anew.
RETRY = 3000

_TYPE = "text/event-stream"


class Streams:
    """The open streams of one server, and the few threads that count for them."""

    def __init__(self, bells: Bells) -> None:
        self.bells = bells
        self.counting = CapacityLimiter(2)
        self._open: Counter[Key] = Counter()

    def full(self, person: Key) -> bool:
        return self._open[person] >= MOST_PER_PERSON or self._open.total() >= MOST

    async def of(self, app: App, actor: Actor) -> AsyncIterator[str]:
        """What the browser is sent: counts whenever they have changed, and a sign of life."""
        self._open[actor.key] += 1
        try:
            async for text in self._counts(app, actor):
                yield text
        except (NotAuthenticated, Unavailable):
            return
        finally:
            self._open[actor.key] -= 1

    async def _counts(self, app: App, actor: Actor) -> AsyncIterator[str]:
        until = time.monotonic() + LONGEST
        sent: DeskCounts | None = None
        yield f"retry: {RETRY}\n\n"
        with self.bells.waiting(work_topics(actor)) as bell:
            while not self.bells.closing and time.monotonic() < until:
                bell.quiet()
                counts = await to_thread.run_sync(
                    live_counts, app, actor, limiter=self.counting, abandon_on_cancel=False
                )
                yield _event(counts) if counts != sent else ":\n\n"
                sent = counts
                if not self.bells.is_open:
                    return
                if await bell.rung(HEARTBEAT) and not self.bells.closing:
                    await asyncio.sleep(QUIET + (random.uniform(0, SPREAD) if bell.all else 0.0))  # noqa: S311 - only spreads the load


def _event(counts: DeskCounts) -> str:
    return f"event: counts\ndata: {json.dumps(_shown(counts))}\n\n"


def _shown(counts: DeskCounts) -> dict[str, int]:
    """By the names that badges have on pages."""
    return {
        "inbox": counts.todo,
        "claimable": counts.claimable,
        "copies": counts.copies,
        "notices": counts.notices,
    }


def _streams(request: Request) -> Streams:
    state = request.app.state
    if not hasattr(state, "streams"):
        state.streams = Streams(state.bells)
    found: Streams = state.streams
    return found


@router.get("/events")
async def events(request: Request, session: Session) -> Response:
    """The stream of a page; too many of them are refused, and the browser asks now and then."""
    streams = _streams(request)
    if streams.full(session.actor.key):
        return Response(status_code=429, headers={"Retry-After": "60"})
    return StreamingResponse(
        streams.of(application(request), session.actor),
        media_type=_TYPE,
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


@router.get("/events/counts")
def counts(request: Request, session: Session) -> Response:
    """The counts now."""
    return JSONResponse(_shown(live_counts(application(request), session.actor)))
