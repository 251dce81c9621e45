"""Diagrams that the standard forbids, or that contradict themselves: refused by rule and element."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from lxml import etree

from engine.model.errors import Refused
from engine.model.problems import Problem
from engine.runtime import compile_definition, lint
from tests.runtime.diagram import (
    boundary,
    bpmn,
    call,
    catch,
    end,
    event_sub,
    gateway,
    io,
    many,
    node,
    on,
    script,
    service,
    start,
    sub,
    throw,
    timer,
    user,
)
from tests.runtime.test_dialects import CASES, CONDITION, LINE, USER, file, process

TIMER = timer("PT1H")
UNDO = user("undo", isForCompensation="true")
ROOTS = (
    '<message id="M" name="M"><extensionElements><zeebe:subscription correlationKey="=k" /></extensionElements></message>'
    '<signal id="S" name="S" /><error id="X" errorCode="X" /><escalation id="Y" escalationCode="Y" />'
)
GATE = gateway("exclusive", "g", "g_b") + user("a") + user("b")
TASK_DEFINITION = '<zeebe:taskDefinition type="t" />'

#: (elements, flows, rule, the element's id)
DRAWN: dict[str, tuple[str, str, str, str]] = {
    "flow into a subprocess": (sub("m", user("a")) + user("b"), "b>a", "flow-ends", "b_a"),
    "flow out of a subprocess": (sub("m", user("a")) + user("b"), "a>b", "flow-ends", "a_b"),
    "flow to nothing": (user("a"), "a>zz", "flow-ends", "a_zz"),
    "flow to an annotation": (
        user("a") + '<textAnnotation id="t"><text>x</text></textAnnotation>',
        "a>t",
        "flow-ends",
        "a_t",
    ),
    "flow to a data object": (
        user("a") + '<dataObject id="d" /><dataObjectReference id="r" dataObjectRef="d" />',
        "a>r",
        "flow-ends",
        "a_r",
    ),
    "flow into a start": (start() + user("a"), "s>a a>s", "flow-into-event", "s"),
    "flow out of an end": (end() + user("a"), "e>a", "flow-from-end", "e"),
    "flow into a boundary event": (
        user("a") + boundary("b", "a", TIMER) + user("c"),
        "c>b b>c",
        "flow-into-event",
        "b",
    ),
    "flow out of an event subprocess": (
        user("a") + event_sub("v", start("s2", TIMER), ""),
        "v>a",
        "event-subprocess-flow",
        "v",
    ),
    "condition after an event": (
        catch("c", TIMER) + user("a") + user("b"),
        "c>a:x c>b",
        "condition-ignored",
        "c_a",
    ),
    "condition after a boundary event": (
        user("u") + boundary("c", "u", TIMER) + user("a"),
        "c>a:x",
        "condition-ignored",
        "c_a",
    ),
    "condition on the default": (GATE, "g>a:x g>b:y", "default-condition", "g_b"),
    "default of a parallel gateway": (
        gateway("parallel", "g", "g_a") + user("a") + user("b"),
        "g>a g>b",
        "default-flow",
        "g",
    ),
    "default of another node": (
        gateway("exclusive", "g", "u_e") + user("u") + user("b") + end(),
        "g>u:x g>b:y u>e",
        "default-flow",
        "g",
    ),
    "empty condition": (
        gateway("inclusive", "g") + user("a") + user("b"),
        "g>a g>b:=",
        "condition-empty",
        "g_b",
    ),
    "two nodes of one id": (user("a") + service("a"), "", "id-duplicate", "a"),
    "node and flow of one id": (user("a") + user("a_b") + user("b"), "a>b", "id-duplicate", "a_b"),
    "node with the process's id": (user("p"), "", "id-duplicate", "p"),
    "node with a message's id": (user("M"), "", "id-duplicate", "M"),
    "id with a space": (user("a b"), "", "id-invalid", "a b"),
    "id with a slash": (user("a/b"), "", "id-invalid", "a/b"),
    "boundary on an event": (
        catch("c", TIMER) + boundary("b", "c", TIMER) + user("x"),
        "b>x",
        "boundary-host",
        "b",
    ),
    "boundary on what lies deeper": (
        sub("m", user("a")) + boundary("b", "a", TIMER) + user("x"),
        "b>x",
        "boundary-host",
        "b",
    ),
    "boundary on an event subprocess": (
        user("u") + event_sub("v", start("s2", TIMER), "") + boundary("b", "v", TIMER) + user("x"),
        "b>x",
        "boundary-host",
        "b",
    ),
    "boundary without a kind": (user("a") + boundary("b", "a", "") + user("x"), "b>x", "event-none", "b"),
    "boundary of a kind that cannot be": (
        user("a") + boundary("b", "a", on("terminate")) + user("x"),
        "b>x",
        "event-place",
        "b",
    ),
    "cancel boundary that does not interrupt": (
        sub("a", user("t") + end("c", on("cancel")), "t>c", kind="transaction")
        + boundary("b", "a", on("cancel"), interrupting=False)
        + user("x"),
        "b>x",
        "error-interrupting",
        "b",
    ),
    "two boundaries for one error": (
        service("a")
        + boundary("b", "a", on("error", "X"))
        + boundary("c", "a", on("error", "X"))
        + user("x"),
        "b>x c>x",
        "event-duplicate",
        "c",
    ),
    "two boundaries for any error": (
        service("a") + boundary("b", "a", on("error")) + boundary("c", "a", on("error")) + user("x"),
        "b>x c>x",
        "event-duplicate",
        "c",
    ),
    "two event subprocesses for one escalation": (
        user("a")
        + event_sub("v", start("s2", on("escalation", "Y")), "")
        + event_sub("w", start("s3", on("escalation", "Y")), ""),
        "",
        "event-duplicate",
        "s3",
    ),
    "two starts for one message": (
        start("s", on("message", "M")) + start("t", on("message", "M")) + user("a"),
        "s>a t>a",
        "event-duplicate",
        "t",
    ),
    "message start without message": (start("s", on("message")) + user("a"), "s>a", "message-missing", "s"),
    "message that there is not": (start("s", on("message", "Q")) + user("a"), "s>a", "message-missing", "s"),
    "signal that there is not": (throw("t", on("signal", "Q")), "", "signal-missing", "t"),
    "error that there is not": (
        service("a") + boundary("b", "a", on("error", "Q")) + user("x"),
        "b>x",
        "reference-missing",
        "b",
    ),
    "error reference to a message": (
        service("a") + boundary("b", "a", on("error", "M")) + user("x"),
        "b>x",
        "reference-missing",
        "b",
    ),
    "escalation that there is not": (end("e", on("escalation", "Q")), "", "reference-missing", "e"),
    "error start of a process": (start("s", on("error", "X")) + user("a"), "s>a", "event-place", "s"),
    "event definition that there is not": (
        catch("c", "<eventDefinitionRef>nowhere</eventDefinitionRef>"),
        "",
        "event-reference",
        "c",
    ),
    "link that nobody throws": (user("a") + catch("c", on("link", name="L")), "c>a", "link-source", "c"),
    "links across levels": (
        throw("t", on("link", name="L")) + sub("m", user("u") + catch("c", on("link", name="L"))),
        "",
        "link-target",
        "t",
    ),
    "event gateway to a throw": (
        gateway("eventBased", "g") + catch("c", TIMER) + throw("t", on("signal", "S")),
        "g>c g>t",
        "event-gateway-target",
        "t",
    ),
    "event gateway to a gateway": (
        gateway("eventBased", "g") + catch("c", TIMER) + gateway("parallel", "h"),
        "g>c g>h",
        "event-gateway-target",
        "h",
    ),
    "event gateway to messages and receive tasks": (
        gateway("eventBased", "g") + catch("c", on("message", "M")) + node("receiveTask", "r", messageRef="M"),
        "g>c g>r",
        "event-gateway-mixture",
        "r",
    ),
    "event behind the gateway entered otherwise": (
        gateway("eventBased", "g") + catch("c", TIMER) + catch("d", TIMER) + user("u"),
        "g>c g>d u>d",
        "event-gateway-target",
        "d",
    ),
    "nothing to start with": (
        user("a") + user("b"),
        "a>b b>a",
        "no-start",
        "p",
    ),
    "subprocess without content": (sub("m", ""), "", "no-start", "m"),
    "event subprocess with two starts": (
        user("a") + event_sub("v", start("s2", TIMER) + start("s3", TIMER), ""),
        "",
        "event-subprocess-start",
        "v",
    ),
    "ad-hoc with a start event": (
        sub("m", start("s2") + user("a"), "s2>a", kind="adHocSubProcess"),
        "",
        "ad-hoc-event",
        "s2",
    ),
    "ad-hoc without content": (sub("m", "", kind="adHocSubProcess"), "", "ad-hoc-empty", "m"),
    "compensation handler in the flow": (
        user("t")
        + boundary("b", "t", on("compensate"))
        + user("undo", isForCompensation="true")
        + end(),
        "t>undo undo>e",
        "compensation-flow",
        "undo",
    ),
    "compensation of what is not here": (throw("t", on("compensate", activityRef="zz")), "", "compensation-target", "t"),
    "loop and multi-instance at once": (
        user("a", inner="<standardLoopCharacteristics loopMaximum='2' />" + many("l")),
        "",
        "loop-twice",
        "a",
    ),
    "loop of no number": (
        user("a", inner="<standardLoopCharacteristics loopMaximum='many' />"),
        "",
        "loop-maximum",
        "a",
    ),
    "quantity of no number": (user("a", startQuantity="0"), "", "quantity", "a"),
    "flag that is neither": (user("a") + boundary("b", "a", TIMER).replace('"true"', '"yes"'), "", "attribute-value", "b"),
    "gateway type that there is not": (
        gateway("eventBased", "g", eventGatewayType="Both") + catch("c", TIMER) + catch("d", TIMER),
        "g>c g>d",
        "attribute-value",
        "g",
    ),
    "job on a user task": (user("a", TASK_DEFINITION), "", "extension-place", "a"),
    "script on a service task": (
        service("a", "t", '<zeebe:script expression="=1" resultVariable="x" />'),
        "",
        "extension-place",
        "a",
    ),
    "form on a service task": (service("a", "t", '<zeebe:formDefinition formId="f" />'), "", "extension-place", "a"),
    "called process on a user task": (user("a", '<zeebe:calledElement processId="q" />'), "", "extension-place", "a"),
    "expression in another language": (
        script("a", "1").replace("<scriptTask", "<scriptTask") + user("b") + gateway("exclusive", "g", "g_b"),
        "g>a:x g>b",
        "expression-language",
        "g_a",
    ),
    "conversation in a process": (node("callConversation", "c"), "", "element-unknown", "c"),
    "call of nothing": (call("c", ""), "", "called-element", "c"),
    "timer with two times in one text": (catch("c", timer("PT1H PT2H")), "", "timer-syntax", "c"),
    "timer with two kinds of time": (
        catch("c", "<timerEventDefinition><timeDuration>PT1H</timeDuration><timeDate>2026-09-01T00:00:00Z</timeDate></timerEventDefinition>"),
        "",
        "timer-ambiguous",
        "c",
    ),
    "compensation that is not waited for": (throw("t", on("compensate", waitForCompletion="false")), "", "compensation-wait", "t"),
    "compensation handler that is none": (
        user("t")
        + boundary("b", "t", on("compensate"))
        + user("undo")
        + '<association id="as" sourceRef="b" targetRef="undo" />',
        "",
        "compensation-handler",
        "undo",
    ),
    "function that there is not": (script("a", "frobnicate(1)"), "", "feel-function", "a"),
    "mapping to no variable": (user("a", io(in_x="=1").replace('"x"', '"1 x"')), "", "mapping-target", "a"),
    "result in no variable": (script("a", "1", "my result"), "", "variable-name", "a"),
    "item in no variable": (user("a", inner=many("l", item="my item")), "", "variable-name", "a"),
    "form without a number": (user("a", "<zeebe:formDefinition />"), "", "form-id", "a"),
    "retries that are no number": (service("a").replace('type="work"', 'type="work" retries="often"'), "", "setting-value", "a"),
    "priority out of range": (user("a", '<zeebe:priorityDefinition priority="200" />'), "", "setting-value", "a"),
    "due date that is none": (user("a", '<zeebe:taskSchedule dueDate="tomorrow" />'), "", "setting-value", "a"),
    "event of a task": (user("a", inner=TIMER), "", "element-place", "a"),
    "multi-instance of a gateway": (
        gateway("parallel", "g", inner=many("l")) + user("a") + user("b"),
        "g>a g>b",
        "element-place",
        "g",
    ),
    "condition of a task": (user("a", inner="<conditionExpression>=x</conditionExpression>"), "", "element-place", "a"),
    "timer that is never due": (catch("c", timer("2026-02-30T00:00:00Z", "timeDate")), "", "timer-syntax", "c"),
}  # fmt: skip


def refusal(xml: str | bytes) -> tuple[tuple[str, str, str], ...]:
    with pytest.raises(Refused) as caught:
        compile_definition(xml)
    return tuple((p.rule, p.element_id, p.message) for p in caught.value.problems)


@pytest.mark.parametrize("name", DRAWN)
def test_refused(name: str) -> None:
    elements, flows, rule, element_id = DRAWN[name]
    xml = bpmn(elements, flows, roots=ROOTS)
    if name == "expression in another language":
        xml = xml.replace("<conditionExpression>", '<conditionExpression language="groovy">')
    found = refusal(xml)
    assert (rule, element_id) in {(r, e) for r, e, _ in found}, found
    message = next(m for r, e, m in found if (r, e) == (rule, element_id))
    assert "请" in message or "不受支持" in message


#: (the whole file, rule, the element's id)
FILES: dict[str, tuple[str, str, str]] = {
    "outgoing to a flow that there is not": (
        file(process(LINE.replace('<bpmn:startEvent id="S" />', '<bpmn:startEvent id="S"><bpmn:outgoing>zz</bpmn:outgoing></bpmn:startEvent>'))),
        "reference-missing",
        "S",
    ),
    "incoming that the flow denies": (
        file(process(LINE.replace('<bpmn:endEvent id="E" />', '<bpmn:endEvent id="E"><bpmn:incoming>S_A</bpmn:incoming></bpmn:endEvent>'))),
        "flow-contradiction",
        "S_A",
    ),
    "lane with a node that there is not": (
        file(process('<bpmn:laneSet id="LS"><bpmn:lane id="L"><bpmn:flowNodeRef>zz</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>' + LINE)),
        "reference-missing",
        "L",
    ),
    "participant with a process that there is not": (
        file('<bpmn:collaboration id="C"><bpmn:participant id="X" processRef="zz" /></bpmn:collaboration>' + process(LINE)),
        "reference-missing",
        "X",
    ),
    "message flow to nothing": (
        file('<bpmn:collaboration id="C"><bpmn:participant id="X" processRef="P" /><bpmn:messageFlow id="MF" sourceRef="X" targetRef="zz" /></bpmn:collaboration>' + process(LINE)),
        "reference-missing",
        "MF",
    ),
    "sequence flow between pools": (
        file(process(LINE) + process(USER.replace('"A"', '"B"') + '<bpmn:sequenceFlow id="F" sourceRef="A" targetRef="B" />', name="Q")),
        "flow-ends",
        "F",
    ),
    "two processes of one id": (file(process(LINE) + process(USER.replace('"A"', '"B"'))), "id-duplicate", "P"),
    "two pools with nodes of one id": (file(process(LINE) + process(USER, name="Q")), "id-duplicate", "A"),
    "all marked as not executable": (file(process(LINE, 'isExecutable="false"')), "no-process", "P"),
    "attribute of Camunda 7": (
        file(process(LINE.replace('userTask id="A"', 'userTask id="A" camunda:assignee="demo"')), 'xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'),
        "camunda-7",
        "A",
    ),
    "listener of Camunda 7 on a flow": (
        file(process(LINE.replace('targetRef="A">', 'targetRef="A"><bpmn:extensionElements><camunda:executionListener class="X" event="take" /></bpmn:extensionElements>')), 'xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'),
        "camunda-7",
        "S_A",
    ),
    "message flow within a pool": (
        file('<bpmn:collaboration id="C"><bpmn:participant id="X" processRef="P" /><bpmn:messageFlow id="MF" sourceRef="S" targetRef="A" /></bpmn:collaboration>' + process(LINE)),
        "message-flow-pool",
        "MF",
    ),
    "node in two lanes": (
        file(process('<bpmn:laneSet id="LS"><bpmn:lane id="L1"><bpmn:flowNodeRef>A</bpmn:flowNodeRef></bpmn:lane><bpmn:lane id="L2"><bpmn:flowNodeRef>A</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>' + LINE)),
        "lane-twice",
        "L2",
    ),
    "task outside of any process": (file(USER.replace('"A"', '"B"') + process(LINE)), "element-place", "B"),
    "task within a task": (
        file(process(LINE.replace("</bpmn:userTask>", '<bpmn:task id="B" /></bpmn:userTask>'))),
        "element-place",
        "B",
    ),
    "association to nothing": (file(process(LINE + '<bpmn:association id="As" sourceRef="A" targetRef="zz" />')), "reference-missing", "As"),
    "data object that there is not": (file(process(LINE + '<bpmn:dataObjectReference id="DR" dataObjectRef="zz" />')), "reference-missing", "DR"),
    "process without an id": (file(process(LINE).replace(' id="P"', "")), "id-missing", ""),
    "condition of another tool": (
        file(process(LINE.replace('targetRef="A">', 'targetRef="A">' + CONDITION.format("${ok}")).replace("startEvent", "exclusiveGateway"))),
        "feel-syntax",
        "S_A",
    ),
    "an older BPMN": (file(process(LINE)).replace("20100524/MODEL", "20080501"), "not-bpmn", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_files_refused(name: str) -> None:
    xml, rule, element_id = FILES[name]
    found = refusal(xml)
    assert (rule, element_id) in {(r, e) for r, e, _ in found}, found


SHIPPED = sorted((Path(__file__).parents[2] / "bpmn").glob("*/*.bpmn"))
SOURCES = [
    *(p.read_bytes() for p in SHIPPED),
    *(bpmn(elements, flows, roots=ROOTS).encode() for elements, flows, _, _ in DRAWN.values()),
    *(xml.encode() for xml, _, _ in FILES.values()),
    *(xml.lstrip("\ufeff").encode() for xml, _, _ in CASES.values()),
]


@pytest.mark.parametrize("seed", range(8))
def test_random_damage_gives_a_definition_or_a_refusal(seed: int) -> None:
    """Attributes and elements dropped or renamed, in every diagram that we have."""
    random = Random(seed)
    for source in SOURCES:
        root = etree.fromstring(source)
        elements = [e for e in root.iter() if isinstance(e.tag, str)]
        for _ in range(random.randint(1, 3)):
            victim = random.choice(elements)
            parent = victim.getparent()
            kind = random.randint(0, 3)
            if kind == 0 and parent is not None:
                parent.remove(victim)
            elif kind == 1 and victim.attrib:
                del victim.attrib[random.choice(list(victim.attrib))]
            elif kind == 2 and victim.attrib:
                name = random.choice(list(victim.attrib))
                victim.set(str(name) + "X", victim.attrib.pop(name))
            else:
                victim.tag = str(victim.tag) + random.choice(("X", "", "Event"))
        damaged = etree.tostring(root)
        told: tuple[Problem, ...] = ()
        try:
            compile_definition(damaged)
        except Refused as refused:
            told = refused.problems
        assert all(p.message and p.rule for p in told)
        if random.random() < 0.1:
            assert all(p.message and p.rule for p in lint(damaged))
