"""Texts that administrators write, with FEEL in them: ``您的补贴 {= amount } 元已拨付。``

Nothing but FEEL is evaluated, and what it gives is text: it is never looked at as markup, nor for
further placeholders. ``{{=`` stands for a literal ``{=``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any

from engine.feel import Budget, Expression, FeelError, Registry
from engine.feel import compile as compile_feel
from engine.feel.values import Date, DateTime, Time
from engine.forms.moments import display
from engine.text import tell

#: A text as a whole may not grow beyond this.
LONGEST = 20_000


class PlaceholderError(Exception):
    """A text that cannot be read or filled in: where (from 1), and why."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(tell("第 {line} 行：{message}", line=line, message=message))
        self.line = line
        self.message = message


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What the placeholders may know beside their variables."""

    functions: Registry
    clock: Callable[[], datetime]
    zone: tzinfo


@dataclass(frozen=True, kw_only=True)
class _Place:
    source: str
    line: int


def fill(text: str, values: Mapping[str, Any], around: Surroundings) -> str:
    """The text with every placeholder replaced by its value; raises :class:`PlaceholderError`.

    A value that is null leaves nothing behind.
    """
    budget = Budget()
    written: list[str] = []
    for part in _parts(text):
        if isinstance(part, str):
            written.append(part)
            continue
        expression = _compiled(part, frozenset(values), around.functions)
        try:
            value = expression.evaluate(values, budget=budget, clock=around.clock)
        except (FeelError, TypeError) as error:
            raise PlaceholderError(
                part.line, tell("“{source}”不能计算：{error}", source=part.source, error=error)
            ) from error
        written.append(words(value, around.zone))
    return "".join(written)[:LONGEST]


def check(text: str, functions: Registry) -> frozenset[str]:
    """Read a text through; the names its placeholders use. Raises :class:`PlaceholderError`."""
    names: set[str] = set()
    for part in _parts(text):
        if isinstance(part, _Place):
            names |= _compiled(part, frozenset(), functions).variables
    return frozenset(names)


def outlined(text: str) -> str:
    """The text with each placeholder's expression in lenticular brackets, for specimens."""
    return "".join(part if isinstance(part, str) else f"【{part.source}】" for part in _parts(text))


def words(value: Any, zone: tzinfo) -> str:
    """A value as people write it: dates as 2025年3月7日, numbers without noughts at the end."""
    match value:
        case None:
            text = ""
        case bool():
            text = "是" if value else "否"
        case Decimal():
            text = f"{value.normalize():f}" if value else "0"
        case Date() | DateTime() | Time():
            text = display(value, zone)
        case list() | tuple():
            text = "、".join(words(item, zone) for item in value)
        case dict():
            text = "；".join(f"{name}：{words(item, zone)}" for name, item in value.items())
        case _:
            text = str(value)
    return text


def _parts(text: str) -> list[str | _Place]:
    parts: list[str | _Place] = []
    position, plain = 0, ""
    while (opened := text.find("{", position)) >= 0:
        plain += text[position:opened]
        if text.startswith("{{=", opened):
            plain, position = plain + "{=", opened + 3
        elif text.startswith("{=", opened):
            line = text.count("\n", 0, opened) + 1
            end = _end(text, opened + 2, line)
            parts += [plain, _Place(source=text[opened + 2 : end].strip(), line=line)]
            plain, position = "", end + 1
        else:
            plain, position = plain + "{", opened + 1
    return [*parts, plain + text[position:]]


def _end(text: str, start: int, line: int) -> int:
    """Where the expression's closing brace stands; braces and quotes within it are counted."""
    depth, quoted, escaped = 0, False, False
    for position in range(start, len(text)):
        character = text[position]
        if quoted:
            quoted = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character == '"':
            quoted = True
        elif character == "{":
            depth += 1
        elif character == "}":
            if depth == 0:
                return position
            depth -= 1
    raise PlaceholderError(line, tell("占位符没有结束，请以 } 收尾。"))


def _compiled(place: _Place, names: frozenset[str], functions: Registry) -> Expression:
    if not place.source:
        raise PlaceholderError(place.line, tell("占位符是空的。"))
    try:
        return _compile(place.source, names, functions)
    except FeelError as error:
        raise PlaceholderError(
            place.line,
            tell("“{source}”不是有效的表达式：{error}", source=place.source, error=error),
        ) from error


@lru_cache(maxsize=2_000)
def _compile(source: str, names: frozenset[str], functions: Registry) -> Expression:
    return compile_feel(source, names=names, functions=functions)
