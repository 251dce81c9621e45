"""Tell who somebody is by his access token."""

from __future__ import annotations

from engine.model.actor import Actor
from engine.service.access import tokens
from engine.service.acting import as_of_now
from engine.service.app import App


def recognise(app: App, *, token: str) -> Actor | None:
    """The actor by the token alone; None where the database has to be asked for memberships.

    Raises :class:`NotAuthenticated`.
    """
    claims = tokens.read(app, token)
    return claims.actor if claims.complete else None


def authenticate(app: App, *, token: str) -> Actor:
    """The actor as of when the token was issued, good for reading; no database is asked.

    (Except for people with so many memberships that no token holds them.) Raises
    :class:`NotAuthenticated`.
    """
    claims = tokens.read(app, token)
    if claims.complete:
        return claims.actor
    with app.database.unit_of_work() as work:
        return as_of_now(app, work, claims.actor)


def verify_session(app: App, actor: Actor) -> Actor:
    """The actor as of now; raises :class:`NotAuthenticated` where the session has ended."""
    with app.database.unit_of_work() as work:
        return as_of_now(app, work, actor)
