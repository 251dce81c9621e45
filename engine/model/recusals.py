"""Recusal (回避) and the relations it is found by (approval.md, “Who may not act”). Pure.

A recused person does not see, get or do anything of the case, by whatever route. Sources:
《中华人民共和国公务员法》第七十四条、第七十六条 (family); 《社会组织评估管理办法》(民政部令第39号)
第十九条 (declaring, asking, and two years after leaving an organisation).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from engine.model.actor import Actor
from engine.model.errors import Conflict
from engine.model.keys import Key
from engine.model.verdict import ALLOWED, Verdict, refused
from engine.text import tell

#: What a recused person is told.
RECUSED = tell("您须回避此事项，不能查看或办理。")


class RecusalKind(StrEnum):
    """``DECLARED``: by himself; ``ASKED``: by somebody else; ``RULE``: found by a relation."""

    DECLARED = "DECLARED"
    ASKED = "ASKED"
    RULE = "RULE"


class RecusalState(StrEnum):
    ASKED = "ASKED"
    IN_FORCE = "IN_FORCE"
    REFUSED = "REFUSED"
    LIFTED = "LIFTED"


RECUSAL_TRANSITIONS = {
    RecusalState.ASKED: frozenset({RecusalState.IN_FORCE, RecusalState.REFUSED}),
    RecusalState.IN_FORCE: frozenset({RecusalState.LIFTED}),
    RecusalState.REFUSED: frozenset[RecusalState](),
    RecusalState.LIFTED: frozenset[RecusalState](),
}


class RelationKind(StrEnum):
    FAMILY = "FAMILY"
    ORGANISATION = "ORGANISATION"


@dataclass(frozen=True, kw_only=True)
class Term:
    """For how many years after it ended an ORGANISATION relation counts, from which day on."""

    years: int
    source: str
    effective_from: date | None = None


#: What counts until the bureau enters another term.
USUAL_TERM = Term(
    years=2, source=tell("《社会组织评估管理办法》（民政部令第39号）第十九条第（二）项")
)


@dataclass(frozen=True, kw_only=True)
class Recusal:
    """``username``: who is to keep away; ``asked_by``: who declared or asked (``system``: the rule).

    ``decided_by``, ``decided_at``, ``note``: the last decision (granted, refused, lifted).
    """

    instance_key: Key
    key: Key
    username: str
    kind: RecusalKind
    state: RecusalState
    asked_by: str
    asked_at: datetime
    reason: str
    decided_by: str | None = None
    decided_at: datetime | None = None
    note: str = ""
    name: str = ""
    asked_by_name: str = ""
    decided_by_name: str = ""
    case_number: str = ""

    def moved(self, to: RecusalState, *, by: str, at: datetime, note: str) -> Recusal:
        """The recusal after a decision; raises Conflict where it was decided before."""
        if to not in RECUSAL_TRANSITIONS[self.state]:
            raise Conflict(what=tell("此回避"), reason=tell("已经有结论"))
        return replace(self, state=to, decided_by=by, decided_at=at, note=note)


@dataclass(frozen=True, kw_only=True)
class Relation:
    """Of two accounts, in the order of their usernames; it counts the same both ways.

    ``until``: the last day; None: it lasts.
    """

    key: Key
    username: str
    other: str
    kind: RelationKind
    since: date
    until: date | None = None
    note: str = ""
    name: str = ""
    other_name: str = ""

    def counts(self, today: date, term: Term) -> bool:
        """Whether the two must keep away from one another's cases on that day."""
        if today < self.since:
            return False
        if self.until is None or today <= self.until:
            return True
        return self.kind is RelationKind.ORGANISATION and today < years_after(
            self.until, term.years
        )


def years_after(day: date, years: int) -> date:
    """The same day so many years later; the 29th of February becomes the 28th, as PostgreSQL has it."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


@dataclass(frozen=True, kw_only=True)
class RecusalFacts:
    """``person``: whom it concerns. ``applicant``: that is the case's applicant. ``takes_part``:
    the actor is the applicant or takes part, ``copied``: it was sent to him to read; ``leads``: he is a leader of the case. ``standing``:
    the person's recusal that is asked for or in force already."""

    running: bool
    person: str
    applicant: bool = False
    takes_part: bool = False
    copied: bool = False
    leads: bool = False
    standing: RecusalState | None = None
    by_rule: bool = False
    recused: bool = False


def declare(actor: Actor, facts: RecusalFacts) -> Verdict:
    if not (may := _open(facts)):
        return may
    if facts.standing is RecusalState.IN_FORCE:
        return refused(tell("您已回避此事项。"))
    if facts.takes_part or facts.copied or actor.administrator:
        return ALLOWED
    return refused(tell("您未参与办理此事项，无须声明回避。"))


def ask(actor: Actor, facts: RecusalFacts) -> Verdict:
    if not (may := _open(facts)):
        return may
    if facts.person == actor.natural:
        return refused(tell("本人回避请直接声明回避。"))
    if not (facts.takes_part or actor.administrator):
        return refused(tell("只有申请人和参与办理的人员可以申请他人回避。"))
    if facts.standing is RecusalState.IN_FORCE:
        return refused(tell("该人员已回避此事项。"))
    if facts.standing is RecusalState.ASKED:
        return refused(tell("已有人申请该人员回避，正等待决定。"))
    return ALLOWED


def decide(actor: Actor, facts: RecusalFacts) -> Verdict:
    """Whom it concerns does not decide, nor does the applicant (《公务员法》第七十七条)."""
    if facts.person == actor.natural:
        return refused(tell("本人是否回避须由他人决定。"))
    if not (actor.administrator or facts.leads):
        return refused(tell("是否回避由管理员或此事项的领导决定。"))
    if facts.standing is not RecusalState.ASKED:
        return refused(tell("此回避申请已经有结论。"))
    return ALLOWED if facts.running else refused(tell("此事项已经办结。"))


def lift(actor: Actor, facts: RecusalFacts) -> Verdict:
    if facts.person == actor.natural:
        return refused(tell("本人的回避须由他人解除。"))
    if not actor.administrator:
        return refused(tell("只有管理员可以解除回避。"))
    if facts.standing is not RecusalState.IN_FORCE:
        return refused(tell("此回避未生效或已解除。"))
    if facts.by_rule:
        return refused(
            tell("双方的亲属或任职关系仍然有效，按规定须回避；关系登记有误的，请先更正。")
        )
    return ALLOWED


def _open(facts: RecusalFacts) -> Verdict:
    if not facts.running:
        return refused(tell("此事项已经办结。"))
    return refused(tell("申请人不涉及回避。")) if facts.applicant else ALLOWED
