"""What can be wrong with a decision model: faults that stop loading, and findings of the analysis."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["DmnError", "Problem", "Severity"]


class DmnError(Exception):
    """The file cannot be read as a DMN model.

    ``message`` is plain Chinese; ``element_id`` and ``line`` (1-based) tell where, when known.
    """

    def __init__(self, message: str, *, element_id: str | None = None, line: int | None = None):
        self.message = message
        self.element_id = element_id
        self.line = line
        where = [f"第 {line} 行"] if line else []
        if element_id:
            where.append(f"元素 {element_id}")
        super().__init__(f"{'，'.join(where)}：{message}" if where else message)


class Severity(StrEnum):
    """How grave a finding is.

    An error makes some results wrong or null whatever was meant: it must stop deployment. A
    warning is probably a mistake; an info is for the author's eyes.
    """

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One finding of ``Model.problems()``.

    ``code`` is a stable ASCII word for programs; ``rule`` is the 1-based row of the decision table
    it is about (None: the whole element); ``message`` is plain Chinese.
    """

    severity: Severity
    code: str
    element_id: str
    message: str
    rule: int | None = None
    line: int | None = None

    def __str__(self) -> str:
        return self.message
