"""Anybody may check a letter by its code: what it is, and whether a file is that very letter."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import BinaryIO

from engine.model.errors import NotFound, Throttled, TooLarge
from engine.model.letters import Letter, Verification, read_code
from engine.service.app import App
from engine.service.history.checkpoints import inclusion_of
from engine.storage.history import records
from engine.storage.identity import sessions
from engine.storage.papers import letters
from engine.text import tell

_CHUNK = 256 * 1024
_LARGEST = 20 * 1024 * 1024


def verify_letter(
    app: App, *, code: str, address: str, file: BinaryIO | None = None
) -> Verification:
    """What the public may know of the letter with this code.

    ``file``: what somebody holds; ``matches`` says whether it is the letter, byte for byte.
    Raises :class:`NotFound` for a code that was never given out, :class:`Throttled` (by address,
    wrong codes sooner than right ones) and :class:`TooLarge`.
    """
    read = read_code(code)
    with app.database.unit_of_work() as work:
        found = letters.by_code(work, read) if read is not None else None
        entry = records.entry_of_letter(work, found) if found is not None else None
        covered = inclusion_of(work, found.instance_key) if found is not None else None
    count_check(app, address, wrong=found is None)
    if found is None:
        raise NotFound(what=tell("文书"), key=code[:40])
    public = _public(app, found, file)
    if entry is None:
        return public
    number, digest = entry
    proven = covered.checkpoint.number if covered and covered.leaf.number >= number else None
    return replace(public, record_digest=digest.hex(), checkpoint=proven)


def _public(app: App, letter: Letter, file: BinaryIO | None) -> Verification:
    zone = app.settings.timezone
    matches = None
    if file is not None:
        digest = _digest(file)
        matches = bool(letter.sha256) and hmac.compare_digest(digest, letter.sha256)
    return Verification(
        symbol=letter.symbol,
        kind=letter.template_name,
        outcome=letter.outcome,
        unit=letter.unit,
        addressee_mask=letter.addressee_mask,
        issued_on=letter.issued_at.astimezone(zone).date(),
        sha256=letter.sha256,
        state=letter.state,
        revoked_on=letter.revoked_at.astimezone(zone).date() if letter.revoked_at else None,
        matches=matches,
    )


def _digest(file: BinaryIO) -> str:
    digest, size = hashlib.sha256(), 0
    for chunk in _chunks(file):
        size += len(chunk)
        if size > _LARGEST:
            raise TooLarge(what=tell("核验的文件"), limit=f"{_LARGEST // 1024 // 1024} MB")
        digest.update(chunk)
    return digest.hexdigest()


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk


def count_check(app: App, address: str, *, wrong: bool) -> None:
    """Note the check, unless there were too many; in the database, so that all processes agree."""
    settings, now = app.settings, app.now()
    window = timedelta(minutes=settings.log_in_window_minutes)
    limits = {_subject(app, f"verify:{address}"): settings.verifications_per_address}
    missed = _subject(app, f"verify-wrong:{address}")
    limits[missed] = settings.wrong_codes_per_address
    with app.database.unit_of_work() as work:
        counts = sessions.count_attempts(work, list(limits), since=now - window)
        waits = [
            oldest + window - now
            for subject, (count, oldest) in counts.items()
            if count >= limits[subject]
        ]
        if waits:
            raise Throttled(seconds=max(1, int(max(waits).total_seconds()) + 1))
        noted = list(limits) if wrong else [subject for subject in limits if subject != missed]
        sessions.add_attempts(work, noted, now=now)
        work.commit()


def _subject(app: App, text: str) -> bytes:
    return hmac.new(app.secrets.lookup_key, text.encode(), hashlib.sha256).digest()
