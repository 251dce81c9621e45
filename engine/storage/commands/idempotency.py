"""Answers that were given once and are given again (design.md, decision 14)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.model import codec
from engine.model.keys import Key
from engine.storage.commands.changes import Remembered
from engine.storage.database import UnitOfWork


@dataclass(frozen=True, kw_only=True)
class Kept:
    body: bytes
    answer: Any


def find(work: UnitOfWork, *, principal: Key, operation: str, key: str) -> Kept | None:
    row = work.hot(
        """select body, answer::text from idempotency
           where principal = %s and operation = %s and key = %s""",
        [principal, operation, key],
    ).fetchone()
    return Kept(body=bytes(row[0]), answer=codec.decode(row[1])) if row else None


def keep(work: UnitOfWork, remembered: Remembered, *, now: datetime) -> bool:
    """Keep an answer apart from an instance's own write; False where the key is taken."""
    row = work.hot(
        """insert into idempotency (principal, operation, key, body, answer, at)
           values (%s, %s, %s, %s, %s::jsonb, %s) on conflict do nothing returning 1""",
        [
            remembered.principal,
            remembered.operation,
            remembered.key,
            remembered.body,
            codec.encode(remembered.answer),
            now,
        ],
    ).fetchone()
    return row is not None


def sweep(work: UnitOfWork, *, before: datetime) -> int:
    """Forget what is older."""
    return int(work.hot("delete from idempotency where at < %s", [before]).rowcount)


def answer(work: UnitOfWork, remembered: Remembered) -> None:
    """Write the answer to a request whose key was taken with :func:`keep` before."""
    work.hot(
        """update idempotency set answer = %s::jsonb
           where principal = %s and operation = %s and key = %s""",
        [
            codec.encode(remembered.answer),
            remembered.principal,
            remembered.operation,
            remembered.key,
        ],
    )
