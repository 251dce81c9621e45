"""What the system told me about cases (通知), the latest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from api import auth
from api.auth import PageSession
from api.pages import when
from api.pages.frame import Frame, frame
from api.pages.language import gettext as _
from api.pages.rendering import respond
from api.pages.visit import application, visitor
from engine.model import keys
from engine.model.records import Notice
from engine.service.notices import list_notices, read_notices

router = APIRouter()
PAGE = 50


@dataclass(frozen=True, kw_only=True)
class NoticeLine:
    """``href``: of the case it is about, or ""."""

    text: str
    number: str
    href: str
    when: str
    exact: str
    unread: bool


@dataclass(frozen=True, kw_only=True)
class NoticesPage:
    """``latest``: key of the newest one, up to which all can be ticked off ("" = none unread)."""

    template: ClassVar[str] = "notices.html"

    frame: Frame
    lines: tuple[NoticeLine, ...]
    latest: str
    older: str


def lines(found: Sequence[Notice], now: datetime) -> tuple[NoticeLine, ...]:
    """Notices as lines."""
    return tuple(
        NoticeLine(
            text=notice.text,
            number=notice.case_number,
            href=f"/cases/{notice.instance_key}" if notice.instance_key else "",
            when=when.ago(notice.created_at, now),
            exact=when.minute(notice.created_at),
            unread=notice.read_at is None,
        )
        for notice in found
    )


@router.get("/notices")
def show(
    request: Request,
    session: Annotated[PageSession, Depends(auth.page_session)],
    before: str = "",
) -> Response:
    """A page of notices; ``before``: the key from which to go back in time."""
    app = application(request)
    found = list_notices(
        app, session.actor, limit=PAGE, before=keys.parse(before) if before else None
    )
    unread = any(notice.read_at is None for notice in found)
    page = NoticesPage(
        frame=frame(request, visitor(request, session), title=_("通知")),
        lines=lines(found, app.now()),
        latest=str(found[0].key) if unread else "",
        older=f"/notices?before={found[-1].key}" if len(found) == PAGE else "",
    )
    return respond(request, page)


@router.post("/notices/read")
def read(
    request: Request,
    session: Annotated[PageSession, Depends(auth.checked_session)],
    up_to: Annotated[str, Form()],
) -> Response:
    """Tick off all notices up to one."""
    read_notices(application(request), session.actor, up_to=keys.parse(up_to))
    return RedirectResponse("/notices", status_code=303)
