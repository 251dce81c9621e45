"""Event definitions: what an event catches or throws (BPMN 2.0.2 §10.5)."""

from __future__ import annotations

from engine.runtime.definition import Event, EventDefinition, Timer
from engine.runtime.expressions import Value
from engine.runtime.markup import (
    Element,
    child,
    extension,
    flag,
    local,
    reference,
    text_of,
)
from engine.runtime.reading import Reading, label

_SUFFIX = "EventDefinition"

#: Which definitions each place of an event takes (BPMN 2.0.2 table 10.93).
_ALLOWED = {
    "startEvent": {"message", "timer", "signal", "conditional"},
    "eventSubProcessStart": {
        "message", "timer", "signal", "conditional", "error", "escalation", "compensation",
    },
    "intermediateCatchEvent": {"message", "timer", "signal", "conditional", "link"},
    "intermediateThrowEvent": {"message", "signal", "escalation", "compensation", "link"},
    "endEvent": {
        "message", "signal", "error", "escalation", "compensation", "terminate", "cancel",
    },
    "boundaryEvent": {
        "message", "timer", "signal", "conditional", "error", "escalation", "compensation",
        "cancel",
    },
}  # fmt: skip

_THROWS = {"intermediateThrowEvent", "endEvent"}


def event(reading: Reading, element: Element, place: str) -> Event:
    """Read the event definitions of an event; ``place`` is a key of the table above."""
    definitions: list[EventDefinition] = []
    for item in element:
        name = local(item)
        if name == "eventDefinitionRef":
            target = reading.references.get(reference(text_of(item)) or "")
            if target is None:
                reading.refuse(
                    element,
                    "event-reference",
                    f"{label(element)}引用的事件定义“{text_of(item)}”不存在，请重新设置事件。",
                )
                continue
            item, name = target, local(target)  # noqa: PLW2901
        if name is None or not name.endswith(_SUFFIX):
            continue
        kind = _kind(name)
        if kind == "compensate":
            kind = "compensation"
        if kind not in _ALLOWED[place]:
            reading.refuse(
                element, "event-place", f"{label(element)}不能使用 {name}，请改用别的事件类型。"
            )
            continue
        found = _definition(reading, element, item, kind, place)
        if found is not None:
            definitions.append(found)
    return Event(
        definitions=tuple(definitions),
        parallel=len(definitions) > 1 and flag(element, "parallelMultiple", False),
        interrupting=flag(element, "cancelActivity", True)
        if place == "boundaryEvent"
        else flag(element, "isInterrupting", True),
        attached_to=reference(element.get("attachedToRef")),
    )


def thrown(reading: Reading, element: Element, item: Element, kind: str) -> EventDefinition | None:
    """An event definition that an element throws, which is no event itself."""
    return _definition(reading, element, item, kind, "intermediateThrowEvent")


def message_of(reading: Reading, element: Element, holder: Element, catches: bool) -> Event | None:
    """The message of a send or receive task; None where it names none."""
    found = _message(reading, element, holder, element.get("id") or "", catches)
    return None if found is None else Event(definitions=(found,))


def _kind(name: str) -> str:
    return name[: -len(_SUFFIX)]


def _definition(
    reading: Reading, element: Element, item: Element, kind: str, place: str
) -> EventDefinition | None:
    identifier = item.get("id") or f"{element.get('id')}-{kind}"
    match kind:
        case "message":
            catches = place not in _THROWS
            needs_key = place != "startEvent"
            return _message(reading, element, item, identifier, catches and needs_key)
        case "signal":
            return _signal(reading, element, item, identifier)
        case "timer":
            return _timer(reading, element, item, identifier, place)
        case "error" | "escalation":
            return _coded(reading, element, item, identifier, kind, place)
        case "conditional":
            return _conditional(reading, element, item, identifier)
        case "link":
            return _link(reading, element, item, identifier)
        case _:
            if not flag(item, "waitForCompletion", True):
                reading.refuse(
                    element,
                    "compensation-wait",
                    f"{label(element)}的 waitForCompletion=false 不受支持，补偿总是等到完成。请删除该设置。",
                )
            return EventDefinition(
                kind=kind, id=identifier, activity=reference(item.get("activityRef"))
            )


def _message(
    reading: Reading, element: Element, holder: Element, identifier: str, needs_key: bool
) -> EventDefinition | None:
    target = reading.references.get(reference(holder.get("messageRef")) or "")
    if target is None:
        if extension(element, "taskDefinition") is None:
            reading.refuse(
                element, "message-missing", f"{label(element)}没有指明消息，请选择或新建一个消息。"
            )
            return None
        return EventDefinition(kind="message", id=identifier)
    what = f"{label(element)}的消息"
    name = reading.compiler.value(element.get("id") or "", target.get("name"), what + "名称")
    if name is None:
        if not (target.get("name") or "").strip():
            reading.refuse(element, "message-name", f"{what}没有名称，请填写消息名称。")
        return None
    subscription = extension(target, "subscription")
    text = None if subscription is None else subscription.get("correlationKey")
    key = reading.compiler.value(element.get("id") or "", text, what + "关联键")
    if key is None and needs_key and not (text or "").strip():
        reading.refuse(
            element,
            "message-correlation",
            f"{what}“{name.text}”没有关联键（correlationKey），无法知道消息属于哪一件。请填写，例如 =caseNumber。",
        )
        return None
    return EventDefinition(kind="message", id=identifier, name=name, correlation_key=key)


