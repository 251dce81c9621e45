"""The signature on a decision: whether one is asked for, and whether this is one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from engine.model import signatures
from engine.model.actor import Actor
from engine.model.errors import InvalidInput, Unreadable
from engine.model.execution import OpenTask
from engine.model.journal import Break, Said
from engine.model.keys import Key
from engine.model.problems import Problem
from engine.model.signatures import Signature, SignatureRule, rule_of
from engine.service import sealing
from engine.service.app import App
from engine.service.papers.stage_document import context_of
from engine.storage.database import UnitOfWork
from engine.storage.history.records import Written
from engine.storage.papers import documents
from engine.text import tell

#: A drawn signature is a small picture.
LARGEST = 512 * 1024


def signature_facts(
    work: UnitOfWork,
    me: Actor,
    task: OpenTask,
    signature: Signature | None,
    submitted: Said,
) -> dict[str, Any]:
    """What the journal says of the signature; empty where none is asked for or given.

    Raises InvalidInput: none where one is required, another's name, or no picture of his own.
    """
    rule = rule_of(task.properties)
    if signature is None:
        if rule is SignatureRule.REQUIRED:
            raise _wrong("required", tell("此环节须签名：请手写签名，或输入您的姓名确认。"))
        return {}
    if rule is SignatureRule.NONE:
        raise _wrong("signature", tell("此环节不需要签名。"))
    if signature.document is None:
        if signature.name.strip() != me.name:
            raise _wrong("name", tell("姓名与登录人不一致，请输入您本人的姓名“{me}”。", me=me.name))
        return {"signature": signatures.facts(signature, submitted)}
    image = documents.get(work, signature.document)
    fresh = image is not None and image.owner == me.key and image.document.instance_key is None
    if image is None or not fresh:
        raise _wrong("document", tell("签名图片不存在或已经用过，请重新签名。"))
    if image.document.media_type != "image/png" or image.document.size > LARGEST:
        raise _wrong("document", tell("签名图片应为不超过 512 KB 的 PNG 图片，请重新签名。"))
    kept = signatures.facts(signature, submitted, sha256=image.document.sha256)
    return {"signature": kept}


def signature_breaks(app: App, work: UnitOfWork, written: Iterable[Written]) -> tuple[Break, ...]:
    """Where a signature no longer fits what was signed, or its image was changed."""
    return tuple(
        found
        for entry in written
        if '"signature"' in entry.link.facts
        for found in signatures.breaks(entry.link, _images(app, work, entry))
    )


def _images(app: App, work: UnitOfWork, entry: Written) -> dict[Key, str]:
    """The image as it lies in the store; one that was erased there is not missed."""
    told = signatures.signed(entry.link)
    key = told.get("document") if told else None
    stored = documents.get(work, Key(int(key))) if key else None
    if stored is None:
        return {}
    digest = hashlib.sha256()
    try:
        raw = app.files.get(stored.store_key)
        context = context_of(stored.store_key)
        for chunk in sealing.unseal_stream(raw, key=app.secrets.data_key, context=context):
            digest.update(chunk)
    except FileNotFoundError:
        return {}
    except Unreadable:
        return {stored.document.key: ""}
    return {stored.document.key: digest.hexdigest()}


def _wrong(rule: str, message: str) -> InvalidInput:
    return InvalidInput(problems=(Problem(element_id="signature", rule=rule, message=message),))
