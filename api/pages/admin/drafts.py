"""Drafts of diagrams, decisions and forms: opened, edited, checked, proposed, published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Body, Depends, Form, Header, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from api import auth
from api.auth import PageSession
from api.pages import flash, when, words
from api.pages.admin.modeler_choices import Choices, choices
from api.pages.frame import Frame, frame
from api.pages.language import gettext as _
from api.pages.rendering import respond
from api.pages.visit import application, visitor
from engine.model import keys
from engine.model.errors import Conflict
from engine.model.problems import Problem
from engine.model.records import DiagramDraft, ResourceKind
from engine.model.states import PublicationState
from engine.service.app import App
from engine.service.drafts import (
    discard_draft,
    get_draft,
    list_drafts,
    open_draft,
    save_diagram_draft,
)
from engine.service.lint import lint as lint_file
from engine.service.publish import propose_publication, publish

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


@dataclass(frozen=True, kw_only=True)
class PublicationRow:
    """A draft in the list. ``mine``: proposed by me, so somebody else has to confirm."""

    href: str
    action: str
    name: str
    kind: str
    resource: str
    badge: words.Badge
    edited: str
    proposed_by: str
    note: str
    publish: bool
    mine: bool


@dataclass(frozen=True, kw_only=True)
class PublicationsPage:
    """``waiting``: proposed ones, to be confirmed; ``drafts``: still being edited."""

    template: ClassVar[str] = "admin/publications.html"

    frame: Frame
    waiting: tuple[PublicationRow, ...]
    drafts: tuple[PublicationRow, ...]
    four_eyes: bool


def kind_name(kind: ResourceKind) -> str:
    """What the thing is called."""
    return {
        ResourceKind.BPMN: _("流程"),
        ResourceKind.DMN: _("决策表"),
        ResourceKind.FORM: _("表单"),
    }[kind]


def publication_rows(
    drafts: Sequence[DiagramDraft], me: str, state: PublicationState, *, four_eyes: bool, app: App
) -> tuple[PublicationRow, ...]:
    """The drafts in a state, as lines."""
    return tuple(
        PublicationRow(
            href=f"/admin/drafts/{draft.key}",
            action=f"/admin/drafts/{draft.key}",
            name=draft.name or draft.process_id,
            kind=kind_name(draft.kind),
            resource=draft.resource,
            badge=words.publication(draft.state),
            edited=_("{who} 编辑于 {time}").format(
                who=draft.edited_by, time=when.ago(draft.edited_at, app.now())
            ),
            proposed_by=draft.proposed_by or "",
            note=draft.note,
            publish=state is PublicationState.PROPOSED
            and (draft.proposed_by != me or not four_eyes),
            mine=draft.proposed_by == me,
        )
        for draft in drafts
        if draft.state is state
    )


@router.get("/admin/publications")
def publications(
    request: Request, session: Annotated[PageSession, Depends(auth.administrator_session)]
) -> Response:
    """What waits for a second person, and what is still being edited."""
    app, actor = application(request), session.actor
    four_eyes = not app.settings.demo
    drafts = list_drafts(app, actor)

    def listed(state: PublicationState) -> tuple[PublicationRow, ...]:
        return publication_rows(drafts, actor.name, state, four_eyes=four_eyes, app=app)

    page = PublicationsPage(
        frame=frame(
            request,
            visitor(request, session),
            title=_("待确认的发布"),
            section="admin",
            side="publications",
        ),
        waiting=listed(PublicationState.PROPOSED),
        drafts=listed(PublicationState.DRAFT),
        four_eyes=four_eyes,
    )
    return respond(request, page)


@router.post("/admin/drafts")
def create(
    request: Request,
    session: Annotated[PageSession, Depends(auth.administrator_session)],
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
    session: Annotated[PageSession, Depends(auth.administrator_session)],
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
    session: Annotated[PageSession, Depends(auth.administrator_session)],
    key: str,
) -> Response:
    """The draft's text, with its revision as ETag."""
    draft = get_draft(application(request), session.actor, draft_key=keys.parse(key))
    kind = "application/json" if draft.kind is ResourceKind.FORM else "application/xml"
    return Response(draft.xml, media_type=kind, headers={"ETag": f'"{draft.revision}"'})


@router.put("/admin/drafts/{key}")
def save(
    request: Request,
    session: Annotated[PageSession, Depends(auth.administrator_session)],
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
    text = tag.strip().removeprefix("W/").strip('"')
    if not text.isdigit():
        raise Conflict(what=_("草稿"), reason=_("缺少版本号"))
    return int(text)


@router.post("/admin/drafts/{key}/lint")
def lint(
    request: Request,
    session: Annotated[PageSession, Depends(auth.administrator_session)],
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
        "message": problem.message,
    }


@router.post("/admin/drafts/{key}/publish")
def publish_from_editor(
    request: Request,
    session: Annotated[PageSession, Depends(auth.administrator_session)],
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
        response = JSONResponse({"url": _home(saved)})
        flash.say(response, "published", what=saved.name)
        return response
    propose_publication(app, actor, draft_key=draft_key, note=note)
    response = JSONResponse({"url": "/admin/publications"})
    flash.say(response, "proposed", what=saved.name)
    return response


def _home(draft: DiagramDraft) -> str:
    """Where the published thing is to be seen."""
    if draft.kind is ResourceKind.BPMN:
        return f"/admin/services/{draft.process_id}"
    return f"/admin/{SIDES[draft.kind]}"


@router.post("/admin/drafts/{key}/confirm")
def confirm(
    request: Request,
    session: Annotated[PageSession, Depends(auth.administrator_session)],
    key: str,
    note: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """The second person publishes what the first proposed."""
    app, draft_key = application(request), keys.parse(key)
    draft = get_draft(app, session.actor, draft_key=draft_key)
    publish(app, session.actor, draft_key=draft_key, note=note)
    response = RedirectResponse("/admin/publications", status_code=303)
    flash.say(response, "published", what=draft.name)
    return response


@router.post("/admin/drafts/{key}/discard")
def discard(
    request: Request,
    session: Annotated[PageSession, Depends(auth.administrator_session)],
    key: str,
) -> Response:
    """Give the draft up."""
    app, draft_key = application(request), keys.parse(key)
    draft = get_draft(app, session.actor, draft_key=draft_key)
    discard_draft(app, session.actor, draft_key=draft_key)
    response = RedirectResponse("/admin/publications", status_code=303)
    flash.say(response, "discarded", what=draft.name)
    return response
