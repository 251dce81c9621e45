"""The completion rules of a task with several seats (approval.md, “Completion rules”). Pure.

``decided`` answers as soon as the outcome is fixed, whatever the open seats still say, and not
before; from then on no further vote is taken. Shares are exact fractions, never floats.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from engine.text import tell


class Rule(StrEnum):
    """或签、会签、票签、依次审批、权重票签。"""

    ANY = "any"
    ALL = "all"
    RATIO = "ratio"
    SEQUENTIAL = "sequential"
    WEIGHTED = "weighted"


class Choice(StrEnum):
    """``ABSENT``: the seat ended without a vote; it counts as a seat, and is not present."""

    YES = "yes"
    NO = "no"
    ABSTAIN = "abstain"
    ABSENT = "absent"


class Abstentions(StrEnum):
    """Whether abstentions count among the seats that a share is taken of."""

    COUNT = "count"
    IGNORE = "ignore"


class Result(StrEnum):
    PASSED = "passed"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Share:
    """At least (or, ``strictly``, more than) a part of the whole or a number."""

    value: Fraction
    strictly: bool = False
    absolute: bool = False

    def reached(self, part: Fraction | int, whole: Fraction | int) -> bool:
        """Whether ``part`` out of ``whole`` is enough; never where there is no whole."""
        if whole <= 0:
            return False
        needed = self.value if self.absolute else self.value * whole
        return part > needed if self.strictly else part >= needed


@dataclass(frozen=True, kw_only=True)
class CompletionRule:
    """``threshold``: of ``ratio`` a share of seats, of ``weighted`` a sum of weights.

    ``quorum``: how many seats must have voted (abstaining is voting); of ``ratio`` and
    ``weighted`` only. ``veto``: the first no fails (一票否决); of ``any``, ``ratio``, ``weighted``.
    """

    kind: Rule
    threshold: Share = Share(value=Fraction(1, 2), strictly=True)
    quorum: Share | None = None
    veto: bool = False
    abstentions: Abstentions = Abstentions.COUNT


@dataclass(frozen=True, kw_only=True)
class Ballot:
    """One seat's vote; ``choice`` None: still open. ``cast``: which vote it was, in order."""

    choice: Choice | None = None
    weight: Fraction = Fraction(1)
    cast: int = 0


@dataclass(frozen=True, kw_only=True)
class Tally:
    """The counts, as the journal and the case's variables have them."""

    yes: int
    no: int
    abstain: int
    total: int


class Unreadable(ValueError):
    """A threshold or quorum that cannot be; the text says why, in Chinese."""


def tally(ballots: Sequence[Ballot]) -> Tally:
    counts = {choice: sum(1 for b in ballots if b.choice is choice) for choice in Choice}
    return Tally(
        yes=counts[Choice.YES],
        no=counts[Choice.NO],
        abstain=counts[Choice.ABSTAIN],
        total=len(ballots),
    )


def decided(ballots: Sequence[Ballot], rule: CompletionRule) -> Result | None:
    """The outcome as soon as nothing that may still come can change it; None before.

    Without any seat, and where nobody can vote any more and the rule is not met: FAILED.
    """
    if rule.kind is Rule.ANY and rule.veto:
        return _first(ballots)
    if _passes(ballots, rule, Choice.ABSENT) and _passes(ballots, rule, Choice.NO):
        return Result.PASSED
    return None if _passes(ballots, rule, Choice.YES) else Result.FAILED


def share(text: str, *, absolute: bool = False) -> Share:
    """Read ``2/3``, ``0.5``, ``60%``, and ``>1/2`` for more than half; raises Unreadable.

    A number above 1 is a number of seats, not a share. ``absolute``: every number is one (weights).
    """
    written = text.strip()
    strictly = written.startswith(">") and not written.startswith(">=")
    number = written.removeprefix(">").removeprefix("=").strip()
    percent = number.endswith("%")
    try:
        value = Fraction(number.removesuffix("%").strip()) / (100 if percent else 1)
    except (ValueError, ZeroDivisionError):
        raise Unreadable(
            tell("“{text}”不是比例或数目，请写成 2/3、60% 或 >1/2", text=text)
        ) from None
    if value <= 0 and not (strictly and value == 0):
        raise Unreadable(tell("“{text}”应大于 0", text=text))
    if (percent and value > 1) or (strictly and value == 1 and not absolute):
        raise Unreadable(tell("“{text}”超过了全部席位，永远不能达到", text=text))
    if value > 1 and not absolute and value.denominator != 1:
        raise Unreadable(tell("“{text}”既不是比例（不超过 1），也不是整数", text=text))
    return Share(value=value, strictly=strictly, absolute=absolute or value > 1)


def _first(ballots: Sequence[Ballot]) -> Result | None:
    """或签 with a veto: whoever says yes or no first decides."""
    votes = [b for b in ballots if b.choice in {Choice.YES, Choice.NO}]
    if votes:
        first = min(votes, key=lambda ballot: ballot.cast)
        return Result.PASSED if first.choice is Choice.YES else Result.FAILED
    return None if any(b.choice is None for b in ballots) else Result.FAILED


def _passes(ballots: Sequence[Ballot], rule: CompletionRule, rest: Choice) -> bool:
    """Whether the rule is met if every open seat ended with ``rest``."""
    choices = [ballot.choice or rest for ballot in ballots]
    yes = choices.count(Choice.YES)
    against = Choice.NO in choices
    if yes == 0:
        return False
    match rule.kind:
        case Rule.ANY:
            return True
        case Rule.ALL | Rule.SEQUENTIAL:
            ignored = choices.count(Choice.ABSTAIN) * (rule.abstentions is Abstentions.IGNORE)
            return yes == len(choices) - ignored
        case Rule.RATIO:
            ignored = choices.count(Choice.ABSTAIN) * (rule.abstentions is Abstentions.IGNORE)
            met = rule.threshold.reached(yes, len(choices) - ignored)
        case Rule.WEIGHTED:
            for_it = sum(
                (b.weight for b, c in zip(ballots, choices, strict=True) if c is Choice.YES),
                Fraction(0),
            )
            met = rule.threshold.reached(for_it, sum((b.weight for b in ballots), Fraction(0)))
    present = len(choices) - choices.count(Choice.ABSENT)
    quorate = rule.quorum is None or rule.quorum.reached(present, len(choices))
    return met and quorate and not (rule.veto and against)
