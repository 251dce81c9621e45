"""The tree of units."""

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
from api.pages.admin.posts import Posts, unit_options
from api.pages.frame import Frame
from api.pages.rendering import respond
from api.pages.visit import Administrator, administration, application
from engine.model.errors import Conflict, InvalidInput, NotFound
from engine.model.people import Unit
from engine.model.problems import Problem
from engine.service.identity.units import LEVELS, create_unit

router = APIRouter()
FIELDS = {name: name for name in ("key", "name", "level", "parent")}


@dataclass(frozen=True, kw_only=True)
class UnitNode:
    """A unit with those below it; ``below`` counts all of them. ``open``: show them at once."""

    key: str
    name: str
    level: str
    below: int
    open: bool
    units: tuple[UnitNode, ...]


@dataclass(frozen=True, kw_only=True)
class UnitsPage:
    """``key`` and ``name``: what was typed for the new unit."""

    template: ClassVar[str] = "admin/units.html"

    frame: Frame
    tree: tuple[UnitNode, ...]
    total: int
    levels: tuple[paging.Choice, ...]
    parents: tuple[paging.Choice, ...]
    key: str
    name: str
    problems: tuple[words.Trouble, ...]
    errors: Mapping[str, str] = field(default_factory=dict)


def tree(units: Sequence[Unit]) -> tuple[UnitNode, ...]:
    """The units as a tree; the first level is shown opened."""
    below: dict[str | None, list[Unit]] = {}
    for unit in units:
        below.setdefault(unit.parent, []).append(unit)

    def nodes(parent: str | None, depth: int) -> tuple[UnitNode, ...]:
        return tuple(node(unit, depth) for unit in below.get(parent, ()))

    def node(unit: Unit, depth: int) -> UnitNode:
        children = nodes(unit.key, depth + 1)
        return UnitNode(
            key=unit.key,
            name=unit.name,
            level=LEVELS.get(unit.level, unit.level),
            below=sum(child.below + 1 for child in children),
            open=depth == 0,
            units=children,
        )

    return nodes(None, 0)


def view(
    request: Request,
    session: PageSession,
    *,
    typed: Mapping[str, str] | None = None,
    problems: Sequence[Problem] = (),
) -> UnitsPage:
    """The whole tree, with the form for a new unit."""
    app, actor = application(request), session.actor
    names = Posts.load(app, actor)
    given = typed or {}
    return UnitsPage(
        frame=administration(request, session, title=_("单位"), side="units"),
        tree=tree(list(names.units.values())),
        total=len(names.units),
        levels=tuple(
            paging.Choice(value=key, label=label, chosen=key == given.get("level", "village"))
            for key, label in LEVELS.items()
        ),
        parents=unit_options(names, given.get("parent", ""), _("没有上级单位")),
        key=given.get("key", ""),
        name=given.get("name", ""),
        problems=words.troubles(problems, FIELDS),
        errors={p.element_id: p.message for p in reversed(problems)},
    )


@router.get("/admin/units")
def show(request: Request, session: Administrator) -> Response:
    """The tree."""
    return respond(request, view(request, session))


@router.post("/admin/units")
def create(
    request: Request,
    session: Administrator,
    *,
    key: Annotated[str, Form(max_length=200)] = "",
    name: Annotated[str, Form(max_length=200)] = "",
    level: Annotated[str, Form()] = "",
    parent: Annotated[str, Form()] = "",
) -> Response:
    """A new unit below another."""
    try:
        unit = create_unit(
            application(request),
            session.actor,
            key=key.strip(),
            name=name.strip(),
            level=level,
            parent=parent or None,
        )
    except (InvalidInput, Conflict, NotFound) as refused:
        typed = {"key": key, "name": name, "level": level, "parent": parent}
        page = view(request, session, typed=typed, problems=problems_of(refused))
        return respond(request, page, status=422)
    response = RedirectResponse("/admin/units", status_code=303)
    flash.say(response, "unit-created", what=unit.name)
    return response
