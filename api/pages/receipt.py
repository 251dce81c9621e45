"""The receipt after an application was sent: its number, and what happens next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.language import gettext as _
from api.pages import when
from api.pages.frame import Frame, frame
from api.pages.rendering import respond
from api.pages.visit import Session, application, visitor
from engine.model import keys
from engine.model.records import UserTask
from engine.service.cases.case_page import case_page
from engine.service.cases.pages import CasePage

router = APIRouter()


@dataclass(frozen=True, kw_only=True)
class ReceiptPage:
    """``next_steps``: what happens now, in whole sentences."""

    template: ClassVar[str] = "receipt.html"

    frame: Frame
    service: str
    number: str
    applicant: str
    submitted: str
    next_steps: tuple[str, ...]
    case_href: str


def next_steps(found: CasePage) -> tuple[str, ...]:
    """Who does what next, and where to look."""
    return (
        *(_step(task) for task in found.tasks),
        _("办理中的每一步都可以在“我的事项”里查看，请记下事项编号。"),
        _("如果材料需要补正，会出现在您的“待办”里，补齐后再提交即可。"),
    )


def _step(task: UserTask) -> str:
    handler = task.handler or task.assignee_name or _("承办单位")
    if task.due_at is None or task.due_pending:
        return _("下一步是“{step}”，由{handler}办理。").format(step=task.name, handler=handler)
    return _("下一步是“{step}”，由{handler}在{date}前办理。").format(
        step=task.name, handler=handler, date=when.day(task.due_at)
    )


@router.get("/cases/{key}/receipt")
def show(request: Request, session: Session, key: str) -> Response:
    """The receipt of my case; it can be opened and printed again."""
    found = case_page(application(request), session.actor, key=keys.parse(key))
    case = found.instance
    page = ReceiptPage(
        frame=frame(request, visitor(request, session), title=_("申请已提交"), section="cases"),
        service=case.process_name,
        number=case.number,
        applicant=case.applicant_name,
        submitted=when.minute(case.started_at),
        next_steps=next_steps(found),
        case_href=f"/cases/{case.key}",
    )
    return respond(request, page)
