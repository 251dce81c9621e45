"""What diagrams seldom use: behaviours of multi-instances, global tasks, parallel instantiation."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine import dmn
from engine.model.errors import Conflict, Refused
from engine.model.states import InstanceState
from engine.runtime import compile_definition
from tests.runtime.diagram import (
    HEAD,
    boundary,
    bpmn,
    call,
    end,
    ext,
    gateway,
    io,
    message,
    node,
    on,
    process,
    signal,
    start,
    sub,
    user,
)
from tests.runtime.world import World, world

DONE = InstanceState.COMPLETED
ITEMS = ext('<zeebe:loopCharacteristics inputCollection="=[1, 2, 3]" />')
SIGNALLED = signal("S") + '<signalEventDefinition id="D" signalRef="S" />'


def many(behaviour: str, inner: str = "", *, sequential: bool = False) -> str:
    order = "true" if sequential else "false"
    return (
        f'<multiInstanceLoopCharacteristics isSequential="{order}" {behaviour}>{ITEMS}{inner}'
        "</multiInstanceLoopCharacteristics>"
    )


def crowd(loop: str, catching: str, roots: str = SIGNALLED) -> World:
    xml = bpmn(
        start() + user("a", inner=loop) + catching + user("x") + end(),
        "s>a a>e b>x",
        roots=roots,
    )
    return world(xml).start()


@pytest.mark.parametrize("sequential", [False, True])
def test_none_throws_as_each_instance_completes(sequential: bool) -> None:
    loop = many('behavior="None" noneBehaviorEventRef="D"', sequential=sequential)
    mapped = io(out_done="=numberOfCompletedInstances")
    w = crowd(loop, boundary("b", "a", on("signal", "S"), interrupting=False, extensions=mapped))
    for number in (1, 2, 3):
        w.complete("a")
        assert w.at.count("x") == number
        assert w.root["done"] == Decimal(number)
    for _ in range(3):
        w.complete("x")
    assert w.state is DONE


def test_one_throws_with_the_first_and_may_interrupt() -> None:
    loop = many('behavior="One" oneBehaviorEventRef="D"')
    w = crowd(loop, boundary("b", "a", on("signal", "S")))
    w.complete("a")
    assert w.at == ["x"]
    assert w.complete("x").state is DONE


def test_what_no_boundary_catches_is_broadcast() -> None:
    loop = many('behavior="One" oneBehaviorEventRef="D"')
    w = crowd(
        loop, boundary("b", "a", on("signal", "S2"), interrupting=False), SIGNALLED + signal("S2")
    )
    w.complete("a").complete("a").complete("a")
    assert w.trace.count("!S") == 1
    assert w.state is DONE


def test_complex_throws_where_its_condition_holds() -> None:
    inner = (
        "<complexBehaviorDefinition><condition>=numberOfCompletedInstances = 2</condition>"
        '<event id="ev"><escalationEventDefinition escalationRef="H" /></event></complexBehaviorDefinition>'
    )
    roots = '<escalation id="H" escalationCode="half" />'
    w = crowd(
        many('behavior="Complex"', inner),
        boundary("b", "a", on("escalation", "H"), interrupting=False),
        roots,
    )
    w.complete("a")
    assert "x" not in w.at
    w.complete("a")
    assert w.at == ["a", "x"]
    assert w.complete("a").complete("x").state is DONE


def test_behaviour_messages_go_out_with_their_key() -> None:
    roots = message("M", "key") + '<messageEventDefinition id="D" messageRef="M" />'
    w = crowd(
        many('behavior="One" oneBehaviorEventRef="D"'),
        boundary("b", "a", on("signal", "S2")),
        roots + signal("S2"),
    )
    w.set(key="k1").complete("a")
    assert [(m.name, m.correlation_key) for m in w.messages] == [("M", "k1")]


@pytest.mark.parametrize(
    "loop",
    [
        many('behavior="None"'),
        many('behavior="One" oneBehaviorEventRef="zz"'),
        many('behavior="Complex"'),
        many('behavior="One" oneBehaviorEventRef="T"'),
    ],
)
def test_behaviours_without_an_event_are_refused(loop: str) -> None:
    xml = bpmn(user("a", inner=loop), roots='<terminateEventDefinition id="T" />')
    with pytest.raises(Refused) as caught:
        compile_definition(xml)
    assert ("loop-behavior", "a") in {(p.rule, p.element_id) for p in caught.value.problems}


GLOBAL = {
    "globalUserTask": ext('<zeebe:userTask /><zeebe:formDefinition formId="f" />'),
    "globalScriptTask": ext('<zeebe:script expression="=n + 1" resultVariable="n" />'),
    "globalBusinessRuleTask": ext('<zeebe:calledDecision decisionId="d" resultVariable="n" />'),
    "globalManualTask": "",
    "globalTask": "",
}
RULE = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="f" name="f"
  namespace="t"><decision id="d" name="加一"><variable id="v" name="加一" />
  <literalExpression id="x"><text>n + 1</text></literalExpression></decision></definitions>"""


