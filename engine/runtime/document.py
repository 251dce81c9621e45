"""What a file as a whole must keep: ids that are used once, references that lead somewhere.

Each process is read for itself (``reader``); this looks across them, and at what stands around
them: collaboration, lanes, artifacts, and what other vendors have left in the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from engine.model.problems import Problem, Severity
from engine.runtime import collaboration, data_flow, directions
from engine.runtime.definition import SUBPROCESSES
from engine.runtime.markup import BPMN, CAMUNDA7, ZEEBE, Element, line_of, local, reference, text_of
from engine.runtime.node_reader import ACTIVITIES, EVENTS, FLOW_NODES
from engine.runtime.reading import Reading, label

_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_ID = re.compile(r"[^\s/:]+")

#: Attributes of XML Schema's type boolean.
_FLAGS = frozenset(
    {
        "isExecutable", "isInterrupting", "cancelActivity", "isForCompensation", "triggeredByEvent",
        "parallelMultiple", "instantiate", "isSequential", "testBefore", "cancelRemainingInstances",
        "isImmediate", "waitForCompletion", "isCollection", "isClosed",
    }
)  # fmt: skip

#: Attributes that take one of a few words (BPMN 2.0.2, XML schemas of §15.3).
_WORDS: Mapping[str, frozenset[str]] = {
    "eventGatewayType": frozenset({"Exclusive", "Parallel"}),
    "ordering": frozenset({"Parallel", "Sequential"}),
    "behavior": frozenset({"None", "One", "All", "Complex"}),
    "gatewayDirection": frozenset({"Unspecified", "Converging", "Diverging", "Mixed"}),
    "associationDirection": frozenset({"None", "One", "Both"}),
    "processType": frozenset({"None", "Public", "Private"}),
    "itemKind": frozenset({"Information", "Physical"}),
}

#: (element, attribute) whose value is the id of another element of the file.
_REFERENCES = frozenset(
    {
        ("messageFlow", "sourceRef"), ("messageFlow", "targetRef"),
        ("association", "sourceRef"), ("association", "targetRef"),
        ("participant", "processRef"),
        ("dataObjectReference", "dataObjectRef"), ("dataStoreReference", "dataStoreRef"),
        ("messageFlow", "messageRef"), ("message", "itemRef"), ("group", "categoryValueRef"),
        ("lane", "partitionElementRef"), ("participant", "partnerEntityRef"),
        ("operation", "implementationRef"), ("serviceTask", "operationRef"),
        ("sendTask", "operationRef"), ("receiveTask", "operationRef"),
        ("correlationPropertyRetrievalExpression", "messageRef"),
        ("correlationPropertyBinding", "correlationPropertyRef"),
        ("correlationSubscription", "correlationKeyRef"),
    }
)  # fmt: skip
_REFERRING = frozenset(
    {
        "incoming", "outgoing", "flowNodeRef", "sourceRef", "targetRef", "dataInputRefs",
        "dataOutputRefs", "optionalInputRefs", "whileExecutingInputRefs", "optionalOutputRefs",
        "whileExecutingOutputRefs", "inputSetRefs", "outputSetRefs", "supports", "inMessageRef",
        "outMessageRef", "errorRef", "interfaceRef", "participantRef", "correlationPropertyRef",
        "resourceRef",
    }
)  # fmt: skip

#: Element → the attributes without which it says nothing (BPMN 2.0.2, XML schemas).
_REQUIRED: Mapping[str, tuple[str, ...]] = {
    "definitions": ("targetNamespace",),
    "sequenceFlow": ("sourceRef", "targetRef"),
    "messageFlow": ("sourceRef", "targetRef"),
    "association": ("sourceRef", "targetRef"),
    "import": ("namespace", "location", "importType"),
    "interface": ("name",),
    "operation": ("name",),
}

_FLOW_NODE = "a flow node"
_CONTAINERS = SUBPROCESSES | {"process"}
#: Part → the elements in which it is read.
_HOMES: Mapping[str, frozenset[str]] = {
    _FLOW_NODE: _CONTAINERS,
    "sequenceFlow": _CONTAINERS,
    "laneSet": _CONTAINERS,
    "lane": frozenset({"laneSet", "childLaneSet"}),
    "flowNodeRef": frozenset({"lane"}),
    "incoming": FLOW_NODES,
    "outgoing": FLOW_NODES,
    "conditionExpression": frozenset({"sequenceFlow"}),
    "activationCondition": frozenset({"complexGateway"}),
    "multiInstanceLoopCharacteristics": ACTIVITIES,
    "standardLoopCharacteristics": ACTIVITIES,
    "eventDefinition": EVENTS | {"definitions", "event"},
}

#: Namespaces whose elements and attributes say nothing about execution.
_SILENT = (
    "http://www.omg.org/spec/",
    "http://camunda.org/schema/modeler/",
    "http://bpmn.io/schema/bpmn",
    _XSI,
    "http://www.w3.org/",
)
#: Whose extension elements of Camunda 7 are told where they are read.
_EXTENDED = FLOW_NODES | {"process"}
#: Attributes of Camunda 7 that change nothing here.
_C7_HARMLESS = frozenset(
    {
        "historyTimeToLive", "versionTag", "isStartableInTasklist", "diagramRelationId",
        "asyncBefore", "asyncAfter", "exclusive", "jobPriority", "modelerTemplate",
        "modelerTemplateVersion", "modelerTemplateIcon",
    }
)  # fmt: skip


def check(reading: Reading, root: Element) -> None:
    """Report what is wrong with the file as a whole."""
    elements = [e for e in root.iter() if local(e)]
    known = _ids(reading, elements)
    imports = any(local(e) == "import" for e in root)
    for element in elements:
        _required(reading, element)
        _values(reading, element)
        _place(reading, element)
        if not imports:
            _references(reading, element, known)
    _flow_ends(reading, elements, known)
    directions.check(reading, elements)
    collaboration.check(reading, elements, known)
    data_flow.check(reading, elements)
    _lanes(reading, elements)
    _vendors(reading, root)
    _language(reading, root)


def _ids(reading: Reading, elements: list[Element]) -> dict[str, Element]:
    known: dict[str, Element] = {}
    for element in elements:
        identifier = element.get("id")
        if not identifier:
            continue
        if identifier in known:
            reading.refuse(
                element,
                "id-duplicate",
                f"编号“{identifier}”用了不止一次（{local(known[identifier])} 与 {local(element)}），"
                "请为每个元素使用不同的编号。",
            )
            continue
        if not _ID.fullmatch(identifier):
            reading.refuse(
                element,
                "id-invalid",
                f"{label(element)}的编号不能含有空格、“/”或“:”，请修改。",
            )
        known[identifier] = element
    return known


def _required(reading: Reading, element: Element) -> None:
    for attribute in _REQUIRED.get(local(element) or "", ()):
        if element.get(attribute) is None:
            reading.refuse(
                element,
                "attribute-missing",
                f"{local(element)} {label(element)}缺少必须有的属性 {attribute}，请用建模器重新连接后导出，或补上。",
            )


def _values(reading: Reading, element: Element) -> None:
    for name, text in _attributes(element):
        if name in _FLAGS and text not in {"true", "false", "1", "0"}:
            wanted = "true 或 false"
        elif name in _WORDS and text not in _WORDS[name]:
            wanted = "、".join(sorted(_WORDS[name])) + " 之一"
        else:
            continue
        where = element if element.get("id") else _around(element)
        reading.refuse(
            where,
            "attribute-value",
            f"{label(where)}的属性 {name} 的值“{text}”无效，请改为 {wanted}。",
        )


def _place(reading: Reading, element: Element) -> None:
    """Refuse a part that stands where nobody reads it."""
    name, parent = local(element) or "", element.getparent()
    kind = "eventDefinition" if name.endswith("EventDefinition") else name
    homes = _HOMES.get(_FLOW_NODE if name in FLOW_NODES else kind)
    around = None if parent is None else local(parent)
    if homes is None or around is None or around in homes:
        return
    where = element if element.get("id") else _around(element)
    reading.refuse(
        where,
        "element-place",
        f"{name} 不能放在 {around} 里（{label(where)}），不会执行。请用建模器移到正确的位置，或删除。",
    )


def _attributes(element: Element) -> list[tuple[str, str]]:
    return [(str(name), str(value).strip()) for name, value in element.attrib.items()]


def _around(element: Element) -> Element:
    """The nearest element around that has an id."""
    parent = element.getparent()
    while parent is not None and not parent.get("id"):
        parent = parent.getparent()
    return element if parent is None else parent


def _references(reading: Reading, element: Element, known: Mapping[str, Element]) -> None:
    name = local(element)
    for attribute, value in _attributes(element):
        if (name, attribute) in _REFERENCES and reference(value) not in known:
            reading.refuse(
                element,
                "reference-missing",
                f"{label(element)}的 {attribute} 指向“{value}”，但文件中没有这个元素。请重新连接或删除。",
            )
    if name in _REFERRING:
        target = reference(text_of(element))
        around = _around(element)
        if target not in known:
            reading.refuse(
                around,
                "reference-missing",
                f"{label(around)}的 {name} 指向“{target or ''}”，但文件中没有这个元素。请用建模器重新连接后导出。",
            )


def _flow_ends(reading: Reading, elements: list[Element], known: Mapping[str, Element]) -> None:
    """``incoming`` and ``outgoing`` may be left out, but must not say otherwise than the flows."""
    for element in elements:
        name = local(element)
        parent = element.getparent()
        if name not in {"incoming", "outgoing"} or parent is None or not parent.get("id"):
            continue
        flow = known.get(reference(text_of(element)) or "")
        if flow is None or local(flow) != "sequenceFlow":
            continue
        end = flow.get("targetRef" if name == "incoming" else "sourceRef")
        if reference(end) != parent.get("id"):
            reading.refuse(
                flow,
                "flow-contradiction",
                f"连线{label(flow)}自己写的是“{end}”，{label(parent)}却把它列为 {name}。请用建模器重新连接后导出。",
            )


def _lanes(reading: Reading, elements: list[Element]) -> None:
    """An element lies in one lane, and in those around it."""
    homes: dict[tuple[int, str], Element] = {}
    for lane in elements:
        if local(lane) != "lane":
            continue
        around = [a for a in lane.iterancestors() if local(a) == "laneSet"]
        top = id(around[-1]) if around else 0
        for item in lane:
            if local(item) != "flowNodeRef":
                continue
            node = reference(text_of(item)) or ""
            first = homes.setdefault((top, node), lane)
            related = (
                first is lane or first in lane.iterancestors() or lane in first.iterancestors()
            )
            if not related:
                reading.refuse(
                    lane,
                    "lane-twice",
                    f"“{node}”同时在泳道{label(first)}和{label(lane)}里，无法确定由谁办理。请只放在一个泳道。",
                )


def _vendors(reading: Reading, root: Element) -> None:
    """What other tools left: Camunda 7's execution attributes are refused, the rest told once."""
    told: dict[str, tuple[Element, str, int]] = {}
    for element, namespace, name in _foreign(root):
        if namespace == CAMUNDA7:
            if name not in _C7_HARMLESS:
                where = element if element.get("id") else _around(element)
                reading.refuse(
                    where,
                    "camunda-7",
                    f"{label(where)}含有 Camunda 7 的属性 camunda:{name}，不会执行。请在建模器中按 Camunda 8 重新设置。",
                )
                continue
        elif namespace.startswith(_SILENT):
            continue
        first, shown, count = told.get(namespace, (element, name, 0))
        told[namespace] = (first, shown, count + 1)
    for namespace, (element, name, count) in told.items():
        where = element if element.get("id") else _around(element)
        reading.problems.append(
            Problem(
                severity=Severity.WARNING,
                element_id=where.get("id") or "",
                rule="vendor-extension",
                message=f"文件中有 {count} 处其他软件的扩展（{namespace}，例如 {name}），不会执行。"
                "如果它们规定了办理人、表单或脚本，请按 Camunda 8 重新设置。",
                line=line_of(where),
            )
        )


