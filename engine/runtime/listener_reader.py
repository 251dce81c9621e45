"""Listeners as Camunda 8 draws them (``zeebe:executionListeners``, ``zeebe:taskListeners``)."""

from __future__ import annotations

from engine.runtime.definition import Listener, Listeners
from engine.runtime.expressions import Value
from engine.runtime.extensions import headers, headers_in, properties
from engine.runtime.markup import ZEEBE, Element, child, children, extension, local
from engine.runtime.reading import Reading, label

_EXECUTION = frozenset({"start", "end"})
_TASK = frozenset({"creating", "assigning", "updating", "completing", "canceling"})
_WORDS = {"executionListener": "执行监听器", "taskListener": "任务监听器"}


def listeners(reading: Reading, element: Element) -> Listeners:
    """The listeners of a flow node or process, by event; what cannot be done is refused."""
    found: dict[str, tuple[Listener, ...]] = {}
    for holder, item_name, events in (
        ("executionListeners", "executionListener", _EXECUTION),
        ("taskListeners", "taskListener", _TASK),
    ):
        items = extension(element, holder)
        if items is None:
            continue
        for item in children(items, item_name, ZEEBE):
            event = (item.get("eventType") or "").strip()
            reason = _impossible(element, item_name, event, events)
            if reason:
                reading.refuse(
                    element, "listener", f"{label(element)}的{_WORDS[item_name]}{reason}"
                )
                continue
            read = _listener(reading, element, item, _WORDS[item_name])
            if read is None:
                continue
            if any(read.type.text == other.type.text for other in found.get(event, ())):
                reading.refuse(
                    element,
                    "listener-duplicate",
                    f"{label(element)}有两个 {event} 监听器的任务类型都是“{read.type.text}”，请删除一个或改名。",
                )
                continue
            found[event] = (*found.get(event, ()), read)
    return found


def _impossible(element: Element, item_name: str, event: str, events: frozenset[str]) -> str:
    """Why there cannot be such a listener here; "" where there can."""
    if event not in events:
        shown = "、".join(sorted(events, reverse=True))
        return f"的时机“{event}”不受支持，请改为 {shown} 之一。"
    kind = local(element) or ""
    if item_name == "taskListener":
        if kind != "userTask":
            return "只能设在用户任务上，请改用执行监听器。"
        if event == "completing" and "banshi:completionRule" in properties(element):
            return "不能与多人表决（banshi:completionRule）并用，请改用 end 执行监听器。"
        return ""
    if event == "start" and kind in {"startEvent", "boundaryEvent"}:
        return "的时机不能是 start：事件到来时才开始。请改为 end，或设在流程、所附活动上。"
    if event == "end" and kind.endswith("Gateway"):
        return "的时机不能是 end：网关之后即是下一环节。请设为下一环节的 start。"
    drawn = {local(e) for e in element}
    if event == "end" and drawn & {"errorEventDefinition", "cancelEventDefinition"}:
        return (
            "的时机不能是 end：抛出后即离开。请设在捕获它的事件上。" if kind == "endEvent" else ""
        )
    if kind == "boundaryEvent" and "compensateEventDefinition" in drawn:
        return "不能设在补偿边界事件上，请设在补偿活动上。"
    return ""


def _listener(reading: Reading, element: Element, item: Element, what: str) -> Listener | None:
    identifier = element.get("id") or ""
    name = f"{label(element)}的{what}"
    text = item.get("type")
    kind = reading.compiler.value(identifier, text, f"{name}任务类型")
    if kind is None:
        if not (text or "").strip():
            reading.refuse(element, "listener", f"{name}没有任务类型（type），请填写。")
        return None
    retries = reading.compiler.value(identifier, item.get("retries"), f"{name}重试次数")
    own = headers_in(child(item, "taskHeaders", ZEEBE))
    return Listener(type=kind, retries=retries or Value(text="3"), headers=headers(element) | own)
