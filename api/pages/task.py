"""A user task: the case on one side, the decision on the other."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from fastapi import Request

from api.auth import PageSession
from api.language import gettext as _
from api.language import said
from api.pages import (
    case,
    case_acts,
    casefile,
    operation_forms,
    task_operations,
    task_seats,
    unmasking,
    when,
    words,
)
from api.pages.frame import Frame, frame
from api.pages.typed import UPLOAD_URL, draft_local, is_long, opinion_field
from api.pages.visit import application, visitor
from engine.forms import FormView, Problem
from engine.model.records import UserTask
from engine.model.signatures import SignatureRule
from engine.model.states import TaskState
from engine.service.cases.pages import TaskPage


@dataclass(frozen=True, kw_only=True)
class SignatureField:
    """Where the decision is signed. ``name``: the signer's, to be typed where nothing is drawn;
    ``error``: what was wrong with the signature just sent."""

    required: bool
    name: str
    error: str


@dataclass(frozen=True, kw_only=True)
class TaskView:
    """``claim``: it is mine to take; ``operations``: what else I may do, each with its form;
    ``refused``: why not the rest.

    ``form``: the decision form, None where I can't decide; ``complete`` says whether it may be
    sent at all; ``roomy``: it is long and needs the wide column; ``returned``: what the
    applicant has to supply. ``refusals``: why I can't decide, in whole sentences. ``phrases``:
    general ones, ``own_phrases`` mine; ``phrases_into``: the CSS selector of the opinion field
    that they go into. ``seats``: who stands where, None of a plain task; ``copy_href``: where it is
    copied to colleagues, ``recusal_href`` where I or somebody else is recused; "" where not.
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
    complete: bool
    seats: task_seats.SeatPanel | None
    operations: tuple[operation_forms.Operation, ...]
    refused: tuple[operation_forms.Refusal, ...]
    copy_href: str
    recusal_href: str
    urged: str
    unmask: unmasking.Unmask | None
    comment: operation_forms.Operation | None
    comments: tuple[casefile.WayStep, ...]
    signature: SignatureField | None
    form: FormView | None
    roomy: bool
    returned: str
    on_behalf_of: str
    refusals: tuple[str, ...]
    draft_key: str
    draft_local: str
    draft_version: int
    draft_owner: str
    draft_saved: str
    phrases: tuple[str, ...]
    own_phrases: tuple[str, ...]
    phrases_into: str
    problem: str
    problem_href: str


def handler_words(task: UserTask, *, held: bool = False) -> str:
    """Who has it, or who may take it; ``held``: as for :func:`words.task`."""
    if task.assignee is not None:
        return _("办理人：{who}").format(who=task.assignee_name or task.assignee)
    if held or (task.seated and not task.candidate_groups):
        return _("办理人：{who}").format(who=task.handler)
    return _("待签收：{who}").format(who=task.handler) if task.handler else ""


def phrases() -> tuple[str, ...]:
    """What is written under most decisions."""
    return (
        _("材料齐全，符合要求。"),
        _("情况属实，同意。"),
        _("材料不齐，请补充后重新提交。"),
        _("不符合规定条件。"),
    )


def returned(found: TaskPage, session: PageSession) -> str:
    """What the applicant was asked to supply, on the page where it is to be supplied; or why what
    was last asked of the task was not done."""
    decided = [entry for entry in found.case.entries if entry.outcome]
    if found.denied:
        return _("系统核对未通过，任务保持原状：{why}").format(why=said(found.denied))
    own = found.case.instance.applicant_key == session.actor.key
    if not own or not decided or decided[-1].outcome != "return":
        return ""
    last = decided[-1]
    what = last.said.get("missing") or last.said.get("opinion") or last.summary
    return _("{who}退回补正：{what}").format(who=last.actor_name, what=said(what))


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
    why = found.refusals.get("complete")
    return (why,) if why else ()


