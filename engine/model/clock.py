"""The statutory clock of a case: when it stands still, by whom or what, and what that means. Pure.

A stop (中止计时) is an interval of the case. The day on which the clock stops still counts, the day
on which it resumes does not (民法典 art. 201: the day of an event is not counted), so that what was
used and what remains always make up the period.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from engine.model.keys import Key
from engine.text import tell


class StopKind(StrEnum):
    """补正、公告、检测检验、专家评审、其他."""

    SUPPLEMENT = "SUPPLEMENT"
    ANNOUNCEMENT = "ANNOUNCEMENT"
    INSPECTION = "INSPECTION"
    EXPERT = "EXPERT"
    OTHER = "OTHER"


#: How a stop reads.
STOP_WORDS: Mapping[StopKind, str] = {
    StopKind.SUPPLEMENT: tell("补正"),
    StopKind.ANNOUNCEMENT: tell("公告"),
    StopKind.INSPECTION: tell("检测检验"),
    StopKind.EXPERT: tell("专家评审"),
    StopKind.OTHER: tell("其他"),
}

#: Values of ``banshi:stopsClock``: while a token stays on such a node, the clock stands still.
STOPS_CLOCK: Mapping[str, StopKind] = {
    "supplement": StopKind.SUPPLEMENT,
    "announcement": StopKind.ANNOUNCEMENT,
    "inspection": StopKind.INSPECTION,
    "expert": StopKind.EXPERT,
    "other": StopKind.OTHER,
}


@dataclass(frozen=True, kw_only=True)
class ClockStop:
    """One interval. ``holders``: visits that keep the clock stopped; ``manual``: somebody stopped
    it and has to say when it goes on. ``by``: a username, "" = the diagram.

    ``document``: the written notice (书面告知) among the case's documents, where there is one.
    """

    key: Key
    kind: StopKind
    reason: str
    by: str
    stopped_at: datetime
    manual: bool = False
    holders: tuple[Key, ...] = ()
    document: Key | None = None
    resumed_at: datetime | None = None
    resumed_by: str = ""

    @property
    def open(self) -> bool:
        return self.resumed_at is None


class Turn(StrEnum):
    """What a step does to the clock."""

    STOP = "stop"
    HOLD = "hold"
    RESUME = "resume"


@dataclass(frozen=True, kw_only=True)
class Turned:
    """``stop``: the interval as it stands from now on."""

    turn: Turn
    stop: ClockStop


def turned(
    stop: ClockStop | None,
    *,
    opened: Mapping[Key, StopKind],
    closed: Iterable[Key],
    key: Key,
    reason: str,
    now: datetime,
) -> Turned | None:
    """What follows from visits of stopping nodes that a step opened (and left open) and closed.

    ``key`` and ``reason``: of a stop that begins. None: the clock goes on as it was.
    """
    if stop is None:
        if not opened:
            return None
        began = ClockStop(
            key=key,
            kind=next(iter(opened.values())),
            reason=reason,
            by="",
            stopped_at=now,
            holders=tuple(opened),
        )
        return Turned(turn=Turn.STOP, stop=began)
    gone = set(closed)
    kept = tuple(holder for holder in stop.holders if holder not in gone)
    holders = (*kept, *(k for k in opened if k not in kept))
    if holders == stop.holders:
        return None
    if holders or stop.manual:
        taken_over = not kept and not stop.manual
        kind = next(iter(opened.values())) if taken_over else stop.kind
        held = replace(stop, holders=holders, kind=kind)
        return Turned(turn=Turn.HOLD, stop=held)
    return Turned(turn=Turn.RESUME, stop=replace(stop, holders=(), resumed_at=now))
