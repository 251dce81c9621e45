"""What people write beside a command: reasons and the like, checked once."""

from __future__ import annotations

from engine.model.errors import InvalidInput
from engine.model.problems import Problem
from engine.text import tell


def reason(text: str, *, what: str, longest: int = 500) -> str:
    """The trimmed text; raises InvalidInput where it is empty, too long, or no text at all."""
    trimmed = text.strip()
    if not trimmed:
        raise _wrong("required", tell("请填写{what}。", what=what))
    if len(trimmed) > longest:
        raise _wrong(
            "length",
            tell(
                "{what}最多 {longest} 字，现在是 {count} 字。",
                what=what,
                longest=longest,
                count=len(trimmed),
            ),
        )
    if "\x00" in trimmed or any("\ud800" <= letter <= "\udfff" for letter in trimmed):
        raise _wrong("characters", tell("{what}中有不能保存的字符，请删除后重试。", what=what))
    return trimmed


def _wrong(rule: str, message: str) -> InvalidInput:
    return InvalidInput(problems=(Problem(element_id="reason", rule=rule, message=message),))
