"""The bureau's own words for notices, with FEEL placeholders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.auth import PageSession
from api.language import gettext as _
from api.pages import flash, paging, telling, words
from api.pages.frame import Frame, Link
from api.pages.rendering import respond
from api.pages.visit import Administrator, administration, application
from engine.model.errors import InvalidInput
from engine.model.notices import Wording
from engine.model.notifications import NoticeKind
from engine.model.problems import Problem
from engine.service.notifications.wording import BODY, LANGUAGES, LINES, SUBJECT
from engine.service.notifications.wordings import own_wordings, set_wording

router = APIRouter()
HERE = "/admin/wordings"
FIELDS = {name: name for name in ("line", "subject", "body")}


@dataclass(frozen=True, kw_only=True)
class WordingText:
    """``usual``: what is said where ``own`` is empty; ``rows``: how high the field is."""

    name: str
    label: str
    own: str
    usual: str
    rows: int
    error: str


@dataclass(frozen=True, kw_only=True)
class WordingsPage:
    """``changed``: kinds with words of the bureau's own, in this language."""

    template: ClassVar[str] = "admin/wordings.html"

    frame: Frame
    kinds: tuple[paging.Choice, ...]
    languages: tuple[Link, ...]
    kind: str
    occasion: str
    language: str
    texts: tuple[WordingText, ...]
    changed: str
    problems: tuple[words.Trouble, ...]


def view(
    request: Request,
    session: PageSession,
    chosen: tuple[NoticeKind, str],
    typed: Wording | None = None,
    problems: tuple[Problem, ...] = (),
) -> WordingsPage:
    """The texts of one kind in one language."""
    kind, language = chosen
    own = own_wordings(application(request), session.actor)
    shown = typed or own.get(chosen) or Wording(kind=kind, language=language)
    errors: Mapping[str, str] = {p.element_id: p.message for p in reversed(problems)}
    usual = {"line": LINES[language][kind], "subject": SUBJECT[language], "body": BODY[language]}
    labels = {
        "line": (_("一句话（站内通知、汇总邮件、外发地址用）"), 2),
        "subject": (_("邮件标题"), 2),
        "body": (_("邮件正文"), 10),
    }
    return WordingsPage(
        frame=administration(request, session, title=_("通知措辞"), side="outgoing"),
        kinds=paging.choices(((k.value, telling.kind(k)) for k in NoticeKind), kind.value),
        languages=tuple(
            Link(
                label={"zh": "中文", "en": "English"}[code],
                href=f"{HERE}?kind={kind.value}&language={code}",
                current=code == language,
            )
            for code in LANGUAGES
        ),
        kind=kind.value,
        occasion=telling.occasion(kind),
        language=language,
        texts=tuple(
            WordingText(
                name=name,
                label=label,
                own=getattr(shown, name),
                usual=usual[name],
                rows=rows,
                error=errors.get(name, ""),
            )
            for name, (label, rows) in labels.items()
        ),
        changed="、".join(telling.kind(k) for k, code in own if code == language),
        problems=words.troubles(problems, FIELDS),
    )


def _chosen(kind: str, language: str) -> tuple[NoticeKind, str]:
    known = {k.value: k for k in NoticeKind}
    return known.get(kind, NoticeKind.TASK_ASSIGNED), language if language in LANGUAGES else "zh"


@router.get(HERE)
def show(
    request: Request,
    session: Administrator,
    kind: str = "",
    language: str = "zh",
) -> Response:
    """One kind's texts."""
    return respond(request, view(request, session, _chosen(kind, language)))


@router.post(HERE)
def save(
    request: Request,
    session: Administrator,
    *,
    kind: Annotated[str, Form(max_length=40)] = "",
    language: Annotated[str, Form(max_length=10)] = "zh",
    line: Annotated[str, Form(max_length=20_000)] = "",
    subject: Annotated[str, Form(max_length=20_000)] = "",
    body: Annotated[str, Form(max_length=20_000)] = "",
) -> Response:
    """Keep them; empty ones bring back the usual words."""
    chosen = _chosen(kind, language)
    wording = Wording(
        kind=chosen[0],
        language=chosen[1],
        line=line.strip(),
        subject=subject.strip(),
        body=body.replace("\r\n", "\n").strip(),
    )
    try:
        set_wording(application(request), session.actor, wording=wording)
    except InvalidInput as refused:
        page = view(request, session, chosen, wording, refused.problems)
        return respond(request, page, status=422)
    response = RedirectResponse(
        f"{HERE}?kind={chosen[0].value}&language={chosen[1]}", status_code=303
    )
    flash.say(response, "saved")
    return response