def comments(found: TaskPage, now: datetime) -> tuple[casefile.WayStep, ...]:
    """What was said on this task, oldest first."""
    said = [
        e for e in found.case.entries if e.kind == "comment" and e.element_key == found.task.key
    ]
    return casefile.way(said, (), now, documents=found.case.documents)


def _where(asked: operation_forms.Asked | None, signature_error: str) -> str:
    """Where on the page the problem is to be mended."""
    if asked is not None:
        return "#comments" if asked.name == "comment" else f"#operation-{asked.name}"
    return "#signature" if signature_error else ""


def _signature(found: TaskPage, session: PageSession, error: str) -> SignatureField | None:
    if found.signature is SignatureRule.NONE:
        return None
    return SignatureField(
        required=found.signature is SignatureRule.REQUIRED, name=session.actor.name, error=error
    )


def view(
    request: Request,
    session: PageSession,
    found: TaskPage,
    *,
    fields: Mapping[str, Any] | None = None,
    problems: Sequence[Problem] = (),
    problem: str = "",
    submission_key: str = "",
    draft_version: int | None = None,
    asked: operation_forms.Asked | None = None,
    signature_error: str = "",
) -> TaskView:
    """The page. ``fields``: what was just typed; without it the draft, if there is one. ``asked``:
    the operation that was just refused."""
    app, task, now = application(request), found.task, application(request).now()
    complete = "complete" in found.allowed_actions
    if fields is None and found.draft is not None:
        fields = found.draft.fields
    if draft_version is None:
        draft_version = found.draft.revision if found.draft else 0
    form = None
    if found.form is not None and complete:
        form = found.form.form.view(
            fields, problems, context=found.form.context, upload_url=UPLOAD_URL
        )
    opinion = opinion_field(form) if form else None
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
        badge=words.task(task, held=task_seats.held(found.seats)),
        due=when.due(
            at=task.due_at,
            pending=task.due_pending,
            light=task.light,
            working_days=task.remaining_days,
            stopped=task.stopped,
        ),
        applicant=task.applicant_name,
        unit=task.unit_name,
        received=when.ago(task.created_at, now),
        handler=handler_words(task, held=task_seats.held(found.seats)),
        case_href=f"/cases/{task.instance_key}",
        submitted=casefile.filed(found.case.submitted),
        papers=casefile.materials(found.case.documents, now),
        decisions=casefile.decisions(found.case.decisions, now),
        way=casefile.way(
            found.case.entries,
            case.current_way(found.case.tasks, now),
            now,
            documents=found.case.documents,
        ),
        diagram=case.lit(found.case),
        claim="claim" in found.allowed_actions,
        complete=complete,
        seats=task_seats.panel(found, now),
        operations=task_operations.menu(found, asked, administrator=session.actor.administrator),
        refused=task_operations.refusals(found, administrator=session.actor.administrator),
        copy_href=f"/tasks/{task.key}/copy" if "copy" in found.allowed_actions else "",
        recusal_href=(
            f"/cases/{task.instance_key}/recusal" if task.state is TaskState.CREATED else ""
        ),
        urged=case_acts.urged_words(task, now),
        unmask=unmasking.offer(
            request, found.case.privacy, key=task.instance_key, back=f"/tasks/{task.key}"
        ),
        comment=task_operations.comment(found, asked),
        comments=comments(found, now),
        signature=_signature(found, session, signature_error) if complete else None,
        form=form,
        roomy=form is not None and is_long(form),
        returned=returned(found, session),
        on_behalf_of=found.on_behalf_of,
        refusals=refusals(found),
        draft_key=f"{session.actor.key}:{task.key}",
        draft_local=draft_local(found.form),
        draft_version=draft_version,
        draft_owner=str(session.actor.key),
        draft_saved=when.ago(found.draft.saved_at, app.now()) if found.draft else "",
        phrases=phrases() if opinion else (),
        own_phrases=tuple(phrase.text for phrase in found.phrases) if opinion else (),
        phrases_into=f"#{opinion.id}" if opinion else "",
        problem=problem or (asked.error if asked else ""),
        problem_href=_where(asked, signature_error),
    )
