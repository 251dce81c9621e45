"""Units, people, roles and sessions, as the faces show them: plain values, never rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.model.keys import Key


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A unit of the tree: city, county (and functional zone), street, village."""

    key: str
    name: str
    level: str
    parent: str | None


@dataclass(frozen=True, kw_only=True)
class Person:
    """``post``: role and unit in words, where it was asked for."""

    key: Key
    username: str
    name: str
    phone: str = ""
    email: str = ""
    active: bool = True
    administrator: bool = False
    post: str = ""


@dataclass(frozen=True, kw_only=True)
class Role:
    """A role that a membership can name, e.g. ``street-clerk`` 乡镇街道民政经办.

    ``level``: of the units at which it is held (None: an applicant's role, held anywhere).
    """

    key: str
    name: str
    level: str | None = None


@dataclass(frozen=True, kw_only=True)
class LogIn:
    """A fresh session: what the cookie and the token are made of.

    ``expires_at``: of the access token. ``session_ends_at``: no refresh goes beyond it.
    """

    session_key: Key
    person: Person
    access_token: str
    refresh_token: str
    csrf: str
    expires_at: datetime
    session_ends_at: datetime
