"""What was sent to the outside, and above all what was not delivered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.language import gettext as _
from api.pages import flash, paging, telling, when, words
from api.pages.frame import Frame, Link
from api.pages.rendering import respond
from api.pages.visit import Administrator, administration, application
from engine.model import keys
from engine.model.errors import Conflict
from engine.model.notices import Dispatch
from engine.model.notifications import OPEN_STATES, DispatchState
from engine.service.notifications.dead_letters import list_dispatches, retry_dispatch

router = APIRouter()
HERE = "/admin/dispatches"
PAGE = 50

_VIEWS = {
    "dead": (DispatchState.DEAD,),
    "waiting": OPEN_STATES,
    "sent": (DispatchState.SENT, DispatchState.OBSOLETE),
}


@dataclass(frozen=True, kw_only=True)
class DispatchRow:
    """``retry``: where to send it again, "" where that is of no use."""

    recipient: str
    address: str
    channel: str
    kind: str
    number: str
    case_href: str
    badge: words.Badge
    attempts: str
    next: str
    error: str
    created: str
    retry: str


@dataclass(frozen=True, kw_only=True)
class DispatchesPage:
    template: ClassVar[str] = "admin/dispatches.html"

    frame: Frame
    views: tuple[Link, ...]
    rows: tuple[DispatchRow, ...]
    total: str
    older: str


def rows(found: Sequence[Dispatch], now: datetime) -> tuple[DispatchRow, ...]:
    """Dispatches as lines of the list."""
    return tuple(
        DispatchRow(
            recipient=each.recipient or _("（已删除）"),
            address=each.address,
            channel=telling.channel(each.channel),
            kind=telling.kind(each.kind),
            number=each.case_number,
            case_href=f"/cases/{each.instance_key}" if each.instance_key else "",
            badge=telling.dispatch(each.state),
            attempts=_("已试 {n} 次").format(n=each.attempts) if each.attempts else "",
            next=_("下次 {time}").format(time=when.minute(each.next_attempt_at))
            if each.state in OPEN_STATES
            else "",
            error=each.last_error,
            created=when.ago(each.created_at, now),
            retry=f"{HERE}/{each.key}/retry" if each.state is DispatchState.DEAD else "",
        )
        for each in found
    )


@router.get(HERE)
def show(
    request: Request,
    session: Administrator,
    state: str = "dead",
    before: str = "",
) -> Response:
    """Dispatches by state, the newest first."""
    app = application(request)
    chosen = state if state in _VIEWS else "dead"
    found = list_dispatches(
        app,
        session.actor,
        states=_VIEWS[chosen],
        limit=PAGE,
        before=keys.parse(before) if before else None,
    )
    labels = {"dead": _("未送达"), "waiting": _("待发送"), "sent": _("已送出")}
    page = DispatchesPage(
        frame=administration(request, session, title=_("外发消息"), side="outgoing"),
        views=tuple(
            Link(label=labels[name], href=f"{HERE}?state={name}", current=name == chosen)
            for name in _VIEWS
        ),
        rows=rows(found.items, app.now()),
        total=paging.total(found),
        older=f"{HERE}?state={chosen}&before={found.end_cursor}" if found.end_cursor else "",
    )
    return respond(request, page)


@router.post(f"{HERE}/{{key}}/retry")
def retry(
    request: Request,
    session: Administrator,
    key: str,
) -> Response:
    """Send it again, from the first attempt."""
    response = RedirectResponse(HERE, status_code=303)
    try:
        retry_dispatch(application(request), session.actor, key=keys.parse(key))
    except Conflict as refused:
        flash.say(response, "refused", what=refused.message)
    else:
        flash.say(response, "sent-again")
    return response
