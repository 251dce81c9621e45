"""Diagrams as other tools write them: whatever the prefix, order or ornament, they run the same.

Each case is a whole file, what is done with it, and the elements that are passed.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.model.problems import Severity
from engine.model.states import InstanceState
from engine.runtime import lint
from tests.runtime.world import World, world

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"

Case = tuple[str, Callable[[World], World], str]


def file(body: str, attributes: str = "", prefix: str = "bpmn") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{prefix}:definitions xmlns:{prefix}="{BPMN}" '
        f'xmlns:zeebe="{ZEEBE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'id="Definitions_1" targetNamespace="http://bpmn.io/schema/bpmn" {attributes}>'
        f"{body}</{prefix}:definitions>"
    )


def process(inside: str, attributes: str = 'isExecutable="true"', name: str = "P") -> str:
    return f'<bpmn:process id="{name}" {attributes}>{inside}</bpmn:process>'


def flow(source: str, target: str, inside: str = "") -> str:
    return (
        f'<bpmn:sequenceFlow id="{source}_{target}" sourceRef="{source}" targetRef="{target}">'
        f"{inside}</bpmn:sequenceFlow>"
    )


START, END = '<bpmn:startEvent id="S" />', '<bpmn:endEvent id="E" />'
USER = '<bpmn:userTask id="A"><bpmn:extensionElements><zeebe:userTask /></bpmn:extensionElements></bpmn:userTask>'
LINE = START + USER + END + flow("S", "A") + flow("A", "E")


def choice(*conditions: str, default: str = "G_B") -> str:
    """An exclusive gateway to user tasks A (by condition) and B (else)."""
    (condition,) = conditions
    return (
        START
        + f'<bpmn:exclusiveGateway id="G" default="{default}" />'
        + USER
        + USER.replace('"A"', '"B"')
        + flow("S", "G")
        + flow("G", "A", condition)
        + flow("G", "B")
    )


def through(w: World) -> World:
    return w.start().complete("A")


def rich(w: World) -> World:
    return w.start(amount=2000)


CONDITION = (
    '<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{}</bpmn:conditionExpression>'
)
MODELER = (
    'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" '
    'xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:modeler="http://camunda.org/schema/modeler/1.0" '
    'exporter="Camunda Modeler" exporterVersion="5.31.0" modeler:executionPlatform="Camunda Cloud" '
    'modeler:executionPlatformVersion="8.6.0"'
)
DI = (
    '<bpmndi:BPMNDiagram id="BPMNDiagram_1"><bpmndi:BPMNPlane id="BPMNPlane_1" bpmnElement="P">'
    '<bpmndi:BPMNShape id="S_di" bpmnElement="S"><dc:Bounds x="1" y="1" width="36" height="36" /></bpmndi:BPMNShape>'
    "</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>"
)
COLLABORATION = (
    '<bpmn:collaboration id="C"><bpmn:participant id="Citizen" name="群众" />'
    '<bpmn:participant id="Bureau" name="民政局" processRef="P" />'
    '<bpmn:participant id="Other" processRef="Q" />'
    '<bpmn:messageFlow id="M1" sourceRef="Citizen" targetRef="A" />'
    '<bpmn:messageFlow id="M2" sourceRef="A" targetRef="Other" />'
    '<bpmn:textAnnotation id="T0"><bpmn:text>说明</bpmn:text></bpmn:textAnnotation>'
    '<bpmn:association id="A0" sourceRef="Citizen" targetRef="T0" /></bpmn:collaboration>'
)
ORNAMENTS = (
    '<bpmn:category id="Cat"><bpmn:categoryValue id="CV" value="组" /></bpmn:category>'
    + process(
        LINE
        + '<bpmn:documentation>说明</bpmn:documentation><bpmn:group id="Gr" categoryValueRef="CV" />'
        '<bpmn:textAnnotation id="T"><bpmn:text>注</bpmn:text></bpmn:textAnnotation>'
        '<bpmn:association id="As" sourceRef="A" targetRef="T" />'
        '<bpmn:dataObject id="D" /><bpmn:dataObjectReference id="DR" name="申请表" dataObjectRef="D" />'
        '<bpmn:dataStoreReference id="DS" name="台账" /><bpmn:property id="Pr" name="x" />'
    )
)
DATA = LINE.replace(
    '<bpmn:userTask id="A">',
    '<bpmn:dataObject id="D" /><bpmn:dataObjectReference id="DR" dataObjectRef="D" />'
    '<bpmn:userTask id="A"><bpmn:property id="Prop_1" name="__targetRef_placeholder" />'
    '<bpmn:dataInputAssociation id="DI1"><bpmn:sourceRef>DR</bpmn:sourceRef>'
    "<bpmn:targetRef>Prop_1</bpmn:targetRef></bpmn:dataInputAssociation>"
    '<bpmn:dataOutputAssociation id="DO1"><bpmn:targetRef>DR</bpmn:targetRef></bpmn:dataOutputAssociation>',
)
LANES = (
    '<bpmn:laneSet id="LS"><bpmn:lane id="L1" name="经办"><bpmn:flowNodeRef>S</bpmn:flowNodeRef>'
    '<bpmn:childLaneSet id="LS2"><bpmn:lane id="L2" name="初审"><bpmn:flowNodeRef>A</bpmn:flowNodeRef></bpmn:lane>'
    "</bpmn:childLaneSet></bpmn:lane></bpmn:laneSet>"
)
NESTED = (
    START
    + '<bpmn:subProcess id="X"><bpmn:startEvent id="X1" /><bpmn:subProcess id="Y">'
    + USER
    + "</bpmn:subProcess>"
    + '<bpmn:endEvent id="X2" /><bpmn:endEvent id="X3" />'
    + flow("X1", "Y")
    + flow("Y", "X2")
    + flow("Y", "X3")
    + "</bpmn:subProcess>"
    + END
    + flow("S", "X")
    + flow("X", "E")
)
BOUNDARY = (
    START
    + '<bpmn:userTask id="A"><bpmn:extensionElements><zeebe:userTask /></bpmn:extensionElements>'
    '<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=[1,2]" />'
    "</bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>"
    '<bpmn:boundaryEvent id="B" attachedToRef="A"><bpmn:outgoing>B_E</bpmn:outgoing>'
    '<bpmn:timerEventDefinition id="TED"><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">PT1H</bpmn:timeDuration>'
    "</bpmn:timerEventDefinition></bpmn:boundaryEvent>" + END + flow("S", "A") + flow("B", "E")
)
STANDARD_LOOP = (
    START
    + '<bpmn:dataObject id="items" isCollection="true" /><bpmn:dataObjectReference id="IR" name="list" dataObjectRef="items" />'
    '<bpmn:userTask id="A"><bpmn:multiInstanceLoopCharacteristics isSequential="false">'
    "<bpmn:loopDataInputRef>IR</bpmn:loopDataInputRef>"
    '<bpmn:inputDataItem id="one" name="each" /></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>'
    + END
    + flow("S", "A")
    + flow("A", "E")
)
SHARED = (
    '<bpmn:message id="Msg" name="arrived"><bpmn:extensionElements><zeebe:subscription correlationKey="=key" />'
    "</bpmn:extensionElements></bpmn:message>"
    '<bpmn:messageEventDefinition id="Def" messageRef="Msg" />'
    + process(
        START
        + '<bpmn:intermediateCatchEvent id="A"><bpmn:eventDefinitionRef>Def</bpmn:eventDefinitionRef>'
        "</bpmn:intermediateCatchEvent>" + END + flow("S", "A") + flow("A", "E")
    )
)

CASES: dict[str, Case] = {
    "flows before nodes": (
        file(process(flow("S", "A") + flow("A", "E") + END + USER + START)),
        through,
        "S A E",
    ),
    "default namespace": (
        file(process(LINE)).replace("bpmn:", "").replace("xmlns:bpmn", "xmlns"),
        through,
        "S A E",
    ),
    "another prefix": (
        file(process(LINE)).replace("bpmn:", "semantic:").replace("xmlns:bpmn", "xmlns:semantic"),
        through,
        "S A E",
    ),
    "comments, CDATA and processing instructions": (
        file(
            "<!-- ours --><?hint x?>"
            + process(choice(CONDITION.format("<!-- c --><![CDATA[=amount > 1000]]>")))
        ),
        rich,
        "S G A",
    ),
    "condition without equals sign": (
        file(process(choice(CONDITION.format("amount &gt; 1000")))),
        rich,
        "S G A",
    ),
    "condition that says it is FEEL": (
        file(
            process(
                choice(
                    CONDITION.format("amount &gt; 1000").replace(
                        "xsi:type",
                        'language="https://www.omg.org/spec/DMN/20191111/FEEL/" xsi:type',
                    )
                )
            )
        ),
        rich,
        "S G A",
    ),
    "default taken": (
        file(process(choice(CONDITION.format("=amount &gt; 5000")))),
        rich,
        "S G B",
    ),
    "XPath declared, as many tools do": (
        file(process(LINE), 'expressionLanguage="http://www.w3.org/1999/XPath"'),
        through,
        "S A E",
    ),
    "not marked executable": (file(process(LINE, "")), through, "S A E"),
    "marked 1": (file(process(LINE, 'isExecutable="1"')), through, "S A E"),
    "Camunda Modeler with drawing": (file(process(LINE) + DI, MODELER), through, "S A E"),
    "incoming and outgoing listed": (
        file(
            process(
                LINE.replace(
                    START,
                    '<bpmn:startEvent id="S"><bpmn:outgoing>S_A</bpmn:outgoing></bpmn:startEvent>',
                ).replace(
                    END, '<bpmn:endEvent id="E"><bpmn:incoming>A_E</bpmn:incoming></bpmn:endEvent>'
                )
            )
        ),
        through,
        "S A E",
    ),
    "flows without ids": (
        file(process(LINE.replace('id="S_A" ', "").replace('id="A_E" ', ""))),
        through,
        "S A E",
    ),
    "ids with dots, dashes and Chinese": (
        file(process(LINE.replace('"A"', '"sid-0A.1_办理"'))),
        lambda w: w.start().complete("sid-0A.1_办理"),
        "S sid-0A.1_办理 E",
    ),
    "references with a prefix": (
        file(process(LINE.replace('targetRef="A"', 'targetRef="tns:A"')), 'xmlns:tns="t"'),
        through,
        "S A E",
    ),
    "collaboration with black boxes": (
        file(COLLABORATION + process("", 'isExecutable="false"', "Q") + process(LINE)),
        through,
        "S A E",
    ),
    "ornaments": (file(ORNAMENTS), through, "S A E"),
    "data associations": (file(process(DATA)), through, "S A E"),
    "lanes within lanes": (file(process(LANES + LINE)), through, "S A E"),
    "foreign vendors": (
        file(
            process(
                LINE.replace(
                    START,
                    '<bpmn:startEvent id="S" sig:x="1"><bpmn:extensionElements>'
                    '<sig:signavioMetaData metaKey="bgcolor" metaValue="#ffffff" /><fl:field name="x"><fl:string>1</fl:string>'
                    "</fl:field></bpmn:extensionElements></bpmn:startEvent>",
                )
            ),
            'xmlns:sig="http://www.signavio.com" xmlns:fl="http://flowable.org/bpmn"',
        ),
        through,
        "S A E",
    ),
    "nothing but an activity": (file(process(USER)), through, "A"),
    "implicit start and end": (
        file(process(USER + USER.replace('"A"', '"B"') + flow("A", "B"))),
        lambda w: w.start().complete("A").complete("B"),
        "A B",
    ),
    "several ends": (
        file(
            process(
                START
                + USER
                + END
                + '<bpmn:endEvent id="F" />'
                + flow("S", "A")
                + flow("A", "E")
                + flow("A", "F")
            )
        ),
        through,
        "S A E F",
    ),
    "nested subprocesses without starts": (file(process(NESTED)), through, "S X X1 Y A X2 X3 E"),
    "boundary on a multi-instance": (
        file(process(BOUNDARY)),
        lambda w: w.start().fire("B"),
        "S A A A B E",
    ),
    "multi-instance by standard data references": (
        file(process(STANDARD_LOOP)),
        lambda w: w.start(list=["x", "y"]).complete("A").complete("A"),
        "S A A A E",
    ),
    "event definition shared at the root": (
        file(SHARED),
        lambda w: w.start(key="k").fire("A"),
        "S A E",
    ),
    "called element as a qualified name": (
        file(
            process('<bpmn:callActivity id="C" calledElement="tns:Q" />' + START + flow("S", "C"))
            + process(USER, name="Q"),
            'xmlns:tns="t"',
        ),
        through,
        "S C A",
    ),
    "gateway directions": (
        file(
            process(choice(CONDITION.format("=true"))).replace(
                'id="G"', 'id="G" gatewayDirection="Diverging"'
            )
        ),
        rich,
        "S G A",
    ),
    "byte order mark": ("\ufeff" + file(process(LINE)), through, "S A E"),
}


@pytest.mark.parametrize("name", CASES)
def test_runs(name: str) -> None:
    xml, act, passed = CASES[name]
    w = act(world(xml))
    assert w.trace == passed.split()
    finished = {"condition", "default", "gateway", "comments,"}
    if name.split(maxsplit=1)[0] not in finished:
        assert w.state is InstanceState.COMPLETED


WARNED = {
    "not marked executable": "executable-missing",
    "XPath declared, as many tools do": "expression-language",
    "foreign vendors": "vendor-extension",
}


@pytest.mark.parametrize("name", WARNED)
def test_what_is_passed_over_is_told(name: str) -> None:
    found = lint(CASES[name][0])
    assert WARNED[name] in {p.rule for p in found}
    assert all(p.severity is Severity.WARNING for p in found)


@pytest.mark.parametrize("name", sorted(CASES.keys() - WARNED.keys()))
def test_ornament_is_no_reason_for_a_warning(name: str) -> None:
    quiet = {"label-missing", "dead-end", "gateway-default"}
    rules = {p.rule for p in lint(CASES[name][0])} - quiet
    assert not rules & {"vendor-extension", "expression-language", "element-unknown"}, rules


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030"])
def test_other_encodings(encoding: str) -> None:
    text = file(process(LINE.replace('id="A"', 'id="A" name="形式审查"')))
    data = text.replace('encoding="UTF-8"', f'encoding="{encoding}"').encode(encoding)
    from engine.runtime import compile_definition  # noqa: PLC0415 - only here bytes go in

    (definition,) = compile_definition(data)
    assert definition.nodes["A"].name == "形式审查"
