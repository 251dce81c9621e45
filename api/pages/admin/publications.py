"""What waits for a second person to publish it, and what is still being edited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.language import gettext as _
from api.pages import flash, when, words
from api.pages.admin.drafts import kind_name
from api.pages.frame import Frame
from api.pages.rendering import respond
from api.pages.visit import Administrator, administration, application
from engine.model import keys
from engine.model.definitions import DiagramDraft, ResourceKind
from engine.model.states import PublicationState
from engine.service.app import App
from engine.service.publishing.drafts import (
    discard_draft,
    get_draft,
    list_drafts,
)
from engine.service.publishing.publish import publish

router = APIRouter()
PAGE = "/admin/publications"


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
def publications(request: Request, session: Administrator) -> Response:
    """What waits for a second person, and what is still being edited."""
    app, actor = application(request), session.actor
    four_eyes = not app.settings.demo
    drafts = list_drafts(app, actor)

    def listed(state: PublicationState) -> tuple[PublicationRow, ...]:
        return publication_rows(drafts, actor.name, state, four_eyes=four_eyes, app=app)

    page = PublicationsPage(
        frame=administration(request, session, title=_("待确认的发布"), side="publications"),
        waiting=listed(PublicationState.PROPOSED),
        drafts=listed(PublicationState.DRAFT),
        four_eyes=four_eyes,
    )
    return respond(request, page)


@router.post("/admin/drafts/{key}/confirm")
def confirm(
    request: Request,
    session: Administrator,
    key: str,
    note: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """The second person publishes what the first proposed."""
    app, draft_key = application(request), keys.parse(key)
    draft = get_draft(app, session.actor, draft_key=draft_key)
    publish(app, session.actor, draft_key=draft_key, note=note)
    seen = f"/admin/services/{draft.process_id}" if draft.kind is ResourceKind.BPMN else PAGE
    response = RedirectResponse(seen, status_code=303)
    flash.say(response, "published", what=draft.name)
    return response


@router.post("/admin/drafts/{key}/discard")
def discard(
    request: Request,
    session: Administrator,
    key: str,
) -> Response:
    """Give the draft up."""
    app, draft_key = application(request), keys.parse(key)
    draft = get_draft(app, session.actor, draft_key=draft_key)
    discard_draft(app, session.actor, draft_key=draft_key)
    response = RedirectResponse("/admin/publications", status_code=303)
    flash.say(response, "discarded", what=draft.name)
    return response
