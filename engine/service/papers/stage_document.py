"""Upload a file, before it is sent with a form."""

from __future__ import annotations

import hashlib
import secrets
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath
from typing import BinaryIO, cast

from engine.model.actor import Actor
from engine.model.errors import InvalidInput, TooLarge
from engine.model.permissions import Action, require
from engine.model.problems import Problem
from engine.model.records import Document
from engine.service import sealing
from engine.service.acting import acting
from engine.service.app import App
from engine.service.papers import media
from engine.storage.papers import documents
from engine.text import tell

_CHUNK = 256 * 1024
_IN_MEMORY = 1024 * 1024

#: So many times the limit of one file may one person have lying about unsent.
_FILES_STAGED = 20


def stage_document(
    app: App, actor: Actor, *, name: str, stream: BinaryIO, size_hint: int | None = None
) -> Document:
    """Keep the file, encrypted, for the actor until a case takes it in.

    Raises :class:`TooLarge`, :class:`UnsupportedMedia` (by its content), :class:`InvalidInput`
    for a name that is none, or an empty file.
    """
    clean = clean_name(name)
    limit = app.settings.document_limit_mb * 1024 * 1024
    if size_hint is not None and size_hint > limit:
        raise _too_large(app)
    with _read(app, stream, limit) as (content, size, sha256):
        if size == 0:
            raise _invalid("document-empty", tell("文件“{clean}”是空的。", clean=clean))
        kind = media.identify(content, name=clean, allowed=app.settings.document_types)
        store_key = secrets.token_hex(24)
        with acting(app, actor) as (work, me):
            require(me, Action.STAGE_DOCUMENT)
            if documents.staged_size(work, me.key) + size > _FILES_STAGED * limit:
                raise TooLarge(
                    what=tell("已上传但尚未提交的材料总量"),
                    limit=tell("{files_staged} 个文件", files_staged=_FILES_STAGED),
                )
            staged = documents.stage(
                work,
                owner=me.key,
                owner_name=me.name,
                name=clean,
                media_type=kind,
                size=size,
                sha256=sha256,
                store_key=store_key,
                sealed=True,
                now=app.now(),
            )
            # the row comes first: a file without a row would never be swept
            work.commit()
        try:
            sealed = sealing.seal_stream(
                _chunks(content), key=app.secrets.data_key, context=context_of(store_key)
            )
            app.files.put(store_key, sealed)
        except BaseException:
            with app.database.unit_of_work() as work:
                documents.discard(work, staged.key)
                work.commit()
            raise
    return staged


def clean_name(name: str) -> str:
    """The file's own name, without folders and control characters; raises :class:`InvalidInput`."""
    last = unicodedata.normalize("NFC", name.replace("\\", "/")).rsplit("/", 1)[-1]
    clean = "".join(c for c in last if c.isprintable()).strip().strip(".")
    if not clean or not PurePath(clean).suffix:
        raise _invalid(
            "document-name", tell("文件名无效，请使用带扩展名的文件名，例如“登记证书.pdf”。")
        )
    suffix = PurePath(clean).suffix[:20]
    return PurePath(clean).stem[: 200 - len(suffix)] + suffix


def context_of(store_key: str) -> str:
    """What the file's encryption is bound to."""
    return f"document:{store_key}"


@contextmanager
def _read(app: App, stream: BinaryIO, limit: int) -> Iterator[tuple[BinaryIO, int, str]]:
    """The whole stream in a temporary file, with its size and SHA-256."""
    digest = hashlib.sha256()
    size = 0
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as kept:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > limit:
                raise _too_large(app)
            digest.update(chunk)
            kept.write(chunk)
        yield cast("BinaryIO", kept), size, digest.hexdigest()


def _chunks(content: BinaryIO) -> Iterator[bytes]:
    content.seek(0)
    while chunk := content.read(_CHUNK):
        yield chunk


def _too_large(app: App) -> TooLarge:
    return TooLarge(what=tell("上传的文件"), limit=f"{app.settings.document_limit_mb} MB")


def _invalid(rule: str, message: str) -> InvalidInput:
    return InvalidInput(problems=(Problem(element_id="file", rule=rule, message=message),))
