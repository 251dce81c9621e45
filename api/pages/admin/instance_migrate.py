"""迁移版本 of one case: the mapping, its dry run, and then the migration with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from api.auth import PageSession
from api.language import gettext as _
from api.pages import flash
from api.pages.admin import mapping
from api.pages.frame import Frame
from api.pages.rendering import respond
from api.pages.visit import Administrator, administration, application
from engine.model import keys
from engine.model.errors import BanshiError
from engine.model.keys import Key
from engine.service.administration.migrate_case import migrate_case
from engine.service.administration.migration_report import migration_report, migration_targets
from engine.service.cases.get_case import get_case
from engine.service.publishing.read_definitions import get_definition

router = APIRouter()


@dataclass(frozen=True, kw_only=True)
class MigratePage:
    """``problem``: why it was not done."""

    template: ClassVar[str] = "admin/instance_migrate.html"

    frame: Frame
    title: str
    number: str
    href: str
    source: str
    target: str
    version: str
    report: mapping.ReportView
    problem: str
    reason: str


def view(
    request: Request,
    session: PageSession,
    key: Key,
    definition_key: Key,
    chosen: Mapping[str, str],
    *,
    problem: str = "",
    reason: str = "",
) -> MigratePage:
    """The dry run with this mapping; faults of the mapping itself are shown as its problem."""
    app, actor = application(request), session.actor
    case = get_case(app, actor, key=key)
    target = get_definition(app, actor, key=definition_key)
    found = migration_report(app, actor, keys=[key], definition_key=definition_key, mapping=chosen)
    targets = migration_targets(app, actor, definition_key=definition_key)
    return MigratePage(
        frame=administration(
            request,
            session,
            title=_("迁移版本 {number}").format(number=case.number),
            side="instances",
        ),
        title=case.title or case.process_name,
        number=case.number,
        href=f"/admin/instances/{key}",
        source=f"v{case.version}",
        target=f"v{target.version}",
        version=str(definition_key),
        report=mapping.report_view(found, targets, chosen),
        problem=problem,
        reason=reason,
    )


@router.get("/admin/instances/{key}/migrate")
def show(
    request: Request,
    session: Administrator,
    key: str,
    version: str = "",
) -> Response:
    """What would happen; nothing is changed."""
    case_key = keys.parse(key)
    chosen = mapping.asked(request.query_params)
    if not version:
        return RedirectResponse(f"/admin/instances/{case_key}", status_code=303)
    return respond(request, view(request, session, case_key, keys.parse(version), chosen))


@router.post("/admin/instances/{key}/migrate")
def migrate(
    request: Request,
    session: Administrator,
    key: str,
    fields: Annotated[dict[str, str], Depends(mapping.sent)],
) -> Response:
    """Do it."""
    case_key, definition_key = keys.parse(key), keys.parse(fields.get("version", ""))
    chosen, reason = mapping.asked(fields), fields.get("reason", "")
    try:
        case = migrate_case(
            application(request),
            session.actor,
            key=case_key,
            definition_key=definition_key,
            mapping=chosen,
            reason=reason,
        )
    except BanshiError as refused:
        page = view(
            request,
            session,
            case_key,
            definition_key,
            chosen,
            problem=refused.message,
            reason=reason,
        )
        return respond(request, page, status=422)
    response = RedirectResponse(f"/admin/instances/{case_key}", status_code=303)
    flash.say(response, "case-migrated", what=case.number, version=f"v{case.version}")
    return response
