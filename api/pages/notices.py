"""What the system told me about cases (通知), the latest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.language import gettext as _
from api.pages import telling, when
from api.pages.frame import Frame, Link, frame, local
from api.pages.rendering import respond
from api.pages.visit import Checked, Session, application, visitor
from engine.model import keys
from engine.model.notices import Notice
from engine.model.notifications import ABOUT_OPEN_TASK, NoticeKind
from engine.service.worklists.notices import list_notices, read_notice, read_notices

router = APIRouter()
PAGE = 50
LATEST = 6


@dataclass(frozen=True, kw_only=True)
class NoticeLine:
    """``target``: what it is about ("" = nothing to go to); going there ticks it off."""

    text: str
    kind: str
    number: str
    target: str
    action: str
    when: str
    exact: str
    unread: bool


@dataclass(frozen=True, kw_only=True)
class NoticesPage:
    """``latest``: key of the newest one, up to which all can be ticked off ("" = none unread)."""

    template: ClassVar[str] = "notices.html"

    frame: Frame
    views: tuple[Link, ...]
    lines: tuple[NoticeLine, ...]
    latest: str
    older: str


@dataclass(frozen=True, kw_only=True)
class LatestNotices:
    """What drops down from the bell: the latest unread ones."""

    template: ClassVar[str] = "notices_latest.html"

    csrf: str
    lines: tuple[NoticeLine, ...]


#: Where a notice leads that is not about a case's own page.
_PLACES = {NoticeKind.PUBLICATION: "/admin/publications", NoticeKind.INCIDENT: "/admin/incidents"}


def _target(notice: Notice) -> str:
    if notice.kind in ABOUT_OPEN_TASK and notice.task_key:
        return f"/tasks/{notice.task_key}"
    case = f"/cases/{notice.instance_key}" if notice.instance_key else ""
    return _PLACES.get(notice.kind, case)


def lines(found: Sequence[Notice], now: datetime) -> tuple[NoticeLine, ...]:
    """Notices as lines."""
    return tuple(
        NoticeLine(
            text=notice.text,
            kind=telling.kind(notice.kind),
            number=notice.case_number,
            target=_target(notice),
            action=f"/notices/{notice.key}/open",
            when=when.ago(notice.created_at, now),
            exact=when.minute(notice.created_at),
            unread=notice.read_at is None,
        )
        for notice in found
    )


@router.get("/notices")
def show(
    request: Request,
    session: Session,
    before: str = "",
    unread: str = "",
) -> Response:
    """A page of notices; ``before``: the key from which to go back in time."""
    app, only = application(request), unread == "1"
    found = list_notices(
        app,
        session.actor,
        limit=PAGE,
        before=keys.parse(before) if before else None,
        unread=only,
    )
    page = NoticesPage(
        frame=frame(request, visitor(request, session), title=_("通知")),
        views=(
            Link(label=_("全部"), href="/notices", current=not only),
            Link(label=_("未读"), href="/notices?unread=1", current=only),
        ),
        lines=lines(found, app.now()),
        latest=str(found[0].key) if any(n.read_at is None for n in found) else "",
        older=f"/notices?before={found[-1].key}{'&unread=1' if only else ''}"
        if len(found) == PAGE
        else "",
    )
    return respond(request, page)


@router.get("/notices/latest")
def latest(request: Request, session: Session) -> Response:
    """The latest unread ones, for the bell."""
    app = application(request)
    found = list_notices(app, session.actor, limit=LATEST, unread=True)
    return respond(request, LatestNotices(csrf=session.csrf, lines=lines(found, app.now())))


@router.post("/notices/read")
def read(
    request: Request,
    session: Checked,
    up_to: Annotated[str, Form()],
) -> Response:
    """Tick off all notices up to one."""
    read_notices(application(request), session.actor, up_to=keys.parse(up_to))
    return RedirectResponse("/notices", status_code=303)


@router.post("/notices/{key}/open")
def open_one(
    request: Request,
    session: Checked,
    key: str,
    target: Annotated[str, Form(max_length=200)] = "/notices",
) -> Response:
    """Tick one off and go where it leads."""
    read_notice(application(request), session.actor, key=keys.parse(key))
    return RedirectResponse(local(target, "/notices"), status_code=303)
