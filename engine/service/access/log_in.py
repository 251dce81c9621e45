"""Log in with user name and password."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from engine.model.errors import Throttled, WrongCredentials
from engine.model.passwords import LONGEST
from engine.model.people import LogIn, Person
from engine.service import hashing
from engine.service.access import session
from engine.service.app import App
from engine.storage.identity import people, sessions


@dataclass(frozen=True, kw_only=True)
class _Attempt:
    """What was noted of this attempt. ``subject``: the account at the address."""

    subject: bytes
    numbers: tuple[int, ...]


def log_in(app: App, *, username: str, password: str, address: str) -> LogIn:
    """Open a session.

    Raises :class:`WrongCredentials` (the same words and the same time for an unknown user, a
    wrong password and an account that is closed) and :class:`Throttled`: failures are counted
    for the account at this address, for the account, and for the address, in the database, so
    that all processes agree. A success forgives those of the account at this address.
    """
    name = unicodedata.normalize("NFKC", username).strip().lower()
    subjects = _subjects(app, name, address)
    attempt = _count(app, subjects)
    if len(password) > LONGEST or len(name) > 64 or "\x00" in name:
        raise WrongCredentials
    with app.database.unit_of_work() as work:
        found = people.credentials(work, username=name)
    correct = hashing.matches(password, found.password_hash if found else None)
    if found is None or not correct or not found.person.active:
        raise WrongCredentials
    rehashed = _rehashed(password, found.password_hash)
    return _open(app, found.person, rehashed, attempt=attempt, address=address)


def _open(
    app: App,
    person: Person,
    rehashed: str | None,
    *,
    attempt: _Attempt,
    address: str,
) -> LogIn:
    now = app.now()
    ends_at = now + timedelta(hours=app.settings.session_hours)
    with app.database.unit_of_work() as work:
        if rehashed:
            people.set_password(work, person.key, rehashed, now=now)
        key = sessions.open_session(
            work, person=person.key, now=now, expires_at=ends_at, address=address
        )
        granted = session.grant(app, work, person=person, session=key, ends_at=ends_at)
        if granted is None:
            raise WrongCredentials
        sessions.forgive_attempts(work, attempt.subject, numbers=attempt.numbers)
        work.commit()
    return granted


def _subjects(app: App, username: str, address: str) -> dict[bytes, int]:
    """What attempts are counted for, with the limit of each; the account at the address first."""
    settings = app.settings
    return {
        _name(app, f"both:{address}:{username}"): settings.log_in_attempts,
        _name(app, f"account:{username}"): settings.log_in_attempts_per_account,
        _name(app, f"address:{address}"): settings.log_in_attempts_per_address,
    }


def _name(app: App, subject: str) -> bytes:
    data = subject.encode(errors="replace")
    return hmac.new(app.secrets.lookup_key, data, hashlib.sha256).digest()


def _count(app: App, subjects: Mapping[bytes, int]) -> _Attempt:
    """Note the attempt, unless there were too many; refused ones do not prolong the wait."""
    now, window = app.now(), timedelta(minutes=app.settings.log_in_window_minutes)
    with app.database.unit_of_work() as work:
        counts = sessions.count_attempts(work, list(subjects), since=now - window)
        waits = [
            _seconds(oldest + window - now)
            for subject, (count, oldest) in counts.items()
            if count >= subjects[subject]
        ]
        if waits:
            raise Throttled(seconds=max(waits))
        numbers = sessions.add_attempts(work, list(subjects), now=now)
        work.commit()
    return _Attempt(subject=next(iter(subjects)), numbers=numbers)


def _seconds(wait: timedelta) -> int:
    return max(1, int(wait.total_seconds()) + 1)


def _rehashed(password: str, stored: str | None) -> str | None:
    """A hash with today's costs, where the stored one has others."""
    return hashing.hash_password(password) if stored and hashing.outdated(stored) else None
