"""The record of a case: exported for whoever wants to check it, and checked here.

The export is one JSON document that ``record_verification`` (``banshi verify``, or anybody with
SHA-256 and Ed25519) checks without this server. Of what was said it holds, in clear and with its
salt, what the reader may see; of the rest the salted hash only, so that the chain still holds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.forms import Veil
from engine.model import checkpoints, codec, journal
from engine.model.actor import Actor
from engine.model.errors import NotFound
from engine.model.journal import Break
from engine.model.keys import Key
from engine.model.letters import Letter
from engine.model.records import Document, Instance
from engine.model.states import DocumentPurpose
from engine.service.app import App
from engine.service.cases.case_access import keep_out, may_see_case, viewer
from engine.service.cases.get_case import load_case
from engine.service.clock.case_clock import ToldStop, told_stops
from engine.service.clock.clock_turns import STOPS
from engine.service.history.checkpoints import Inclusion, inclusion_of
from engine.service.history.record_verification import FORMAT, signed_bytes
from engine.service.privacy.sight import sight, veil
from engine.service.signing import public_key, sign
from engine.service.tasks.signatures import signature_breaks
from engine.storage.database import UnitOfWork
from engine.storage.history import privacy, records
from engine.storage.history.records import Written
from engine.storage.instances import cases
from engine.storage.instances.attached import attached
from engine.storage.papers import documents
from engine.storage.worklists.tasks import Viewer
from engine.text import tell

#: How to check an exported record, without this program.
ALGORITHM = (
    "digest[n] = SHA-256(digest[n-1] || 各字段), digest[0] = 32 个零字节；"
    "字段依次为 number、at（UTC，ISO 8601）、actor、kind、element_key、element_id、facts、said，"
    "每个字段前置 8 字节大端长度，按 UTF-8 编码；"
    "said 中每个部分的值为 SHA-256(salt || content)；"
    "facts 中办理人签名（signature）的 data 等于所签部分（part）在 said 中的值，"
    "sha256 为签名图片的散列。"
    "signature 为 publicKey（Ed25519，RFC 8032）对“banshi-record/1”、换行符和本文件除 signature 外"
    "的规范 JSON（键排序、无空白、UTF-8）的签名。"
    "checkpoint 的签名对象为 banshi-checkpoint/1、number、size、root、previous、at、publicKey 各一行；"
    "root 为 RFC 6962 默克尔树的树根，叶为 subject、number、digest 三行，inclusion.proof 为其审计路径。"
)

#: Parts that nobody but insiders reads, whoever caused them.
_INSIDE = frozenset({"decisions"})


@dataclass(frozen=True, kw_only=True)
class Record:
    """``document``: the export as plain JSON values, signed; ``entries``: those of the document."""

    case: Instance
    document: Mapping[str, Any]
    breaks: tuple[Break, ...]

    @property
    def sound(self) -> bool:
        return not self.breaks

    @property
    def algorithm(self) -> str:
        return ALGORITHM

    @property
    def entries(self) -> tuple[Mapping[str, Any], ...]:
        return tuple(self.document["entries"])


def export_record(app: App, actor: Actor, *, key: Key) -> Record:
    """The whole record of a case that the actor may see. Raises NotFound."""
    with app.database.unit_of_work() as work:
        looks = viewer(work, actor)
        written = _visible(work, actor, key, looks)
        reader = _Reader.of(app, work, actor, key, looks=looks, written=written)
        case = load_case(app, work, key)
        breaks = _breaks(app, work, written)
        beside = attached(work, key, username=actor.username, stopping=reader.stopping)
        told = told_stops(beside.stops, beside.letters, beside.notices)
        document: dict[str, Any] = {
            "format": FORMAT,
            "algorithm": ALGORITHM,
            "exportedAt": checkpoints.moment_text(app.now()),
            "processInstanceKey": str(key),
            "caseNumber": case.number,
            "title": reader.text(case.title),
            "case": _case(case),
            "sound": not breaks,
            "breaks": [{"number": b.number, "reason": b.reason} for b in breaks],
            "entries": [reader.entry(entry) for entry in written],
            "head": {
                "number": written[-1].link.number,
                "digest": written[-1].link.digest.hex(),
            },
            "documents": reader.documents(documents.of_instance(work, key)),
            "letters": [_letter(each) for each in beside.letters],
            "clockStops": [_stop(each) for each in told],
            **_covered(inclusion_of(work, key)),
            "publicKey": public_key(app.secrets.signing_key).hex(),
        }
    document["signature"] = sign(app.secrets.signing_key, signed_bytes(document)).hex()
    return Record(case=replace(case, title=document["title"]), document=document, breaks=breaks)


def verify_record(app: App, actor: Actor, *, key: Key) -> tuple[Break, ...]:
    """Where the chain of the record is broken; empty when it holds. Raises NotFound."""
    with app.database.unit_of_work() as work:
        return _breaks(app, work, _visible(work, actor, key, viewer(work, actor)))


@dataclass(frozen=True, kw_only=True)
class _Reader:
    """Who reads the record. ``insider``: handles the case, reads a copy, or is administrator;
    ``stopping``: the nodes at which its diagram stops the clock."""

    actor: Actor
    insider: bool
    veil: Veil | None
    stopping: Collection[str]

    @classmethod
    def of(
        cls,
        app: App,
        work: UnitOfWork,
        actor: Actor,
        key: Key,
        *,
        looks: Viewer,
        written: tuple[Written, ...],
    ) -> _Reader:
        standing = privacy.standings(work, looks, actor.key, [key], now=app.now())[key]
        related = cases.relation(work, looks, key)
        pinned = app.bundles.of_instance(work, standing.bundle_key)
        masked = sight(pinned, standing).masked
        over = None
        if masked:
            said = [codec.decode(part.content) for row in written for part in row.said]
            values = privacy.values_of(work, [key]).get(key, [])
            over = veil(app, work, pinned, masked, *values, *said)
        takes_part = (related.handles or related.copied) and not standing.own
        return cls(
            actor=actor,
            insider=actor.administrator or takes_part,
            veil=over,
            stopping=pinned.marked(STOPS),
        )

    def text(self, text: str) -> str:
        return text if self.veil is None else self.veil.text(text)

    def entry(self, entry: Written) -> Mapping[str, Any]:
        link = entry.link
        shown = [part for part in entry.said if self._reads(entry, part.part, part.content)]
        return {
            "number": link.number,
            "at": checkpoints.moment_text(link.at),
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
                for part in shown
            ],
        }

    def _reads(self, entry: Written, part: str, content: str) -> bool:
        """All of a part or nothing: a hash over it can't be checked against half of it."""
        own = entry.link.actor_key == self.actor.key and part not in _INSIDE
        if not (self.insider or own):
            return False
        return self.veil is None or not self.veil.hides(codec.decode(content))

    def documents(self, filed: tuple[Document, ...]) -> list[Mapping[str, Any]]:
        hidden = self.veil.files if self.veil is not None else set()
        return [
            {
                "key": str(document.key),
                "name": self.text(document.name),
                "size": document.size,
                "sha256": document.sha256,
                "uploadedBy": document.uploaded_by,
                "uploadedAt": checkpoints.moment_text(document.uploaded_at),
            }
            for document in filed
            if str(document.key) not in hidden
            and (self.insider or document.purpose is DocumentPurpose.MATERIAL)
        ]


