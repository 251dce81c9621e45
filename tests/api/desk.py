"""A small inner service for tests of the desk: a draft, a countersign of three, a decision."""

from __future__ import annotations

import json

from engine.model.actor import SYSTEM
from engine.model.keys import Key
from engine.service.app import App
from engine.service.cases.start_case import start_case
from engine.service.publishing.deploy import Resource, deploy
from tests.driver import Driver
from tests.service import diagrams

#: Three who countersign, out of the shipped people.
SIGNERS = ("kezhang", "lingdao", "caiwu")

FORM = {
    "type": "default",
    "id": "desk-opinion",
    "name": "会签意见",
    "schemaVersion": 18,
    "components": [
        {
            "type": "radio",
            "id": "f-outcome",
            "key": "outcome",
            "label": "结论",
            "values": [
                {"label": "同意", "value": "approve"},
                {"label": "不同意", "value": "reject"},
            ],
            "validate": {"required": True},
        },
        {
            "type": "textarea",
            "id": "f-opinion",
            "key": "opinion",
            "label": "意见",
            "validate": {"required": True, "maxLength": 500},
        },
    ],
}


def _shape(element: str, x: int, width: int, height: int) -> str:
    y = 120 - height // 2
    return (
        f'<bpmndi:BPMNShape id="{element}_di" bpmnElement="{element}">'
        f'<dc:Bounds x="{x}" y="{y}" width="{width}" height="{height}"/></bpmndi:BPMNShape>'
    )


def _edge(source: str, target: str, x1: int, x2: int) -> str:
    return (
        f'<bpmndi:BPMNEdge id="{source}-{target}_di" bpmnElement="{source}-{target}">'
        f'<di:waypoint x="{x1}" y="120"/><di:waypoint x="{x2}" y="120"/></bpmndi:BPMNEdge>'
    )


def drawn(content: bytes) -> bytes:
    """The same with its picture, from left to right."""
    shapes = [
        _shape("start", 100, 36, 36),
        _shape("draft", 200, 100, 80),
        _shape("countersign", 360, 100, 80),
        _shape("decide", 520, 100, 80),
        _shape("end", 680, 36, 36),
        _edge("start", "draft", 136, 200),
        _edge("draft", "countersign", 300, 360),
        _edge("countersign", "decide", 460, 520),
        _edge("decide", "end", 620, 680),
    ]
    picture = (
        '<bpmndi:BPMNDiagram id="picture"><bpmndi:BPMNPlane id="plane" bpmnElement="desk">'
        f"{''.join(shapes)}</bpmndi:BPMNPlane></bpmndi:BPMNDiagram></bpmn:definitions>"
    )
    names = (
        ' xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"'
        ' xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"'
        ' xmlns:di="http://www.omg.org/spec/DD/20100524/DI" targetNamespace='
    )
    text = content.decode().replace(" targetNamespace=", names, 1)
    return text.replace("</bpmn:definitions>", picture).encode()


def desk(rule: str = "all", **values: str) -> bytes:
    """Drafted by the charity clerks, countersigned by three, decided by the leader."""
    listed = ", ".join(f'"{name}"' for name in SIGNERS)
    return drawn(
        diagrams.process(
            "desk",
            diagrams.start(),
            diagrams.user_task("draft", "拟稿", groups="charity-clerk@weifang"),
            diagrams.user_task(
                "countersign",
                "会签",
                form="desk-opinion",
                completionRule=rule,
                seats=f"=[{listed}]",
                **values,
            ),
            diagrams.user_task(
                "decide", "签发", groups="section-chief@weifang", form="desk-opinion"
            ),
            diagrams.end(),
            diagrams.flow("start", "draft"),
            diagrams.flow("draft", "countersign"),
            diagrams.flow("countersign", "decide"),
            diagrams.flow("decide", "end"),
            name="公文会签",
            series="GW",
            title='="关于养老服务补贴的请示"',
        )
    )


def put(app: App, content: bytes) -> None:
    """Deploy the service with its form."""
    deploy(
        app,
        SYSTEM,
        resources=[
            Resource(name="desk.bpmn", content=content),
            Resource(name="desk-opinion.form", content=json.dumps(FORM).encode()),
        ],
    )


def started(driver: Driver) -> Key:
    """A case of it that waits for its draft."""
    app = driver.app
    return start_case(app, driver.person("guanli"), process_id="desk", submission={}).key


def task_of(driver: Driver, case: Key, element: str) -> Key:
    """The latest open task of the case at this element."""
    with driver.app.database.unit_of_work() as work:
        row = work.hot(
            "select key from user_task where instance_key = %s and element_id = %s"
            " and state = 'CREATED' order by key desc limit 1",
            [case, element],
        ).fetchone()
    assert row is not None, f"{element} is not open"
    return Key(row[0])
