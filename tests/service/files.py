"""Small files of every kind, for uploads."""

from __future__ import annotations

import zipfile
from io import BytesIO


def archive(*names: str) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name in names:
            file.writestr(name, "<x/>")
    return out.getvalue()


def compound(*streams: str) -> bytes:
    names = b"".join(name.encode("utf-16-le") for name in streams)
    return bytes.fromhex("d0cf11e0a1b11ae1") + bytes(1024) + names + bytes(512)


PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489")
JPEG = bytes.fromhex("ffd8ffe000104a46494600010101006000600000ffd9")
DOCX = archive("[Content_Types].xml", "_rels/.rels", "word/document.xml")
XLSX = archive("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml")
DOCM = archive("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin")
DOC = compound("Root Entry", "WordDocument")
XLS = compound("Root Entry", "Workbook")
