"""What the system does by itself, and the switch of what is off by default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.language import gettext as _
from api.pages import flash
from api.pages.frame import Frame
from api.pages.rendering import respond
from api.pages.visit import Administrator, administration, application
from engine.service.tasks.deduplicate import deduplication, switch_deduplication

router = APIRouter()


@dataclass(frozen=True, kw_only=True)
class AutomationPage:
    """``deduplication``: 自动去重 is switched on."""

    template: ClassVar[str] = "admin/automation.html"

    frame: Frame
    deduplication: bool


@router.get("/admin/automation")
def show(request: Request, session: Administrator) -> Response:
    """The automatic rules."""
    page = AutomationPage(
        frame=administration(request, session, title=_("自动规则"), side="automation"),
        deduplication=deduplication(application(request), session.actor),
    )
    return respond(request, page)


@router.post("/admin/automation")
def switch(
    request: Request,
    session: Administrator,
    deduplication: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Switch 自动去重 on or off."""
    switch_deduplication(application(request), session.actor, on=bool(deduplication))
    response = RedirectResponse("/admin/automation", status_code=303)
    flash.say(response, "saved")
    return response
