"""Journal rows as people read them: what happened, in words, and what this viewer may know of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import orjson

from engine.model.effects import MatchedRule
from engine.model.keys import Key
from engine.model.records import Entry
from engine.service.bundles import Pinned
from engine.service.cases.pages import TakenDecision
from engine.service.clock.automatic import automatic
from engine.storage.history.records import Written
from engine.text import several, tell

_KINDS: Mapping[str, str] = {
    "start": tell("提交申请"),
    "complete": tell("办理"),
    "claim": tell("签收"),
    "release": tell("退签"),
    "assign": tell("转办"),
    "update": tell("调整任务"),
    "vote": tell("表决"),
    "delegate": tell("委派"),
    "resolve": tell("办理归还"),
    "call-back": tell("收回委派"),
    "comment": tell("评论"),
    "add-sign": tell("加签"),
    "remove-sign": tell("减签"),
    "return": tell("退回"),
    "withdraw-step": tell("撤回"),
    "copy": tell("抄送"),
    "urge": tell("催办"),
    "recuse": tell("回避"),
    "ask-recusal": tell("申请回避"),
    "refuse-recusal": tell("驳回回避申请"),
    "lift-recusal": tell("解除回避"),
    "stand-aside": tell("因回避退出办理"),
    "hand-over": tell("离岗交接"),
    "withdraw": tell("撤销申请"),
    "cancel": tell("终止事项"),
    "stop-clock": tell("中止计时"),
    "resume-clock": tell("恢复计时"),
    "expire": tell("期限届满"),
    "recount": tell("因放假安排重算期限"),
    "auto-complete": tell("自动去重"),
    "timer": tell("到期"),
    "timer-failure": tell("定时器未能触发"),
    "expiry-failure": tell("到期未能办理"),
    "message": tell("收到消息"),
    "signal": tell("收到信号"),
    "job": tell("系统办理"),
    "job-denied": tell("系统核对未通过，任务保持原状"),
    "job-error": tell("系统办理出错"),
    "job-failure": tell("系统办理失败"),
    "job-variables": tell("系统任务更新数据"),
    "retry": tell("重试"),
    "set-variables": tell("更正数据"),
    "unmask": tell("查看完整信息"),
    "hold": tell("暂缓销毁"),
    "lift-hold": tell("解除暂缓销毁"),
    "modify": tell("修改位置"),
    "migrate": tell("迁移版本"),
    "suspend": tell("暂停办理"),
    "resume": tell("恢复办理"),
}

#: How added signs read, by their mode.
_MODES: Mapping[str, str] = {
    "before": tell("前加签"),
    "after": tell("后加签"),
    "parallel": tell("并加签"),
}

#: Entries whose facts name people beside the actor; those in which nothing goes to them; those
#: that only insiders see at all.
_ABOUT_PEOPLE = frozenset(
    {
        "auto-complete",
        "assign",
        "delegate",
        "resolve",
        "call-back",
        "add-sign",
        "remove-sign",
        "comment",
        "copy",
        "recuse",
        "ask-recusal",
        "refuse-recusal",
        "lift-recusal",
        "stand-aside",
        "hand-over",
        "withdraw-step",
    }
)
_CONCERNS = frozenset(
    {
        "withdraw-step",
        "remove-sign",
        "comment",
        "call-back",
        "recuse",
        "ask-recusal",
        "refuse-recusal",
        "lift-recusal",
        "stand-aside",
    }
)
_INSIDE = frozenset({"comment", "copy"})

#: The fact that names for whom a proxy acted.
_BEHALF = "on_behalf_of"

#: How the usual outcomes read.
OUTCOMES: Mapping[str, str] = {
    "approve": tell("通过"),
    "reject": tell("不予通过"),
    "return": tell("退回补正"),
    "abstain": tell("弃权"),
}

#: Fields of a submission that are words about it, shown beside the entry.
_WORDS = ("opinion", "reason", "reasonCode", "missing")


def entries(
    written: Iterable[Written],
    pinned: Pinned,
    *,
    viewer: Key,
    insider: bool,
    names: Mapping[str, str] = MappingProxyType({}),
    called: Callable[[str | None, str], str] = lambda _, value: value,
) -> tuple[Entry, ...]:
    """The timeline. Insiders (who handle the case) read opinions and reasons; an applicant those
    that go with an outcome, and his own; comments are for insiders. ``names``: of usernames;
    ``called``: what an outcome of a node's own reads as, from the node's id and the value."""
    words = _Words(names=names, outcome=called)
    found = (_entry(row, pinned, viewer, insider, words) for row in written)
    return tuple(entry for entry in found if entry is not None)


def people(written: Iterable[Written]) -> frozenset[str]:
    """The usernames that the entries' facts mention."""
    about = frozenset(
        name
        for row in written
        if row.link.kind in _ABOUT_PEOPLE
        for name in _usernames(orjson.loads(row.link.facts))
    )
    return about | frozenset(
        orjson.loads(row.link.facts)[_BEHALF] for row in written if f'"{_BEHALF}"' in row.link.facts
    )


