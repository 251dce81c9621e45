"""Entries of an instance's journal, each linked to the one before it (see ``chain``).

A digest covers number, moment, actor, kind, element, ``facts`` and ``said``, where ``facts`` and
``said`` are the very texts that are stored (canonical JSON of the codec). ``said`` holds, per part,
the salted hash of personal data that is kept elsewhere and may be erased there: the chain stands
without it. Whoever has the exported record can compute all of it with nothing but SHA-256 and JSON.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from engine.model import chain, codec
from engine.text import tell


@dataclass(frozen=True, kw_only=True)
class Said:
    """A personal part of an entry: ``content`` is canonical JSON, ``salt`` hides it from guessing."""

    part: str
    salt: bytes
    content: str

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.salt + self.content.encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Link:
    """One entry as it is hashed and stored."""

    number: int
    at: datetime
    actor_key: int
    kind: str
    element_key: int | None
    element_id: str | None
    facts: str
    said: str
    digest: bytes = b""

    def linked_to(self, previous: bytes) -> bytes:
        """What the digest must be behind an entry whose digest is ``previous``."""
        return chain.link(
            previous,
            self.number,
            self.at,
            self.actor_key,
            self.kind,
            self.element_key or "",
            self.element_id or "",
            self.facts,
            self.said,
        )


@dataclass(frozen=True, kw_only=True)
class Break:
    """Where a chain does not hold, and how (Chinese)."""

    number: int
    reason: str


def say(part: str, content: Any) -> Said:
    """A personal part with a fresh salt."""
    return Said(
        part=part, salt=secrets.token_bytes(16), content=codec.encode(content, canonical=True)
    )


def link(
    previous: bytes,
    *,
    number: int,
    at: datetime,
    actor_key: int,
    kind: str,
    facts: Mapping[str, Any],
    said: Iterable[Said] = (),
    element_key: int | None = None,
    element_id: str | None = None,
) -> Link:
    """The entry numbered ``number`` (from 1) behind the one whose digest is ``previous``."""
    entry = Link(
        number=number,
        at=at,
        actor_key=actor_key,
        kind=kind,
        element_key=element_key,
        element_id=element_id,
        facts=codec.encode(facts, canonical=True),
        said=codec.encode({part.part: part.hash for part in said}, canonical=True),
    )
    return replace(entry, digest=entry.linked_to(previous))


def verify(
    links: Iterable[Link], said: Mapping[tuple[int, str], Said] | None = None
) -> tuple[Break, ...]:
    """Where the chain is broken; empty when it holds.

    ``said``: the personal parts that are still there; erased ones are not missed, changed ones are.
    """
    breaks: list[Break] = []
    previous, expected = chain.START, 1
    for entry in links:
        if entry.number != expected:
            breaks.append(
                Break(number=expected, reason=tell("缺少第 {expected} 条记录。", expected=expected))
            )
        if entry.digest != entry.linked_to(previous):
            breaks.append(
                Break(
                    number=entry.number,
                    reason=tell("第 {number} 条记录被改动。", number=entry.number),
                )
            )
        breaks.extend(_changed_parts(entry, said or {}))
        breaks.extend(_signed_another(entry))
        previous, expected = entry.digest, entry.number + 1
    return tuple(breaks)


def _changed_parts(entry: Link, said: Mapping[tuple[int, str], Said]) -> Iterator[Break]:
    hashes = codec.decode(entry.said)
    for (number, name), part in said.items():
        if number == entry.number and hashes.get(name) != part.hash:
            yield Break(
                number=number,
                reason=tell("第 {number} 条记录的“{name}”内容被改动。", number=number, name=name),
            )


def _signed_another(entry: Link) -> Iterator[Break]:
    """A signature (``engine.model.signatures``) is over the salted hash of a part of its entry."""
    if '"signature"' not in entry.facts:
        return
    signature = codec.decode(entry.facts).get("signature")
    if isinstance(signature, Mapping):
        signed = codec.decode(entry.said).get(signature.get("part"))
        if signed is None or signed != signature.get("data"):
            yield Break(
                number=entry.number,
                reason=tell("第 {number} 条记录签名所签的内容不符。", number=entry.number),
            )
