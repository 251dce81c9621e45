"""The demonstration: units, roles, and an account for everybody who has a part in a service.

Only where ``settings.demo`` says so; all accounts have one password, which is printed.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from engine.model.actor import SYSTEM, Actor, Membership
from engine.model.errors import Forbidden
from engine.model.people import Person
from engine.service import hashing
from engine.service.access.change_password import reset_password
from engine.service.app import App
from engine.service.demo_units import demo_units
from engine.service.identity.create_person import create_person
from engine.service.identity.set_memberships import set_memberships
from engine.service.identity.units import create_role, create_unit
from engine.storage.identity import people
from engine.storage.identity import units as tree

#: Key, name, level of the units at which it is held (None: an applicant's role).
ROLES: tuple[tuple[str, str, str | None], ...] = (
    ("citizen", "群众", None),
    ("social-organisation", "社会组织", None),
    ("canteen", "助老食堂", None),
    ("village-clerk", "村居经办（社区助老员）", "village"),
    ("street-clerk", "乡镇街道民政经办", "street"),
    ("county-reviewer", "县区民政局业务科", "county"),
    ("county-leader", "县区民政局分管领导", "county"),
    ("marriage-registrar", "婚姻登记员", "county"),
    ("charity-clerk", "慈善社工科经办", "city"),
    ("aged-care-clerk", "养老服务科经办", "city"),
    ("org-clerk", "社会组织管理科经办", "city"),
    ("org-inspector", "社会组织检查组", "city"),
    ("marriage-clerk", "社会事务科经办", "city"),
    ("section-chief", "科室负责人", "city"),
    ("leader", "分管领导", "city"),
    ("finance", "财务科", "city"),
    ("expert", "评审专家", "city"),
    ("job-worker", "系统对接账号", "city"),
)

#: User name, name, membership (``""``: an administrator without a role).
_PEOPLE: tuple[tuple[str, str, str], ...] = (
    ("qunzhong", "张晓梅", "citizen@kuiwen"),
    ("zuzhi", "潍坊市爱心公益服务中心", "social-organisation@weifang"),
    ("zuzhi2", "潍坊市鸢都社会工作协会", "social-organisation@weifang"),
    ("shitang", "北宫社区助老食堂", "canteen@weicheng-xiguan-beigong"),
    ("cunju", "王秀英", "village-clerk@weicheng-xiguan-beigong"),
    ("jiedao", "刘建国", "street-clerk@weicheng-xiguan"),
    ("quxian", "孙丽华", "county-reviewer@weicheng"),
    ("quxianlingdao", "赵国强", "county-leader@weicheng"),
    ("cishan", "李海燕", "charity-clerk@weifang"),
    ("yanglao", "陈志明", "aged-care-clerk@weifang"),
    ("shezu", "周文静", "org-clerk@weifang"),
    ("jiancha", "吴大伟", "org-inspector@weifang"),
    ("jiancha2", "郑晓东", "org-inspector@weifang"),
    ("hunyin", "冯美玲", "marriage-clerk@weifang"),
    ("kezhang", "韩志远", "section-chief@weifang"),
    ("lingdao", "于德水", "leader@weifang"),
    ("caiwu", "董雪梅", "finance@weifang"),
    ("zhuanjia1", "马教授", "expert@weifang"),
    ("zhuanjia2", "徐会计师", "expert@weifang"),
    ("zhuanjia3", "高社工师", "expert@weifang"),
    ("zhuanjia4", "林律师", "expert@weifang"),
    ("zhuanjia5", "宋研究员", "expert@weifang"),
    ("dengji", "谭婷婷", "marriage-registrar@kuiwen"),
    ("dengji2", "姜立新", "marriage-registrar@weicheng"),
    ("dengji3", "尹春霞", "marriage-registrar@linqu"),
    ("dengji4", "崔永刚", "marriage-registrar@xiashan"),
    ("duijie", "银行对接系统", "job-worker@weifang"),
    ("guanli", "系统管理员甲", ""),
    ("guanli2", "系统管理员乙", ""),
)

_WORDS = ("Yuandu", "Baiyang", "Fenghuang", "Yishan", "Shihu", "Qinglong")


@dataclass(frozen=True, kw_only=True)
class DemoAccount:
    """An account that whoever tries the demonstration may use. ``role_text``: 西关街道 · 经办."""

    username: str
    password: str
    name: str
    role_text: str


def demo_accounts(app: App) -> tuple[DemoAccount, ...]:
    """All accounts of the demonstration; none outside of it."""
    if not app.settings.demo:
        return ()
    password = demo_password(app)
    names = {key: name for key, name, _ in ROLES}
    units = {unit.key: unit.name for unit in demo_units()}
    accounts = []
    for username, name, text in _PEOPLE:
        membership = Membership.parse(text)
        role = f"{units[membership.unit]} · {names[membership.role]}" if membership else "管理员"
        accounts.append(
            DemoAccount(username=username, password=password, name=name, role_text=role)
        )
    return tuple(accounts)


def seed_demo(app: App) -> tuple[DemoAccount, ...]:
    """Add the units, roles and accounts that are missing, and set the password of all accounts.

    Harmless when done again: what administrators changed (names, memberships) stays. Raises
    :class:`Forbidden` outside the demonstration, since everybody knows these accounts.
    """
    if not app.settings.demo:
        raise Forbidden(action="建立示例账号", reason="请先设置 BANSHI_DEMO=true。")
    _add_units(app, SYSTEM)
    _add_roles(app, SYSTEM)
    for username, name, text in _PEOPLE:
        _add_person(app, username, name, Membership.parse(text))
    return demo_accounts(app)


def demo_password(app: App) -> str:
    """``BANSHI_DEMO_PASSWORD``, or one that was made by chance and is kept in ``home``."""
    given = app.settings.demo_password
    if given is not None:
        return given.get_secret_value()
    path = app.settings.home / "demo-password"
    if not path.exists():
        _keep(path, f"{secrets.choice(_WORDS)}-{secrets.randbelow(9000) + 1000}-ban")
    return path.read_text().strip()


def _keep(path: Path, password: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return  # another process was faster; its password holds
    with os.fdopen(descriptor, "w") as file:
        file.write(password + "\n")


def _add_units(app: App, actor: Actor) -> None:
    with app.database.unit_of_work() as work:
        known = {unit.key for unit in tree.list_units(work)}
    for unit in demo_units():
        if unit.key not in known:
            create_unit(
                app, actor, key=unit.key, name=unit.name, level=unit.level, parent=unit.parent
            )


def _add_roles(app: App, actor: Actor) -> None:
    with app.database.unit_of_work() as work:
        known = {role.key for role in people.list_roles(work)}
    for key, name, level in ROLES:
        if key not in known:
            create_role(app, actor, key=key, name=name, level=level)


def _add_person(app: App, username: str, name: str, membership: Membership | None) -> None:
    password = demo_password(app)
    with app.database.unit_of_work() as work:
        found = people.credentials(work, username=username)
    if found is not None:
        if not hashing.matches(password, found.password_hash):
            reset_password(app, SYSTEM, person_key=found.person.key, new=password)
        return
    person: Person = create_person(
        app,
        SYSTEM,
        username=username,
        name=name,
        password=password,
        administrator=membership is None,
    )
    if membership is not None:
        set_memberships(app, SYSTEM, person_key=person.key, memberships=[membership])
