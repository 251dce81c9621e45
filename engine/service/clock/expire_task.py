"""What holds at a task's deadline (``banshi:onExpiry``): it fails, is extended, or goes upwards.

Each task is a command of its own, said to be the system's under the rule of that name, and decided
under the instance's lock: whoever votes at the same instant is either before it or too late.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from engine.feel.values import from_host
from engine.model import counting, keys, seats
from engine.model.actor import SYSTEM
from engine.model.commands import Complete
from engine.model.counting import Decided
from engine.model.effects import IncidentRaised
from engine.model.errors import BanshiError, Conflict, Unavailable
from engine.model.execution import Locked, OpenTask
from engine.model.expiry import Expiry, OnExpiry, expiry_of
from engine.model.keys import Key
from engine.model.notifications import Announcement, NoticeKind
from engine.model.outcomes import outcome_field
from engine.model.seats import Ended, Seat, SeatKind, Seats
from engine.model.states import TaskState
from engine.model.voting import Result, Unreadable
from engine.service.app import App
from engine.service.clock.clock_turns import runs_on, task_due
from engine.service.clock.deadlines import Due, Rule, days_stopped, period_of
from engine.service.clock.task_deadlines import NOT_EXPIRED
from engine.service.seats.deciding import votes
from engine.service.seats.own_seat import arranged, plan
from engine.service.stepping import Act, advance, record, require_written
from engine.service.tasks.assignment import NOBODY
from engine.service.tasks.task_standing import pairs, patch_of, seat_rows, seated
from engine.storage.clock import clocks
from engine.storage.clock.clocks import Expired
from engine.storage.commands.changes import Changes, TaskEnd
from engine.storage.commands.locking import lock
from engine.storage.database import UnitOfWork
from engine.storage.instances import incidents
from engine.text import tell

_LOG = logging.getLogger(__name__)
_BACK_OFF = timedelta(minutes=5)
_WORDS = tell("期限届满，仍未形成结论，系统按流程设定办理。")


def expire_tasks(app: App, *, limit: int) -> int:
    """Do what holds at the deadlines that have passed, each in its own transaction."""
    taken = 0
    while taken < limit and _expire_one(app):
        taken += 1
    return taken


def _expire_one(app: App) -> bool:
    now = app.now()
    with app.database.unit_of_work() as work:
        found = clocks.take_expired(work, now=now)
        if found is None:
            return False
        try:
            _expire(app, work, found, now)
        except (Conflict, Unavailable) as late:
            _LOG.info("deadline of task %s is dealt with later: %s", found.key, late.message)
            failure = ""
        except BanshiError as error:
            failure = error.message
        except Exception as error:  # noqa: BLE001 - one bad case never stops the round
            _LOG.exception("deadline of task %s could not be dealt with", found.key)
            failure = f"{type(error).__name__}: {error}"
        else:
            work.commit()
            return True
    _put_off(app, found, failure, now)
    return True


def _put_off(app: App, found: Expired, failure: str, now: datetime) -> None:
    """Later; what fails by itself, and not for somebody else who was at it, is an incident too."""
    with app.database.unit_of_work() as work:
        if failure:
            locked = lock(
                work,
                instance_key=found.instance_key,
                element_key=found.key,
                actor=SYSTEM,
                now=now,
                task=True,
                position=False,
            )
            known = incidents.active_on(
                work, instance_key=found.instance_key, element_key=found.key
            )
            if NOT_EXPIRED not in known:
                _raise_incident(work, locked, failure, now)
        clocks.put_off_expiry(work, found.key, until=now + _BACK_OFF)
        work.commit()


def _raise_incident(work: UnitOfWork, locked: Locked, failure: str, now: datetime) -> None:
    task, head = locked.task, locked.head
    if task is None or task.state is not TaskState.CREATED:
        return
    incident = IncidentRaised(
        key=keys.part(head.key, head.counter + 1),
        element_key=task.key,
        element_id=task.element_id,
        kind=NOT_EXPIRED,
        message=tell("“{task}”到期后未能按流程设定办理：{why}", task=task.name, why=failure),
    )
    act = Act(kind="expiry-failure", element_key=task.key, element_id=task.element_id)
    require_written(
        record(work, head=head, act=act, actor=SYSTEM, gate=None, now=now, incidents=[incident])
    )


def _expire(app: App, work: UnitOfWork, found: Expired, now: datetime) -> None:
    locked = lock(
        work,
        instance_key=found.instance_key,
        element_key=found.key,
        actor=SYSTEM,
        now=now,
        task=True,
    )
    task = locked.task
    if task is None or task.state is not TaskState.CREATED:
        return
    if task.pending:  # its listeners are asked about something
        clocks.put_off_expiry(work, task.key, until=now + _BACK_OFF)
        return
    if task.due_at is None or task.due_at > now:
        clocks.put_off_expiry(work, task.key, until=task.due_at)
        return
    row = next(row for row in clocks.dues_of(work, locked.head.key) if row.key == task.key)
    try:
        policy = expiry_of(task.properties)
    except Unreadable:
        policy = None  # refused when it was deployed
    step = policy.step(row.due.extensions) if policy else None
    if policy is None or step is None:
        clocks.put_off_expiry(work, task.key, until=None)
    elif step is OnExpiry.FAIL:
        _fail(app, work, locked, task, policy, now)
    elif step is OnExpiry.EXTEND:
        _extend(app, work, locked, task, policy, now)
    else:
        _escalate(app, work, locked, task, policy, now)
        clocks.put_off_expiry(work, task.key, until=None)


def _act(task: OpenTask, rule: OnExpiry, **facts: Any) -> Act:
    return Act(
        kind="expire",
        element_key=task.key,
        element_id=task.element_id,
        facts={"rule": str(rule), **facts},
    )


def _fail(  # noqa: PLR0917 - what every one of the three is given
    app: App, work: UnitOfWork, locked: Locked, task: OpenTask, policy: Expiry, now: datetime
) -> None:
    final = seats.closed(task.seats, reason=Ended.EXPIRED, now=now)
    decided = Decided(
        result=Result.FAILED, outcome=policy.outcome, tally=counting.count(plan(task), final)
    )
    facts: dict[str, Any] = {"outcome": policy.outcome, "why": _WORDS}
    if task.seated:
        facts |= {"decided": decided.result.value, "votes": votes(decided)}
    require_written(
        advance(
            app,
            work,
            at=locked.head,
            state=locked.state,
            pinned=app.bundles.of_instance(work, locked.head.bundle_key),
            command=Complete(
                element_key=task.key, variables=_variables(task, final, decided, policy)
            ),
            act=_act(task, OnExpiry.FAIL, **facts),
            actor=SYSTEM,
            gate=TaskEnd(key=task.key, by=SYSTEM.username, outcome=policy.outcome),
            now=now,
            seats=seat_rows(task, final) if task.seated else None,
        )
    )


def _variables(task: OpenTask, final: Seats, decided: Decided, policy: Expiry) -> Mapping[str, Any]:
    told: dict[str, Any] = {
        outcome_field(task.properties): policy.outcome,
        "opinion": _WORDS,
        "reasonCode": "expired",
    }
    if task.seated:
        told |= {"votes": votes(decided), "opinions": counting.opinions(final)}
    return dict(from_host(told))


def _extend(  # noqa: PLR0917
    app: App, work: UnitOfWork, locked: Locked, task: OpenTask, policy: Expiry, now: datetime
) -> None:
    """The extension is counted from the day on which the period ended."""
    zone = app.settings.timezone
    period = period_of(str(policy.by), policy.unit)
    assert period is not None and task.due_at is not None  # noqa: S101, PT018 - checked before
    rule = Rule(start=task.due_at.astimezone(zone).date(), period=period)
    own = runs_on(task.lane_kind, task.properties)
    stops = () if own else days_stopped(clocks.stops_of(work, locked.head.key), zone)
    due: Due = rule.due(app.calendars.current, stops, zone)
    row = next(row for row in clocks.dues_of(work, locked.head.key) if row.key == task.key)
    number = row.due.extensions + 1

    def adapt(changes: Changes) -> None:
        changes.dues.append(replace(task_due(row, due), extensions=number))

    told = Announcement(
        kind=NoticeKind.DEADLINE_EXTENDED, instance_key=locked.head.key, task_key=task.key
    )
    require_written(
        record(
            work,
            head=locked.head,
            act=_act(
                task,
                OnExpiry.EXTEND,
                number=number,
                due=due.at.isoformat() if due.at else tell("待国办公布"),
            ),
            actor=SYSTEM,
            gate=None,
            now=now,
            also=[told],
            adapt=adapt,
        )
    )


def _escalate(  # noqa: PLR0917
    app: App, work: UnitOfWork, locked: Locked, task: OpenTask, policy: Expiry, now: datetime
) -> None:
    """The superior role gets a seat beside the others, or may take the task beside whoever has it.

    It is told by the reminders (``banshi:escalateTo``). Nobody found above: an incident.
    """
    unit = _unit_above(app, work, locked, task, policy.escalate_to)
    act = _act(task, OnExpiry.ESCALATE, role=policy.escalate_to, unit=unit or "")
    if unit is None:
        _nobody(work, locked, task, policy, act, now)
        return
    group = (policy.escalate_to, unit)
    head = locked.head
    if not task.seated:
        people = (*task.candidate_users, *((task.assignee,) if task.assignee else ()))
        patch = patch_of(
            task,
            assignee=None,
            groups=tuple(dict.fromkeys((*pairs(task.candidate_groups), group))),
            users=tuple(dict.fromkeys(people)),
        )
        require_written(record(work, head=head, act=act, actor=SYSTEM, gate=patch, now=now))
        return
    found = arranged(
        task, _with_group(task, group, keys.part(head.key, head.counter + 1), now), now
    )
    new = found != task.seats
    require_written(
        record(
            work,
            head=head,
            act=act,
            actor=SYSTEM,
            gate=seated(task, found).patch,
            now=now,
            seats=seat_rows(task, found),
            keys_taken=1 if new else 0,
        )
    )


def _with_group(task: OpenTask, group: tuple[str, str], key: Key, now: datetime) -> Seats:
    """The seats with one more for the group, beside the first that is still open."""
    live = [seat for seat in task.seats if seat.live]
    if not live or any(seat.group == group for seat in live):
        return task.seats
    added = Seat(
        key=key,
        ordinal=max(seat.ordinal for seat in task.seats) + 1,
        kind=SeatKind.PARALLEL,
        role=group[0],
        unit=group[1],
        added_by=SYSTEM.username,
        parent_key=live[0].key,
        opened_at=now,
    )
    return (*task.seats, added)


def _unit_above(
    app: App, work: UnitOfWork, locked: Locked, task: OpenTask, role: str
) -> str | None:
    """The nearest unit, from that of those who have the task upwards, where the role is held."""
    groups = pairs(task.candidate_groups)
    start = groups[0][1] if groups else locked.head.unit
    return app.directory.nearest(
        work, role, start, besides=(locked.head.applicant_key, *locked.head.barred.values())
    )


def _nobody(  # noqa: PLR0917
    work: UnitOfWork, locked: Locked, task: OpenTask, policy: Expiry, act: Act, now: datetime
) -> None:
    head = locked.head
    incident = IncidentRaised(
        key=keys.part(head.key, head.counter + 1),
        element_key=task.key,
        element_id=task.element_id,
        kind=NOBODY,
        message=tell(
            "“{task}”期限届满应上报“{escalate_to}”，但没有单位设有此角色的人员，请转办。",
            task=task.name,
            escalate_to=policy.escalate_to,
        ),
    )
    require_written(
        record(work, head=head, act=act, actor=SYSTEM, gate=None, now=now, incidents=[incident])
    )