def _signal(
    reading: Reading, element: Element, item: Element, identifier: str
) -> EventDefinition | None:
    target = reading.references.get(reference(item.get("signalRef")) or "")
    text = None if target is None else target.get("name")
    name = reading.compiler.value(element.get("id") or "", text, f"{label(element)}的信号名称")
    if name is None:
        if not (text or "").strip():
            reading.refuse(
                element, "signal-missing", f"{label(element)}没有指明信号，请选择或新建一个信号。"
            )
        return None
    return EventDefinition(kind="signal", id=identifier, name=name)


def _timer(
    reading: Reading, element: Element, item: Element, identifier: str, place: str
) -> EventDefinition | None:
    kinds = (("date", "timeDate"), ("duration", "timeDuration"), ("cycle", "timeCycle"))
    if sum(child(item, name) is not None for _, name in kinds) > 1:
        reading.refuse(
            element,
            "timer-ambiguous",
            f"{label(element)}同时设了几种时间，无法确定用哪一个。请只保留时长、日期、循环之一。",
        )
        return None
    for kind, name in kinds:
        holder = child(item, name)
        if holder is None:
            continue
        value = reading.compiler.value(
            element.get("id") or "", text_of(holder), f"{label(element)}的定时"
        )
        if value is None and text_of(holder):
            return None
        if value is None:
            break
        if kind == "cycle" and (place == "intermediateCatchEvent"):
            reading.refuse(
                element,
                "timer-cycle",
                f"{label(element)}是中间事件，不能循环定时，请改用时长或日期。",
            )
            return None
        problem = None if value.formula else _static_timer(kind, value.text)
        if problem:
            reading.refuse(
                element, "timer-syntax", f"{label(element)}的定时“{value.text}”{problem}"
            )
            return None
        return EventDefinition(kind="timer", id=identifier, timer=Timer(kind=kind, value=value))
    reading.refuse(
        element,
        "timer-missing",
        f"{label(element)}没有设定时间，请填写时长（如 PT24H）、日期或循环（如 R3/P1D）。",
    )
    return None


def _static_timer(kind: str, text: str) -> str | None:
    from engine.runtime.timers import static_problem  # noqa: PLC0415 - timers know definitions

    return static_problem(kind, text)


def _coded(
    reading: Reading, element: Element, item: Element, identifier: str, kind: str, place: str
) -> EventDefinition | None:
    named = reference(item.get(f"{kind}Ref"))
    target = reading.references.get(named or "")
    if named and (target is None or local(target) != kind):
        reading.refuse(
            element,
            "reference-missing",
            f"{label(element)}引用的{'错误' if kind == 'error' else '升级'}“{named}”不存在，请重新选择。",
        )
        return None
    attribute = "errorCode" if kind == "error" else "escalationCode"
    what = "错误" if kind == "error" else "升级"
    text = None if target is None else target.get(attribute)
    code = reading.compiler.value(element.get("id") or "", text, f"{label(element)}的{what}代码")
    if code is None and place in _THROWS:
        if not (text or "").strip():
            reading.refuse(
                element, f"{kind}-code", f"{label(element)}抛出的{what}没有代码，请填写{what}代码。"
            )
        return None
    return EventDefinition(kind=kind, id=identifier, code=code)


def _conditional(
    reading: Reading, element: Element, item: Element, identifier: str
) -> EventDefinition | None:
    text = text_of(child(item, "condition"))
    if not text:
        reading.refuse(
            element,
            "condition-missing",
            f"{label(element)}没有条件表达式，请填写，例如 =score >= 60。",
        )
        return None
    formula = reading.compiler.formula(element.get("id") or "", text, f"{label(element)}的条件")
    if formula is None:
        return None
    holder = extension(item, "conditionalFilter")
    names = "" if holder is None else holder.get("variableNames") or ""
    return EventDefinition(
        kind="conditional",
        id=identifier,
        condition=formula,
        variable_names=frozenset(n.strip() for n in names.split(",") if n.strip()),
    )


def _link(
    reading: Reading, element: Element, item: Element, identifier: str
) -> EventDefinition | None:
    name = (item.get("name") or "").strip()
    if not name:
        reading.refuse(element, "link-name", f"{label(element)}没有链接名称，请填写。")
        return None
    return EventDefinition(kind="link", id=identifier, name=Value(text=name))
