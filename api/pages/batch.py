"""批量审批 and 批量签收 from the inbox: what will be done and what can't be, and then what came of it.

The result is the answer to the form itself: the same form sent again finds everything done, since
each command carries a key of its own.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from api.auth import PageSession
from api.language import gettext as _
from api.pages import flash, paging, words
from api.pages.frame import Frame, frame, local
from api.pages.rendering import respond
from api.pages.visit import Checked, Session, application, visitor
from engine.model import keys
from engine.model.errors import InvalidInput
from engine.model.keys import Key
from engine.service.tasks.batch import (
    LONGEST_OPINION,
    BatchLine,
    BatchPlan,
    batch_claim,
    batch_complete,
    plan_claim,
    plan_completion,
)

router = APIRouter()

Act = Literal["complete", "claim"]
_INBOX = "/tasks?view=todo"


@dataclass(frozen=True, kw_only=True)
class BatchRow:
    """``words``: what it can be given, or why it can't, or what came of it."""

    key: str
    href: str
    title: str
    number: str
    name: str
    applicant: str
    words: str


@dataclass(frozen=True, kw_only=True)
class BatchPage:
    """Before it is done. ``ready``: what can be; ``left``: what can't, with the reason.

    ``outcomes``: empty where nothing is decided (claiming); ``problem``: what to mend first.
    """

    template: ClassVar[str] = "batch.html"

    frame: Frame
    act: str
    ready: tuple[BatchRow, ...]
    left: tuple[BatchRow, ...]
    outcomes: tuple[paging.Choice, ...]
    opinion: str
    opinion_required: bool
    longest: int
    problem: str
    submission_key: str
    back: str


@dataclass(frozen=True, kw_only=True)
class BatchResult:
    """Afterwards."""

    template: ClassVar[str] = "batch_result.html"

    frame: Frame
    act: str
    done: tuple[BatchRow, ...]
    left: tuple[BatchRow, ...]
    back: str


@router.get("/tasks/batch")
def show(
    request: Request,
    session: Session,
    act: Act = "complete",
    key: Annotated[list[str] | None, Query()] = None,
    back: str = "",
) -> Response:
    """What the ticked ones can be used for; with nothing ticked, back to the list."""
    if not key:
        response = RedirectResponse(local(back, _INBOX), status_code=303)
        flash.say(response, "refused", what=_("请先勾选要办理的任务。"))
        return response
    return _plan(request, session, act, _keys(key), local(back, _INBOX))


@router.post("/tasks/batch")
def run(
    request: Request,
    session: Checked,
    *,
    act: Annotated[Act, Form()],
    key: Annotated[list[str] | None, Form()] = None,
    outcome: Annotated[str, Form()] = "",
    opinion: Annotated[str, Form()] = "",
    submission_key: Annotated[str, Form(max_length=64)] = "",
    back: Annotated[str, Form()] = "",
) -> Response:
    """Do it, and say what came of each."""
    app, actor, wanted = application(request), session.actor, _keys(key or [])
    to = local(back, _INBOX)
    try:
        if act == "claim":
            lines = batch_claim(app, actor, keys=wanted)
        else:
            lines = batch_complete(
                app,
                actor,
                keys=wanted,
                outcome=outcome,
                opinion=opinion.strip(),
                idempotency_key=submission_key or None,
            )
    except InvalidInput as refused:
        problem = refused.problems[0].message
        return _plan(
            request, session, act, wanted, to, problem=problem, outcome=outcome, opinion=opinion
        )
    page = BatchResult(
        frame=frame(request, visitor(request, session), title=_title(act), section="tasks"),
        act=act,
        done=tuple(_row(line, _outcome(line)) for line in lines if line.done),
        left=tuple(_row(line, line.reason) for line in lines if not line.done),
        back=to,
    )
    return respond(request, page)


def _plan(
    request: Request,
    session: PageSession,
    act: Act,
    wanted: tuple[Key, ...],
    back: str,
    *,
    problem: str = "",
    outcome: str = "",
    opinion: str = "",
) -> Response:
    app, actor = application(request), session.actor
    try:
        planned = plan_claim if act == "claim" else plan_completion
        plan = planned(app, actor, keys=wanted)
    except InvalidInput as refused:
        plan = BatchPlan(lines=())
        problem = refused.problems[0].message
    ready = [line for line in plan.lines if not line.reason]
    outcomes = [(o.value, o.label) for o in plan.outcomes]
    page = BatchPage(
        frame=frame(request, visitor(request, session), title=_title(act), section="tasks"),
        act=act,
        ready=tuple(_row(line, _choices(line)) for line in ready),
        left=tuple(_row(line, line.reason) for line in plan.lines if line.reason),
        outcomes=paging.choices(
            outcomes, outcome or (outcomes[0][0] if len(outcomes) == 1 else "")
        ),
        opinion=opinion,
        opinion_required=any(line.opinion_required for line in ready),
        longest=LONGEST_OPINION,
        problem=problem,
        submission_key=secrets.token_hex(16),
        back=back,
    )
    return respond(request, page, status=422 if problem else 200)


def _title(act: str) -> str:
    return _("批量签收") if act == "claim" else _("批量审批")


def _keys(texts: Sequence[str]) -> tuple[Key, ...]:
    return tuple(keys.parse(text) for text in texts)


def _choices(line: BatchLine) -> str:
    return "、".join(outcome.label for outcome in line.outcomes)


def _outcome(line: BatchLine) -> str:
    return words.task(line.task).text if line.task is not None else ""


def _row(line: BatchLine, said: str) -> BatchRow:
    task = line.task
    return BatchRow(
        key=str(line.key),
        href=f"/tasks/{line.key}" if task else "",
        title=(task.case_title or task.process_name)
        if task
        else _("任务 {key}").format(key=line.key),
        number=task.case_number if task else "",
        name=task.name if task else "",
        applicant=task.applicant_name if task else "",
        words=said,
    )
