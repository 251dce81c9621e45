r"""Patterns of text fields, matched by FEEL's own regular expressions (linear time, budgeted).

form-js means JavaScript's syntax; what both share is taken over (`\/`, `\uXXXX` and `\xXX` are
rewritten), look-around and back-references are refused when the form is read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from engine import feel
from engine.forms.expressions import Evaluator

MAX_PATTERN = 500
_UNICODE = re.compile(r"\\u\{?([0-9A-Fa-f]{4,6})\}?|\\x([0-9A-Fa-f]{2})")
_SPECIAL = frozenset("\\^$.|?*+()[]{}-")


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """A compiled pattern; it need match only a part of the text, as in JavaScript."""

    source: str
    translated: str

    def matches(self, text: str, evaluator: Evaluator) -> bool:
        """False also when matching ran out of budget: what can't be checked isn't accepted."""
        variables = {"subject": text, "pattern": self.translated}
        return evaluator.evaluate(_matches(), variables) is True


def compile_pattern(source: str) -> Pattern | None:
    """The pattern, or None when it can't be used."""
    if not source or len(source) > MAX_PATTERN:
        return None
    translated = _UNICODE.sub(_literal, source.replace("\\/", "/"))
    try:
        verdict = _matches().evaluate({"subject": "", "pattern": translated})
    except feel.FeelError:
        return None
    return Pattern(source=source, translated=translated) if isinstance(verdict, bool) else None


@cache
def _matches() -> feel.Expression:
    return feel.compile("matches(subject, pattern)", names=("subject", "pattern"))


def _literal(found: re.Match[str]) -> str:
    code = int(found[1] or found[2], 16)
    if code > 0x10FFFF or 0xD800 <= code < 0xE000:
        return found[0]
    return f"\\{chr(code)}" if chr(code) in _SPECIAL else chr(code)
