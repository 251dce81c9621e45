"""The operations of a user task's page: each a form of its own, and what was being typed beside it
stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.auth import PageSession
from api.pages import flash
from api.pages.language import gettext as _
from api.pages.operation_forms import Asked
from api.pages.rendering import respond
from api.pages.task import view
from api.pages.typed import Sent, Typed, stage_files, submission
from api.pages.visit import Checked, application
from engine.model import keys
from engine.model.errors import (
    AlreadyHandled,
    BanshiError,
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    TooLarge,
    UnsupportedMedia,
)
from engine.model.keys import Key
from engine.model.problems import Problem
from engine.model.records import UserTask
from engine.service.app import App
from engine.service.cases.pages import TaskPage
from engine.service.papers.form_drafts import save_form_draft
from engine.service.seats.add_sign import add_sign
from engine.service.seats.remove_sign import remove_sign
from engine.service.tasks.assign_task import assign_task
from engine.service.tasks.call_back_task import call_back_task
from engine.service.tasks.comment_task import comment_task
from engine.service.tasks.delegate_task import delegate_task
from engine.service.tasks.release_task import release_task
from engine.service.tasks.resolve_task import resolve_task
from engine.service.tasks.return_to_node import return_to_node
from engine.service.tasks.task_page import task_page
from engine.service.tasks.withdraw_step import withdraw_step

router = APIRouter()


#: What was typed into the decision form meanwhile, as one text.
CARRIED = "__carried"
_MOST_CARRIED = 20_000
#: What a decision form carries beside what was typed.
_PROTOCOL = frozenset({"csrf_token", "draft_owner", "process_id", "submission_key"})
_LATE = (AlreadyHandled, Conflict, Forbidden, NotFound)
_WRONG = (InvalidInput, TooLarge, UnsupportedMedia)


@dataclass(frozen=True, kw_only=True)
class Act:
    """An operation that was sent. ``run`` does it; ``said``: the flash that follows; ``stay``: the
    task is still on the actor's desk, so its page is shown again."""

    name: str
    run: Callable[[App], UserTask]
    said: str
    who: str = ""
    stay: bool = False


def _do(request: Request, session: PageSession, key: Key, sent: Typed, act: Act) -> Response:
    """Keep the decision form, do it, and go on; or show the form again with why it was refused."""
    app = application(request)
    found = task_page(app, session.actor, key=key)
    keep_carried(app, session, found, sent)
    try:
        done = act.run(app)
    except _WRONG as refused:
        return _again(request, session, key, sent, name=act.name, error=_why(refused))
    except _LATE as refused:
        return _again(request, session, key, sent, name=act.name, error=refused.message)
    response = RedirectResponse(
        f"/tasks/{done.key}" if act.stay else "/tasks",
        status_code=303,
    )
    names = {person.username: person.name for person in found.assignees}
    what = f"{done.case_number} {done.name}".strip()
    flash.say(response, act.said, what=what, who=names.get(act.who, act.who))
    return response


def _why(refused: BanshiError) -> str:
    if isinstance(refused, InvalidInput) and refused.problems:
        return " ".join(problem.message for problem in refused.problems)
    return refused.message


def _again(
    request: Request, session: PageSession, key: Key, sent: Typed, *, name: str, error: str
) -> Response:
    """The page with the operation's form open and as it was typed; where it is not offered any
    more, the page as it is now says why."""
    app = application(request)
    try:
        found = task_page(app, session.actor, key=key)
    except NotFound:
        response = RedirectResponse("/tasks", status_code=303)
        flash.say(response, "refused", what=error)
        return response
    if name not in found.allowed_actions:
        response = RedirectResponse(f"/tasks/{key}", status_code=303)
        flash.say(response, "refused", what=error)
        return response
    typed_now: dict[str, list[str]] = {}
    for field, value in sent.pairs:
        typed_now.setdefault(field, []).append(value)
    asked = Asked(name=name, error=error, typed=typed_now)
    return respond(request, view(request, session, found, asked=asked), status=422)


def keep_carried(app: App, session: PageSession, found: TaskPage, sent: Typed) -> None:
    """Keep as a draft what stood in the decision form when an operation was sent."""
    text = sent.first(CARRIED)
    if not text or found.form is None or "complete" not in found.allowed_actions:
        return
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_CARRIED)
    except ValueError:
        return
    sent_beside = Typed(pairs=tuple(pairs))
    if found.draft is None and not any(value for name, value in pairs if name not in _PROTOCOL):
        return
    save_form_draft(
        app,
        session.actor,
        process_id=found.task.process_id,
        task_key=found.task.key,
        fields=submission(found.form, sent_beside),
    )


def _once(sent: Typed) -> str | None:
    return sent.first("once") or None


def _person(sent: Typed) -> str:
    """Who was picked, or (administrators) named by username."""
    return sent.first("named").strip() or sent.first("assignee")


def _chosen(value: str, what: str) -> str:
    if value:
        return value
    raise InvalidInput(problems=(Problem(element_id="choice", rule="required", message=what),))


def _seat(sent: Typed) -> Key | None:
    given = sent.first("seat")
    return keys.parse(given) if given else None


@router.post("/tasks/{key}/release")
def release(request: Request, sent: Sent, session: Checked, key: str) -> Response:
    """Give it back to the colleagues (退签)."""
    task_key = keys.parse(key)
    act = Act(
        name="release",
        run=lambda app: release_task(app, session.actor, key=task_key),
        said="released",
    )
    return _do(request, session, task_key, sent, act)


