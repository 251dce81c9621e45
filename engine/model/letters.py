"""Letters (文书): numbered, unforgeable writings that a case gives rise to.

What a letter says is settled and numbered in the transaction of its cause; the PDF is derived from
that afterwards, and is the same however often it is made.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from engine.model.keys import Key

#: Crockford's alphabet: no letter or digit that is taken for another.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})
_CODE = re.compile(f"[{_ALPHABET}]{{20}}")

_BLOCK = 4
_BLOCKS = 5


class TemplateState(StrEnum):
    """``PROPOSED`` waits for a second administrator."""

    PROPOSED = "PROPOSED"
    PUBLISHED = "PUBLISHED"
    DISCARDED = "DISCARDED"


class LetterState(StrEnum):
    """``ISSUED``: numbered, the PDF is still to be made. ``FAILED``: it could not be made."""

    ISSUED = "ISSUED"
    FAILED = "FAILED"
    READY = "READY"
    REVOKED = "REVOKED"


LETTER_TRANSITIONS: Mapping[LetterState, frozenset[LetterState]] = {
    LetterState.ISSUED: frozenset({LetterState.READY, LetterState.FAILED, LetterState.REVOKED}),
    LetterState.FAILED: frozenset({LetterState.ISSUED, LetterState.REVOKED}),
    LetterState.READY: frozenset({LetterState.REVOKED}),
    LetterState.REVOKED: frozenset(),
}


@dataclass(frozen=True, kw_only=True)
class Template:
    """How a letter is written. All texts but ``id``, ``name`` and ``series`` may hold FEEL in
    placeholders ``{= … }``.

    ``series``: 发文机关代字, of which numbers are taken. ``outcome``: the result in a few words,
    for whoever checks the letter. ``body``: a paragraph per line; a line that turns out empty is
    left out, and one that begins with a full-width number (“一、”) is set as a heading.
    ``remedy``: the sentence on 行政复议 and 行政诉讼.
    """

    id: str
    name: str
    series: str
    title: str
    outcome: str
    addressee: str
    body: str
    remedy: str
    unit: str


@dataclass(frozen=True, kw_only=True)
class TemplateVersion:
    """A version of a template, in force from ``effective_from`` on until a later one is."""

    key: Key
    template: Template
    version: int
    state: TemplateState
    effective_from: date
    drafted_by: Key
    drafted_by_name: str
    drafted_at: datetime
    published_by_name: str
    note: str


@dataclass(frozen=True, kw_only=True)
class Content:
    """What a letter says, word for word."""

    title: str
    addressee: str
    paragraphs: tuple[str, ...]
    remedy: str
    unit: str


@dataclass(frozen=True, kw_only=True)
class Letter:
    """``symbol``: 文号, e.g. 潍民创投〔2025〕1号. ``element_id``: the step it belongs to."""

    key: Key
    instance_key: Key
    element_id: str
    template_id: str
    template_name: str
    symbol: str
    title: str
    outcome: str
    unit: str
    addressee_mask: str
    code: str
    state: LetterState
    issued_at: datetime
    document_key: Key | None = None
    sha256: str = ""
    attempts: int = 0
    last_error: str = ""
    revoked_at: datetime | None = None
    revoked_because: str = ""
    case_number: str = ""


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What the public may know of a letter: ``kind`` is its template's name, never its own title."""

    symbol: str
    kind: str
    outcome: str
    unit: str
    addressee_mask: str
    issued_on: date
    sha256: str
    state: LetterState
    revoked_on: date | None = None
    matches: bool | None = field(default=None)
    #: The head of the case's journal when the letter was issued or later, hex, and whether a
    #: checkpoint covers it ("" = the case was destroyed).
    record_digest: str = ""
    checkpoint: int | None = None


def new_code() -> str:
    """A code of 100 bits by chance."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_BLOCK * _BLOCKS))


def read_code(typed: str) -> str | None:
    """The code as people type it (blanks, hyphens, look-alikes, lower case); None: it is none."""
    folded = re.sub(r"[\s\-－—·]+", "", typed[:100]).upper().translate(_LOOKALIKES)
    return folded if _CODE.fullmatch(folded) else None


def shown_code(code: str) -> str:
    """The code in blocks: 8K2M-…"""
    return "-".join(code[n : n + _BLOCK] for n in range(0, len(code), _BLOCK))


def symbol(series: str, year: int, number: int) -> str:
    """文号 (GB/T 9704-2012, 7.2.5): 潍民创投〔2025〕1号, without noughts before the number."""
    return f"{series}〔{year}〕{number}号"


def masked(name: str) -> str:
    """A name with its first character only; how long it is stays hidden."""
    return f"{name[0]}＊＊" if name else ""
