"""People and the posts they hold; an account's password and state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.auth import PageSession
from api.language import gettext as _
from api.pages import flash, paging, words
from api.pages.admin.posts import Posts, unit_options
from api.pages.frame import Frame
from api.pages.profile import password_rule
from api.pages.rendering import respond
from api.pages.visit import Administrator, administration, application
from engine.model.actor import Membership
from engine.model.errors import BanshiError, Conflict, InvalidInput
from engine.model.keys import Key
from engine.model.people import Person
from engine.model.problems import Problem
from engine.service.identity.create_person import create_person
from engine.service.identity.list_people import list_people, memberships_by_person

router = APIRouter()
PAGE = 50
FIELDS = {name: name for name in ("username", "name", "password", "phone", "email")}


@dataclass(frozen=True, kw_only=True)
class PersonRow:
    """A line of the list. ``posts``: what the person is, in words."""

    href: str
    name: str
    username: str
    phone: str
    posts: tuple[str, ...]
    administrator: bool
    active: bool


@dataclass(frozen=True, kw_only=True)
class NewPerson:
    """What was typed for a new account, never the password."""

    username: str = ""
    name: str = ""
    phone: str = ""
    email: str = ""
    administrator: bool = False


@dataclass(frozen=True, kw_only=True)
class PeoplePage:
    """``problems``: of the new person's form, which is then shown open."""

    template: ClassVar[str] = "admin/people.html"

    frame: Frame
    query: str
    units: tuple[paging.Choice, ...]
    rows: tuple[PersonRow, ...]
    total: str
    pager: paging.Pager
    new: NewPerson
    password_rule: str
    problems: tuple[words.Trouble, ...]
    errors: Mapping[str, str] = field(default_factory=dict)


def rows(
    people: Sequence[Person], held: Mapping[Key, Sequence[Membership]], names: Posts
) -> tuple[PersonRow, ...]:
    """The people as lines of the list."""
    return tuple(
        PersonRow(
            href=f"/admin/people/{person.key}",
            name=person.name,
            username=person.username,
            phone=person.phone,
            posts=tuple(names.words(m) for m in sorted(held.get(person.key, ()), key=str)),
            administrator=person.administrator,
            active=person.active,
        )
        for person in people
    )


def view(
    request: Request,
    session: PageSession,
    *,
    new: NewPerson | None = None,
    problems: Sequence[Problem] = (),
) -> PeoplePage:
    """The list by the request's search, with the form for a new person below."""
    app, actor = application(request), session.actor
    asked = request.query_params
    search, unit = asked.get("q", "").strip(), asked.get("unit", "")
    found = list_people(
        app, actor, search=search, unit=unit or None, cursor=asked.get("cursor"), limit=PAGE
    )
    names = Posts.load(app, actor)
    held = memberships_by_person(app, actor, keys=tuple(p.key for p in found.items))
    return PeoplePage(
        frame=administration(request, session, title=_("人员与岗位"), side="people"),
        query=search,
        units=unit_options(names, unit, _("全部单位")),
        rows=rows(found.items, held, names),
        total=paging.total(found),
        pager=paging.pager(request, found, PAGE),
        new=new or NewPerson(),
        password_rule=password_rule(app),
        problems=words.troubles(problems, FIELDS),
        errors={p.element_id: p.message for p in reversed(problems)},
    )


@router.get("/admin/people")
def show(request: Request, session: Administrator) -> Response:
    """The list."""
    return respond(request, view(request, session))


@router.post("/admin/people")
def create(
    request: Request,
    session: Administrator,
    *,
    username: Annotated[str, Form(max_length=200)] = "",
    name: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    phone: Annotated[str, Form(max_length=200)] = "",
    email: Annotated[str, Form(max_length=200)] = "",
    administrator: Annotated[bool, Form()] = False,
) -> Response:
    """A new account; posts are given on the person's own page, which comes next."""
    typed = NewPerson(
        username=username.strip(),
        name=name.strip(),
        phone=phone.strip(),
        email=email.strip(),
        administrator=administrator,
    )
    try:
        person = create_person(
            application(request),
            session.actor,
            username=typed.username,
            name=typed.name,
            password=password or None,
            phone=typed.phone,
            email=typed.email,
            administrator=administrator,
        )
    except (InvalidInput, Conflict) as refused:
        page = view(request, session, new=typed, problems=problems_of(refused))
        return respond(request, page, status=422)
    response = RedirectResponse(f"/admin/people/{person.key}", status_code=303)
    flash.say(response, "person-created", what=person.name)
    return response


def problems_of(refused: BanshiError) -> tuple[Problem, ...]:
    """The problems of a refusal; one without fields is a problem of the whole form."""
    if isinstance(refused, InvalidInput):
        return refused.problems
    return (Problem(rule="refused", message=refused.message),)
