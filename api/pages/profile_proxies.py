"""我的代理: who does my tasks while I am away, and for whom I stand in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.auth import PageSession
from api.language import gettext as _
from api.pages import flash, when, words
from api.pages.frame import Frame, frame
from api.pages.paging import Choice
from api.pages.refused import why
from api.pages.rendering import respond
from api.pages.typed import day
from api.pages.visit import Checked, Session, application, visitor
from api.pages.words import Badge
from engine.model import keys
from engine.model.errors import Conflict, Forbidden, InvalidInput
from engine.model.problems import Problem
from engine.model.proxies import Proxy
from engine.service.absence.proxies import list_proxies, name_proxy, revoke_proxy
from engine.service.app import App
from engine.service.cases.copies import readers_to_choose
from engine.service.worklists.inbox import inbox_services

router = APIRouter()

FIELDS = {
    "proxy": "proxy",
    "principal": "proxy",
    "startDate": "since",
    "endDate": "until",
    "since": "since",
    "until": "until",
    "reason": "reason",
    "processDefinitionIds": "services",
}


@dataclass(frozen=True, kw_only=True)
class ProxyLine:
    """``revoke``: where revoking is sent, "" where it is over or not mine to end."""

    who: str
    period: str
    services: str
    reason: str
    badge: Badge
    revoke: str


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What was typed."""

    proxy: str = ""
    since: str = ""
    until: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class ProxiesPage:
    """``staff``: people to choose from; none where the actor is no staff himself."""

    template: ClassVar[str] = "profile_proxies.html"

    frame: Frame
    mine: tuple[ProxyLine, ...]
    others: tuple[ProxyLine, ...]
    staff: tuple[Choice, ...]
    services: tuple[Choice, ...]
    sent: Sent
    problems: tuple[words.Trouble, ...]
    errors: Mapping[str, str] = field(default_factory=dict)


def staff(app: App, session: PageSession) -> tuple[Choice, ...]:
    """The staff by username, with names and posts."""
    try:
        found = readers_to_choose(app, session.actor)
    except Forbidden:
        return ()
    return tuple(
        Choice(
            value=reader.username,
            label=f"{reader.name}（{reader.posts}）" if reader.posts else reader.name,
            chosen=False,
        )
        for reader in found
    )


def line(proxy: Proxy, now: datetime, names: Mapping[str, str], *, mine: bool) -> ProxyLine:
    """One of a list."""
    state = proxy.state(now)
    tone, text = {
        "planned": ("waiting", _("未开始")),
        "live": ("active", _("代理中")),
        "over": ("plain", _("已到期")),
        "revoked": ("plain", _("已撤销")),
    }[state]
    services = "、".join(names.get(each, each) for each in proxy.process_ids)
    return ProxyLine(
        who=proxy.proxy_name if mine else proxy.principal_name,
        period=_period(proxy),
        services=services or _("全部事项"),
        reason=proxy.reason,
        badge=Badge(text=text, tone=tone),
        revoke=f"/profile/proxies/{proxy.key}/revocation"
        if mine and state in {"planned", "live"}
        else "",
    )


def _period(proxy: Proxy) -> str:
    """From the first to the last day; the last one in full where it ends at midnight."""
    last = proxy.ends_at - timedelta(microseconds=1)
    return _("{start} 至 {end}").format(start=when.day(proxy.starts_at), end=when.day(last))


def view(
    request: Request,
    session: PageSession,
    *,
    sent: Sent | None = None,
    chosen: Sequence[str] = (),
    problems: Sequence[Problem] = (),
) -> ProxiesPage:
    """Where I am principal or proxy."""
    app, actor = application(request), session.actor
    found = list_proxies(app, actor, username=actor.username)
    known = inbox_services(app, actor)
    names, typed = dict(known), sent or Sent()
    now = app.now()
    return ProxiesPage(
        frame=frame(request, visitor(request, session), title=_("我的代理")),
        mine=tuple(line(p, now, names, mine=True) for p in found if p.principal == actor.username),
        others=tuple(
            line(p, now, names, mine=False) for p in found if p.principal != actor.username
        ),
        staff=staff(app, session),
        services=tuple(Choice(value=key, label=name, chosen=key in chosen) for key, name in known),
        sent=typed,
        problems=words.troubles(problems, FIELDS),
        errors={FIELDS.get(p.element_id, p.element_id): p.message for p in reversed(problems)},
    )


@router.get("/profile/proxies")
def show(request: Request, session: Session) -> Response:
    """My proxies."""
    return respond(request, view(request, session))


@router.post("/profile/proxies")
def add(
    request: Request,
    session: Checked,
    *,
    proxy: Annotated[str, Form(max_length=100)] = "",
    since: Annotated[str, Form(max_length=20)] = "",
    until: Annotated[str, Form(max_length=20)] = "",
    reason: Annotated[str, Form(max_length=2000)] = "",
    services: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """``since`` to ``until``: the first and the last day."""
    app = application(request)
    sent = Sent(proxy=proxy.strip(), since=since, until=until, reason=reason)
    try:
        first, last = day(since, "since"), day(until, "until")
        made = name_proxy(
            app,
            session.actor,
            principal=session.actor.username,
            proxy=sent.proxy,
            starts_at=max(_midnight(app, first), app.now()),
            ends_at=_midnight(app, last + timedelta(days=1)),
            process_ids=services,
            reason=reason,
        )
    except InvalidInput as refused:
        page = view(request, session, sent=sent, chosen=services, problems=refused.problems)
        return respond(request, page, status=422)
    response = RedirectResponse("/profile/proxies", status_code=303)
    flash.say(response, "proxy-named", who=made.proxy_name)
    return response


@router.post("/profile/proxies/{key}/revocation")
def revoke(request: Request, session: Checked, key: str) -> Response:
    """It ends now."""
    response = RedirectResponse("/profile/proxies", status_code=303)
    try:
        ended = revoke_proxy(application(request), session.actor, key=keys.parse(key))
    except (Forbidden, Conflict) as refused:
        flash.say(response, "refused", what=why(refused))
    else:
        flash.say(response, "proxy-revoked", who=ended.proxy_name)
    return response


def _midnight(app: App, on: date) -> datetime:
    return datetime.combine(on, time(), app.settings.timezone)
