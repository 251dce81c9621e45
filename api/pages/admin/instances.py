"""Every case of the installation, to be found by number, title, applicant, service or state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.language import gettext as _
from api.pages import paging, when, words
from api.pages.clock import case_due
from api.pages.frame import Frame
from api.pages.rendering import respond
from api.pages.visit import Administrator, administration, application
from engine.model.records import Instance
from engine.model.search import Condition, Operator, Query, Window
from engine.model.states import InstanceState
from engine.service.cases.get_case import search_instances
from engine.service.publishing.read_definitions import list_definitions

router = APIRouter()
PAGE = 50
STATES: dict[str, tuple[InstanceState, ...]] = {
    "active": (InstanceState.ACTIVE, InstanceState.SUSPENDED),
    "ended": (InstanceState.COMPLETED, InstanceState.TERMINATED),
}


@dataclass(frozen=True, kw_only=True)
class InstanceRow:
    """A case as an administrator sees it in the list."""

    href: str
    title: str
    service: str
    number: str
    version: str
    applicant: str
    unit: str
    step: str
    handler: str
    badge: words.Badge
    due: when.Due | None
    started: str


@dataclass(frozen=True, kw_only=True)
class InstancesPage:
    """The list with its search."""

    template: ClassVar[str] = "admin/instances.html"

    frame: Frame
    query: str
    services: tuple[paging.Choice, ...]
    states: tuple[paging.Choice, ...]
    rows: tuple[InstanceRow, ...]
    total: str
    pager: paging.Pager


def rows(cases: Sequence[Instance], now: datetime) -> tuple[InstanceRow, ...]:
    """The cases as lines of the list."""
    return tuple(
        InstanceRow(
            href=f"/admin/instances/{case.key}",
            title=case.title or case.process_name,
            service=case.process_name,
            number=case.number,
            version=f"v{case.version}",
            applicant=case.applicant_name,
            unit=case.unit_name,
            step="、".join(case.current),
            handler=case.handler,
            badge=words.instance(case, for_staff=True),
            due=case_due(case),
            started=when.ago(case.started_at, now),
        )
        for case in cases
    )


def asked(query: str, process: str, state: str) -> tuple[Condition, ...]:
    """The conditions for what was asked."""
    conditions: list[Condition] = []
    if query:
        conditions.append(Condition(field="search", value=query))
    if process:
        conditions.append(Condition(field="processDefinitionId", value=process))
    if state in STATES:
        conditions.append(Condition(field="state", operator=Operator.IN, value=STATES[state]))
    if state == "incident":
        conditions.append(Condition(field="hasIncident", value=True))
    return tuple(conditions)


@router.get("/admin/instances")
def show(
    request: Request,
    session: Administrator,
    *,
    q: str = "",
    process: str = "",
    state: str = "",
    cursor: str | None = None,
) -> Response:
    """The list, the latest first."""
    app, actor = application(request), session.actor
    query = Query(
        conditions=asked(q.strip(), process, state), window=Window(limit=PAGE, after=cursor)
    )
    found = search_instances(app, actor, query=query)
    services = [("", _("全部服务"))] + [
        (service.process_id, service.name) for service in list_definitions(app, actor).items
    ]
    states = [
        ("", _("全部状态")),
        ("active", _("办理中")),
        ("ended", _("已办结")),
        ("incident", _("有异常")),
    ]
    page = InstancesPage(
        frame=administration(request, session, title=_("事项查询"), side="instances"),
        query=q.strip(),
        services=paging.choices(services, process),
        states=paging.choices(states, state),
        rows=rows(found.items, app.now()),
        total=paging.total(found),
        pager=paging.pager(request, found, PAGE),
    )
    return respond(request, page)
