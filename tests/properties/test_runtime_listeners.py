"""Listeners that give nothing back change nothing: random diagrams with and without them go the
same way, whatever is done, and each listener is heard once for each time its element lives."""

from __future__ import annotations

from collections import Counter
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from engine.model.states import InstanceState, VisitState
from engine.runtime.markup import BPMN, ZEEBE
from tests.properties.test_runtime_walks import Pure, sketch
from tests.runtime.world import World, world

#: Element → the events that its listeners may listen to.
HEARD = {
    "userTask": ("start", "end"),
    "scriptTask": ("start", "end"),
    "subProcess": ("start", "end"),
    "endEvent": ("start", "end"),
    "startEvent": ("end",),
    "boundaryEvent": ("end",),
    "exclusiveGateway": ("start",),
    "parallelGateway": ("start",),
    "inclusiveGateway": ("start",),
}

#: What the listeners of a user task may be asked about, whatever the walk does with it.
ASKED = ("creating", "completing", "canceling")


def listening(random: Random, xml: str) -> str:
    """The same diagram with listeners here and there."""
    root = etree.fromstring(xml)
    for element in list(root.iter()):
        events = HEARD.get(etree.QName(element).localname, ())
        chosen = [e for e in events if random.random() < 0.4]
        of_task = events == HEARD["userTask"] and element.tag.endswith("userTask")
        asked = [e for e in ASKED if of_task and random.random() < 0.4]
        if not chosen and not asked:
            continue
        holder = element.find(f"{{{BPMN}}}extensionElements")
        if holder is None:
            holder = etree.Element(f"{{{BPMN}}}extensionElements")
            element.insert(0, holder)
        for kind, heard in (("execution", chosen), ("task", asked)):
            listeners = etree.SubElement(holder, f"{{{ZEEBE}}}{kind}Listeners") if heard else None
            for event in heard:
                etree.SubElement(
                    listeners,
                    f"{{{ZEEBE}}}{kind}Listener",
                    eventType=event,
                    type=f"{event}-listener",
                )
    return etree.tostring(root, encoding="unicode")


def hear(w: World) -> None:
    """Complete every listener there is."""
    for _ in range(10_000):
        job = next(iter(w.jobs.values()), None)
        if job is None:
            return
        w.listened(job.type)


def shape(w: World) -> tuple[object, ...]:
    done = Counter(v.element_id for v in w.visits.values() if v.state is VisitState.COMPLETED)
    waits = sorted(t.event_id for t in w.timers.values())
    return sorted(w.at), waits, done, w.state, {k: v for k, v in w.root.items() if k != "pick"}


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_listeners_that_only_listen(seed: int) -> None:
    random = Random(seed)
    xml = sketch(random.randint(0, 10**6), 3)
    plain, heard = world(xml), Pure(world(listening(random, xml)).definitions)
    values = {"items": [1, 2], "pick": random.randint(0, 3), "again": False}
    plain.start(**values)
    heard.start(**values)
    hear(heard)
    for _ in range(60):
        assert shape(heard) == shape(plain)
        if plain.state is not InstanceState.ACTIVE:
            break
        timers = sorted({t.event_id for t in plain.timers.values()})
        values = {"pick": random.randint(0, 3), "again": random.random() < 0.3}
        if timers and random.random() < 0.2:
            event = random.choice(timers)
            for w in (plain, heard):
                w.fire(event, **values)
        else:
            element = random.choice(sorted(set(plain.at)))
            for w in (plain, heard):
                w.complete(element, **values)
        hear(heard)
    assert not heard.held
