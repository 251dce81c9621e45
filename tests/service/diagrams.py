"""Small diagrams for the tests of the service, written as flows between named nodes."""

from __future__ import annotations

from collections.abc import Iterable

from engine.model.actor import SYSTEM
from engine.service.app import App
from engine.service.publishing.deploy import Resource, deploy

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  id="definitions" targetNamespace="https://banshi.test">"""


def extension(*elements: str) -> str:
    return f"<bpmn:extensionElements>{''.join(elements)}</bpmn:extensionElements>"


def properties(**values: str) -> str:
    listed = "".join(
        f'<zeebe:property name="banshi:{name}" value="{_escaped(value)}"/>'
        for name, value in values.items()
    )
    return f"<zeebe:properties>{listed}</zeebe:properties>"


def user_task(
    id: str,  # noqa: A002 - as in the diagram
    name: str = "",
    *,
    assignee: str = "",
    groups: str = "",
    users: str = "",
    form: str = "",
    inside: str = "",
    **values: str,
) -> str:
    assignment = "".join(
        f' {key}="{_escaped(value)}"'
        for key, value in (
            ("assignee", assignee),
            ("candidateGroups", groups),
            ("candidateUsers", users),
        )
        if value
    )
    parts = ["<zeebe:userTask/>"]
    if assignment:
        parts.append(f"<zeebe:assignmentDefinition{assignment}/>")
    if form:
        parts.append(f'<zeebe:formDefinition formId="{form}"/>')
    if values:
        parts.append(properties(**values))
    return (
        f'<bpmn:userTask id="{id}" name="{name or id}">{extension(*parts)}{inside}</bpmn:userTask>'
    )


def flow(source: str, target: str, condition: str = "") -> str:
    inside = (
        f'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">={_escaped(condition)}'
        "</bpmn:conditionExpression>"
        if condition
        else ""
    )
    return (
        f'<bpmn:sequenceFlow id="{source}-{target}" sourceRef="{source}" targetRef="{target}">'
        f"{inside}</bpmn:sequenceFlow>"
    )


def process(
    id: str,  # noqa: A002 - as in the diagram
    *parts: str,
    lanes: Iterable[tuple[str, str, tuple[str, ...]]] = (),
    extra: str = "",
    name: str = "测试流程",
    **values: str,
) -> bytes:
    """``lanes``: (role, level, nodes); role ``applicant`` or ``external`` are kinds of their own."""
    values = {"starters": "*", **values}
    listed = "".join(_lane(n, *lane) for n, lane in enumerate(lanes))
    lane_set = f'<bpmn:laneSet id="lanes">{listed}</bpmn:laneSet>' if listed else ""
    inside = "".join(parts)
    return (
        f'{_HEAD}{extra}<bpmn:process id="{id}" name="{name}" isExecutable="true">'
        f"{extension(properties(**values))}{lane_set}{inside}</bpmn:process></bpmn:definitions>"
    ).encode()


def _lane(number: int, role: str, level: str, nodes: tuple[str, ...]) -> str:
    kind = role if role in {"applicant", "external"} else "role"
    values = {"kind": kind} if kind != "role" else {"kind": kind, "role": role, "level": level}
    refs = "".join(f"<bpmn:flowNodeRef>{node}</bpmn:flowNodeRef>" for node in nodes)
    return f'<bpmn:lane id="lane-{number}" name="{role}">{extension(properties(**values))}{refs}</bpmn:lane>'


def start(id: str = "start", inside: str = "") -> str:  # noqa: A002
    return f'<bpmn:startEvent id="{id}">{inside}</bpmn:startEvent>'


def end(id: str = "end", name: str = "", inside: str = "") -> str:  # noqa: A002
    return f'<bpmn:endEvent id="{id}" name="{name}">{inside}</bpmn:endEvent>'


def grant() -> bytes:
    """Apply → review (clerk) → approve (leader, four eyes) → granted; return to the applicant."""
    return process(
        "grant",
        start(),
        user_task("review", "形式审查", deadline="5", deadlineUnit="working-day", separation="g"),
        '<bpmn:exclusiveGateway id="decided" default="decided-refused"/>',
        user_task("supplement", "补正"),
        user_task("approve", "审批", separation="g"),
        end("granted", "予以资助"),
        end("refused", "不予资助"),
        flow("start", "review"),
        flow("review", "decided"),
        flow("decided", "approve", 'outcome = "approve"'),
        flow("decided", "supplement", 'outcome = "return"'),
        flow("decided", "refused"),
        flow("supplement", "review"),
        flow("approve", "granted"),
        lanes=(
            ("clerk", "city", ("review",)),
            ("leader", "city", ("approve",)),
            ("applicant", "", ("supplement",)),
        ),
        series="CT",
        title='=title + "（" + string(amount) + "元）"',
    )


def put(app: App, *contents: bytes) -> None:
    """Deploy diagrams."""
    resources = [
        Resource(name=f"diagram-{n}.bpmn", content=content) for n, content in enumerate(contents)
    ]
    deploy(app, SYSTEM, resources=resources)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
