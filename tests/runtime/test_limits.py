"""Bounds: long diagrams, long runs, strange files, old snapshots; and what the step never does."""

from __future__ import annotations

import gc
import time
from dataclasses import replace

import pytest

from engine.model.commands import Complete, Retry
from engine.model.errors import Conflict, Refused, SnapshotUnreadable, TooLarge
from engine.model.states import InstanceState
from engine.model.step import State
from engine.runtime import Environment, compile_definition, step
from tests.runtime.diagram import HEAD, bpmn, end, gateway, script, start, user
from tests.runtime.world import INSTANCE, NOW, world


def row(count: int) -> str:
    names = [f"x{i}" for i in range(count)]
    chain = " ".join(f"{a}>{b}" for a, b in zip(["s", *names], [*names, "e"], strict=True))
    return bpmn(start() + "".join(script(n, "x + 1") for n in names) + end(), chain)


def test_two_thousand_elements_in_a_row_parse_and_run() -> None:
    """SpiffWorkflow's parser overflows the stack at about 500."""
    w = world(row(2000)).start(x=0)
    assert w.root == {"x": 2000}
    assert w.state is InstanceState.COMPLETED


def test_scripts_in_a_row_cost_the_same_each() -> None:
    """Plain SpiffWorkflow is quadratic: 100 / 400 scripts take 0.09 / 1.04 s."""

    def seconds(count: int) -> float:
        w = world(row(count))
        gc.collect()
        gc.disable()  # its pauses depend on what other tests left behind
        try:
            begun = time.thread_time()
            w.start(x=0)
            return time.thread_time() - begun
        finally:
            gc.enable()

    seconds(10)
    few, many = min(seconds(200) for _ in range(3)), min(seconds(1600) for _ in range(3))
    assert many / few < 8 * 4  # quadratic would be × 64; the rest is a busy machine


def test_nested_subprocesses_do_not_recurse() -> None:
    inner = user("u")
    for level in range(60):
        inner = f'<subProcess id="p{level}">{inner}</subProcess>'
    w = world(bpmn(inner)).start()
    assert len(w.scopes) == 61
    assert w.complete("u").state is InstanceState.COMPLETED


def test_wide_fork() -> None:
    count = 1000
    tasks = "".join(script(f"t{i}", "1", f"v{i}") for i in range(count))
    flows = " ".join(f"f>t{i} t{i}>j" for i in range(count))
    w = world(
        bpmn(
            start() + gateway("parallel", "f") + tasks + gateway("parallel", "j") + end(),
            f"s>f {flows} j>e",
        )
    )
    assert w.start().state is InstanceState.COMPLETED


@pytest.mark.parametrize(
    ("xml", "rule"),
    [
        ("<a", "xml-syntax"),
        ("", "xml-syntax"),
        ("<a/>", "not-bpmn"),
        ('<!DOCTYPE d [<!ENTITY e "x">]>' + HEAD + "</definitions>", "xml-doctype"),
        (HEAD + "</definitions>", "no-process"),
        (HEAD + '<process id="p" isExecutable="false"/></definitions>', "no-process"),
        (HEAD + '<process id="p" isExecutable="true"/></definitions>', "no-start"),
    ],
)
def test_what_is_no_executable_diagram_is_refused(xml: str, rule: str) -> None:
    with pytest.raises(Refused) as caught:
        compile_definition(xml)
    assert rule in [p.rule for p in caught.value.problems]


def test_entities_are_not_resolved_and_size_is_bounded() -> None:
    laughs = '<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><definitions>&b;</definitions>'
    with pytest.raises(Refused):
        compile_definition(laughs)
    with pytest.raises(TooLarge):
        compile_definition(HEAD + " " * 10_000_001)


def test_declared_encodings() -> None:
    text = '<?xml version="1.0" encoding="UTF-8"?>' + bpmn(user("a"))
    assert compile_definition(text)[0].nodes["a"].name == "a 环节"
    assert compile_definition(text.encode())[0].nodes["a"].name == "a 环节"
    wide = text.replace("UTF-8", "UTF-16").encode("utf-16")
    assert compile_definition(wide)[0].nodes["a"].name == "a 环节"


def test_snapshot_of_another_version_is_refused() -> None:
    w = world(bpmn(user("a"))).start()
    key = w.open("a")[0]
    old = replace(w.scopes[INSTANCE], snapshot=b"\x63" + w.scopes[INSTANCE].snapshot[1:])
    state = State(
        instance_key=INSTANCE, counter=w.counter, scopes=(old,), variables={INSTANCE: {}, key: {}}
    )
    with pytest.raises(SnapshotUnreadable) as caught:
        step(w.bundle, state, Complete(element_key=key), Environment(now=NOW))
    assert (caught.value.found, caught.value.known) == (0x63, 1)


def test_snapshot_holds_no_specification() -> None:
    w = world(row(300).replace("x299", "u", 0)).start(x=0)
    assert w.state is InstanceState.COMPLETED
    w = world(
        bpmn(start() + user("a") + "".join(script(f"q{i}", "1") for i in range(300)), "s>a")
    ).start()
    assert len(w.scopes[INSTANCE].snapshot) < 60


def test_commands_to_what_is_not_open_are_conflicts() -> None:
    w = world(bpmn(start() + user("a") + user("b"), "s>a a>b")).start()
    key = w.open("a")[0]
    w.complete("a")
    with pytest.raises(Conflict):
        w.do(Complete(element_key=key))
    with pytest.raises(Conflict):
        w.do(Retry(element_key=w.open("b")[0]))
    before = dict(w.scopes)
    assert w.scopes == before
