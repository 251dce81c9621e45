"""Journal rows as people read them: what happened, in words, and what this viewer may know of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from engine.model.effects import MatchedRule
from engine.model.keys import Key
from engine.model.records import Entry
from engine.service.bundles import Pinned
from engine.service.pages import TakenDecision
from engine.storage.records import Written

_KINDS: Mapping[str, str] = {
    "start": "提交申请",
    "complete": "办理",
    "claim": "签收",
    "release": "退签",
    "assign": "转办",
    "update": "调整任务",
    "vote": "表决",
    "delegate": "委派",
    "resolve": "办理归还",
    "add-sign": "加签",
    "remove-sign": "减签",
    "return": "退回",
    "withdraw-step": "撤回",
    "withdraw": "撤销申请",
    "cancel": "终止事项",
    "timer": "到期",
    "timer-failure": "定时器未能触发",
    "message": "收到消息",
    "signal": "收到信号",
    "job": "系统办理",
    "job-error": "系统办理出错",
    "job-failure": "系统办理失败",
    "retry": "重试",
    "set-variables": "更正数据",
}

#: How the usual outcomes read.
OUTCOMES: Mapping[str, str] = {
    "approve": "通过",
    "reject": "不予通过",
    "return": "退回补正",
    "abstain": "弃权",
}

#: Fields of a submission that are words about it, shown beside the entry.
_WORDS = ("opinion", "reason", "reasonCode", "missing")


def entries(
    written: Iterable[Written], pinned: Pinned, *, viewer: Key, insider: bool
) -> tuple[Entry, ...]:
    """The timeline. Insiders (who handle the case) read opinions and reasons; an applicant those
    that go with an outcome, and his own."""
    return tuple(_entry(row, pinned, viewer, insider) for row in written)


def decisions(written: Iterable[Written], pinned: Pinned) -> tuple[TakenDecision, ...]:
    """What was decided by tables, with the rows that held; what was erased is missing."""
    return tuple(
        _decision(row, taken, pinned) for row in written for taken in row.part("decisions") or ()
    )


def _entry(row: Written, pinned: Pinned, viewer: Key, insider: bool) -> Entry:
    link = row.link
    facts: Mapping[str, Any] = orjson.loads(link.facts)
    name = pinned.element_name(link.element_id)
    readable = insider or link.actor_key == viewer or "outcome" in facts
    return Entry(
        number=link.number,
        at=link.at,
        actor_name=row.actor_name,
        on_behalf_of=None,
        kind=link.kind,
        element_id=link.element_id,
        element_name=name,
        summary=_summary(link.kind, name, facts),
        said=_words(row) if readable else {},
        digest=link.digest.hex(),
        outcome=facts.get("outcome"),
    )


def _summary(kind: str, name: str, facts: Mapping[str, Any]) -> str:
    words = _KINDS.get(kind, kind)
    text = f"{words}“{name}”" if name else words
    outcome = facts.get("outcome")
    if outcome:
        text += f"：{OUTCOMES.get(outcome, outcome)}"
    if facts.get("to"):
        text += f"给 {facts['to']}"
    if facts.get("result"):
        text += f"，结果：{facts['result']}"
    return text


def _words(row: Written) -> dict[str, Any]:
    """The words of a command: opinion, reasons; nothing else of what was filled in."""
    found: dict[str, Any] = {}
    submission = row.part("submission")
    if isinstance(submission, dict):
        found |= {name: submission[name] for name in _WORDS if submission.get(name)}
    words = row.part("words")
    if isinstance(words, dict):
        found |= words
    for name in ("reason", "message"):
        said = row.part(name)
        if said:
            found[name] = said
    return found


def _decision(row: Written, taken: Mapping[str, Any], pinned: Pinned) -> TakenDecision:
    matched = tuple(
        MatchedRule(
            decision_id=rule["decision"],
            decision_name=rule["name"],
            index=int(rule["index"]),
            rule_id=rule["rule"],
            inputs=dict(rule["inputs"]),
            outputs=dict(rule["outputs"]),
            annotation=rule["annotation"],
        )
        for rule in taken["matched"]
    )
    return TakenDecision(
        decision_id=taken["decision"],
        name=pinned.decision_name(taken["decision"]),
        element_id=taken["element"],
        at=row.link.at,
        inputs=dict(taken["inputs"]),
        output=taken["output"],
        matched=matched,
    )
