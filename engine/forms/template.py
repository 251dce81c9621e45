"""Texts with values in them: a constant, `= FEEL`, or text with `{{ FEEL }}` inside.

Values go in as plain text, never as markup: what an applicant typed can't become a link or a list.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from engine.feel import Expression
from engine.feel.values import Date, DateTime, DayTimeDuration, Time, YearMonthDuration
from engine.forms import decimals
from engine.forms.expressions import Scope
from engine.text import tell

_OPEN, _CLOSE = "{{", "}}"
_BLOCKS = ("#", "/", "^", ">", "!", "&", "{")
_MAX_PARTS = 100


@dataclass(frozen=True, kw_only=True)
class Template:
    """A text; the parts are texts and expressions in turn."""

    parts: tuple[str | Expression, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.parts)

    def render(self, scope: Scope) -> str:
        """The text with its values."""
        return "".join(
            part if isinstance(part, str) else display(scope.value(part)) for part in self.parts
        )

    @property
    def source(self) -> str:
        """The text without evaluating, for messages to the form's author."""
        return "".join(
            part if isinstance(part, str) else f"{{{{{part.source}}}}}" for part in self.parts
        )

    @property
    def expressions(self) -> tuple[Expression, ...]:
        return tuple(part for part in self.parts if not isinstance(part, str))


class TemplateError(ValueError):
    """The text has a tag that is not supported or not closed; the message is Chinese."""


def parse_template(text: str, compile_feel: Callable[[str], Expression]) -> Template:
    """Compile a text; what `compile_feel` raises for a faulty expression passes through."""
    if text.startswith("="):
        return Template(parts=(compile_feel(text[1:]),))
    parts: list[str | Expression] = []
    for kind, piece in split(text):
        parts.append(compile_feel(piece) if kind == "expression" else piece)
    return Template(parts=tuple(parts))


def split(text: str) -> list[tuple[str, str]]:
    """The text cut into ("text", …) and ("expression", …); TemplateError for other tags."""
    pieces: list[tuple[str, str]] = []
    rest = text
    while rest:
        before, opened, after = rest.partition(_OPEN)
        if before:
            pieces.append(("text", before))
        if not opened:
            break
        inside, closed, rest = after.partition(_CLOSE)
        if not closed:
            raise TemplateError(tell("“{{”没有用“}}”结束。"))
        if inside.lstrip().startswith(_BLOCKS):
            raise TemplateError(
                tell(
                    "不支持“{{{{{inside}}}}}”这样的标签，只能写“{{{{ 表达式 }}}}”。",
                    inside=inside[:20],
                )
            )
        pieces.append(("expression", inside))
        if len(pieces) > _MAX_PARTS:
            raise TemplateError(tell("插入的表达式太多。"))
    return pieces


def display(value: object) -> str:
    """A FEEL value in a sentence; nothing for null and for what has no text (a function)."""
    match value:
        case bool():
            text = "是" if value else "否"
        case Decimal():
            text = decimals.text(value)
        case DateTime():
            text = datetime_text(value)
        case Date() | Time() | DayTimeDuration() | YearMonthDuration():
            text = value.text
        case list() | tuple():
            text = "、".join(display(item) for item in value)
        case str():
            text = value
        case _:
            text = ""
    return text


def datetime_text(value: DateTime) -> str:
    """`2026-03-02 08:30`: seconds only where there are any, the zone left out."""
    return f"{value.date.text} {time_text(value.time)}"


def time_text(value: Time) -> str:
    """`08:30`, or `08:30:15` where there are seconds."""
    seconds = value.nanoseconds // 1_000_000_000
    text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}"
    return f"{text}:{seconds % 60:02d}" if seconds % 60 else text
