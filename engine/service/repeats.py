"""Repeated requests: the same key and body get the first answer, another body is refused."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.feel.values import from_host
from engine.model import codec
from engine.model.actor import Actor
from engine.model.errors import IdempotencyMismatch, InvalidInput
from engine.model.keys import Key
from engine.model.problems import Problem
from engine.storage.commands import idempotency
from engine.storage.commands.changes import Remembered
from engine.storage.database import UnitOfWork
from engine.text import tell

_LONGEST_KEY = 200


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request that carries an idempotency key; ``body``: a digest of all that it asks for."""

    operation: str
    key: str
    body: bytes

    def answered(self, work: UnitOfWork, actor: Actor) -> Any:
        """The first answer to this request, or None; raises IdempotencyMismatch."""
        found = idempotency.find(work, principal=actor.key, operation=self.operation, key=self.key)
        if found is None:
            return None
        if found.body != self.body:
            raise IdempotencyMismatch(key=self.key)
        return found.answer

    def remembered(self, actor: Actor, answer: Any) -> Remembered:
        return Remembered(
            principal=actor.key,
            operation=self.operation,
            key=self.key,
            body=self.body,
            answer=answer,
        )


def request(
    operation: str, key: str | None, target: Key | str, body: Mapping[str, Any]
) -> Request | None:
    """The request, where it carries a key; raises InvalidInput for an unusable key."""
    if key is None:
        return None
    if not key or len(key) > _LONGEST_KEY or not key.isprintable():
        raise InvalidInput(
            problems=(
                Problem(
                    element_id="Idempotency-Key",
                    rule="idempotency-key",
                    message=tell(
                        "幂等键应为 1–{longest_key} 个可见字符。", longest_key=_LONGEST_KEY
                    ),
                ),
            )
        )
    try:
        text = codec.encode([str(target), from_host(dict(body))], canonical=True)
    except (TypeError, ValueError) as error:
        raise InvalidInput(
            problems=(
                Problem(rule="body", message=tell("提交的内容不能保存：{error}", error=error)),
            )
        ) from None
    return Request(operation=operation, key=key, body=hashlib.sha256(text.encode()).digest())
