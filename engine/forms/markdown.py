"""The part of Markdown that texts in forms may use, as values: no HTML is ever made here.

Paragraphs, `#` headings, `-`/`*` and `1.` lists, `>` quotes, `---` rules; inside them **strong**,
*emphasis*, `code`, [links](https://…) and line breaks. Anything else stays the text it is, HTML
included. A link must be http(s), mailto, tel or a path of this site.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from engine.forms.expressions import Scope
from engine.forms.template import Template, display

BlockKind = Literal["paragraph", "heading", "list", "ordered", "quote", "rule"]
SpanKind = Literal["text", "strong", "emphasis", "code", "link", "break"]

_HEADING = re.compile(r"(#{1,6})[ \t]+(.*)")
_BULLET = re.compile(r"[-*+][ \t]+(.*)")
_ORDERED = re.compile(r"[0-9]{1,9}[.)、][ \t]*(.*)")
_RULE = re.compile(r"(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}")
_SPAN = re.compile(
    r"\*\*(?P<strong>[^*\n]{1,500})\*\*"
    r"|\*(?P<emphasis>[^*\s][^*\n]{0,500})\*"
    r"|`(?P<code>[^`\n]{1,500})`"
    r"|\[(?P<label>[^\]\n]{1,300})\]\((?P<href>[^)\s]{1,500})\)"
    r"|(?P<break>  \n|\\\n|\n)"
)
_HREF = re.compile(r"(?:https?://|mailto:|tel:|/(?![/\\])|#)[^\s\"'<>\\\x00-\x1f]*", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Span:
    """A run of text of one kind; `href` only for links."""

    kind: SpanKind
    text: str = ""
    href: str = ""


Line = tuple[Span, ...]


@dataclass(frozen=True, kw_only=True)
class Block:
    """A block; lists have an item per entry, all other kinds one."""

    kind: BlockKind
    items: tuple[Line, ...] = ()
    #: Of a heading, 1 to 6.
    level: int = 0


def parse(text: str) -> tuple[Block, ...]:
    """The blocks of a text."""
    blocks: list[Block] = []
    lines = text.replace("\r\n", "\n").split("\n")
    at = 0
    while at < len(lines):
        line = lines[at].strip()
        if not line:
            at += 1
        elif found := _HEADING.fullmatch(line):
            blocks.append(Block(kind="heading", items=(spans(found[2]),), level=len(found[1])))
            at += 1
        elif _RULE.fullmatch(line):
            blocks.append(Block(kind="rule"))
            at += 1
        else:
            block, at = _run(lines, at)
            blocks.append(block)
    return tuple(blocks)


def spans(text: str) -> Line:
    """The inline parts of a text."""
    found: list[Span] = []
    end = 0
    for match in _SPAN.finditer(text):
        span = _span(match)
        if span is None:
            continue
        if match.start() > end:
            found.append(Span(kind="text", text=text[end : match.start()]))
        found.append(span)
        end = match.end()
    if end < len(text):
        found.append(Span(kind="text", text=text[end:]))
    return tuple(found)


def safe_href(href: str) -> bool:
    """A link that can only lead to a page, a mailbox or a telephone."""
    return _HREF.fullmatch(href) is not None


def _span(match: re.Match[str]) -> Span | None:
    kind = match.lastgroup
    if kind == "strong":
        return Span(kind="strong", text=match["strong"])
    if kind == "emphasis":
        return Span(kind="emphasis", text=match["emphasis"])
    if kind == "code":
        return Span(kind="code", text=match["code"])
    if kind == "href":
        if not safe_href(match["href"]):
            return None
        return Span(kind="link", text=match["label"], href=match["href"])
    return Span(kind="break")


def _run(lines: list[str], at: int) -> tuple[Block, int]:
    """The list, quote or paragraph that begins at a line, and the line after it."""
    kind, first = _kind(lines[at].strip())
    items = [first]
    at += 1
    while at < len(lines) and (line := lines[at].strip()):
        if _HEADING.fullmatch(line) or _RULE.fullmatch(line):
            break
        next_kind, text = _kind(line)
        if next_kind == "paragraph" or kind == "paragraph":
            if next_kind in ("list", "ordered", "quote"):
                break
            items[-1] += ("  \n" if lines[at - 1].endswith("  ") else "\n") + text
        elif next_kind != kind:
            break
        else:
            items.append(text)
        at += 1
    if kind == "quote":
        items = ["\n".join(items)]
    return Block(kind=kind, items=tuple(spans(item) for item in items)), at


def _kind(line: str) -> tuple[BlockKind, str]:
    if found := _BULLET.fullmatch(line):
        return "list", found[1]
    if found := _ORDERED.fullmatch(line):
        return "ordered", found[1]
    if line.startswith(">"):
        return "quote", line[1:].lstrip()
    return "paragraph", line


#: Private-use characters stand for the values; they are taken out of the author's own text.
_MARK = 0xF0000
_NO_MARKS = dict.fromkeys(range(_MARK, _MARK + 200))


def filled(template: Template, scope: Scope) -> tuple[Block, ...]:
    """The blocks of a text with its values put in.

    The Markdown is read first, with a mark in the place of each value; so a value is always plain
    text, whatever it contains.
    """
    values = [display(scope.value(part)) for part in template.expressions]
    marks = iter(range(len(values)))
    text = "".join(
        part.translate(_NO_MARKS) if isinstance(part, str) else chr(_MARK + next(marks))
        for part in template.parts
    )
    return tuple(
        replace(block, items=tuple(tuple(_fill(s, values) for s in line) for line in block.items))
        for block in parse(text)
    )


def _fill(span: Span, values: list[str]) -> Span:
    text = span.text
    for number, value in enumerate(values):
        text = text.replace(chr(_MARK + number), value)
    href = "" if any(_MARK <= ord(c) < _MARK + 200 for c in span.href) else span.href
    return replace(span, text=text, href=href)
