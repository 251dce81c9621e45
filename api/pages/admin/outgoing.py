"""Ways out (外发渠道): mail server, endpoints of other systems, and the hosts they may be on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.auth import PageSession
from api.language import gettext as _
from api.language import said
from api.pages import flash, paging, telling, words
from api.pages.admin.people import problems_of
from api.pages.frame import Frame
from api.pages.rendering import respond
from api.pages.visit import Administrator, administration, application
from engine.model import keys
from engine.model.errors import BanshiError, Conflict, InvalidInput, NotFound
from engine.model.notices import Endpoint, MailServer
from engine.model.notifications import Channel, NoticeKind
from engine.model.problems import Problem
from engine.service.notifications.channels import (
    add_endpoint,
    delete_endpoint,
    renew_secret,
    set_allowed_hosts,
    set_endpoint_active,
    set_mail_server,
    try_mail_server,
    ways_out,
)
from engine.service.notifications.failures import NotSent
from engine.service.notifications.services import SERVICES

router = APIRouter()
HERE = "/admin/outgoing"
_MAIL = ("host", "port", "security", "username", "password", "sender", "sender_name")
FIELDS = {name: name for name in (*_MAIL, "hosts", "url", "name", "kinds")}


@dataclass(frozen=True, kw_only=True)
class EndpointRow:
    """``signed``: it has a secret that can be renewed."""

    name: str
    channel: str
    url: str
    kinds: str
    active: bool
    signed: bool
    action: str


@dataclass(frozen=True, kw_only=True)
class OutgoingPage:
    """``secret``: of the endpoint that was just made or renewed, shown this once."""

    template: ClassVar[str] = "admin/outgoing.html"

    frame: Frame
    problems: tuple[words.Trouble, ...]
    errors: Mapping[str, str]
    mail: Mapping[str, str]
    mail_active: bool
    has_password: bool
    securities: tuple[paging.Choice, ...]
    hosts: str
    endpoints: tuple[EndpointRow, ...]
    channels: tuple[paging.Choice, ...]
    kinds: tuple[paging.Choice, ...]
    typed: Mapping[str, str]
    services: str
    secret: str
    secret_of: str


@dataclass(frozen=True, kw_only=True)
class Typed:
    """What was sent and refused, to be shown again; or a secret to be shown once."""

    problems: Sequence[Problem] = ()
    mail: Mapping[str, str] | None = None
    hosts: str | None = None
    endpoint: Mapping[str, str] = field(default_factory=dict)
    kinds: frozenset[str] = frozenset()
    secret: str = ""
    secret_of: str = ""


def view(request: Request, session: PageSession, typed: Typed | None = None) -> OutgoingPage:
    """All that is set, with what was typed where it was refused."""
    typed = typed or Typed()
    ways = ways_out(application(request), session.actor)
    server = ways.mail_server
    mail = typed.mail or _mail_of(server)
    return OutgoingPage(
        frame=administration(request, session, title=_("外发渠道"), side="outgoing"),
        problems=words.troubles(typed.problems, FIELDS),
        errors={p.element_id: p.message for p in reversed(typed.problems)},
        mail=mail,
        mail_active=mail.get("active") == "true",
        has_password=bool(server and server.has_password),
        securities=paging.choices(
            (("tls", "TLS"), ("starttls", "STARTTLS"), ("none", _("不加密"))), mail["security"]
        ),
        hosts=typed.hosts if typed.hosts is not None else "\n".join(ways.hosts),
        endpoints=tuple(_row(endpoint) for endpoint in ways.endpoints),
        channels=paging.choices(
            ((c.value, telling.channel(c)) for c in (Channel.WEBHOOK, Channel.SERVICE)),
            typed.endpoint.get("channel", Channel.WEBHOOK.value),
        ),
        kinds=tuple(
            paging.Choice(value=k.value, label=telling.kind(k), chosen=k.value in typed.kinds)
            for k in NoticeKind
        ),
        typed={"name": "", "url": "", **typed.endpoint},
        services="、".join(f"{schema}://（{said(name)}）" for schema, name in SERVICES.items()),
        secret=typed.secret,
        secret_of=typed.secret_of,
    )


def _mail_of(server: MailServer | None) -> Mapping[str, str]:
    if server is None:
        return {**dict.fromkeys(_MAIL, ""), "port": "465", "security": "tls", "active": "true"}
    return {
        "host": server.host,
        "port": str(server.port),
        "security": server.security,
        "username": server.username,
        "sender": server.sender,
        "sender_name": server.sender_name,
        "active": "true" if server.active else "",
    }


def _row(endpoint: Endpoint) -> EndpointRow:
    return EndpointRow(
        name=endpoint.name,
        channel=telling.channel(endpoint.channel),
        url=endpoint.shown_url,
        kinds="、".join(telling.kind(k) for k in NoticeKind if k in endpoint.kinds),
        active=endpoint.active,
        signed=endpoint.channel is Channel.WEBHOOK,
        action=f"{HERE}/endpoints/{endpoint.key}",
    )


@router.get(HERE)
def show(request: Request, session: Administrator) -> Response:
    """All ways out."""
    return respond(request, view(request, session))


@router.post(f"{HERE}/mail")
def save_mail(
    request: Request,
    session: Administrator,
    *,
    host: Annotated[str, Form(max_length=300)] = "",
    port: Annotated[str, Form(max_length=10)] = "",
    security: Annotated[str, Form(max_length=20)] = "",
    username: Annotated[str, Form(max_length=300)] = "",
    password: Annotated[str, Form(max_length=300)] = "",
    sender: Annotated[str, Form(max_length=300)] = "",
    sender_name: Annotated[str, Form(max_length=100)] = "",
    active: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """The mail server; an empty password keeps the one there is."""
    server = MailServer(
        host=host.strip(),
        port=int(port) if port.isascii() and port.isdigit() else 0,
        security=security,
        username=username.strip(),
        sender=sender.strip(),
        sender_name=sender_name.strip(),
        active=active == "true",
    )
    try:
        set_mail_server(
            application(request), session.actor, server=server, password=password or None
        )
    except InvalidInput as refused:
        mail = {**_mail_of(server), "port": port}
        return _again(request, session, Typed(problems=refused.problems, mail=mail))
    return _saved()


@router.post(f"{HERE}/mail/try")
def try_mail(
    request: Request,
    session: Administrator,
    to: Annotated[str, Form(max_length=300)] = "",
) -> Response:
    """Send a mail now, and say how it went."""
    response = RedirectResponse(HERE, status_code=303)
    try:
        try_mail_server(application(request), session.actor, to=to.strip())
    except NotSent as failure:
        flash.say(response, "refused", what=failure.message)
    else:
        flash.say(response, "mail-sent", what=to.strip())
    return response


@router.post(f"{HERE}/hosts")
def save_hosts(
    request: Request,
    session: Administrator,
    hosts: Annotated[str, Form(max_length=20_000)] = "",
) -> Response:
    """One host per line."""
    try:
        set_allowed_hosts(application(request), session.actor, hosts=hosts.split())
    except InvalidInput as refused:
        return _again(request, session, Typed(problems=refused.problems, hosts=hosts))
    return _saved()


@router.post(f"{HERE}/endpoints")
def new_endpoint(
    request: Request,
    session: Administrator,
    *,
    channel: Annotated[str, Form(max_length=20)] = "",
    name: Annotated[str, Form(max_length=200)] = "",
    url: Annotated[str, Form(max_length=2000)] = "",
    kind: Annotated[list[str] | None, Form(max_length=50)] = None,
    with_recipients: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """A system to be told; its secret is on the page that comes back, and nowhere else."""
    chosen = frozenset(kind or ()) & {k.value for k in NoticeKind}
    try:
        made, secret = add_endpoint(
            application(request),
            session.actor,
            channel=Channel.SERVICE if channel == Channel.SERVICE.value else Channel.WEBHOOK,
            name=name,
            url=url,
            kinds={NoticeKind(value) for value in chosen},
            with_recipients=with_recipients == "true",
        )
    except (InvalidInput, Conflict) as refused:
        given = {"channel": channel, "name": name, "url": url}
        typed = Typed(problems=problems_of(refused), endpoint=given, kinds=chosen)
        return _again(request, session, typed)
    if not secret:
        return _saved()
    return respond(request, view(request, session, Typed(secret=secret, secret_of=made.name)))


@router.post(f"{HERE}/endpoints/{{key}}/{{act}}")
def change_endpoint(
    request: Request,
    session: Administrator,
    key: str,
    act: str,
) -> Response:
    """``pause``, ``resume``, ``renew`` its secret, or ``delete`` it."""
    app, actor, parsed = application(request), session.actor, keys.parse(key)
    try:
        if act == "renew":
            found, secret = renew_secret(app, actor, key=parsed)
            typed = Typed(secret=secret, secret_of=found.name)
            return respond(request, view(request, session, typed))
        if act == "delete":
            delete_endpoint(app, actor, key=parsed)
        elif act in {"pause", "resume"}:
            set_endpoint_active(app, actor, key=parsed, active=act == "resume")
        else:
            raise NotFound(what="操作", key=act[:40])
    except Conflict as refused:
        return _refused(refused)
    return _saved()


def _again(request: Request, session: PageSession, typed: Typed) -> Response:
    return respond(request, view(request, session, typed), status=422)


def _saved() -> Response:
    response = RedirectResponse(HERE, status_code=303)
    flash.say(response, "saved")
    return response


def _refused(refused: BanshiError) -> Response:
    response = RedirectResponse(HERE, status_code=303)
    flash.say(response, "refused", what=refused.message)
    return response
