"""A service's start form as a page: what to bring, what was typed, what is wrong with it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from fastapi import Request

from api.auth import PageSession
from api.pages import paging, when
from api.pages.frame import Frame, frame
from api.pages.hall import materials
from api.pages.typed import (
    UPLOAD_URL,
    Typed,
    draft_local,
)
from api.pages.uploads import upload_rule
from api.pages.visit import application, visitor
from engine.forms import FormView, Problem
from engine.model.definitions import ProcessDefinition
from engine.model.records import FormDraft
from engine.service.app import App
from engine.service.cases.pages import OpenForm
from engine.service.identity.units import list_units


@dataclass(frozen=True, kw_only=True)
class ApplyPage:
    """``units``: in whose name I may apply, where I have a choice; ``form`` None: nothing to fill.

    ``submission_key`` makes a form that is sent twice one application.
    """

    template: ClassVar[str] = "apply.html"

    frame: Frame
    name: str
    summary: str
    duration: str
    materials: tuple[str, ...]
    upload_rule: str
    action: str
    draft_key: str
    draft_local: str
    draft_version: int
    draft_owner: str
    draft_saved: str
    submission_key: str
    units: tuple[paging.Choice, ...]
    form: FormView | None
    problem: str


def view(
    request: Request,
    session: PageSession,
    service: ProcessDefinition,
    opened: OpenForm | None,
    *,
    fields: Mapping[str, Any] | None,
    problems: Sequence[Problem] = (),
    draft: FormDraft | None = None,
    draft_version: int = 0,
    sent: Typed | None = None,
    problem: str = "",
) -> ApplyPage:
    """The page with what was typed before, and what is wrong with it."""
    app, actor = application(request), session.actor
    shown = None
    if opened is not None:
        shown = opened.form.view(fields, problems, context=opened.context, upload_url=UPLOAD_URL)
    return ApplyPage(
        frame=frame(request, visitor(request, session), title=service.name, section="hall"),
        name=service.name,
        summary=service.properties.get("banshi:summary", service.description),
        duration=service.properties.get("banshi:duration", ""),
        materials=materials(service.properties),
        upload_rule=upload_rule(app),
        action=f"/services/{service.process_id}",
        draft_key=f"{actor.key}:{service.process_id}",
        draft_local=draft_local(opened),
        draft_version=draft_version if draft is None else draft.revision,
        draft_owner=str(actor.key),
        draft_saved=when.ago(draft.saved_at, app.now()) if draft else "",
        submission_key=(sent.first("submission_key") if sent else "") or secrets.token_hex(16),
        units=unit_choices(app, session, service, sent.first("unit") if sent else ""),
        form=shown,
        problem=problem,
    )


def unit_choices(
    app: App, session: PageSession, service: ProcessDefinition, chosen: str
) -> tuple[paging.Choice, ...]:
    """The units I hold a starter's role at, where there are several and the diagram leaves it open."""
    if "banshi:unit" in service.properties:
        return ()
    held = {
        post.unit
        for post in session.actor.memberships
        if "*" in service.starters or post.role in service.starters
    }
    if len(held) < 2:
        return ()
    return tuple(
        paging.Choice(value=unit.key, label=unit.name, chosen=unit.key == chosen)
        for unit in list_units(app, session.actor)
        if unit.key in held
    )
