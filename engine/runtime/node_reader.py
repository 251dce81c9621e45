"""One flow node: task, gateway, event, subprocess or call activity (BPMN 2.0.2 §10)."""

from __future__ import annotations

from typing import Any

from engine.model.effects import Lane
from engine.runtime import event_reader, extensions, listener_reader, placement
from engine.runtime.definition import SUBPROCESSES, AdHoc, MultiInstance, Node, StandardLoop
from engine.runtime.markup import Element, child, extension, flag, local, reference, text_of
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
        "loop": _loop(reading, element),
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


def _loop(reading: Reading, element: Element) -> MultiInstance | StandardLoop | None:
    standard = child(element, "standardLoopCharacteristics")
    if standard is not None and child(element, "multiInstanceLoopCharacteristics") is not None:
        reading.refuse(element, "loop-twice", f"{label(element)}既是循环又是多实例，请只保留一种。")
    if standard is not None:
        return _standard_loop(reading, element, standard)
    item = child(element, "multiInstanceLoopCharacteristics")
    if item is None:
        return None
    identifier, name = element.get("id") or "", label(element)
    compiler = reading.compiler
    zeebe = extension(item, "loopCharacteristics")

    def get(attribute: str) -> str | None:
        text = None if zeebe is None else zeebe.get(attribute)
        return (text or "").strip() or None

    data = _loop_data(item)
    collection = get("inputCollection") or data.get("loopDataInputRef")
    output = get("outputElement") or data.get("outputDataItem")
    results = get("outputCollection") or data.get("loopDataOutputRef")
    cardinality = text_of(child(item, "loopCardinality"))
    condition = text_of(child(item, "completionCondition"))
    if not collection and not cardinality:
        reading.refuse(
            element,
            "loop-collection",
            f"{name}是多实例，但没有输入集合（inputCollection），请填写，例如 =experts。",
        )
    if bool(results) != bool(output):
        reading.refuse(
            element,
            "loop-output",
            f"{name}的输出集合与输出元素只填了一个，请同时填写，或同时留空。",
        )
    behavior = item.get("behavior", "All")
    if behavior != "All" or child(item, "complexBehaviorDefinition") is not None:
        reading.refuse(
            element,
            "loop-behavior",
            f"{name}的多实例 behavior=“{behavior}”不受支持，请删除，改用完成条件（completionCondition）。",
        )
    return MultiInstance(
        sequential=flag(item, "isSequential", False),
        collection=compiler.formula(identifier, collection, f"{name}的输入集合")
        if collection
        else None,
        cardinality=compiler.formula(identifier, cardinality, f"{name}的循环次数")
        if cardinality and not collection
        else None,
        input_element=get("inputElement") or data.get("inputDataItem"),
        output_collection=results,
        output_element=compiler.formula(identifier, output, f"{name}的输出元素")
        if output
        else None,
        completion_condition=compiler.formula(identifier, condition, f"{name}的完成条件")
        if condition
        else None,
    )


def _loop_data(item: Element) -> dict[str, str]:
    """The standard's own way to name collection and item (§10.3.7): variables of those names."""
    found = {}
    for part in ("loopDataInputRef", "loopDataOutputRef"):
        named = reference(text_of(child(item, part)))
        if named:
            drawn = (e for e in item.getroottree().iter() if e.get("id") == named)
            found[part] = next((e.get("name") for e in drawn), None) or named
    for part in ("inputDataItem", "outputDataItem"):
        data = child(item, part)
        if data is not None:
            found[part] = data.get("name") or data.get("id") or ""
    return {part: name for part, name in found.items() if name}


def _standard_loop(reading: Reading, element: Element, item: Element) -> StandardLoop:
    text = text_of(child(item, "loopCondition"))
    maximum = item.get("loopMaximum")
    if not text and maximum is None:
        reading.refuse(
            element, "loop-condition", f"{label(element)}是循环活动，但没有循环条件，请填写。"
        )
    if maximum is not None and not (maximum.isdigit() and int(maximum) > 0):
        reading.refuse(
            element,
            "loop-maximum",
            f"{label(element)}的循环上限 loopMaximum 应为正整数，实际为“{maximum}”，请修改。",
        )
    return StandardLoop(
        condition=reading.compiler.formula(
            element.get("id") or "", text, f"{label(element)}的循环条件"
        )
        if text
        else None,
        test_before=flag(item, "testBefore", False),
        maximum=int(maximum) if maximum and maximum.isdigit() else None,
    )


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
