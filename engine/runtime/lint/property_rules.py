"""Checks on ``banshi:`` properties: unknown names, places where they say nothing, bad values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from engine import feel
from engine.model.effects import LaneKind
from engine.model.problems import Problem, Severity
from engine.runtime.definition import Definition
from engine.runtime.lint.properties import BY_NAME
from engine.runtime.markup import ZEEBE, Element, line_of, local
from engine.runtime.reading import label

_LETTERS = re.compile(r"[^a-z]")
_PLAIN = {_LETTERS.sub("", name.lower()): name for name in BY_NAME}
_HOURS = re.compile(r"\d+(\.\d+)?")


def check(root: Element, *, functions: feel.Registry | None = None) -> Iterator[Problem]:
    """All findings of a file."""
    for holder in root.iter(f"{{{ZEEBE}}}properties"):
        owner = holder.getparent()
        owner = owner if owner is None else owner.getparent()
        if owner is None or local(owner) is None:
            continue
        told: dict[str, str] = {}
        for item in holder.iterchildren(f"{{{ZEEBE}}}property"):
            name, value = item.get("name") or "", (item.get("value") or "").strip()
            if name in told:
                yield _problem(
                    owner,
                    "property-twice",
                    f"{label(owner)}的属性 {name} 写了两次，只有后一个生效，请删除一个。",
                    Severity.WARNING,
                )
            told[name] = value
        for name, value in told.items():
            yield from _one(owner, name, value)
        yield from _copies(owner, told, functions)


def _one(owner: Element, name: str, value: str) -> Iterator[Problem]:
    known = BY_NAME.get(name)
    if known is None:
        near = _PLAIN.get(_LETTERS.sub("", name.lower()))
        near = near or _PLAIN.get("banshi" + _LETTERS.sub("", name.lower()))
        if near is None and name.startswith("banshi:"):
            near = next(iter(get_close_matches(name, BY_NAME, n=1, cutoff=0.75)), None)
        if name.startswith("banshi:") or near:
            hint = f"是不是“{near}”？请改正" if near else "请改正或删除"
            yield _problem(
                owner,
                "property-unknown",
                f"{label(owner)}的属性“{name}”不存在，不会生效。{hint}（banshi lint --properties 列出全部属性）。",
                Severity.WARNING,
            )
        return
    if local(owner) not in known.places:
        yield _problem(
            owner,
            "property-place",
            f"{label(owner)}上的属性 {name} 不会生效：它应设在{known.where}上。请移动或删除。",
            Severity.WARNING,
        )
    elif known.values and value not in known.values:
        yield _problem(
            owner,
            "property-value",
            f"{label(owner)}的属性 {name} 的值“{value}”无效，请改为 {'、'.join(known.values)}"
            f"{' 之一' if len(known.values) > 1 else ''}。",
        )
    elif name == "banshi:urgeEvery" and not _HOURS.fullmatch(value):
        yield _problem(
            owner,
            "property-value",
            f"{label(owner)}的催办间隔（banshi:urgeEvery）“{value}”应为不小于 0 的小时数，请改正。",
        )


def _copies(
    owner: Element, told: dict[str, str], functions: feel.Registry | None
) -> Iterator[Problem]:
    source = told.get("banshi:copyTo", "")
    if source.startswith("="):
        try:
            feel.compile(source[1:], functions=functions)
        except feel.FeelError as fault:
            yield _problem(
                owner,
                "property-value",
                f"{label(owner)}的抄送（banshi:copyTo）有误：{fault}。请改正表达式。",
            )
    if local(owner) == "endEvent" and told.get("banshi:copyOn") == "opened":
        yield _problem(
            owner,
            "property-value",
            f"{label(owner)}是结束事件，没有“开始时”，请把 banshi:copyOn 改为 completed 或删除。",
        )


def check_decision(definition: Definition) -> Iterator[Problem]:
    """A process whose officials decide something, and no node of it says where."""
    nodes = definition.nodes.values()
    decides = any(n.properties.get("banshi:decision") == "true" for n in nodes)
    official = any(
        n.user_task is not None and not (n.lane and n.lane.kind is LaneKind.APPLICANT)
        for n in nodes
    )
    if official and not decides and definition.properties.get("banshi:starters"):
        yield Problem(
            severity=Severity.WARNING,
            element_id=definition.process_id,
            rule="decision-node",
            message=f"流程“{definition.name}”没有标明哪一步作出决定，申请人在办结前一直可以撤回。"
            "请在作出决定的环节上设置 banshi:decision=true。",
        )


def _problem(
    owner: Element, rule: str, message: str, severity: Severity = Severity.ERROR
) -> Problem:
    return Problem(
        severity=severity,
        element_id=owner.get("id") or "",
        rule=rule,
        message=message,
        line=line_of(owner),
    )
