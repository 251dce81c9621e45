"""A letter as PDF/A, by Typst. The same content gives the same bytes."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final

import segno
import typst

from engine.config import Settings
from engine.model.errors import LetterFault
from engine.model.letters import Content, shown_code
from engine.text import tell

_SOURCE = Path(__file__).with_name("letter.typ")

#: Archives take PDF/A-2 (GB/T 33994); ``a`` is the level that screen readers can follow.
_STANDARD: Final = "a-2a"


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """All that is printed. ``issued_at``: local. ``sample``: marked as a specimen."""

    content: Content
    symbol: str
    code: str
    issued_at: datetime
    sample: bool = False


def typeset(settings: Settings, sheet: Sheet) -> bytes:
    """The PDF. Raises :class:`LetterFault` where it cannot be set (no font, a missing glyph)."""
    fonts = _fonts(settings.home / "fonts")
    installed = frozenset(fonts.families())
    content, day = sheet.content, sheet.issued_at
    data = {
        "title": content.title,
        "addressee": content.addressee,
        "paragraphs": list(content.paragraphs),
        "remedy": content.remedy,
        "unit": content.unit,
        "symbol": sheet.symbol,
        "date": f"{day.year}年{day.month}月{day.day}日",
        "code": shown_code(sheet.code),
        "address": verification_address(settings),
        "qr": qr_code(f"{verification_address(settings)}/{sheet.code}"),
        "sample": sheet.sample,
        "fonts": {
            "body": _chosen(settings.letter_fonts, installed, content),
            "title": _chosen(settings.letter_title_fonts, installed, content),
        },
    }
    try:
        compiler = typst.Compiler(
            _SOURCE.read_bytes(),
            root=str(_SOURCE.parent),
            font_paths=fonts,
            sys_inputs={"letter": json.dumps(data, ensure_ascii=False)},
        )
        made = compiler.compile(
            format="pdf",
            pdf_standards=_STANDARD,
            timestamp=day.astimezone(UTC).replace(microsecond=0),  # it takes no fractions
        )
    except typst.TypstError as error:
        raise LetterFault(
            template=content.title, reason=tell("排版失败：{error}。", error=error.message)
        ) from error
    if not isinstance(made, bytes):
        raise TypeError(made)
    return made


def verification_address(settings: Settings) -> str:
    """The public page that checks letters."""
    return f"{settings.public_url}/verify"


def qr_code(text: str) -> str:
    """The text as a QR code (ISO/IEC 18004, level M), in SVG."""
    drawn = io.BytesIO()
    segno.make(text, error="m", micro=False).save(drawn, kind="svg", border=1, xmldecl=False)
    return drawn.getvalue().decode()


def _chosen(wanted: tuple[str, ...], installed: frozenset[str], content: Content) -> list[str]:
    """Those installed, in the order in which they are wanted; rare characters may need a second."""
    found = [family for family in wanted if family in installed]
    if not found:
        raise LetterFault(
            template=content.title,
            reason=tell(
                "没有可用的中文字体，请安装 fonts-noto-cjk，或把字体文件放进数据目录的 fonts 文件夹。"
            ),
        )
    return found


@cache
def _fonts(folder: Path) -> typst.Fonts:
    """The machine's fonts and the installation's own."""
    paths = [str(folder)] if folder.is_dir() else []
    return typst.Fonts(include_embedded_fonts=False, font_paths=paths)
