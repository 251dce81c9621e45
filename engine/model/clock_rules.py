"""Who may stop a case's statutory clock by hand, and let it go on. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from engine.model.actor import Actor
from engine.model.verdict import ALLOWED, Verdict, refused
from engine.text import tell


@dataclass(frozen=True, kw_only=True)
class ClockFacts:
    """``holds``: has an open task of the case that is not the applicant's. ``stopped``: the clock
    stands still. ``applicant``: it is his own case, whoever he is besides."""

    running: bool = True
    holds: bool = False
    applicant: bool = False
    stopped: bool = False


def stop(actor: Actor, facts: ClockFacts) -> Verdict:
    if not (placed := _placed(actor, facts)):
        return placed
    return refused(tell("计时已经中止。")) if facts.stopped else ALLOWED


def resume(actor: Actor, facts: ClockFacts) -> Verdict:
    if not (placed := _placed(actor, facts)):
        return placed
    return ALLOWED if facts.stopped else refused(tell("计时没有中止。"))


def _placed(actor: Actor, facts: ClockFacts) -> Verdict:
    if not facts.running:
        return refused(tell("此事项已办结或已暂停。"))
    if facts.applicant:
        return refused(tell("申请人不能中止或恢复本人事项的计时。"))
    if not (facts.holds or actor.administrator):
        return refused(tell("只有当前办理人或管理员可以中止、恢复计时。"))
    return ALLOWED
