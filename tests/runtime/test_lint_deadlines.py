"""What the linter says of deadlines, what holds when they have passed, and stops of the clock."""

from __future__ import annotations

import pytest

from engine.model.problems import Severity
from engine.runtime.lint import lint
from tests.service import diagrams


def diagram(*, event: str = "", of_process: dict[str, str] | None = None, **values: str) -> bytes:
    marked = diagrams.extension(diagrams.properties(statutory=event)) if event else ""
    return diagrams.process(
        "p",
        diagrams.start(),
        diagrams.user_task("work", "办理", groups="clerk@weifang", **values),
        f'<bpmn:intermediateCatchEvent id="wait" name="等待">{marked}<bpmn:timerEventDefinition>'
        '<bpmn:timeDuration xsi:type="bpmn:tFormalExpression">P3D</bpmn:timeDuration>'
        "</bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>",
        diagrams.end("end", "结束"),
        diagrams.flow("start", "work"),
        diagrams.flow("work", "wait"),
        diagrams.flow("wait", "end"),
        **(of_process or {}),
    )


def found(content: bytes, severity: Severity) -> list[str]:
    besides = {"form-absent", "label-missing", "decision-node"}
    return [p.rule for p in lint(content) if p.severity is severity and p.rule not in besides]


@pytest.mark.parametrize(
    "values",
    [
        {"deadline": "5"},
        {"deadline": "= 3 + 2", "deadlineUnit": "natural-day"},
        {"deadline": "5", "onExpiry": "fail", "expiryOutcome": "refuse"},
        {
            "deadline": "30",
            "onExpiry": "extend",
            "extendBy": "15",
            "extensions": "1",
            "afterExtensions": "escalate",
            "escalateTo": "leader",
        },
        {"deadline": "5", "onExpiry": "escalate", "escalateTo": "leader"},
        {"escalateTo": "leader", "deadline": "5"},
        {"stopsClock": "supplement"},
        {"deduplicate": "consecutive"},
    ],
)
def test_nothing(values: dict[str, str]) -> None:
    content = diagram(event="true", of_process={"statutoryPeriod": "20"}, **values)
    assert found(content, Severity.ERROR) == []
    assert found(content, Severity.WARNING) == []


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"deadline": "five"}, "deadline"),
        ({"deadline": "-1"}, "deadline"),
        ({"deadline": "= 1 +"}, "deadline"),
        ({"deadline": "5", "deadlineUnit": "week"}, "deadline-unit"),
        ({"onExpiry": "fail"}, "expiry-without-deadline"),
        ({"deadline": "5", "onExpiry": "approve"}, "expiry"),
        ({"deadline": "5", "onExpiry": "fail", "expiryOutcome": "approve"}, "expiry"),
        (
            {"deadline": "5", "onExpiry": "fail", "approves": "fit", "expiryOutcome": "fit"},
            "expiry",
        ),
        ({"deadline": "5", "onExpiry": "extend"}, "expiry"),
        ({"deadline": "5", "onExpiry": "extend", "extendBy": "0"}, "expiry"),
        ({"deadline": "5", "onExpiry": "extend", "extendBy": "3", "extendUnit": "w"}, "expiry"),
        (
            {"deadline": "5", "onExpiry": "extend", "extendBy": "3", "afterExtensions": "extend"},
            "expiry",
        ),
        ({"deadline": "5", "onExpiry": "escalate"}, "expiry"),
        ({"stopsClock": "lunch"}, "stops-clock"),
        ({"statutory": "true"}, "statutory"),
        ({"deduplicate": "always"}, "deduplicate"),
    ],
)
def test_errors(values: dict[str, str], rule: str) -> None:
    assert found(diagram(**values), Severity.ERROR) == [rule]


@pytest.mark.parametrize(
    ("of_process", "rule"),
    [
        ({"statutoryPeriod": "soon"}, "statutory-period"),
        ({"statutoryPeriod": "20", "statutoryUnit": "week"}, "statutory-unit"),
        ({"deduplicate": "yes"}, "deduplicate"),
    ],
)
def test_errors_of_the_process(of_process: dict[str, str], rule: str) -> None:
    assert found(diagram(of_process=of_process), Severity.ERROR) == [rule]


def test_a_mark_on_an_event_that_is_neither_true_nor_false() -> None:
    assert found(diagram(event="yes"), Severity.ERROR) == ["statutory"]


def test_settings_of_an_expiry_that_is_not_set_are_idle() -> None:
    assert found(diagram(deadline="5", extendBy="3"), Severity.WARNING) == ["expiry-unused"]
