"""The tree of units and the roles held in it."""

from __future__ import annotations

import re

from engine.model.actor import Actor
from engine.model.errors import InvalidInput, NotFound
from engine.model.people import Role, Unit
from engine.model.permissions import Action, require
from engine.model.problems import Problem
from engine.service.acting import acting
from engine.service.app import App
from engine.storage.history import acts
from engine.storage.identity import people
from engine.storage.identity import units as tree
from engine.text import several, tell

#: The levels of the tree from its root down, with the names that people read.
LEVELS = {
    "city": tell("市级"),
    "county": tell("县（市、区）级"),
    "street": tell("乡镇（街道）级"),
    "village": tell("村（社区）级"),
}

_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def list_units(app: App, actor: Actor) -> tuple[Unit, ...]:  # noqa: ARG001 - open to everybody
    """The whole tree, level by level."""
    with app.database.unit_of_work() as work:
        return tree.list_units(work)


def known_roles(app: App) -> tuple[Role, ...]:
    """All roles with their Chinese names."""
    with app.database.unit_of_work() as work:
        return people.list_roles(work)


def create_unit(
    app: App, actor: Actor, *, key: str, name: str, level: str, parent: str | None
) -> Unit:
    """Administrators only. The level must be the one below the parent's, or lower.

    Raises :class:`InvalidInput`, :class:`NotFound` (the parent), :class:`Conflict`.
    """
    _check(key=key, name=name, level=level, known=level in LEVELS)
    unit = Unit(key=key, name=name.strip(), level=level, parent=parent)
    with acting(app, actor) as (work, me):
        require(me, Action.MANAGE_PEOPLE)
        above = tree.get_unit(work, parent) if parent is not None else None
        if parent is not None and above is None:
            raise NotFound(what=tell("上级单位"), key=parent)
        order = list(LEVELS)
        if (above is None) != (level == order[0]) or (
            above is not None and order.index(level) <= order.index(above.level)
        ):
            raise _invalid("level", tell("单位级别应低于上级单位；只有市级没有上级。"))
        tree.add_unit(work, unit)
        acts.record(
            work,
            stream="roles",
            actor=me,
            kind="create-unit",
            facts={"unit": key, "parent": parent},
            at=app.now(),
        )
        work.commit()
    app.directory.forget()
    return unit


def create_role(app: App, actor: Actor, *, key: str, name: str, level: str | None = None) -> Role:
    """Administrators only: add a role, or rename one. ``level`` None: an applicant's role."""
    _check(key=key, name=name, level=level or "", known=level is None or level in LEVELS)
    role = Role(key=key, name=name.strip(), level=level)
    with acting(app, actor) as (work, me):
        require(me, Action.MANAGE_PEOPLE)
        people.add_role(work, role)
        acts.record(
            work,
            stream="roles",
            actor=me,
            kind="create-role",
            facts={"role": key, "level": level},
            at=app.now(),
        )
        work.commit()
    return role


def _check(*, key: str, name: str, level: str, known: bool) -> None:
    if not _KEY.fullmatch(key) or len(key) > 64:
        raise _invalid("key", tell("编码应为小写字母和数字，可用连字符分段，最多 64 位。"))
    if not 1 <= len(name.strip()) <= 64 or not name.isprintable():
        raise _invalid("name", tell("名称应为 1–64 个可见字符。"))
    if not known:
        raise _invalid(
            "level",
            tell("没有“{level}”这一级别，可用：{levels}。", level=level, levels=several(LEVELS)),
        )


def _invalid(field: str, message: str) -> InvalidInput:
    return InvalidInput(
        problems=(Problem(element_id=field, rule=f"unit-{field}", message=message),)
    )
