"""A chain of digests: each row's digest covers the one before it, so that nothing can be changed,
left out or put in between without being noticed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

#: What the first row of a chain is linked to.
START = bytes(32)


def canonical(facts: Mapping[str, Any]) -> str:
    """The one JSON text of these facts (sorted names, no blanks, no floats)."""
    return json.dumps(
        facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )


def link(previous: bytes, *parts: str | int | datetime) -> bytes:
    """SHA-256 over the previous digest and the parts, each with its length before it."""
    digest = hashlib.sha256(previous)
    for part in parts:
        text = part.astimezone(UTC).isoformat() if isinstance(part, datetime) else str(part)
        data = text.encode()
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.digest()
