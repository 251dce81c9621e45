"""What a value type says about a text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from engine.forms.problems import Severity


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One fault of a value, as Problem without its place."""

    code: str
    message: str
    severity: Severity = Severity.ERROR


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A text brought to its one spelling, with what is wrong about it."""

    value: str
    findings: tuple[Finding, ...] = ()

    @classmethod
    def wrong(cls, value: str, code: str, message: str) -> Checked:
        """A value with one error."""
        return cls(value=value, findings=(Finding(code=code, message=message),))


#: Takes the trimmed text and the business date (some dates may not lie after it).
Check = Callable[[str, date], Checked]


def compact(text: str) -> str:
    """Without the spaces and dashes people group digits with; full-width digits made plain."""
    plain = text.translate(_NARROW)
    return "".join(c for c in plain if c not in " \u00a0\u3000-－—–")


_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
