"""What one does on a user task's page: look, keep a draft, complete, release, transfer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from api import auth
from api.auth import PageSession
from api.pages import flash
from api.pages.apply_acts import evaluation, saved, typed_over
from api.pages.kept import Kept, keep
from api.pages.language import gettext as _
from api.pages.rendering import respond
from api.pages.task import view
from api.pages.typed import Typed, field_problems, pressed, stage_files, submission, typed
from api.pages.visit import application
from engine.forms import Problem
from engine.model import keys
from engine.model.errors import (
    AlreadyHandled,
    BanshiError,
    Conflict,
    Forbidden,
    InvalidInput,
    TooLarge,
    UnsupportedMedia,
)
from engine.model.records import FormDraft
from engine.service.app import App
from engine.service.assign_task import assign_task
from engine.service.complete_task import complete_task
from engine.service.form_drafts import delete_form_draft, save_form_draft
from engine.service.inbox import inbox
from engine.service.pages import TaskPage
from engine.service.release_task import release_task
from engine.service.task_page import task_page

router = APIRouter()


async def kept_typed(request: Request, key: str, sent: Annotated[Typed, Depends(typed)]) -> Typed:
    """What was typed, remembered in case there is no session any more."""
    process_id, owner = sent.first("process_id"), sent.first("draft_owner")
    kept = Kept(
        page=f"/tasks/{key}", process_id=process_id, task_key=key, owner=owner, pairs=sent.pairs
    )
    keep(request, kept)
    return sent


@router.get("/tasks/{key}")
def show(
    request: Request, session: Annotated[PageSession, Depends(auth.page_session)], key: str
) -> Response:
    """The task with its case."""
    found = task_page(application(request), session.actor, key=keys.parse(key))
    return respond(request, view(request, session, found))


@router.post("/tasks/{key}")
def complete(
    request: Request,
    sent: Annotated[Typed, Depends(kept_typed)],
    session: Annotated[PageSession, Depends(auth.checked_session)],
    key: str,
) -> Response:
    """Decide. Then on to the next task, or back to the inbox, as the button said."""
    app, task_key = application(request), keys.parse(key)
    entered = _entered(app, session, task_page(app, session.actor, key=task_key), sent)
    problems: tuple[Problem, ...] = ()
    if not entered.again:
        try:
            done = complete_task(
                app,
                session.actor,
                key=task_key,
                submission=entered.fields,
                idempotency_key=sent.first("submission_key") or None,
            )
        except InvalidInput as refused:
            problems = field_problems(refused.problems)
        else:
            process_id = entered.found.task.process_id
            delete_form_draft(app, session.actor, process_id=process_id, task_key=task_key)
            response = RedirectResponse(_onward(app, session, sent), status_code=303)
            flash.say(response, "completed", what=f"{done.case_number} {done.name}")
            return response
    page = view(
        request,
        session,
        entered.found,
        fields=entered.fields,
        problems=problems,
        problem=entered.problem,
        submission_key=sent.first("submission_key"),
        draft_version=entered.version,
    )
    return respond(request, page, status=422 if problems or entered.problem else 200)


@dataclass(frozen=True, kw_only=True)
class _Entered:
    """What was typed, kept as draft ``version``. ``again``: show the form, complete nothing."""

    fields: dict[str, Any]
    found: TaskPage
    version: int = 0
    problem: str = ""
    again: bool = False


def _entered(app: App, session: PageSession, found: TaskPage, sent: Typed) -> _Entered:
    """Store the files, keep the draft, see which button was pressed."""
    if found.form is None:
        return _Entered(fields={}, found=found)
    problem = ""
    staged: tuple[tuple[str, str], ...] = ()
    try:
        staged = stage_files(app, session.actor, sent)
    except (TooLarge, UnsupportedMedia, InvalidInput) as refused:
        problem = refused.message
    fields = submission(found.form, sent, staged)
    version = 0
    if "complete" in found.allowed_actions:
        version = _keep_draft(app, session, found, fields).revision
    again = bool(problem) or pressed(found.form, sent) is not None
    if staged:
        # The files just stored can be named only by a form opened after them.
        found = task_page(app, session.actor, key=found.task.key)
    return _Entered(fields=fields, found=found, version=version, problem=problem, again=again)


def _keep_draft(
    app: App,
    session: PageSession,
    found: TaskPage,
    fields: dict[str, Any],
    revision: int | None = None,
) -> FormDraft:
    return save_form_draft(
        app,
        session.actor,
        process_id=found.task.process_id,
        task_key=found.task.key,
        fields=fields,
        revision=revision,
    )


def _onward(app: App, session: PageSession, sent: Typed) -> str:
    """The next task of my inbox, or the inbox itself."""
    if sent.first("then") != "next":
        return "/tasks"
    waiting = inbox(app, session.actor, view="todo", limit=1).items
    return f"/tasks/{waiting[0].key}" if waiting else "/tasks"


@router.post("/tasks/{key}/draft")
def autosave(
    request: Request,
    sent: Annotated[Typed, Depends(typed)],
    session: Annotated[PageSession, Depends(auth.checked_session)],
    key: str,
) -> Response:
    """Keep what is typed so far."""
    app = application(request)
    found = task_page(app, session.actor, key=keys.parse(key))
    if found.form is None or "complete" not in found.allowed_actions:
        reason = found.refusals.get("complete", _("此步骤已经不能办理。"))
        raise Conflict(what=_("待办"), reason=reason)
    fields = submission(found.form, sent)
    return saved(_keep_draft(app, session, found, fields, revision=typed_over(request)))


@router.post("/tasks/{key}/evaluate")
def evaluate(
    request: Request,
    sent: Annotated[Typed, Depends(typed)],
    session: Annotated[PageSession, Depends(auth.checked_session)],
    key: str,
) -> Response:
    """What to hide, to compute and to warn of, for what is typed so far."""
    found = task_page(application(request), session.actor, key=keys.parse(key))
    return evaluation(found.form, sent)


@router.post("/tasks/{key}/draft/discard")
def discard(
    request: Request, session: Annotated[PageSession, Depends(auth.checked_session)], key: str
) -> Response:
    """Throw my draft away."""
    app, task_key = application(request), keys.parse(key)
    found = task_page(app, session.actor, key=task_key)
    delete_form_draft(app, session.actor, process_id=found.task.process_id, task_key=task_key)
    response = RedirectResponse("/", status_code=303)
    flash.say(response, "draft-discarded")
    return response


@router.post("/tasks/{key}/release")
def release(
    request: Request, session: Annotated[PageSession, Depends(auth.checked_session)], key: str
) -> Response:
    """Give it back to the colleagues (退签)."""
    response = RedirectResponse("/tasks", status_code=303)
    try:
        task = release_task(application(request), session.actor, key=keys.parse(key))
    except (AlreadyHandled, Conflict, Forbidden) as refused:
        return _refused(key, refused)
    flash.say(response, "released", what=f"{task.case_number} {task.name}")
    return response


@router.post("/tasks/{key}/assign")
def assign(
    request: Request,
    session: Annotated[PageSession, Depends(auth.checked_session)],
    key: str,
    assignee: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Hand it on to somebody (转办)."""
    app, task_key = application(request), keys.parse(key)
    if not assignee:
        found = task_page(app, session.actor, key=task_key)
        page = view(request, session, found, problem=_("请选择转办给谁。"))
        return respond(request, page, status=422)
    try:
        task = assign_task(app, session.actor, key=task_key, assignee=assignee)
    except (AlreadyHandled, Conflict, Forbidden) as refused:
        return _refused(key, refused)
    response = RedirectResponse("/tasks", status_code=303)
    who = task.assignee_name or assignee
    flash.say(response, "assigned", what=f"{task.case_number} {task.name}", who=who)
    return response


def _refused(key: str, refused: BanshiError) -> Response:
    response = RedirectResponse(f"/tasks/{keys.parse(key)}", status_code=303)
    flash.say(response, "refused", what=refused.message)
    return response
