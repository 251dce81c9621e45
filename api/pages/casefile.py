"""The parts of a case that its own page and every task page show: way, diagram, papers, decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType

from api.pages import when, words
from api.pages.language import gettext as _
from engine.forms import FormView
from engine.model.effects import MatchedRule
from engine.model.records import Document, Entry
from engine.service.pages import OpenForm, TakenDecision

PREVIEWED = {"application/pdf": "pdf", "image/jpeg": "image", "image/png": "image"}


@dataclass(frozen=True, kw_only=True)
class WayStep:
    """One line of 办理进度. ``tone``: ``done``, ``current``, ``returned``, ``rejected``, ``todo``.

    ``note``: a small act (claim, transfer) that need not stand out; ``opinion``: what was said;
    ``missing``: what has to be supplied (补正).
    """

    tone: str
    title: str
    who: str
    when: str
    exact: str
    outcome: words.Badge | None
    opinion: str
    missing: str
    note: bool


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A document of the case. ``preview``: ``pdf``, ``image`` or "" (to be downloaded only)."""

    name: str
    href: str
    preview_href: str
    preview: str
    size: str
    uploaded: str


@dataclass(frozen=True, kw_only=True)
class RuleLine:
    """A row of a decision table that held: “命中第 5 行：……”.

    ``decision``: the one that the table belongs to, where that is a part of the decision taken.
    """

    decision: str
    text: str
    annotation: str


@dataclass(frozen=True, kw_only=True)
class DecisionLine:
    """A decision taken by table, with why; the rows that held say the result."""

    name: str
    when: str
    result: str
    rules: tuple[RuleLine, ...]
    inputs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Diagram:
    """What the viewer needs: where the diagram is and what to light (web/README.md).

    ``words`` says where the case is in text, for whoever cannot see the picture.
    """

    source: str
    lit: Mapping[str, object]
    words: str


def way(entries: Sequence[Entry], current: Sequence[WayStep], now: datetime) -> tuple[WayStep, ...]:
    """What was done, oldest first, then where it is now."""
    done = tuple(_step(entry, now) for entry in entries if entry.kind not in _SILENT)
    return (*done, *current)


#: Acts that concern the machinery, not the case's way.
_SILENT = frozenset({"set-variables", "update", "job-error", "job-failure", "timer-failure"})
_NOTES = frozenset({"claim", "release", "assign", "retry", "timer", "message", "signal", "job"})


def _title(entry: Entry) -> str:
    """What happened, in words; a kind that is not known here says it itself."""
    name = entry.element_name
    known = {
        "start": _("提交申请"),
        "complete": name,
        "claim": _("签收：{step}").format(step=name),
        "release": _("退签：{step}").format(step=name),
        "timer": _("到时：{step}").format(step=name),
        "withdraw": _("撤销申请"),
        "cancel": _("终止事项"),
    }
    return known.get(entry.kind) or entry.summary or name


def _step(entry: Entry, now: datetime) -> WayStep:
    badge = words.outcome(entry.outcome) if entry.outcome else None
    tone = {"returned": "returned", "rejected": "rejected"}.get(badge.tone if badge else "", "done")
    who = entry.actor_name
    if entry.on_behalf_of:
        who = _("{who}（代 {principal}）").format(who=who, principal=entry.on_behalf_of)
    return WayStep(
        tone=tone,
        title=_title(entry),
        who=who,
        when=when.ago(entry.at, now),
        exact=when.minute(entry.at),
        outcome=badge,
        opinion=str(entry.said.get("opinion") or entry.said.get("reason") or ""),
        missing=str(entry.said.get("missing") or ""),
        note=entry.kind in _NOTES,
    )


def filed(opened: OpenForm | None) -> FormView | None:
    """What the applicant filed, to be read; masked where the reader may not see it all."""
    if opened is None:
        return None
    return opened.form.view(context=opened.context, readonly=True)


def papers(documents: Sequence[Document], now: datetime) -> tuple[Paper, ...]:
    """The case's documents in the order in which they came."""
    return tuple(
        Paper(
            name=document.name,
            href=f"/documents/{document.key}",
            preview_href=f"/documents/{document.key}/preview",
            preview=PREVIEWED.get(document.media_type, ""),
            size=when.size(document.size),
            uploaded=_("{who} 上传于 {time}").format(
                who=document.uploaded_by, time=when.ago(document.uploaded_at, now)
            ),
        )
        for document in documents
    )


def decisions(taken: Sequence[TakenDecision], now: datetime) -> tuple[DecisionLine, ...]:
    """Each decision with the rows that held, for the reviewer to check."""
    return tuple(
        DecisionLine(
            name=decision.name,
            when=when.ago(decision.at, now),
            result="" if decision.matched else plain(decision.output),
            rules=tuple(
                RuleLine(
                    decision=rule.decision_name if rule.decision_id != decision.decision_id else "",
                    text=_rule(rule),
                    annotation=rule.annotation,
                )
                for rule in decision.matched
            ),
            inputs=tuple((name, plain(value)) for name, value in decision.inputs.items()),
        )
        for decision in taken
    )


def _rule(rule: MatchedRule) -> str:
    """“命中第 5 行：申请金额 = 80000 → 结论 = 通过”."""
    outputs = _pairs(rule.outputs)
    if not rule.inputs:
        return _("命中第 {row} 行：{outputs}").format(row=rule.index, outputs=outputs)
    return _("命中第 {row} 行：{inputs} → {outputs}").format(
        row=rule.index, inputs=_pairs(rule.inputs), outputs=outputs
    )


def _pairs(values: Mapping[str, object]) -> str:
    return "，".join(f"{name} = {plain(value)}" for name, value in values.items())


def plain(value: object) -> str:
    """A value of a decision as people write it."""
    if value is None:
        return _("空")
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, Mapping):
        return "；".join(f"{name}：{plain(part)}" for name, part in value.items())
    if isinstance(value, list | tuple):
        return "、".join(plain(part) for part in value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(getattr(value, "text", value))


def diagram(
    *,
    source: str,
    active: Sequence[str],
    completed: Sequence[str],
    flows: Sequence[str],
    incidents: Sequence[str] = (),
    labels: Mapping[str, str] = MappingProxyType({}),
    text: str,
) -> Diagram:
    """The diagram with the current steps lit. ``labels``: element → who has it, how long."""
    lit = {
        "active": list(active),
        "completed": list(completed),
        "flows": list(flows),
        "incidents": list(incidents),
        "labels": dict(labels),
    }
    return Diagram(source=source, lit=lit, words=text)
