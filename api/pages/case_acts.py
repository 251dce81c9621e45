"""What is done to a case from its page: urged, copied to colleagues, applied for once more."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.auth import PageSession
from api.language import gettext as _
from api.language import ngettext
from api.pages import flash, when
from api.pages.frame import Frame, frame
from api.pages.refused import why
from api.pages.rendering import respond
from api.pages.visit import Checked, Session, application, visitor
from engine.model import keys
from engine.model.copies import CarbonCopy, Reader
from engine.model.errors import Conflict, Forbidden, InvalidInput, TooSoon
from engine.model.records import UserTask
from engine.service.cases.apply_again import apply_again
from engine.service.cases.copies import case_copies, readers_to_choose
from engine.service.cases.copy_case import copy_case
from engine.service.cases.urge_case import urge_case
from engine.service.tasks.get_task import get_task

router = APIRouter()


@dataclass(frozen=True, kw_only=True)
class CopyLine:
    """To whom the case was copied. ``by`` "" = the diagram asks for it; ``read`` in words."""

    name: str
    by: str
    note: str
    when: str
    read: str
    unread: bool


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Somebody to whom it could be copied. ``note``: his posts, and whether he has a copy."""

    value: str
    label: str
    note: str
    chosen: bool


@dataclass(frozen=True, kw_only=True)
class CopyPage:
    """Whom to send the case to (抄送). ``copies``: who has it already."""

    template: ClassVar[str] = "copy.html"

    frame: Frame
    title: str
    number: str
    step: str
    back: str
    action: str
    query: str
    people: tuple[Choice, ...]
    note: str
    error: str
    copies: tuple[CopyLine, ...]


def copy_lines(copies: Sequence[CarbonCopy], now: datetime) -> tuple[CopyLine, ...]:
    """Who was sent the case, and who has read it when."""
    return tuple(
        CopyLine(
            name=copy.name,
            by=copy.by_name,
            note=copy.note,
            when=when.ago(copy.created_at, now),
            read=_("已阅 {time}").format(time=when.ago(copy.read_at, now))
            if copy.read_at
            else _("未阅"),
            unread=copy.read_at is None,
        )
        for copy in copies
    )


def urged_words(task: UserTask, now: datetime) -> str:
    """已被催办 2 次，最近 今天 10:20; "" for a task that nobody pressed for."""
    if not task.urged or task.urged_at is None:
        return ""
    return ngettext(
        "已被催办 {n} 次，最近 {time}", "已被催办 {n} 次，最近 {time}", task.urged
    ).format(n=task.urged, time=when.ago(task.urged_at, now))


@router.get("/tasks/{key}/copy")
def choose(
    request: Request,
    session: Session,
    key: str,
    q: str = "",
) -> Response:
    """Whom to copy the case to, out of all staff."""
    return respond(request, _copy_page(request, session, keys.parse(key), query=q))


@router.post("/tasks/{key}/copies")
def copy(
    request: Request,
    session: Checked,
    key: str,
    people: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
    note: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Send the case to those chosen, to read."""
    app, task = application(request), keys.parse(key)
    try:
        made = copy_case(app, session.actor, task_key=task, people=people, note=note)
    except InvalidInput as refused:
        page = _copy_page(request, session, task, chosen=people, note=note, error=why(refused))
        return respond(request, page, status=422)
    response = RedirectResponse(f"/tasks/{task}", status_code=303)
    flash.say(response, "copied", who="、".join(copy.name for copy in made))
    return response


def _copy_page(
    request: Request,
    session: PageSession,
    key: keys.Key,
    *,
    query: str = "",
    chosen: Collection[str] = (),
    note: str = "",
    error: str = "",
) -> CopyPage:
    app, actor = application(request), session.actor
    task = get_task(app, actor, key=key)
    copied = case_copies(app, actor, key=task.instance_key)
    return CopyPage(
        frame=frame(request, visitor(request, session), title=_("抄送"), section="inbox"),
        title=task.case_title or task.process_name,
        number=task.case_number,
        step=task.name,
        back=f"/tasks/{key}",
        action=f"/tasks/{key}/copies",
        query=query.strip(),
        people=_choices(
            readers_to_choose(app, actor, search=query), {c.username for c in copied}, chosen
        ),
        note=note,
        error=error,
        copies=copy_lines(copied, app.now()),
    )


def _choices(
    people: Sequence[Reader], copied: Collection[str], chosen: Collection[str]
) -> tuple[Choice, ...]:
    return tuple(
        Choice(
            value=reader.username,
            label=reader.name,
            note=_("{posts}（已抄送过）").format(posts=reader.posts)
            if reader.username in copied
            else reader.posts,
            chosen=reader.username in chosen,
        )
        for reader in people
    )


@router.post("/cases/{key}/urge")
def urge(
    request: Request,
    session: Checked,
    key: str,
    note: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Press those for whom the case waits (催办)."""
    case = keys.parse(key)
    response = RedirectResponse(f"/cases/{case}", status_code=303)
    try:
        urge_case(application(request), session.actor, key=case, note=note)
    except (TooSoon, InvalidInput, Forbidden) as refused:
        flash.say(response, "refused", what=why(refused))
    else:
        flash.say(response, "urged")
    return response


@router.post("/cases/{key}/again")
def again(
    request: Request,
    session: Checked,
    key: str,
) -> Response:
    """Apply for the same service once more, with what was filed filled in (重新申请)."""
    try:
        draft = apply_again(application(request), session.actor, key=keys.parse(key))
    except Conflict as refused:
        response = RedirectResponse(f"/cases/{key}", status_code=303)
        flash.say(response, "refused", what=refused.message)
        return response
    response = RedirectResponse(f"/services/{draft.process_id}", status_code=303)
    flash.say(response, "filled-in")
    return response
