"""One flow node: task, gateway, event, subprocess or call activity (BPMN 2.0.2 §10)."""

from __future__ import annotations

from typing import Any

from engine.model.effects import Lane
from engine.runtime import event_reader, extensions, listener_reader, loop_reader, placement
from engine.runtime.definition import SUBPROCESSES, AdHoc, Node
from engine.runtime.markup import (
    Element,
    child,
    extension,
    flag,
    local,
    text_of,
)
from engine.runtime.reading import Reading, label

TASKS = frozenset(
    {
        "task", "userTask", "manualTask", "scriptTask", "serviceTask", "sendTask", "receiveTask",
        "businessRuleTask",
    }
)  # fmt: skip
ACTIVITIES = TASKS | SUBPROCESSES | {"callActivity"}
GATEWAYS = frozenset(
    {
        "exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway",
        "complexGateway",
    }
)  # fmt: skip
EVENTS = frozenset(
    {
        "startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent",
        "boundaryEvent",
    }
)  # fmt: skip
FLOW_NODES = ACTIVITIES | GATEWAYS | EVENTS


def node(
    reading: Reading, element: Element, *, scope: str, lane: Lane | None, triggered: bool
) -> Node:
    """Read a flow node, without its flows and boundary events.

    ``scope``: the id of the subprocess it lies in ("" the process); ``triggered``: that is an
    event subprocess.
    """
    kind = local(element) or ""
    extensions.check(reading, element)
    placement.check(reading, element)
    _refuse_parts(reading, element)
    parts: dict[str, Any] = {}
    if kind in EVENTS:
        place = "eventSubProcessStart" if kind == "startEvent" and triggered else kind
        parts["event"] = event_reader.event(reading, element, place)
        if kind in {"intermediateThrowEvent", "endEvent"}:
            parts["job"] = extensions.job(reading, element)
    elif kind in ACTIVITIES:
        parts |= _activity(reading, element, kind)
    elif kind == "complexGateway":
        condition = child(element, "activationCondition")
        if condition is not None:
            parts["activation"] = reading.compiler.formula(
                element.get("id") or "", text_of(condition), f"{label(element)}的激活条件"
            )
    elif kind == "eventBasedGateway":
        parts["exclusive_events"] = element.get("eventGatewayType", "Exclusive") != "Parallel"
        parts["instantiate"] = flag(element, "instantiate", False)
    return Node(
        id=element.get("id") or "",
        name=(element.get("name") or "").strip(),
        type=kind,
        scope=scope,
        lane=lane,
        documentation=text_of(child(element, "documentation")),
        default=element.get("default"),
        properties=extensions.properties(element),
        headers=extensions.headers(element),
        listeners=listener_reader.listeners(reading, element),
        inputs=extensions.mappings(reading, element, "input"),
        outputs=extensions.mappings(reading, element, "output"),
        **parts,
    )


#: Parts of an activity that would change what it does, and how to say the same here.
_UNREAD = {
    "potentialOwner": "资源指派（potentialOwner），请改用办理人、候选组或泳道",
    "humanPerformer": "资源指派（humanPerformer），请改用办理人、候选组或泳道",
    "performer": "资源指派（performer），请改用办理人、候选组或泳道",
    "resourceRole": "资源指派（resourceRole），请改用办理人、候选组或泳道",
    "rendering": "表单呈现（rendering），请改用表单编号",
}


def _refuse_parts(reading: Reading, element: Element) -> None:
    """Refuse what the standard executes and this engine would pass over."""
    for item in element:
        name = local(item) or ""
        if name in _UNREAD:
            reading.refuse(element, "part-unread", f"{label(element)}含有{_UNREAD[name]}。")
        elif name in {"dataInputAssociation", "dataOutputAssociation"} and any(
            child(item, part) is not None for part in ("transformation", "assignment")
        ):
            reading.refuse(
                element,
                "data-association",
                f"{label(element)}的数据关联含有转换或赋值，不会执行。请改用输入、输出映射（zeebe:ioMapping）。",
            )


