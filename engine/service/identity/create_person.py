"""Add a person."""

from __future__ import annotations

import re

from engine.model.actor import Actor
from engine.model.errors import InvalidInput
from engine.model.people import Person
from engine.model.permissions import Action, require
from engine.model.problems import Problem
from engine.service import hashing
from engine.service.access.change_password import policy
from engine.service.acting import acting
from engine.service.app import App
from engine.storage.history import acts
from engine.storage.identity import people
from engine.text import tell

_USERNAME = re.compile(r"[a-z][a-z0-9._-]{1,31}")
_PHONE = re.compile(r"1[3-9][0-9]{9}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")


def create_person(
    app: App,
    actor: Actor,
    *,
    username: str,
    name: str,
    password: str | None,
    phone: str = "",
    email: str = "",
    administrator: bool = False,
) -> Person:
    """Administrators only. ``password`` None: the person cannot log in yet.

    Raises :class:`InvalidInput` by field, and :class:`Conflict` for a user name that is taken.
    """
    check_person(username=username, name=name, phone=phone, email=email)
    if password is not None:
        policy(app).check(password, username=username)
    with acting(app, actor) as (work, me):
        require(me, Action.MANAGE_PEOPLE)
        person = people.add_person(
            work,
            username=username,
            name=name.strip(),
            phone=phone,
            email=email,
            administrator=administrator,
            password_hash=hashing.hash_password(password) if password is not None else None,
            now=app.now(),
        )
        acts.record(
            work,
            stream="people",
            actor=me,
            kind="create-person",
            facts={"person": str(person.key), "administrator": administrator},
            at=app.now(),
        )
        work.commit()
    app.directory.forget()
    return person


def check_person(
    *,
    username: str | None = None,
    name: str | None = None,
    phone: str | None = None,
    email: str | None = None,
) -> None:
    """Raise :class:`InvalidInput` with a problem for each field given that is not as it must be."""
    checks = (
        (
            username is None or _USERNAME.fullmatch(username),
            "username",
            tell("用户名应为 2–32 位小写字母、数字或 . _ -，以字母开头。"),
        ),
        (name is None or _is_name(name), "name", tell("姓名应为 1–64 个可见字符。")),
        (not phone or _PHONE.fullmatch(phone), "phone", tell("手机号应为 11 位，以 13–19 开头。")),
        (not email or _EMAIL.fullmatch(email), "email", tell("电子邮箱格式不正确。")),
    )
    problems = tuple(
        Problem(element_id=field, rule=f"person-{field}", message=message)
        for good, field, message in checks
        if not good
    )
    if problems:
        raise InvalidInput(problems=problems)


def _is_name(name: str) -> bool:
    return 1 <= len(name.strip()) <= 64 and name.isprintable()
