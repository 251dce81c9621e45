"""Get a file back, or throw it away before it is sent."""

from __future__ import annotations

from collections.abc import Iterator

from engine.model.actor import Actor
from engine.model.errors import Forbidden, NotFound
from engine.model.keys import Key
from engine.model.permissions import Action, DocumentFacts, may, require
from engine.model.records import Document
from engine.service import sealing
from engine.service.acting import acting
from engine.service.app import App
from engine.service.cases.case_access import may_see_file
from engine.service.letters.issuing import unseal
from engine.service.papers.stage_document import context_of
from engine.service.privacy.sight import veils
from engine.storage.database import UnitOfWork
from engine.storage.papers import documents, letters
from engine.text import tell


def open_document(app: App, actor: Actor, *, key: Key) -> tuple[Document, Iterator[bytes]]:
    """The document and its bytes, for its owner until it is sent, then for whoever sees the case.

    Raises :class:`NotFound`, also where it is none of the actor's business, and
    :class:`Forbidden` where it tells what he sees only masked.
    """
    with app.database.unit_of_work() as work:
        stored = _readable(work, actor, key)
        _require_unmasked(app, work, actor, stored)
    try:
        raw = app.files.get(stored.store_key)
    except FileNotFoundError as error:
        raise NotFound(what=tell("材料"), key=str(key)) from error
    if not stored.sealed:
        return stored.document, raw
    plain = sealing.unseal_stream(
        raw, key=app.secrets.data_key, context=context_of(stored.store_key)
    )
    return stored.document, plain


def discard_document(app: App, actor: Actor, *, key: Key) -> None:
    """Throw away one's own upload before it is sent.

    Raises :class:`NotFound`, and :class:`Forbidden` where a case has it.
    """
    with acting(app, actor) as (work, me):
        stored = _readable(work, me, key)
        require(me, Action.DISCARD_DOCUMENT, _facts(work, me, stored))
        documents.discard(work, key)
        work.commit()
    app.files.delete(stored.store_key)


def _readable(work: UnitOfWork, actor: Actor, key: Key) -> documents.Stored:
    stored = documents.get(work, key)
    if stored is None or not may(actor, Action.OPEN_DOCUMENT, _facts(work, actor, stored)):
        raise NotFound(what=tell("材料"), key=str(key))
    return stored


def _require_unmasked(app: App, work: UnitOfWork, actor: Actor, stored: documents.Stored) -> None:
    """A file that a masked field names, or a letter that quotes a masked value, is masked as a
    whole; what one has uploaded oneself is not."""
    key, instance_key = stored.document.key, stored.document.instance_key
    if instance_key is None or stored.owner == actor.key:
        return
    veil = veils(app, work, actor, [instance_key]).get(instance_key)
    if veil is None:
        return
    if str(key) in veil.files or any(
        veil.text(text) != text for text in _letter(app, work, instance_key, key)
    ):
        raise Forbidden(
            action=tell("查看此材料"),
            reason=tell("材料含有对您隐去的个人信息；需要时请先在事项页“查看完整信息”。"),
        )


def _letter(app: App, work: UnitOfWork, instance_key: Key, key: Key) -> Iterator[str]:
    """What the letter says that this file is; nothing where it is none."""
    for letter in letters.of_instance(work, instance_key):
        sealed = letters.content_of(work, letter.key) if letter.document_key == key else None
        if sealed is not None:
            content = unseal(app, letter.key, sealed)
            yield from (content.title, content.addressee, *content.paragraphs)


def _facts(work: UnitOfWork, actor: Actor, stored: documents.Stored) -> DocumentFacts:
    return DocumentFacts(
        owner=stored.owner,
        bound=stored.document.instance_key is not None,
        sees_case=may_see_file(work, actor, stored.document),
    )