def _activity(reading: Reading, element: Element, kind: str) -> dict[str, Any]:
    parts: dict[str, Any] = {
        "loop": loop_reader.loop(reading, element),
        "compensates": flag(element, "isForCompensation", False),
        "start_quantity": _quantity(reading, element, "startQuantity"),
        "completion_quantity": _quantity(reading, element, "completionQuantity"),
    }
    match kind:
        case "userTask":
            parts["user_task"] = extensions.user_task(reading, element)
        case "serviceTask" | "scriptTask" | "businessRuleTask" | "sendTask":
            parts |= _automatic(reading, element, kind)
        case "receiveTask":
            parts["event"] = event_reader.message_of(reading, element, element, True)
            parts["instantiate"] = flag(element, "instantiate", False)
        case "callActivity":
            parts["call"] = extensions.called_element(reading, element)
        case "subProcess" | "transaction":
            parts["triggered"] = flag(element, "triggeredByEvent", False)
        case "adHocSubProcess":
            parts["ad_hoc"] = _ad_hoc(reading, element)
        case _:
            pass
    return parts


def _automatic(reading: Reading, element: Element, kind: str) -> dict[str, Any]:
    """A task that a job, FEEL or a decision does."""
    parts: dict[str, Any] = {"job": extensions.job(reading, element)}
    if kind == "scriptTask":
        parts["script"] = extensions.script(reading, element)
        if child(element, "script") is not None:
            reading.refuse(
                element,
                "script-language",
                f"{label(element)}含有 bpmn:script 脚本，本系统只执行 FEEL 表达式。请删除并改用 FEEL 表达式。",
            )
    elif kind == "businessRuleTask":
        parts["decision"] = extensions.called_decision(reading, element)
    elif kind == "sendTask" and parts["job"] is None:
        parts["event"] = event_reader.message_of(reading, element, element, False)
        return parts
    declared = any(
        extension(element, name) is not None
        for name in ("taskDefinition", "script", "calledDecision")
    )
    if not declared:
        wanted = {
            "serviceTask": "任务类型（zeebe:taskDefinition）",
            "scriptTask": "FEEL 表达式和结果变量（zeebe:script），或任务类型",
            "businessRuleTask": "决策编号（zeebe:calledDecision），或任务类型",
        }.get(kind)
        if wanted:
            reading.refuse(
                element, "implementation", f"{label(element)}没有说明如何执行，请填写{wanted}。"
            )
    return parts


def _quantity(reading: Reading, element: Element, name: str) -> int:
    text = element.get(name)
    if text is None:
        return 1
    if not text.isdigit() or not 1 <= int(text) <= 1000:
        reading.refuse(
            element, "quantity", f"{label(element)}的 {name} 应为 1 到 1000 的整数，请修改。"
        )
        return 1
    return int(text)


def _ad_hoc(reading: Reading, element: Element) -> AdHoc:
    condition = text_of(child(element, "completionCondition"))
    zeebe = extension(element, "adHoc")
    active = None if zeebe is None else zeebe.get("activeElementsCollection")
    if extension(element, "taskDefinition") is not None or (
        zeebe is not None and zeebe.get("outputCollection")
    ):
        reading.refuse(
            element,
            "ad-hoc-job",
            f"即席子流程{label(element)}的任务类型或输出集合不受支持，请删除，改用完成条件。",
        )
    identifier, name = element.get("id") or "", label(element)
    return AdHoc(
        sequential=element.get("ordering", "Parallel") == "Sequential",
        completion_condition=reading.compiler.formula(identifier, condition, f"{name}的完成条件")
        if condition
        else None,
        cancel_remaining=flag(element, "cancelRemainingInstances", True),
        active_elements=reading.compiler.formula(identifier, active, f"{name}的启用元素")
        if active
        else None,
    )
