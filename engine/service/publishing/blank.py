"""What a new diagram, decision or form begins with."""

from __future__ import annotations

import json
from xml.sax.saxutils import quoteattr

from engine.model.definitions import ResourceKind

_DIAGRAM = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"
    xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"
    xmlns:di="http://www.omg.org/spec/DD/20100524/DI"
    xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
    xmlns:modeler="http://camunda.org/schema/modeler/1.0"
    id={definitions} targetNamespace="http://banshi/bpmn"
    modeler:executionPlatform="Camunda Cloud" modeler:executionPlatformVersion="8.8.0">
  <bpmn:process id={id} name={name} isExecutable="true">
    <bpmn:startEvent id="start" name="申请">
      <bpmn:outgoing>to-review</bpmn:outgoing>
    </bpmn:startEvent>
    <bpmn:userTask id="review" name="审核">
      <bpmn:extensionElements>
        <zeebe:userTask />
      </bpmn:extensionElements>
      <bpmn:incoming>to-review</bpmn:incoming>
      <bpmn:outgoing>to-end</bpmn:outgoing>
    </bpmn:userTask>
    <bpmn:endEvent id="end" name="办结">
      <bpmn:incoming>to-end</bpmn:incoming>
    </bpmn:endEvent>
    <bpmn:sequenceFlow id="to-review" sourceRef="start" targetRef="review" />
    <bpmn:sequenceFlow id="to-end" sourceRef="review" targetRef="end" />
  </bpmn:process>
  <bpmndi:BPMNDiagram id="diagram">
    <bpmndi:BPMNPlane id="plane" bpmnElement={id}>
      <bpmndi:BPMNShape id="start-shape" bpmnElement="start">
        <dc:Bounds x="180" y="142" width="36" height="36" />
      </bpmndi:BPMNShape>
      <bpmndi:BPMNShape id="review-shape" bpmnElement="review">
        <dc:Bounds x="280" y="120" width="100" height="80" />
      </bpmndi:BPMNShape>
      <bpmndi:BPMNShape id="end-shape" bpmnElement="end">
        <dc:Bounds x="452" y="142" width="36" height="36" />
      </bpmndi:BPMNShape>
      <bpmndi:BPMNEdge id="to-review-edge" bpmnElement="to-review">
        <di:waypoint x="216" y="160" />
        <di:waypoint x="280" y="160" />
      </bpmndi:BPMNEdge>
      <bpmndi:BPMNEdge id="to-end-edge" bpmnElement="to-end">
        <di:waypoint x="380" y="160" />
        <di:waypoint x="452" y="160" />
      </bpmndi:BPMNEdge>
    </bpmndi:BPMNPlane>
  </bpmndi:BPMNDiagram>
</bpmn:definitions>
"""

_DECISION = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"
    xmlns:dmndi="https://www.omg.org/spec/DMN/20191111/DMNDI/"
    xmlns:dc="http://www.omg.org/spec/DMN/20180521/DC/"
    id={definitions} name={name} namespace="http://banshi/dmn">
  <decision id={id} name={name}>
    <variable id="variable" name={name} typeRef="string" />
    <decisionTable id="table" hitPolicy="FIRST">
      <input id="input" label="条件">
        <inputExpression id="input-expression" typeRef="string">
          <text>条件</text>
        </inputExpression>
      </input>
      <output id="output" label="结论" name="结论" typeRef="string" />
      <rule id="rule-1">
        <inputEntry id="rule-1-input"><text>-</text></inputEntry>
        <outputEntry id="rule-1-output"><text>"待定"</text></outputEntry>
      </rule>
    </decisionTable>
  </decision>
  <dmndi:DMNDI>
    <dmndi:DMNDiagram id="diagram">
      <dmndi:DMNShape id="shape" dmnElementRef={id}>
        <dc:Bounds x="160" y="100" width="180" height="80" />
      </dmndi:DMNShape>
    </dmndi:DMNDiagram>
  </dmndi:DMNDI>
</definitions>
"""


def blank(kind: ResourceKind, *, identity: str, name: str) -> str:
    """The text of a new resource of this kind; it can be published as it is."""
    if kind is ResourceKind.FORM:
        return _form(identity, name)
    template = _DIAGRAM if kind is ResourceKind.BPMN else _DECISION
    return template.format(
        id=quoteattr(identity),
        name=quoteattr(name),
        definitions=quoteattr(f"{identity}-definitions"),
    )


def _form(identity: str, name: str) -> str:
    schema = {
        "id": identity,
        "type": "default",
        "schemaVersion": 18,
        "components": [
            {"type": "text", "id": "heading", "text": f"# {name}"},
            {
                "type": "textfield",
                "id": "applicant-name",
                "key": "applicantName",
                "label": "姓名",
                "validate": {"required": True},
            },
        ],
    }
    return json.dumps(schema, ensure_ascii=False, indent=2)
