"""What cannot be executed as drawn is refused: by element, by rule, with the way to mend it."""

from __future__ import annotations

import pytest

from engine.model.errors import Refused
from engine.runtime import compile_definition
from tests.runtime.diagram import (
    HEAD,
    boundary,
    bpmn,
    call,
    catch,
    conditional,
    end,
    event_sub,
    ext,
    gateway,
    many,
    node,
    on,
    process,
    script,
    start,
    sub,
    throw,
    timer,
    user,
)  # fmt: skip

LISTENER = '<zeebe:executionListeners><zeebe:executionListener eventType="begin" type="t" /></zeebe:executionListeners>'
SETTERS = (
    '<zeebe:taskListeners><zeebe:taskListener eventType="update" type="t" /></zeebe:taskListeners>'
)
CAMUNDA7 = '<c7:inputOutput xmlns:c7="http://camunda.org/schema/1.0/bpmn" />'
BODY = "<multiInstanceLoopCharacteristics{}>{}</multiInstanceLoopCharacteristics>"
ITEMS = ext('<zeebe:loopCharacteristics inputCollection="=l" />')

REFUSED = {
    "listener of an event that there is not": (user("a", LISTENER), "", "listener", "a"),
    "task listener of an event that there is not": (user("a", SETTERS), "", "listener", "a"),
    "Camunda 7 extension": (user("a", CAMUNDA7), "", "camunda-7", "a"),
    "unknown zeebe extension": (user("a", "<zeebe:strange />"), "", "extension-unknown", "a"),
    "JUEL condition": (
        gateway("exclusive", "a", "a_c") + user("b") + user("c"),
        "a>b a>c",
        "feel-syntax",
        "f",
    ),
    "bad FEEL": (script("a", "1 +"), "", "feel-syntax", "a"),
    "version binding": (
        user("a", '<zeebe:formDefinition formId="f" bindingType="newest" />'),
        "",
        "binding",
        "a",
    ),
    "version tag missing": (
        user("a", '<zeebe:formDefinition formId="f" bindingType="versionTag" />'),
        "",
        "binding",
        "a",
    ),
    "bound by formula": (
        user("a", '<zeebe:formDefinition formId="=f" bindingType="deployment" />'),
        "",
        "binding",
        "a",
    ),
    "embedded form": (
        user("a", '<zeebe:formDefinition formKey="camunda-forms:bpmn:f" />'),
        "",
        "form-embedded",
        "a",
    ),
    "service task without a job": (node("serviceTask", "a"), "", "implementation", "a"),
    "script in another language": (
        script("a", "1", inner="<script>print(1)</script>"),
        "",
        "script-language",
        "a",
    ),
    "business rule without decision": (node("businessRuleTask", "a"), "", "implementation", "a"),
    "call activity without process": (node("callActivity", "a"), "", "called-element", "a"),
    "receive task without message": (node("receiveTask", "a"), "", "message-missing", "a"),
    "message without correlation key": (
        '<intermediateCatchEvent id="a"><messageEventDefinition messageRef="M" /></intermediateCatchEvent>',
        "",
        "message-correlation",
        "a",
    ),
    "signal without reference": (catch("a", on("signal")), "", "signal-missing", "a"),
    "timer without time": (catch("a", on("timer")), "", "timer-missing", "a"),
    "timer with nonsense": (catch("a", timer("soon")), "", "timer-syntax", "a"),
    "cycle in the middle": (catch("a", timer("R/PT1H", "timeCycle")), "", "timer-cycle", "a"),
    "condition without expression": (catch("a", on("conditional")), "", "condition-missing", "a"),
    "throw of an error in the middle": (throw("a", on("error")), "", "event-place", "a"),
    "error without code": (end("a", on("error")), "", "error-code", "a"),
    "link without partner": (throw("a", on("link", name="L")), "", "link-target", "a"),
    "two links of a name": (
        catch("a", on("link", name="L")) + catch("b", on("link", name="L")),
        "",
        "link-duplicate",
        "a",
    ),
    "cancel outside a transaction": (end("a", on("cancel")), "", "cancel-place", "a"),
    "catch event without a kind": (node("intermediateCatchEvent", "a"), "", "event-none", "a"),
    "boundary on a gateway": (
        gateway("parallel", "g") + boundary("a", "g", timer("PT1H")) + user("b"),
        "a>b",
        "boundary-host",
        "a",
    ),
    "boundary on nothing": (boundary("a", "x", timer("PT1H")), "", "boundary-host", "a"),
    "non-interrupting error": (
        user("t") + boundary("a", "t", on("error"), interrupting=False) + user("b"),
        "a>b",
        "error-interrupting",
        "a",
    ),
    "compensation without handler": (
        user("t") + boundary("a", "t", on("compensate")),
        "",
        "compensation-handler",
        "a",
    ),
    "flow into a start": (start("a") + user("b"), "b>a", "flow-into-event", "a"),
    "flow out of an end": (end("a") + user("b"), "a>b", "flow-from-end", "a"),
    "default that is no flow": (
        user("a", default="nowhere") + user("b"),
        "a>b",
        "default-flow",
        "a",
    ),
    "condition at a parallel gateway": (
        gateway("parallel", "g") + user("b") + user("c"),
        "g>b:x g>c",
        "condition-ignored",
        "g_b",
    ),
    "exclusive branch without condition": (
        gateway("exclusive", "g") + user("b") + user("c"),
        "g>b:x g>c",
        "condition-missing",
        "g_c",
    ),
    "complex join without activation": (
        user("a") + user("b") + gateway("complex", "j"),
        "a>j b>j",
        "activation-missing",
        "j",
    ),
    "event gateway before a task": (
        gateway("eventBased", "g") + user("a") + catch("t", timer("PT1H")),
        "g>a g>t",
        "event-gateway-target",
        "a",
    ),
    "event gateway with one way": (
        gateway("eventBased", "g") + catch("t", timer("PT1H")),
        "g>t",
        "event-gateway",
        "g",
    ),
    "subprocess that starts by an event": (
        sub("m", start("a", timer("PT1H")) + user("b"), "a>b"),
        "",
        "start-event-kind",
        "a",
    ),
    "event subprocess without an event": (
        user("b") + event_sub("a", start("s2"), ""),
        "",
        "event-subprocess-start",
        "a",
    ),
    "event subprocess in the flow": (
        user("b") + event_sub("a", start("s2", timer("PT1H")), ""),
        "b>a",
        "event-subprocess-flow",
        "a",
    ),
    "multi-instance without items": (user("a", inner=BODY.format("", "")), "", "loop-collection", "a"),
    "multi-instance behaviour without an event": (
        user("a", inner=BODY.format(' behavior="None"', ITEMS)),
        "",
        "loop-behavior",
        "a",
    ),
    "output without collection": (
        user("a", inner=many("l").replace("inputElement", 'outputElement="=x" inputElement')),
        "",
        "loop-output",
        "a",
    ),
    "potential owner": (
        user("a", inner="<potentialOwner><formalExpression>x</formalExpression></potentialOwner>"),
        "",
        "part-unread",
        "a",
    ),
    "data association that computes": (
        user("a", inner="<dataInputAssociation><transformation>1</transformation></dataInputAssociation>"),
        "",
        "data-association",
        "a",
    ),
    "choreography": (node("choreographyTask", "a"), "", "element-unknown", "a"),
    "parallel multiple process start": (
        start("a", conditional("x") + on("signal", "S"), parallelMultiple="true"),
        "",
        "start-parallel",
        "a",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    elements, flows, rule, element_id = REFUSED[case]
    roots = '<message id="M" name="M" /><signal id="S" name="S" />'
    xml = bpmn(elements, flows, roots=roots)
    if case == "JUEL condition":
        xml = xml.replace(
            'id="a_b" sourceRef="a" targetRef="b">',
            'id="f" sourceRef="a" targetRef="b"><conditionExpression>${x}</conditionExpression>',
        )
    with pytest.raises(Refused) as caught:
        compile_definition(xml, resource="x.bpmn")
    found = [(p.rule, p.element_id) for p in caught.value.problems]
    assert (rule, element_id) in found
    problem = next(p for p in caught.value.problems if p.rule == rule)
    assert "请" in problem.message or "不支持" in problem.message or "不受支持" in problem.message


def test_all_findings_are_told_at_once() -> None:
    xml = bpmn(node("serviceTask", "a") + catch("b", on("timer")) + call("c", ""))
    with pytest.raises(Refused) as caught:
        compile_definition(xml)
    assert {p.element_id for p in caught.value.problems} == {"a", "b", "c"}


def test_duplicate_and_missing_ids_and_flows_across_scopes() -> None:
    twice = bpmn(user("a") + user("a") + "<userTask />" + sub("m", user("u")), "a>u")
    with pytest.raises(Refused) as caught:
        compile_definition(twice)
    assert {p.rule for p in caught.value.problems} >= {"id-duplicate", "id-missing", "flow-ends"}


def test_several_processes_in_a_file() -> None:
    both = HEAD + process(user("a"), name="p") + process(user("b"), name="q") + "</definitions>"
    assert [d.process_id for d in compile_definition(both)] == ["p", "q"]
