"""Complete one of a task's several seats: the task stays open until its outcome is fixed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from engine.model import counting, seats
from engine.model.actor import Actor
from engine.model.errors import Conflict, InvalidInput
from engine.model.execution import Locked, OpenTask
from engine.model.outcomes import outcome_field
from engine.model.problems import Problem
from engine.model.seats import Seat, Seats
from engine.service.app import App
from engine.service.seats.deciding import settle
from engine.service.seats.own_seat import arranged, plan
from engine.service.stepping import Act
from engine.storage.commands.changes import Remembered, UsedDraft
from engine.storage.database import UnitOfWork
from engine.text import tell


def complete_seat(
    app: App,
    work: UnitOfWork,
    *,
    locked: Locked,
    task: OpenTask,
    me: Actor,
    variables: Mapping[str, Any],
    act: Act,
    outcome: str | None,
    now: datetime,
    remembered: Remembered | None,
    draft: UsedDraft | None,
) -> None:
    """Everything but the commit; whether he may has been checked. Raises InvalidInput (no outcome
    where the seats are counted), AlreadyHandled."""
    how = plan(task)
    if how.ruled and outcome is None:
        message = tell("多人表决的环节须有结论（同意、不同意或弃权），请选择。")
        field = outcome_field(task.properties)
        raise InvalidInput(problems=(Problem(element_id=field, rule="required", message=message),))
    found, own = _own(task, me)
    done = seats.voted(
        found,
        own.key,
        by=me.natural,
        on_behalf_of=me.on_behalf_of,
        outcome=outcome,
        opinion=_text(variables, "opinion"),
        reason_code=_text(variables, "reasonCode"),
        submission=variables,
        now=now,
    )
    facts: dict[str, Any] = {**act.facts, "seat": str(own.key)}
    if own.counts:
        facts["vote"] = how.choice(outcome).value
    after = arranged(task, done, now)
    settle(
        app,
        work,
        locked=locked,
        task=task,
        me=me,
        found=after,
        act=replace(act, kind="complete" if counting.decide(how, after) else "vote", facts=facts),
        now=now,
        remembered=remembered,
        draft=draft,
    )


def _own(task: OpenTask, me: Actor) -> tuple[Seats, Seat]:
    """The actor's seat, or one of his groups' that stands empty and is taken by this."""
    own = seats.held_by(task.seats, me.username)
    if own is not None:
        return task.seats, own
    empty = seats.vacant(task.seats, [str(m) for m in me.memberships])
    if empty is None:
        raise Conflict(what=tell("此席位"), reason=tell("已由他人签收"))
    return seats.taken(task.seats, empty.key, by=me.username), empty


def _text(variables: Mapping[str, Any], name: str) -> str:
    value = variables.get(name)
    return value if isinstance(value, str) else ""
