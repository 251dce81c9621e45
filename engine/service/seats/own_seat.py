"""The seats of a task under a command: as rows, or the one that a plain task implies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.model import keys, seats
from engine.model.actor import Actor
from engine.model.case_rules import applicants_own
from engine.model.counting import EVERYBODY, Plan, hopeless, plan_of
from engine.model.errors import Conflict, Forbidden, InvalidInput
from engine.model.execution import OpenTask
from engine.model.keys import Key
from engine.model.problems import Problem
from engine.model.seats import Seat, Seats
from engine.model.voting import Unreadable
from engine.service.tasks.assignment import Case
from engine.service.tasks.task_standing import Situation
from engine.storage.worklists import assignees
from engine.storage.worklists.assignees import Assignee
from engine.text import tell


@dataclass(frozen=True, kw_only=True)
class Own:
    """All seats and the actor's own; ``first_free``: the number of the next part's key."""

    seats: Seats
    seat: Seat
    first_free: int
    taken: int

    def next_keys(self, instance_key: Key, number: int) -> list[Key]:
        return [keys.part(instance_key, self.first_free + n) for n in range(number)]


def own_seat(at: Situation) -> Own:
    """The actor's seat, made a row where the task had none so far; he holds it (checked)."""
    counter = at.locked.head.counter
    task = at.task
    if task.seated:
        seat = seats.held_by(task.seats, at.me.username)
        if seat is None:
            raise Conflict(what=tell("此席位"), reason=tell("已由他人办理"))
        return Own(seats=task.seats, seat=seat, first_free=counter + 1, taken=0)
    seat = Seat(
        key=keys.part(at.locked.head.key, counter + 1),
        ordinal=1,
        holder=task.assignee,
        first_holder=task.assignee,
        opened_at=task.created_at,
    )
    return Own(seats=(seat,), seat=seat, first_free=counter + 2, taken=1)


def plan(task: OpenTask) -> Plan:
    """The task's rule; one that cannot be read (deploying refuses it) asks for everybody."""
    try:
        return plan_of(task.properties)
    except Unreadable:
        return EVERYBODY


def arranged(task: OpenTask, found: Seats, now: datetime) -> Seats:
    return seats.arranged(found, now=now, sequential=plan(task).sequential)


def filled(at: Situation, found: Seats) -> bool:
    """Whether somebody can act on every seat that is open, and the rule can still be met."""
    besides = not_eligible(at)
    live = [seat for seat in found if seat.live]
    people = at.app.directory.active(at.work, tuple(s.holder for s in live if s.holder))
    return not hopeless(plan(at.task), found) and all(
        people.get(s.holder) not in {None, *besides}
        if s.holder
        else s.group is not None and at.app.directory.held(at.work, *s.group, besides=besides)
        for s in live
    )


def not_eligible(at: Situation) -> frozenset[Key]:
    """Who does not count as somebody who could do it: recused people, and the applicant."""
    return Case.of(at.locked.head).besides(at.task.lane_kind, at.task.properties)


def fit_person(at: Situation, username: str, *, verb: str, anybody: bool = False) -> Assignee:
    """Somebody who may be given a seat of this task.

    Never the applicant (but in his own tasks), nor whoever did another task of the same four-eyes
    group, nor whoever has, gets back or had a seat here. ``anybody``: not only colleagues.
    Raises InvalidInput (nobody of that name), Forbidden.
    """
    to = assignees.find(
        at.work,
        username,
        task=at.task,
        instance_key=at.locked.head.key,
        by=at.me.username,
    )
    if to is None:
        message = tell("没有在岗人员“{username}”，请重新选择。", username=username)
        raise InvalidInput(
            problems=(Problem(element_id="assignee", rule="person", message=message),)
        )
    if refusal := _unfit(at, at.me, to, anybody):
        raise Forbidden(
            action=tell("{verb}{person}", verb=verb, person=to.person.name), reason=refusal
        )
    return to


def _unfit(at: Situation, me: Actor, to: Assignee, anybody: bool) -> str:
    name, username = to.person.name, to.person.username
    own_lane = applicants_own(at.task.lane_kind, at.task.properties)
    if username == at.locked.head.applicant and not own_lane:
        return tell("申请人不能办理本人事项的审批环节。")
    if to.recused:
        return tell("{name}须回避此事项，不能办理。", name=name)
    if to.separated:
        return tell(
            "{name}已办理过本事项的关联环节，按不相容岗位分离的要求，须由他人办理。", name=name
        )
    engaged = seats.engaged(at.task.seats) if at.task.seated else {at.task.assignee}
    if username in engaged:
        return tell("{name}在此任务中已有席位，同一人不能重复。", name=name)
    if not (anybody or me.administrator or to.colleague):
        return tell("只能交给本单位人员或此环节的候选办理人，{name}不在其中。", name=name)
    return ""
