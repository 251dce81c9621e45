"""Who looks at a page, with what waits for them: the way from a session to a page's frame."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from api import auth
from api.auth import PageSession
from api.pages.frame import Frame, Visitor, frame
from engine.service.app import App
from engine.service.worklists.desk import DeskCounts, badges
from engine.service.worklists.notices import unread_notices

#: Whoever is logged in; the second name is for routes that change something.
Session = Annotated[PageSession, Depends(auth.page_session)]
Checked = Annotated[PageSession, Depends(auth.checked_session)]
#: An administrator, else 403.
Administrator = Annotated[PageSession, Depends(auth.administrator_session)]


def application(request: Request) -> App:
    """The application that this server runs."""
    found: App = request.app.state.app
    return found


def visitor(
    request: Request,
    session: PageSession,
    todo: int | None = None,
    *,
    counts: DeskCounts | None = None,
) -> Visitor:
    """The person of the session, with what the top bar counts (``todo``, ``counts``: where it is
    known)."""
    app = application(request)
    if counts is not None:
        waiting, unread = counts.todo, counts.notices
    elif todo is not None:
        waiting, unread = todo, unread_notices(app, session.actor)
    else:
        waiting, unread = badges(app, session.actor)
    return Visitor(
        name=session.actor.name,
        administrator=session.actor.administrator,
        csrf=session.csrf,
        counts={"tasks": capped(waiting)},
        demo=app.settings.demo,
        unread=capped(unread),
    )


def administration(
    request: Request,
    session: PageSession,
    *,
    title: str,
    side: str,
    bundles: tuple[str, ...] = (),
    wide: bool = False,
) -> Frame:
    """The frame of an administrators' page; ``side``, ``bundles``, ``wide`` as for a frame."""
    return frame(
        request,
        visitor(request, session),
        title=title,
        section="admin",
        side=side,
        bundles=bundles,
        wide=wide,
    )


def stranger(request: Request, csrf: str = "") -> Visitor:
    """Nobody: the log-in page and errors before it."""
    return Visitor(csrf=csrf, demo=application(request).settings.demo)


def capped(number: int) -> str:
    """A count as a badge shows it: nothing for 0, 99+ beyond 99."""
    if number <= 0:
        return ""
    return str(number) if number <= 99 else "99+"
