"""What was typed must not be lost when a session runs out: it travels with the log-in form.

A form sent without a valid session is answered with the log-in page; the typed fields are in a
hidden field of it. After the log-in they become the person's draft, and the person is back on the
form. They are saved only for the person who typed them (the form says whose it is), so that a
colleague who logs in at the same desk does not get them.
"""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from api.pages.frame import local
from engine.model import keys
from engine.model.actor import Actor
from engine.model.errors import BanshiError
from engine.service.app import App
from engine.service.cases.start_form import start_form
from engine.service.papers.form_drafts import save_form_draft
from engine.service.tasks.task_page import task_page

#: Octets of compressed fields that a log-in form carries at most.
LIMIT = 512 * 1024
UNPACKED = 4 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Kept:
    """``page``: where the form is; ``owner``: the key of the person who typed, as the form said.

    ``pairs``: names and texts as the browser sent them.
    """

    page: str
    process_id: str
    task_key: str = ""
    owner: str
    pairs: tuple[tuple[str, str], ...]

    def seal(self) -> str:
        """As text for a hidden field, "" where it is too much to carry."""
        packed = zlib.compress(json.dumps(vars(self), ensure_ascii=False).encode())
        return base64.urlsafe_b64encode(packed).decode() if len(packed) <= LIMIT else ""

    @classmethod
    def unseal(cls, text: str) -> Kept | None:
        """Read what :meth:`seal` wrote; None for anything else. It comes from the browser."""
        if not text or len(text) > LIMIT * 2:
            return None
        try:
            packed = base64.urlsafe_b64decode(text.encode())
            return cls._checked(json.loads(zlib.decompressobj().decompress(packed, UNPACKED)))
        except (ValueError, zlib.error, KeyError, TypeError):
            return None

    @classmethod
    def _checked(cls, found: dict[str, Any]) -> Kept:
        return cls(
            page=local(str(found["page"])),
            process_id=str(found["process_id"]),
            task_key=str(found["task_key"]),
            owner=str(found["owner"]),
            pairs=tuple((str(name), str(value)) for name, value in found["pairs"]),
        )

    def save(self, app: App, actor: Actor) -> bool:
        """Make it the actor's draft; False where it is somebody else's or can't be a draft."""
        if self.owner != str(actor.key):
            return False
        try:
            task_key = keys.parse(self.task_key) if self.task_key else None
            opened = (
                task_page(app, actor, key=task_key).form
                if task_key is not None
                else start_form(app, actor, process_id=self.process_id)
            )
            if opened is None:
                return False
            fields = opened.form.from_html(self.pairs)
            save_form_draft(
                app, actor, process_id=self.process_id, task_key=task_key, fields=fields
            )
        except BanshiError:
            return False
        return True


def keep(request: Request, kept: Kept) -> None:
    """Remember for this request what must come back if it turns out to have no session."""
    request.state.kept = kept


def kept_of(request: Request) -> Kept | None:
    """What :func:`keep` remembered, if anything."""
    found: Kept | None = getattr(request.state, "kept", None)
    return found
