"""What the linter says of diagrams that can be executed but look wrong, and of those that cannot."""

from __future__ import annotations

import pytest

from engine.model.problems import Severity
from engine.runtime.lint import lint
from tests.runtime.lint_build import diagram, end, gateway, script, start, user


def rules(xml: str, **known: object) -> dict[str, str]:
    """Rule → element of every finding."""
    return {p.rule: p.element_id for p in lint(xml, **known)}  # type: ignore[arg-type]


def test_a_clean_diagram_has_no_findings() -> None:
    assert rules(diagram(start() + user("a") + end(), "s>a a>e")) == {}


def test_several_plain_starts_are_told() -> None:
    xml = diagram(start() + start("s2") + user("a") + end(), "s>a s2>a a>e")
    assert ("several-starts", "s2") in {(p.rule, p.element_id) for p in lint(xml)}


def test_a_gateway_without_default_is_named() -> None:
    xml = diagram(
        start() + gateway("exclusive", "g") + user("a") + user("b") + end(),
        "s>g g>a:x=1 g>b:x=2 a>e b>e",
    )
    assert rules(xml) == {"gateway-default": "g"}


def test_a_gateway_with_default_is_not() -> None:
    xml = diagram(
        start() + gateway("exclusive", "g", "g_b") + user("a") + user("b") + end(),
        "s>g g>a:x=1 g>b a>e b>e",
    )
    assert rules(xml) == {}


def test_what_cannot_be_reached_and_what_leads_nowhere() -> None:
    xml = diagram(start() + user("a") + user("lost") + end(), "s>a a>e lost>lost")
    assert rules(xml)["unreachable"] == "lost"
    assert rules(diagram(start() + user("a"), "s>a"))["dead-end"] == "a"


def test_a_loop_of_scripts_is_named_and_one_with_a_person_in_it_is_not() -> None:
    parts = start() + gateway("exclusive", "g", "g_e") + end()
    busy = diagram(parts + script("x"), "s>x x>g g>x:x=1 g>e")
    calm = diagram(parts + user("x"), "s>x x>g g>x:x=1 g>e")
    assert "loop-without-wait" in rules(busy)
    assert "loop-without-wait" not in rules(calm)


@pytest.mark.parametrize(
    ("extensions", "rule"),
    [
        ('<zeebe:formDefinition formId="f" />', "task-unassigned"),
        ('<zeebe:assignmentDefinition assignee="x" />', "form-absent"),
    ],
)
def test_a_task_that_nobody_gets_or_that_has_no_form(extensions: str, rule: str) -> None:
    xml = diagram(start() + user("a", extensions=extensions) + end(), "s>a a>e")
    assert rules(xml) == {rule: "a"}


def test_a_missing_form_is_an_error() -> None:
    xml = diagram(start() + user("a") + end(), "s>a a>e")
    (problem,) = lint(xml, known_forms={"other"})
    assert (problem.rule, problem.severity) == ("form-missing", Severity.ERROR)
    assert lint(xml, known_forms={"f"}) == []


def test_an_unknown_name_is_found_with_a_suggestion() -> None:
    xml = diagram(start() + user("a") + script("x", "amuont + 1", "y") + end(), "s>a a>x x>e")
    (problem,) = lint(xml, form_fields={"f": {"amount"}})
    assert problem.rule == "unknown-variable"
    assert "amuont" in problem.message
    assert "amount" in problem.message.partition("是不是")[2]


def test_names_are_not_judged_where_a_form_is_unknown() -> None:
    xml = diagram(start() + user("a") + script("x", "anything", "y") + end(), "s>a a>x x>e")
    assert lint(xml, form_fields={}) == []


class TestSoundness:
    """Joins that starve, tokens that multiply, ends out of reach."""

    def test_an_exclusive_split_into_a_parallel_join_waits_for_ever(self) -> None:
        xml = diagram(
            start()
            + gateway("exclusive", "g", "g_b")
            + user("a")
            + user("b")
            + gateway("parallel", "j")
            + end(),
            "s>g g>a:x=1 g>b a>j b>j j>e",
        )
        assert rules(xml) == {"join-waits": "j"}

    @pytest.mark.parametrize("kind", ["parallel", "inclusive"])
    def test_a_matching_pair_is_sound(self, kind: str) -> None:
        xml = diagram(
            start() + gateway(kind, "g") + user("a") + user("b") + gateway(kind, "j") + end(),
            "s>g g>a g>b a>j b>j j>e",
        )
        assert rules(xml) == {}

    def test_an_inclusive_join_takes_what_an_exclusive_split_sends(self) -> None:
        xml = diagram(
            start()
            + gateway("exclusive", "g", "g_b")
            + user("a")
            + user("b")
            + gateway("inclusive", "j")
            + end(),
            "s>g g>a:x=1 g>b a>j b>j j>e",
        )
        assert rules(xml) == {}

    def test_a_loop_back_out_of_a_parallel_branch_multiplies_tokens(self) -> None:
        xml = diagram(
            start()
            + gateway("exclusive", "m")
            + gateway("parallel", "g")
            + user("a")
            + user("b")
            + end(),
            "s>m m>g g>a g>b a>m b>e",
        )
        assert "tokens-multiply" in rules(xml)

    def test_a_loop_without_a_way_out_never_ends(self) -> None:
        xml = diagram(
            start() + gateway("exclusive", "m") + user("a") + end(),
            "s>m m>a a>m",
        )
        assert "end-out-of-reach" in rules(xml)

    def test_a_large_diagram_is_left_open_in_little_time(self) -> None:
        branches = [f"a{i}" for i in range(24)]
        xml = diagram(
            start()
            + gateway("parallel", "g")
            + "".join(user(b) for b in branches)
            + gateway("parallel", "j")
            + end(),
            "s>g " + " ".join(f"g>{b} {b}>j" for b in branches) + " j>e",
        )
        assert rules(xml) == {}


LISTENER = (
    "<zeebe:executionListeners>"
    '<zeebe:executionListener eventType="start" type="t" /></zeebe:executionListeners>'
)


def test_listeners_wait_and_may_give_any_variable() -> None:
    loop = start() + script("a") + script("b") + gateway("exclusive", "g", "g_e") + end()
    flows = "s>a a>b b>g g>a:true g>e"
    assert "loop-without-wait" in rules(diagram(loop, flows))
    heard = loop.replace("<zeebe:script", LISTENER + "<zeebe:script", 1)
    assert "loop-without-wait" not in rules(diagram(heard, flows))
    drawn = start() + script("a", "unheard + 1") + end()
    assert "unknown-variable" in rules(diagram(drawn, "s>a a>e"), form_fields={})
    heard = drawn.replace("<zeebe:script", LISTENER + "<zeebe:script", 1)
    assert "unknown-variable" not in rules(diagram(heard, "s>a a>e"), form_fields={})