def _visible(work: UnitOfWork, actor: Actor, key: Key, looks: Viewer) -> tuple[Written, ...]:
    keep_out(work, actor, key, what=tell("事项"))
    if not may_see_case(work, actor, key, sees=looks):
        raise NotFound(what=tell("事项"), key=str(key))
    return records.journal(work, key, limit=None)


def _breaks(app: App, work: UnitOfWork, written: tuple[Written, ...]) -> tuple[Break, ...]:
    said = {(entry.link.number, part.part): part for entry in written for part in entry.said}
    chain = journal.verify((entry.link for entry in written), said)
    return chain + signature_breaks(app, work, written)


def _case(case: Instance) -> Mapping[str, Any]:
    return {
        "service": case.process_name,
        "version": case.version,
        "state": case.state.value,
        "result": case.result,
        "applicant": case.applicant_name,
        "unit": case.unit_name,
        "startedAt": checkpoints.moment_text(case.started_at),
        "endedAt": checkpoints.moment_text(case.ended_at) if case.ended_at else None,
    }


def _letter(letter: Letter) -> Mapping[str, Any]:
    return {
        "symbol": letter.symbol,
        "kind": letter.template_name,
        "state": letter.state.value,
        "issuedAt": checkpoints.moment_text(letter.issued_at),
        "sha256": letter.sha256,
    }


def _stop(told: ToldStop) -> Mapping[str, Any]:
    """``letter``: the number of the letter that told the applicant of it, "" = there is none."""
    stop = told.stop
    return {
        "kind": stop.kind.value,
        "manual": stop.manual,
        "stoppedAt": checkpoints.moment_text(stop.stopped_at),
        "resumedAt": checkpoints.moment_text(stop.resumed_at) if stop.resumed_at else None,
        "letter": told.letter.symbol if told.letter else "",
        "document": str(stop.document or ""),
    }


def _covered(found: Inclusion | None) -> Mapping[str, Any]:
    if found is None:
        return {"inclusion": None, "checkpoint": None}
    return {
        "inclusion": {
            "subject": found.leaf.subject,
            "number": found.leaf.number,
            "digest": found.leaf.digest.hex(),
            "position": found.position,
            "proof": [each.hex() for each in found.proof],
        },
        "checkpoint": checkpoints.plain(found.checkpoint),
    }
