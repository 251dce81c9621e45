"""What the bureau's own properties of a diagram (``banshi:…``) may say: checked where it is deployed.

Letters must have a template, kinds of personal data must be known, periods must be readable: each
of these would otherwise come to light only when a case gets there, or years later.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from engine.forms import KIND_NAMES
from engine.model.clock import STOPS_CLOCK
from engine.model.problems import Problem, Severity
from engine.model.retention import PERSONAL_RETENTION, RETENTION, period
from engine.runtime import Definition
from engine.runtime.definition import Node
from engine.service.clock.clock_turns import STOPS
from engine.service.letters.binding import PROPERTY as LETTER
from engine.service.privacy.sight import PROPERTY as PRIVACY
from engine.text import several, tell

#: The job that issues a letter, and the header that names its template; the one that sends word.
_LETTER_JOB, _TEMPLATE = "banshi.letter", "template"
_NOTICE_JOB = "banshi.notify"

#: Template ids that an expression gives: all of it, or what follows then or else.
_GIVEN = re.compile(r'\b(?:then|else)\s*"([^"]*)"')
_LITERAL = re.compile(r'"([^"]*)"')


def bureau_problems(
    definition: Definition, *, letters: Collection[str] | None = None
) -> Iterator[Problem]:
    """By element. ``letters``: ids of templates that there are; None: not to be checked."""
    yield from _periods(definition.process_id, definition.properties)
    yield from _untold_stops(definition)
    for lane in definition.lanes:
        yield from _kinds(lane.id, lane.name, lane.privacy)
    for node in definition.nodes.values():
        yield from _kinds(node.id, node.name, node.properties.get(PRIVACY, ""))
        if letters is None:
            continue
        named = _named(node.properties.get(LETTER, "").strip())
        if node.job is not None and node.headers.get(_TEMPLATE):
            named |= {node.headers[_TEMPLATE].strip()} if _kind(node) == _LETTER_JOB else set()
        for template in sorted(named - set(letters)):
            yield Problem(
                element_id=node.id,
                rule="letter-unknown",
                message=tell(
                    "“{node}”要出具的文书没有模板“{value}”：请先在“系统管理 › 文书”中发布这个模板，或改正模板编号。",
                    node=node.name or node.id,
                    value=template,
                ),
            )


def _kind(node: Node) -> str:
    """The type of a job that is fixed in the diagram; "" where there is none, or it is worked out."""
    text = node.job.type.text if node.job is not None else ""
    return text.strip('=" ')


def _untold_stops(definition: Definition) -> Iterator[Problem]:
    """Where the clock stops and a way leads there on which the applicant is sent nothing."""
    for node in definition.nodes.values():
        if node.properties.get(STOPS, "").strip() in STOPS_CLOCK and _untold(definition, node):
            yield Problem(
                severity=Severity.WARNING,
                element_id=node.id,
                rule="clock-stop-untold",
                message=tell(
                    "“{node}”中止计时，但之前没有环节向申请人出具文书或发出通知：补正、检测、鉴定、专家评审所需时间应当书面告知申请人（"
                    "行政许可法第三十二条、第四十五条）。请在作出决定的环节设置 banshi:letter，"
                    "或加一个 banshi.notify 任务。",
                    node=node.name or node.id,
                ),
            )


def _untold(definition: Definition, stop: Node) -> bool:
    """Whether a start, or another stop, can be reached backwards without passing what tells."""
    seen: set[str] = set()
    before = [*_before(definition, stop)]
    if not before:
        return True
    while before:
        node = before.pop()
        if node.id in seen or _tells(definition, node):
            continue
        seen.add(node.id)
        earlier = [*_before(definition, node)]
        if not earlier or node.properties.get(STOPS, "").strip() in STOPS_CLOCK:
            return True
        before += earlier
    return False


def _before(definition: Definition, node: Node) -> Iterator[Node]:
    """What leads to the node: to its host where it stands on a boundary, to what holds it where it
    comes first there."""
    event = node.event
    if event is not None and event.attached_to is not None:
        yield from _before(definition, definition.nodes[event.attached_to])
    elif node.incoming:
        yield from (definition.nodes[flow.source] for flow in node.incoming)
    elif node.scope:
        yield from _before(definition, definition.nodes[node.scope])


def _tells(definition: Definition, node: Node) -> bool:
    """Whether the applicant is sent something here, or within; what is called is not known here."""
    if node.properties.get(LETTER, "").strip() or node.call is not None:
        return True
    if _kind(node) == _NOTICE_JOB:
        return node.headers.get("to", "applicant") == "applicant"
    inside = (n for n in definition.nodes.values() if n.scope == node.id)
    return _kind(node) == _LETTER_JOB or any(_tells(definition, each) for each in inside)


def _named(value: str) -> set[str]:
    if not value.startswith("="):
        return {value} - {""}
    whole = _LITERAL.fullmatch(value[1:].strip())
    return ({whole[1]} if whole else set(_GIVEN.findall(value))) - {""}


def _kinds(element_id: str, name: str, value: str) -> Iterator[Problem]:
    known = {kind.value for kind in KIND_NAMES} | {"all"}
    for word in re.split(r"[;,]", value):
        if word.strip() and word.strip() not in known:
            listed = several(
                tell("{value}（{name}）", value=kind.value, name=text)
                for kind, text in KIND_NAMES.items()
            )
            yield Problem(
                element_id=element_id,
                rule="privacy-unknown",
                message=tell(
                    "“{name}”的 banshi:privacy 中有不认识的类别“{word}”；可用：{listed}，或 all，多个用分号隔开。",
                    name=name or element_id,
                    word=word.strip()[:40],
                    listed=listed,
                ),
            )


def _periods(element_id: str, properties: Mapping[str, str]) -> Iterator[Problem]:
    for name in (RETENTION, PERSONAL_RETENTION):
        value = properties.get(name, "").strip()
        if not value:
            continue
        try:
            period(value)
        except ValueError:
            yield Problem(
                element_id=element_id,
                rule="retention",
                message=tell(
                    "{name} “{value}”不是期限：请写成 P10Y（10 年）、P18M（18 个月）、P30D（30 天），或 permanent（永久）。",
                    name=name,
                    value=value[:40],
                ),
            )
