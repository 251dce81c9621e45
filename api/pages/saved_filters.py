"""Saved filters of the inbox: keep one, rename, order, prefer and delete them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, ClassVar, Literal

from fastapi import APIRouter, Form, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response

from api.auth import PageSession
from api.language import gettext as _
from api.pages import flash
from api.pages.frame import Frame, frame
from api.pages.inbox import view_links
from api.pages.inbox_filters import address
from api.pages.rendering import respond
from api.pages.visit import Checked, Session, application, visitor
from engine.model import keys
from engine.model.actor import Actor
from engine.model.errors import Conflict, InvalidInput
from engine.model.filters import SavedFilter, View
from engine.service.app import App
from engine.service.worklists.desk import DeskCounts
from engine.service.worklists.saved_filters import (
    delete_filter,
    move_filter,
    prefer_filter,
    rename_filter,
    save_filter,
    saved_filters,
)

router = APIRouter()

_NONE = DeskCounts(todo=0, claimable=0, copies=0, notices=0)


@dataclass(frozen=True, kw_only=True)
class FilterLine:
    """``words``: which view it is of, and what was searched for in it; ``href`` "": it means nothing
    any more."""

    name: str
    href: str
    action: str
    words: str
    preferred: bool


@dataclass(frozen=True, kw_only=True)
class FiltersPage:
    """``problem``: why the last change was not made ("" = it was)."""

    template: ClassVar[str] = "filters.html"

    frame: Frame
    problem: str
    lines: tuple[FilterLine, ...]


def _lines(found: Sequence[SavedFilter]) -> tuple[FilterLine, ...]:
    views = {link.href.partition("view=")[2]: link.label for link in view_links("", _NONE)}
    return tuple(
        FilterLine(
            name=each.name,
            href=address(each.view, each.query) if each.valid else "",
            action=f"/tasks/filters/{each.key}",
            words=_words(views.get(each.view, each.view), each),
            preferred=each.preferred,
        )
        for each in found
    )


def _words(view: str, each: SavedFilter) -> str:
    said = each.fields
    parts = [view]
    if said.get("q"):
        parts.append(_("含“{words}”").format(words=said["q"]))
    count = len(said.keys() - {"q", "sort"})
    if count:
        parts.append(_("另有 {count} 个条件").format(count=count))
    return "，".join(parts)


def _page(
    request: Request, session: PageSession, problem: str = "", *, status: int = 200
) -> Response:
    found = saved_filters(application(request), session.actor)
    page = FiltersPage(
        frame=frame(request, visitor(request, session), title=_("管理筛选"), section="tasks"),
        problem=problem,
        lines=_lines(found),
    )
    return respond(request, page, status=status)


@router.get("/tasks/filters")
def show(request: Request, session: Session) -> Response:
    """The person's filters."""
    return _page(request, session)


@router.post("/tasks/filters")
async def save(
    request: Request,
    session: Checked,
    view: Annotated[View, Form()],
    name: Annotated[str, Form()] = "",
    preferred: Annotated[str, Form()] = "",
) -> Response:
    """Keep the filter that the inbox shows, and go on with it."""
    fields = {k: v for k, v in (await request.form()).items() if isinstance(v, str)}
    keep = partial(save_filter, name=name, view=view, fields=fields, preferred=preferred == "1")
    return await run_in_threadpool(_save, request, session, keep)


def _save(
    request: Request, session: PageSession, keep: Callable[[App, Actor], SavedFilter]
) -> Response:
    try:
        saved = keep(application(request), session.actor)
    except InvalidInput as refused:
        return _page(request, session, refused.problems[0].message, status=422)
    response = RedirectResponse(address(saved.view, saved.query), status_code=303)
    flash.say(response, "saved")
    return response


@router.post("/tasks/filters/{key}")
def change(
    request: Request,
    session: Checked,
    key: str,
    act: Annotated[
        Literal["rename", "delete", "up", "down", "prefer", "forget"], Form()
    ] = "rename",
    name: Annotated[str, Form()] = "",
) -> Response:
    """One change to one of them, back to the list."""
    app, actor, found = application(request), session.actor, keys.parse(key)
    try:
        match act:
            case "rename":
                rename_filter(app, actor, key=found, name=name)
            case "delete":
                delete_filter(app, actor, key=found)
            case "prefer":
                prefer_filter(app, actor, key=found)
            case "forget":
                prefer_filter(app, actor, key=None)
            case "up" | "down":
                move_filter(app, actor, key=found, up=act == "up")
    except InvalidInput as refused:
        return _page(request, session, refused.problems[0].message, status=422)
    except Conflict as refused:
        return _page(request, session, refused.message, status=409)
    return RedirectResponse("/tasks/filters", status_code=303)
