"""What is only drawn for readers, but drawn against the standard: refused by rule and element."""

from __future__ import annotations

import pytest

from engine.runtime import compile_definition
from tests.runtime.diagram import bpmn, end, gateway, many, start, user
from tests.runtime.test_dialects import LINE, file, process
from tests.runtime.test_invalid import ROOTS, refusal

POOLS = '<bpmn:participant id="X" processRef="P" /><bpmn:participant id="Y" />'
TWO = user("a") + user("b")
INPUT = "<inputSet><dataInputRefs>di</dataInputRefs></inputSet>"
OUTPUT = "<outputSet />"

#: (elements, flows, rule, the element's id)
DRAWN: dict[str, tuple[str, str, str, str]] = {
    "converging gateway that splits": (
        gateway("exclusive", "g", "g_b", gatewayDirection="Converging") + TWO,
        "g>a:x g>b",
        "gateway-direction",
        "g",
    ),
    "diverging gateway that joins": (
        TWO + gateway("parallel", "g", gatewayDirection="Diverging") + user("c"),
        "a>g b>g g>c",
        "gateway-direction",
        "g",
    ),
    "mixed gateway that only splits": (
        gateway("parallel", "g", gatewayDirection="Mixed") + TWO,
        "g>a g>b",
        "gateway-direction",
        "g",
    ),
    "multi-instance by collection and by number": (
        user("a", inner=many("l").replace("</multiInstance", "<loopCardinality>3</loopCardinality></multiInstance")),
        "",
        "loop-ambiguous",
        "a",
    ),
    "data association from nothing": (
        user("a", inner='<dataInputAssociation><sourceRef>zz</sourceRef><targetRef>a</targetRef></dataInputAssociation>'),
        "",
        "reference-missing",
        "a",
    ),
    "data association to nothing": (
        user("a", inner="<dataInputAssociation></dataInputAssociation>"),
        "",
        "data-association",
        "a",
    ),
    "specification without sets": (
        user("a", inner='<ioSpecification><dataInput id="di" /></ioSpecification>'),
        "",
        "data-sets",
        "a",
    ),
    "input in no set": (
        user("a", inner=f'<ioSpecification><dataInput id="di" /><dataInput id="dj" />{INPUT}{OUTPUT}</ioSpecification>'),
        "",
        "data-sets",
        "a",
    ),
    "start event that takes data": (
        start("s", f'<dataInput id="di" />{INPUT}') + user("a"),
        "s>a",
        "data-place",
        "s",
    ),
    "end event that gives data": (
        user("a") + end("e", '<dataOutput id="do" />'),
        "a>e",
        "data-place",
        "e",
    ),
    "group of no category": (user("a") + '<group id="gr" categoryValueRef="zz" />', "", "reference-missing", "gr"),
    "association with one end": (user("a") + '<association id="as" sourceRef="a" />', "", "attribute-missing", "as"),
    "process type that there is not": (user("a"), "", "attribute-value", "p"),
}  # fmt: skip


@pytest.mark.parametrize("name", DRAWN)
def test_refused(name: str) -> None:
    elements, flows, rule, element_id = DRAWN[name]
    xml = bpmn(elements, flows, roots=ROOTS)
    if name == "process type that there is not":
        xml = xml.replace("<process ", '<process processType="Secret" ', 1)
    found = refusal(xml)
    assert (rule, element_id) in {(r, e) for r, e, _ in found}, found
    assert "请" in next(m for r, e, m in found if (r, e) == (rule, element_id))


def drawn(source: str, target: str, line: str = LINE) -> str:
    flow = f'<bpmn:messageFlow id="MF" sourceRef="{source}" targetRef="{target}" />'
    return file(f'<bpmn:collaboration id="C">{POOLS}{flow}</bpmn:collaboration>' + process(line))


MESSAGE = '<bpmn:messageEventDefinition messageRef="M" />'
SUBSCRIBED = '<bpmn:message id="M" name="m" />'
SPEAKING = LINE.replace(
    '<bpmn:startEvent id="S" />', f'<bpmn:startEvent id="S">{MESSAGE}</bpmn:startEvent>'
)
JOINED = (
    LINE
    + '<bpmn:exclusiveGateway id="G" /><bpmn:sequenceFlow id="A_G" sourceRef="A" targetRef="G" />'
)

#: (the whole file, rule, the element's id)
FILES: dict[str, tuple[str, str, str]] = {
    "message into a gateway": (drawn("Y", "G", JOINED), "message-flow-end", "MF"),
    "message out of a start": (drawn("S", "Y", SPEAKING), "message-flow-end", "MF"),
    "message into an end": (drawn("Y", "E"), "message-flow-end", "MF"),
    "message into a start that waits for none": (drawn("Y", "S"), "message-flow-end", "MF"),
    "message out of an end that sends none": (drawn("E", "Y"), "message-flow-end", "MF"),
    "message from a pool to itself": (drawn("Y", "Y"), "message-flow-pool", "MF"),
    "message flow of a message that there is not": (
        drawn("Y", "A").replace('targetRef="A" />', 'targetRef="A" messageRef="zz" />', 1),
        "reference-missing",
        "MF",
    ),
    "message flow with one end": (drawn("Y", "A").replace(' targetRef="A" />', " />", 1), "attribute-missing", "MF"),
    "pool of more at least than at most": (
        drawn("Y", "A").replace('<bpmn:participant id="Y" />', '<bpmn:participant id="Y"><bpmn:participantMultiplicity minimum="3" maximum="2" /></bpmn:participant>'),
        "participant-multiplicity",
        "Y",
    ),
    "operation that takes no message": (
        file('<bpmn:interface id="I" name="i"><bpmn:operation id="O" name="o" /></bpmn:interface>' + process(LINE)),
        "operation-message",
        "O",
    ),
    "message of an item that there is not": (file('<bpmn:message id="M" name="m" itemRef="zz" />' + process(LINE)), "reference-missing", "M"),
    "no target namespace": (file(process(LINE)).replace("targetNamespace", "xmlns:tns"), "attribute-missing", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_files_refused(name: str) -> None:
    xml, rule, element_id = FILES[name]
    found = refusal(xml)
    assert (rule, element_id) in {(r, e) for r, e, _ in found} or not element_id, found
    assert rule in {r for r, _, _ in found}


#: The same, as the standard has it.
ALLOWED = {
    "to a task": drawn("Y", "A"),
    "from a task": drawn("A", "Y"),
    "into a start that waits for one": drawn("Y", "S", SPEAKING).replace("<bpmn:process", SUBSCRIBED + "<bpmn:process", 1),
    "converging gateway": bpmn(TWO + gateway("parallel", "g", gatewayDirection="Converging") + user("c"), "a>g b>g g>c"),
    "specification with sets": bpmn(user("a", inner=f'<ioSpecification><dataInput id="di" />{INPUT}{OUTPUT}</ioSpecification>')),
}  # fmt: skip


@pytest.mark.parametrize("name", ALLOWED)
def test_allowed(name: str) -> None:
    assert compile_definition(ALLOWED[name])
