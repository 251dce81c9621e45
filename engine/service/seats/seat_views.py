"""Who stands where in a task, as one reader may see it."""

from __future__ import annotations

from collections.abc import Mapping

from engine.model import counting
from engine.model.actor import Actor
from engine.model.execution import Locked, OpenTask
from engine.model.permissions import Action, may
from engine.model.seats import Seat
from engine.model.voting import Tally
from engine.service.app import App
from engine.service.cases.pages import ReturnTarget, SeatView
from engine.service.seats.own_seat import plan
from engine.service.seats.remove_sign import removal_facts
from engine.service.tasks.taking_back import History, return_targets, taken_back_names
from engine.storage.database import UnitOfWork


def seat_views(
    app: App, work: UnitOfWork, actor: Actor, found: Locked, *, insider: bool
) -> tuple[SeatView, ...]:
    """The task's seats; opinions only for insiders and their own authors."""
    task = found.task
    if task is None or not task.seated:
        return ()
    names = app.directory.names(work, seated_people(task))
    return tuple(_view(app, work, actor, found, task, seat, names, insider) for seat in task.seats)


def votes(task: OpenTask) -> Tally | None:
    return counting.count(plan(task), task.seats) if task.seated else None


def seated_people(task: OpenTask) -> frozenset[str]:
    """Everybody whom the task's seats name."""
    return frozenset(name for seat in task.seats for name in _people(seat))


def targets(app: App, work: UnitOfWork, found: History, task: OpenTask) -> tuple[ReturnTarget, ...]:
    """Where the task can be sent back to, and what would be done anew."""
    places = return_targets(found, task.key)
    names = app.directory.names(work, {place.by for place in places if place.by})
    return tuple(
        ReturnTarget(
            visit=place.key,
            element_id=place.element_id,
            name=found.name(place) or place.element_id,
            by_name=names.get(place.by or "", place.by or ""),
            anew=taken_back_names(found, place, besides=task.key),
        )
        for place in places
    )


def _people(seat: Seat) -> set[str]:
    return {
        name
        for name in (
            seat.holder,
            seat.first_holder,
            seat.added_by,
            seat.actor,
            seat.on_behalf_of,
            *seat.stack,
        )
        if name
    }


def _view(  # noqa: PLR0917
    app: App,
    work: UnitOfWork,
    actor: Actor,
    found: Locked,
    task: OpenTask,
    seat: Seat,
    names: Mapping[str, str],
    insider: bool,
) -> SeatView:
    def name(username: str | None) -> str:
        return names.get(username or "", username or "")

    reads = insider or actor.username == seat.actor
    facts = removal_facts(actor, found, task, seat, given=True)
    return SeatView(
        key=seat.key,
        ordinal=seat.ordinal,
        kind=seat.kind,
        state=seat.state,
        holder=seat.holder,
        holder_name=name(seat.holder),
        first_holder_name=name(seat.first_holder),
        group=f"{app.directory.unit_name(work, seat.unit)} {seat.role}" if seat.unit else "",
        delegated_by=tuple(name(each) for each in seat.stack),
        added_by_name=name(seat.added_by),
        actor_name=name(seat.actor),
        on_behalf_of_name=name(seat.on_behalf_of),
        lent=seat.live and actor.username in seat.stack,
        weight=seat.weight,
        outcome=seat.outcome,
        opinion=seat.opinion if reads else "",
        opened_at=seat.opened_at,
        ended_at=seat.ended_at,
        reason=seat.reason,
        mine=seat.live and seat.holder == actor.username,
        removable=bool(may(actor, Action.REMOVE_SIGN, facts)),
    )
