"""What a file is, told by its content, not by what its sender says."""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Mapping
from pathlib import PurePath
from typing import BinaryIO

import puremagic

from engine.model.errors import UnsupportedMedia
from engine.text import tell

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_OLD_WORD = "application/msword"
_OLD_SHEET = "application/vnd.ms-excel"

#: The endings that a file of each type may carry, the usual one first.
ENDINGS: Mapping[str, tuple[str, ...]] = {
    "application/pdf": (".pdf",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    _OLD_WORD: (".doc",),
    _WORD: (".docx",),
    _OLD_SHEET: (".xls",),
    _SHEET: (".xlsx",),
}

#: As much of a file as telling its type needs; a ZIP's directory stands at its end.
HEAD = 4_096

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_OLE_STREAMS = {_OLD_WORD: "WordDocument", _OLD_SHEET: "Workbook"}
_ZIP_PARTS = {_WORD: "word/document.xml", _SHEET: "xl/workbook.xml"}


def identify(content: BinaryIO, *, name: str, allowed: Collection[str]) -> str:
    """The media type of a seekable file; raises :class:`UnsupportedMedia`.

    The type must be an allowed one, the name must end as files of that type do, and an Office
    document must hold no macros.
    """
    content.seek(0)
    head = content.read(HEAD)
    found = _sniff(head, content)
    content.seek(0)
    if found not in allowed or found not in ENDINGS:
        raise _unsupported(name, found or tell("未知类型"), allowed)
    if PurePath(name).suffix.lower() not in ENDINGS[found]:
        raise _unsupported(
            name, tell("内容是 {endings}，与文件名不符", endings=ENDINGS[found][0]), allowed
        )
    return found


def _sniff(head: bytes, content: BinaryIO) -> str:
    if head.startswith(b"PK\x03\x04"):
        return _office_zip(content)
    if head.startswith(_OLE):
        return _office_ole(content)
    try:
        candidates = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return ""
    return candidates[0].mime_type if candidates else ""


def _office_zip(content: BinaryIO) -> str:
    try:
        with zipfile.ZipFile(content) as archive:
            names = {info.filename for info in archive.infolist()}
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return ""
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        return tell("含宏的 Office 文件")
    if "[Content_Types].xml" not in names:
        return "application/zip"
    return next((kind for kind, part in _ZIP_PARTS.items() if part in names), "application/zip")


def _office_ole(content: BinaryIO) -> str:
    """Compound files name their streams in UTF-16; the directory may be anywhere in the file."""
    content.seek(0)
    data = content.read()
    if "_VBA_PROJECT".encode("utf-16-le") in data:
        return tell("含宏的 Office 文件")
    return next(
        (kind for kind, name in _OLE_STREAMS.items() if name.encode("utf-16-le") in data),
        "application/x-ole-storage",
    )


def _unsupported(name: str, found: str, allowed: Collection[str]) -> UnsupportedMedia:
    endings = [ENDINGS[kind][0].lstrip(".").upper() for kind in allowed if kind in ENDINGS]
    return UnsupportedMedia(name=name, found=found, allowed="、".join(endings))
