"""FEEL values, faults and explanations as the try-out pages show them: bounded, whatever comes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from api.language import gettext as _
from engine import dmn, feel
from engine.feel.texts import literal_text
from engine.feel.values import kind_of

_T = TypeVar("_T")

#: Depth, label, value and notes of a step.
_Row: TypeAlias = tuple[int, str, str, tuple[str, ...]]

#: Characters of a value that are shown: as the result, and as one of many parts.
RESULT, PART = 20_000, 200

#: Levels of a tree that are drawn as levels; what is deeper stands on the last one.
LEVELS = 24


@dataclass(frozen=True, kw_only=True)
class ValueView:
    """``text``: as one would write it in FEEL; ``kind``: what it is, in words."""

    text: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class WhyStep:
    """A part of an explanation and its place among its neighbours in a nested list.

    ``opens``: parts of it follow, one level down; ``closes``: so many levels end after it.
    ``notes``: whole sentences, as “命中第 5 行：……”.
    """

    label: str
    value: str
    notes: tuple[str, ...]
    opens: bool
    closes: int


@dataclass(frozen=True, kw_only=True)
class SourceLine:
    """A line of a text; ``mark`` is where it is wrong (“ ” at its end), "" on the other lines."""

    number: int
    before: str
    mark: str
    after: str


def value(found: feel.Value) -> ValueView:
    """A result."""
    return ValueView(text=excerpt(found, RESULT), kind=kind_of(found))


def excerpt(found: feel.Value, room: int) -> str:
    """The value in FEEL, about ``room`` characters of it."""
    match found:
        case str():
            return literal_text(found) if len(found) <= room else literal_text(found[:room]) + "…"
        case list():
            parts = _some(found, room, excerpt)
            return f"[{', '.join(parts)}]"
        case dict():
            parts = _some(found.items(), room, _entry)
            return f"{{{', '.join(parts)}}}"
    text = literal_text(found)
    return text if len(text) <= room else text[:room] + "…"


def _entry(entry: tuple[str, feel.Value], room: int) -> str:
    key = literal_text({entry[0]: None}).removeprefix("{").removesuffix(": null}")
    return f"{key}: {excerpt(entry[1], max(room - len(key), 1))}"


def _some(items: Iterable[_T], room: int, write: Callable[[_T, int], str]) -> Iterator[str]:
    for item in items:
        if room <= 0:
            yield "…"
            return
        text = write(item, room)
        room -= len(text) + 2
        yield text


def marked(source: str, line: int, column: int) -> tuple[SourceLine, ...]:
    """The lines of a text with the faulty character marked; positions count from 1."""
    lines = []
    for number, text in enumerate(source.split("\n"), 1):
        at = column - 1
        is_faulty = number == line
        lines.append(
            SourceLine(
                number=number,
                before=text[:at] if is_faulty else text,
                mark=(text[at : at + 1] or " ") if is_faulty else "",
                after=text[at + 1 :] if is_faulty else "",
            )
        )
    return tuple(lines)


def parts(explanation: feel.Explanation) -> tuple[WhyStep, ...]:
    """The value of each part of an expression."""
    return _nested(
        [
            (depth, " ".join(part.source.split()), excerpt(part.value, PART), ())
            for depth, part in explanation.walk()
        ]
    )


def elements(explanation: dmn.Explanation) -> tuple[WhyStep, ...]:
    """The value of each element of a model, with the rules that were hit."""
    rows: list[_Row] = []
    for depth, element, is_first in explanation.walk():
        notes = [rule.text for rule in element.rules] if is_first else []
        if is_first and element.logic and not notes:
            notes = [_("算式：{text}").format(text=element.logic)]
        if not is_first and element.children:
            notes = [_("依据同上。")]
        rows.append((depth, element.name, excerpt(element.value, PART), tuple(notes)))
    return _nested(rows)


def _nested(rows: list[_Row]) -> tuple[WhyStep, ...]:
    """Depths as openings and closings of lists."""
    depths = [min(depth, LEVELS) for depth, *_rest in rows]
    steps = []
    for depth, following, (_depth, label, shown, notes) in zip(
        depths, [*depths[1:], 0], rows, strict=True
    ):
        steps.append(
            WhyStep(
                label=label,
                value=shown,
                notes=notes,
                opens=following > depth,
                closes=max(depth - following, 0),
            )
        )
    return tuple(steps)
