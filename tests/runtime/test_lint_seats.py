"""What the linter says of tasks with several seats."""

from __future__ import annotations

import pytest

from engine.model.errors import Refused
from engine.model.problems import Severity
from engine.runtime.lint import lint
from engine.service.app import App
from tests.service import diagrams

MANY = (
    "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>"
    '<zeebe:loopCharacteristics inputCollection="=[1, 2]"/>'
    "</bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"
)


def diagram(*, inside: str = "", **values: str) -> bytes:
    return diagrams.process(
        "p",
        diagrams.start(),
        diagrams.user_task("vote", "表决", groups="clerk@weifang", inside=inside, **values),
        diagrams.end("end"),
        diagrams.flow("start", "vote"),
        diagrams.flow("vote", "end"),
    )


def found(severity: Severity, content: bytes) -> list[str]:
    """The rules of these findings, without those about the missing form and labels."""
    besides = {"form-absent", "label-missing", "decision-node"}
    return [p.rule for p in lint(content) if p.severity is severity and p.rule not in besides]


@pytest.mark.parametrize(
    "values",
    [
        {"completionRule": "all"},
        {"completionRule": "any", "veto": "true", "seats": '=["lisi"]'},
        {"completionRule": "ratio", "threshold": ">1/2", "quorum": "2/3", "abstentions": "ignore"},
        {"completionRule": "weighted", "threshold": "3", "weights": "={lisi: 2}"},
        {"approves": "fit"},
    ],
)
def test_nothing(values: dict[str, str]) -> None:
    assert found(Severity.ERROR, diagram(**values)) == []
    assert found(Severity.WARNING, diagram(**values)) == []


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"completionRule": "most"}, "completion-rule"),
        ({"completionRule": "ratio"}, "completion-rule"),
        ({"completionRule": "ratio", "threshold": "120%"}, "completion-rule"),
        ({"completionRule": "ratio", "threshold": "0"}, "completion-rule"),
        ({"completionRule": "ratio", "threshold": "1/2", "quorum": "x"}, "completion-rule"),
        ({"completionRule": "any", "veto": "maybe"}, "completion-rule"),
        ({"completionRule": "all", "seats": "=1 +"}, "seats-expression"),
        ({"completionRule": "all", "seats": '=["a", '}, "seats-expression"),
    ],
)
def test_errors(app: App, values: dict[str, str], rule: str) -> None:
    assert found(Severity.ERROR, diagram(**values)) == [rule]
    with pytest.raises(Refused):
        diagrams.put(app, diagram(**values))


def test_counted_twice() -> None:
    twice = diagram(inside=MANY, completionRule="all")
    assert found(Severity.ERROR, twice) == ["seats-and-multi-instance"]
    assert found(Severity.ERROR, diagram(inside=MANY)) == []


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"seats": '=["lisi"]'}, "seats-without-rule"),
        ({"completionRule": "all", "quorum": "2/3"}, "completion-rule-setting"),
        ({"completionRule": "any", "weights": "={a: 1}"}, "completion-rule-setting"),
    ],
)
def test_warnings(values: dict[str, str], rule: str) -> None:
    assert found(Severity.WARNING, diagram(**values)) == [rule]
