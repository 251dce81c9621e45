"""From a template and a case's variables to what a letter says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.model.errors import LetterFault
from engine.model.letters import Content, Template
from engine.service.placeholders import PlaceholderError, Surroundings, fill
from engine.text import tell

_NAMES = {
    "title": tell("标题"),
    "outcome": tell("结果"),
    "addressee": tell("主送"),
    "body": tell("正文"),
    "remedy": tell("救济途径"),
    "unit": tell("落款"),
}


@dataclass(frozen=True, kw_only=True)
class Written:
    """``outcome``: the result in a few words, for whoever checks the letter."""

    content: Content
    outcome: str


def write(template: Template, values: Mapping[str, Any], around: Surroundings) -> Written:
    """Fill the template in. Raises :class:`LetterFault`, which names the part that is at fault."""
    texts = {field: _filled(template, field, values, around) for field in _NAMES}
    for field in ("title", "body", "unit"):
        if not texts[field].strip():
            raise LetterFault(
                template=template.name, reason=tell("{name}是空的。", name=_NAMES[field])
            )
    paragraphs = (" ".join(line.split()) for line in texts["body"].splitlines())
    return Written(
        content=Content(
            title=_line(texts["title"]),
            addressee=_line(texts["addressee"]),
            paragraphs=tuple(paragraph for paragraph in paragraphs if paragraph),
            remedy=_line(texts["remedy"]),
            unit=_line(texts["unit"]),
        ),
        outcome=_line(texts["outcome"])[:200],
    )


def _filled(template: Template, field: str, values: Mapping[str, Any], around: Surroundings) -> str:
    try:
        return fill(getattr(template, field), values, around)
    except PlaceholderError as wrong:
        raise LetterFault(template=template.name, reason=f"{_NAMES[field]}{wrong}") from wrong


def _line(text: str) -> str:
    return " ".join(text.split())[:500]
