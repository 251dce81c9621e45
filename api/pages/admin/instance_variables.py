"""更正数据: the case's own variables, and a form to correct one, with a reason."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.auth import PageSession
from api.exact import ExactResponse
from api.language import gettext as _
from api.pages import flash, paging, words
from api.pages.frame import Frame
from api.pages.rendering import respond
from api.pages.visit import Administrator, administration, application
from engine.model import codec, keys
from engine.model.errors import BanshiError
from engine.model.keys import Key
from engine.service.administration.managed_case import case_data
from engine.service.administration.set_variables import set_variables

router = APIRouter()
#: A longer value is cut short on the page.
_LONGEST = 400


@dataclass(frozen=True, kw_only=True)
class VariableRow:
    name: str
    value: str


@dataclass(frozen=True, kw_only=True)
class VariablesPage:
    """``typed``: what was sent before, where it was refused (``problem`` says why)."""

    template: ClassVar[str] = "admin/instance_variables.html"

    frame: Frame
    title: str
    number: str
    href: str
    badge: words.Badge
    running: bool
    rows: tuple[VariableRow, ...]
    kinds: tuple[paging.Choice, ...]
    name: str
    value: str
    reason: str
    problem: str


def variable_rows(found: Mapping[str, Any]) -> tuple[VariableRow, ...]:
    """The case's own variables, as far as the reader may see them, as JSON."""
    return tuple(
        VariableRow(name=name, value=bytes(ExactResponse(value).body).decode()[:_LONGEST])
        for name, value in found.items()
    )


def view(
    request: Request,
    session: PageSession,
    key: Key,
    *,
    typed_in: tuple[str, str, str, str] = ("", "text", "", ""),
    problem: str = "",
) -> VariablesPage:
    """The page; ``typed_in``: name, kind, value and reason as they were sent."""
    app, actor = application(request), session.actor
    data = case_data(app, actor, key=key)
    case = data.instance
    name, kind, value, reason = typed_in
    return VariablesPage(
        frame=administration(
            request,
            session,
            title=_("事项数据 {number}").format(number=case.number),
            side="instances",
        ),
        title=case.title or case.process_name,
        number=case.number,
        href=f"/admin/instances/{key}",
        badge=words.instance(case, for_staff=True),
        running=case.ended_at is None,
        rows=variable_rows(data.variables),
        kinds=value_kinds(kind),
        name=name,
        value=value,
        reason=reason,
        problem=problem,
    )


@router.get("/admin/instances/{key}/variables")
def show(
    request: Request,
    session: Administrator,
    key: str,
) -> Response:
    """The case's data."""
    return respond(request, view(request, session, keys.parse(key)))


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


@router.post("/admin/instances/{key}/variables")
def change(
    request: Request,
    session: Administrator,
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
    except (ValueError, BanshiError) as refused:
        sent = (name, kind, value, reason)
        page = view(request, session, case_key, typed_in=sent, problem=str(refused))
        return respond(request, page, status=422)
    response = RedirectResponse(f"/admin/instances/{case_key}/variables", status_code=303)
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
