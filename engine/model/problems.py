"""A finding about something a person wrote: a diagram, a form, a submission."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One finding.

    ``element_id``: the diagram element, form component or data path concerned ("" = the whole).
    ``rule``: the short ASCII name of the rule, stable for documentation and filters.
    ``message``: Chinese: what is wrong, where, and how to mend it.
    ``line``, ``column``: the place in a text, from 1, where it is known.
    """

    severity: Severity = Severity.ERROR
    element_id: str = ""
    rule: str
    message: str
    line: int | None = None
    column: int | None = None
