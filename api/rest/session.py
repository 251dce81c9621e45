"""Logging in and out (ours: Camunda leaves it to an identity provider), and who one is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import Field, StringConstraints

from api import auth
from api.exact import ExactRoute
from api.rest.answers import answer, done
from api.rest.parameters import Caller
from api.rest.shapes import TENANT, Answer, Ask, KeyOut, Text
from engine.model.people import LogIn
from engine.service.access.authenticate import verify_session
from engine.service.access.log_in import log_in
from engine.service.access.log_out import log_out
from engine.service.access.refresh import refresh
from engine.service.identity.list_people import get_person

router = APIRouter(tags=["会话"], route_class=ExactRoute)


class LogInAsk(Ask):
    username: Annotated[Text, StringConstraints(max_length=200)]
    password: Annotated[Text, StringConstraints(max_length=1_000)]


class RefreshAsk(Ask):
    refresh_token: Annotated[Text, StringConstraints(max_length=1_000)]


class SessionOut(Answer):
    """``expiresIn`` and ``sessionExpiresIn`` in seconds; no refresh goes beyond the latter."""

    session_key: KeyOut
    username: str
    access_token: str
    token_type: str = "Bearer"  # noqa: S105 - the scheme's name
    expires_in: int
    refresh_token: str
    session_expires_in: int


class TenantOut(Answer):
    tenant_id: str = TENANT
    name: str = "Default"


class MeOut(Answer):
    username: str
    display_name: str
    email: str
    authorized_components: list[str]
    tenants: list[TenantOut]
    groups: list[str] = Field(description="角色与单位，写作 role@unit")
    roles: list[str]
    sales_plan_type: str | None = None
    c8_links: dict[str, str] = Field(alias="c8Links", default_factory=dict)
    can_logout: bool = True
    administrator: bool
    user_key: KeyOut


@router.post(
    "/session", summary="登录", response_model=SessionOut, dependencies=[Depends(auth.public)]
)
def open_session(request: Request, ask: LogInAsk) -> Response:
    """Give user name and password, take a token of ten minutes and one to renew it with."""
    app = auth.application(request)
    granted = log_in(
        app,
        username=ask.username,
        password=ask.password,
        address=auth.client_address(request),
    )
    return answer(_session(request, granted))


@router.post(
    "/session/refresh",
    summary="换发令牌",
    response_model=SessionOut,
    dependencies=[Depends(auth.public)],
)
def refresh_session(request: Request, ask: RefreshAsk) -> Response:
    """Each refresh token is good for one exchange."""
    granted = refresh(auth.application(request), refresh_token=ask.refresh_token)
    return answer(_session(request, granted))


@router.delete("/session", summary="退出登录", status_code=204)
def close_session(request: Request, actor: Caller) -> Response:
    """All tokens of the session end."""
    log_out(auth.application(request), actor)
    return done()


@router.get("/authentication/me", summary="当前用户", response_model=MeOut)
def me(request: Request, actor: Caller) -> Response:
    """As the database knows one now, not as the token says."""
    app = auth.application(request)
    now = verify_session(app, actor)
    person = get_person(app, now, key=now.key)
    return answer(
        MeOut(
            username=now.username,
            display_name=now.name,
            email=person.email,
            authorized_components=["*"] if now.administrator else ["tasklist"],
            tenants=[TenantOut()],
            groups=sorted(map(str, now.memberships)),
            roles=sorted({m.role for m in now.memberships}),
            administrator=now.administrator,
            user_key=now.key,
        )
    )


def _session(request: Request, granted: LogIn) -> SessionOut:
    now = auth.application(request).now()
    return SessionOut(
        session_key=granted.session_key,
        username=granted.person.username,
        access_token=granted.access_token,
        expires_in=int((granted.expires_at - now).total_seconds()),
        refresh_token=granted.refresh_token,
        session_expires_in=int((granted.session_ends_at - now).total_seconds()),
    )
