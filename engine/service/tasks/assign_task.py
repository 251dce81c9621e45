"""转办: the task is handed to somebody for good; the record keeps who had it before."""

from __future__ import annotations

from collections.abc import Collection

from engine.model import seats
from engine.model.actor import Actor
from engine.model.case_rules import applicants_own
from engine.model.errors import Forbidden, InvalidInput
from engine.model.keys import Key
from engine.model.people import Person
from engine.model.permissions import Action
from engine.model.problems import Problem
from engine.model.records import UserTask
from engine.model.seats import Seat
from engine.service.app import App
from engine.service.said import reason as checked_reason
from engine.service.seats.own_seat import filled, fit_person
from engine.service.tasks.task_standing import (
    Decision,
    Situation,
    change_standing,
    patch_of,
    seated,
)
from engine.storage.worklists import assignees
from engine.storage.worklists.assignees import Assignee
from engine.text import tell


def assign_task(
    app: App,
    actor: Actor,
    *,
    key: Key,
    assignee: str,
    reason: str = "",
    seat: Key | None = None,
) -> UserTask:
    """Hand the task to a person by username.

    Whoever has it may hand it to a colleague who could take it or serves at the same unit;
    administrators to anybody. Never to the applicant, nor to whoever completed another task of
    the same four-eyes group. Of a task with several seats the actor's own is handed on, or (by
    administrators) ``seat``. Raises Forbidden, InvalidInput (unknown person), AlreadyHandled.
    """
    words = checked_reason(reason, what=tell("转办原因")) if reason.strip() else ""

    def decide(at: Situation) -> Decision:
        if at.task.seated:
            return _hand_on(at, assignee, seat, words)
        to = assignees.find(
            at.work,
            assignee,
            task=at.task,
            instance_key=at.locked.head.key,
            by=at.me.username,
        )
        _require_fit(at, to, assignee)
        return Decision(
            patch=patch_of(at.task, assignee=assignee),
            facts={"from": at.task.assignee or "", "to": assignee},
            said={"reason": words} if words else {},
            staffed=True,
        )

    return change_standing(
        app, actor, key=key, action=Action.ASSIGN_TASK, kind="assign", decide=decide
    )


def _hand_on(at: Situation, to: str, key: Key | None, words: str) -> Decision:
    seat = _seat(at, key)
    fit_person(at, to, verb=tell("将此席位转办给"))
    after = seats.transferred(at.task.seats, seat.key, to=to)
    return seated(
        at.task,
        after,
        facts={"seat": str(seat.key), "from": seat.holder or "", "to": to},
        said={"reason": words} if words else {},
        staffed=filled(at, after),
    )


def _seat(at: Situation, key: Key | None) -> Seat:
    """The actor's own, or the one that an administrator names; the only one need not be named."""
    own = seats.held_by(at.task.seats, at.me.username)
    if not at.me.administrator:
        if own is None or key not in {None, own.key}:
            raise Forbidden(action=tell("转办此席位"), reason=tell("只能转办您自己的席位。"))
        return own
    live = [s for s in at.task.seats if s.live]
    named = [s for s in live if s.key == key] if key is not None else [own] if own else live
    if len(named) != 1 or named[0] is None:
        message = (
            tell("此任务有多个席位，请指明转办哪一个。")
            if key is None
            else tell("该席位已经办理或取消。")
        )
        raise InvalidInput(problems=(Problem(element_id="seat", rule="seat", message=message),))
    return named[0]


def fitting(people: Collection[Assignee], *, applicant: str, own_lane: bool) -> tuple[Person, ...]:
    """Those to whom the task could be handed."""
    return tuple(
        to.person
        for to in people
        if not (to.separated or to.recused) and (own_lane or to.person.username != applicant)
    )


def _require_fit(at: Situation, to: Assignee | None, username: str) -> None:
    if to is None:
        message = tell("没有在岗人员“{username}”，请重新选择。", username=username)
        raise InvalidInput(
            problems=(Problem(element_id="assignee", rule="person", message=message),)
        )
    own_lane = applicants_own(at.task.lane_kind, at.task.properties)
    refusal = ""
    if username == at.locked.head.applicant and not own_lane:
        refusal = tell("申请人不能办理本人事项的审批环节。")
    elif to.recused:
        refusal = tell("{person}须回避此事项，不能办理。", person=to.person.name)
    elif to.separated:
        refusal = tell(
            "{person}已办理过本事项的关联环节，按不相容岗位分离的要求，须由他人办理。",
            person=to.person.name,
        )
    elif not at.me.administrator and not to.colleague:
        refusal = tell(
            "只能转办给本单位人员或此环节的候选办理人，{person}不在其中。", person=to.person.name
        )
    if refusal:
        raise Forbidden(
            action=tell("将此任务转办给{person}", person=to.person.name), reason=refusal
        )
