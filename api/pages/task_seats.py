"""Who stands where in a user task (席位): the rule in words, the votes so far, whose turn it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from api.language import gettext as _
from api.pages import when, words
from engine.model.counting import plan_of
from engine.model.seats import SeatKind, SeatState
from engine.model.states import TaskState
from engine.model.voting import Abstentions, CompletionRule, Rule, Share, Tally, Unreadable
from engine.service.cases.pages import SeatView, TaskPage


@dataclass(frozen=True, kw_only=True)
class SeatLine:
    """One seat. ``who``: who has it, had his say in it, or may take it; ``notes``: how it came to
    him; ``mine``: the reader has it; ``tone``: of the mark before it, as in the way."""

    who: str
    kind: str
    badge: words.Badge
    notes: tuple[str, ...]
    opinion: str
    when: str
    exact: str
    mine: bool
    tone: str


@dataclass(frozen=True, kw_only=True)
class SeatPanel:
    """``rule``: sentences; ``votes`` and ``turn``: one each, "" where there is nothing to say."""

    rule: tuple[str, ...]
    votes: str
    turn: str
    lines: tuple[SeatLine, ...]


def panel(found: TaskPage, now: datetime) -> SeatPanel | None:
    """The seats of a task that has several, or whose seat was delegated; None of a plain one."""
    if not found.seats:
        return None
    open_ = found.task.state is TaskState.CREATED
    return SeatPanel(
        rule=rule(found) if len(found.seats) > 1 or found.rule else (),
        votes=votes(found.votes) if found.votes and found.votes.total > 1 else "",
        turn=turn(found.seats) if open_ else "",
        lines=tuple(_line(seat, now) for seat in found.seats),
    )


def held(seats: tuple[SeatView, ...]) -> bool:
    """Whether whose turn it is has it already, so that nobody is to claim it."""
    now = [seat for seat in seats if seat.state is SeatState.OPEN]
    return bool(now) and all(seat.holder for seat in now)


def rule(found: TaskPage) -> tuple[str, ...]:
    """The completion rule in whole sentences."""
    try:
        plan = plan_of(found.task.properties)
    except Unreadable:
        return ()
    if not plan.ruled:
        return (_("有加签：各席位都办理后，此任务才办结。"),)
    said = [_kind(plan.rule)]
    if plan.rule.quorum is not None:
        said.append(_("表态的{number}才有效。").format(number=share(plan.rule.quorum, _("人"))))
    if plan.rule.veto:
        said.append(_("一票否决：有一人不同意即不通过。"))
    if plan.rule.abstentions is Abstentions.IGNORE:
        said.append(_("弃权的不计入总数。"))
    return tuple(said)


def _kind(asked: CompletionRule) -> str:
    return {
        Rule.ANY: _("或签：有一人同意即通过。"),
        Rule.ALL: _("会签：须全部同意，有一人不同意即不通过。"),
        Rule.SEQUENTIAL: _("依次审批：按顺序逐个同意，有一人不同意即不通过。"),
        Rule.RATIO: _("票签：同意的{number}即通过。").format(
            number=share(asked.threshold, _("票"))
        ),
        Rule.WEIGHTED: _("权重票签：同意的权重合计{number}即通过。").format(
            number=share(asked.threshold, "")
        ),
    }[asked.kind]


def share(asked: Share, unit: str) -> str:
    """“过半数”, “达到 2/3”, “超过 5 票”: what a share or a number asks for."""
    if not asked.absolute and asked.value == Fraction(1, 2):
        return _("过半数") if asked.strictly else _("达到半数")
    number = f"{asked.value} {unit}".strip() if asked.absolute else str(asked.value)
    text = _("超过 {number}") if asked.strictly else _("达到 {number}")
    return text.format(number=number)


def votes(counts: Tally) -> str:
    """What has been said so far, and how many have not."""
    open_ = counts.total - counts.yes - counts.no - counts.abstain
    return _("同意 {yes}，不同意 {no}，弃权 {abstain}；应到 {total}，未表态 {open}。").format(
        yes=counts.yes, no=counts.no, abstain=counts.abstain, total=counts.total, open=open_
    )


def turn(seats: tuple[SeatView, ...]) -> str:
    """Whose turn it is now."""
    now = [_who(seat) for seat in seats if seat.state is SeatState.OPEN]
    if not now:
        return ""
    if [seat for seat in seats if seat.mine and seat.state is SeatState.OPEN]:
        others = [_who(seat) for seat in seats if seat.state is SeatState.OPEN and not seat.mine]
        if not others:
            return _("现在轮到您办理。")
        return _("现在轮到您办理，同时还有{who}。").format(who="、".join(others))
    return _("现在轮到{who}办理。").format(who="、".join(now))


def _line(seat: SeatView, now: datetime) -> SeatLine:
    at = seat.ended_at or seat.opened_at
    return SeatLine(
        who=_who(seat),
        kind=kind(seat.kind),
        badge=_badge(seat),
        notes=tuple(_notes(seat)),
        opinion=seat.opinion,
        when=when.ago(at, now) if at else "",
        exact=when.minute(at),
        mine=seat.mine,
        tone=_tone(seat),
    )


def _who(seat: SeatView) -> str:
    name = seat.actor_name or seat.holder_name or seat.group
    if seat.on_behalf_of_name:
        return _("{who}（代 {principal}）").format(who=name, principal=seat.on_behalf_of_name)
    return name


def kind(value: SeatKind) -> str:
    """How the seat came about, "" for one that the diagram gave."""
    return {
        SeatKind.ORIGINAL: "",
        SeatKind.BEFORE: _("前加签"),
        SeatKind.AFTER: _("后加签"),
        SeatKind.PARALLEL: _("并加签"),
    }[value]


def _badge(seat: SeatView) -> words.Badge:
    if seat.state is SeatState.DONE:
        return words.vote(seat.outcome)
    if seat.state is SeatState.CANCELED:
        return words.Badge(text=_ended(seat.reason), tone="plain")
    if seat.state is SeatState.WAITING:
        return words.Badge(text=_("还没轮到"), tone="plain")
    if not seat.holder:
        return words.Badge(text=_("待认领"), tone="waiting")
    return words.Badge(text=_("办理中"), tone="active")


def _ended(reason: str) -> str:
    known = {
        "decided": _("结论已定，不用再办"),
        "removed": _("已减签"),
        "task-canceled": _("已取消"),
        "expired": _("期限届满"),
    }
    return known.get(reason, _("已取消"))


def _notes(seat: SeatView) -> list[str]:
    said: list[str] = []
    if seat.added_by_name:
        said.append(_("由{who}加签").format(who=seat.added_by_name))
    if seat.delegated_by:
        said.append(
            _("{who}委派，办完归还").format(who=" → ".join(seat.delegated_by)),
        )
    first, holder = seat.first_holder_name, seat.actor_name or seat.holder_name
    if first and holder and first != holder and not seat.delegated_by:
        said.append(_("原由{who}办理").format(who=first))
    if seat.weight != 1:
        said.append(_("权重 {weight}").format(weight=f"{seat.weight.normalize():f}"))
    return said


def _tone(seat: SeatView) -> str:
    if seat.state is SeatState.DONE:
        badge = words.outcome(seat.outcome)
        return {"returned": "returned", "rejected": "rejected"}.get(badge.tone, "done")
    return "current" if seat.state is SeatState.OPEN else "todo"
