"""The form of an operation as a page shows it: choices, words, and what was just refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Pick:
    """Something to choose; ``note`` says more of it."""

    value: str
    label: str
    note: str = ""
    chosen: bool = False


@dataclass(frozen=True, kw_only=True)
class Picks:
    """A group of choices. ``several``: more than one may be ticked; ``search``: what the box says
    by which a long list is narrowed, "" for none; ``required`` False: none need be;
    ``named``: the label of a box for somebody who is not listed, "" for none."""

    name: str
    legend: str
    picks: tuple[Pick, ...]
    several: bool = False
    required: bool = True
    search: str = ""
    named: str = ""
    named_typed: str = ""


@dataclass(frozen=True, kw_only=True)
class Words:
    """A text that goes with it (reason, opinion)."""

    name: str
    label: str
    required: bool = False
    typed: str = ""
    hint: str = ""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation with its form. ``note``: what it does; ``open``: shown open (it was just
    refused, and ``error`` says why)."""

    name: str
    label: str
    icon: str
    note: str
    action: str
    button: str
    groups: tuple[Picks, ...] = ()
    words: Words | None = None
    files: bool = False
    danger: bool = False
    error: str = ""
    open: bool = False


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Operations that are refused for the same reason."""

    labels: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Asked:
    """An operation that was just sent and refused: what was typed, and why it was refused.

    ``anybody``: the reader may name people who are not listed."""

    name: str = ""
    error: str = ""
    typed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    anybody: bool = False

    def of(self, name: str) -> Mapping[str, Sequence[str]]:
        return self.typed if name == self.name else {}


#: Where an operation's form is sent, if that is not named as the operation is.
_PATHS = {"withdraw-step": "withdraw", "comment": "comments"}


def address(key: object, operation: str) -> str:
    """Where the form of an operation on a task is sent."""
    return f"/tasks/{key}/{_PATHS.get(operation, operation)}"
