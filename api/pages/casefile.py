"""The parts of a case that its own page and every task page show: way, diagram, papers, decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType

from api.language import gettext as _
from api.pages import when, words
from engine.forms import FormView
from engine.model.effects import MatchedRule
from engine.model.keys import Key
from engine.model.records import Document, Entry
from engine.model.states import DocumentPurpose
from engine.service.cases.pages import OpenForm, TakenDecision

PREVIEWED = {"application/pdf": "pdf", "image/jpeg": "image", "image/png": "image"}


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
class WayStep:
    """One line of 办理进度. ``tone``: ``done``, ``current``, ``returned``, ``rejected``, ``todo``.

    ``note``: a small act (claim, transfer) that need not stand out; ``opinion``: what was said;
    ``missing``: what has to be supplied (补正). ``comment``: what was said beside the decision,
    ``papers`` what was attached; ``signature``: how it was signed, ``signature_href`` the picture.
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
    comment: str = ""
    signature: str = ""
    signature_href: str = ""
    papers: tuple[Paper, ...] = ()


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
    """What the viewer needs: where the diagram is and what to light (web/README.md), None of a
    diagram on which no case is.

    ``words`` says where the case is in text, for whoever cannot see the picture.
    """

    source: str
    lit: Mapping[str, object] | None
    words: str


def way(
    entries: Sequence[Entry],
    current: Sequence[WayStep],
    now: datetime,
    *,
    documents: Sequence[Document] = (),
) -> tuple[WayStep, ...]:
    """What was done, oldest first, then where it is now. ``documents``: the case's, for what was
    attached to comments and for signatures."""
    there = {document.key: document for document in documents}
    done = tuple(_step(entry, now, there) for entry in entries if entry.kind not in _SILENT)
    return (*done, *current)


#: Acts that concern the machinery, not the case's way.
_SILENT = frozenset(
    {"set-variables", "update", "job-error", "job-failure", "timer-failure", "expiry-failure"}
)
_NOTES = frozenset(
    {
        "unmask",
        "claim",
        "release",
        "assign",
        "delegate",
        "resolve",
        "call-back",
        "add-sign",
        "remove-sign",
        "comment",
        "retry",
        "timer",
        "message",
        "signal",
        "job",
    }
)


def _title(entry: Entry) -> str:
    """What happened, in words; a kind that is not known here says it itself."""
    name, who = entry.element_name, "、".join(entry.people)
    known = {
        "start": _("提交申请"),
        "complete": name,
        "vote": _("{step}：表决").format(step=name),
        "claim": _("签收：{step}").format(step=name),
        "release": _("退签：{step}").format(step=name),
        "assign": _("转办：{step}，交给{who}").format(step=name, who=who),
        "delegate": _("委派：{step}，请{who}办理后归还").format(step=name, who=who),
        "resolve": _("办理归还：{step}，交还{who}").format(step=name, who=who),
        "call-back": _("收回委派：{step}").format(step=name),
        "add-sign": _("{mode}：{step}，增加{who}").format(
            mode=_mode(entry.detail), step=name, who=who
        ),
        "remove-sign": _("减签：{step}，减去{who}").format(step=name, who=who),
        "return": _("退回：{step}，退到“{node}”").format(step=name, node=entry.detail),
        "withdraw-step": _("撤回：{step}").format(step=name),
        "comment": _("评论：{step}").format(step=name),
        "timer": _("到时：{step}").format(step=name),
        "withdraw": _("撤销申请"),
        "cancel": _("终止事项"),
    }
    return known.get(entry.kind) or entry.summary or name


def _mode(value: str) -> str:
    return {"before": _("前加签"), "after": _("后加签"), "parallel": _("并加签")}.get(
        value, _("加签")
    )


def _signed(entry: Entry) -> str:
    """How the decision was signed, in words."""
    return {"drawn": _("已手写签名"), "typed": _("已输入姓名签名")}.get(entry.signature, "")


def _step(entry: Entry, now: datetime, there: Mapping[Key, Document]) -> WayStep:
    says = words.vote if entry.kind == "vote" else words.outcome
    badge = says(entry.outcome) if entry.outcome else None
    tone = {"returned": "returned", "rejected": "rejected"}.get(badge.tone if badge else "", "done")
    who = entry.actor_name
    attached = [there[key] for key in entry.documents if key in there]
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
        comment=str(entry.said.get("comment") or ""),
        signature=_signed(entry),
        signature_href=next(
            (
                f"/documents/{document.key}/preview"
                for document in attached
                if document.purpose is DocumentPurpose.SIGNATURE
            ),
            "",
        ),
        papers=papers([d for d in attached if d.purpose is DocumentPurpose.COMMENT], now),
    )


def filed(opened: OpenForm | None) -> FormView | None:
    """What the applicant filed, to be read; masked where the reader may not see it all."""
    if opened is None:
        return None
    return opened.form.view(context=opened.context, readonly=True)


def materials(documents: Sequence[Document], now: datetime) -> tuple[Paper, ...]:
    """What was handed in, without what goes with comments and signatures."""
    return papers([d for d in documents if d.purpose is DocumentPurpose.MATERIAL], now)


def papers(documents: Sequence[Document], now: datetime) -> tuple[Paper, ...]:
    """Documents in the order in which they came."""
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
    return Diagram(source=source, lit=lit if any(lit.values()) else None, words=text)
