"""The service hall (办事大厅): what I may start, what I have begun, what waits for me."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.language import gettext as _
from api.pages import when, words
from api.pages.frame import Frame, frame
from api.pages.rendering import respond
from api.pages.visit import Session, application, capped, visitor
from engine.model.definitions import ProcessDefinition
from engine.model.records import FormDraft, Instance, UserTask
from engine.service.cases.get_case import my_cases
from engine.service.cases.pages import InboxCounts
from engine.service.papers.form_drafts import my_drafts
from engine.service.publishing.read_definitions import startable
from engine.service.worklists.inbox import as_worker, inbox, inbox_counts

router = APIRouter()


@dataclass(frozen=True, kw_only=True)
class ServiceCard:
    """A service that I may start. ``materials``: what to have at hand, one each."""

    href: str
    icon: str
    name: str
    summary: str
    duration: str
    materials: tuple[str, ...]
    draft: str


@dataclass(frozen=True, kw_only=True)
class DraftLine:
    """Something I began to fill in. ``discard``: where to post to throw it away."""

    href: str
    name: str
    saved: str
    discard: str


@dataclass(frozen=True, kw_only=True)
class CaseLine:
    """One of my latest cases."""

    href: str
    title: str
    number: str
    current: str
    badge: words.Badge


@dataclass(frozen=True, kw_only=True)
class Tile:
    """A count of work: “待办 12”. ``tone`` is red for what is overdue, else plain."""

    label: str
    count: str
    href: str
    icon: str
    tone: str


@dataclass(frozen=True, kw_only=True)
class WorkLine:
    """A task that waits for me; the most urgent ones are shown at once."""

    href: str
    title: str
    name: str
    number: str
    due: when.Due


@dataclass(frozen=True, kw_only=True)
class HallPage:
    """``query``: what was searched for among the services; ``lead``: what this page is for me."""

    template: ClassVar[str] = "hall.html"

    frame: Frame
    greeting: str
    lead: str
    tiles: tuple[Tile, ...]
    work: tuple[WorkLine, ...]
    drafts: tuple[DraftLine, ...]
    cases: tuple[CaseLine, ...]
    services: tuple[ServiceCard, ...]
    query: str
    services_total: int


def cards(
    services: Sequence[ProcessDefinition], drafts: Sequence[FormDraft], query: str, now: datetime
) -> tuple[ServiceCard, ...]:
    """The services whose name or summary holds the query, each with my draft of it."""
    begun = {d.process_id: d for d in drafts if d.task_key is None}
    return tuple(
        ServiceCard(
            href=f"/services/{service.process_id}",
            icon=service.properties.get("banshi:icon", "file-text"),
            name=service.name,
            summary=service.properties.get("banshi:summary", service.description),
            duration=service.properties.get("banshi:duration", ""),
            materials=materials(service.properties),
            draft=when.ago(begun[service.process_id].saved_at, now)
            if service.process_id in begun
            else "",
        )
        for service in services
        if query.casefold() in f"{service.name} {service.description}".casefold()
    )


def materials(properties: Mapping[str, str]) -> tuple[str, ...]:
    """What to bring, out of the ``;``-separated process property."""
    listed = properties.get("banshi:materials", "").replace("；", ";").split(";")
    return tuple(part.strip() for part in listed if part.strip())


def tiles(counts: InboxCounts) -> tuple[Tile, ...]:
    """The work of a clerk at a glance; nobody else has any, and sees no tiles."""
    listed = [
        (_("待办"), counts.todo, "/tasks?view=todo", "inbox", "plain"),
        (_("待认领"), counts.claimable, "/tasks?view=claimable", "user-plus", "plain"),
        (_("已超期"), counts.overdue, "/tasks?view=todo&due=overdue", "alert-triangle", "red"),
        (_("今天到期"), counts.due_today, "/tasks?view=todo&due=today", "hourglass", "amber"),
    ]
    if not any(count for _label, count, *_rest in listed):
        return ()
    return tuple(
        Tile(
            label=label,
            count=capped(count) or "0",
            href=href,
            icon=icon,
            tone=tone if count else "plain",
        )
        for label, count, href, icon, tone in listed
    )


def draft_lines(
    drafts: Sequence[FormDraft], names: Mapping[str, str], now: datetime
) -> tuple[DraftLine, ...]:
    """My drafts of start forms and of tasks, the latest first."""
    return tuple(
        DraftLine(
            href=f"/tasks/{d.task_key}" if d.task_key else f"/services/{d.process_id}",
            name=names.get(d.process_id, d.process_id),
            saved=when.ago(d.saved_at, now),
            discard=f"/tasks/{d.task_key}/draft/discard"
            if d.task_key
            else f"/services/{d.process_id}/draft/discard",
        )
        for d in sorted(drafts, key=lambda d: d.saved_at, reverse=True)
    )


def work_lines(tasks: Sequence[UserTask]) -> tuple[WorkLine, ...]:
    """The tasks in a few words, as the inbox orders them."""
    return tuple(
        WorkLine(
            href=f"/tasks/{task.key}",
            title=task.case_title or task.process_name,
            name=task.name,
            number=task.case_number,
            due=when.due(
                at=task.due_at,
                pending=task.due_pending,
                light=task.light,
                working_days=task.remaining_days,
                stopped=task.stopped,
            ),
        )
        for task in tasks
    )


def case_lines(cases: Sequence[Instance]) -> tuple[CaseLine, ...]:
    """My latest cases in a few words."""
    return tuple(
        CaseLine(
            href=f"/cases/{case.key}",
            title=case.title or case.process_name,
            number=case.number,
            current="、".join(case.current),
            badge=words.instance(case),
        )
        for case in cases
    )


def _lead(services: Sequence[ProcessDefinition], counts: InboxCounts) -> str:
    if services:
        return _("想办什么事，从下面选一项开始；填写中途可以离开，内容会自动保存。")
    if counts.todo:
        return _("下面是等您办理的工作，最急的在前。")
    return _("暂时没有等您办理的工作。")


@router.get("/")
def show(
    request: Request,
    session: Session,
    q: str = "",
) -> Response:
    """The hall of whoever is logged in."""
    app, actor = application(request), session.actor
    services = startable(app, actor)
    worker = as_worker(app, actor)
    counts = inbox_counts(app, actor, worker=worker)
    drafts = my_drafts(app, actor)
    names = {service.process_id: service.name for service in services}
    now = app.now()
    page = HallPage(
        frame=frame(
            request, visitor(request, session, counts.todo), title=_("办事大厅"), section="hall"
        ),
        greeting=_("{name}，您好").format(name=actor.name),
        lead=_lead(services, counts),
        tiles=tiles(counts),
        work=work_lines(inbox(app, actor, limit=5, worker=worker).items) if counts.todo else (),
        drafts=draft_lines(drafts, names, now),
        cases=case_lines(my_cases(app, actor, limit=3).items),
        services=cards(services, drafts, q.strip(), now),
        query=q.strip(),
        services_total=len(services),
    )
    return respond(request, page)
