"""Checkpoints: signed roots of a Merkle tree over the heads of all journals, each chained to the
one before it.

Whoever keeps one checkpoint (printed, or sent elsewhere) can tell later that nothing which it
covers was changed: the record of a case is proved to be in it, and every later checkpoint to
begin with it. Nothing here signs or stores; ``service.checkpoints`` does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

#: What the first checkpoint is chained to.
START = bytes(32)

_FORM = "banshi-checkpoint/1"


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """``size``: leaves in the tree. ``previous``: the digest of the checkpoint before. ``key``: the
    Ed25519 public key that the signature is by."""

    number: int
    size: int
    root: bytes
    previous: bytes
    at: datetime
    key: bytes
    signature: bytes = b""

    @property
    def body(self) -> bytes:
        """What is signed: lines of text, in this order."""
        return "\n".join(
            (
                _FORM,
                str(self.number),
                str(self.size),
                self.root.hex(),
                self.previous.hex(),
                moment_text(self.at),
                self.key.hex(),
                "",
            )
        ).encode()

    @property
    def digest(self) -> bytes:
        """SHA-256 of the body: what the next one is chained to."""
        return hashlib.sha256(self.body).digest()


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """The head of a journal as a checkpoint covers it. ``subject``: ``case:<key>`` or
    ``stream:<name>``; all entries up to ``number`` hang on ``digest``."""

    subject: str
    number: int
    digest: bytes

    @property
    def data(self) -> bytes:
        return f"{self.subject}\n{self.number}\n{self.digest.hex()}".encode()


def case_subject(key: int) -> str:
    return f"case:{key}"


def moment_text(at: datetime) -> str:
    """UTC, ISO 8601."""
    return at.astimezone(UTC).isoformat()


def fingerprint(key: bytes) -> str:
    """A public key as people compare it: the first 128 bits of its SHA-256, in blocks."""
    text = hashlib.sha256(key).hexdigest()[:32].upper()
    return " ".join(text[n : n + 4] for n in range(0, 32, 4))


def plain(checkpoint: Checkpoint) -> dict[str, Any]:
    """As JSON has it."""
    return {
        "number": checkpoint.number,
        "size": checkpoint.size,
        "root": checkpoint.root.hex(),
        "previous": checkpoint.previous.hex(),
        "at": moment_text(checkpoint.at),
        "publicKey": checkpoint.key.hex(),
        "signature": checkpoint.signature.hex(),
    }


def read(given: Mapping[str, Any]) -> Checkpoint:
    """Back from JSON; raises ValueError or TypeError for anything but what ``plain`` wrote."""
    made = Checkpoint(
        number=_whole(given["number"]),
        size=_whole(given["size"]),
        root=_bytes(given["root"], 32),
        previous=_bytes(given["previous"], 32),
        at=datetime.fromisoformat(given["at"]),
        key=_bytes(given["publicKey"], 32),
        signature=_bytes(given["signature"], 64),
    )
    if plain(made) != dict(given):
        raise ValueError("not in its own form")
    return made


def _whole(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(value)
    return value


def _bytes(value: Any, length: int) -> bytes:
    made = bytes.fromhex(value)
    if len(made) != length or made.hex() != value:
        raise ValueError(value)
    return made
