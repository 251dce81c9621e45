"""What the BPMN meta-model of bpmn.io says of a file: the one place that knows ``bpmn-io``.

``bpmn-io`` is a port of bpmn-moddle (the meta-model behind bpmn.js and Camunda Modeler) and of
bpmnlint. It knows every element and attribute of BPMN 2.0, so it finds what is misspelt and would
be passed over. Of its rules those are taken that speak of execution or hold for every house style.
A linter of it remembers what it saw, so each file gets a new one.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from bpmn_io import BpmnModdle
from bpmn_io.lint import Linter
from bpmn_io.lint.resolver.node_resolver import NodeResolver

from engine.model.problems import Problem, Severity

#: Larger files are not looked at: its rules compare elements pair by pair.
LARGEST = 500_000

#: Prefixes of the drawing, which says nothing about execution.
_DRAWING = ("di:", "dc:", "bpmndi:")

_TAG = re.compile(r"unparsable content <([^>]*)>")
_LINE = re.compile(r"line: (\d+)")

#: Rule of bpmnlint → (ours, what is said).
_RULES = {
    "no-duplicate-sequence-flows": (
        "flow-duplicate",
        "与另一条连线的起点、终点和条件都相同，会产生两个令牌，后面的环节会办两次。请删除一条。",
    ),
    "global": ("reference-unused", "没有名称，或没有任何事件使用它。请补上名称，或删除。"),
    "superfluous-gateway": ("gateway-superfluous", "只有一进一出，不起作用。请删除这个网关。"),
    "no-gateway-join-fork": (
        "gateway-join-fork",
        "既汇聚又分支，读图的人容易误解。请拆成两个网关。",
    ),
    "no-overlapping-elements": (
        "elements-overlap",
        "在图上与别的元素重叠或伸出了边界，看不清楚。请移开。",
    ),
}

_log = logging.getLogger(__name__)


def check(xml: bytes | str) -> Iterator[Problem]:
    """Warnings only: what is wrong is refused by our own reader."""
    text = xml.decode("utf-8", "replace") if isinstance(xml, bytes) else xml
    if len(text) > LARGEST:
        return
    try:
        read = BpmnModdle().from_xml(text)
        found = [*_unknown(read.warnings), *_reported(read.root_element)]
    except Exception:  # noqa: BLE001 - a guest in this house: its faults must not stop a deployment
        _log.warning("bpmn-io could not look at a diagram", exc_info=True)
        return
    yield from found


def _unknown(warnings: list[Any]) -> Iterator[Problem]:
    """Attributes and elements that BPMN does not have."""
    for warning in warnings:
        if warning.message.startswith("unknown attribute") and ":" not in str(warning.property):
            yield _attribute(warning)
        elif "unknown type" in warning.message or "unrecognized element" in warning.message:
            tag, line = _TAG.search(warning.message), _LINE.search(warning.message)
            name = tag[1] if tag else ""
            if name.startswith(_DRAWING):
                continue
            yield Problem(
                severity=Severity.WARNING,
                rule="markup-unknown",
                message=f"元素“{name}”不是 BPMN 在此处的元素，不会生效。请检查拼写和位置。",
                line=int(line[1]) + 1 if line else None,
            )


def _attribute(warning: Any) -> Problem:
    element, name = warning.element, str(warning.property)
    known = [p.name for p in element.descriptor_.properties if p.is_attr]
    near = next(iter(get_close_matches(name, known, n=1, cutoff=0.75)), None)
    identifier = element.get("id")
    owner = identifier if isinstance(identifier, str) else ""
    hint = f"是不是“{near}”？请改正。" if near else "请检查拼写，或删除。"
    return Problem(
        severity=Severity.WARNING,
        element_id=owner,
        rule="attribute-unknown",
        message=f"“{owner}”的属性“{name}”不是 BPMN 的属性，不会生效。{hint}",
    )


def _reported(root: Any) -> Iterator[Problem]:
    if not root.get("rootElements"):
        return  # its rules take for granted that there are some
    rules = dict.fromkeys(_RULES, "warn")
    linter = Linter({"resolver": NodeResolver(), "config": {"rules": rules}})
    for name, reports in linter.lint(root).items():
        rule, said = _RULES[name]
        told: set[str] = set()
        for report in reports:
            owner = str(report.get("id") or "")
            if report["category"] != "warn" or owner in told:
                continue
            if rule == "flow-duplicate" and "SequenceFlow" not in report["message"]:
                continue  # the same once more, for the flow's two ends
            told.add(owner)
            yield Problem(
                severity=Severity.WARNING,
                element_id=owner,
                rule=rule,
                message=f"“{owner}”{said}",
            )
