"""How long a case is kept, and how it is destroyed (保管期限、销毁).

档案法 (2020) 第二十一条: 禁止擅自销毁档案, so nothing is destroyed by the clock alone: what has had
its time is put on a list (销毁清册), one person confirms it and a second one approves, as 机关档案管理
规定 (国家档案局令第 13 号) asks for in its chapter on 鉴定与销毁 (清册、审批、两人监销). 个人信息保护法
第十九条 and 第四十七条: personal data is kept no longer than its purpose needs, and then deleted. The
periods themselves are the bureau's: 机关文件材料归档范围和文书档案保管期限规定 (国家档案局令第 8 号)
knows 永久, 30 年 and 10 年.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from engine.model.actor import Actor
from engine.model.keys import Key
from engine.model.verdict import ALLOWED, Verdict, refused
from engine.text import tell

#: Property of a process: how long its cases are kept, counted from their end.
RETENTION = "banshi:retention"
#: And how long what is personal in them; as long as the case where it says nothing.
PERSONAL_RETENTION = "banshi:personalRetention"

PERMANENT = "permanent"

_DURATION = re.compile(r"P(?=\d)(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,5})D)?")


class Stage(StrEnum):
    """``PERSONAL``: what was said, documents, variables, names; the chain stands. ``WHOLE``: all
    of the case but its line in the register."""

    PERSONAL = "PERSONAL"
    WHOLE = "WHOLE"


class ListState(StrEnum):
    """``CONFIRMED`` by one person, ``APPROVED`` by a second one, then carried out: ``DONE``."""

    PROPOSED = "PROPOSED"
    CONFIRMED = "CONFIRMED"
    APPROVED = "APPROVED"
    DONE = "DONE"
    DISCARDED = "DISCARDED"


LIST_TRANSITIONS: Mapping[ListState, frozenset[ListState]] = {
    ListState.PROPOSED: frozenset({ListState.CONFIRMED, ListState.DISCARDED}),
    ListState.CONFIRMED: frozenset({ListState.APPROVED, ListState.DISCARDED}),
    ListState.APPROVED: frozenset({ListState.DONE}),
    ListState.DONE: frozenset(),
    ListState.DISCARDED: frozenset(),
}


class ItemState(StrEnum):
    """``KEPT``: taken off the list, or a hold was on the case when its turn came."""

    LISTED = "LISTED"
    KEPT = "KEPT"
    DONE = "DONE"


@dataclass(frozen=True, kw_only=True)
class Period:
    """Years, months and days of the calendar; ``None`` months: for good."""

    months: int | None
    days: int = 0

    @property
    def permanent(self) -> bool:
        return self.months is None

    def before(self, day: date) -> date | None:
        """What ended before this day has had its time; None: nothing ever has."""
        if self.months is None:
            return None
        month = day.year * 12 + day.month - 1 - self.months
        year, month = divmod(month, 12)
        if year < 1:
            return None
        last = calendar.monthrange(year, month + 1)[1]
        moved = date(year, month + 1, min(day.day, last))
        ordinal = moved.toordinal() - self.days
        return date.fromordinal(ordinal) if ordinal > 0 else None


def period(text: str) -> Period:
    """``P10Y``, ``P18M``, ``P30D`` … or ``permanent``; raises ValueError."""
    trimmed = text.strip()
    if trimmed == PERMANENT:
        return Period(months=None)
    found = _DURATION.fullmatch(trimmed)
    if found is None:
        raise ValueError(trimmed)
    years, months, days = (int(part or 0) for part in found.groups())
    if not (years or months or days):
        raise ValueError(trimmed)
    return Period(months=years * 12 + months, days=days)


@dataclass(frozen=True, kw_only=True)
class DisposalList:
    """A list of cases to be destroyed (销毁清册). ``count``: cases still on it."""

    key: Key
    stage: Stage
    state: ListState
    count: int
    proposed_at: datetime
    confirmed_by: Key | None = None
    confirmed_by_name: str = ""
    confirmed_at: datetime | None = None
    approved_by: Key | None = None
    approved_by_name: str = ""
    approved_at: datetime | None = None
    done_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Disposal:
    """A line of the register: which case, by which rule, and where its journal ended.

    ``held``: a hold is on the case now. ``reason``: why it was kept.
    """

    key: Key
    list_key: Key
    instance_key: Key
    number: str
    process_id: str
    process_name: str
    stage: Stage
    state: ItemState
    rule: str
    ended_at: datetime
    journal_number: int
    journal_digest: bytes
    done_at: datetime | None = None
    reason: str = ""
    held: bool = False


@dataclass(frozen=True, kw_only=True)
class LegalHold:
    """暂缓销毁: as long as it is there nothing of the case is destroyed."""

    key: Key
    instance_key: Key
    number: str
    reason: str
    placed_by_name: str
    placed_at: datetime
    lifted_by_name: str = ""
    lifted_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ApprovalFacts:
    """Who confirmed the list before."""

    confirmed_by: Key | None


def manage(actor: Actor, _subject: object) -> Verdict:
    return ALLOWED if actor.administrator else refused(tell("此操作仅限管理员。"))


def approve(actor: Actor, facts: ApprovalFacts) -> Verdict:
    """The second pair of eyes; never the same person, in a demonstration neither."""
    if not actor.administrator:
        return refused(tell("此操作仅限管理员。"))
    if facts.confirmed_by is None:
        return refused(tell("请先由一位管理员核对确认，再由另一位管理员批准。"))
    if facts.confirmed_by == actor.key:
        return refused(tell("批准须由核对人以外的另一位管理员作出。"))
    return ALLOWED