def decisions(written: Iterable[Written], pinned: Pinned) -> tuple[TakenDecision, ...]:
    """What was decided by tables, with the rows that held; what was erased is missing."""
    return tuple(
        _decision(row, taken, pinned) for row in written for taken in row.part("decisions") or ()
    )


@dataclass(frozen=True, kw_only=True)
class _Words:
    """``names``: of usernames; ``outcome``: what a node's own value reads as."""

    names: Mapping[str, str]
    outcome: Callable[[str | None, str], str]


def _entry(
    row: Written,
    pinned: Pinned,
    viewer: Key,
    insider: bool,
    words: _Words,
) -> Entry | None:
    link = row.link
    facts: Mapping[str, Any] = orjson.loads(link.facts)
    readable = insider or link.actor_key == viewer or "outcome" in facts
    if link.kind in _INSIDE and not readable:
        return None
    name = pinned.element_name(link.element_id)
    about = _usernames(facts) if link.kind in _ABOUT_PEOPLE else ()
    called = tuple(words.names.get(username, username) for username in about)
    signature = facts.get("signature") or {}
    return Entry(
        number=link.number,
        at=link.at,
        actor_name=row.actor_name,
        on_behalf_of=words.names.get(facts[_BEHALF], facts[_BEHALF]) if _BEHALF in facts else None,
        kind=link.kind,
        element_id=link.element_id,
        element_key=Key(link.element_key) if link.element_key else None,
        element_name=name,
        summary=_summary(link.kind, name, facts, called, _word(link.element_id, facts, words)),
        said=_words(row) if readable else {},
        digest=link.digest.hex(),
        outcome=facts.get("outcome"),
        people=called,
        detail=str(facts.get("mode") or pinned.element_name(facts.get("node"))),
        votes=dict(facts.get("votes") or {}),
        signature=str(signature.get("mode") or ""),
        documents=_documents(facts, signature) if readable else (),
    )


def _usernames(facts: Mapping[str, Any]) -> tuple[str, ...]:
    """Whom an entry concerns: who gets it, or who was added, taken away or told."""
    listed = facts.get("people") or [facts.get("to")]
    return tuple(name for name in listed if isinstance(name, str) and name)


def _documents(facts: Mapping[str, Any], signature: Mapping[str, Any]) -> tuple[Key, ...]:
    attached = [Key(int(key)) for key, _sha256 in facts.get("documents") or ()]
    image = signature.get("document")
    return (*attached, *([Key(int(image))] if image else []))


def _word(element_id: str | None, facts: Mapping[str, Any], words: _Words) -> str:
    """The outcome in words: the usual ones alike everywhere, a node's own as its form has them."""
    outcome = str(facts.get("outcome") or "")
    if not outcome or outcome in OUTCOMES:
        return OUTCOMES.get(outcome, "")
    return words.outcome(element_id, outcome)


def _summary(
    kind: str, name: str, facts: Mapping[str, Any], people: tuple[str, ...], outcome: str
) -> str:
    words = _MODES.get(str(facts.get("mode")), _KINDS.get(kind, kind))
    text = tell("{act}“{name}”", act=words, name=name) if name else words
    called = several(people)
    if kind == "auto-complete":
        return tell(
            "{act}：沿用{people}于 {since} 的意见（{said}）",
            act=text,
            people=called,
            since=facts.get("since", ""),
            said=outcome,
        )
    if outcome:
        text = tell("{act}：{outcome}", act=text, outcome=outcome)
    if people and kind in _CONCERNS:
        text = tell("{act}，涉及 {people}", act=text, people=called)
    elif people:
        text = tell("{act}给 {people}", act=text, people=called)
    if facts.get("result"):
        text = tell("{act}，结果：{result}", act=text, result=facts["result"])
    return automatic(kind, text, facts)


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
