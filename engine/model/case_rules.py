"""The rules for cases and user tasks (approval.md: Operations, Who may not act).

Pure functions of an actor and the facts; ``permissions`` puts them into its table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.model.actor import Actor
from engine.model.verdict import ALLOWED, Verdict, refused
from engine.text import tell


def applicants_own(lane_kind: str | None, properties: Mapping[str, str]) -> bool:
    """Whether whoever started the case may do this task himself.

    Tasks in the applicant's lane, and those of inner work (a roster, a plan) that the diagram
    marks with ``banshi:ownCases`` = ``allowed``; everywhere else nobody decides his own case.
    """
    return lane_kind == "applicant" or properties.get("banshi:ownCases") == "allowed"


_VOTED = tell("您在此任务中的席位已经办结。")


@dataclass(frozen=True, kw_only=True)
class TaskFacts:
    """What the rules ask about a user task and whoever acts on it.

    ``candidate``: the actor is among the candidates. ``applicant``: the actor is the case's
    applicant; ``applicants_own``: the task is meant for the applicant (``applicants_lane``: it lies
    in his lane). ``separated``: the actor
    has completed another task of the same four-eyes group. ``returnable``: there are candidates to
    whom the task goes back when it is released.

    Of a task with several seats (``seated``) the actor's own is meant. ``waiting``: somebody else
    comes first; ``voted``: he has had his say; ``delegate``: he is to give it back;
    ``delegator``: he is to get it back.

    ``recused``: he, or whoever he stands in for, must keep away from the case. ``spoken``: the
    natural person has voted on this task already, for himself or for somebody else.

    ``pending``: something was asked of it, and its listeners have still to agree.
    """

    open: bool = True
    running: bool = True
    pending: bool = False
    assignee: str | None = None
    candidate: bool = False
    applicant: bool = False
    applicants_own: bool = False
    separated: bool = False
    returnable: bool = False
    takes_part: bool = False
    seated: bool = False
    waiting: bool = False
    voted: bool = False
    delegate: bool = False
    delegator: bool = False
    recused: bool = False
    spoken: bool = False
    applicants_lane: bool = False


@dataclass(frozen=True, kw_only=True)
class CaseFacts:
    """What the rules ask about a case and whoever acts on it.

    ``decided``: the name of the step at which the decision was taken ("" = not yet); nobody
    withdraws from it any more. ``copied``: it was sent to the actor to read. ``completed``: he has
    done a step of it. ``waits``: it waits for somebody else; ``urge_again``: when he may press for
    it again, in words ("" = now). ``suspended``: nobody can do anything. ``recused``: he must keep
    away from it.
    """

    running: bool = True
    applicant: bool = False
    takes_part: bool = False
    decided: str = ""
    copied: bool = False
    completed: bool = False
    waits: bool = False
    suspended: bool = False
    urge_again: str = ""
    recused: bool = False


def barred(facts: TaskFacts) -> Verdict:
    """Whoever stands in no way of his own: not the applicant, not a second pair of his own eyes."""
    if facts.applicant and not facts.applicants_own:
        return refused(tell("申请人不能办理本人事项的审批环节，请由其他人员办理。"))
    if facts.separated:
        return refused(
            tell("您已办理过本事项的关联环节，按不相容岗位分离的要求，此环节须由他人办理。")
        )
    if facts.spoken:
        return refused(tell("您在此任务中已表决（含代他人表决），同一人不能表决两次。"))
    return ALLOWED


def claim(actor: Actor, facts: TaskFacts) -> Verdict:
    if not (closed := workable(facts)):
        return closed
    if facts.assignee == actor.username:
        return refused(tell("此任务已由您签收。"))
    if facts.voted:
        return refused(_VOTED)
    if facts.assignee is not None:
        return refused(tell("此任务已由他人签收。"))
    if not facts.candidate:
        return refused(tell("您不是此任务的候选办理人。"))
    return barred(facts)


def complete(actor: Actor, facts: TaskFacts) -> Verdict:
    if not (closed := workable(facts)):
        return closed
    if not (placed := holds(actor, facts, or_may_take=True)):
        return placed
    if facts.delegate:
        return refused(tell("此任务是他人委派给您的，请用“办理归还”交回委派人，由委派人办结。"))
    return barred(facts)


def holds(actor: Actor, facts: TaskFacts, *, or_may_take: bool = False) -> Verdict:
    """Has the task (or his seat in it), and it is his turn."""
    if facts.assignee == actor.username:
        return (
            refused(tell("须等前面的人员（前加签或依次审批）办理后，才轮到您。"))
            if facts.waiting
            else ALLOWED
        )
    if facts.voted:
        return refused(_VOTED)
    if facts.assignee is not None:
        return refused(tell("此任务由他人办理。"))
    if or_may_take and facts.candidate:
        return ALLOWED
    return refused(
        tell("请先签收此任务。") if facts.candidate else tell("您不是此任务的候选办理人。")
    )


def release(actor: Actor, facts: TaskFacts) -> Verdict:
    if not (closed := workable(facts)):
        return closed
    if facts.assignee is None:
        return refused(tell("此任务尚未签收。"))
    if facts.assignee != actor.username and not actor.administrator:
        return refused(tell("只有签收人或管理员可以退签。"))
    return _give_back(actor, facts)


def _give_back(actor: Actor, facts: TaskFacts) -> Verdict:
    if facts.seated and facts.assignee != actor.username:
        return refused(tell("只有席位的签收人可以退签；管理员可以转办。"))
    if facts.waiting:
        return refused(tell("前加签的人员尚未办完，此时不能退签。"))
    if facts.delegate:
        return refused(tell("此任务是他人委派给您的，请用“办理归还”交回委派人。"))
    if not facts.returnable:
        return refused(tell("此任务没有其他候选办理人，不能退签；可以转办。"))
    return ALLOWED


def assign(actor: Actor, facts: TaskFacts) -> Verdict:
    if not (closed := workable(facts)):
        return closed
    if actor.administrator:
        return ALLOWED
    if facts.assignee is None or facts.assignee != actor.username:
        return refused(tell("只有当前办理人或管理员可以转办。"))
    return holds(actor, facts)


def update(actor: Actor, facts: TaskFacts) -> Verdict:
    if not (closed := workable(facts)):
        return closed
    return ALLOWED if actor.administrator else refused(tell("此操作仅限管理员。"))


def read_task(actor: Actor, facts: TaskFacts) -> Verdict:
    own = facts.assignee is not None and facts.assignee == actor.username
    if actor.administrator or own or facts.candidate or facts.takes_part:
        return ALLOWED
    return refused(tell("此任务不在您的办理范围内。"))


def read_case(actor: Actor, facts: CaseFacts) -> Verdict:
    if actor.administrator or facts.applicant or facts.takes_part or facts.copied:
        return ALLOWED
    return refused(tell("只有申请人、参与办理的人员、抄送对象和管理员可以查看。"))


def withdraw(_actor: Actor, facts: CaseFacts) -> Verdict:
    if not facts.applicant:
        return refused(tell("只有申请人可以撤销申请。"))
    if not facts.running:
        return refused(tell("此事项已经办结，不能再撤销。"))
    if facts.decided:
        return refused(
            tell("“{decided}”已经作出决定，决定作出后不能再撤销申请。", decided=facts.decided)
        )
    return ALLOWED


def urge(_actor: Actor, facts: CaseFacts) -> Verdict:
    """By the applicant or an earlier handler, where it waits for somebody else (催办)."""
    if not (facts.applicant or facts.completed):
        return refused(tell("只有申请人和先前的办理人可以催办。"))
    if not facts.running:
        return refused(tell("此事项已经办结，不用再催办。"))
    if facts.suspended:
        return refused(tell("此事项已暂停，恢复办理后才能催办。"))
    if not facts.waits:
        return refused(tell("现在没有等待他人办理的步骤，不用催办。"))
    if facts.urge_again:
        return refused(
            tell("您已经催办过了，{urge_again}以后可以再次催办。", urge_again=facts.urge_again)
        )
    return ALLOWED


def copy(actor: Actor, facts: TaskFacts) -> Verdict:
    """By whoever has the task (抄送); the applicant's own tasks are nobody's to copy."""
    if not (closed := workable(facts)):
        return closed
    if facts.applicants_lane:
        return refused(tell("申请人办理的步骤不能抄送。"))
    return holds(actor, facts)


def administer(actor: Actor, facts: CaseFacts) -> Verdict:
    if not actor.administrator:
        return refused(tell("此操作仅限管理员。"))
    return ALLOWED if facts.running else refused(tell("此事项已经办结。"))


def workable(facts: TaskFacts) -> Verdict:
    if not facts.open:
        return refused(tell("此任务已经办结。"))
    if facts.pending:
        return refused(tell("此任务正在等待系统核对，核对完成后才能继续办理。"))
    return ALLOWED if facts.running else refused(tell("此事项已暂停或已办结。"))
