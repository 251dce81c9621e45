"""Text → tokens.

A token carries its text and where it stands, and whether white space came before it. Names are not
put together here: which tokens make a name depends on the names in scope (DMN 1.5, 10.3.1.4).
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from engine.feel.errors import FeelSyntaxError

#: Longer expressions are refused before anything else is done with them.
MAX_LENGTH: Final = 20_000

NAME: Final = 1
NUMBER: Final = 2
STRING: Final = 3
SYMBOL: Final = 4
END: Final = 5

_START: Final = (
    "?A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d"
    "\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_SPACE: Final = "\t\n\x0b\f\r \x85\xa0\u1680\u180e\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff"
_PART: Final = _START + "0-9\u00b7\u0300-\u036f\u203f-\u2040"

_TOKEN: Final = re.compile(
    "|".join(
        (
            rf"(?P<space>(?:[{_SPACE}]|//[^\n]*|/\*(?s:.)*?\*/)+)",
            rf"(?P<name>[{_START}][{_PART}]*)",
            r"(?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)",
            r'(?P<string>"(?:[^"\\\n\r\x0b\f]|\\.)*")',
            r'(?P<symbol>\.\.|\*\*|<=|>=|!=|->|/\*|[^"])',
        )
    )
)
_KINDS: Final = {"name": NAME, "number": NUMBER, "string": STRING, "symbol": SYMBOL}

_ESCAPE: Final = re.compile(r"\\(?:U([0-9a-fA-F]{6})|u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_SIMPLE: Final = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "'": "'", "\\": "\\"}
_SURROGATES: Final = re.compile("[\ud800-\udbff][\udc00-\udfff]")


class Token(NamedTuple):
    """One token; `start` and `end` are offsets into the text."""

    kind: int
    text: str
    start: int
    end: int


def tokens_of(text: str) -> list[Token]:
    """All tokens, the last of kind END. FeelSyntaxError for an open text or a text too long."""
    if len(text) > MAX_LENGTH:
        raise FeelSyntaxError(f"表达式太长（{len(text)} 个字符，至多 {MAX_LENGTH} 个）")
    result: list[Token] = []
    position = 0
    end = len(text)
    match = _TOKEN.match
    while position < end:
        found = match(text, position)
        if found is None:
            raise error_at(text, position, "文本缺少结束的双引号", ('"',))
        group = found.lastgroup
        stop = found.end()
        if group == "symbol" and found.group() == "/*":
            raise error_at(text, position, "注释没有结束", ("*/",))
        if group != "space":
            result.append(Token(_KINDS[group], found.group(), position, stop))  # type: ignore[index]
        position = stop
    result.append(Token(END, "", end, end))
    return result


def error_at(
    text: str, offset: int, message: str, expected: tuple[str, ...] = ()
) -> FeelSyntaxError:
    """The error with line and column of an offset."""
    before = text[:offset]
    line = before.count("\n") + 1
    return FeelSyntaxError(message, line, offset - before.rfind("\n"), expected)


def unquote(text: str, token: Token) -> str:
    """The string that a string token stands for (grammar rules 33 and 64)."""
    body = token.text[1:-1]
    if "\\" not in body:
        return body

    def replace(match: re.Match[str]) -> str:
        wide, narrow, simple = match.groups()
        if simple is None:
            code = int(wide or narrow, 16)
            if code > 0x10FFFF:
                raise error_at(
                    text, token.start + 1 + match.start(), f"没有编码为 {wide} 的字符", ()
                )
            return chr(code)
        # A backslash before anything else stands for itself: regular expressions rely on it.
        return _SIMPLE.get(simple, "\\" + simple)

    joined = _SURROGATES.sub(_join_surrogates, _ESCAPE.sub(replace, body))
    if any("\ud800" <= character <= "\udfff" for character in joined):
        raise error_at(text, token.start, "文本里有不成对的代理编码（\\uD800 至 \\uDFFF）")
    return joined


def _join_surrogates(match: re.Match[str]) -> str:
    pair = match.group()
    return chr(0x10000 + ((ord(pair[0]) - 0xD800) << 10) + ord(pair[1]) - 0xDC00)
