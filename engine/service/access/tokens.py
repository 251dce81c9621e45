"""Access tokens: JSON Web Tokens, HS256 only, with the person's memberships for reading.

A token says who somebody was when it was issued, for ten minutes; whatever writes looks at the
session row and the memberships in the database instead.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from jose import JWTError, jwt

from engine.model import keys
from engine.model.actor import Actor, Membership
from engine.model.errors import InvalidKey, NotAuthenticated
from engine.service.app import App
from engine.text import tell

ALGORITHM = "HS256"
ISSUER = "banshi"
AUDIENCE = "banshi"

#: Memberships beyond this many letters stay out of the token (a cookie holds 4 KiB) and are read
#: from the database instead.
_ROOM = 1_500


@dataclass(frozen=True, kw_only=True)
class Claims:
    """``complete``: whether the actor's memberships were in the token."""

    actor: Actor
    complete: bool
    expires_at: datetime


def issue(app: App, actor: Actor) -> tuple[str, datetime]:
    """A token for a person with a session, and when it runs out."""
    now = app.now()
    expires_at = now + timedelta(minutes=app.settings.access_token_minutes)
    memberships = " ".join(sorted(map(str, actor.memberships)))
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "jti": secrets.token_hex(12),
        "sub": str(actor.key),
        "sid": str(actor.session),
        "iat": int(now.timestamp()),
        "exp": int(expires_at.timestamp()),
        "preferred_username": actor.username,
        "name": actor.name,
        "adm": actor.administrator,
    }
    if len(memberships) <= _ROOM:
        claims["mbr"] = memberships
    key = app.secrets.token_key
    token: str = jwt.encode(claims, key, algorithm=ALGORITHM, headers={"kid": key_id(key)})
    return token, expires_at


def read(app: App, token: str) -> Claims:
    """The claims of a token of ours that still holds; raises :class:`NotAuthenticated`."""
    try:
        return _claims(app, _verified(app.secrets.token_key, token))
    except (JWTError, InvalidKey, KeyError, ValueError, TypeError) as error:
        raise _refused() from error


@lru_cache(maxsize=4096)
def _verified(key: str, token: str) -> Mapping[str, Any]:
    """What a token says that was signed with this key; its times are not looked at here.

    Kept: the same text under the same key always says the same. Refusals are not kept.
    """
    header = jwt.get_unverified_header(token)
    if header.get("alg") != ALGORITHM or header.get("kid") != key_id(key):
        raise _refused()
    claims: Mapping[str, Any] = jwt.decode(
        token,
        key,
        algorithms=[ALGORITHM],
        audience=AUDIENCE,
        issuer=ISSUER,
        # the service has one clock, and it is not jose's
        options={"verify_exp": False, "verify_iat": False, "verify_nbf": False}
        | {f"require_{name}": True for name in ("aud", "iss", "sub", "jti")},
    )
    return claims


def key_id(key: str) -> str:
    """A public name for a secret key, so that a token of another key is told apart at once."""
    return hashlib.sha256(b"banshi token key:" + key.encode()).hexdigest()[:16]


def _claims(app: App, claims: Mapping[str, Any]) -> Claims:
    now = app.now()
    expires_at = datetime.fromtimestamp(int(claims["exp"]), tz=now.tzinfo)
    if now >= expires_at:
        raise NotAuthenticated(reason=tell("登录已过期，请重新登录。"))
    listed = claims.get("mbr")
    found = [Membership.parse(text) for text in (listed or "").split()]
    return Claims(
        actor=Actor(
            key=keys.parse(claims["sub"]),
            username=str(claims["preferred_username"]),
            name=str(claims["name"]),
            memberships=frozenset(m for m in found if m),
            administrator=claims["adm"] is True,
            session=keys.parse(claims["sid"]),
        ),
        complete=listed is not None,
        expires_at=expires_at,
    )


def _refused() -> NotAuthenticated:
    return NotAuthenticated(reason=tell("登录凭证无效，请重新登录。"))
