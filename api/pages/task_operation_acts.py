"""The operations of a user task's page: each a form of its own, and what was being typed beside it
stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.auth import PageSession
from api.language import gettext as _
from api.pages import flash
from api.pages.operation_forms import Asked, address
from api.pages.refused import why
from api.pages.rendering import respond
from api.pages.task import view
from api.pages.typed import Sent, Typed, stage_files, submission
from api.pages.visit import Checked, application
from engine.model import keys
from engine.model.actor import Actor
from engine.model.errors import (
    AlreadyHandled,
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
_REFUSED = (
    AlreadyHandled,
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    TooLarge,
    UnsupportedMedia,
)


@dataclass(frozen=True, kw_only=True)
class Act:
    """An operation that can be sent. ``run`` does it; ``said``: the flash that follows; ``stay``:
    the task is still on the actor's desk, so its page is shown again."""

    name: str
    run: Callable[[App, Actor, Key, Typed], UserTask]
    said: str
    stay: bool = False


def _do(request: Request, session: PageSession, key: Key, sent: Typed, act: Act) -> Response:
    """Keep the decision form, do it, and go on; or show the form again with why it was refused."""
    app = application(request)
    found = task_page(app, session.actor, key=key)
    keep_carried(app, session, found, sent)
    try:
        done = act.run(app, session.actor, key, sent)
    except _REFUSED as refused:
        return _again(request, session, key, sent, name=act.name, error=why(refused))
    to = f"/tasks/{done.key}" if act.stay else "/tasks"
    response = RedirectResponse(to, status_code=303)
    names = {person.username: person.name for person in found.assignees}
    what = f"{done.case_number} {done.name}".strip()
    who = _person(sent)
    said = "asked" if done.pending else act.said
    flash.say(response, said, what=what, who=names.get(who, who))
    return response


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


def _release(app: App, actor: Actor, key: Key, _sent: Typed) -> UserTask:
    return release_task(app, actor, key=key)


def _assign(app: App, actor: Actor, key: Key, sent: Typed) -> UserTask:
    seat = sent.first("seat")
    return assign_task(
        app,
        actor,
        key=key,
        assignee=_chosen(_person(sent), _("请选择转办给谁。")),
        reason=sent.first("reason"),
        seat=keys.parse(seat) if seat else None,
    )


def _delegate(app: App, actor: Actor, key: Key, sent: Typed) -> UserTask:
    return delegate_task(
        app,
        actor,
        key=key,
        to=_chosen(_person(sent), _("请选择委派给谁。")),
        reason=sent.first("reason"),
        idempotency_key=_once(sent),
    )


def _resolve(app: App, actor: Actor, key: Key, sent: Typed) -> UserTask:
    return resolve_task(
        app, actor, key=key, opinion=sent.first("opinion"), idempotency_key=_once(sent)
    )


def _call_back(app: App, actor: Actor, key: Key, sent: Typed) -> UserTask:
    return call_back_task(
        app, actor, key=key, reason=sent.first("reason"), idempotency_key=_once(sent)
    )


def _add_sign(app: App, actor: Actor, key: Key, sent: Typed) -> UserTask:
    named = sent.first("named").strip()
    return add_sign(
        app,
        actor,
        key=key,
        mode=_chosen(sent.first("mode"), _("请选择加签方式。")),
        people=[*sent.all("people"), *([named] if named else [])],
        reason=sent.first("reason"),
        idempotency_key=_once(sent),
    )


def _remove_sign(app: App, actor: Actor, key: Key, sent: Typed) -> UserTask:
    return remove_sign(
        app,
        actor,
        key=key,
        seat=keys.parse(_chosen(sent.first("seat"), _("请选择减去谁的席位。"))),
        reason=sent.first("reason"),
        idempotency_key=_once(sent),
    )


def _return(app: App, actor: Actor, key: Key, sent: Typed) -> UserTask:
    return return_to_node(
        app,
        actor,
        key=key,
        target=_chosen(sent.first("target"), _("请选择退回到哪个环节。")),
        reason=sent.first("reason"),
        idempotency_key=_once(sent),
    )


def _withdraw(app: App, actor: Actor, key: Key, sent: Typed) -> UserTask:
    """On to the task that opens again."""
    old = withdraw_step(
        app, actor, key=key, reason=sent.first("reason"), idempotency_key=_once(sent)
    )
    tasks = task_page(app, actor, key=key).case.tasks
    return next((t for t in tasks if t.element_id == old.element_id), old)


def _comment(app: App, actor: Actor, key: Key, sent: Typed) -> UserTask:
    staged = stage_files(app, actor, sent)
    return comment_task(
        app,
        actor,
        key=key,
        text=sent.first("text"),
        files=[keys.parse(value) for _path, value in staged],
        mentions=sent.all("mentions"),
        idempotency_key=_once(sent),
    )


#: All operations: 退签、转办、委派、办理归还、收回委派、加签、减签、退回、撤回、评论.
ACTS = (
    Act(name="release", run=_release, said="released"),
    Act(name="assign", run=_assign, said="assigned"),
    Act(name="delegate", run=_delegate, said="delegated", stay=True),
    Act(name="resolve", run=_resolve, said="resolved"),
    Act(name="call-back", run=_call_back, said="called-back", stay=True),
    Act(name="add-sign", run=_add_sign, said="sign-added", stay=True),
    Act(name="remove-sign", run=_remove_sign, said="sign-removed", stay=True),
    Act(name="return", run=_return, said="returned"),
    Act(name="withdraw-step", run=_withdraw, said="step-withdrawn", stay=True),
    Act(name="comment", run=_comment, said="commented", stay=True),
)


def _route(act: Act) -> Callable[..., Response]:
    def route(request: Request, sent: Sent, session: Checked, key: str) -> Response:
        return _do(request, session, keys.parse(key), sent, act)

    return route


for each in ACTS:
    router.add_api_route(
        address("{key}", each.name), _route(each), methods=["POST"], name=each.name
    )
