"""What one does on a user task's page: look, keep a draft, sign, complete."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from api.auth import PageSession
from api.language import gettext as _
from api.pages import flash
from api.pages.apply_acts import evaluation, saved, typed_over
from api.pages.kept import Kept, keep
from api.pages.refused import why
from api.pages.rendering import respond
from api.pages.task import view
from api.pages.typed import (
    SIGNATURE_NAME,
    Sent,
    Typed,
    field_problems,
    opinion_field,
    pressed,
    stage_files,
    submission,
)
from api.pages.visit import Checked, Session, application
from engine.forms import Problem
from engine.model import keys
from engine.model.errors import (
    BanshiError,
    Conflict,
    InvalidInput,
    TooLarge,
    UnsupportedMedia,
)
from engine.model.keys import Key
from engine.model.records import FormDraft, UserTask
from engine.model.signatures import Signature, SignatureRule
from engine.model.states import TaskState
from engine.service.app import App
from engine.service.cases.pages import TaskPage
from engine.service.papers.form_drafts import delete_form_draft, save_form_draft
from engine.service.papers.open_document import discard_document
from engine.service.papers.stage_document import stage_document
from engine.service.tasks.complete_task import complete_task
from engine.service.tasks.task_page import task_page
from engine.service.worklists.inbox import inbox
from engine.service.worklists.phrases import add_phrase

router = APIRouter()


async def kept_typed(request: Request, key: str, sent: Sent) -> Typed:
    """What was typed, remembered in case there is no session any more."""
    process_id, owner = sent.first("process_id"), sent.first("draft_owner")
    kept = Kept(
        page=f"/tasks/{key}", process_id=process_id, task_key=key, owner=owner, pairs=sent.pairs
    )
    keep(request, kept)
    return sent


@router.get("/tasks/{key}")
def show(request: Request, session: Session, key: str) -> Response:
    """The task with its case."""
    found = task_page(application(request), session.actor, key=keys.parse(key))
    return respond(request, view(request, session, found))


@router.post("/tasks/{key}")
def complete(
    request: Request,
    sent: Annotated[Typed, Depends(kept_typed)],
    session: Checked,
    key: str,
) -> Response:
    """Decide. Then on to the next task, or back to the inbox, as the button said."""
    app, task_key = application(request), keys.parse(key)
    entered = _entered(app, session, task_page(app, session.actor, key=task_key), sent)
    if sent.first("then") == "save" and not entered.problem:
        response = RedirectResponse(f"/tasks/{task_key}#decide", status_code=303)
        flash.say(response, "draft-saved")
        return response
    problems: tuple[Problem, ...] = ()
    signature_error = ""
    if not entered.again:
        try:
            done = _decide(app, session, task_key, entered, sent)
        except (TooLarge, UnsupportedMedia) as refused:
            signature_error = refused.message
        except InvalidInput as refused:
            signature_error = next(
                (p.message for p in refused.problems if p.element_id == "signature"), ""
            )
            problems = field_problems(
                p for p in refused.problems if not signature_error or p.element_id != "signature"
            )
        else:
            process_id = entered.found.task.process_id
            delete_form_draft(app, session.actor, process_id=process_id, task_key=task_key)
            response = RedirectResponse(_onward(app, session, sent), status_code=303)
            said = "asked" if done.state is TaskState.COMPLETING else "completed"
            flash.say(response, said, what=f"{done.case_number} {done.name}")
            return response
    page = view(
        request,
        session,
        entered.found,
        fields=entered.fields,
        problems=problems,
        problem=entered.problem or signature_error,
        submission_key=sent.first("submission_key"),
        draft_version=entered.version,
        signature_error=signature_error,
    )
    wrong = problems or entered.problem or signature_error
    return respond(request, page, status=422 if wrong else 200)


def _decide(app: App, session: PageSession, key: Key, entered: _Entered, sent: Typed) -> UserTask:
    """Complete it, signed where the diagram asks for that. A picture that signed nothing goes."""
    signature = _signature(app, session, entered.found, sent)
    try:
        return complete_task(
            app,
            session.actor,
            key=key,
            submission=entered.fields,
            idempotency_key=sent.first("submission_key") or None,
            signature=signature,
        )
    except BanshiError:
        if signature is not None and signature.document is not None:
            discard_document(app, session.actor, key=signature.document)
        raise


def _signature(app: App, session: PageSession, found: TaskPage, sent: Typed) -> Signature | None:
    """What was drawn, else the name that was typed."""
    if found.signature is SignatureRule.NONE:
        return None
    if sent.signature is not None:
        picture = stage_document(
            app,
            session.actor,
            name="签名.png",
            stream=sent.signature.file,
            size_hint=sent.signature.size,
        )
        return Signature(document=picture.key)
    name = sent.first(SIGNATURE_NAME).strip()
    return Signature(name=name) if name else None


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
    sent: Sent,
    session: Checked,
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
    sent: Sent,
    session: Checked,
    key: str,
) -> Response:
    """What to hide, to compute and to warn of, for what is typed so far."""
    found = task_page(application(request), session.actor, key=keys.parse(key))
    return evaluation(found.form, sent)


@router.post("/tasks/{key}/draft/discard")
def discard(request: Request, session: Checked, key: str) -> Response:
    """Throw my draft away."""
    app, task_key = application(request), keys.parse(key)
    found = task_page(app, session.actor, key=task_key)
    delete_form_draft(app, session.actor, process_id=found.task.process_id, task_key=task_key)
    response = RedirectResponse("/", status_code=303)
    flash.say(response, "draft-discarded")
    return response


@router.post("/tasks/{key}/phrases")
def keep_phrase(
    request: Request,
    sent: Annotated[Typed, Depends(kept_typed)],
    session: Checked,
    key: str,
) -> Response:
    """Keep the opinion as it stands as a usual phrase (存为常用语); the form stays as it was."""
    app, task_key = application(request), keys.parse(key)
    entered = _entered(app, session, task_page(app, session.actor, key=task_key), sent)
    response = RedirectResponse(f"/tasks/{task_key}#decide", status_code=303)
    try:
        text = _opinion(entered)
        add_phrase(app, session.actor, text=text)
    except InvalidInput as refused:
        flash.say(response, "refused", what=why(refused))
    else:
        flash.say(response, "phrase-kept", what=text)
    return response


def _opinion(entered: _Entered) -> str:
    """What stands in the opinion field."""
    opened = entered.found.form
    if opened is None:
        return ""
    field = opinion_field(opened.form.view(entered.fields, (), context=opened.context))
    return field.value if field else ""