def _foreign(root: Element) -> Iterator[tuple[Element, str, str]]:
    """(the BPMN element it stands at, namespace, local name) of what is neither BPMN nor ours."""
    for element in root.iter():
        tag: Any = element.tag
        if not isinstance(tag, str) or not tag.startswith("{"):
            continue
        namespace, _, name = tag[1:].partition("}")
        if namespace == BPMN:
            for attribute, _ in _attributes(element):
                space, found, rest = attribute.rpartition("}")
                if found and space[1:] not in {BPMN, ZEEBE}:
                    yield element, space[1:], rest
            continue
        parent = element.getparent()
        if parent is None or local(parent) is None or namespace == ZEEBE:
            continue
        owner = parent.getparent()
        if namespace != CAMUNDA7 or owner is None or local(owner) not in _EXTENDED:
            yield parent, namespace, name


def _language(reading: Reading, root: Element) -> None:
    """Expressions are FEEL; another language named in the file is told, or refused where it is used."""
    declared = root.get("expressionLanguage") or ""
    if declared and "feel" not in declared.lower():
        reading.problems.append(
            Problem(
                severity=Severity.WARNING,
                element_id=root.get("id") or "",
                rule="expression-language",
                message=f"文件声明的表达式语言是“{declared}”，本系统一律按 FEEL 解释。请核对各条件，并删除该声明。",
                line=line_of(root),
            )
        )
    for element in root.iter():
        language = element.get("language") if local(element) else None
        if language and "feel" not in language.lower():
            where = _around(element)
            reading.refuse(
                where,
                "expression-language",
                f"{label(where)}的表达式使用“{language}”，本系统只执行 FEEL。请改写为 FEEL，例如 =amount > 1000。",
            )
