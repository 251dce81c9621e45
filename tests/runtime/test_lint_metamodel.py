"""What bpmn.io's meta-model and rules add to the linter."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.model.problems import Problem, Severity
from engine.runtime.lint import lint, metamodel
from tests.runtime.diagram import boundary, bpmn, end, gateway, message, start, timer, user

SHIPPED = sorted((Path(__file__).parents[2] / "bpmn").glob("*/*.bpmn"))
LINE = (start() + user("a") + end(), "s>a a>e")


def found(xml: str | bytes) -> list[Problem]:
    return list(metamodel.check(xml))


def listed(incoming: str, outgoing: str) -> str:
    """The flows of a node, as modelers write them."""
    return "".join(f"<incoming>{f}</incoming>" for f in incoming.split()) + "".join(
        f"<outgoing>{f}</outgoing>" for f in outgoing.split()
    )


def test_misspelt_attributes_are_told_with_the_nearest() -> None:
    drawn = boundary("b", "a", timer("PT1H")).replace("cancelActivity", "cancelActivty")
    [problem] = found(bpmn(LINE[0] + drawn + end("e2"), LINE[1] + " b>e2"))
    assert (problem.rule, problem.element_id) == ("attribute-unknown", "b")
    assert "“cancelActivity”" in problem.message


def test_elements_that_bpmn_does_not_have_are_told_by_line() -> None:
    drawn = user("a").replace("</userTask>", "\n<incomin>x</incomin></userTask>")
    [problem] = found(bpmn(start() + drawn + end(), LINE[1]))
    assert (problem.rule, problem.line) == ("markup-unknown", 2)
    assert "incomin" in problem.message


@pytest.mark.parametrize(
    ("xml", "rule", "element_id"),
    [
        (bpmn(LINE[0], "s>a a>e a>e"), "flow-duplicate", "a_e_2"),
        (bpmn(*LINE, roots=message("M", "k")), "reference-unused", "M"),
        (
            bpmn(
                start() + gateway("exclusive", "g", inner=listed("s_g", "g_e")) + end(), "s>g g>e"
            ),
            "gateway-superfluous",
            "g",
        ),
        (
            bpmn(
                start()
                + user("a")
                + user("b")
                + gateway("parallel", "g", inner=listed("a_g b_g", "g_c g_d"))
                + user("c")
                + user("d"),
                "s>a s>b a>g b>g g>c g>d",
            ),
            "gateway-join-fork",
            "g",
        ),
    ],
)
def test_rules_of_bpmnlint(xml: str, rule: str, element_id: str) -> None:
    assert (rule, element_id) in {(p.rule, p.element_id) for p in found(xml)}
    assert all(p.severity is Severity.WARNING and "请" in p.message for p in found(xml))
    assert rule in {p.rule for p in lint(xml)}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.stem)
def test_shipped_diagrams_are_clean_each_time(path: Path) -> None:
    for _ in range(2):  # a linter of bpmn-io remembers what it has seen
        assert found(path.read_bytes()) == []


def test_what_it_cannot_read_is_left_to_our_reader(caplog: pytest.LogCaptureFixture) -> None:
    assert found("<no-bpmn/>") == []
    assert found(" " * (metamodel.LARGEST + 1)) == []
    assert "bpmn-io" in caplog.text
