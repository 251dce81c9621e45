"""The services with their versions: what runs in which version, who deployed it, what is edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.language import gettext as _
from api.language import ngettext
from api.pages import casefile, when, words
from api.pages.frame import Frame
from api.pages.rendering import respond
from api.pages.visit import Administrator, administration, application
from engine.model import keys
from engine.model.definitions import DiagramDraft, ProcessDefinition
from engine.model.errors import NotFound
from engine.model.states import PublicationState
from engine.service.identity.units import known_roles
from engine.service.publishing.drafts import list_drafts
from engine.service.publishing.read_definitions import (
    definition_xml,
    get_definition,
    list_definitions,
    list_versions,
)

router = APIRouter()


@dataclass(frozen=True, kw_only=True)
class ServiceRow:
    """A service in its latest version. ``draft``: where the draft of a next version stands."""

    href: str
    name: str
    process_id: str
    version: str
    deployed: str
    deployed_by: str
    active: int
    starters: str
    draft: words.Badge | None


@dataclass(frozen=True, kw_only=True)
class ServicesPage:
    """The list."""

    template: ClassVar[str] = "admin/services.html"

    frame: Frame
    rows: tuple[ServiceRow, ...]


@dataclass(frozen=True, kw_only=True)
class VersionRow:
    """``current``: the one whose diagram is shown."""

    version: str
    tag: str
    deployed: str
    deployed_by: str
    active: int
    latest: bool
    href: str
    current: bool


@dataclass(frozen=True, kw_only=True)
class DraftLine:
    """A draft of this service on its way."""

    href: str
    badge: words.Badge
    edited: str


@dataclass(frozen=True, kw_only=True)
class ServicePage:
    """One service: its versions, the diagram of the one looked at, drafts of the next."""

    template: ClassVar[str] = "admin/service.html"

    frame: Frame
    name: str
    process_id: str
    summary: str
    shown_version: str
    shown_key: str
    versions: tuple[VersionRow, ...]
    drafts: tuple[DraftLine, ...]
    diagram: casefile.Diagram
    behind: str
    migrate_href: str


def behind(found: Sequence[ProcessDefinition]) -> str:
    """How many cases still run on older versions, in words ("" = none)."""
    older = sum(service.active_instances for service in found if not service.latest)
    if not older:
        return ""
    return ngettext(
        "{num} 件事项还在旧版本上办理。它们会按原来的版本办完；也可以迁到现行版本。",
        "{num} 件事项还在旧版本上办理。它们会按原来的版本办完；也可以迁到现行版本。",
        older,
    ).format(num=older)


def rows(
    found: Sequence[ProcessDefinition],
    drafts: Sequence[DiagramDraft],
    roles: Mapping[str, str],
) -> tuple[ServiceRow, ...]:
    """The latest versions as lines of the list."""
    open_drafts = {
        draft.process_id: words.publication(draft.state)
        for draft in drafts
        if draft.state in {PublicationState.DRAFT, PublicationState.PROPOSED}
    }
    return tuple(
        ServiceRow(
            href=f"/admin/services/{service.process_id}",
            name=service.name,
            process_id=service.process_id,
            version=f"v{service.version}",
            deployed=when.minute(service.deployed_at),
            deployed_by=service.deployed_by,
            active=service.active_instances,
            starters=_starters(service, roles),
            draft=open_drafts.get(service.process_id),
        )
        for service in found
    )


def _starters(service: ProcessDefinition, roles: Mapping[str, str]) -> str:
    if not service.starters:
        return _("只由其他流程调用或系统发起")
    return (
        _("所有登录的人")
        if "*" in service.starters
        else "、".join(roles.get(role, role) for role in service.starters)
    )


def version_rows(found: Sequence[ProcessDefinition], shown: int) -> tuple[VersionRow, ...]:
    """The versions of one service, the newest first."""
    return tuple(
        VersionRow(
            version=f"v{service.version}",
            tag=service.version_tag,
            deployed=when.minute(service.deployed_at),
            deployed_by=service.deployed_by,
            active=service.active_instances,
            latest=service.latest,
            href=f"/admin/services/{service.process_id}?version={service.key}",
            current=service.key == shown,
        )
        for service in sorted(found, key=lambda d: d.version, reverse=True)
    )


@router.get("/admin")
def home(_session: Administrator) -> Response:
    """The first of the administrators' pages."""
    return RedirectResponse("/admin/services", status_code=303)


@router.get("/admin/services")
def show(request: Request, session: Administrator) -> Response:
    """All services."""
    app, actor = application(request), session.actor
    page = ServicesPage(
        frame=administration(request, session, title=_("流程与版本"), side="services"),
        rows=rows(
            list_definitions(app, actor).items,
            list_drafts(app, actor),
            {role.key: role.name for role in known_roles(app)},
        ),
    )
    return respond(request, page)


@router.get("/admin/services/{process_id}")
def versions(
    request: Request,
    session: Administrator,
    process_id: str,
    version: str = "",
) -> Response:
    """One service with its versions; ``version`` is the key of the one to look at."""
    app, actor = application(request), session.actor
    found = list_versions(app, actor, process_id=process_id)
    asked = keys.parse(version) if version else None
    if not found:
        raise NotFound(what=_("流程"), key=process_id)
    shown = next((d for d in found if d.key == asked), None) or next(d for d in found if d.latest)
    drafts = [d for d in list_drafts(app, actor) if d.process_id == process_id]
    page = ServicePage(
        frame=administration(
            request,
            session,
            title=shown.name,
            side="services",
            bundles=("viewer",),
        ),
        name=shown.name,
        process_id=process_id,
        summary=shown.properties.get("banshi:summary", shown.description),
        shown_version=f"v{shown.version}",
        shown_key=str(shown.key),
        versions=version_rows(found, shown.key),
        drafts=tuple(
            DraftLine(
                href=f"/admin/drafts/{draft.key}",
                badge=words.publication(draft.state),
                edited=_("{who} 编辑于 {time}").format(
                    who=draft.edited_by, time=when.ago(draft.edited_at, app.now())
                ),
            )
            for draft in drafts
            if draft.state in {PublicationState.DRAFT, PublicationState.PROPOSED}
        ),
        diagram=casefile.diagram(
            source=f"/admin/definitions/{shown.key}/diagram",
            active=(),
            completed=(),
            flows=(),
            text=_("{version} 的流程图，{time} 由 {who} 部署。").format(
                version=f"v{shown.version}",
                time=when.minute(shown.deployed_at),
                who=shown.deployed_by,
            ),
        ),
        behind=behind(found),
        migrate_href=f"/admin/services/{process_id}/migrate",
    )
    return respond(request, page)


@router.get("/admin/definitions/{key}/diagram")
def diagram(
    request: Request,
    session: Administrator,
    key: str,
    download: bool = False,
) -> Response:
    """The diagram of one version, to look at or as a file."""
    app, definition_key = application(request), keys.parse(key)
    xml = definition_xml(app, session.actor, key=definition_key)
    headers = {}
    if download:
        found = get_definition(app, session.actor, key=definition_key)
        name = f"{found.process_id}-v{found.version}.bpmn"
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return Response(xml, media_type="application/xml", headers=headers)
