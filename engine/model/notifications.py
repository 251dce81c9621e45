"""What is worth telling, to whom it goes by which channel, and when it may be sent.

An :class:`Announcement` is written in the transaction of its cause (the outbox); notices in the
application and dispatches to the outside are derived from it afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from engine.model.keys import Key


class NoticeKind(StrEnum):
    """Kinds of events; people choose their channels by kind."""

    TASK_ASSIGNED = "task-assigned"
    TASK_CLAIMABLE = "task-claimable"
    TASK_REMINDER = "task-reminder"
    TASK_OVERDUE = "task-overdue"
    TASK_ESCALATED = "task-escalated"
    TASK_URGED = "task-urged"
    TASK_CALLED_BACK = "task-called-back"
    TASK_COMMENTED = "task-commented"
    CASE_RETURNED = "case-returned"
    CASE_ENDED = "case-ended"
    CASE_COPIED = "case-copied"
    CLOCK_STOPPED = "clock-stopped"
    CLOCK_RESUMED = "clock-resumed"
    DEADLINE_RECOUNTED = "deadline-recounted"
    DEADLINE_EXTENDED = "deadline-extended"
    LETTER = "letter-issued"
    MESSAGE = "message"
    PUBLICATION = "publication-proposed"
    INCIDENT = "incident"


#: May break through quiet hours, and never waits for a digest.
URGENT = frozenset(
    {
        NoticeKind.TASK_OVERDUE,
        NoticeKind.TASK_ESCALATED,
        NoticeKind.TASK_URGED,
        NoticeKind.INCIDENT,
    }
)

#: Telling these is of no use any more once the task is done.
ABOUT_OPEN_TASK = frozenset(
    {
        NoticeKind.TASK_ASSIGNED,
        NoticeKind.TASK_CLAIMABLE,
        NoticeKind.TASK_REMINDER,
        NoticeKind.TASK_OVERDUE,
        NoticeKind.TASK_URGED,
        NoticeKind.CASE_RETURNED,
        NoticeKind.DEADLINE_RECOUNTED,
        NoticeKind.DEADLINE_EXTENDED,
    }
)


class Channel(StrEnum):
    """``IN_APP`` and ``EMAIL`` are people's; ``WEBHOOK`` and ``SERVICE`` are the bureau's."""

    IN_APP = "in-app"
    EMAIL = "email"
    WEBHOOK = "webhook"
    SERVICE = "service"


#: What a person may choose from.
PERSONAL = (Channel.IN_APP, Channel.EMAIL)


class DispatchState(StrEnum):
    """``FAILED``: will be tried again. ``DEAD``: given up. ``OBSOLETE``: no longer of any use."""

    PENDING = "PENDING"
    FAILED = "FAILED"
    SENT = "SENT"
    DEAD = "DEAD"
    OBSOLETE = "OBSOLETE"


DISPATCH_TRANSITIONS: Mapping[DispatchState, frozenset[DispatchState]] = {
    DispatchState.PENDING: frozenset(
        {DispatchState.SENT, DispatchState.FAILED, DispatchState.DEAD, DispatchState.OBSOLETE}
    ),
    DispatchState.FAILED: frozenset(
        {DispatchState.SENT, DispatchState.FAILED, DispatchState.DEAD, DispatchState.OBSOLETE}
    ),
    DispatchState.SENT: frozenset(),
    DispatchState.DEAD: frozenset({DispatchState.PENDING}),
    DispatchState.OBSOLETE: frozenset(),
}

#: Those that the worker still has to do with.
OPEN_STATES = (DispatchState.PENDING, DispatchState.FAILED)


class Digest(StrEnum):
    """How often e-mail is gathered into one."""

    NONE = "none"
    HOURLY = "hourly"
    DAILY = "daily"


@dataclass(frozen=True, kw_only=True)
class Announcement:
    """Something happened that may be worth telling.

    ``people``: to whom, where the kind does not say it by itself. ``skip``: whoever did it and
    need not be told. ``facts``: short texts for the wording; nothing personal.
    """

    kind: NoticeKind
    instance_key: Key | None = None
    task_key: Key | None = None
    people: tuple[Key, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    skip: Key | None = None


def _default_channels() -> Mapping[NoticeKind, frozenset[Channel]]:
    both, here = frozenset(PERSONAL), frozenset({Channel.IN_APP})
    quiet = {NoticeKind.TASK_CLAIMABLE, NoticeKind.CASE_COPIED, NoticeKind.TASK_COMMENTED}
    return {kind: here if kind in quiet else both for kind in NoticeKind}


DEFAULT_CHANNELS = _default_channels()


@dataclass(frozen=True, kw_only=True)
class Preferences:
    """What a person has settled. Times are local.

    Quiet hours run from ``quiet_from`` to ``quiet_to``, over midnight where the first is later;
    None: there are none. ``quiet_rest_days``: rest days are quiet as a whole.
    """

    channels: Mapping[NoticeKind, frozenset[Channel]] = field(
        default_factory=lambda: DEFAULT_CHANNELS
    )
    quiet_from: time | None = None
    quiet_to: time | None = None
    quiet_rest_days: bool = False
    urgent_breaks: bool = True
    digest: Digest = Digest.NONE
    digest_at: time = time(8, 30)
    language: str = "zh"

    def wants(self, kind: NoticeKind, channel: Channel) -> bool:
        """Whether this kind goes by this channel."""
        return channel in self.channels.get(kind, DEFAULT_CHANNELS[kind])


@dataclass(frozen=True, kw_only=True)
class Slot:
    """When a dispatch may leave. ``bundled``: together with whatever waits for the same moment."""

    at: datetime
    bundled: bool


def slot(
    preferences: Preferences,
    kind: NoticeKind,
    now: datetime,
    works: Callable[[date], bool | None],
) -> Slot:
    """When something that happens at ``now`` (local) may be sent.

    ``works``: whether a day is a working day; None (not published yet) counts as one.
    """
    urgent = kind in URGENT
    if urgent and preferences.urgent_breaks:
        return Slot(at=now, bundled=False)
    at = now if urgent else _gathered(preferences, now)
    allowed = _after_quiet(preferences, at, works)
    return Slot(at=allowed, bundled=allowed != now)


def _gathered(preferences: Preferences, now: datetime) -> datetime:
    """The end of the hour or the day in which mail is gathered."""
    match preferences.digest:
        case Digest.HOURLY:
            return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        case Digest.DAILY:
            today = _at(now, now.date(), preferences.digest_at)
            return today if today > now else _at(now, now.date() + _DAY, preferences.digest_at)
        case _:
            return now


_DAY = timedelta(days=1)
#: No run of rest days is longer; a calendar that says so is not believed.
_LONGEST_REST = 31


def _after_quiet(
    preferences: Preferences, at: datetime, works: Callable[[date], bool | None]
) -> datetime:
    if preferences.quiet_rest_days:
        for _ in range(_LONGEST_REST):
            if works(at.date()) is not False:
                break
            at = _at(at, at.date() + _DAY, time(0))
    start, end = preferences.quiet_from, preferences.quiet_to
    if start is None or end is None or start == end:
        return at
    clock = at.time()
    if start < end:
        return _at(at, at.date(), end) if start <= clock < end else at
    if clock >= start:
        return _after_quiet(preferences, _at(at, at.date() + _DAY, end), works)
    return _at(at, at.date(), end) if clock < end else at


def _at(like: datetime, day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, tzinfo=like.tzinfo)
