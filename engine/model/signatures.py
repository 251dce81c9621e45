"""Signatures (签名) on decisions: drawn, or the signer's name typed to confirm; and what is signed.

The journal's entry of a signed decision keeps, beside the image's SHA-256, the salted hash of the
very text (canonical JSON of the codec) that was submitted. Both stand in the chain of digests, so
whoever has the exported record can tell that neither the image nor the data were changed; and
when the data are erased, the hash gives nothing away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from engine.model import codec
from engine.model.journal import Break, Link, Said
from engine.model.keys import Key
from engine.text import tell

#: The property of a user task that asks for signatures.
PROPERTY = "banshi:signature"


class SignatureMode(StrEnum):
    DRAWN = "drawn"
    TYPED = "typed"


class SignatureRule(StrEnum):
    """``banshi:signature`` of a user task; nothing said means none."""

    NONE = ""
    OPTIONAL = "optional"
    REQUIRED = "required"


@dataclass(frozen=True, kw_only=True)
class Signature:
    """What the signer gives: the key of a PNG that he has uploaded, or his own name, typed."""

    document: Key | None = None
    name: str = ""

    @property
    def mode(self) -> SignatureMode:
        return SignatureMode.TYPED if self.document is None else SignatureMode.DRAWN


def rule_of(properties: Mapping[str, str]) -> SignatureRule:
    """What the diagram asks for; a value that is none asks for a signature, to be on the safe side."""
    said = properties.get(PROPERTY, "").strip().lower()
    if said in {"", "none", "false"}:
        return SignatureRule.NONE
    return SignatureRule.OPTIONAL if said == "optional" else SignatureRule.REQUIRED


def facts(signature: Signature, submitted: Said, *, sha256: str = "") -> dict[str, Any]:
    """What the journal keeps of it for ever; ``submitted``: the personal part that was signed."""
    kept: dict[str, Any] = {
        "mode": signature.mode.value,
        "part": submitted.part,
        "data": submitted.hash,
    }
    if signature.document is not None:
        kept |= {"document": str(signature.document), "sha256": sha256}
    return kept


def signed(entry: Link) -> Mapping[str, Any] | None:
    """The signature's facts of an entry, None where it has none."""
    found = codec.decode(entry.facts).get("signature")
    return found if isinstance(found, Mapping) else None


def breaks(entry: Link, images: Mapping[Key, str]) -> Iterator[Break]:
    """Where an entry's signature is no longer the picture that was drawn. ``images``: documents that
    are still there → the SHA-256 of their bytes as they are now. (What was signed is held by
    ``journal.verify``.)"""
    found = signed(entry)
    key = found.get("document") if found else None
    now = images.get(Key(int(key))) if key else None
    if found is not None and now is not None and now != found.get("sha256"):
        yield Break(
            number=entry.number,
            reason=tell("第 {number} 条记录的签名图片被改动。", number=entry.number),
        )
