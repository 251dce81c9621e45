"""From a BPMN file to definitions: one pass over each container, no recursion.

:func:`read` gives what could be read together with every finding; whoever deploys refuses the
file when there is an error among them (:func:`engine.runtime.compile_definition`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from engine import feel
from engine.model.effects import Lane
from engine.model.problems import Problem, Severity
from engine.runtime import document, extensions, global_tasks, listener_reader
from engine.runtime.bindings import bind
from engine.runtime.checks import check_definition
from engine.runtime.definition import SUBPROCESSES, Definition, Flow, FlowScope, Node
from engine.runtime.expressions import ExpressionCompiler, Value
from engine.runtime.lanes import lanes_of, own_lanes
from engine.runtime.markup import (
    Element,
    child,
    children,
    extension,
    flag,
    line_of,
    local,
    parse,
    reference,
    text_of,
)
from engine.runtime.node_reader import FLOW_NODES, node
from engine.runtime.reading import Reading, label
from engine.runtime.summary import element_infos, flow_infos, references, start_infos

#: Children of a process that are no flow nodes and change nothing in its execution.
_HARMLESS = frozenset(
    {
        "documentation", "extensionElements", "laneSet", "sequenceFlow", "association", "group",
        "textAnnotation", "dataObject", "dataObjectReference", "dataStoreReference", "property",
        "incoming", "outgoing", "multiInstanceLoopCharacteristics", "completionCondition",
        "standardLoopCharacteristics", "ioSpecification", "dataInputAssociation",
        "dataOutputAssociation", "auditing", "monitoring", "category", "categoryValueRef",
        "resourceRole", "performer", "humanPerformer", "potentialOwner", "supports",
        "correlationSubscription", "artifact",
    }
)  # fmt: skip


@dataclass(kw_only=True)
class _Container:
    """A process or subprocess while it is read."""

    element: Element
    id: str
    lane: Lane | None
    triggered: bool
    nodes: dict[str, Node] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)


def read(
    xml: bytes | str, *, functions: feel.Registry | None = None, resource: str = ""
) -> tuple[tuple[Definition, ...], list[Problem]]:
    """Read a file; raises :class:`Refused` only where it is no BPMN at all."""
    root = parse(xml, resource)
    problems: list[Problem] = []
    reading = Reading(
        compiler=ExpressionCompiler(functions=functions, report=problems.append),
        problems=problems,
        references={e.get("id", ""): e for e in root if local(e) and e.get("id")},
    )
    document.check(reading, root)
    definitions = [_process(reading, process) for process in _executable(root, problems)]
    return tuple(definitions), problems


def _executable(root: Element, problems: list[Problem]) -> list[Element]:
    """The processes to execute: those marked so; else those not marked at all, with a warning."""
    drawn = [*children(root, "process"), *global_tasks.as_processes(root)]
    marked = [p for p in drawn if flag(p, "isExecutable", False)]
    unmarked = [] if marked else [p for p in drawn if p.get("isExecutable") is None]
    problems.extend(
        Problem(
            severity=Severity.WARNING,
            element_id=process.get("id") or "",
            rule="executable-missing",
            message=f"流程{label(process)}没有注明是否可执行，按可执行处理。请在流程属性中勾选“可执行”（isExecutable）。",
            line=line_of(process),
        )
        for process in unmarked
    )
    if not marked and not unmarked:
        names = "、".join(label(p) for p in drawn)
        problems.append(
            Problem(
                element_id=drawn[0].get("id") or "" if drawn else "",
                rule="no-process",
                message=f"文件中没有可执行的流程{f'（{names}都标为不可执行）' if names else ''}。"
                "请在流程属性中勾选“可执行”（isExecutable）。",
            )
        )
    return marked or unmarked


def _process(reading: Reading, process: Element) -> Definition:
    if not process.get("id"):
        reading.refuse(process, "id-missing", f"流程{label(process)}没有编号（id），请填写。")
    extensions.check(reading, process)
    lanes = lanes_of(process)
    containers = _containers(reading, process)
    scopes = {c.id: _scope(c, containers) for c in containers}
    nodes = {n.id: n for scope in scopes.values() for n in scope.nodes.values()}
    version = extension(process, "versionTag")
    forms, decisions, processes = references(nodes.values())
    definition = Definition(
        process_id=process.get("id") or "",
        name=(process.get("name") or process.get("id") or "").strip(),
        version_tag=None if version is None else version.get("value") or None,
        documentation=text_of(child(process, "documentation")),
        lanes=lanes,
        elements=element_infos(scopes),
        flows=flow_infos(scopes),
        scopes=scopes,
        nodes=nodes,
        start_form=_start_form(reading, process),
        start_events=start_infos(scopes[""]),
        form_ids=forms,
        decision_ids=decisions,
        process_ids=processes,
        properties=extensions.properties(process),
        listeners=listener_reader.listeners(reading, process),
        data={
            (e.get("name") or e.get("id") or "").strip(): e.get("id") or ""
            for e in process.iter("{*}dataObjectReference", "{*}dataStoreReference")
        },
    )
    check_definition(reading, definition)
    return definition


def _containers(reading: Reading, process: Element) -> list[_Container]:
    """The process and every subprocess within, outer ones first."""
    found = [_Container(element=process, id="", lane=None, triggered=False)]
    for container in found:  # grows while it is walked
        lanes = own_lanes(container.element)
        for element in container.element:
            kind = local(element)
            if kind in FLOW_NODES:
                identifier = _identifier(reading, element)
                if identifier is None:
                    continue
                lane = lanes.get(identifier, container.lane)
                read_node = node(
                    reading,
                    element,
                    scope=container.id,
                    lane=lane,
                    triggered=container.triggered,
                )
                container.nodes[identifier] = read_node
                if kind in SUBPROCESSES:
                    found.append(
                        _Container(
                            element=element,
                            id=identifier,
                            lane=lane,
                            triggered=read_node.triggered,
                        )
                    )
            elif kind is not None and kind not in _HARMLESS:
                reading.refuse(
                    element,
                    "element-unknown",
                    f"{label(element)}的元素类型 {kind} 不受支持，请改用其他元素。",
                )
        container.flows = list(_flows(reading, container))
    return found


def _identifier(reading: Reading, element: Element) -> str | None:
    identifier = element.get("id")
    if not identifier:
        reading.problems.append(
            Problem(
                rule="id-missing",
                message=f"第 {line_of(element)} 行的元素 {local(element)} {label(element)}没有编号（id），请填写。",
                line=line_of(element),
            )
        )
        return None
    if identifier in reading.ids:
        return None  # told by the look at the whole file
    reading.ids.add(identifier)
    return identifier


def _flows(reading: Reading, container: _Container) -> Iterator[Flow]:
    for element in children(container.element, "sequenceFlow"):
        source, target = reference(element.get("sourceRef")), reference(element.get("targetRef"))
        if not element.get("id"):  # may be left out (BPMN 2.0.2, table 8.5)
            element.set("id", _free(reading, f"{source}-{target}"))
        identifier = _identifier(reading, element)
        if identifier is None:
            continue
        if source not in container.nodes or target not in container.nodes:
            reading.refuse(
                element,
                "flow-ends",
                f"连线{label(element)}的起点“{source}”或终点“{target}”不在同一个流程或子流程内，请重新连接。",
            )
            continue
        condition = child(element, "conditionExpression")
        text = text_of(condition)
        if condition is not None and not text.strip("= "):
            reading.refuse(
                element,
                "condition-empty",
                f"连线{label(element)}的条件是空的，请填写条件，或删除它。",
            )
            continue
        yield Flow(
            id=identifier,
            name=(element.get("name") or "").strip(),
            source=source or "",
            target=target or "",
            condition=reading.compiler.formula(identifier, text, f"连线{label(element)}的条件")
            if text
            else None,
        )


def _free(reading: Reading, wanted: str) -> str:
    """An id that is not in use yet."""
    found, number = wanted, 2
    while found in reading.ids:
        found, number = f"{wanted}-{number}", number + 1
    return found


def _scope(container: _Container, containers: list[_Container]) -> FlowScope:
    incoming: dict[str, list[Flow]] = {n: [] for n in container.nodes}
    outgoing: dict[str, list[Flow]] = {n: [] for n in container.nodes}
    for flow in container.flows:
        outgoing[flow.source].append(flow)
        incoming[flow.target].append(flow)
    boundaries: dict[str, list[str]] = {n: [] for n in container.nodes}
    for n in container.nodes.values():
        if n.type == "boundaryEvent" and n.event is not None:
            host = n.event.attached_to
            if host in boundaries:
                boundaries[host or ""].append(n.id)
    nodes = {
        n.id: replace(
            n,
            incoming=tuple(incoming[n.id]),
            outgoing=tuple(outgoing[n.id]),
            boundaries=tuple(boundaries[n.id]),
        )
        for n in container.nodes.values()
    }
    compensators = _compensators(container, nodes)
    return FlowScope(
        id=container.id,
        nodes=nodes,
        flows={f.id: f for f in container.flows},
        starts=_starts(nodes, container, compensators),
        triggers={
            start.id: inner.id
            for inner in containers
            if inner.triggered and inner.id in nodes
            for start in inner.nodes.values()
            if start.type == "startEvent"
        },
        links={
            d.name.text: n.id
            for n in nodes.values()
            if n.type == "intermediateCatchEvent" and n.event is not None
            for d in n.event.definitions
            if d.kind == "link" and d.name is not None
        },
        compensators=compensators,
    )


def _compensators(container: _Container, nodes: dict[str, Node]) -> dict[str, str]:
    """Activity → the handler that its compensation boundary event is associated with."""
    found: dict[str, str] = {}
    for association in children(container.element, "association"):
        source = nodes.get(reference(association.get("sourceRef")) or "")
        target = nodes.get(reference(association.get("targetRef")) or "")
        if source is not None and target is not None and target.type == "boundaryEvent":
            source, target = target, source  # drawn the other way round
        if source is None or target is None or source.event is None:
            continue
        if source.event.kind == "compensation" and source.event.attached_to in nodes:
            found[source.event.attached_to or ""] = target.id
    return found


def _starts(
    nodes: dict[str, Node], container: _Container, compensators: dict[str, str]
) -> tuple[str, ...]:
    """Where tokens begin: the none start event, else every node without an incoming flow."""
    none = tuple(
        n.id
        for n in nodes.values()
        if n.type == "startEvent" and (container.triggered or not (n.event and n.event.definitions))
    )
    if none or any(n.type == "startEvent" for n in nodes.values()):
        return none
    handlers = set(compensators.values())
    return tuple(
        n.id
        for n in nodes.values()
        if not n.incoming
        and not n.triggered
        and not n.compensates
        and not n.instantiate
        and n.id not in handlers
        and n.type != "boundaryEvent"
        and not (n.type == "intermediateCatchEvent" and n.event and n.event.kind == "link")
    )


def _start_form(reading: Reading, process: Element) -> str | None:
    for element in children(process, "startEvent"):
        form = extension(element, "formDefinition")
        if form is not None:
            form_id = form.get("formId") or form.get("formKey")
            if form_id:
                value = Value(text=form_id.removeprefix("=").strip('"'))
                named = bind(reading, element, form, value)
                return named.text if named is not None else None
    return None
