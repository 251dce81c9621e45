"""Forms and decision tables that are deployed, each in its latest version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.language import gettext as _
from api.pages.frame import Frame
from api.pages.rendering import respond
from api.pages.visit import Administrator, administration, application
from engine.model.definitions import DecisionDefinition, FormDefinition
from engine.service.publishing.read_definitions import list_decisions, list_forms

router = APIRouter()


@dataclass(frozen=True, kw_only=True)
class ResourceRow:
    """``key``: of the version that a draft of the next one starts from."""

    key: str
    name: str
    id: str
    version: str
    resource: str


@dataclass(frozen=True, kw_only=True)
class ResourcesPage:
    """``kind``: ``form`` or ``dmn``."""

    template: ClassVar[str] = "admin/resources.html"

    frame: Frame
    kind: str
    heading: str
    explanation: str
    create: str
    rows: tuple[ResourceRow, ...]


def form_rows(found: Sequence[FormDefinition]) -> tuple[ResourceRow, ...]:
    """Forms as lines."""
    return tuple(
        ResourceRow(
            key=str(form.key),
            name=form.name or form.form_id,
            id=form.form_id,
            version=f"v{form.version}",
            resource=form.resource,
        )
        for form in found
    )


def decision_rows(found: Sequence[DecisionDefinition]) -> tuple[ResourceRow, ...]:
    """Decisions as lines."""
    return tuple(
        ResourceRow(
            key=str(decision.key),
            name=decision.name,
            id=decision.decision_id,
            version=f"v{decision.version}",
            resource=decision.resource,
        )
        for decision in found
    )


@router.get("/admin/forms")
def forms(request: Request, session: Administrator) -> Response:
    """The forms."""
    page = ResourcesPage(
        frame=administration(request, session, title=_("表单"), side="forms"),
        kind="form",
        heading=_("表单"),
        explanation=_("申请表和办理意见表。发布新版本后，新提交的事项使用新表单。"),
        create=_("新建表单"),
        rows=form_rows(list_forms(application(request), session.actor)),
    )
    return respond(request, page)


@router.get("/admin/decisions")
def decisions(request: Request, session: Administrator) -> Response:
    """The decision tables."""
    page = ResourcesPage(
        frame=administration(request, session, title=_("决策表"), side="decisions"),
        kind="dmn",
        heading=_("决策表"),
        explanation=_("补贴标准、资格条件、风险等级等规则。改动发布后对新提交的事项生效。"),
        create=_("新建决策表"),
        rows=decision_rows(list_decisions(application(request), session.actor)),
    )
    return respond(request, page)
