"""Lines of the inbox: tasks, and cases that were copied to me."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from api.language import gettext as _
from api.language import ngettext
from api.pages import when, words
from engine.model.copies import CopiedCase
from engine.model.keys import Key
from engine.model.records import Instance, UserTask
from engine.service.tasks.batch_forms import BatchOutcome

#: A priority above this is urgent; 50 is the usual one.
_USUAL_PRIORITY = 50


@dataclass(frozen=True, kw_only=True)
class TaskRow:
    """``claim``: where to post to claim it, or "" where it can't be claimed from the list.

    ``pick``: what its tick box sends ("" = it has none, and ``why_not`` says why); ``urged``: how
    often somebody pressed for it.
    """

    href: str
    title: str
    name: str
    service: str
    number: str
    applicant: str
    unit: str
    due: when.Due
    badge: words.Badge
    when: str
    handler: str
    urgent: bool
    urged: str
    claim: str
    pick: str
    why_not: str


@dataclass(frozen=True, kw_only=True)
class CopyRow:
    """``by``: who sent it; ``step``: at which step it stands, or how it ended."""

    href: str
    title: str
    service: str
    number: str
    applicant: str
    by: str
    note: str
    badge: words.Badge
    step: str
    when: str
    unread: bool


Picks = Mapping[Key, tuple[tuple[BatchOutcome, ...], str]]


def task_rows(
    tasks: Sequence[UserTask], view: str, now: datetime, picks: Picks
) -> tuple[TaskRow, ...]:
    """The user tasks as lines of a view; ``picks``: what can be done with several at once."""
    return tuple(_task_row(task, view, now, picks) for task in tasks)


def _task_row(task: UserTask, view: str, now: datetime, picks: Picks) -> TaskRow:
    outcomes, why_not = picks.get(task.key, ((), ""))
    pickable = view == "claimable" or (view == "todo" and bool(outcomes))
    return TaskRow(
        href=f"/tasks/{task.key}",
        title=task.case_title or task.process_name,
        name=task.name,
        service=task.process_name,
        number=task.case_number,
        applicant=task.applicant_name,
        unit=task.unit_name,
        due=when.due(
            at=task.due_at,
            pending=task.due_pending,
            light=task.light,
            working_days=task.remaining_days,
            stopped=task.stopped,
        ),
        badge=words.task(task),
        when=when.short(task.ended_at if view == "done" else task.created_at, now),
        handler=task.assignee_name or "",
        urgent=task.priority > _USUAL_PRIORITY,
        urged=_urged(task.urged) if view != "done" else "",
        claim=f"/tasks/{task.key}/claim" if _claimable(task, view) else "",
        pick=str(task.key) if pickable else "",
        why_not="" if pickable or view != "todo" else why_not,
    )


def _claimable(task: UserTask, view: str) -> bool:
    """Of a task with seats only the list of what is to be claimed knows that one is free."""
    if task.seated:
        return view == "claimable"
    return view != "done" and task.assignee is None


def _urged(times: int) -> str:
    if not times:
        return ""
    return ngettext("被催办 %(num)s 次", "被催办 %(num)s 次", times) % {"num": times}


def copy_rows(found: Sequence[CopiedCase], now: datetime) -> tuple[CopyRow, ...]:
    """What was copied to me as lines of the list."""
    return tuple(
        CopyRow(
            href=f"/cases/{each.case.key}",
            title=each.case.title or each.case.process_name,
            service=each.case.process_name,
            number=each.case.number,
            applicant=each.case.applicant_name,
            by=each.copy.by_name or _("按流程自动抄送"),
            note=each.copy.note,
            badge=words.instance(each.case),
            step=_step(each.case),
            when=when.short(each.copy.created_at, now),
            unread=each.copy.read_at is None,
        )
        for each in found
    )


def _step(case: Instance) -> str:
    return "、".join(case.current)
