"""One person: posts, account state, a new password."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.auth import PageSession
from api.language import gettext as _
from api.pages import flash, paging, words
from api.pages.admin.people import problems_of
from api.pages.admin.posts import Posts, role_options, unit_options
from api.pages.frame import Frame
from api.pages.profile import password_rule
from api.pages.rendering import respond
from api.pages.visit import Administrator, administration, application
from engine.model import keys
from engine.model.actor import Membership
from engine.model.errors import Conflict, InvalidInput
from engine.model.problems import Problem
from engine.service.access.change_password import reset_password
from engine.service.identity.list_people import get_person, memberships_of
from engine.service.identity.set_memberships import set_memberships
from engine.service.identity.update_person import update_person

router = APIRouter()
FIELDS = {name: name for name in ("name", "phone", "email", "password", "role", "unit")}


@dataclass(frozen=True, kw_only=True)
class PersonPage:
    """``posts``: value ``role@unit`` and the words for it, each with a box to keep it."""

    template: ClassVar[str] = "admin/person.html"

    frame: Frame
    action: str
    name: str
    username: str
    phone: str
    email: str
    active: bool
    administrator: bool
    posts: tuple[paging.Choice, ...]
    roles: tuple[paging.Choice, ...]
    units: tuple[paging.Choice, ...]
    password_rule: str
    problems: tuple[words.Trouble, ...]
    errors: Mapping[str, str] = field(default_factory=dict)


def view(
    request: Request, session: PageSession, key: str, problems: Sequence[Problem] = ()
) -> PersonPage:
    """The person as stored."""
    app, actor, person_key = application(request), session.actor, keys.parse(key)
    person = get_person(app, actor, key=person_key)
    names = Posts.load(app, actor)
    held = sorted(memberships_of(app, actor, key=person_key), key=str)
    return PersonPage(
        frame=administration(request, session, title=person.name, side="people"),
        action=f"/admin/people/{person.key}",
        name=person.name,
        username=person.username,
        phone=person.phone,
        email=person.email,
        active=person.active,
        administrator=person.administrator,
        posts=tuple(
            paging.Choice(value=str(post), label=names.words(post), chosen=True) for post in held
        ),
        roles=role_options(names, "", _("选择岗位")),
        units=unit_options(names, "", _("选择单位")),
        password_rule=password_rule(app),
        problems=words.troubles(problems, FIELDS),
        errors={p.element_id: p.message for p in reversed(problems)},
    )


@router.get("/admin/people/{key}")
def show(
    request: Request,
    session: Administrator,
    key: str,
) -> Response:
    """The person's page."""
    return respond(request, view(request, session, key))


@router.post("/admin/people/{key}")
def save(
    request: Request,
    session: Administrator,
    *,
    key: str,
    name: Annotated[str, Form(max_length=200)] = "",
    phone: Annotated[str, Form(max_length=200)] = "",
    email: Annotated[str, Form(max_length=200)] = "",
    active: Annotated[bool, Form()] = False,
    administrator: Annotated[bool, Form()] = False,
) -> Response:
    """Change what is known of the person, close or reopen the account."""
    try:
        person = update_person(
            application(request),
            session.actor,
            person_key=keys.parse(key),
            name=name.strip(),
            phone=phone.strip(),
            email=email.strip(),
            active=active,
            administrator=administrator,
        )
    except (InvalidInput, Conflict) as refused:
        page = view(request, session, key, problems_of(refused))
        return respond(request, page, status=422)
    return _done(key, "person-saved", person.name)


@router.post("/admin/people/{key}/posts")
def posts(
    request: Request,
    session: Administrator,
    *,
    key: str,
    post: Annotated[list[str] | None, Form()] = None,
    role: Annotated[str, Form()] = "",
    unit: Annotated[str, Form()] = "",
) -> Response:
    """Keep the ticked posts and add the chosen one. Takes effect at the person's next act."""
    app = application(request)
    kept = {found for text in post or () if (found := Membership.parse(text))}
    if bool(role) != bool(unit):
        missing = Problem(
            element_id="unit" if role else "role",
            rule="post",
            message=_("新增岗位要同时选择岗位和单位。"),
        )
        return respond(request, view(request, session, key, (missing,)), status=422)
    if role:
        kept.add(Membership(role=role, unit=unit))
    try:
        set_memberships(app, session.actor, person_key=keys.parse(key), memberships=kept)
    except InvalidInput as refused:
        return respond(request, view(request, session, key, refused.problems), status=422)
    person = get_person(app, session.actor, key=keys.parse(key))
    return _done(key, "person-saved", person.name)


@router.post("/admin/people/{key}/password")
def password(
    request: Request,
    session: Administrator,
    key: str,
    password: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Give the person a new password; all of their sessions end."""
    app = application(request)
    try:
        reset_password(app, session.actor, person_key=keys.parse(key), new=password)
    except InvalidInput as refused:
        return respond(request, view(request, session, key, refused.problems), status=422)
    person = get_person(app, session.actor, key=keys.parse(key))
    return _done(key, "password-reset", person.name)


def _done(key: str, code: str, name: str) -> Response:
    response = RedirectResponse(f"/admin/people/{keys.parse(key)}", status_code=303)
    flash.say(response, code, what=name)
    return response
