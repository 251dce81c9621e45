"""What is wrong with something that was filled in, said so that a person can mend it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """An error keeps the form from being submitted; a warning is only shown."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One fault of a submission.

    `path` is the field's key path in the data as submitted (`budget.0.amount`), empty for the
    form as a whole; `code` is stable, for programs; `message` is Chinese, for people.
    """

    path: str
    code: str
    message: str
    #: The field's label, for a list of problems away from the fields.
    label: str = ""
    severity: Severity = Severity.ERROR

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR
