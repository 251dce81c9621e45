"""Who looked at masked data in clear: the list that is checked (查阅记录)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.language import gettext as _
from api.pages import paging, when
from api.pages.frame import Frame
from api.pages.rendering import respond
from api.pages.unmasking import kind_name
from api.pages.visit import Administrator, administration, application
from engine.forms import Kind
from engine.model.privacy import Unmasking
from engine.model.search import Condition, Operator, Query, Window
from engine.service.privacy.unmask import search_unmaskings

router = APIRouter()
HERE = "/admin/unmaskings"
PAGE = 50


@dataclass(frozen=True, kw_only=True)
class UnmaskingRow:
    who: str
    number: str
    case_href: str
    kinds: str
    purpose: str
    note: str
    at: str
    until: str


@dataclass(frozen=True, kw_only=True)
class UnmaskingsPage:
    """``person`` and ``case``: what was searched for."""

    template: ClassVar[str] = "admin/unmaskings.html"

    frame: Frame
    person: str
    case: str
    rows: tuple[UnmaskingRow, ...]
    total: str
    pager: paging.Pager


def rows(found: Sequence[Unmasking]) -> tuple[UnmaskingRow, ...]:
    """Audit rows as lines."""
    return tuple(
        UnmaskingRow(
            who=each.name if each.name == each.username else f"{each.name}（{each.username}）",
            number=each.case_number,
            case_href=f"/cases/{each.instance_key}" if each.case_number else "",
            kinds="、".join(kind_name(k) for k in Kind if k.value in each.kinds),
            purpose=each.purpose,
            note=each.note,
            at=when.minute(each.at),
            until=when.minute(each.until),
        )
        for each in found
    )


@router.get(HERE)
def show(
    request: Request,
    session: Administrator,
    person: str = "",
    case: str = "",
    cursor: str = "",
) -> Response:
    """The latest first; by person (username) and by case number."""
    asked = (("username", person.strip()[:100]), ("caseNumber", case.strip()[:100]))
    conditions = tuple(
        Condition(field=field, operator=Operator.LIKE, value=f"*{_literal(text)}*")
        for field, text in asked
        if text
    )
    window = Window(limit=PAGE, after=cursor or None)
    found = search_unmaskings(
        application(request), session.actor, query=Query(conditions=conditions, window=window)
    )
    page = UnmaskingsPage(
        frame=administration(request, session, title=_("查阅记录"), side="unmaskings"),
        person=person,
        case=case,
        rows=rows(found.items),
        total=paging.total(found),
        pager=paging.pager(request, found, PAGE),
    )
    return respond(request, page)


def _literal(text: str) -> str:
    return "".join(f"\\{c}" if c in "\\*?" else c for c in text)