@router.post("/tasks/{key}/assign")
def assign(request: Request, sent: Sent, session: Checked, key: str) -> Response:
    """Hand it on to somebody for good (转办)."""
    task_key = keys.parse(key)
    act = Act(
        name="assign",
        run=lambda app: assign_task(
            app,
            session.actor,
            key=task_key,
            assignee=_chosen(_person(sent), _("请选择转办给谁。")),
            reason=sent.first("reason"),
            seat=_seat(sent),
        ),
        said="assigned",
        who=_person(sent),
    )
    return _do(request, session, task_key, sent, act)


@router.post("/tasks/{key}/delegate")
def delegate(request: Request, sent: Sent, session: Checked, key: str) -> Response:
    """Let a colleague handle it and give it back (委派)."""
    task_key = keys.parse(key)
    act = Act(
        name="delegate",
        run=lambda app: delegate_task(
            app,
            session.actor,
            key=task_key,
            to=_chosen(_person(sent), _("请选择委派给谁。")),
            reason=sent.first("reason"),
            idempotency_key=_once(sent),
        ),
        said="delegated",
        who=_person(sent),
        stay=True,
    )
    return _do(request, session, task_key, sent, act)


@router.post("/tasks/{key}/resolve")
def resolve(request: Request, sent: Sent, session: Checked, key: str) -> Response:
    """Give it back to whoever delegated it (办理归还)."""
    task_key = keys.parse(key)
    act = Act(
        name="resolve",
        run=lambda app: resolve_task(
            app,
            session.actor,
            key=task_key,
            opinion=sent.first("opinion"),
            idempotency_key=_once(sent),
        ),
        said="resolved",
    )
    return _do(request, session, task_key, sent, act)


@router.post("/tasks/{key}/call-back")
def call_back(request: Request, sent: Sent, session: Checked, key: str) -> Response:
    """Take back what one delegated (收回委派)."""
    task_key = keys.parse(key)
    act = Act(
        name="call-back",
        run=lambda app: call_back_task(
            app,
            session.actor,
            key=task_key,
            reason=sent.first("reason"),
            idempotency_key=_once(sent),
        ),
        said="called-back",
        stay=True,
    )
    return _do(request, session, task_key, sent, act)


@router.post("/tasks/{key}/add-sign")
def add(request: Request, sent: Sent, session: Checked, key: str) -> Response:
    """More people before, after or beside oneself (加签)."""
    task_key = keys.parse(key)
    named = sent.first("named").strip()
    people = [*sent.all("people"), *([named] if named else [])]
    act = Act(
        name="add-sign",
        run=lambda app: add_sign(
            app,
            session.actor,
            key=task_key,
            mode=_chosen(sent.first("mode"), _("请选择加签方式。")),
            people=people,
            reason=sent.first("reason"),
            idempotency_key=_once(sent),
        ),
        said="sign-added",
        stay=True,
    )
    return _do(request, session, task_key, sent, act)


@router.post("/tasks/{key}/remove-sign")
def remove(request: Request, sent: Sent, session: Checked, key: str) -> Response:
    """Take an added seat away (减签)."""
    task_key = keys.parse(key)
    act = Act(
        name="remove-sign",
        run=lambda app: remove_sign(
            app,
            session.actor,
            key=task_key,
            seat=keys.parse(_chosen(sent.first("seat"), _("请选择减去谁的席位。"))),
            reason=sent.first("reason"),
            idempotency_key=_once(sent),
        ),
        said="sign-removed",
        stay=True,
    )
    return _do(request, session, task_key, sent, act)


@router.post("/tasks/{key}/return")
def send_back(request: Request, sent: Sent, session: Checked, key: str) -> Response:
    """Back to a step already passed (退回到先前环节)."""
    task_key = keys.parse(key)
    act = Act(
        name="return",
        run=lambda app: return_to_node(
            app,
            session.actor,
            key=task_key,
            target=_chosen(sent.first("target"), _("请选择退回到哪个环节。")),
            reason=sent.first("reason"),
            idempotency_key=_once(sent),
        ),
        said="returned",
    )
    return _do(request, session, task_key, sent, act)


@router.post("/tasks/{key}/withdraw")
def withdraw(request: Request, sent: Sent, session: Checked, key: str) -> Response:
    """Take one's own step back (撤回), and on to the task that opens again."""
    task_key = keys.parse(key)

    def run(app: App) -> UserTask:
        old = withdraw_step(
            app,
            session.actor,
            key=task_key,
            reason=sent.first("reason"),
            idempotency_key=_once(sent),
        )
        tasks = task_page(app, session.actor, key=task_key).case.tasks
        return next((t for t in tasks if t.element_id == old.element_id), old)

    act = Act(name="withdraw-step", run=run, said="step-withdrawn", stay=True)
    return _do(request, session, task_key, sent, act)


@router.post("/tasks/{key}/comments")
def comment(request: Request, sent: Sent, session: Checked, key: str) -> Response:
    """Say something on the task (评论)."""
    task_key = keys.parse(key)

    def run(app: App) -> UserTask:
        staged = stage_files(app, session.actor, sent)
        return comment_task(
            app,
            session.actor,
            key=task_key,
            text=sent.first("text"),
            files=[keys.parse(value) for _path, value in staged],
            idempotency_key=_once(sent),
        )

    act = Act(name="comment", run=run, said="commented", stay=True)
    return _do(request, session, task_key, sent, act)
