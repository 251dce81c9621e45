"""One case as an administrator manages it: where its tokens stand, and what can be done to it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from api import auth
from api.auth import PageSession
from api.exact import ExactResponse
from api.pages import casefile, flash, paging, when, words
from api.pages.admin import element_words
from api.pages.case import lit
from api.pages.frame import Frame, frame
from api.pages.language import gettext as _
from api.pages.rendering import respond
from api.pages.visit import application, visitor
from engine.model import codec, keys
from engine.model.errors import BanshiError
from engine.model.keys import Key
from engine.model.records import ProcessDefinition, UserTask, Variable
from engine.model.search import Condition, Query, Window
from engine.model.states import InstanceState
from engine.service.case_page import case_page
from engine.service.modify_case import Standing, case_standings
from engine.service.read_definitions import list_versions
from engine.service.searching import search_variables
from engine.service.set_variables import set_variables
from engine.service.suspend_case import resume_case, suspend_case

router = APIRouter()
_SHOWN = 200


@dataclass(frozen=True, kw_only=True)
class StandRow:
    """A token. ``note``: that it waits at a join, or has others within."""

    name: str
    kind: str
    handler: str
    note: str


@dataclass(frozen=True, kw_only=True)
class VariableRow:
    name: str
    value: str


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
    variables: tuple[VariableRow, ...]
    value_kinds: tuple[paging.Choice, ...]
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


def variable_rows(found: Sequence[Variable], key: Key) -> tuple[VariableRow, ...]:
    """The case's own variables, as far as the reader may see them, as JSON."""
    return tuple(
        VariableRow(
            name=variable.name, value=bytes(ExactResponse(variable.value).body).decode()[:400]
        )
        for variable in found
        if variable.scope_key == key
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
    found = case_page(app, actor, key=key)
    case = found.instance
    versions = list_versions(app, actor, process_id=case.process_id)
    latest = next((d for d in versions if d.latest), None)
    query = Query(
        conditions=(Condition(field="processInstanceKey", value=key),),
        window=Window(limit=_SHOWN),
    )
    older = latest is not None and latest.key != case.definition_key and case.ended_at is None
    return InstancePage(
        frame=frame(
            request,
            visitor(request, session),
            title=_("管理事项 {number}").format(number=case.number),
            section="admin",
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
        stands=stand_rows(case_standings(app, actor, key=key), found.tasks),
        diagram=lit(found),
        versions=version_choices(versions, case.definition_key) if case.ended_at is None else (),
        variables=variable_rows(search_variables(app, actor, query=query).items, key),
        value_kinds=value_kinds(),
        errors=errors or {},
    )


def value_kinds(chosen: str = "text") -> tuple[paging.Choice, ...]:
    """How what is typed is meant."""
    return paging.choices(
        [
            ("text", _("文字")),
            ("number", _("数字")),
            ("boolean", _("是/否")),
            ("json", _("结构（JSON）")),
            ("null", _("清空")),
        ],
        chosen,
    )


@router.get("/admin/instances/{key}")
def show(
    request: Request,
    session: Annotated[PageSession, Depends(auth.administrator_session)],
    key: str,
) -> Response:
    """The case."""
    return respond(request, view(request, session, keys.parse(key)))


@router.post("/admin/instances/{key}/suspend")
def suspend(
    request: Request,
    session: Annotated[PageSession, Depends(auth.administrator_session)],
    key: str,
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Let it stand still."""
    return _turn(request, session, keys.parse(key), reason, suspended=True)


@router.post("/admin/instances/{key}/resume")
def resume(
    request: Request,
    session: Annotated[PageSession, Depends(auth.administrator_session)],
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


@router.post("/admin/instances/{key}/variables")
def change(
    request: Request,
    session: Annotated[PageSession, Depends(auth.administrator_session)],
    key: str,
    *,
    name: Annotated[str, Form(max_length=255)] = "",
    kind: Annotated[str, Form(max_length=20)] = "text",
    value: Annotated[str, Form(max_length=20_000)] = "",
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Correct one variable of the case."""
    app, case_key = application(request), keys.parse(key)
    try:
        set_variables(
            app,
            session.actor,
            scope_key=case_key,
            variables=correction(name, kind, value),
            reason=reason,
        )
    except ValueError as wrong:
        return refused_on(request, session, case_key, {"variables": str(wrong)})
    except BanshiError as refused:
        return refused_on(request, session, case_key, {"variables": refused.message})
    response = RedirectResponse(f"/admin/instances/{case_key}", status_code=303)
    flash.say(response, "saved")
    return response


def correction(name: str, kind: str, text: str) -> dict[str, Any]:
    """The variable to write; ValueError in words where it is none."""
    if not name.strip():
        raise ValueError(_("请填写数据名称。"))
    return {name.strip(): typed(kind, text)}


def typed(kind: str, text: str) -> Any:
    """What was typed, as it is meant; ValueError in words where it cannot be."""
    match kind:
        case "text":
            return text
        case "null":
            return None
        case "boolean":
            known = {"是": True, "true": True, "否": False, "false": False}
            if text.strip().lower() not in known:
                raise ValueError(_("请填写“是”或“否”。"))
            return known[text.strip().lower()]
        case "number":
            return _number(text)
        case _:
            try:
                json.loads(text)
                return codec.decode(text)
            except (ValueError, RecursionError):
                raise ValueError(_("不是有效的 JSON，请检查引号和括号。")) from None


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite():
        raise ValueError(_("请填写数字，例如 1200.50。"))
    return number


def refused_on(
    request: Request, session: PageSession, key: Key, errors: Mapping[str, str]
) -> Response:
    """The page again, with what was wrong."""
    return respond(request, view(request, session, key, errors), status=422)
