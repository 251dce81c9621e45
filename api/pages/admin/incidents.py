"""Incidents: where a case can't go on by itself, why, and a button to try again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.language import gettext as _
from api.pages import flash, paging, when
from api.pages.frame import Frame
from api.pages.rendering import respond
from api.pages.visit import Administrator, administration, application
from engine.model import keys
from engine.model.errors import Conflict
from engine.model.records import Incident
from engine.model.search import Condition, Query, Window
from engine.model.states import IncidentState
from engine.service.administration.resolve_incident import resolve_incident
from engine.service.searching import search_incidents

router = APIRouter()
PAGE = 50


@dataclass(frozen=True, kw_only=True)
class IncidentRow:
    """``cause``: its kind in words; ``advice``: what to do before trying again."""

    case_href: str
    number: str
    service: str
    step: str
    cause: str
    message: str
    advice: str
    raised: str
    retry: str


@dataclass(frozen=True, kw_only=True)
class IncidentsPage:
    """The open ones, the latest first."""

    template: ClassVar[str] = "admin/incidents.html"

    frame: Frame
    rows: tuple[IncidentRow, ...]
    total: str
    pager: paging.Pager


def cause(kind: str) -> tuple[str, str]:
    """An incident's kind and the advice that goes with it."""
    return {
        "NO_ELIGIBLE_HANDLER": (
            _("无人办理"),
            _("先在“人员与岗位”里给对应单位安排这个岗位，再重试。"),
        ),
        "JOB_NO_RETRIES": (_("系统任务多次失败"), _("排除下面的故障后重试。")),
        "CONDITION_ERROR": (
            _("条件表达式不能判定"),
            _("检查流程图中的条件和事项数据；改数据后重试。"),
        ),
        "CALLED_DECISION_ERROR": (_("决策表不能判定"), _("检查决策表和输入的数据后重试。")),
        "DEADLINE_ERROR": (
            _("期限不能计算"),
            _("事项照常办理，但此任务暂无期限。更正事项数据后重试，期限自任务开始时起算。"),
        ),
        "EXPIRY_FAILED": (_("到期后未能办理"), _("排除下面的故障后重试。")),
        "TIMER_FAILED": (_("定时器未能触发"), _("排除下面的故障后重试。")),
        "COPY_ERROR": (
            _("抄送的对象不能确定"),
            _("事项照常办理，但没有抄送。更正事项数据后重试，补发抄送。"),
        ),
        "FORM_NOT_FOUND": (_("表单没有部署"), _("部署表单后重试。")),
        "LOOP_WITHOUT_WAIT": (_("流程空转"), _("流程图里有不会停下的循环，请修改流程。")),
    }.get(kind, (_("流程不能继续"), _("排除下面的故障后重试。")))


def rows(incidents: Sequence[Incident], now: datetime) -> tuple[IncidentRow, ...]:
    """The incidents as lines of the list."""
    return tuple(
        IncidentRow(
            case_href=f"/cases/{incident.instance_key}",
            number=incident.case_number,
            service=incident.process_name,
            step=incident.element_name,
            cause=cause(incident.kind)[0],
            message=incident.message,
            advice=cause(incident.kind)[1],
            raised=when.ago(incident.raised_at, now),
            retry=f"/admin/incidents/{incident.key}/retry",
        )
        for incident in incidents
    )


@router.get("/admin/incidents")
def show(
    request: Request,
    session: Administrator,
    cursor: str | None = None,
) -> Response:
    """What stands still."""
    app = application(request)
    query = Query(
        conditions=(Condition(field="state", value=IncidentState.ACTIVE),),
        window=Window(limit=PAGE, after=cursor),
    )
    found = search_incidents(app, session.actor, query=query)
    page = IncidentsPage(
        frame=administration(request, session, title=_("异常处理"), side="incidents"),
        rows=rows(found.items, app.now()),
        total=paging.total(found),
        pager=paging.pager(request, found, PAGE),
    )
    return respond(request, page)


@router.post("/admin/incidents/{key}/retry")
def retry(
    request: Request,
    session: Administrator,
    key: str,
    what: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Try again; where it is not mended yet, the page says so."""
    response = RedirectResponse("/admin/incidents", status_code=303)
    try:
        resolve_incident(application(request), session.actor, key=keys.parse(key))
    except Conflict as refused:
        flash.say(response, "refused", what=refused.message)
    else:
        flash.say(response, "retried", what=what)
    return response
