"""Cleaning of what people type: one normal form, nothing invisible that can deceive."""

from __future__ import annotations

import unicodedata

from engine.text import tell

#: Texts longer than any field may hold; bounds that keep one field from filling a page or a row.
MAX_LINE = 1_000
MAX_TEXT = 20_000

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u2060\ufeff\u00ad"), None)
#: Controls of text direction: they make a text read differently from what it holds.
_DIRECTION = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")


def clean(text: str, *, lines: bool) -> str:
    """NFC, line ends as LF, zero-width marks taken out, blank ends trimmed.

    With `lines` false, as for a one-line field, the text is not broken into lines; a line end in
    it is a fault that `fault` names.
    """
    text = unicodedata.normalize("NFC", text.translate(_INVISIBLE))
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if lines:
        text = "\n".join(line.rstrip() for line in text.split("\n"))
    return text


def fault(text: str, *, lines: bool) -> str | None:
    """What can't be accepted in a cleaned text, as a Chinese message; None if nothing."""
    for c in text:
        if c == "\n":
            if not lines:
                return tell("这里只能填一行，请去掉换行。")
        elif c == "\t":
            if not lines:
                return tell("内容里有制表符，请删去后重填。")
        elif unicodedata.category(c) == "Cc":
            return tell("内容里有不可见的控制字符（U+{ord:04X}），请删去后重填。", ord=ord(c))
        elif "\ud800" <= c <= "\udfff" or ord(c) & 0xFFFE == 0xFFFE:
            return tell("内容里有无效字符，请删去后重填。")
        elif c in _DIRECTION:
            return tell("内容里有改变文字方向的控制字符，请删去后重填。")
    return None


def is_blank(text: str) -> bool:
    """Nothing in it that can be seen."""
    return not text.translate(_INVISIBLE).strip()
