"""A small service to drive over the JSON API: apply, review, pay (by an external worker)."""

from __future__ import annotations

import json

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="t">
"""

GRANT = (
    _HEAD
    + """
<bpmn:process id="small-grant" name="小额补助" isExecutable="true">
  <bpmn:extensionElements><zeebe:properties>
    <zeebe:property name="banshi:starters" value="citizen" />
    <zeebe:property name="banshi:series" value="XE" />
    <zeebe:property name="banshi:title" value='="补助：" + purpose' />
  </zeebe:properties></bpmn:extensionElements>
  <bpmn:startEvent id="start" name="申请"><bpmn:extensionElements>
    <zeebe:formDefinition formId="grant-application" /></bpmn:extensionElements>
    <bpmn:outgoing>a</bpmn:outgoing></bpmn:startEvent>
  <bpmn:sequenceFlow id="a" sourceRef="start" targetRef="review" />
  <bpmn:userTask id="review" name="审核"><bpmn:extensionElements><zeebe:userTask />
    <zeebe:assignmentDefinition candidateGroups='=["street-clerk@weicheng-xiguan"]' />
    <zeebe:priorityDefinition priority="70" />
    </bpmn:extensionElements>
    <bpmn:incoming>a</bpmn:incoming><bpmn:outgoing>b</bpmn:outgoing></bpmn:userTask>
  <bpmn:sequenceFlow id="b" sourceRef="review" targetRef="pay" />
  <bpmn:serviceTask id="pay" name="拨付"><bpmn:extensionElements>
    <zeebe:taskDefinition type="pay" retries="2" />
    <zeebe:taskHeaders><zeebe:header key="bank" value="ICBC" /></zeebe:taskHeaders>
    </bpmn:extensionElements>
    <bpmn:incoming>b</bpmn:incoming><bpmn:outgoing>c</bpmn:outgoing></bpmn:serviceTask>
  <bpmn:sequenceFlow id="c" sourceRef="pay" targetRef="end" />
  <bpmn:endEvent id="end" name="已拨付"><bpmn:incoming>c</bpmn:incoming></bpmn:endEvent>
</bpmn:process></bpmn:definitions>
"""
)

WAITING = (
    _HEAD
    + """<bpmn:message id="m" name="paper-arrived"><bpmn:extensionElements>
  <zeebe:subscription correlationKey="=number" /></bpmn:extensionElements></bpmn:message>
<bpmn:process id="wait-for-paper" name="等待材料" isExecutable="true">
  <bpmn:extensionElements><zeebe:properties>
    <zeebe:property name="banshi:starters" value="*" />
  </zeebe:properties></bpmn:extensionElements>
  <bpmn:startEvent id="start"><bpmn:outgoing>a</bpmn:outgoing></bpmn:startEvent>
  <bpmn:sequenceFlow id="a" sourceRef="start" targetRef="wait" />
  <bpmn:intermediateCatchEvent id="wait" name="材料寄到">
    <bpmn:incoming>a</bpmn:incoming><bpmn:outgoing>b</bpmn:outgoing>
    <bpmn:messageEventDefinition id="md" messageRef="m" /></bpmn:intermediateCatchEvent>
  <bpmn:sequenceFlow id="b" sourceRef="wait" targetRef="end" />
  <bpmn:endEvent id="end" name="已收到"><bpmn:incoming>b</bpmn:incoming></bpmn:endEvent>
</bpmn:process></bpmn:definitions>
"""
)

APPLICATION = json.dumps(
    {
        "id": "grant-application",
        "type": "default",
        "schemaVersion": 18,
        "components": [
            {"type": "text", "id": "t", "text": "# 补助申请"},
            {
                "type": "textfield",
                "id": "purpose",
                "key": "purpose",
                "label": "用途",
                "validate": {"required": True, "maxLength": 40},
            },
            {
                "type": "number",
                "id": "amount",
                "key": "amount",
                "label": "金额",
                "decimalDigits": 2,
                "validate": {"required": True, "min": 0, "max": 100000},
            },
            {
                "type": "filepicker",
                "id": "papers",
                "key": "papers",
                "label": "材料",
                "multiple": True,
            },
        ],
    },
    ensure_ascii=False,
)

DECISION = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="levels" name="档次"
    namespace="t">
  <decision id="level" name="补助档次"><variable id="v" name="补助档次" typeRef="string" />
    <decisionTable id="table" hitPolicy="UNIQUE">
      <input id="i" label="金额"><inputExpression id="ie" typeRef="number"><text>amount</text>
      </inputExpression></input>
      <output id="o" name="补助档次" typeRef="string" />
      <rule id="small"><inputEntry id="e1"><text>&lt; 1000</text></inputEntry>
        <outputEntry id="o1"><text>"小额"</text></outputEntry></rule>
      <rule id="large"><inputEntry id="e2"><text>&gt;= 1000</text></inputEntry>
        <outputEntry id="o2"><text>"大额"</text></outputEntry></rule>
    </decisionTable></decision>
</definitions>
"""
