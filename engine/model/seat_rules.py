"""The rules for operations on seats (approval.md, “Operations”); ``permissions`` tables them."""

from __future__ import annotations

from dataclasses import dataclass

from engine.model.actor import Actor
from engine.model.case_rules import TaskFacts, barred, holds, workable
from engine.model.verdict import ALLOWED, Verdict, refused
from engine.text import tell


@dataclass(frozen=True, kw_only=True)
class RemovalFacts:
    """A seat that somebody would take away. ``given``: a reason was given."""

    task: TaskFacts
    added_by: str | None
    live: bool
    given: bool

    @property
    def recused(self) -> bool:
        return self.task.recused


@dataclass(frozen=True, kw_only=True)
class StepFacts:
    """A task that somebody completed and wants to take back. ``done_by``: a username, ``done_for``
    whose proxy that was.

    ``finished``: what was finished downstream of it, as people know it; ``final``: an effect that
    has been released (a barrier).
    """

    running: bool
    completed: bool
    done_by: str | None
    done_for: str | None = None
    finished: str | None = None
    final: str | None = None
    several: bool = False
    recused: bool = False


def delegate(actor: Actor, facts: TaskFacts) -> Verdict:
    return _holder(actor, facts)


def resolve(actor: Actor, facts: TaskFacts) -> Verdict:
    if not (may := _holder(actor, facts)):
        return may
    return ALLOWED if facts.delegate else refused(tell("此任务不是他人委派给您的，请直接办理。"))


def call_back(_actor: Actor, facts: TaskFacts) -> Verdict:
    if not (may := workable(facts)):
        return may
    if not facts.delegator:
        return refused(tell("您没有尚未归还的委派。"))
    return barred(facts)


def comment(actor: Actor, facts: TaskFacts) -> Verdict:
    """Whoever may read the task's page, for as long as the case is not over."""
    if not facts.running:
        return refused(tell("此事项已暂停或已办结，不能再发表评论。"))
    if facts.applicant and not facts.applicants_own:
        return refused(tell("申请人不能在审批环节发表评论。"))
    if facts.takes_part or actor.administrator:
        return ALLOWED
    return refused(tell("只有参与办理此事项的人员可以发表评论。"))


def add_sign(actor: Actor, facts: TaskFacts) -> Verdict:
    if not (may := _holder(actor, facts)):
        return may
    if facts.delegate:
        return refused(tell("此任务是他人委派给您的，加签须由委派人办理。"))
    return ALLOWED


def remove_sign(actor: Actor, facts: RemovalFacts) -> Verdict:
    if not (may := workable(facts.task)):
        return may
    if facts.added_by is None:
        return refused(tell("只能减去加签的席位。"))
    if facts.added_by != actor.username and not actor.administrator:
        return refused(tell("只有加签人或管理员可以减签。"))
    if not facts.live:
        return refused(tell("该席位已经办理或取消。"))
    if facts.added_by != actor.username and not facts.given:
        return refused(tell("管理员减签须填写原因。"))
    return ALLOWED


def remove_some(actor: Actor, facts: tuple[RemovalFacts, ...]) -> Verdict:
    """Whether there is any seat that the actor may take away, were a reason given."""
    if not facts:
        return refused(tell("此任务没有加签的席位。"))
    found = [remove_sign(actor, each) for each in facts]
    return next((verdict for verdict in found if verdict), found[0])


def return_task(actor: Actor, facts: TaskFacts) -> Verdict:
    if not (may := _holder(actor, facts)):
        return may
    if facts.delegate:
        return refused(tell("此任务是他人委派给您的，退回须由委派人办理。"))
    return ALLOWED


def withdraw_step(actor: Actor, facts: StepFacts) -> Verdict:
    """Who did it, and whoever's seat it was done in."""
    if not facts.running:
        return refused(tell("此事项已暂停或已办结，不能撤回。"))
    if not facts.completed:
        return refused(tell("只能撤回已经办结的环节。"))
    if facts.several:
        return refused(tell("多人办理的环节已形成结论，不能由一人撤回；可以退回。"))
    if actor.username not in {facts.done_by, facts.done_for}:
        return refused(tell("只能撤回您本人最近办结的环节。"))
    return _undone(facts)


def _undone(facts: StepFacts) -> Verdict:
    if facts.final:
        return refused(tell("“{final}”已经对外生效，不能撤回。", final=facts.final))
    if facts.finished:
        return refused(tell("后续环节“{finished}”已经办理，不能撤回。", finished=facts.finished))
    return ALLOWED


def _holder(actor: Actor, facts: TaskFacts) -> Verdict:
    if not (may := workable(facts)):
        return may
    if not (may := holds(actor, facts)):
        return may
    return barred(facts)
