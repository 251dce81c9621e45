"""Seats: who stands in a user task, and what becomes of it (approval.md, “The model”). Pure.

A task's seats are a tuple of values; every operation gives the tuple as it stands afterwards.
Transfers and delegations move the holder of a seat and never its number. Who may do what is in
``seat_rules``; here only what follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from engine.model.errors import Conflict
from engine.model.keys import Key
from engine.text import tell

Seats = tuple["Seat", ...]


class SeatKind(StrEnum):
    """``BEFORE``, ``AFTER``, ``PARALLEL``: added (前加签、后加签、并加签)."""

    ORIGINAL = "ORIGINAL"
    BEFORE = "BEFORE"
    AFTER = "AFTER"
    PARALLEL = "PARALLEL"


class SeatState(StrEnum):
    """``WAITING``: nobody may act on it until somebody else has."""

    WAITING = "WAITING"
    OPEN = "OPEN"
    DONE = "DONE"
    CANCELED = "CANCELED"


SEAT_TRANSITIONS: Mapping[SeatState, frozenset[SeatState]] = {
    SeatState.WAITING: frozenset({SeatState.OPEN, SeatState.CANCELED}),
    SeatState.OPEN: frozenset({SeatState.WAITING, SeatState.DONE, SeatState.CANCELED}),
    SeatState.DONE: frozenset(),
    SeatState.CANCELED: frozenset(),
}


class Ended(StrEnum):
    """Why a seat was canceled."""

    DECIDED = "decided"
    REMOVED = "removed"
    TASK_CANCELED = "task-canceled"
    EXPIRED = "expired"


@dataclass(frozen=True, kw_only=True)
class Seat:
    """``holder``: a username; None of a group's seat (``role`` at ``unit``) that nobody has taken.

    ``stack``: those who delegated it, the last one gets it back next. ``cast``: which vote of the
    task it was. ``actor`` completed it, ``on_behalf_of`` somebody else where he is a proxy.
    """

    key: Key
    ordinal: int
    kind: SeatKind = SeatKind.ORIGINAL
    state: SeatState = SeatState.OPEN
    holder: str | None = None
    first_holder: str | None = None
    role: str | None = None
    unit: str | None = None
    stack: tuple[str, ...] = ()
    added_by: str | None = None
    parent_key: Key | None = None
    weight: Decimal = Decimal(1)
    outcome: str | None = None
    opinion: str = ""
    reason_code: str = ""
    actor: str | None = None
    on_behalf_of: str | None = None
    cast: int = 0
    submission: Mapping[str, Any] = field(default_factory=dict)
    opened_at: datetime | None = None
    ended_at: datetime | None = None
    reason: str = ""

    @property
    def live(self) -> bool:
        return self.state in {SeatState.WAITING, SeatState.OPEN}

    @property
    def group(self) -> tuple[str, str] | None:
        return (self.role, self.unit) if self.role and self.unit else None

    @property
    def counts(self) -> bool:
        """Whether it is a vote of its own: those before only advise, those after confirm."""
        return self.kind in {SeatKind.ORIGINAL, SeatKind.PARALLEL}

    def people(self) -> frozenset[str]:
        """Everybody who has the seat, or gets it back."""
        return frozenset(name for name in (self.holder, *self.stack) if name)


def seat_of(seats: Seats, key: Key) -> Seat | None:
    return next((seat for seat in seats if seat.key == key), None)


def held_by(seats: Seats, username: str) -> Seat | None:
    """The live seat that the person has now; there is at most one."""
    return next((s for s in seats if s.live and s.holder == username), None)


def vacant(seats: Seats, groups: Iterable[str]) -> Seat | None:
    """The first open seat of one of these groups (``role@unit``) that nobody has taken."""
    wanted = set(groups)
    for seat in seats:
        if seat.state is SeatState.OPEN and seat.holder is None and seat.group:
            role, unit = seat.group
            if f"{role}@{unit}" in wanted:
                return seat
    return None


def engaged(seats: Seats) -> frozenset[str]:
    """Everybody who has, gets back or has completed a seat: nobody gets a second one."""
    live = {name for seat in seats if seat.live for name in seat.people()}
    done = (s for s in seats if s.state is SeatState.DONE)
    return frozenset(live | {name for s in done for name in (s.actor, s.on_behalf_of) if name})


def mode(seats: Seats) -> SeatKind | None:
    """How people were added to this task; the modes do not mix."""
    kept = (s.kind for s in seats if s.state is not SeatState.CANCELED)
    return next((kind for kind in kept if kind is not SeatKind.ORIGINAL), None)


def awaited(seats: Seats, seat: Seat) -> Seats:
    """The live seats before it, for which it waits."""
    return tuple(
        s for s in seats if s.live and s.kind is SeatKind.BEFORE and s.parent_key == seat.key
    )


def descendants(seats: Seats, key: Key) -> Seats:
    """Those added to the seat, to those, and so on."""
    below: list[Seat] = []
    above = {key}
    while found := [s for s in seats if s.parent_key in above and s not in below]:
        below += found
        above = {s.key for s in found}
    return tuple(below)


def arranged(seats: Seats, *, now: datetime, sequential: bool = False) -> Seats:
    """Open every seat whose turn it is, and let the others wait."""
    placed: list[Seat] = []
    for seat in seats:
        waits = seat.live and _waits(seats, seat, sequential)
        if seat.state is SeatState.OPEN and waits:
            placed.append(_moved(seat, SeatState.WAITING))
        elif seat.state is SeatState.WAITING and not waits:
            placed.append(_moved(seat, SeatState.OPEN, opened_at=seat.opened_at or now))
        else:
            placed.append(seat)
    return tuple(placed)


def taken(seats: Seats, key: Key, *, by: str) -> Seats:
    """签收: somebody of the group takes its seat."""
    seat = _open(seats, key)
    return _with(seats, replace(seat, holder=by, first_holder=seat.first_holder or by))


def released(seats: Seats, key: Key) -> Seats:
    """退签: back to the group."""
    return _with(seats, replace(_open(seats, key), holder=None))


def transferred(seats: Seats, key: Key, *, to: str) -> Seats:
    """转办: handed on for good; whoever delegated it still gets it back."""
    seat = _live(seats, key)
    return _with(seats, replace(seat, holder=to, first_holder=seat.first_holder or to))


def delegated(seats: Seats, key: Key, *, to: str) -> Seats:
    """委派: handed to somebody who is to give it back."""
    seat = _open(seats, key)
    if seat.holder is None:
        raise Conflict(what=tell("此席位"), reason=tell("尚未签收"))
    return _with(seats, replace(seat, holder=to, stack=(*seat.stack, seat.holder)))


def resolved(seats: Seats, key: Key) -> Seats:
    """办理归还: back to whoever delegated it last."""
    seat = _open(seats, key)
    if not seat.stack:
        raise Conflict(what=tell("此席位"), reason=tell("已经归还"))
    return _with(seats, replace(seat, holder=seat.stack[-1], stack=seat.stack[:-1]))


def lent_by(seats: Seats, username: str) -> Seat | None:
    """The live seat that the person delegated and has not got back."""
    return next((s for s in seats if s.live and username in s.stack), None)


def called_back(seats: Seats, key: Key, *, by: str) -> Seats:
    """收回委派: back to the delegator, past whoever it was handed on to since."""
    seat = _live(seats, key)
    if by not in seat.stack:
        raise Conflict(what=tell("此席位"), reason=tell("已经归还"))
    return _with(seats, replace(seat, holder=by, stack=seat.stack[: seat.stack.index(by)]))


def handed_over(seats: Seats, leaver: str, *, to: str) -> Seats:
    """离岗交接: whatever the leaver has, gets back or added is the successor's.

    Nobody stands twice in a seat: where the successor had it from the leaver it stays with him,
    where he is to get it back he has it now.
    """
    return tuple(_succeeded(s, leaver, to) if s.live else s for s in seats)


def _succeeded(seat: Seat, leaver: str, to: str) -> Seat:
    added_by = to if seat.added_by == leaver else seat.added_by
    stack = tuple(to if name == leaver else name for name in seat.stack)
    holder = to if seat.holder == leaver else seat.holder
    if holder == to and to in stack:
        keep = stack.index(to)
        stack = stack[:keep] if seat.holder == leaver else tuple(n for n in stack if n != to)
    elif stack.count(to) > 1:
        first = stack.index(to)
        stack = tuple(n for n_th, n in enumerate(stack) if n != to or n_th == first)
    return replace(seat, holder=holder, stack=stack, added_by=added_by)


def without(seats: Seats, username: str, *, candidates: tuple[str, str] | None = None) -> Seats:
    """回避: the person has, and gets back, none of the seats any more.

    A delegated seat returns to whoever delegated it, a group's stands empty for the group, the
    task's own for ``candidates`` (role, unit); one that is nobody else's stays where it is, for an
    administrator to hand on: he can do nothing with it.
    """
    left: list[Seat] = []
    for seat in seats:
        stack = tuple(name for name in seat.stack if name != username)
        if not seat.live or username not in seat.people():
            left.append(seat)
        elif seat.holder != username:
            left.append(replace(seat, stack=stack))
        elif stack:
            left.append(replace(seat, holder=stack[-1], stack=stack[:-1]))
        elif seat.group:
            left.append(replace(seat, holder=None, stack=()))
        elif candidates and seat.kind is SeatKind.ORIGINAL:
            role, unit = candidates
            left.append(replace(seat, holder=None, stack=(), role=role, unit=unit))
        else:
            left.append(replace(seat, stack=()))
    return tuple(left)


def voted(
    seats: Seats,
    key: Key,
    *,
    by: str,
    outcome: str | None,
    opinion: str,
    reason_code: str,
    submission: Mapping[str, Any],
    now: datetime,
    on_behalf_of: str | None = None,
) -> Seats:
    """The seat's one outcome."""
    done = _moved(
        _open(seats, key),
        SeatState.DONE,
        holder=on_behalf_of or by,
        actor=by,
        on_behalf_of=on_behalf_of,
        outcome=outcome,
        opinion=opinion,
        reason_code=reason_code,
        submission=submission,
        cast=1 + max((s.cast for s in seats), default=0),
        ended_at=now,
        stack=(),
    )
    return _with(seats, done)


