"""A case as the rules see it: decided or not, whom it waits for, and when one may press again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal, InvalidOperation

from engine.model.actor import Actor
from engine.model.case_rules import CaseFacts
from engine.model.execution import Locked
from engine.model.keys import Key
from engine.model.records import UserTask
from engine.model.working_time import after_working_hours
from engine.service.app import App
from engine.service.bundles import Pinned
from engine.service.standing import case_facts
from engine.storage.database import UnitOfWork
from engine.storage.history import records
from engine.storage.instances.cases import Relation
from engine.text import tell

#: On the node whose completion is the decision: nobody withdraws from the case afterwards.
DECISION = "banshi:decision"
#: Of a process: working hours between two urges of one person for one case.
URGE_EVERY = "banshi:urgeEvery"


def facts_of(
    app: App,
    actor: Actor,
    locked: Locked,
    pinned: Pinned,
    *,
    related: Relation,
    open_tasks: Iterable[UserTask],
    decided: str = "",
) -> CaseFacts:
    """All that the rules for cases ask, out of what was read."""
    again = urge_again_at(app, pinned, related.urged_at)
    return replace(
        case_facts(actor, locked),
        takes_part=related.handles,
        copied=related.copied,
        completed=related.completed,
        decided=decided,
        waits=bool(others(open_tasks, actor)),
        urge_again=moment_words(app, again) if again else "",
    )


def decisive(pinned: Pinned) -> frozenset[str]:
    """The nodes whose completion is the decision."""
    marked = pinned.marked(DECISION).items()
    return frozenset(at for at, value in marked if value == "true")


def decided(work: UnitOfWork, pinned: Pinned, instance_key: Key) -> str:
    """The name of the step at which the case was decided, "" where it is not (yet)."""
    found = records.decided_at(work, instance_key, decisive(pinned))
    return pinned.element_name(found) if found else ""


def others(open_tasks: Iterable[UserTask], actor: Actor) -> tuple[UserTask, ...]:
    """The open tasks that wait for somebody else."""
    return tuple(task for task in open_tasks if task.assignee != actor.username)


def urge_again_at(app: App, pinned: Pinned, urged_at: datetime | None) -> datetime | None:
    """When somebody who pressed then may press again; None: now."""
    if urged_at is None:
        return None
    settings = app.settings
    again = after_working_hours(
        urged_at.astimezone(settings.timezone),
        _hours(pinned, settings.urge_every),
        works=app.calendars.current.is_working_day,
        opens=settings.office_opens,
        closes=settings.office_closes,
    )
    return again if again > app.now() else None


def _hours(pinned: Pinned, usual: Decimal) -> Decimal:
    try:
        hours = Decimal(pinned.process.properties.get(URGE_EVERY, "").strip())
    except InvalidOperation:
        return usual
    return hours if hours.is_finite() and hours >= 0 else usual


def moment_words(app: App, at: datetime) -> str:
    """今天 15:20, or 11月25日 10:20."""
    local = at.astimezone(app.settings.timezone)
    today = app.local_now().date()
    day = (
        tell("今天")
        if local.date() == today
        else tell("{month}月{day}日", month=local.month, day=local.day)
    )
    return tell("{day} {time:%H:%M} ", day=day, time=local)
