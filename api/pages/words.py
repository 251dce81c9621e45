"""States and outcomes in the words of a bureau, each with a tone that repeats it in colour."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from api.language import gettext as _
from engine.model.problems import Problem
from engine.model.records import Instance, UserTask
from engine.model.states import InstanceState, PublicationState, TaskState


@dataclass(frozen=True, kw_only=True)
class Badge:
    """``tone``: ``active``, ``approved``, ``rejected``, ``returned``, ``waiting`` or ``plain``."""

    text: str
    tone: str


def instance(found: Instance, *, for_staff: bool = False) -> Badge:
    """Where a case stands. An incident is told to staff only: the applicant can't mend it."""
    if found.state is InstanceState.ACTIVE and found.incident and for_staff:
        return Badge(text=_("有异常"), tone="incident")
    if found.state is InstanceState.COMPLETED:
        return Badge(text=found.result or _("已办结"), tone="done")
    return {
        InstanceState.ACTIVE: Badge(text=_("办理中"), tone="active"),
        InstanceState.SUSPENDED: Badge(text=_("已暂停"), tone="waiting"),
        InstanceState.TERMINATED: Badge(text=found.result or _("已终止"), tone="plain"),
    }[found.state]


def task(found: UserTask, *, held: bool = False) -> Badge:
    """Where a user task (待办) stands; ``held``: whose turn it is has it, nobody is to claim it."""
    if found.state is TaskState.CANCELED:
        return Badge(text=_("已取消"), tone="plain")
    if found.state is TaskState.COMPLETED:
        return outcome(found.outcome, found.outcome_word)
    if found.state is TaskState.COMPLETING:
        return Badge(text=_("待系统核对"), tone="waiting")
    if found.pending:
        return Badge(text=_("待系统核对"), tone="waiting")
    if found.assignee is None and not (held or (found.seated and not found.candidate_groups)):
        return Badge(text=_("待认领"), tone="waiting")
    return Badge(text=_("办理中"), tone="active")


def outcome(value: str | None, word: str = "") -> Badge:
    """A decision as its button said it. ``word``: what a node's form calls a value of its own."""
    return {
        None: Badge(text=_("已办结"), tone="done"),
        "": Badge(text=_("已办结"), tone="done"),
        "approve": Badge(text=_("通过"), tone="approved"),
        "reject": Badge(text=_("不予通过"), tone="rejected"),
        "return": Badge(text=_("退回补正"), tone="returned"),
        "abstain": Badge(text=_("弃权"), tone="plain"),
    }.get(value, Badge(text=word or value or "", tone="done"))


def vote(value: str | None) -> Badge:
    """What one seat said of a decision that several take."""
    return {
        "approve": Badge(text=_("同意"), tone="approved"),
        "reject": Badge(text=_("不同意"), tone="rejected"),
    }.get(value or "", outcome(value))


def publication(state: PublicationState) -> Badge:
    """Where a diagram's draft stands on its way to a published version."""
    return {
        PublicationState.DRAFT: Badge(text=_("草稿"), tone="plain"),
        PublicationState.PROPOSED: Badge(text=_("待确认发布"), tone="waiting"),
        PublicationState.PUBLISHED: Badge(text=_("已发布"), tone="approved"),
        PublicationState.DISCARDED: Badge(text=_("已作废"), tone="plain"),
    }[state]


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """A line of an error summary; ``href`` leads to the field ("" = to nothing on this page)."""

    text: str
    href: str = ""


def troubles(problems: Iterable[Problem], ids: Mapping[str, str]) -> tuple[Trouble, ...]:
    """Problems of a submission as lines; ``ids``: field path → id of its control on the page."""
    return tuple(
        Trouble(
            text=problem.message,
            href=f"#{ids[problem.element_id]}" if problem.element_id in ids else "",
        )
        for problem in problems
    )