def added(
    seats: Seats, key: Key, *, kind: SeatKind, by: str, people: Mapping[str, Key], now: datetime
) -> Seats:
    """加签: a seat for each of the people (username → its key) before, after or beside this one."""
    _open(seats, key)
    last = max(seat.ordinal for seat in seats)
    waits = kind is SeatKind.AFTER
    new = tuple(
        Seat(
            key=own,
            ordinal=last + n,
            kind=kind,
            state=SeatState.WAITING if waits else SeatState.OPEN,
            holder=person,
            first_holder=person,
            added_by=by,
            parent_key=key,
            opened_at=None if waits else now,
        )
        for n, (person, own) in enumerate(people.items(), 1)
    )
    return (*seats, *new)


def removed(seats: Seats, key: Key, *, now: datetime) -> Seats:
    """减签: the seat and what was added to it."""
    gone = {_live(seats, key).key, *(s.key for s in descendants(seats, key))}
    return _canceled(seats, gone, Ended.REMOVED, now)


def closed(seats: Seats, *, reason: Ended, now: datetime) -> Seats:
    """Cancel whatever is still open, since the outcome is fixed or the task is taken away."""
    return _canceled(seats, {s.key for s in seats}, reason, now)


def shown_groups(seats: Seats) -> tuple[tuple[str, str], ...]:
    """The groups whose members may take a seat now."""
    groups = (s.group for s in seats if s.state is SeatState.OPEN and s.holder is None)
    return tuple(dict.fromkeys(group for group in groups if group))


