"""Joins that wait for ever: an error where it is so on every path, a warning where it may be."""

from __future__ import annotations

from random import Random

import pytest

from engine.model.problems import Problem, Severity
from engine.model.states import InstanceState
from engine.runtime import compile_definition
from engine.runtime.lint import lint, soundness, token_game
from tests.runtime.diagram import (
    boundary,
    bpmn,
    end,
    error,
    escalation,
    event_sub,
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

SOUNDNESS = {"join-waits", "end-out-of-reach", "tokens-multiply"}
ROOTS = error("E") + escalation("L") + signal("S")


def found(elements: str, flows: str) -> list[tuple[str, str, Severity]]:
    return [
        (p.rule, p.element_id, p.severity) for p in problems(bpmn(elements, flows, roots=ROOTS))
    ]


def problems(xml: str) -> list[Problem]:
    return [p for p in lint(xml) if p.rule in SOUNDNESS]


ERROR, WARNING = Severity.ERROR, Severity.WARNING
SPLIT = start() + gateway("exclusive", "x", "x_b") + user("a") + user("b") + end()
JOIN = gateway("parallel", "j")
INTO = "s>x x>a:n=1 x>b a>j b>j j>e"


def test_an_exclusive_split_into_a_parallel_join_is_an_error() -> None:
    xml = bpmn(SPLIT + JOIN, INTO)
    (problem,) = problems(xml)
    assert (problem.rule, problem.element_id, problem.severity) == ("join-waits", "j", ERROR)
    assert "“j 环节”" in problem.message
    assert "请" in problem.message, "and says how to mend it"
    stuck = world(xml).start(n=1).complete("a")
    assert (stuck.at, stuck.state) == ([], InstanceState.ACTIVE), "it does wait for ever"


def test_a_join_that_waits_on_some_path_stays_a_warning() -> None:
    """A branch may leave before the join: whether it does is in the data."""
    elements = (
        start()
        + gateway("parallel", "f")
        + gateway("exclusive", "x", "x_j")
        + user("a")
        + JOIN
        + user("off")
        + end()
        + end("e2")
    )
    flows = "s>f f>x f>a x>j x>off:n=1 off>e2 a>j j>e"
    assert found(elements, flows) == [("join-waits", "j", WARNING)]


def test_a_join_that_completes_once_and_then_starves_on_every_path_is_an_error() -> None:
    elements = start() + gateway("parallel", "f") + user("a") + user("b") + JOIN + user("c")
    assert found(elements, "s>f f>a f>b a>j b>j j>c c>j") == [("join-waits", "j", ERROR)]


def test_a_loop_without_an_exit_is_an_error_and_names_where_it_begins() -> None:
    (problem,) = problems(bpmn(start() + gateway("exclusive", "m") + user("a"), "s>m m>a a>m"))
    assert (problem.rule, problem.element_id, problem.severity) == ("end-out-of-reach", "p", ERROR)
    assert "“s 环节”" in problem.message


HOLDING = start("s2") + gateway("exclusive", "m") + user("u"), "s2>m m>u u>m"


@pytest.mark.parametrize(
    ("around", "flows", "severity"),
    [
        ("", "", ERROR),
        (boundary("t", "k", timer("PT1H")), " t>e", WARNING),
        (boundary("t", "k", timer("PT1H"), interrupting=False), " t>e", ERROR),
        (event_sub("h", start("hs", on("signal", "S")) + end("he"), "hs>he"), "", WARNING),
    ],
    ids=["nothing", "boundary event", "one that does not interrupt", "event subprocess"],
)
def test_what_is_left_from_outside_need_not_end_by_itself(
    around: str, flows: str, severity: Severity
) -> None:
    elements = start() + sub("k", *HOLDING) + around + end()
    shown = found(elements, "s>k k>e" + flows)
    assert shown == [("end-out-of-reach", "k", severity)]


def test_the_completion_condition_of_a_multi_instance_leaves_it_too() -> None:
    inner = many("list", condition="numberOfCompletedInstances = 1")
    elements = start() + sub("k", *HOLDING, inner=inner) + end()
    assert found(elements, "s>k k>e") == [("end-out-of-reach", "k", WARNING)]


def test_an_error_end_leaves_the_scope_with_all_that_waits_in_it() -> None:
    inside = (
        start("s2")
        + gateway("parallel", "f")
        + user("a")
        + user("b")
        + JOIN
        + end("e2", on("error", "E"))
    )
    body = sub("k", inside + user("c"), "s2>f f>a f>b a>j b>e2 j>c c>j")
    elements = start() + body + boundary("t", "k", on("error", "E")) + end()
    assert [(at, how) for _, at, how in found(elements, "s>k k>e t>e")] == [("j", ERROR)]
    ended = world(bpmn(elements, "s>k k>e t>e", roots=ROOTS)).start().complete("a").complete("b")
    assert ended.state is InstanceState.COMPLETED


@pytest.mark.parametrize(
    ("elements", "flows"),
    [
        pytest.param(
            start()
            + user("a", completionQuantity="2")
            + gateway("exclusive", "x", "x_j")
            + JOIN
            + user("b")
            + end(),
            "s>a a>x x>j x>b:n=1 b>j j>e",
            id="an activity that sends two tokens",
        ),
        pytest.param(
            start()
            + user("a")
            + boundary("t", "a", timer("R/PT1H", "timeCycle"), interrupting=False)
            + gateway("exclusive", "x", "x_b")
            + user("b")
            + user("c")
            + JOIN
            + end()
            + end("e2"),
            "s>a a>e2 t>x x>b x>c:n=1 b>j c>j j>e",
            id="an event that comes again",
        ),
    ],
)
def test_nothing_is_claimed_where_more_tokens_may_come(elements: str, flows: str) -> None:
    assert ("join-waits", "j", ERROR) not in found(elements, flows)


def test_several_events_that_start_a_process_are_walked_one_by_one() -> None:
    """By the signal it ends; begun by the timer it starves, whatever is done."""
    elements = (
        start("s1", on("signal", "S"))
        + start("s2", timer("R/P1D", "timeCycle"))
        + gateway("exclusive", "x", "x_b")
        + gateway("parallel", "f")
        + user("a")
        + user("b")
        + JOIN
        + end()
    )
    flows = "s1>f f>a f>b a>j b>j s2>x x>a:n=1 x>b j>e"
    (problem,) = problems(bpmn(elements, flows, roots=ROOTS))
    assert (problem.rule, problem.element_id, problem.severity) == ("join-waits", "j", ERROR)
    assert "从“s2 环节”（s2）开始" in problem.message


def test_an_exploration_that_is_cut_off_claims_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_game, "LIMIT", 5)
    assert found(SPLIT + JOIN, INTO) == []


