"""The 43 workflow control-flow patterns (van der Aalst, ter Hofstede, Kiepuszewski, Barros; 2006).

Each is a small diagram with what is done to it and the tasks that are then open (empty: it has
ended). Those that BPMN cannot say are listed with the reason.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.model.commands import Activation, Modify
from engine.model.states import InstanceState
from tests.runtime.diagram import (
    boundary,
    bpmn,
    call,
    catch,
    end,
    gateway,
    many,
    on,
    signal,
    start,
    sub,
    timer,
    user,
)
from tests.runtime.world import World, world

PAR, XOR, OR = "parallel", "exclusive", "inclusive"
ENDED: list[str] = []


def tasks(names: str) -> str:
    return "".join(user(name) for name in names)


def fork(kind: str, name: str = "f", default: str = "") -> str:
    return gateway(kind, name, default)


def count_of(condition: str) -> str:
    return gateway("complex", "j", inner=f"<activationCondition>={condition}</activationCondition>")


def terminating() -> str:
    return end("e", on("terminate"))


S = start()
E = end()
LOOP = S + fork(XOR, "m") + tasks("a") + fork(XOR, "g", "g_e") + E
LOOP_FLOWS = "s>m m>a a>g g>m:again g>e"
MANY = {"list": [1, 2, 3]}
Act = Callable[[World], object]

PATTERNS: dict[str, tuple[str, dict[str, object], Act, list[str]]] = {
    "1 Sequence": (bpmn(S + tasks("ab"), "s>a a>b"), {}, lambda w: w.complete("a"), ["b"]),
    "2 Parallel Split": (
        bpmn(S + fork(PAR) + tasks("ab"), "s>f f>a f>b"),
        {},
        lambda w: w,
        ["a", "b"],
    ),
    "3 Synchronization": (
        bpmn(S + fork(PAR) + tasks("abz") + fork(PAR, "j"), "s>f f>a f>b a>j b>j j>z"),
        {},
        lambda w: w.complete("a").complete("b"),
        ["z"],
    ),
    "4 Exclusive Choice": (
        bpmn(S + fork(XOR, "f", "f_b") + tasks("ab"), "s>f f>a:x f>b"),
        {"x": False},
        lambda w: w,
        ["b"],
    ),
    "5 Simple Merge": (
        bpmn(S + fork(XOR, "f", "f_b") + tasks("abz") + fork(XOR, "j"), "s>f f>a:x f>b a>j b>j j>z"),
        {"x": True},
        lambda w: w.complete("a"),
        ["z"],
    ),
    "6 Multi-Choice": (
        bpmn(S + fork(OR, "f", "f_c") + tasks("abc"), "s>f f>a:x>1 f>b:x>2 f>c"),
        {"x": 3},
        lambda w: w,
        ["a", "b"],
    ),
    "7 Structured Synchronizing Merge": (
        bpmn(S + fork(OR) + tasks("abz") + fork(OR, "j"), "s>f f>a:true f>b:x a>j b>j j>z"),
        {"x": True},
        lambda w: w.complete("b").complete("a"),
        ["z"],
    ),
    "8 Multi-Merge": (
        bpmn(S + fork(PAR) + tasks("abz"), "s>f f>a f>b a>z b>z"),
        {},
        lambda w: w.complete("a").complete("b"),
        ["z", "z"],
    ),
    "9 Structured Discriminator": (
        bpmn(S + fork(PAR) + tasks("abz") + count_of("activationCount >= 1"), "s>f f>a f>b a>j b>j j>z"),
        {},
        lambda w: w.complete("a").complete("b"),
        ["z"],
    ),
    "10 Arbitrary Cycles": (
        bpmn(
            S + fork(XOR, "m") + fork(XOR, "n") + tasks("ab") + fork(XOR, "g", "g_h") + fork(XOR, "h", "h_e") + E,
            "s>m m>a a>n n>b b>g g>m:x g>h h>n:y h>e",
        ),
        {"x": True, "y": False},
        lambda w: w.complete("a").complete("b").complete("a").complete("b", x=False, y=True),
        ["b"],
    ),
    "11 Implicit Termination": (
        bpmn(S + fork(PAR) + tasks("ab"), "s>f f>a f>b"),
        {},
        lambda w: w.complete("a").complete("b"),
        ENDED,
    ),
    "12 Multiple Instances without Synchronization": (
        bpmn(S + fork(XOR, "m") + user("a") + user("n") + fork(PAR) + fork(XOR, "g", "g_e") + E, "s>m m>a a>f f>n f>g g>m:again g>e"),
        {},
        lambda w: w.complete("a", again=True).complete("a", again=False),
        ["n", "n"],
    ),
    "13 Multiple Instances with a Priori Design-Time Knowledge": (
        bpmn(S + user("a", inner="<multiInstanceLoopCharacteristics><loopCardinality>=3</loopCardinality></multiInstanceLoopCharacteristics>") + tasks("z"), "s>a a>z"),
        {},
        lambda w: w.complete("a").complete("a").complete("a"),
        ["z"],
    ),
    "14 Multiple Instances with a Priori Run-Time Knowledge": (
        bpmn(S + user("a", inner=many("list")) + tasks("z"), "s>a a>z"),
        MANY,
        lambda w: w.complete("a").complete("a").complete("a"),
        ["z"],
    ),
    "16 Deferred Choice": (
        bpmn(S + gateway("eventBased", "g") + catch("x", on("signal", "X")) + catch("y", timer("P1D")) + tasks("ab"), "s>g g>x g>y x>a y>b", roots=signal("X")),
        {},
        lambda w: w.signal("X"),
        ["a"],
    ),
    "17 Interleaved Parallel Routing": (
        bpmn(S + sub("h", tasks("ab"), kind="adHocSubProcess", ordering="Sequential") + tasks("z"), "s>h h>z"),
        {},
        lambda w: w.complete("a"),
        ["b"],
    ),
    "19 Cancel Task": (
        bpmn(S + user("a") + boundary("x", "a", on("signal", "X")) + tasks("z"), "s>a x>z", roots=signal("X")),
        {},
        lambda w: w.signal("X"),
        ["z"],
    ),
    "20 Cancel Case": (
        bpmn(S + fork(PAR) + tasks("ab") + terminating(), "s>f f>a f>b a>e"),
        {},
        lambda w: w.complete("a"),
        ENDED,
    ),
    "21 Structured Loop": (
        bpmn(LOOP, LOOP_FLOWS),
        {},
        lambda w: w.complete("a", again=True).complete("a", again=False),
        ENDED,
    ),
    "23 Transient Trigger": (
        bpmn(S + fork(PAR) + tasks("a") + catch("x", on("signal", "X")) + tasks("z"), "s>f f>a a>x x>z", roots=signal("X")),
        {},
        lambda w: w.signal("X").complete("a").signal("X"),
        ["z"],
    ),
    "25 Cancel Region": (
        bpmn(
            S + sub("m", fork(PAR, "f2") + tasks("ab") + end("x", on("error")).replace("<errorEventDefinition>", '<errorEventDefinition errorRef="E">'), "f2>a f2>b a>x") + boundary("c", "m", on("error")) + tasks("z"),
            "s>m c>z",
            roots='<error id="E" errorCode="E" />',
        ),
        {},
        lambda w: w.complete("a"),
        ["z"],
    ),
    "26 Cancel Multiple Instance Task": (
        bpmn(S + user("a", inner=many("list")) + boundary("x", "a", on("signal", "X")) + tasks("z"), "s>a x>z", roots=signal("X")),
        MANY,
        lambda w: w.complete("a").signal("X"),
        ["z"],
    ),
    "27 Complete Multiple Instance Task": (
        bpmn(S + user("a", inner=many("list", condition="enough")) + tasks("z"), "s>a a>z"),
        MANY | {"enough": False},
        lambda w: w.complete("a", enough=True),
        ["z"],
    ),
    "28 Blocking Discriminator": (
        bpmn(S + fork(PAR) + tasks("abz") + count_of("activationCount >= 1"), "s>f f>a f>b a>j b>j j>z"),
        {},
        lambda w: w.complete("b").complete("z").complete("a"),
        ENDED,
    ),
    "30 Structured Partial Join": (
        bpmn(S + fork(PAR) + tasks("abcz") + count_of("activationCount >= 2"), "s>f f>a f>b f>c a>j b>j c>j j>z"),
        {},
        lambda w: w.complete("a").complete("b").complete("c"),
        ["z"],
    ),
    "33 Generalized AND-Join": (
        bpmn(S + fork(PAR) + fork(XOR, "m") + tasks("abz") + fork(PAR, "j") + fork(XOR, "g", "g_j"), "s>f f>m m>a a>g g>m:again g>j f>b b>j j>z"),
        {},
        lambda w: w.complete("a", again=True).complete("b").complete("a", again=False),
        ["z"],
    ),
    "34 Static Partial Join for Multiple Instances": (
        bpmn(S + user("a", inner=many("list", condition="numberOfCompletedInstances >= 2")) + tasks("z"), "s>a a>z"),
        MANY,
        lambda w: w.complete("a").complete("a"),
        ["z"],
    ),
    "37 Local Synchronizing Merge": (
        bpmn(S + fork(OR) + tasks("abz") + fork(OR, "j"), "s>f f>a:true f>b:x a>j b>j j>z"),
        {"x": False},
        lambda w: w.complete("a"),
        ["z"],
    ),
    "38 General Synchronizing Merge": (
        bpmn(S + fork(PAR) + tasks("abcz") + fork(XOR, "g", "g_c") + fork(OR, "j"), "s>f f>a f>b b>g g>j:x g>c a>j j>z"),
        {"x": False},
        lambda w: w.complete("a").complete("b"),
        ["c", "z"],
    ),
    "39 Critical Section": (
        bpmn(S + sub("h", sub("m", tasks("ab"), "a>b") + sub("n", tasks("cd"), "c>d"), kind="adHocSubProcess", ordering="Sequential"), "s>h"),
        {},
        lambda w: w.complete("a").complete("b"),
        ["c"],
    ),
    "40 Interleaved Routing": (
        bpmn(S + sub("h", tasks("abc"), kind="adHocSubProcess", ordering="Sequential"), "s>h"),
        {},
        lambda w: w.complete("a").complete("b").complete("c"),
        ENDED,
    ),
    "41 Thread Merge": (
        bpmn(S + fork(PAR) + tasks("ab") + user("z", startQuantity="2"), "s>f f>a f>b a>z b>z"),
        {},
        lambda w: w.complete("a").complete("b"),
        ["z"],
    ),
    "42 Thread Split": (
        bpmn(S + user("a", completionQuantity="3") + tasks("z"), "s>a a>z"),
        {},
        lambda w: w.complete("a"),
        ["z", "z", "z"],
    ),
    "43 Explicit Termination": (
        bpmn(S + fork(PAR) + tasks("ab") + terminating(), "s>f f>a f>b b>e"),
        {},
        lambda w: w.complete("b"),
        ENDED,
    ),
}  # fmt: skip

#: Patterns that have no diagram here, and why.
OTHERWISE = {
    15: "BPMN's multi-instance takes its number once; further instances: an ad-hoc subprocess, or Modify",
    18: "a milestone is a state that BPMN does not name; a conditional event over a variable serves",
    22: "recursion: a call activity that calls its own process (test_recursion)",
    24: "a persistent trigger is a message kept by the service until a subscription opens",
    29: "cancelling discriminator: the branches in a subprocess that an end event ends (25)",
    31: "blocking partial join: as 28, with a higher count",
    32: "cancelling partial join: as 29, with a higher count",
    35: "cancelling partial join for multiple instances: 34 ends the rest",
    36: "dynamic partial join for multiple instances: as 15",
}


@pytest.mark.parametrize("name", PATTERNS)
def test_pattern(name: str) -> None:
    diagram, variables, act, expected = PATTERNS[name]
    w = world(diagram).start(**variables)
    act(w)
    assert w.faults == []
    assert w.at == expected
    assert (w.state is InstanceState.COMPLETED) == (not expected)


def test_every_pattern_is_shown_or_explained() -> None:
    shown = {int(name.split()[0]) for name in PATTERNS}
    assert shown | OTHERWISE.keys() == set(range(1, 44))
    assert not shown & OTHERWISE.keys()


def test_recursion() -> None:
    """22 Recursion."""
    body = (
        '<callActivity id="c"><extensionElements><zeebe:calledElement processId="p" />'
        '<zeebe:ioMapping><zeebe:input source="=n - 1" target="n" /></zeebe:ioMapping>'
        "</extensionElements></callActivity>"
    )
    diagram = bpmn(S + fork(XOR, "g", "g_a") + body + tasks("a"), "s>g g>c:n>0 g>a")
    w = world(diagram).start(n=5)
    assert w.at == ["a"]
    assert len(w.scopes) == 6
    assert w.complete("a").state is InstanceState.COMPLETED


def test_recursion_without_end_is_an_incident() -> None:
    diagram = bpmn(S + call("c", "p") + E, "s>c c>e")
    w = world(diagram).start()
    assert w.faults == ["LOOP_WITHOUT_WAIT"]


def test_further_instances_by_hand() -> None:
    """15: while an ad-hoc subprocess is open, another of its activities can be begun."""
    w = world(bpmn(S + sub("h", tasks("a"), kind="adHocSubProcess"), "s>h")).start()
    scope = w.tasks[w.open("a")[0]].scope_key
    w.modify(Modify(activate=(Activation(element_id="a", scope_key=scope),)))
    assert w.at == ["a", "a"]
    assert w.complete("a").complete("a").state is InstanceState.COMPLETED
