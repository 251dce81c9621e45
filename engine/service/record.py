"""The record of a case: exported for whoever wants to check it, and checked here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.model import journal
from engine.model.actor import Actor
from engine.model.errors import NotFound
from engine.model.journal import Break
from engine.model.keys import Key
from engine.model.records import Instance
from engine.service.app import App
from engine.service.case_access import may_see_case
from engine.service.get_case import load_case
from engine.service.signatures import signature_breaks
from engine.storage import records
from engine.storage.database import UnitOfWork
from engine.storage.records import Written

#: How to check an exported record, without this program.
ALGORITHM = (
    "digest[n] = SHA-256(digest[n-1] || 各字段), digest[0] = 32 个零字节；"
    "字段依次为 number、at（UTC，ISO 8601）、actor、kind、element_key、element_id、facts、said，"
    "每个字段前置 8 字节大端长度，按 UTF-8 编码；"
    "said 中每个部分的值为 SHA-256(salt || content)；"
    "facts 中 signature 的 data 等于所签部分在 said 中的值，sha256 为签名图片的散列。"
)


@dataclass(frozen=True, kw_only=True)
class Record:
    """``entries``: plain JSON values, in order, digests and salts in hex."""

    case: Instance
    entries: tuple[Mapping[str, Any], ...]
    breaks: tuple[Break, ...]
    algorithm: str = ALGORITHM

    @property
    def sound(self) -> bool:
        return not self.breaks


def export_record(app: App, actor: Actor, *, key: Key) -> Record:
    """The whole record of a case that the actor may see. Raises NotFound."""
    with app.database.unit_of_work() as work:
        written = _visible(work, actor, key)
        case = load_case(app, work, key)
        breaks = _breaks(app, work, written)
    return Record(case=case, entries=tuple(_exported(entry) for entry in written), breaks=breaks)


def verify_record(app: App, actor: Actor, *, key: Key) -> tuple[Break, ...]:
    """Where the chain of the record is broken; empty when it holds. Raises NotFound."""
    with app.database.unit_of_work() as work:
        return _breaks(app, work, _visible(work, actor, key))


def _visible(work: UnitOfWork, actor: Actor, key: Key) -> tuple[Written, ...]:
    if not may_see_case(work, actor, key):
        raise NotFound(what="事项", key=str(key))
    return records.journal(work, key, limit=None)


def _breaks(app: App, work: UnitOfWork, written: tuple[Written, ...]) -> tuple[Break, ...]:
    said = {(entry.link.number, part.part): part for entry in written for part in entry.said}
    chain = journal.verify((entry.link for entry in written), said)
    return chain + signature_breaks(app, work, written)


def _exported(entry: Written) -> Mapping[str, Any]:
    link = entry.link
    return {
        "number": link.number,
        "at": link.at.isoformat(),
        "actor": str(link.actor_key),
        "actorName": entry.actor_name,
        "kind": link.kind,
        "elementKey": str(link.element_key or ""),
        "elementId": link.element_id or "",
        "facts": link.facts,
        "said": link.said,
        "digest": link.digest.hex(),
        "parts": [
            {"part": part.part, "salt": part.salt.hex(), "content": part.content}
            for part in entry.said
        ],
    }
