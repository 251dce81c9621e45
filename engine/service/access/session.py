"""What a session is made of: its tokens, its page secret, and how long it lasts."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime

from engine.model.keys import Key
from engine.model.people import LogIn, Person
from engine.service.access import tokens
from engine.service.app import App
from engine.storage.database import UnitOfWork
from engine.storage.identity import sessions


def grant(
    app: App, work: UnitOfWork, *, person: Person, session: Key, ends_at: datetime
) -> LogIn | None:
    """New tokens for a live session (the caller commits); None where it is not live any more."""
    now = app.now()
    actor = sessions.live_actor(work, person=person.key, session=session, now=now)
    if actor is None:
        return None
    refresh_token = secrets.token_urlsafe(32)
    sessions.add_refresh_token(work, digest(refresh_token), session=session, now=now)
    access_token, expires_at = tokens.issue(app, actor)
    return LogIn(
        session_key=session,
        person=person,
        access_token=access_token,
        refresh_token=refresh_token,
        csrf=csrf(app, session),
        expires_at=expires_at,
        session_ends_at=ends_at,
    )


def digest(refresh_token: str) -> bytes:
    """What is kept of a refresh token."""
    return hashlib.sha256(refresh_token.encode()).digest()


def csrf(app: App, session: Key) -> str:
    """The secret that a page of this session must send along with whatever changes something."""
    message = f"csrf:{session}".encode()
    return hmac.new(app.secrets.token_key.encode(), message, hashlib.sha256).hexdigest()
