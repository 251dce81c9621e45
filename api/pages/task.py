"""A user task: the case on one side, the decision on the other."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from fastapi import Request

from api.auth import PageSession
from api.pages import case, casefile, paging, when, words
from api.pages.frame import Frame, frame
from api.pages.language import gettext as _
from api.pages.typed import UPLOAD_URL, draft_local, opinion_field
from api.pages.visit import application, visitor
from engine.forms import FormView, Problem
from engine.model.states import TaskState
from engine.service.pages import TaskPage


@dataclass(frozen=True, kw_only=True)
class TaskView:
    """``claim``, ``release``, ``assign``: where to post, "" where it is not mine to do.

    ``form``: the decision form, None where I can't decide; ``complete`` says whether it may be
    sent at all. ``refusals``: why not, in whole sentences. ``phrases_into``: the CSS selector of
    the opinion field that usual phrases (常用语) go into.
    """

    template: ClassVar[str] = "task.html"

    frame: Frame
    action: str
    process_id: str
    submission_key: str
    name: str
    title: str
    number: str
    service: str
    badge: words.Badge
    due: when.Due
    applicant: str
    unit: str
    received: str
    handler: str
    case_href: str
    submitted: FormView | None
    papers: tuple[casefile.Paper, ...]
    decisions: tuple[casefile.DecisionLine, ...]
    way: tuple[casefile.WayStep, ...]
    diagram: casefile.Diagram
    claim: bool
    release: bool
    assign: bool
    complete: bool
    assignees: tuple[paging.Choice, ...]
    form: FormView | None
    refusals: tuple[str, ...]
    draft_key: str
    draft_local: str
    draft_owner: str
    draft_saved: str
    phrases: tuple[str, ...]
    phrases_into: str
    problem: str


def phrases() -> tuple[str, ...]:
    """What is written under most decisions."""
    return (
        _("材料齐全，符合要求。"),
        _("情况属实，同意。"),
        _("材料不齐，请补充后重新提交。"),
        _("不符合规定条件。"),
    )


def refusals(found: TaskPage) -> tuple[str, ...]:
    """Why I can't handle it; nothing where I can."""
    if "complete" in found.allowed_actions:
        return ()
    if found.task.state is TaskState.COMPLETED:
        return (
            _("此步骤已由{who}于{time}办结，不能再办。").format(
                who=found.task.assignee_name or found.task.handler,
                time=when.minute(found.task.ended_at),
            ),
        )
    if found.task.state is TaskState.CANCELED:
        return (_("此步骤已取消，不用再办。"),)
    said = found.refusals.get("complete")
    return (said,) if said else ()


def view(
    request: Request,
    session: PageSession,
    found: TaskPage,
    *,
    fields: Mapping[str, Any] | None = None,
    problems: Sequence[Problem] = (),
    problem: str = "",
    submission_key: str = "",
) -> TaskView:
    """The page. ``fields``: what was just typed; without it the draft, if there is one."""
    app, task, now = application(request), found.task, application(request).now()
    complete = "complete" in found.allowed_actions
    if fields is None and found.draft is not None:
        fields = found.draft.fields
    form = None
    if found.form is not None and complete:
        form = found.form.form.view(
            fields, problems, context=found.form.context, upload_url=UPLOAD_URL
        )
    opinion = opinion_field(form) if form else ""
    case_title = task.case_title or task.process_name
    return TaskView(
        frame=frame(
            request,
            visitor(request, session),
            title=f"{task.name} {task.case_number}",
            section="tasks",
            bundles=("viewer",),
        ),
        action=f"/tasks/{task.key}",
        process_id=task.process_id,
        submission_key=submission_key or secrets.token_hex(16),
        name=task.name,
        title=case_title,
        number=task.case_number,
        service=task.process_name,
        badge=words.task(task),
        due=when.due(
            at=task.due_at,
            pending=task.due_pending,
            light=task.light,
            working_days=task.remaining_days,
        ),
        applicant=task.applicant_name,
        unit=task.unit_name,
        received=when.ago(task.created_at, now),
        handler=task.handler or task.assignee_name or "",
        case_href=f"/cases/{task.instance_key}",
        submitted=casefile.filed(found.case.submitted),
        papers=casefile.papers(found.case.documents, now),
        decisions=casefile.decisions(found.case.decisions, now),
        way=casefile.way(found.case.entries, case.current_way(found.case.tasks, now), now),
        diagram=case.lit(found.case),
        claim="claim" in found.allowed_actions,
        release="release" in found.allowed_actions,
        assign="assign" in found.allowed_actions,
        complete=complete,
        assignees=tuple(
            paging.Choice(value=person.username, label=person.name, chosen=False)
            for person in found.assignees
        ),
        form=form,
        refusals=refusals(found),
        draft_key=f"{session.actor.key}:{task.key}",
        draft_local=draft_local(found.form),
        draft_owner=str(session.actor.key),
        draft_saved=when.ago(found.draft.saved_at, app.now()) if found.draft else "",
        phrases=phrases() if opinion else (),
        phrases_into=f"#{opinion}" if opinion else "",
        problem=problem,
    )
