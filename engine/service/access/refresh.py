"""Exchange a refresh token for new tokens of the same session."""

from __future__ import annotations

from datetime import timedelta

from engine.model.errors import NotAuthenticated
from engine.model.people import LogIn
from engine.service.access import session
from engine.service.app import App
from engine.storage.database import UnitOfWork
from engine.storage.identity import people, sessions
from engine.text import tell


def refresh(app: App, *, refresh_token: str) -> LogIn:
    """New tokens; the old refresh token is used up.

    One that comes again, beyond the moment that parallel requests need, is taken for stolen: the
    session is closed for everybody who has tokens of it. Raises :class:`NotAuthenticated`.
    """
    digest = session.digest(refresh_token)
    with app.database.unit_of_work() as work:
        token = sessions.lock_refresh_token(work, digest)
        if token is None:
            raise _ended()
        leeway = timedelta(seconds=app.settings.refresh_leeway_seconds)
        if token.used_at is not None and app.now() - token.used_at > leeway:
            sessions.close_session(
                work, token.session_key, now=app.now(), because="refresh-token-reused"
            )
            work.commit()
            raise NotAuthenticated(
                reason=tell("登录凭证被重复使用，为安全起见已退出，请重新登录。")
            )
        granted = _grant(app, work, token)
        if granted is None:
            raise _ended()
        sessions.mark_refresh_token_used(work, digest, now=app.now())
        work.commit()
    return granted


def _grant(app: App, work: UnitOfWork, token: sessions.RefreshToken) -> LogIn | None:
    live = sessions.session_person(work, token.session_key, now=app.now())
    person = people.get_person(work, key=live[0]) if live else None
    if live is None or person is None:
        return None
    return session.grant(app, work, person=person, session=token.session_key, ends_at=live[1])


def _ended() -> NotAuthenticated:
    return NotAuthenticated(reason=tell("登录已失效，请重新登录。"))
