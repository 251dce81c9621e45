"""People, the roles they hold at units (groups), and the tree of units."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from pydantic import StringConstraints

from api import auth
from api.exact import ExactRoute
from api.rest.answers import answer, done
from api.rest.parameters import Administrator, Caller
from api.rest.searching import Filter, Found, SearchAsk, TextFilter, found
from api.rest.shapes import Answer, Ask, Flag, KeyOut, Name, ShortText, Text
from engine.model.page import Page
from engine.model.people import Person, Role, Unit
from engine.service.access.change_password import reset_password
from engine.service.identity.create_person import create_person
from engine.service.identity.groups import (
    Group,
    add_to_group,
    get_group,
    group_members,
    list_groups,
    remove_from_group,
)
from engine.service.identity.list_people import get_person, search_people
from engine.service.identity.units import create_unit, known_roles, list_units
from engine.service.identity.update_person import update_person

router = APIRouter(tags=["人员与单位"], route_class=ExactRoute)

Username = Annotated[str, Path(max_length=64)]
GroupId = Annotated[str, Path(max_length=200, description="角色与单位，写作 role@unit")]


class UserFilter(Filter):
    username: TextFilter | None = None
    name: TextFilter | None = None
    email: TextFilter | None = None
    active: Flag | None = None
    administrator: Flag | None = None
    unit: TextFilter | None = None
    role: TextFilter | None = None


class UserSearch(SearchAsk):
    filter: UserFilter = UserFilter()


class UserOut(Answer):
    user_key: KeyOut
    username: str
    name: str
    email: str
    active: bool
    administrator: bool


class UserAsk(Ask):
    username: Name
    name: Name
    password: Annotated[Text, StringConstraints(max_length=1_000)] | None = None
    email: ShortText = ""
    phone: ShortText = ""
    administrator: Flag = False


class UserUpdateAsk(Ask):
    """What is not given stays."""

    name: Name | None = None
    email: ShortText | None = None
    phone: ShortText | None = None
    password: Annotated[Text, StringConstraints(max_length=1_000)] | None = None
    active: Flag | None = None
    administrator: Flag | None = None


class GroupOut(Answer):
    group_id: str
    name: str
    description: str = ""


class GroupSearch(SearchAsk):
    pass


class RoleOut(Answer):
    """``level``: of the units at which it is held; null for applicants' roles."""

    role_id: str
    name: str
    level: str | None


class RolesOut(Answer):
    items: list[RoleOut]


class UnitOut(Answer):
    unit_key: str
    name: str
    level: str
    parent_key: str | None


class UnitsOut(Answer):
    items: list[UnitOut]


class UnitAsk(Ask):
    unit_key: Name
    name: Name
    level: Name
    parent_key: ShortText | None = None


@router.post("/users/search", summary="查询人员", response_model=Found[UserOut])
def search_users(request: Request, actor: Caller, ask: UserSearch | None = None) -> Response:
    """Staff only."""
    query = (ask or UserSearch()).query()
    return answer(found(search_people(auth.application(request), actor, query=query), user_out))


@router.post("/users", summary="添加人员", status_code=201, response_model=UserOut)
def create_user(request: Request, actor: Administrator, ask: UserAsk) -> Response:
    person = create_person(
        auth.application(request),
        actor,
        username=ask.username,
        name=ask.name,
        password=ask.password,
        phone=ask.phone,
        email=ask.email,
        administrator=ask.administrator,
    )
    return answer(user_out(person), status=201)


@router.get("/users/{username}", summary="人员", response_model=UserOut)
def get_user(request: Request, actor: Caller, username: Username) -> Response:
    return answer(user_out(get_person(auth.application(request), actor, username=username)))


@router.put("/users/{username}", summary="修改人员", response_model=UserOut)
def update_user(
    request: Request, actor: Administrator, username: Username, ask: UserUpdateAsk
) -> Response:
    app = auth.application(request)
    person = get_person(app, actor, username=username)
    if ask.password is not None:
        reset_password(app, actor, person_key=person.key, new=ask.password)
    changed = update_person(
        app,
        actor,
        person_key=person.key,
        name=ask.name,
        phone=ask.phone,
        email=ask.email,
        active=ask.active,
        administrator=ask.administrator,
    )
    return answer(user_out(changed))


@router.post("/groups/search", summary="查询岗位", response_model=Found[GroupOut])
def search_groups(request: Request, actor: Caller, ask: GroupSearch | None = None) -> Response:
    """Every role at a unit that somebody holds; staff only."""
    window = (ask or GroupSearch()).query().window
    groups = list_groups(auth.application(request), actor)
    part = groups[window.offset : window.offset + window.limit]
    return answer(found(Page(items=part, total=len(groups)), _group))


@router.get("/groups/{groupId}", summary="岗位", response_model=GroupOut)
def read_group(request: Request, actor: Caller, groupId: GroupId) -> Response:  # noqa: N803
    return answer(_group(get_group(auth.application(request), actor, group_id=groupId)))


@router.post("/groups/{groupId}/users/search", summary="岗位人员", response_model=Found[UserOut])
def search_group_users(
    request: Request,
    actor: Caller,
    groupId: GroupId,  # noqa: N803
    ask: GroupSearch | None = None,
) -> Response:
    window = (ask or GroupSearch()).query().window
    members = group_members(auth.application(request), actor, group_id=groupId)
    part = members[window.offset : window.offset + window.limit]
    return answer(found(Page(items=part, total=len(members)), user_out))


@router.put("/groups/{groupId}/users/{username}", summary="加入岗位", status_code=204)
def join_group(
    request: Request,
    actor: Administrator,
    groupId: GroupId,  # noqa: N803
    username: Username,
) -> Response:
    add_to_group(auth.application(request), actor, group_id=groupId, username=username)
    return done()


@router.delete("/groups/{groupId}/users/{username}", summary="移出岗位", status_code=204)
def leave_group(
    request: Request,
    actor: Administrator,
    groupId: GroupId,  # noqa: N803
    username: Username,
) -> Response:
    remove_from_group(auth.application(request), actor, group_id=groupId, username=username)
    return done()


@router.post("/roles/search", summary="角色", response_model=RolesOut)
def search_roles(
    request: Request,
    actor: Caller,  # noqa: ARG001 - the guard
) -> Response:
    roles = known_roles(auth.application(request))
    return answer(RolesOut(items=[_role(role) for role in roles]))


@router.get("/units", summary="单位", response_model=UnitsOut)
def units(request: Request, actor: Caller) -> Response:
    """The whole tree, level by level (ours)."""
    tree = list_units(auth.application(request), actor)
    return answer(UnitsOut(items=[_unit(unit) for unit in tree]))


@router.post("/units", summary="添加单位", status_code=201, response_model=UnitOut)
def add_unit(request: Request, actor: Administrator, ask: UnitAsk) -> Response:
    unit = create_unit(
        auth.application(request),
        actor,
        key=ask.unit_key,
        name=ask.name,
        level=ask.level,
        parent=ask.parent_key,
    )
    return answer(_unit(unit), status=201)


def user_out(person: Person) -> UserOut:
    return UserOut(
        user_key=person.key,
        username=person.username,
        name=person.name,
        email=person.email,
        active=person.active,
        administrator=person.administrator,
    )


def _group(group: Group) -> GroupOut:
    return GroupOut(group_id=str(group.membership), name=group.name)


def _role(role: Role) -> RoleOut:
    return RoleOut(role_id=role.key, name=role.name, level=role.level)


def _unit(unit: Unit) -> UnitOut:
    return UnitOut(unit_key=unit.key, name=unit.name, level=unit.level, parent_key=unit.parent)
