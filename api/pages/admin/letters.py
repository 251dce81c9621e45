"""The register of letters (文书登记簿), and the versions of the templates they are written by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.language import gettext as _
from api.pages import flash, paging, telling, when, words
from api.pages.frame import Frame
from api.pages.rendering import respond
from api.pages.visit import Administrator, administration, application
from engine.model import keys
from engine.model.errors import Conflict, InvalidInput
from engine.model.letters import Letter, LetterState
from engine.service.letters.register import make_again, revoke_letter, search_letters

router = APIRouter()
HERE = "/admin/letters"
PAGE = 50


@dataclass(frozen=True, kw_only=True)
class LetterRow:
    """``revoke`` and ``again``: where to send it, "" where that makes no sense."""

    symbol: str
    title: str
    number: str
    case_href: str
    document_href: str
    verify_href: str
    badge: words.Badge
    issued: str
    note: str
    revoke: str
    again: str


@dataclass(frozen=True, kw_only=True)
class LettersPage:
    template: ClassVar[str] = "admin/letters.html"

    frame: Frame
    search: str
    rows: tuple[LetterRow, ...]
    total: str
    older: str


def rows(found: Sequence[Letter], now: datetime) -> tuple[LetterRow, ...]:
    """Letters as lines of the register."""
    return tuple(
        LetterRow(
            symbol=letter.symbol,
            title=letter.title,
            number=letter.case_number,
            case_href=f"/cases/{letter.instance_key}",
            document_href=f"/documents/{letter.document_key}" if letter.document_key else "",
            verify_href=f"/verify/{letter.code}",
            badge=telling.letter(letter.state),
            issued=when.ago(letter.issued_at, now),
            note=letter.revoked_because or letter.last_error,
            revoke="" if letter.state is LetterState.REVOKED else f"{HERE}/{letter.key}/revoke",
            again=f"{HERE}/{letter.key}/again" if letter.state is LetterState.FAILED else "",
        )
        for letter in found
    )


@router.get(HERE)
def show(
    request: Request,
    session: Administrator,
    q: str = "",
    before: str = "",
) -> Response:
    """The register, the newest first."""
    app = application(request)
    found = search_letters(
        app,
        session.actor,
        text=q,
        limit=PAGE,
        before=keys.parse(before) if before else None,
    )
    page = LettersPage(
        frame=administration(request, session, title=_("文书"), side="letters"),
        search=q,
        rows=rows(found.items, app.now()),
        total=paging.total(found),
        older=paging.with_query(request, before=found.end_cursor) if found.end_cursor else "",
    )
    return respond(request, page)


@router.post(f"{HERE}/{{key}}/revoke")
def revoke(
    request: Request,
    session: Administrator,
    key: str,
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Take a letter back, with a reason."""
    response = RedirectResponse(HERE, status_code=303)
    try:
        letter = revoke_letter(
            application(request), session.actor, key=keys.parse(key), reason=reason
        )
    except (Conflict, InvalidInput) as refused:
        flash.say(response, "refused", what=refused.message)
    else:
        flash.say(response, "letter-revoked", what=letter.symbol)
    return response


@router.post(f"{HERE}/{{key}}/again")
def again(
    request: Request,
    session: Administrator,
    key: str,
) -> Response:
    """Make the PDF of one that failed."""
    response = RedirectResponse(HERE, status_code=303)
    try:
        make_again(application(request), session.actor, key=keys.parse(key))
    except Conflict as refused:
        flash.say(response, "refused", what=refused.message)
    else:
        flash.say(response, "sent-again")
    return response
