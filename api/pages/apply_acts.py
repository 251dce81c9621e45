"""Filling in a start form: looked at, kept while typing, checked and sent."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from api.language import gettext as _
from api.language import said
from api.pages import flash
from api.pages.apply import view
from api.pages.kept import Kept, keep
from api.pages.rendering import respond
from api.pages.typed import (
    Sent,
    Typed,
    field_problems,
    pressed,
    revision,
    stage_files,
    submission,
)
from api.pages.visit import Checked, Session, application
from engine.forms import Problem
from engine.model.actor import Actor
from engine.model.definitions import ProcessDefinition
from engine.model.errors import (
    IdempotencyMismatch,
    InvalidInput,
    NotFound,
    TooLarge,
    UnsupportedMedia,
)
from engine.model.records import FormDraft
from engine.service.app import App
from engine.service.cases.pages import OpenForm
from engine.service.cases.start_case import start_case
from engine.service.cases.start_form import start_form
from engine.service.papers.form_drafts import delete_form_draft, load_form_draft, save_form_draft
from engine.service.publishing.read_definitions import startable

router = APIRouter()


def startable_definition(app: App, actor: Actor, *, process_id: str) -> ProcessDefinition:
    """The service, if I may start it. Raises NotFound, Forbidden."""
    found = next((d for d in startable(app, actor) if d.process_id == process_id), None)
    if found is None:
        start_form(app, actor, process_id=process_id)  # says why not
        raise NotFound(what=_("服务"), key=process_id)
    return found


async def kept_typed(request: Request, process_id: str, sent: Sent) -> Typed:
    """What was typed, remembered in case there is no session any more."""
    page = f"/services/{process_id}"
    owner = sent.first("draft_owner")
    keep(request, Kept(page=page, process_id=process_id, owner=owner, pairs=sent.pairs))
    return sent


@router.get("/services/{process_id}")
def show(
    request: Request,
    session: Session,
    process_id: str,
) -> Response:
    """The form, with my draft in it."""
    app, actor = application(request), session.actor
    service = startable_definition(app, actor, process_id=process_id)
    draft = load_form_draft(app, actor, process_id=process_id)
    page = view(
        request,
        session,
        service,
        start_form(app, actor, process_id=process_id),
        fields=draft.fields if draft else None,
        draft=draft,
    )
    return respond(request, page)


@router.post("/services/{process_id}")
def submit(
    request: Request,
    sent: Annotated[Typed, Depends(kept_typed)],
    session: Checked,
    process_id: str,
) -> Response:
    """Send the application, save it for later, or press a row button (without scripts)."""
    app, actor = application(request), session.actor
    service = startable_definition(app, actor, process_id=process_id)
    opened = start_form(app, actor, process_id=process_id)
    fields: dict[str, Any] = {}
    version, problem = 0, ""
    problems: tuple[Problem, ...] = ()
    if opened is not None:
        try:
            staged = stage_files(app, actor, sent)
        except (TooLarge, UnsupportedMedia, InvalidInput) as refused:
            staged, problem = (), refused.message
        fields = submission(opened, sent, staged)
        version = save_form_draft(app, actor, process_id=process_id, fields=fields).revision
        # The files just stored can be named only by a form opened after them.
        opened = start_form(app, actor, process_id=process_id) if staged else opened
        if sent.first("act") == "save" and not problem:
            return _saved()
        if opened is None or pressed(opened, sent):
            page = view(
                request, session, service, opened, fields=fields, draft_version=version, sent=sent
            )
            return respond(request, page)
    if not problem:
        try:
            case = start_case(
                app,
                actor,
                process_id=process_id,
                submission=fields,
                unit=sent.first("unit") or None,
                idempotency_key=sent.first("submission_key") or None,
            )
        except InvalidInput as refused:
            problems = field_problems(refused.problems)
        except IdempotencyMismatch:
            return _sent_before()
        else:
            delete_form_draft(app, actor, process_id=process_id)
            return RedirectResponse(f"/cases/{case.key}/receipt", status_code=303)
    page = view(
        request,
        session,
        service,
        opened,
        fields=fields,
        problems=problems,
        draft_version=version,
        sent=sent,
        problem=problem,
    )
    return respond(request, page, status=422)


def _sent_before() -> Response:
    """The page was sent before, with other files: the first time counts."""
    response = RedirectResponse("/cases", status_code=303)
    flash.say(response, "sent-before")
    return response


def _saved() -> Response:
    response = RedirectResponse("/", status_code=303)
    flash.say(response, "draft-saved")
    return response


@router.post("/services/{process_id}/draft")
def autosave(
    request: Request,
    sent: Sent,
    session: Checked,
    process_id: str,
) -> Response:
    """Keep what is typed so far; the page's script asks a moment after each change."""
    app, actor = application(request), session.actor
    opened = start_form(app, actor, process_id=process_id)
    if opened is None:
        return JSONResponse({"saved_at": app.now().isoformat()})
    fields = submission(opened, sent)
    draft = save_form_draft(
        app, actor, process_id=process_id, fields=fields, revision=typed_over(request)
    )
    return saved(draft)


@router.post("/services/{process_id}/evaluate")
def evaluate(
    request: Request,
    sent: Sent,
    session: Checked,
    process_id: str,
) -> Response:
    """What to hide, to compute and to warn of, for what is typed so far."""
    opened = start_form(application(request), session.actor, process_id=process_id)
    return evaluation(opened, sent)


def typed_over(request: Request) -> int | None:
    """The revision of the draft that a page was typing on top of, as its script says."""
    return revision(request.headers.get("if-match", ""))


def saved(draft: FormDraft) -> Response:
    """The answer to an autosave."""
    return JSONResponse({"version": draft.revision, "saved_at": draft.saved_at.isoformat()})


def evaluation(opened: OpenForm | None, sent: Typed) -> Response:
    """The form's answer as the page's script wants it."""
    if opened is None:
        return JSONResponse({"hidden": [], "computed": {}, "errors": {}})
    found = opened.form.evaluate(submission(opened, sent), opened.context)
    return JSONResponse(
        {
            "hidden": found.hidden,
            "computed": dict(found.computed),
            "errors": {at: said(why) for at, why in found.errors.items()},
        }
    )


@router.post("/services/{process_id}/draft/discard")
def discard(
    request: Request,
    session: Checked,
    process_id: str,
) -> Response:
    """Throw my draft away."""
    delete_form_draft(application(request), session.actor, process_id=process_id)
    response = RedirectResponse("/", status_code=303)
    flash.say(response, "draft-discarded")
    return response
