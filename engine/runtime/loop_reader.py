"""How often an activity is done: loops and multi-instances (BPMN 2.0.2 §10.3.7)."""

from __future__ import annotations

from engine.runtime import event_reader, extensions
from engine.runtime.definition import EventDefinition, MultiInstance, StandardLoop
from engine.runtime.expressions import Formula
from engine.runtime.markup import (
    Element,
    child,
    children,
    extension,
    flag,
    local,
    reference,
    text_of,
)
from engine.runtime.reading import Reading, label


def loop(reading: Reading, element: Element) -> MultiInstance | StandardLoop | None:
    """The loop or multi-instance of an activity, if it has one."""
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
    if collection and cardinality:
        reading.refuse(
            element,
            "loop-ambiguous",
            f"{name}既按集合又按次数（loopCardinality）重复，请只保留一种。",
        )
    if bool(results) != bool(output):
        reading.refuse(
            element,
            "loop-output",
            f"{name}的输出集合与输出元素只填了一个，请同时填写，或同时留空。",
        )
    for text, what in (
        (get("inputElement") or data.get("inputDataItem"), "输入元素"),
        (results, "输出集合"),
    ):
        extensions.variable_name(reading, element, text or "", what)
    behavior = item.get("behavior", "All")
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
        throws=_behavior(reading, element, item, behavior),
        first_only=behavior == "One",
    )


def _behavior(
    reading: Reading, element: Element, item: Element, behavior: str
) -> tuple[tuple[Formula | None, EventDefinition], ...]:
    """What is thrown as instances complete (§10.3.7): for None and One a definition of the file,
    for Complex those whose condition holds."""
    name = label(element)
    if behavior in {"None", "One"}:
        attribute = "noneBehaviorEventRef" if behavior == "None" else "oneBehaviorEventRef"
        target = reading.references.get(reference(item.get(attribute)) or "")
        found = None if target is None else _thrown(reading, element, target)
        if target is None:
            reading.refuse(
                element,
                "loop-behavior",
                f"{name}的多实例 behavior=“{behavior}”没有指明抛出的事件（{attribute}），请指定一个信号、消息或升级事件定义。",
            )
        return () if found is None else ((None, found),)
    throws: list[tuple[Formula | None, EventDefinition]] = []
    for part in children(item, "complexBehaviorDefinition") if behavior == "Complex" else ():
        text = text_of(child(part, "condition"))
        condition = reading.compiler.formula(element.get("id") or "", text, f"{name}的复杂行为条件")
        holder = child(part, "event")
        definitions = [] if holder is None else [e for e in holder if local(e)]
        thrown = [_thrown(reading, element, e) for e in definitions]
        if condition is not None:
            throws.extend((condition, found) for found in thrown if found is not None)
    if behavior == "Complex" and not throws:
        reading.refuse(
            element,
            "loop-behavior",
            f"{name}的多实例 behavior=“Complex”没有可用的条件和事件（complexBehaviorDefinition），请补全。",
        )
    return tuple(throws)


def _thrown(reading: Reading, element: Element, item: Element) -> EventDefinition | None:
    kind = (local(item) or "").removesuffix("EventDefinition")
    if kind not in {"signal", "message", "escalation"}:
        reading.refuse(
            element,
            "loop-behavior",
            f"{label(element)}的多实例只能抛出信号、消息或升级事件，请修改 {local(item)}。",
        )
        return None
    return event_reader.thrown(reading, element, item, kind)


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
