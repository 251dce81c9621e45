"""How I want to be told: channels by kind, quiet hours, digest, language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.auth import PageSession
from api.language import gettext as _
from api.pages import flash, paging, telling, words
from api.pages.frame import Frame, frame
from api.pages.rendering import respond
from api.pages.visit import Checked, Session, application, visitor
from engine.model.errors import InvalidInput
from engine.model.notifications import PERSONAL, URGENT, Channel, Digest, NoticeKind, Preferences
from engine.model.problems import Problem
from engine.service.identity.list_people import get_person
from engine.service.notifications.preferences import (
    FOR_ADMINISTRATORS,
    my_preferences,
    set_my_preferences,
)

router = APIRouter()
FIELDS = {name: name for name in ("quiet_from", "quiet_to", "digest_at", "language")}


@dataclass(frozen=True, kw_only=True)
class Box:
    """A kind's box for one channel."""

    value: str
    label: str
    ticked: bool


@dataclass(frozen=True, kw_only=True)
class KindRow:
    occasion: str
    urgent: bool
    boxes: tuple[Box, ...]


@dataclass(frozen=True, kw_only=True)
class NoticeSettings:
    """``email``: where mail goes, "" = there is no address to send it to."""

    template: ClassVar[str] = "profile_notices.html"

    frame: Frame
    email: str
    channels: tuple[str, ...]
    kinds: tuple[KindRow, ...]
    quiet_from: str
    quiet_to: str
    quiet_rest_days: bool
    urgent_breaks: bool
    digests: tuple[paging.Choice, ...]
    digest_at: str
    languages: tuple[paging.Choice, ...]
    problems: tuple[words.Trouble, ...]
    errors: Mapping[str, str]


def view(
    request: Request,
    session: PageSession,
    wanted: Preferences,
    problems: tuple[Problem, ...] = (),
) -> NoticeSettings:
    """The settings as they are, or as they were typed."""
    app, actor = application(request), session.actor
    kinds = [k for k in NoticeKind if actor.administrator or k not in FOR_ADMINISTRATORS]
    return NoticeSettings(
        frame=frame(request, visitor(request, session), title=_("通知设置")),
        email=get_person(app, actor, key=actor.key).email,
        channels=tuple(telling.channel(channel) for channel in PERSONAL),
        kinds=tuple(
            KindRow(
                occasion=telling.occasion(kind),
                urgent=kind in URGENT,
                boxes=tuple(
                    Box(
                        value=f"{kind.value}.{channel.value}",
                        label=f"{telling.occasion(kind)}：{telling.channel(channel)}",
                        ticked=wanted.wants(kind, channel),
                    )
                    for channel in PERSONAL
                ),
            )
            for kind in kinds
        ),
        quiet_from=_clock(wanted.quiet_from),
        quiet_to=_clock(wanted.quiet_to),
        quiet_rest_days=wanted.quiet_rest_days,
        urgent_breaks=wanted.urgent_breaks,
        digests=paging.choices(
            (
                (Digest.NONE.value, _("随时发送")),
                (Digest.HOURLY.value, _("每小时汇总一封")),
                (Digest.DAILY.value, _("每天汇总一封")),
            ),
            wanted.digest.value,
        ),
        digest_at=_clock(wanted.digest_at),
        languages=paging.choices((("zh", "中文"), ("en", "English")), wanted.language),
        problems=words.troubles(problems, FIELDS),
        errors={p.element_id: p.message for p in reversed(problems)},
    )


@router.get("/profile/notices")
def show(request: Request, session: Session) -> Response:
    """My settings."""
    wanted = my_preferences(application(request), session.actor)
    return respond(request, view(request, session, wanted))


@router.post("/profile/notices")
def save(
    request: Request,
    session: Checked,
    *,
    tick: Annotated[list[str] | None, Form(max_length=100)] = None,
    quiet_from: Annotated[str, Form(max_length=10)] = "",
    quiet_to: Annotated[str, Form(max_length=10)] = "",
    quiet_rest_days: Annotated[str, Form(max_length=10)] = "",
    urgent_breaks: Annotated[str, Form(max_length=10)] = "",
    digest: Annotated[str, Form(max_length=10)] = Digest.NONE.value,
    digest_at: Annotated[str, Form(max_length=10)] = "",
    language: Annotated[str, Form(max_length=10)] = "zh",
) -> Response:
    """Settle them."""
    problems: list[Problem] = []
    wanted = Preferences(
        channels={kind: _ticked(kind, set(tick or ())) for kind in NoticeKind},
        quiet_from=_time(quiet_from, "quiet_from", problems),
        quiet_to=_time(quiet_to, "quiet_to", problems),
        quiet_rest_days=quiet_rest_days == "true",
        urgent_breaks=urgent_breaks == "true",
        digest=Digest(digest) if digest in set(Digest) else Digest.NONE,
        digest_at=_time(digest_at, "digest_at", problems) or Preferences().digest_at,
        language=language,
    )
    if not problems:
        try:
            set_my_preferences(application(request), session.actor, wanted=wanted)
        except InvalidInput as refused:
            problems.extend(refused.problems)
    if problems:
        page = view(request, session, wanted, tuple(problems))
        return respond(request, page, status=422)
    response = RedirectResponse("/profile/notices", status_code=303)
    flash.say(response, "saved")
    return response


def _ticked(kind: NoticeKind, ticked: set[str]) -> frozenset[Channel]:
    return frozenset(c for c in PERSONAL if f"{kind.value}.{c.value}" in ticked)


def _time(text: str, field: str, problems: list[Problem]) -> time | None:
    if not text.strip():
        return None
    try:
        return time.fromisoformat(text.strip()).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        message = _("时间请写成 22:00 这样。")
        problems.append(Problem(element_id=field, rule="time", message=message))
        return None


def _clock(at: time | None) -> str:
    return f"{at:%H:%M}" if at else ""
