"""My cases (我的事项): where each stands, who handles it, how long is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from api import auth
from api.auth import PageSession
from api.pages import paging, when, words
from api.pages.frame import Frame, frame
from api.pages.language import gettext as _
from api.pages.rendering import respond
from api.pages.visit import application, visitor
from engine.model.records import Instance
from engine.service.my_cases import my_cases

router = APIRouter()
PAGE = 20


@dataclass(frozen=True, kw_only=True)
class CaseRow:
    """``handler``: who has it now, in words, or "" when it has ended."""

    href: str
    title: str
    service: str
    number: str
    badge: words.Badge
    step: str
    handler: str
    due: when.Due | None
    started: str


@dataclass(frozen=True, kw_only=True)
class CasesPage:
    """``states``: the chips above the list; ``query``: what was searched for."""

    template: ClassVar[str] = "cases.html"

    frame: Frame
    query: str
    state: str
    states: tuple[paging.Choice, ...]
    rows: tuple[CaseRow, ...]
    total: str
    pager: paging.Pager


def rows(cases: Sequence[Instance], now: datetime) -> tuple[CaseRow, ...]:
    """The cases as lines of the list."""
    return tuple(
        CaseRow(
            href=f"/cases/{case.key}",
            title=case.title or case.process_name,
            service=case.process_name,
            number=case.number,
            badge=words.instance(case),
            step="、".join(case.current),
            handler=case.handler,
            due=_due(case),
            started=when.short(case.started_at, now),
        )
        for case in cases
    )


def _due(case: Instance) -> when.Due | None:
    """The case's own period; where it has none, the nearest deadline of its steps."""
    if case.ended_at is not None:
        return None
    if case.statutory_due_at is not None or case.statutory_pending:
        return when.due(
            at=case.statutory_due_at,
            pending=case.statutory_pending,
            light=case.statutory_light,
            working_days=case.statutory_days,
        )
    if case.due_at is None and not case.due_pending and case.stopped is None:
        return None
    return when.due(
        at=case.due_at,
        pending=case.due_pending,
        light=case.light,
        working_days=case.remaining_days,
        stopped=case.stopped,
    )


def state_choices(request: Request, state: str) -> tuple[paging.Choice, ...]:
    """All, running, ended."""
    return tuple(
        paging.Choice(
            value=value,
            label=label,
            chosen=value == state,
            href=paging.with_query(request, state=value or None, cursor=None),
        )
        for value, label in (("", _("全部")), ("active", _("办理中")), ("ended", _("已办结")))
    )


@router.get("/cases")
def show(
    request: Request,
    session: Annotated[PageSession, Depends(auth.page_session)],
    q: str = "",
    state: Literal["", "active", "ended"] = "",
    cursor: str | None = None,
) -> Response:
    """The list, searched by title or number."""
    found = my_cases(
        application(request),
        session.actor,
        search=q.strip(),
        state=state,
        cursor=cursor,
        limit=PAGE,
    )
    page = CasesPage(
        frame=frame(request, visitor(request, session), title=_("我的事项"), section="cases"),
        query=q.strip(),
        state=state,
        states=state_choices(request, state),
        rows=rows(found.items, application(request).now()),
        total=paging.total(found),
        pager=paging.pager(request, found, PAGE),
    )
    return respond(request, page)
