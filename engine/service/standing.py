"""The actor as the database has him at this moment, out of what was read under the lock."""

from __future__ import annotations

from dataclasses import replace

from engine.model.actor import SYSTEM, Actor
from engine.model.case_rules import CaseFacts, TaskFacts, applicants_own
from engine.model.effects import LaneKind
from engine.model.errors import (
    AlreadyHandled,
    BanshiError,
    Conflict,
    Forbidden,
    NotAuthenticated,
    NotFound,
)
from engine.model.execution import Locked, OpenTask
from engine.model.recusals import RECUSED
from engine.model.seats import SeatState, engaged, held_by, lent_by, vacant
from engine.model.states import InstanceState, TaskState
from engine.text import tell

#: How a task's end reads in a message.
ENDED = {
    TaskState.COMPLETING: tell("已提交，待系统核对"),
    TaskState.COMPLETED: "已办结",
    TaskState.CANCELED: tell("已取消"),
}


#: What is being asked of a pending task, in words.
ASKING = {
    "assigning": tell("变更办理人"),
    "updating": tell("调整期限、优先级或候选人"),
    "canceling": tell("取消此任务"),
}


def as_of_now(actor: Actor, locked: Locked) -> Actor:
    """The actor with his present rights; raises NotAuthenticated where he has none any more."""
    if actor.key == SYSTEM.key:
        return actor
    standing = locked.standing
    if not standing.live:
        raise NotAuthenticated(reason=tell("登录已失效（已退出、过期或账号停用），请重新登录。"))
    if actor.natural in locked.head.barred:
        raise Forbidden(action=tell("办理此事项"), reason=RECUSED)
    me = replace(actor, memberships=standing.memberships, administrator=standing.administrator)
    return standing_in(me, locked)


def standing_in(me: Actor, locked: Locked) -> Actor:
    """The actor himself; or as the proxy of whoever stands in the task, where he does not (代理).

    A proxy's proxy is nobody: the principals are those who named the actor himself.
    """
    task, principals = locked.task, locked.standing.principals
    if task is None or not principals or task.state is not TaskState.CREATED or _stands(me, task):
        return me
    proxies = (me.standing_in_for(principal) for principal in principals)
    return next((proxy for proxy in proxies if _stands(proxy, task)), me)


def _stands(actor: Actor, task: OpenTask) -> bool:
    """Whether he has the task or a seat of it, is to get one back, added one, or may take it."""
    if task.seated:
        own = held_by(task.seats, actor.username) or lent_by(task.seats, actor.username)
        added = any(s.live and s.added_by == actor.username for s in task.seats)
        return own is not None or added or is_candidate(actor, task)
    if task.assignee is not None:
        return task.assignee == actor.username
    return is_candidate(actor, task)


def case_facts(actor: Actor, locked: Locked) -> CaseFacts:
    return CaseFacts(
        recused=actor.natural in locked.head.barred,
        running=locked.head.state in {InstanceState.ACTIVE, InstanceState.SUSPENDED},
        suspended=locked.head.state is InstanceState.SUSPENDED,
        applicant=locked.head.applicant_key == actor.key,
    )


def task_facts(actor: Actor, locked: Locked, task: OpenTask) -> TaskFacts:
    """What the rules ask of this task and this actor."""
    principal = actor.principal
    applicant = locked.head.applicant_key in {actor.key, principal.key if principal else None}
    own_lane = applicants_own(task.lane_kind, task.properties) or (
        task.lane_kind is None and task.assignee == locked.head.applicant
    )
    facts = TaskFacts(
        open=task.state is TaskState.CREATED,
        running=locked.head.state is InstanceState.ACTIVE,
        pending=bool(task.pending),
        assignee=task.assignee,
        candidate=is_candidate(actor, task),
        applicant=applicant,
        applicants_own=own_lane,
        applicants_lane=task.lane_kind == LaneKind.APPLICANT,
        separated=locked.standing.separated or (principal is not None and principal.separated),
        recused=not locked.head.barred.keys().isdisjoint({actor.natural, actor.username}),
        returnable=bool(task.candidate_groups or task.candidate_users),
    )
    return _seat_facts(actor, task, facts) if task.seated else facts


def _seat_facts(actor: Actor, task: OpenTask, facts: TaskFacts) -> TaskFacts:
    """The same of a task whose seats are rows: the actor's own seat stands for the task."""
    own = held_by(task.seats, actor.username)
    voted = any(actor.username in {s.actor, s.on_behalf_of} for s in task.seats)
    others = (s.holder for s in task.seats if s.state is SeatState.OPEN and s.holder)
    assignee = next(others, None)
    if own is not None:
        assignee = actor.username
    elif facts.candidate or voted:
        assignee = None
    return replace(
        facts,
        seated=True,
        assignee=assignee,
        returnable=own is not None and own.group is not None,
        waiting=own is not None and own.state is SeatState.WAITING,
        delegate=own is not None and bool(own.stack),
        delegator=lent_by(task.seats, actor.username) is not None,
        voted=own is None and voted,
        spoken=any(s.actor == actor.natural for s in task.seats),
    )


def comment_facts(actor: Actor, locked: Locked, task: OpenTask, *, handles: bool) -> TaskFacts:
    """What the rule for comments asks; ``handles``: has, had or may take a task of the case."""
    facts = task_facts(actor, locked, task)
    applicant = facts.applicant and not facts.applicants_own
    return replace(facts, takes_part=(handles and not applicant))


def is_near(actor: Actor, task: OpenTask) -> bool:
    """Whether he has the task, gets it back, had his say in it, or may take it."""
    return (
        is_candidate(actor, task)
        or task.assignee == actor.username
        or actor.username in engaged(task.seats)
    )


def is_candidate(actor: Actor, task: OpenTask) -> bool:
    """Whether the actor may take it: of a task with seats, one that stands empty."""
    if task.seated:
        groups = (str(membership) for membership in actor.memberships)
        engaged_now = actor.username in engaged(task.seats)
        return not engaged_now and vacant(task.seats, groups) is not None
    return actor.username in task.candidate_users or any(
        str(membership) in task.candidate_groups for membership in actor.memberships
    )


def open_task(locked: Locked) -> OpenTask:
    """The task, still open; raises NotFound, AlreadyHandled by whoever was first, or Conflict
    while its listeners are being asked about something."""
    task = locked.task
    if task is None:
        raise NotFound(what=tell("任务"), key="")
    if task.state is not TaskState.CREATED:
        raise handled(task)
    if task.pending:
        raise Conflict(
            what=tell("此任务"),
            reason=tell(
                "有人要求“{what}”，正在等待系统核对，核对完成前不能作其他操作；事项仍可撤销或终止",
                what=ASKING.get(task.pending, task.pending),
            ),
        )
    return task


def handled(task: OpenTask | None) -> BanshiError:
    """Why a command on this task comes too late."""
    if task is None or task.ended_at is None:
        return Conflict(what=tell("此任务"), reason=tell("已有他人先行办理"))
    return AlreadyHandled(by=task.ended_by or "系统", at=task.ended_at, state=ENDED[task.state])
