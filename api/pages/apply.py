"""Filling in a service's start form: kept while typing, checked when sent, then a receipt."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from api import auth
from api.auth import PageSession
from api.pages import flash, paging, when
from api.pages.frame import Frame, frame
from api.pages.hall import materials
from api.pages.kept import Kept, keep
from api.pages.language import gettext as _
from api.pages.rendering import respond
from api.pages.typed import (
    UPLOAD_URL,
    Typed,
    draft_local,
    field_problems,
    pressed,
    stage_files,
    submission,
    typed,
)
from api.pages.uploads import upload_rule
from api.pages.visit import application, visitor
from engine.forms import FormView, Problem
from engine.model.actor import Actor
from engine.model.errors import InvalidInput, NotFound, TooLarge, UnsupportedMedia
from engine.model.records import FormDraft, ProcessDefinition
from engine.service.app import App
from engine.service.form_drafts import delete_form_draft, load_form_draft, save_form_draft
from engine.service.pages import OpenForm
from engine.service.read_definitions import startable
from engine.service.start_case import start_case
from engine.service.start_form import start_form
from engine.service.units import list_units

router = APIRouter()


@dataclass(frozen=True, kw_only=True)
class ApplyPage:
    """``units``: in whose name I may apply, where I have a choice; ``form`` None: nothing to fill.

    ``submission_key`` makes a form that is sent twice one application.
    """

    template: ClassVar[str] = "apply.html"

    frame: Frame
    name: str
    summary: str
    duration: str
    materials: tuple[str, ...]
    upload_rule: str
    action: str
    draft_key: str
    draft_local: str
    draft_version: int
    draft_owner: str
    draft_saved: str
    submission_key: str
    units: tuple[paging.Choice, ...]
    form: FormView | None
    problem: str


def view(
    request: Request,
    session: PageSession,
    service: ProcessDefinition,
    opened: OpenForm | None,
    *,
    fields: Mapping[str, Any] | None,
    problems: Sequence[Problem] = (),
    draft: FormDraft | None = None,
    draft_version: int = 0,
    sent: Typed | None = None,
    problem: str = "",
) -> ApplyPage:
    """The page with what was typed before, and what is wrong with it."""
    app, actor = application(request), session.actor
    shown = None
    if opened is not None:
        shown = opened.form.view(fields, problems, context=opened.context, upload_url=UPLOAD_URL)
    return ApplyPage(
        frame=frame(request, visitor(request, session), title=service.name, section="hall"),
        name=service.name,
        summary=service.properties.get("banshi:summary", service.description),
        duration=service.properties.get("banshi:duration", ""),
        materials=materials(service.properties),
        upload_rule=upload_rule(app),
        action=f"/services/{service.process_id}",
        draft_key=f"{actor.key}:{service.process_id}",
        draft_local=draft_local(opened),
        draft_version=draft_version if draft is None else draft.revision,
        draft_owner=str(actor.key),
        draft_saved=when.ago(draft.saved_at, app.now()) if draft else "",
        submission_key=(sent.first("submission_key") if sent else "") or secrets.token_hex(16),
        units=unit_choices(app, session, service, sent.first("unit") if sent else ""),
        form=shown,
        problem=problem,
    )


def unit_choices(
    app: App, session: PageSession, service: ProcessDefinition, chosen: str
) -> tuple[paging.Choice, ...]:
    """The units I hold a starter's role at, where there are several and the diagram leaves it open."""
    if "banshi:unit" in service.properties:
        return ()
    held = {
        post.unit
        for post in session.actor.memberships
        if "*" in service.starters or post.role in service.starters
    }
    if len(held) < 2:
        return ()
    return tuple(
        paging.Choice(value=unit.key, label=unit.name, chosen=unit.key == chosen)
        for unit in list_units(app, session.actor)
        if unit.key in held
    )


def startable_definition(app: App, actor: Actor, *, process_id: str) -> ProcessDefinition:
    """The service, if I may start it. Raises NotFound, Forbidden."""
    found = next((d for d in startable(app, actor) if d.process_id == process_id), None)
    if found is None:
        start_form(app, actor, process_id=process_id)  # says why not
        raise NotFound(what=_("服务"), key=process_id)
    return found


async def kept_typed(
    request: Request, process_id: str, sent: Annotated[Typed, Depends(typed)]
) -> Typed:
    """What was typed, remembered in case there is no session any more."""
    page = f"/services/{process_id}"
    owner = sent.first("draft_owner")
    keep(request, Kept(page=page, process_id=process_id, owner=owner, pairs=sent.pairs))
    return sent


@router.get("/services/{process_id}")
def show(
    request: Request,
    session: Annotated[PageSession, Depends(auth.page_session)],
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
    session: Annotated[PageSession, Depends(auth.checked_session)],
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


def _saved() -> Response:
    response = RedirectResponse("/", status_code=303)
    flash.say(response, "draft-saved")
    return response


@router.post("/services/{process_id}/draft")
def autosave(
    request: Request,
    sent: Annotated[Typed, Depends(typed)],
    session: Annotated[PageSession, Depends(auth.checked_session)],
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
    sent: Annotated[Typed, Depends(typed)],
    session: Annotated[PageSession, Depends(auth.checked_session)],
    process_id: str,
) -> Response:
    """What to hide, to compute and to warn of, for what is typed so far."""
    opened = start_form(application(request), session.actor, process_id=process_id)
    return evaluation(opened, sent)


def typed_over(request: Request) -> int | None:
    """The revision of the draft that a page was typing on top of, as its script says."""
    text = request.headers.get("if-match", "").strip().strip('"')
    return int(text) if text.isdigit() and len(text) < 10 else None


def saved(draft: FormDraft) -> Response:
    """The answer to an autosave."""
    return JSONResponse({"version": draft.revision, "saved_at": draft.saved_at.isoformat()})


def evaluation(opened: OpenForm | None, sent: Typed) -> Response:
    """The form's answer as the page's script wants it."""
    if opened is None:
        return JSONResponse({"hidden": [], "computed": {}, "errors": {}})
    found = opened.form.evaluate(submission(opened, sent), opened.context)
    return JSONResponse(
        {"hidden": found.hidden, "computed": dict(found.computed), "errors": dict(found.errors)}
    )


@router.post("/services/{process_id}/draft/discard")
def discard(
    request: Request,
    session: Annotated[PageSession, Depends(auth.checked_session)],
    process_id: str,
) -> Response:
    """Throw my draft away."""
    delete_form_draft(application(request), session.actor, process_id=process_id)
    response = RedirectResponse("/", status_code=303)
    flash.say(response, "draft-discarded")
    return response
