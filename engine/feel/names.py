"""Names: sequences of tokens, matched against what is in scope (DMN 1.5, 10.3.1.4 and 10.3.1.6)."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import Final

from engine.feel.errors import FeelSyntaxError
from engine.feel.lexer import END, NAME, Token, tokens_of

#: Words that can't begin a name. They may stand inside one ("Profit and loss").
KEYWORDS: Final = frozenset(
    (
        "for", "return", "if", "then", "else", "some", "every", "satisfies", "in", "and", "or",
        "between", "instance", "function", "true", "false", "null",
    )
)  # fmt: skip
#: Punctuation that a Chinese input method produces where FEEL wants ASCII.
FULL_WIDTH: Final = {
    "（": "(", "）": ")", "，": ",", "：": ":", "；": ";", "＝": "=", "＜": "<", "＞": ">",
    "＋": "+", "－": "-", "＊": "*", "／": "/", "．": ".", "｛": "{", "｝": "}", "［": "[",
    "］": "]", "“": '"', "”": '"', "！": "!", "＂": '"', "、": ",", "。": ".",
    "《": "<", "》": ">", "≤": "<=", "≥": ">=", "≠": "!=", "×": "*", "÷": "/",
}  # fmt: skip


@functools.lru_cache(maxsize=4096)
def name_parts(name: str) -> tuple[str, ...]:
    """The tokens of a name; `a-b` and `a - b` are the same name.

    Empty for a key that no expression can spell, `a"b` for one.
    """
    try:
        return tuple(token.text for token in tokens_of(name) if token.kind != END)
    except FeelSyntaxError:
        return ()


class NameIndex:
    """Names by their first token, the longest first."""

    __slots__ = ("by_first",)

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.by_first: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        """Bring a name into scope."""
        parts = name_parts(name)
        if not parts:
            return
        entries = self.by_first.setdefault(parts[0], [])
        entry = (parts, name)
        if entry not in entries:
            entries.append(entry)
            entries.sort(key=lambda known: -len(known[0]))

    def match(self, tokens: Sequence[Token], position: int) -> tuple[int, str] | None:
        """Number of tokens and the name of the longest name that starts there."""
        entries = self.by_first.get(tokens[position].text)
        if entries is None:
            return None
        for parts, name in entries:
            size = len(parts)
            if size == 1:
                return 1, name
            if position + size < len(tokens) and all(
                tokens[position + offset].text == parts[offset] for offset in range(1, size)
            ):
                return size, name
        return None


def spelled(tokens: Sequence[Token]) -> str:
    """The name that tokens spell, white space between them made single."""
    parts: list[str] = []
    for number, token in enumerate(tokens):
        if number and token.start > tokens[number - 1].end:
            parts.append(" ")
        parts.append(token.text)
    return "".join(parts)


def is_word(token: Token) -> bool:
    """Whether a token can go on a name that nothing in scope explains."""
    return token.kind == NAME and token.text not in KEYWORDS


def full_width(text: str) -> str | None:
    """The first full-width punctuation mark in a text."""
    return next((mark for mark in text if mark in FULL_WIDTH), None)


def is_plain_name(text: str) -> bool:
    """Whether a key can be written without quotes."""
    parts = name_parts(text) if '"' not in text and len(text) < 200 else ()
    return (
        bool(parts)
        and parts[0] not in KEYWORDS
        and all(part[0].isalnum() or part[0] in "_?" for part in parts)
    )
