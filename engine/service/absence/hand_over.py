"""离岗交接: whoever leaves hands every open task, seat and delegation over to a successor.

Each task is a command of its own with its journal row; one that fails does not stop the others
and is reported. What belongs to a group needs no handing over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.model import seats
from engine.model.actor import Actor
from engine.model.case_rules import applicants_own
from engine.model.errors import BanshiError, Conflict, Forbidden, InvalidInput, NotFound
from engine.model.keys import Key
from engine.model.leavers import Place
from engine.model.notifications import Announcement, NoticeKind
from engine.model.people import Person
from engine.model.permissions import Action, require
from engine.model.problems import Problem
from engine.model.records import UserTask
from engine.model.seats import Seats
from engine.service.acting import acting
from engine.service.app import App
from engine.service.identity.set_memberships import set_memberships
from engine.service.identity.update_person import update_person
from engine.service.said import reason as checked_reason
from engine.service.seats.own_seat import filled
from engine.service.tasks.get_task import load_task
from engine.service.tasks.task_standing import (
    Decision,
    Situation,
    change_standing,
    pairs,
    patch_of,
    seated,
)
from engine.storage.absence import leavers, proxies
from engine.storage.database import UnitOfWork
from engine.storage.history import acts
from engine.storage.identity import people
from engine.storage.recusal.barring import recused_from
from engine.storage.worklists import assignees
from engine.text import tell

#: So many tasks are handed over by one request; the answer says how many are left.
BATCH = 200


@dataclass(frozen=True, kw_only=True)
class Standing:
    """An open task in which the leaver stands, and how."""

    task: UserTask
    place: Place


@dataclass(frozen=True, kw_only=True)
class LeaversWork:
    """``total``: all open tasks; ``shown``: the first of them; ``services``: process id → name."""

    leaver: Person
    total: int
    shown: tuple[Standing, ...]
    services: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Failure:
    task: UserTask
    reason: str


@dataclass(frozen=True, kw_only=True)
class HandedOver:
    """``left``: how many open tasks he still stands in, the failed ones among them."""

    done: tuple[UserTask, ...]
    failed: tuple[Failure, ...]
    left: int
    closed: bool = False


def leavers_work(app: App, actor: Actor, *, username: str) -> LeaversWork:
    """What there is to hand over; the cases that the administrator must keep away from are counted
    and not shown. Raises Forbidden, NotFound."""
    require(actor, Action.HAND_OVER)
    with app.database.unit_of_work() as work:
        leaver = _person(work, username)
        places = leavers.places_of(work, username, limit=BATCH)
        away = set(recused_from(work, actor.username))
        shown = tuple(
            Standing(task=task, place=place)
            for place in places
            if (task := load_task(app, work, place.task_key)).instance_key not in away
        )
        return LeaversWork(
            leaver=leaver,
            total=leavers.count(work, username),
            shown=shown,
            services={each.task.process_id: each.task.process_name for each in shown},
        )


def hand_over(
    app: App,
    actor: Actor,
    *,
    username: str,
    successor: str,
    successors: Mapping[str, str] | None = None,
    reason: str,
    end_memberships: bool = False,
    close_account: bool = False,
) -> HandedOver:
    """Hand over up to ``BATCH`` tasks; asked again, it goes on with the rest.

    ``successors``: process id → who gets those of that service, all others are ``successor``'s.
    When nothing is left, the leaver's proxies end, and if so asked his roles and his account.
    Raises Forbidden, InvalidInput (unknown or leaving successor, no reason), NotFound.
    """
    words = checked_reason(reason, what=tell("交接原因"))
    chosen = dict(successors or {})
    with acting(app, actor) as (work, me):
        require(me, Action.HAND_OVER)
        leaver = _person(work, username)
        for name in {successor, *chosen.values()}:
            _require_successor(work, leaver, name)
        places = leavers.places_of(work, username, limit=BATCH)
        acts.record(
            work,
            stream="hand-overs",
            actor=me,
            kind="hand-over",
            facts={"from": username, "to": successor, "by-service": chosen, "tasks": len(places)},
            at=app.now(),
        )
        work.commit()
    done: list[UserTask] = []
    failed: list[Failure] = []
    for place in places:
        to = chosen.get(place.process_id, successor)
        try:
            done.append(_one(app, actor, place.task_key, leaver=username, to=to, words=words))
        except BanshiError as error:
            failed.append(Failure(task=_task(app, place.task_key), reason=error.message))
    with app.database.unit_of_work() as work:
        left = leavers.count(work, username)
    closed = False
    if left == 0:
        closed = _leave(app, actor, leaver, end_memberships, close_account)
    return HandedOver(done=tuple(done), failed=tuple(failed), left=left, closed=closed)


def _one(app: App, actor: Actor, key: Key, *, leaver: str, to: str, words: str) -> UserTask:
    def decide(at: Situation) -> Decision:
        if at.task.seated:
            after = seats.handed_over(at.task.seats, leaver, to=to)
            if after == at.task.seats:
                raise _gone()
            _require_fit(at, leaver, to)
            return seated(
                at.task,
                after,
                facts={"from": leaver, "to": to, "seats": _moved(at.task.seats, after)},
                said={"reason": words},
                staffed=filled(at, after),
            )
        users = at.task.candidate_users
        if leaver not in {at.task.assignee, *users}:
            raise _gone()
        _require_fit(at, leaver, to)
        return Decision(
            patch=patch_of(
                at.task,
                assignee=to if at.task.assignee == leaver else at.task.assignee,
                users=tuple(dict.fromkeys(to if name == leaver else name for name in users)),
                groups=pairs(at.task.candidate_groups),
            ),
            facts={"from": leaver, "to": to},
            said={"reason": words},
            staffed=True,
            telling=_told(at, leaver),
        )

    return change_standing(
        app, actor, key=key, action=Action.HAND_OVER, kind="hand-over", decide=decide
    )


def _gone() -> Conflict:
    """He stood in it when his work was looked through, and does no more."""
    return Conflict(what=tell("此任务"), reason=tell("离岗人员已经不在其中，不用再交接"))


def _moved(before: Seats, after: Seats) -> dict[str, Any]:
    """Seat → who has it now and who gets it back."""
    changed = (now for was, now in zip(before, after, strict=True) if was != now)
    return {str(s.key): {"holder": s.holder or "", "stack": list(s.stack)} for s in changed}


def _told(at: Situation, leaver: str) -> tuple[Announcement, ...]:
    kind = NoticeKind.TASK_ASSIGNED if at.task.assignee == leaver else NoticeKind.TASK_CLAIMABLE
    return (
        Announcement(
            kind=kind, instance_key=at.locked.head.key, task_key=at.task.key, skip=at.me.key
        ),
    )


def _require_fit(at: Situation, leaver: str, to: str) -> None:
    """The successor must be somebody who may do the task, and have no other seat of it."""
    found = assignees.find(at.work, to, task=at.task, instance_key=at.locked.head.key, by=leaver)
    own_lane = applicants_own(at.task.lane_kind, at.task.properties)
    reason = ""
    if found is None:
        reason = tell("没有在岗人员“{to}”。", to=to)
    elif to == at.locked.head.applicant and not own_lane:
        reason = tell("申请人不能办理本人事项的审批环节。")
    elif found.recused:
        reason = tell("{person}须回避此事项。", person=found.person.name)
    elif found.separated:
        reason = tell(
            "{person}已办理过本事项的关联环节，按不相容岗位分离的要求，须由他人办理。",
            person=found.person.name,
        )
    elif to in _others(at.task.seats, leaver):
        reason = tell("{person}在此任务中已有席位，同一人不能重复。", person=found.person.name)
    if reason:
        raise Forbidden(action=tell("交接此任务"), reason=reason)


def _others(found: Seats, leaver: str) -> frozenset[str]:
    """Whoever has or had a seat in which the leaver does not stand."""
    return seats.engaged(tuple(s for s in found if not s.live or leaver not in s.people()))


def _leave(
    app: App, actor: Actor, leaver: Person, end_memberships: bool, close_account: bool
) -> bool:
    with acting(app, actor) as (work, me):
        for proxy in proxies.search(work, people=[leaver.username], live=True):
            proxies.revoke(work, proxy.key, by=me.username, now=app.now())
        work.commit()
    if end_memberships:
        set_memberships(app, actor, person_key=leaver.key, memberships=())
    if close_account:
        update_person(app, actor, person_key=leaver.key, active=False)
    return close_account


def _task(app: App, key: Key) -> UserTask:
    with app.database.unit_of_work() as work:
        return load_task(app, work, key)


def _person(work: UnitOfWork, username: str) -> Person:
    person = people.get_person(work, username=username)
    if person is None:
        raise NotFound(what=tell("人员"), key=username)
    return person


def _require_successor(work: UnitOfWork, leaver: Person, name: str) -> None:
    person = people.get_person(work, username=name)
    message = ""
    if person is None or not person.active:
        message = tell("没有在岗人员“{name}”，请重新选择。", name=name)
    elif name == leaver.username:
        message = tell("接手人不能是离岗人员本人。")
    if message:
        raise InvalidInput(
            problems=(Problem(element_id="successor", rule="person", message=message),)
        )
