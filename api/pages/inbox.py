"""The inbox: 待办, 待认领, 已办, 抄送 … with search, filters, order and due colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar, Literal

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from api import auth
from api.auth import PageSession
from api.pages import flash, paging, when, words
from api.pages.frame import Frame, Link, frame, local
from api.pages.language import gettext as _
from api.pages.rendering import respond
from api.pages.visit import application, capped, visitor
from engine.model import keys
from engine.model.errors import AlreadyHandled, Conflict, Forbidden
from engine.model.records import UserTask
from engine.service.claim_task import claim_task
from engine.service.inbox import Due, Sort, View, inbox, inbox_counts, inbox_services
from engine.service.pages import InboxCounts

router = APIRouter()
PAGE = 25


@dataclass(frozen=True, kw_only=True)
class TaskRow:
    """``claim``: where to post to claim it, or "" where it can't be claimed from the list."""

    href: str
    title: str
    name: str
    service: str
    number: str
    applicant: str
    unit: str
    due: when.Due
    badge: words.Badge
    when: str
    handler: str
    urgent: bool
    claim: str


@dataclass(frozen=True, kw_only=True)
class InboxPage:
    """``filtered``: whether search or filters are on (an empty list then says so)."""

    template: ClassVar[str] = "inbox.html"

    frame: Frame
    view: str
    views: tuple[Link, ...]
    query: str
    services: tuple[paging.Choice, ...]
    dues: tuple[paging.Choice, ...]
    sorts: tuple[paging.Choice, ...]
    rows: tuple[TaskRow, ...]
    total: str
    pager: paging.Pager
    filtered: bool
    here: str


def rows(tasks: Sequence[UserTask], view: str, now: datetime) -> tuple[TaskRow, ...]:
    """The user tasks as lines of the list."""
    return tuple(
        TaskRow(
            href=f"/tasks/{task.key}",
            title=task.case_title or task.process_name,
            name=task.name,
            service=task.process_name,
            number=task.case_number,
            applicant=task.applicant_name,
            unit=task.unit_name,
            due=when.due(
                at=task.due_at,
                pending=task.due_pending,
                light=task.light,
                working_days=task.remaining_days,
                stopped=task.stopped,
            ),
            badge=words.task(task),
            when=when.short(task.ended_at if view == "done" else task.created_at, now),
            handler=task.assignee_name or "",
            urgent=task.priority > 50,
            claim=f"/tasks/{task.key}/claim" if view != "done" and task.assignee is None else "",
        )
        for task in tasks
    )


def view_links(view: str, counts: InboxCounts) -> tuple[Link, ...]:
    """The tabs above the list, with how much waits in each."""
    listed = [
        ("todo", _("待办"), capped(counts.todo)),
        ("claimable", _("待认领"), capped(counts.claimable)),
        ("done", _("已办"), ""),
    ]
    return tuple(
        Link(label=label, href=f"/tasks?view={value}", current=value == view, count=count)
        for value, label, count in listed
    )


def due_options(chosen: str) -> tuple[paging.Choice, ...]:
    """The filter by deadline."""
    return paging.choices(
        [
            ("", _("全部期限")),
            ("overdue", _("已超期")),
            ("today", _("今天到期")),
            ("soon", _("一周内")),
        ],
        chosen,
    )


def sort_options(chosen: str, view: str) -> tuple[paging.Choice, ...]:
    """The order of the list; what is done is ordered by when."""
    if view == "done":
        return paging.choices([("ended", _("最近办结在前"))], "ended")
    return paging.choices(
        [("due", _("最急的在前")), ("created", _("最早收到在前")), ("priority", _("优先级"))],
        chosen,
    )


@router.get("/tasks")
def show(
    request: Request,
    session: Annotated[PageSession, Depends(auth.page_session)],
    *,
    view: View = "todo",
    q: str = "",
    process: str = "",
    due: Due | Literal[""] = "",
    sort: Sort | Literal[""] = "",
    cursor: str | None = None,
) -> Response:
    """One view of the inbox."""
    app, actor = application(request), session.actor
    counts = inbox_counts(app, actor)
    found = inbox(
        app,
        actor,
        view=view,
        search=q.strip(),
        process_id=process or None,
        due=due or None,
        sort=sort or "due",
        cursor=cursor,
        limit=PAGE,
    )
    services = [("", _("全部服务")), *inbox_services(app, actor)]
    page = InboxPage(
        frame=frame(
            request, visitor(request, session, counts.todo), title=_("待办"), section="tasks"
        ),
        view=view,
        views=view_links(view, counts),
        query=q.strip(),
        services=paging.choices(services, process),
        dues=due_options(due),
        sorts=sort_options(sort or "due", view),
        rows=rows(found.items, view, app.now()),
        total=paging.total(found),
        pager=paging.pager(request, found, PAGE),
        filtered=bool(q.strip() or process or due),
        here=paging.with_query(request),
    )
    return respond(request, page)


@router.post("/tasks/{key}/claim")
def claim(
    request: Request,
    session: Annotated[PageSession, Depends(auth.checked_session)],
    key: str,
    back: Annotated[str, Form()] = "",
) -> Response:
    """Claim from the list or from the task's own page, and go back there."""
    response = RedirectResponse(local(back, f"/tasks/{key}"), status_code=303)
    try:
        claimed = claim_task(application(request), session.actor, key=keys.parse(key))
    except (AlreadyHandled, Conflict, Forbidden) as refused:
        flash.say(response, "refused", what=refused.message)
    else:
        flash.say(response, "claimed", what=f"{claimed.case_number} {claimed.name}")
    return response
