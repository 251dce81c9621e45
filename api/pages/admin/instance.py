"""One case as an administrator manages it: where its tokens stand, and what can be done to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.auth import PageSession
from api.language import gettext as _
from api.pages import casefile, flash, paging, when, words
from api.pages.admin import element_words
from api.pages.case import lit
from api.pages.frame import Frame
from api.pages.rendering import respond
from api.pages.visit import Administrator, administration, application
from engine.model import keys
from engine.model.definitions import ProcessDefinition
from engine.model.errors import BanshiError
from engine.model.keys import Key
from engine.model.records import UserTask
from engine.model.states import InstanceState
from engine.service.administration.managed_case import managed_case
from engine.service.administration.modify_case import Standing
from engine.service.administration.suspend_case import resume_case, suspend_case

router = APIRouter()


@dataclass(frozen=True, kw_only=True)
class StandRow:
    """A token. ``note``: that it waits at a join, or has others within."""

    name: str
    kind: str
    handler: str
    note: str


@dataclass(frozen=True, kw_only=True)
class InstancePage:
    """``older``: that a newer version is in force, in words; ``errors``: by the form's name."""

    template: ClassVar[str] = "admin/instance.html"

    frame: Frame
    title: str
    number: str
    service: str
    version: str
    badge: words.Badge
    applicant: str
    started: str
    href: str
    case_href: str
    running: bool
    suspended: bool
    older: str
    stands: tuple[StandRow, ...]
    diagram: casefile.Diagram
    versions: tuple[paging.Choice, ...]
    errors: Mapping[str, str] = field(default_factory=dict)


def stand_rows(found: Sequence[Standing], tasks: Sequence[UserTask]) -> tuple[StandRow, ...]:
    """The tokens as lines, with who has those that are user tasks."""
    handlers = {task.key: task.handler or task.assignee_name or "" for task in tasks}
    return tuple(
        StandRow(
            name=at.name or at.element_id,
            kind=element_words.kind(at.type),
            handler=handlers.get(at.key, ""),
            note=_("已到汇聚，等待其他分支")
            if at.waits_to_join
            else (_("其中有环节正在办理") if at.holds_others else ""),
        )
        for at in found
    )


def version_choices(versions: Sequence[ProcessDefinition], now: Key) -> tuple[paging.Choice, ...]:
    """The versions that a case can go on by, the newest first."""
    listed = (
        (
            str(d.key),
            (_("v{version}（现行）") if d.latest else "v{version}").format(version=d.version),
        )
        for d in versions
        if d.key != now
    )
    return paging.choices(listed, "")


def view(
    request: Request, session: PageSession, key: Key, errors: Mapping[str, str] | None = None
) -> InstancePage:
    """The page of a case."""
    app, actor = application(request), session.actor
    managed = managed_case(app, actor, key=key)
    case, versions = managed.page.instance, managed.versions
    latest = next((d for d in versions if d.latest), None)
    older = latest is not None and latest.key != case.definition_key and case.ended_at is None
    return InstancePage(
        frame=administration(
            request,
            session,
            title=_("管理事项 {number}").format(number=case.number),
            side="instances",
            bundles=("viewer",),
        ),
        title=case.title or case.process_name,
        number=case.number,
        service=case.process_name,
        version=f"v{case.version}",
        badge=words.instance(case, for_staff=True),
        applicant=case.applicant_name,
        started=when.minute(case.started_at),
        href=f"/admin/instances/{key}",
        case_href=f"/cases/{key}",
        running=case.ended_at is None,
        suspended=case.state is InstanceState.SUSPENDED,
        older=_("此事项在 v{version} 上办理，现行版本是 v{latest}。").format(
            version=case.version, latest=latest.version
        )
        if older and latest is not None
        else "",
        stands=stand_rows(managed.standings, managed.page.tasks),
        diagram=lit(managed.page),
        versions=version_choices(versions, case.definition_key) if case.ended_at is None else (),
        errors=errors or {},
    )


@router.get("/admin/instances/{key}")
def show(
    request: Request,
    session: Administrator,
    key: str,
) -> Response:
    """The case."""
    return respond(request, view(request, session, keys.parse(key)))


@router.post("/admin/instances/{key}/suspend")
def suspend(
    request: Request,
    session: Administrator,
    key: str,
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Let it stand still."""
    return _turn(request, session, keys.parse(key), reason, suspended=True)


@router.post("/admin/instances/{key}/resume")
def resume(
    request: Request,
    session: Administrator,
    key: str,
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Let it go on."""
    return _turn(request, session, keys.parse(key), reason, suspended=False)


def _turn(
    request: Request, session: PageSession, key: Key, reason: str, *, suspended: bool
) -> Response:
    turn = suspend_case if suspended else resume_case
    try:
        case = turn(application(request), session.actor, key=key, reason=reason)
    except BanshiError as refused:
        return refused_on(request, session, key, {"turn": refused.message})
    response = RedirectResponse(f"/admin/instances/{key}", status_code=303)
    flash.say(response, "case-suspended" if suspended else "case-resumed", what=case.number)
    return response


def refused_on(
    request: Request, session: PageSession, key: Key, errors: Mapping[str, str]
) -> Response:
    """The page again, with what was wrong."""
    return respond(request, view(request, session, key, errors), status=422)
