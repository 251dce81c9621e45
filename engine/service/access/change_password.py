"""Change one's own password, or set somebody's anew."""

from __future__ import annotations

from engine.model.actor import Actor
from engine.model.errors import InvalidInput, NotFound, WrongCredentials
from engine.model.keys import Key
from engine.model.passwords import PasswordPolicy
from engine.model.permissions import Action, require
from engine.model.problems import Problem
from engine.service import hashing
from engine.service.acting import acting
from engine.service.app import App
from engine.storage.history import acts
from engine.storage.identity import people, sessions
from engine.text import tell


def change_password(app: App, actor: Actor, *, current: str, new: str) -> None:
    """Needs the present password; all other sessions of the person end.

    Raises :class:`WrongCredentials`, and :class:`InvalidInput` where the new one breaks a rule.
    """
    with acting(app, actor) as (work, me):
        found = people.credentials(work, key=me.key)
        if found is None or not hashing.matches(current, found.password_hash):
            raise WrongCredentials
        if current == new:
            raise InvalidInput(
                problems=(
                    Problem(
                        element_id="password",
                        rule="password-same",
                        message=tell("新密码与原密码相同。"),
                    ),
                )
            )
        policy(app).check(new, username=me.username)
        people.set_password(work, me.key, hashing.hash_password(new), now=app.now())
        sessions.close_sessions_of(
            work, me.key, now=app.now(), because="password-changed", but=me.session
        )
        acts.record(work, stream="people", actor=me, kind="change-password", facts={}, at=app.now())
        work.commit()


def reset_password(app: App, actor: Actor, *, person_key: Key, new: str) -> None:
    """An administrator gives somebody a new password; all sessions of the person end."""
    with acting(app, actor) as (work, me):
        require(me, Action.MANAGE_PEOPLE)
        person = people.get_person(work, key=person_key)
        if person is None:
            raise NotFound(what=tell("人员"), key=str(person_key))
        policy(app).check(new, username=person.username)
        people.set_password(work, person.key, hashing.hash_password(new), now=app.now())
        sessions.close_sessions_of(work, person.key, now=app.now(), because="password-reset")
        acts.record(
            work,
            stream="people",
            actor=me,
            kind="reset-password",
            facts={"person": str(person.key)},
            at=app.now(),
        )
        work.commit()


def policy(app: App) -> PasswordPolicy:
    return PasswordPolicy(
        length=app.settings.password_length, classes=app.settings.password_classes
    )
