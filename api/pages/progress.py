"""A case for its applicant, in plain words: how far it is, what is asked of him, how it ended."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from api.language import gettext as _
from api.pages import telling, when, words
from engine.model.letters import Letter, LetterState, shown_code
from engine.model.records import Entry, Instance, UserTask
from engine.model.states import InstanceState
from engine.service.cases.pages import CasePage
from engine.service.cases.stages import StageState


@dataclass(frozen=True, kw_only=True)
class StageLine:
    """One stage of the way. ``state``: ``done``, ``current``, ``ahead``; ``words`` say the same."""

    name: str
    state: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the applicant has to do now. ``lines``: what is missing, one each; ``by``: who asks."""

    title: str
    lead: str
    lines: tuple[str, ...]
    by: str
    due: when.Due
    href: str
    label: str


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How the case ended. ``tone``: ``approved``, ``rejected`` or ``plain``; ``reason``: in the
    handler's own words; ``paragraphs``: what the decision says; ``remedy``: 救济途径."""

    tone: str
    title: str
    when: str
    reason: str
    paragraphs: tuple[str, ...]
    remedy: str


@dataclass(frozen=True, kw_only=True)
class LetterLine:
    """A letter of the case. ``href``: its PDF, "" until it is made; ``verify``: the public page."""

    title: str
    symbol: str
    issued: str
    badge: words.Badge
    code: str
    href: str
    verify: str
    valid: bool


def stages(found: CasePage, username: str) -> tuple[StageLine, ...]:
    """From the application over what is done and under way to the end; ``username``: the
    reader's, who is told where it is his turn."""
    case = found.instance
    mine = {task.element_id for task in found.tasks if task.assignee == username}
    last = (
        StageLine(name=words.instance(case).text, state="done", words=_("已办结"))
        if case.ended_at is not None
        else StageLine(name=_("办结"), state="ahead", words=_("未开始"))
    )
    listed = [
        StageLine(
            name=_("{step}（作出决定）").format(step=stage.name) if stage.decides else stage.name,
            state=stage.state.value,
            words=_("等您办理") if stage.element_id in mine else _STAGE_WORDS[stage.state](),
        )
        for stage in found.stages
        if not (case.ended_at is not None and stage.state is StageState.AHEAD)
    ]
    return (StageLine(name=_("提交申请"), state="done", words=_("已完成")), *listed, last)


_STAGE_WORDS = {
    StageState.DONE: lambda: _("已完成"),
    StageState.CURRENT: lambda: _("正在办理"),
    StageState.AHEAD: lambda: _("未开始"),
}


def asked(found: CasePage, username: str) -> tuple[Asked, ...]:
    """The open tasks that are the applicant's own, with what was said when they were given."""
    back = _last_return(found.entries)
    return tuple(_asked(task, back) for task in found.tasks if task.assignee == username)


def _asked(task: UserTask, back: Entry | None) -> Asked:
    due = when.due(
        at=task.due_at,
        pending=task.due_pending,
        light=task.light,
        working_days=task.remaining_days,
        stopped=task.stopped,
    )
    if back is None or back.at != task.created_at:
        return Asked(
            title=_("现在请您办理：{step}").format(step=task.name),
            lead="",
            lines=(),
            by="",
            due=due,
            href=f"/tasks/{task.key}",
            label=_("去办理"),
        )
    missing = back.said.get("missing") or back.said.get("opinion") or back.said.get("reason")
    return Asked(
        title=_("请您补正材料"),
        lead=_("您的申请已退回，补正后会继续办理，不用重新申请。需要补正的内容："),
        lines=in_lines(str(missing or "")),
        by=_("“{step}”于{time}退回").format(step=back.element_name, time=when.day(back.at)),
        due=due,
        href=f"/tasks/{task.key}",
        label=_("去补正"),
    )


def _last_return(entries: Sequence[Entry]) -> Entry | None:
    return next((e for e in reversed(entries) if e.outcome == "return" or e.kind == "return"), None)


_BREAKS = re.compile(r"[\n；;]+")
_NUMBER = re.compile(r"^\s*(?:\d{1,2}[.、．)）]|[（(]\d{1,2}[)）]|[①-⑳])\s*")


def in_lines(text: str) -> tuple[str, ...]:
    """What is missing, one thing each: lines and semicolons part them, numbers before them go."""
    parts = (_NUMBER.sub("", part).strip(" 。\t") for part in _BREAKS.split(text))
    return tuple(part for part in parts if part)


def ending(found: CasePage) -> Ending | None:
    """How it ended, None while it runs."""
    case = found.instance
    if case.ended_at is None:
        return None
    writing = found.writing
    return Ending(
        tone=_tone(case, found.entries),
        title=words.instance(case).text,
        when=when.minute(case.ended_at),
        reason=_reason(case, found.entries),
        paragraphs=writing.paragraphs if writing else (),
        remedy=writing.remedy if writing else "",
    )


def _tone(case: Instance, entries: Sequence[Entry]) -> str:
    if case.state is InstanceState.TERMINATED:
        return "plain"
    last = _last_outcome(entries)
    if last is None:
        return "plain"
    return {"approve": "approved", "reject": "rejected"}.get(last.outcome or "", "plain")


def _reason(case: Instance, entries: Sequence[Entry]) -> str:
    """Why it was refused, withdrawn or cancelled, as whoever did it wrote."""
    if case.state is InstanceState.TERMINATED:
        ended = next((e for e in reversed(entries) if e.kind in {"withdraw", "cancel"}), None)
        return str(ended.said.get("reason") or "") if ended else ""
    last = _last_outcome(entries)
    if last is None or last.outcome != "reject":
        return ""
    return str(last.said.get("opinion") or last.said.get("reason") or "")


def _last_outcome(entries: Sequence[Entry]) -> Entry | None:
    return next((e for e in reversed(entries) if e.outcome), None)


def letters(found: Sequence[Letter], now: datetime) -> tuple[LetterLine, ...]:
    """The case's letters, the latest first."""
    return tuple(
        LetterLine(
            title=letter.title,
            symbol=letter.symbol,
            issued=when.short(letter.issued_at, now),
            badge=telling.letter(letter.state),
            code=shown_code(letter.code),
            href=f"/documents/{letter.document_key}" if letter.document_key else "",
            verify=f"/verify/{letter.code}",
            valid=letter.state is not LetterState.REVOKED,
        )
        for letter in reversed(found)
    )