# -- what is called an error is one: random diagrams, walked by the engine -------------------------


def tangled(random: Random) -> str:
    """Gateways and tasks, linked anyhow."""
    size = random.randint(3, 7)
    kinds = {
        f"n{i}": random.choice(["user", "user", "parallel", "parallel", "exclusive", "inclusive"])
        for i in range(size)
    }
    flows = ["s>n0", *(f"n{i}>n{i + 1}" for i in range(size - 1) if random.random() < 0.7)]
    flows += [
        f"n{random.randrange(size)}>n{random.randrange(1, size)}"
        for _ in range(random.randint(2, 6))
    ]
    flows += [f"n{random.randrange(size)}>e" for _ in range(random.randint(0, 2))]
    drawn: list[str] = []
    for flow in dict.fromkeys(flows):
        source = flow.split(">")[0]
        conditional = kinds.get(source) in {"exclusive", "inclusive"}
        drawn.append(f"{flow}:c{len(drawn)}" if conditional else flow)
    defaults = {
        name: next(
            (f.partition(":")[0].replace(">", "_") for f in drawn if f.startswith(name + ">")), ""
        )
        for name in kinds
    }
    plain = {
        f"{flow.partition(':')[0]}"
        for flow in drawn
        if flow.partition(":")[0].replace(">", "_") in defaults.values()
    }
    drawn = [flow.partition(":")[0] if flow.partition(":")[0] in plain else flow for flow in drawn]
    parts = [
        user(name)
        if kind == "user"
        else gateway(kind, name, defaults[name] if kind != "parallel" else "")
        for name, kind in kinds.items()
    ]
    return bpmn(start() + "".join(parts) + end(), " ".join(drawn))


def walked(random: Random, xml: str) -> World:
    """A walk with conditions that turn out anyhow each time."""
    w = world(xml)
    told = lambda: {f"c{i}": random.random() < 0.5 for i in range(20)}  # noqa: E731
    w.start(**told())
    for _ in range(25):
        if not w.at or w.incidents or w.state is not InstanceState.ACTIVE:
            break
        w.complete(random.choice(w.at), **told())
    return w


def test_no_walk_completes_what_is_said_never_to() -> None:
    claims = starved = 0
    for seed in range(60):
        random = Random(seed)
        xml = tangled(random)
        (definition,) = compile_definition(xml)
        errors = [p for p in soundness.check(definition, definition.root) if p.severity is ERROR]
        never = [p.element_id for p in errors if "没有任何一条路径" in p.message]
        if not errors:
            continue
        claims += 1
        for _ in range(3):
            w = walked(random, xml)
            assert not set(never) & set(w.trace), (seed, never, w.trace)
            if any(p.rule == "end-out-of-reach" or "无论怎样" in p.message for p in errors):
                assert w.state is InstanceState.ACTIVE, (seed, errors)
            starved += bool(never) and not w.at
    assert claims > 10, "the walk is worth something"
    assert starved > 5
