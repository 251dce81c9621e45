"""Drafts of diagrams, decisions and forms in their editors: saved, checked, proposed, published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Body, Form, Header, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from api import language
from api.language import gettext as _
from api.pages import when, words
from api.pages.admin.modeler_choices import Choices, choices
from api.pages.frame import Frame, frame
from api.pages.rendering import respond
from api.pages.typed import revision
from api.pages.visit import Administrator, application, visitor
from engine.model import keys
from engine.model.definitions import DiagramDraft, ResourceKind
from engine.model.errors import Conflict
from engine.model.problems import Problem
from engine.model.states import PublicationState
from engine.service.publishing.drafts import (
    get_draft,
    open_draft,
    save_diagram_draft,
)
from engine.service.publishing.lint import lint as lint_file
from engine.service.publishing.publish import propose_publication, publish

router = APIRouter()

BUNDLES: Mapping[ResourceKind, str] = {
    ResourceKind.BPMN: "modeler",
    ResourceKind.DMN: "dmn",
    ResourceKind.FORM: "formeditor",
}
SIDES: Mapping[ResourceKind, str] = {
    ResourceKind.BPMN: "services",
    ResourceKind.DMN: "decisions",
    ResourceKind.FORM: "forms",
}
OPEN_STATES = (PublicationState.DRAFT, PublicationState.PROPOSED)


@dataclass(frozen=True, kw_only=True)
class EditorPage:
    """An editor with its draft; which one, ``kind`` says (``bpmn``, ``dmn``, ``form``).

    ``four_eyes``: publishing needs a second person (not in the demonstration).
    """

    template: ClassVar[str] = "admin/editor.html"

    frame: Frame
    kind: str
    name: str
    file_name: str
    version: int
    badge: words.Badge
    edited: str
    action: str
    back: str
    choices: Choices
    four_eyes: bool
    proposed_by: str
    note: str
    editable: bool


def kind_name(kind: ResourceKind) -> str:
    """What the thing is called."""
    return {
        ResourceKind.BPMN: _("流程"),
        ResourceKind.DMN: _("决策表"),
        ResourceKind.FORM: _("表单"),
    }[kind]


@router.post("/admin/drafts")
def create(
    request: Request,
    session: Administrator,
    kind: Annotated[ResourceKind, Form()],
    base: Annotated[str, Form()],
) -> Response:
    """A draft of the next version of something deployed."""
    draft = open_draft(
        application(request), session.actor, kind=kind, definition_key=keys.parse(base)
    )
    return RedirectResponse(f"/admin/drafts/{draft.key}", status_code=303)


@router.get("/admin/drafts/{key}")
def edit(
    request: Request,
    session: Administrator,
    key: str,
) -> Response:
    """The editor."""
    app, actor = application(request), session.actor
    draft = get_draft(app, actor, draft_key=keys.parse(key))
    page = EditorPage(
        frame=frame(
            request,
            visitor(request, session),
            title=draft.name or _("新建{kind}").format(kind=kind_name(draft.kind)),
            section="admin",
            bundles=(BUNDLES[draft.kind],),
            wide=True,
        ),
        kind=draft.kind.value.lower(),
        name=draft.name or _("新建{kind}").format(kind=kind_name(draft.kind)),
        file_name=draft.resource.rsplit(".", 1)[0],
        version=draft.revision,
        badge=words.publication(draft.state),
        edited=_("{who} 编辑于 {time}").format(
            who=draft.edited_by, time=when.ago(draft.edited_at, app.now())
        ),
        action=f"/admin/drafts/{draft.key}",
        back=f"/admin/{SIDES[draft.kind]}",
        choices=choices(app, actor),
        four_eyes=not app.settings.demo,
        proposed_by=draft.proposed_by or "",
        note=draft.note,
        editable=draft.state in OPEN_STATES,
    )
    return respond(request, page)


@router.get("/admin/drafts/{key}/content")
def content(
    request: Request,
    session: Administrator,
    key: str,
) -> Response:
    """The draft's text, with its revision as ETag."""
    draft = get_draft(application(request), session.actor, draft_key=keys.parse(key))
    kind = "application/json" if draft.kind is ResourceKind.FORM else "application/xml"
    return Response(draft.xml, media_type=kind, headers={"ETag": f'"{draft.revision}"'})


@router.put("/admin/drafts/{key}")
def save(
    request: Request,
    session: Administrator,
    key: str,
    content: Annotated[str, Body(embed=True)],
    if_match: Annotated[str, Header()] = "",
) -> Response:
    """Save the draft, unless somebody else has changed it since it was opened."""
    draft = save_diagram_draft(
        application(request),
        session.actor,
        draft_key=keys.parse(key),
        xml=content,
        revision=_revision(if_match),
    )
    return JSONResponse({"version": draft.revision, "saved_at": draft.edited_at.isoformat()})


def _revision(tag: str) -> int:
    known = revision(tag)
    if known is None:
        raise Conflict(what=_("草稿"), reason=_("缺少版本号"))
    return known


@router.post("/admin/drafts/{key}/lint")
def lint(
    request: Request,
    session: Administrator,
    key: str,
    content: Annotated[str, Body(embed=True)],
) -> Response:
    """What is wrong or doubtful with the text as it stands in the editor."""
    app = application(request)
    draft = get_draft(app, session.actor, draft_key=keys.parse(key))
    found = lint_file(app, session.actor, name=draft.resource, content=content.encode())
    return JSONResponse({"problems": [_problem(problem) for problem in found]})


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "severity": problem.severity.value,
        "element_id": problem.element_id,
        "rule": problem.rule,
        "message": language.said(problem.message),
    }


@router.post("/admin/drafts/{key}/publish")
def publish_from_editor(
    request: Request,
    session: Administrator,
    *,
    key: str,
    content: Annotated[str, Body()],
    version: Annotated[int, Body()],
    note: Annotated[str, Body(max_length=2000)] = "",
) -> Response:
    """Save, then publish (demonstration) or ask a second person to (everywhere else)."""
    app, actor, draft_key = application(request), session.actor, keys.parse(key)
    saved = save_diagram_draft(app, actor, draft_key=draft_key, xml=content, revision=version)
    if app.settings.demo:
        publish(app, actor, draft_key=draft_key, note=note)
        said = _("新版本已发布。正在办理的事项继续按原来的版本走。")
        return JSONResponse({"message": said, "url": _home(saved)})
    propose_publication(app, actor, draft_key=draft_key, note=note)
    said = _("已提请发布，等待另一位管理员确认。确认之前仍按现行版本办理。")
    return JSONResponse({"message": said, "url": "/admin/publications"})


def _home(draft: DiagramDraft) -> str:
    """Where the published thing is to be seen."""
    if draft.kind is ResourceKind.BPMN:
        return f"/admin/services/{draft.process_id}"
    return f"/admin/{SIDES[draft.kind]}"
