"""修改位置: choose what to move, see what would happen, then do it with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.auth import PageSession
from api.language import gettext as _
from api.pages import casefile, flash, paging, words
from api.pages.admin import element_words
from api.pages.case import lit
from api.pages.frame import Frame
from api.pages.rendering import respond
from api.pages.visit import Administrator, administration, application
from engine.model import keys
from engine.model.errors import BanshiError
from engine.model.keys import Key
from engine.service.administration.managed_case import managed_case
from engine.service.administration.modify_case import (
    Activate,
    Modification,
    Preview,
    Shift,
    modify_case,
    preview_modification,
)

router = APIRouter()


@dataclass(frozen=True, kw_only=True)
class PreviewView:
    """What would happen, line by line."""

    canceled: tuple[str, ...]
    opened: tuple[str, ...]
    entered: tuple[str, ...]
    incidents: tuple[str, ...]
    ended: bool


@dataclass(frozen=True, kw_only=True)
class Token:
    """A token that can be picked in the diagram, at the element where it stands."""

    key: str
    element_id: str


@dataclass(frozen=True, kw_only=True)
class MovePage:
    """``preview`` None: nothing was chosen yet, or it can't be done (``problem`` says why)."""

    template: ClassVar[str] = "admin/instance_move.html"

    frame: Frame
    title: str
    number: str
    href: str
    badge: words.Badge
    diagram: casefile.Diagram
    tokens: tuple[Token, ...]
    ways: tuple[paging.Choice, ...]
    sources: tuple[paging.Choice, ...]
    targets: tuple[paging.Choice, ...]
    way: str
    source: str
    target: str
    problem: str
    reason_error: str
    reason: str
    preview: PreviewView | None


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """What was chosen: ``way`` move, add or cancel."""

    way: str
    source: str
    target: str

    @property
    def complete(self) -> bool:
        needs = {"move": (self.source, self.target), "add": (self.target,)}
        return all(needs.get(self.way, (self.source,)))

    def modification(self) -> Modification:
        if self.way == "add":
            return Modification(activate=(Activate(element_id=self.target),))
        if self.way == "cancel":
            return Modification(terminate=(keys.parse(self.source),))
        return Modification(move=(Shift(source=keys.parse(self.source), element_id=self.target),))


def preview_view(shown: Preview) -> PreviewView:
    """The preview in words."""
    tasks = {task.element_id for task in shown.opened}
    return PreviewView(
        canceled=tuple(
            _("“{name}”（{handler}）").format(name=t.name, handler=t.handler or _("等待签收"))
            for t in shown.canceled
        ),
        opened=tuple(
            _("“{name}”（{handler}）").format(name=t.name, handler=t.handler or _("无人办理"))
            for t in shown.opened
        ),
        entered=tuple(
            _("“{name}”（{kind}）").format(
                name=at.name or at.element_id, kind=element_words.kind(at.type)
            )
            for at in shown.entered
            if at.element_id not in tasks
        ),
        incidents=shown.incidents,
        ended=shown.ended,
    )


def view(
    request: Request,
    session: PageSession,
    key: Key,
    asked: _Asked,
    *,
    reason: str = "",
    reason_error: str = "",
) -> MovePage:
    """The page for what was chosen so far."""
    app, actor = application(request), session.actor
    managed = managed_case(app, actor, key=key)
    case = managed.page.instance
    preview, problem = None, ""
    if asked.complete:
        try:
            preview = preview_view(
                preview_modification(app, actor, key=key, modification=asked.modification())
            )
        except BanshiError as refused:
            problem = refused.message
    sources = [
        (str(at.key), _("{name}（{kind}）").format(name=at.name, kind=element_words.kind(at.type)))
        for at in managed.standings
    ]
    targets = [
        (
            target.element_id,
            _("{name}（{kind}）").format(name=target.name, kind=element_words.kind(target.type)),
        )
        for target in managed.targets
        if target.type not in element_words.NO_TARGETS
    ]
    ways = [
        ("move", _("移到另一个环节")),
        ("add", _("新增一个环节，原来的不动")),
        ("cancel", _("取消这个环节")),
    ]
    return MovePage(
        frame=administration(
            request,
            session,
            title=_("修改位置 {number}").format(number=case.number),
            side="instances",
            bundles=("viewer",),
        ),
        title=case.title or case.process_name,
        number=case.number,
        href=f"/admin/instances/{key}",
        badge=words.instance(case, for_staff=True),
        diagram=lit(managed.page),
        tokens=tuple(Token(key=str(at.key), element_id=at.element_id) for at in managed.standings),
        ways=paging.choices(ways, asked.way),
        sources=paging.choices([("", _("请选择")), *sources], asked.source),
        targets=paging.choices([("", _("请选择")), *targets], asked.target),
        way=asked.way,
        source=asked.source,
        target=asked.target,
        problem=problem,
        reason_error=reason_error,
        reason=reason,
        preview=preview,
    )


@router.get("/admin/instances/{key}/move")
def show(
    request: Request,
    session: Administrator,
    key: str,
    *,
    way: str = "move",
    source: str = "",
    target: str = "",
) -> Response:
    """Choose, and see what would happen; nothing is changed."""
    asked = _Asked(way=way, source=source, target=target)
    return respond(request, view(request, session, keys.parse(key), asked))


@router.post("/admin/instances/{key}/move")
def move(
    request: Request,
    session: Administrator,
    key: str,
    *,
    way: Annotated[str, Form(max_length=20)] = "move",
    source: Annotated[str, Form(max_length=40)] = "",
    target: Annotated[str, Form(max_length=255)] = "",
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Do what the preview showed."""
    case_key, asked = keys.parse(key), _Asked(way=way, source=source, target=target)
    try:
        case = modify_case(
            application(request),
            session.actor,
            key=case_key,
            modification=asked.modification(),
            reason=reason,
        )
    except BanshiError as refused:
        page = view(request, session, case_key, asked, reason=reason, reason_error=refused.message)
        return respond(request, page, status=422)
    response = RedirectResponse(f"/admin/instances/{case_key}", status_code=303)
    flash.say(response, "case-moved", what=case.number)
    return response
