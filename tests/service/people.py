"""People for the tests of identity, definitions and the HTTP face."""

from __future__ import annotations

from engine.model.actor import SYSTEM, Actor, Membership
from engine.model.people import LogIn, Person
from engine.service.access.authenticate import authenticate
from engine.service.access.log_in import log_in
from engine.service.app import App
from engine.service.identity.create_person import create_person
from engine.service.identity.set_memberships import set_memberships
from engine.service.identity.units import create_role, create_unit

PASSWORD = "Huang-he 2025"

UNITS = (
    ("weifang", "潍坊市", "city", None),
    ("weicheng", "潍城区", "county", "weifang"),
    ("kuiwen", "奎文区", "county", "weifang"),
    ("weicheng-xiguan", "西关街道", "street", "weicheng"),
    ("weicheng-xiguan-beigong", "北宫社区", "village", "weicheng-xiguan"),
)

ROLES = (
    ("citizen", "群众", None),
    ("street-clerk", "乡镇街道民政经办", "street"),
    ("county-reviewer", "县区民政局业务科", "county"),
    ("leader", "分管领导", "city"),
)


def furnish(app: App) -> None:
    """Units and roles."""
    for key, name, level, parent in UNITS:
        create_unit(app, SYSTEM, key=key, name=name, level=level, parent=parent)
    for role, name, level in ROLES:
        create_role(app, SYSTEM, key=role, name=name, level=level)


def person(app: App, username: str, *memberships: str, administrator: bool = False) -> Person:
    """Someone who can log in with ``PASSWORD``; memberships as ``role@unit``."""
    made = create_person(
        app,
        SYSTEM,
        username=username,
        name=f"{username}先生",
        password=PASSWORD,
        administrator=administrator,
    )
    if memberships:
        parsed = [Membership.parse(text) for text in memberships]
        set_memberships(
            app, SYSTEM, person_key=made.key, memberships=[m for m in parsed if m is not None]
        )
    return made


def logged_in(app: App, username: str) -> LogIn:
    return log_in(app, username=username, password=PASSWORD, address="127.0.0.1")


def actor(app: App, username: str) -> Actor:
    """Log in and be recognised, as over HTTP."""
    return authenticate(app, token=logged_in(app, username).access_token)
