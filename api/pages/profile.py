"""My own account: who I am to the system, my password, my language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.auth import PageSession
from api.language import gettext as _
from api.pages import flash, words
from api.pages.frame import Frame, frame
from api.pages.rendering import respond
from api.pages.visit import Checked, Session, application, visitor
from engine.model.errors import InvalidInput, WrongCredentials
from engine.model.problems import Problem
from engine.service.access.change_password import change_password, policy
from engine.service.app import App
from engine.service.identity.list_people import get_person, memberships_of
from engine.service.identity.units import known_roles, list_units

router = APIRouter()

FIELDS = {"current": "current", "new": "new", "password": "new", "again": "again"}


@dataclass(frozen=True, kw_only=True)
class ProfilePage:
    """``posts``: what I am, one line per role at a unit."""

    template: ClassVar[str] = "profile.html"

    frame: Frame
    name: str
    username: str
    phone: str
    email: str
    administrator: bool
    posts: tuple[str, ...]
    problems: tuple[words.Trouble, ...]
    errors: Mapping[str, str]
    password_rule: str


def password_rule(app: App) -> str:
    """What a password must be like, in words."""
    rule = policy(app)
    return _("至少 {length} 个字符，大写字母、小写字母、数字、符号中至少 {classes} 种。").format(
        length=rule.length, classes=rule.classes
    )


def posts(
    memberships: list[tuple[str, str]], roles: dict[str, str], units: dict[str, str]
) -> tuple[str, ...]:
    """Roles at units in words: “潍城区 · 县区民政局业务科”."""
    return tuple(
        f"{units.get(unit, unit)} · {roles.get(role, role)}" for role, unit in sorted(memberships)
    )


def view(request: Request, session: PageSession, problems: tuple[Problem, ...] = ()) -> ProfilePage:
    """The account of whoever is logged in."""
    app, actor = application(request), session.actor
    person = get_person(app, actor, key=actor.key)
    held = memberships_of(app, actor, key=actor.key)
    return ProfilePage(
        frame=frame(request, visitor(request, session), title=_("个人设置")),
        name=person.name,
        username=person.username,
        phone=person.phone,
        email=person.email,
        administrator=person.administrator,
        posts=posts(
            [(m.role, m.unit) for m in held],
            {role.key: role.name for role in known_roles(app)},
            {unit.key: unit.name for unit in list_units(app, actor)},
        ),
        problems=words.troubles(problems, FIELDS),
        errors={FIELDS.get(p.element_id, p.element_id): p.message for p in reversed(problems)},
        password_rule=password_rule(app),
    )


@router.get("/profile")
def show(request: Request, session: Session) -> Response:
    """My account."""
    return respond(request, view(request, session))


@router.post("/profile/password")
def password(
    request: Request,
    session: Checked,
    current: Annotated[str, Form(max_length=1000)] = "",
    new: Annotated[str, Form(max_length=1000)] = "",
    again: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Change my password; every other session of mine ends."""
    if new != again:
        wrong = Problem(element_id="again", rule="again", message=_("两次输入的新密码不一样。"))
        return respond(request, view(request, session, (wrong,)), status=422)
    try:
        change_password(application(request), session.actor, current=current, new=new)
    except WrongCredentials:
        wrong = Problem(element_id="current", rule="current", message=_("现在的密码不正确。"))
        return respond(request, view(request, session, (wrong,)), status=422)
    except InvalidInput as refused:
        return respond(request, view(request, session, refused.problems), status=422)
    response = RedirectResponse("/profile", status_code=303)
    flash.say(response, "password-changed")
    return response