@pytest.mark.parametrize("kind", GLOBAL)
@pytest.mark.parametrize("standard", [False, True])
def test_global_tasks_are_called(kind: str, standard: bool) -> None:
    caller = node("callActivity", "c", calledElement="t:G") if standard else call("c", "G")
    shared = f'<{kind} id="G" name="核对">{GLOBAL[kind]}</{kind}>'
    xml = HEAD + shared + process(start() + caller + end(), "s>c c>e") + "</definitions>"
    w = world(xml, decisions={"d": dmn.load(RULE)}).start(n=1)
    if kind == "globalUserTask":
        assert w.at == ["G-task"]
        w.complete("G-task", n=2)
    assert w.state is DONE
    assert w.root["n"] == (1 if kind in {"globalTask", "globalManualTask"} else 2)


def test_a_global_rule_task_without_a_decision_is_refused_and_a_missing_one_is_an_incident() -> (
    None
):
    bare = '<globalBusinessRuleTask id="G" name="核定" />'
    file = HEAD + bare + process(start() + call("c", "G") + end(), "s>c c>e") + "</definitions>"
    with pytest.raises(Refused) as caught:
        compile_definition(file)
    assert {(p.rule, p.element_id) for p in caught.value.problems} == {("implementation", "G-task")}
    called = bare.replace(" />", f">{GLOBAL['globalBusinessRuleTask']}</globalBusinessRuleTask>")
    file = file.replace(bare, called)
    assert [d.decision_ids for d in compile_definition(file)] == [frozenset(), {"d"}]
    w = world(file).start(n=1)
    assert w.faults == ["CALLED_DECISION_ERROR"]
    assert [i.element_id for i in w.incidents.values()] == ["G-task"]


def test_what_a_global_task_declares_of_its_data_is_read_over() -> None:
    declared = (
        '<ioSpecification><dataInput id="i" /><inputSet><dataInputRefs>i</dataInputRefs></inputSet>'
        "<outputSet /></ioSpecification>"
    )
    for kind, inside in GLOBAL.items():
        shared = f'<{kind} id="G" name="核对">{declared}{inside}</{kind}>'
        xml = HEAD + shared + process(start() + call("c", "G") + end(), "s>c c>e")
        assert len(compile_definition(xml + "</definitions>")) == 2, kind


def test_a_global_task_is_a_definition_with_a_name_and_its_faults_are_told() -> None:
    shared = '<globalUserTask id="G" name="核对" /><globalScriptTask id="H" />'
    xml = HEAD + shared + process(start() + call("c", "G") + end(), "s>c c>e") + "</definitions>"
    with pytest.raises(Refused) as caught:
        compile_definition(xml)
    assert {(p.rule, p.element_id) for p in caught.value.problems} == {("implementation", "H-task")}
    found = compile_definition(xml.replace('<globalScriptTask id="H" />', ""))
    assert [(d.process_id, d.name) for d in found] == [("p", "流程 p"), ("G", "核对")]


BOTH = bpmn(
    gateway("eventBased", "g", instantiate="true", eventGatewayType="Parallel")
    + node("intermediateCatchEvent", "m", on("message", "M"))
    + node("intermediateCatchEvent", "n", on("message", "N"))
    + user("a")
    + user("b"),
    "g>m g>n m>a n>b",
    roots=message("M", "key") + message("N", "key"),
)


@pytest.mark.parametrize(("first", "other"), [("m", "n"), ("n", "m")])
def test_a_parallel_gateway_opens_an_instance_and_waits_for_the_rest(
    first: str, other: str
) -> None:
    w = world(BOTH).start(first, key="k")
    assert w.waiting == [other]
    w.fire(other)
    assert w.at == ["a", "b"]
    assert w.complete("a").complete("b").state is DONE


def test_a_parallel_gateway_in_the_flow_is_refused() -> None:
    for inside in (False, True):
        xml = BOTH.replace('instantiate="true"', 'instantiate="false"')
        if inside:
            xml = bpmn(
                sub("z", BOTH.split('isExecutable="true">')[1].split("</process>")[0]),
                roots=message("M", "key") + message("N", "key"),
            )
        with pytest.raises(Refused) as caught:
            compile_definition(xml)
        assert {p.rule for p in caught.value.problems} & {
            "event-gateway-parallel",
            "instantiate-flow",
        }


def test_completion_and_start_quantity() -> None:
    xml = bpmn(
        start() + user("a", completionQuantity="2") + user("b", startQuantity="2") + end(),
        "s>a a>b b>e",
    )
    w = world(xml).start().complete("a")
    assert w.at == ["b"]
    assert w.complete("b").state is DONE


def test_starting_by_nothing_where_only_events_start() -> None:
    with pytest.raises(Conflict):
        world(BOTH).start()
