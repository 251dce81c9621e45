"""Damaged diagrams: parts dropped, swapped or emptied. They are refused, or they run; never a crash."""

from __future__ import annotations

from pathlib import Path
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from engine.model.errors import Conflict, Refused
from engine.model.problems import Problem, Severity
from engine.runtime import Definition, compile_definition
from engine.runtime.lint import lint
from tests.properties.test_runtime_walks import sketch
from tests.runtime.diagram import bpmn
from tests.runtime.test_compensation import undoable
from tests.runtime.test_refusals import REFUSED
from tests.runtime.world import World

SHIPPED = sorted((Path(__file__).parents[2] / "bpmn").glob("*/*.bpmn"))
TEXTS = ["", "=", "=1 +", "x", "=null", "R3/PT1H", "-1", "9" * 30, "名", "=x.y", "a b", "true"]


def damaged(random: Random, xml: bytes) -> bytes:
    root = etree.fromstring(xml)
    for _ in range(random.randint(1, 4)):
        elements = [e for e in root.iter() if isinstance(e.tag, str) and e.getparent() is not None]
        if not elements:
            break
        victim = random.choice(elements)
        match random.randint(0, 5):
            case 0:
                victim.getparent().remove(victim)  # type: ignore[union-attr]
            case 1 if victim.attrib:
                del victim.attrib[random.choice(sorted(victim.attrib))]
            case 2 if victim.attrib:
                victim.set(random.choice(sorted(victim.attrib)), random.choice(TEXTS))
            case 3:
                victim.text = random.choice(TEXTS)
            case 4:
                other = random.choice(elements)
                victim.tag = other.tag
            case _:
                other = random.choice(elements)
                if other is not victim and other not in victim.iterancestors():
                    victim.append(other)
    return etree.tostring(root)


def source(random: Random) -> bytes:
    choice = random.random()
    if choice < 0.3:
        return random.choice(SHIPPED).read_bytes()
    if choice < 0.6:
        return sketch(random.randint(0, 10**6), 3).encode()
    elements, flows, _, _ = REFUSED[random.choice(sorted(REFUSED))]
    roots = '<message id="M" name="M" /><signal id="S" name="S" />'
    return bpmn(elements + undoable("q"), flows, roots=roots).encode()


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_a_damaged_diagram_is_refused_or_runs(seed: int) -> None:
    random = Random(seed)
    xml = damaged(random, source(random))
    found = lint(xml)
    definitions, problems = attempt(xml)
    if problems:
        assert all(p.message and p.rule for p in problems)
        return
    refused = [p for p in found if p.severity is Severity.ERROR]
    assert not [p for p in refused if p.rule.startswith("element")]
    for definition in definitions:
        w = World((definition,))
        try:
            w.start(x=1)
        except Conflict:
            continue
        w.check()


def attempt(xml: bytes) -> tuple[tuple[Definition, ...], tuple[Problem, ...]]:
    """The definitions, or why the file was refused."""
    try:
        return compile_definition(xml), ()
    except Refused as refused:
        return (), refused.problems