def _waits(seats: Seats, seat: Seat, sequential: bool) -> bool:
    if awaited(seats, seat):
        return True
    parent = seat_of(seats, seat.parent_key) if seat.parent_key else None
    if seat.kind is SeatKind.AFTER and parent and parent.state is not SeatState.DONE:
        return True
    if not sequential or seat.kind is not SeatKind.ORIGINAL:
        return False
    return any(
        s.kind is SeatKind.ORIGINAL and s.ordinal < seat.ordinal and not _over(seats, s)
        for s in seats
    )


def _over(seats: Seats, seat: Seat) -> bool:
    """Whether the seat and all that was added to it are through."""
    return not seat.live and not any(s.live for s in descendants(seats, seat.key))


def _canceled(seats: Seats, keys: Iterable[Key], reason: Ended, now: datetime) -> Seats:
    gone = set(keys)
    return tuple(
        _moved(s, SeatState.CANCELED, ended_at=now, reason=reason.value)
        if s.key in gone and s.live
        else s
        for s in seats
    )


def _live(seats: Seats, key: Key) -> Seat:
    seat = seat_of(seats, key)
    if seat is None or not seat.live:
        raise Conflict(what=tell("此席位"), reason=tell("已经办理或取消"))
    return seat


def _open(seats: Seats, key: Key) -> Seat:
    seat = _live(seats, key)
    if seat.state is not SeatState.OPEN:
        raise Conflict(what=tell("此席位"), reason=tell("尚未轮到办理"))
    return seat


def _moved(seat: Seat, state: SeatState, **changed: Any) -> Seat:
    if state not in SEAT_TRANSITIONS[seat.state]:
        raise Conflict(what=tell("此席位"), reason=tell("已经办理或取消"))
    return replace(seat, state=state, **changed)


def _with(seats: Seats, changed: Seat) -> Seats:
    return tuple(changed if seat.key == changed.key else seat for seat in seats)
