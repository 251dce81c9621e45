"""Pools, and the messages drawn between them (BPMN 2.0.2 §9).

They are drawn for readers: a case moves by its own process. What contradicts the standard is
refused all the same, since a reader would believe it.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.runtime.markup import Element, child, local, reference
from engine.runtime.node_reader import ACTIVITIES
from engine.runtime.reading import Reading, label

_SENDING = frozenset({"intermediateThrowEvent", "endEvent"})
_RECEIVING = frozenset({"startEvent", "intermediateCatchEvent", "boundaryEvent"})
_ANY = ACTIVITIES | {"participant"}


def check(reading: Reading, elements: list[Element], known: Mapping[str, Element]) -> None:
    """Report pools, operations (§8.4.3) and message flows that the standard does not allow."""
    for element in elements:
        name = local(element)
        if name == "messageFlow":
            _message_flow(reading, element, known)
        elif name == "participantMultiplicity":
            _multiplicity(reading, element)
        elif name == "operation" and child(element, "inMessageRef") is None:
            reading.refuse(
                element,
                "operation-message",
                f"操作{label(element)}没有输入消息（inMessageRef），请补上，或删除该操作。",
            )


def _message_flow(reading: Reading, flow: Element, known: Mapping[str, Element]) -> None:
    """Messages go from pool to pool, out of what sends and into what receives (§7.5.2, §9.4)."""
    source, target = (
        known.get(reference(flow.get(end)) or "") for end in ("sourceRef", "targetRef")
    )
    pools = [None if end is None else _pool(end) for end in (source, target)]
    if source is not None and (source is target or (pools[0] is not None and pools[0] == pools[1])):
        reading.refuse(
            flow,
            "message-flow-pool",
            f"消息流{label(flow)}的两端在同一个池里，请改用连线，或连到另一个池。",
        )
    for end, events, verb in ((source, _SENDING, "发出"), (target, _RECEIVING, "接收")):
        if end is None or local(end) in _ANY:
            continue
        if local(end) not in events:
            fault = f"{label(end)}（{local(end)}）不能{verb}消息"
        elif not _speaks(end):
            fault = f"事件{label(end)}不是消息事件，不会{verb}消息"
        else:
            continue
        reading.refuse(
            flow,
            "message-flow-end",
            f"消息流{label(flow)}的{'起点' if end is source else '终点'}有误：{fault}。"
            "请连到任务、子流程、消息事件或整个池，或删除消息流。",
        )


def _speaks(event: Element) -> bool:
    """Whether a message is among what the event waits for or throws."""
    return any(local(part) in {"messageEventDefinition", "eventDefinitionRef"} for part in event)


def _pool(element: Element) -> str | None:
    """The process that an element belongs to, or that a pool shows."""
    if local(element) == "participant":
        return reference(element.get("processRef"))
    at: Element | None = element
    while at is not None and local(at) != "process":
        at = at.getparent()
    return None if at is None else at.get("id")


def _multiplicity(reading: Reading, element: Element) -> None:
    """§9.3: the maximum is one at least, and no less than the minimum."""
    owner = element.getparent()
    where = element if owner is None else owner
    texts = [element.get("minimum", "0"), element.get("maximum", "1")]
    least, most = (int(text) if text.strip().isdecimal() else -1 for text in texts)
    if least < 0 or most < max(1, least):
        reading.refuse(
            where,
            "participant-multiplicity",
            f"池{label(where)}的数量范围“{texts[0]}–{texts[1]}”无效：最多数至少为 1，且不得小于最少数。请修改。",
        )
