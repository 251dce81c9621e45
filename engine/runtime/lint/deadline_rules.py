"""Checks on deadlines and clocks (approval.md, “Deadlines”): what cannot be counted is an error."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from engine import feel
from engine.model.clock import STOPS_CLOCK
from engine.model.expiry import expiry_of
from engine.model.problems import Problem, Severity
from engine.model.voting import Unreadable
from engine.runtime.definition import Definition, Node
from engine.runtime.lint.flow_rules import called

_UNITS = ("working-day", "natural-day", "month", "year")
_LARGEST = 1200
_PERIOD = re.compile(r"[0-9]{1,4}\s*(个?工作日|个?自然日|日|天|个?月|年)?(顺延)?")
#: Nodes on which a token stays for a while.
_STAYING = frozenset(
    {
        "userTask",
        "receiveTask",
        "serviceTask",
        "sendTask",
        "intermediateCatchEvent",
        "subProcess",
        "transaction",
        "callActivity",
        "eventBasedGateway",
    }
)
_OF_EXPIRY = ("extendBy", "extendUnit", "extensions", "afterExtensions", "expiryOutcome")
_DEDUPLICATE = ("consecutive", "never")


def check(definition: Definition, *, functions: feel.Registry | None = None) -> Iterator[Problem]:
    """Deadlines, what holds when they have passed, stops of the clock, the case's own period."""
    yield from _process(definition)
    for node in definition.nodes.values():
        if node.user_task is not None:
            yield from _deadline(node, functions)
            yield from _expiry(node)
            yield from _deduplication(node.properties, node.id, f"任务{called(node)}")
        yield from _stopping(node)
        yield from _statutory(node)


def _process(definition: Definition) -> Iterator[Problem]:
    told = definition.properties
    period = told.get("banshi:statutoryPeriod", "").strip()
    unit = told.get("banshi:statutoryUnit", "").strip()
    if period and not _PERIOD.fullmatch(period):
        yield _problem(
            definition.process_id,
            "statutory-period",
            f"法定办理期限（banshi:statutoryPeriod）“{period}”看不懂，请写数字并选择单位，"
            "或写成“20个工作日”。",
        )
    if unit and unit not in _UNITS:
        yield _problem(definition.process_id, "statutory-unit", _unit_message("法定期限", unit))
    yield from _deduplication(told, definition.process_id, "流程")


def _deadline(node: Node, functions: feel.Registry | None) -> Iterator[Problem]:
    written = node.properties.get("banshi:deadline", "").strip()
    unit = node.properties.get("banshi:deadlineUnit", "").strip()
    if unit and unit not in _UNITS:
        yield _problem(node.id, "deadline-unit", _unit_message(f"任务{called(node)}的期限", unit))
    if written.startswith("="):
        try:
            feel.compile(written[1:], functions=functions)
        except feel.FeelError as fault:
            yield _problem(
                node.id, "deadline", f"任务{called(node)}的期限（banshi:deadline）有误：{fault}。"
            )
    elif written and not (written.isascii() and written.isdigit() and int(written) <= _LARGEST):
        yield _problem(
            node.id,
            "deadline",
            f"任务{called(node)}的期限（banshi:deadline）应为不超过 {_LARGEST} 的整数，"
            f"或以 = 开头的表达式，现在是“{written}”。",
        )


def _expiry(node: Node) -> Iterator[Problem]:
    told = node.properties
    if not told.get("banshi:onExpiry", "").strip():
        idle = [f"banshi:{name}" for name in _OF_EXPIRY if f"banshi:{name}" in told]
        if idle:
            yield _problem(
                node.id,
                "expiry-unused",
                f"任务{called(node)}设置了 {'、'.join(idle)}，但没有设置到期处理"
                "（banshi:onExpiry），不会生效。",
                Severity.WARNING,
            )
        return
    scheduled = node.user_task is not None and node.user_task.due_date is not None
    if not told.get("banshi:deadline", "").strip() and not scheduled:
        yield _problem(
            node.id,
            "expiry-without-deadline",
            f"任务{called(node)}设置了到期处理（banshi:onExpiry），但没有办理期限，请设置 banshi:deadline。",
        )
    try:
        expiry_of(told)
    except Unreadable as fault:
        yield _problem(node.id, "expiry", f"任务{called(node)}：{fault}。")


def _stopping(node: Node) -> Iterator[Problem]:
    value = node.properties.get("banshi:stopsClock", "").strip()
    if not value:
        return
    if value not in STOPS_CLOCK:
        yield _problem(
            node.id,
            "stops-clock",
            f"{called(node)}的中止计时（banshi:stopsClock）“{value}”不存在，"
            f"请从 {'、'.join(STOPS_CLOCK)} 中选择。",
        )
    if node.type not in _STAYING:
        yield _problem(
            node.id,
            "stops-clock",
            f"{called(node)}不会停留，不能设置中止计时（banshi:stopsClock），请设在任务或等待的事件上。",
        )


def _statutory(node: Node) -> Iterator[Problem]:
    value = node.properties.get("banshi:statutory", "").strip()
    if not value:
        return
    timed = node.event is not None and any(d.timer is not None for d in node.event.definitions)
    if value not in {"true", "false"} or not timed:
        yield _problem(
            node.id,
            "statutory",
            f"{called(node)}的法定期限标记（banshi:statutory）只能设在定时事件上，值为 true 或 false。",
        )


def _deduplication(told: Mapping[str, str], element_id: str, what: str) -> Iterator[Problem]:
    value = told.get("banshi:deduplicate", "").strip()
    if value and value not in _DEDUPLICATE:
        yield _problem(
            element_id,
            "deduplicate",
            f"{what}的自动去重（banshi:deduplicate）“{value}”不存在，"
            f"请从 {'、'.join(_DEDUPLICATE)} 中选择。",
        )


def _unit_message(what: str, unit: str) -> str:
    return f"{what}单位“{unit}”不存在，请从 {'、'.join(_UNITS)} 中选择。"


def _problem(
    element_id: str, rule: str, message: str, severity: Severity = Severity.ERROR
) -> Problem:
    return Problem(severity=severity, element_id=element_id, rule=rule, message=message)
