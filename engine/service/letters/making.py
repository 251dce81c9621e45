"""Makes the PDFs of letters that were issued, and puts them among their cases' documents."""

from __future__ import annotations

import hashlib
import logging
import secrets
from datetime import timedelta

from engine.model.errors import BanshiError
from engine.model.keys import Key
from engine.model.letters import Letter
from engine.model.notifications import Announcement, NoticeKind
from engine.service import sealing
from engine.service.app import App
from engine.service.letters.issuing import unseal
from engine.service.letters.typesetting import Sheet, typeset
from engine.service.papers.stage_document import clean_name, context_of
from engine.storage.notifications import announcements
from engine.storage.papers import documents, letters
from engine.storage.papers.letters import ToMake

_log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
ATTEMPTS = 5
FIRST_BACK_OFF = timedelta(seconds=10)

#: The system's own uploads.
_OWNER = Key(0)


def make_letters(app: App, *, limit: int = 100) -> int:
    """Make what is due; returns how many were taken."""
    taken = 0
    while taken < limit and _one(app):
        taken += 1
    return taken


def _one(app: App) -> bool:
    now = app.now()
    with app.database.unit_of_work() as work:
        leased = letters.lease(work, now=now, until=now + LEASE)
        work.commit()
    if leased is None:
        return False
    try:
        _make(app, leased)
    except BanshiError as error:
        _failed(app, leased, error.message)
    except Exception as error:  # noqa: BLE001 - one letter never stops the others
        _log.exception("letter %s could not be made", leased.letter.key)
        _failed(app, leased, f"{type(error).__name__}: {error}")
    return True


def _make(app: App, leased: ToMake) -> None:
    letter = leased.letter
    pdf = typeset(
        app.settings,
        Sheet(
            content=unseal(app, letter.key, leased.content),
            symbol=letter.symbol,
            code=letter.code,
            issued_at=letter.issued_at.astimezone(app.settings.timezone),
        ),
    )
    digest = hashlib.sha256(pdf).hexdigest()
    document = _store(app, letter, pdf, digest)
    with app.database.unit_of_work() as work:
        if not letters.made(work, leased, document=document, sha256=digest):
            return  # revoked, or made by another worker; the file is swept with what nobody sent
        documents.bind(
            work,
            keys=[document],
            instance_key=letter.instance_key,
            owner_key=_OWNER,
            now=app.now(),
        )
        announcements.add(work, [_told(letter)], now=app.now())
        work.commit()


def _store(app: App, letter: Letter, pdf: bytes, digest: str) -> Key:
    """The row first, then the file: a file without a row would never be swept."""
    store_key = secrets.token_hex(24)
    with app.database.unit_of_work() as work:
        staged = documents.stage(
            work,
            owner=_OWNER,
            owner_name=letter.unit,
            name=clean_name(f"{letter.symbol} {letter.title}.pdf"),
            media_type="application/pdf",
            size=len(pdf),
            sha256=digest,
            store_key=store_key,
            sealed=True,
            now=app.now(),
        )
        work.commit()
    app.files.put(
        store_key,
        sealing.seal_stream((pdf,), key=app.secrets.data_key, context=context_of(store_key)),
    )
    return staged.key


def _told(letter: Letter) -> Announcement:
    return Announcement(
        kind=NoticeKind.LETTER,
        instance_key=letter.instance_key,
        facts={"symbol": letter.symbol, "title": letter.title},
    )


def _failed(app: App, leased: ToMake, error: str) -> None:
    """Later; after the last attempt an administrator is told, and makes it by hand again."""
    _log.warning("letter %s could not be made: %s", leased.letter.symbol, error)
    now = app.now()
    last = leased.attempt >= ATTEMPTS
    again = None if last else now + FIRST_BACK_OFF * (1 << leased.attempt)
    with app.database.unit_of_work() as work:
        if letters.failed(work, leased, error=error, again_at=again) and last:
            announcements.add(
                work,
                [Announcement(kind=NoticeKind.INCIDENT, instance_key=leased.letter.instance_key)],
                now=now,
            )
        work.commit()
