"""A small bureau for tests of the service: units, roles, people without passwords.

``world.zhangsan`` is an :class:`Actor` as he would be after logging in.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.model.actor import SYSTEM, Actor, Membership
from engine.service.app import App
from engine.service.identity.set_memberships import set_memberships
from engine.service.identity.units import create_role, create_unit
from engine.storage.identity import people

UNITS = (
    ("weifang", "潍坊市", "city", None),
    ("weicheng", "潍城区", "county", "weifang"),
    ("kuiwen", "奎文区", "county", "weifang"),
    ("weicheng-xiguan", "西关街道", "street", "weicheng"),
)

ROLES = (
    ("citizen", "群众", None),
    ("street-clerk", "街道经办", "street"),
    ("county-reviewer", "业务科", "county"),
    ("clerk", "市局经办", "city"),
    ("leader", "分管领导", "city"),
    ("expert", "评审专家", "city"),
)

#: username, name, memberships
PEOPLE = (
    ("zhangsan", "张三", ("citizen@weicheng-xiguan",)),
    ("lisi", "李四", ("clerk@weifang",)),
    ("wangwu", "王五", ("clerk@weifang", "leader@weifang")),
    ("zhaoliu", "赵六", ("leader@weifang",)),
    ("jiedao", "刘建国", ("street-clerk@weicheng-xiguan",)),
    ("quxian", "孙丽华", ("county-reviewer@weicheng",)),
    ("zhuanjia1", "专家甲", ("expert@weifang",)),
    ("zhuanjia2", "专家乙", ("expert@weifang",)),
    ("zhuanjia3", "专家丙", ("expert@weifang",)),
    ("guanli", "管理员", ()),
)


@dataclass(frozen=True)
class World:
    actors: dict[str, Actor]

    def __getattr__(self, username: str) -> Actor:
        try:
            return self.actors[username]
        except KeyError:
            raise AttributeError(username) from None


def furnish(app: App) -> World:
    for key, name, level, parent in UNITS:
        create_unit(app, SYSTEM, key=key, name=name, level=level, parent=parent)
    for role, name, level in ROLES:
        create_role(app, SYSTEM, key=role, name=name, level=level)
    actors: dict[str, Actor] = {}
    for username, name, texts in PEOPLE:
        actors[username] = add_person(app, username, name, *texts)
    return World(actors)


def add_person(app: App, username: str, name: str, *texts: str) -> Actor:
    """Somebody with these memberships (``role@unit``); without any he is an administrator."""
    memberships = [m for m in map(Membership.parse, texts) if m is not None]
    with app.database.unit_of_work() as work:
        person = people.add_person(
            work,
            username=username,
            name=name,
            phone="",
            email="",
            administrator=not memberships,
            password_hash=None,
            now=app.now(),
        )
        work.commit()
    if memberships:
        set_memberships(app, SYSTEM, person_key=person.key, memberships=memberships)
    return Actor(
        key=person.key,
        username=username,
        name=name,
        memberships=frozenset(memberships),
        administrator=not memberships,
    )
