"""My usual phrases (常用语): what I write under decisions again and again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.auth import PageSession
from api.language import gettext as _
from api.pages import flash
from api.pages.frame import Frame, frame
from api.pages.refused import why
from api.pages.rendering import respond
from api.pages.visit import Checked, Session, application, visitor
from engine.model import keys
from engine.model.errors import InvalidInput
from engine.model.records import Phrase
from engine.service.worklists.phrases import LONGEST, add_phrase, list_phrases, remove_phrase

router = APIRouter()


@dataclass(frozen=True, kw_only=True)
class PhrasesPage:
    """``typed`` and ``error``: what was just sent and refused."""

    template: ClassVar[str] = "profile_phrases.html"

    frame: Frame
    phrases: tuple[Phrase, ...]
    longest: int
    typed: str
    error: str


def view(
    request: Request, session: PageSession, *, typed: str = "", error: str = ""
) -> PhrasesPage:
    """The phrases of whoever is logged in."""
    return PhrasesPage(
        frame=frame(request, visitor(request, session), title=_("常用语")),
        phrases=list_phrases(application(request), session.actor),
        longest=LONGEST,
        typed=typed,
        error=error,
    )


@router.get("/profile/phrases")
def show(request: Request, session: Session) -> Response:
    """My phrases."""
    return respond(request, view(request, session))


@router.post("/profile/phrases")
def add(
    request: Request,
    session: Checked,
    text: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Keep one more."""
    try:
        add_phrase(application(request), session.actor, text=text)
    except InvalidInput as refused:
        page = view(request, session, typed=text, error=why(refused))
        return respond(request, page, status=422)
    response = RedirectResponse("/profile/phrases", status_code=303)
    flash.say(response, "phrase-kept", what=" ".join(text.split()))
    return response


@router.post("/profile/phrases/{key}/removal")
def remove(request: Request, session: Checked, key: str) -> Response:
    """Drop one."""
    remove_phrase(application(request), session.actor, key=keys.parse(key))
    response = RedirectResponse("/profile/phrases", status_code=303)
    flash.say(response, "phrase-removed")
    return response
