"""Moving running instances to another version of their diagram."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.model.states import InstanceState
from engine.model.step import NeedMore, State
from engine.runtime import Environment, compile_definition
from engine.runtime.migrating import Migrated, migrate
from tests.runtime.diagram import boundary, bpmn, end, gateway, many, start, sub, timer, user
from tests.runtime.world import INSTANCE, World, world


def moved(
    w: World, xml: str, mapping: Mapping[str, str] | None = None, *, others: tuple[str, ...] = ()
) -> Migrated:
    """Migrate the world's instance; it goes on with the new version if that is possible."""
    fresh = World(tuple(d for text in (xml, *others) for d in compile_definition(text)))
    scopes = tuple(sorted(w.scopes.values(), key=lambda s: s.key))
    state = State(instance_key=INSTANCE, counter=w.counter, scopes=scopes)
    state = replace(state, variables={key: dict(w.variables.get(key, {})) for key in w.scopes})
    while True:
        try:
            result = migrate(w.bundle, fresh.bundle, state, Environment(now=w.now), mapping)
            break
        except NeedMore as need:
            more = {key: dict(w.variables.get(key, {})) for key in need.scopes}
            assert not more.keys() & state.variables.keys(), "asked again for what it has"
            state = replace(state, variables={**state.variables, **more})
    if result.possible:
        w.definitions = fresh.definitions
        w.counter = result.counter
        w.scopes = {s.key: s for s in result.scopes}
        for key, name in result.moved.items():
            w.visits[key].element_id = name
            if key in w.tasks:
                w.tasks[key] = replace(w.tasks[key], element_id=name)
        for wait in result.closed:
            assert w.timers.pop(wait.key, None) or w.subscriptions.pop(wait.key, None)
        for kind in (w.timers, w.subscriptions):
            for key, waiting in kind.items():
                name = result.events.get((waiting.element_key, waiting.event_id))
                if name is not None:
                    kind[key] = replace(waiting, event_id=name)
        for effect in result.opened:
            w._effect(effect)
        w.check()
    return result


def test_a_step_is_added_behind_the_open_task() -> None:
    w = world(bpmn(start() + user("a") + end(), "s>a a>e")).start()
    assert moved(w, bpmn(start() + user("a") + user("b") + end(), "s>a a>b b>e")).problems == ()
    assert w.complete("a").at == ["b"]


def test_an_element_is_renamed_in_every_scope() -> None:
    body = sub("m", start("s2") + user("u") + end("e2"), "s2>u u>e2", inner=many("list"))
    w = world(bpmn(start() + body + end(), "s>m m>e")).start(list=[1, 2])
    other = sub("n", start("s2") + user("v") + end("e2"), "s2>v v>e2", inner=many("list"))
    result = moved(w, bpmn(start() + other + end(), "s>n n>e"), {"m": "n", "u": "v"})
    assert result.problems == ()
    assert w.at == ["v", "v"]
    assert w.complete("v").complete("v").state is InstanceState.COMPLETED


def test_an_open_task_that_is_gone_or_another_kind_is_refused() -> None:
    w = world(bpmn(start() + user("a") + end(), "s>a a>e")).start()
    gone = moved(w, bpmn(start() + user("b") + end(), "s>b b>e"))
    assert [(p.rule, p.element_id) for p in gone.problems] == [("element-missing", "a")]
    inside = bpmn(start() + sub("m", user("a")) + end(), "s>m m>e")
    assert [p.rule for p in moved(w, inside).problems] == ["element-scope"]
    looped = bpmn(start() + user("a", inner=many("list")), "s>a")
    assert [p.rule for p in moved(w, looped).problems] == ["element-loop"]
    assert w.complete("a").state is InstanceState.COMPLETED


def test_arrivals_at_a_join_follow_their_flow() -> None:
    before = bpmn(
        start() + gateway("parallel", "f") + user("a") + user("b") + gateway("parallel", "j"),
        "s>f f>a f>b a>j b>j",
    )
    w = world(before).start().complete("a")
    after = bpmn(
        start()
        + gateway("parallel", "f")
        + user("a2")
        + user("b")
        + gateway("parallel", "j")
        + user("z"),
        "s>f f>a2 f>b a2>j b>j j>z",
    )
    assert moved(w, after, {"a": "a2"}).problems == ()
    assert w.complete("b").at == ["z"]


def test_boundary_events_that_are_gone_or_new() -> None:
    w = world(
        bpmn(start() + user("a") + boundary("t", "a", timer("PT1H")) + user("l"), "s>a t>l")
    ).start()
    result = moved(
        w, bpmn(start() + user("a") + boundary("x", "a", timer("PT1H")) + user("l"), "s>a x>l")
    )
    assert result.problems == ()
    assert [added.event.id for added in result.added] == ["x"]
    assert len(result.closed) == 1
    assert w.waiting == ["x"]
    assert w.complete("a").state is InstanceState.COMPLETED


def test_a_listener_at_work_goes_along() -> None:
    heard = (
        "<zeebe:executionListeners>"
        '<zeebe:executionListener eventType="start" type="l" /></zeebe:executionListeners>'
    )
    w = world(bpmn(start() + user("a", heard) + end(), "s>a a>e")).start()
    assert moved(w, bpmn(start() + user("b", heard) + end(), "s>b b>e"), {"a": "b"}).possible
    w.listened("l")
    assert [t.element_id for t in w.tasks.values()] == ["b"]


def test_where_it_will_begin_is_mapped_while_a_process_listener_is_at_work() -> None:
    heard = (
        "<extensionElements><zeebe:executionListeners>"
        '<zeebe:executionListener eventType="start" type="l" /></zeebe:executionListeners>'
        "</extensionElements>"
    )
    before = bpmn(start() + user("a") + end(), "s>a a>e")
    before = before.replace('isExecutable="true">', f'isExecutable="true">{heard}')
    after = before.replace('id="s"', 'id="t"').replace('sourceRef="s"', 'sourceRef="t"')
    w = world(before).start()
    assert moved(w, after, {"s": "t"}).possible
    assert w.listened("l").at == ["a"]
    assert w.trace == ["t", "a"]
