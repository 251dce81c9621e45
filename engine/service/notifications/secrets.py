"""Passwords and addresses of outgoing channels, encrypted at rest."""

from __future__ import annotations

from engine.model.keys import Key
from engine.service import sealing
from engine.service.app import App

#: What each is sealed for; a text moved to another place does not open.
MAIL = "mail-server"


def url_of(endpoint: Key) -> str:
    return f"endpoint-url:{endpoint}"


def secret_of(endpoint: Key) -> str:
    return f"endpoint-secret:{endpoint}"


def closed(app: App, text: str, context: str) -> bytes:
    return sealing.seal(text.encode(), key=app.secrets.data_key, context=context)


def opened(app: App, sealed: bytes, context: str) -> str:
    """Raises :class:`Unreadable` where it was sealed for something else."""
    return sealing.unseal(sealed, key=app.secrets.data_key, context=context).decode()
