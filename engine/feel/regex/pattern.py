"""What one does with a regular expression: ask, replace, split."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Final

from engine.feel.budget import Budget
from engine.feel.regex.errors import RegexError
from engine.feel.regex.machine import Captures, Machine
from engine.feel.regex.parser import Parser
from engine.feel.regex.program import Assembler

FLAGS: Final = "smix"


class Pattern:
    """A compiled pattern; the same object serves all threads."""

    def __init__(self, pattern: str, flags: str) -> None:
        if any(flag not in FLAGS for flag in flags):
            raise RegexError("正则表达式的标志只能是 s、m、i、x")
        parser = Parser(pattern, flags)
        code = Assembler().program(parser.parse())
        self.groups = parser.groups
        self._machine = Machine(code, self.groups, multiline="m" in flags)

    def is_found(self, text: str, budget: Budget) -> bool:
        """Whether any part of the text matches."""
        return self._machine.search(text, 0, budget) is not None

    def replace(self, text: str, replacement: str, budget: Budget) -> str:
        """The text with each match replaced; RegexError if the pattern matches nothing at all."""
        template = _template(replacement, self.groups)
        parts: list[str] = []
        position, size = 0, 0
        for match in self._all(text, budget):
            parts.append(text[position : match[0]])
            parts.append("".join(_piece(piece, text, match) for piece in template))
            position = match[1]
            size += len(parts[-1]) + len(parts[-2])
            budget.text(size)
        parts.append(text[position:])
        return "".join(parts)

    def split(self, text: str, budget: Budget) -> list[str]:
        """What stands between the matches."""
        parts: list[str] = []
        position = 0
        for match in self._all(text, budget):
            parts.append(text[position : match[0]])
            position = match[1]
            budget.tick()
        parts.append(text[position:])
        return parts

    def _all(self, text: str, budget: Budget) -> Iterator[Captures]:
        if self._machine.search("", 0, budget) is not None:
            raise RegexError("正则表达式不能匹配空文本")
        position = 0
        while position <= len(text):
            match = self._machine.search(text, position, budget)
            if match is None:
                return
            if match[1] == match[0]:  # `^` in a text, say; there is nothing to replace
                position += 1
                continue
            yield match
            position = match[1]


def _piece(piece: str | int, text: str, match: Captures) -> str:
    """A text of a template, or what its group has captured."""
    if isinstance(piece, str):
        return piece
    start, end = match[2 * piece], match[2 * piece + 1]
    return text[start:end] if start >= 0 and end >= 0 else ""


def _template(replacement: str, groups: int) -> list[str | int]:
    """The replacement as texts and numbers of groups (F&O 7.6.3)."""
    pieces: list[str | int] = []
    position = 0
    while position < len(replacement):
        mark = replacement[position]
        position += 1
        if mark == "\\":
            if replacement[position : position + 1] not in ("\\", "$"):
                raise RegexError("替换文本里的“\\”之后只能是“\\”或“$”")
            pieces.append(replacement[position])
            position += 1
        elif mark == "$":
            digits = _digits(replacement, position, groups)
            position += len(digits)
            group = int(digits)
            pieces.append(group if group <= groups else "")
        else:
            pieces.append(mark)
    return pieces


def _digits(replacement: str, position: int, groups: int) -> str:
    """As many digits as still name a group, at least one."""
    end = position
    while replacement[end : end + 1] and replacement[end] in "0123456789":
        if end > position and int(replacement[position : end + 1]) > groups:
            break
        end += 1
    if end == position:
        raise RegexError("替换文本里的“$”之后必须是分组的号码")
    return replacement[position:end]


@functools.lru_cache(maxsize=256)
def _compiled(pattern: str, flags: str) -> Pattern | RegexError:
    try:
        return Pattern(pattern, flags)
    except RegexError as error:
        return error


def compile_pattern(pattern: str, flags: str = "") -> Pattern:
    """The pattern, compiled once. RegexError if it is none."""
    found = _compiled(pattern, "".join(sorted(set(flags))))
    if isinstance(found, RegexError):
        raise found
    return found
