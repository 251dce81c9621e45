"""From seats to votes to the task's outcome: what the diagram's properties say of it. Pure.

``banshi:completionRule`` any | all | ratio | sequential | weighted, ``banshi:threshold``,
``banshi:quorum``, ``banshi:veto``, ``banshi:abstentions`` count | ignore, ``banshi:approves`` (the
outcomes that are a yes, ``approve`` where nothing is said). A task without a rule to which people
were added is done when all of them have approved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from engine.model.seats import Seat, SeatKind, Seats, SeatState, descendants
from engine.model.voting import (
    Abstentions,
    Ballot,
    Choice,
    CompletionRule,
    Result,
    Rule,
    Tally,
    Unreadable,
    decided,
    share,
    tally,
)
from engine.text import several, tell

APPROVE, REJECT, ABSTAIN = "approve", "reject", "abstain"
_YES = {"true", "1", "yes"}
_NO = {"false", "0", "no", ""}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How a task's seats are counted. ``ruled``: the diagram names a rule."""

    rule: CompletionRule
    approves: frozenset[str] = frozenset({APPROVE})
    ruled: bool = True

    @property
    def sequential(self) -> bool:
        return self.rule.kind is Rule.SEQUENTIAL

    def choice(self, outcome: str | None) -> Choice:
        """What an outcome counts as. No outcome at all (没有结论的环节) is done, which is a yes."""
        if outcome is None or outcome in self.approves:
            return Choice.YES
        return Choice.ABSTAIN if outcome == ABSTAIN else Choice.NO


#: A task without a rule.
EVERYBODY = Plan(rule=CompletionRule(kind=Rule.ALL), ruled=False)


@dataclass(frozen=True, kw_only=True)
class Decided:
    """``outcome`` of the whole task, None where its form has none."""

    result: Result
    outcome: str | None
    tally: Tally


def plan_of(properties: Mapping[str, str]) -> Plan:
    """What the properties say; raises Unreadable (in Chinese) for what cannot be."""
    named = properties.get("banshi:completionRule", "").strip()
    approves = properties.get("banshi:approves", "").split(",")
    yes = frozenset(text.strip() for text in approves if text.strip()) or frozenset({APPROVE})
    if not named:
        return Plan(rule=EVERYBODY.rule, approves=yes, ruled=False)
    try:
        kind = Rule(named)
    except ValueError:
        raise Unreadable(
            tell("完成规则“{named}”不存在，请从 {rule} 中选择", named=named, rule=several(Rule))
        ) from None
    weighted = kind is Rule.WEIGHTED
    threshold = properties.get("banshi:threshold", "").strip()
    if kind in {Rule.RATIO, Rule.WEIGHTED} and not threshold:
        raise Unreadable(tell("完成规则“{named}”须设定通过门槛（banshi:threshold）", named=named))
    quorum = properties.get("banshi:quorum", "").strip()
    rule = CompletionRule(
        kind=kind,
        threshold=share(threshold, absolute=weighted) if threshold else share(">1/2"),
        quorum=share(quorum) if quorum else None,
        veto=_flag(properties.get("banshi:veto", "")),
        abstentions=_abstentions(properties.get("banshi:abstentions", "")),
    )
    return Plan(rule=rule, approves=yes)


def decide(plan: Plan, seats: Seats) -> Decided | None:
    """The task's outcome as soon as it is fixed, but not before somebody has voted: a rule that
    cannot be met from the outset is a fault of the diagram, not a decision."""
    counted = _counted(seats)
    ballots = [_ballot(plan, seats, seat) for seat in counted]
    result = decided(ballots, plan.rule)
    if result is None or all(seat.live for seat in counted):
        return None
    outcomes = [_effective(plan, seats, seat) for seat in counted]
    return Decided(result=result, outcome=_outcome(plan, result, outcomes), tally=tally(ballots))


def hopeless(plan: Plan, seats: Seats) -> bool:
    """Whether the rule could not be met even if everybody who has not voted approved."""
    ballots = [_ballot(plan, seats, seat) for seat in _counted(seats)]
    return decided(ballots, plan.rule) is Result.FAILED


def count(plan: Plan, seats: Seats) -> Tally:
    """The votes so far."""
    return tally([_ballot(plan, seats, seat) for seat in _counted(seats)])


def opinions(seats: Seats) -> list[dict[str, Any]]:
    """What everybody said, in the order of voting: the case's variable ``opinions``."""
    said = sorted((s for s in seats if s.state is SeatState.DONE), key=lambda s: s.cast)
    return [
        {
            "by": seat.actor,
            "outcome": seat.outcome,
            "opinion": seat.opinion,
            "reasonCode": seat.reason_code,
            "kind": seat.kind.value.lower(),
        }
        for seat in said
    ]


def _counted(seats: Seats) -> list[Seat]:
    return [s for s in seats if s.counts and s.state is not SeatState.CANCELED]


def _chain(seats: Seats, seat: Seat) -> list[Seat]:
    """The seat and those after it that confirm it."""
    after = (s for s in descendants(seats, seat.key) if s.kind is SeatKind.AFTER)
    return [seat, *(s for s in after if s.state is not SeatState.CANCELED)]


def _ballot(plan: Plan, seats: Seats, seat: Seat) -> Ballot:
    """A no anywhere in the chain is a no; before the last one has spoken it is no vote yet."""
    chain = _chain(seats, seat)
    done = [s for s in chain if s.state is SeatState.DONE]
    against = any(plan.choice(s.outcome) is Choice.NO for s in done)
    choice = None
    if against:
        choice = Choice.NO
    elif len(done) == len(chain):
        choice = plan.choice(seat.outcome)
    return Ballot(
        choice=choice,
        weight=Fraction(seat.weight),
        cast=max((s.cast for s in done), default=0),
    )


def _effective(plan: Plan, seats: Seats, seat: Seat) -> str | None:
    done = [s for s in _chain(seats, seat) if s.state is SeatState.DONE]
    against = [s.outcome for s in done if plan.choice(s.outcome) is Choice.NO]
    return against[0] if against else seat.outcome


def _outcome(plan: Plan, result: Result, outcomes: list[str | None]) -> str | None:
    """What all of one side say, where they say the same; else approve or reject."""
    if len(outcomes) == 1 and not plan.ruled:
        return outcomes[0]
    side = Choice.YES if result is Result.PASSED else Choice.NO
    given = {o for o in outcomes if o is not None and plan.choice(o) is side}
    if len(given) == 1:
        return given.pop()
    if result is Result.PASSED and not given:
        return None
    return APPROVE if result is Result.PASSED else REJECT


def _flag(text: str) -> bool:
    written = text.strip().lower()
    if written in _YES:
        return True
    if written in _NO:
        return False
    raise Unreadable(tell("一票否决（banshi:veto）应为 true 或 false，现在是“{text}”", text=text))


def _abstentions(text: str) -> Abstentions:
    try:
        return Abstentions(text.strip() or Abstentions.COUNT)
    except ValueError:
        raise Unreadable(
            tell("弃权（banshi:abstentions）应为 count 或 ignore，现在是“{text}”", text=text)
        ) from None
