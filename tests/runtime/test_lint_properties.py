"""The list of ``banshi:`` properties: complete, and what diagrams say against it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from engine.model.problems import Problem, Severity
from engine.runtime.lint import lint
from engine.runtime.lint.properties import BY_NAME, PROPERTIES
from tests.service import diagrams

ROOT = Path(__file__).parents[2]

#: Words with that prefix that are no properties of diagrams: a lock, and properties of forms.
OTHERS = {"banshi:checkpoint", "banshi:validate", "banshi:message", "banshi:mask"}


def found(content: bytes) -> list[Problem]:
    rules = ("property-", "decision-")
    return [p for p in lint(content) if p.rule.startswith(rules)]


def process(*parts: str, **values: str) -> bytes:
    return diagrams.process(
        "p",
        diagrams.start(),
        *parts,
        diagrams.end("end"),
        diagrams.flow("start", "vote"),
        diagrams.flow("vote", "end"),
        **values,
    )


def task(**values: str) -> bytes:
    return process(
        diagrams.user_task("vote", "表决", groups="clerk", **{"decision": "true", **values})
    )


def test_every_property_that_the_engine_reads_is_listed() -> None:
    read = set()
    for path in (*(ROOT / "engine").rglob("*.py"), *(ROOT / "api").rglob("*.py")):
        if "lint" not in path.parts and "forms" not in path.parts:
            read |= set(re.findall(r"[\"'](banshi:[A-Za-z]+)[\"']", path.read_text()))
    assert read - OTHERS <= set(BY_NAME), sorted(read - OTHERS - set(BY_NAME))


def test_every_property_that_templates_and_shipped_diagrams_set_is_listed() -> None:
    used = set()
    for path in (ROOT / "web/src/templates").glob("*.json"):
        used |= set(re.findall(r'"name": "(banshi:[A-Za-z]+)"', path.read_text()))
    for path in (ROOT / "bpmn").glob("*/*.bpmn"):
        used |= set(re.findall(r'name="(banshi:[A-Za-z]+)"', path.read_text()))
    assert len(used) > 10
    assert used <= set(BY_NAME), sorted(used - set(BY_NAME))


def test_shipped_diagrams_keep_to_the_list() -> None:
    for path in (ROOT / "bpmn").glob("*/*.bpmn"):
        assert found(path.read_bytes()) == [], path.name


def test_names_and_meanings() -> None:
    assert len(BY_NAME) == len(PROPERTIES)
    assert all(p.meaning and p.where for p in PROPERTIES)
    assert json.dumps(sorted(BY_NAME))


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("deadlin", "banshi:deadline"),
        ("Deadline", "banshi:deadline"),
        ("deadline-unit", "banshi:deadlineUnit"),
        ("completionrule", "banshi:completionRule"),
        ("whatever", ""),
    ],
)
def test_unknown_names_are_told_with_the_nearest(name: str, near: str) -> None:
    [problem] = found(task(**{name: "1"}))
    assert (problem.rule, problem.severity) == ("property-unknown", Severity.WARNING)
    assert problem.element_id == "vote"
    assert near in problem.message
    assert near or "请改正或删除" in problem.message


def test_a_name_without_the_prefix_is_told_and_foreign_ones_are_left_alone() -> None:
    content = task().replace(
        b"<zeebe:properties>",
        b'<zeebe:properties><zeebe:property name="deadline" value="5"/>'
        b'<zeebe:property name="mine" value="5"/>',
    )
    assert {p.rule for p in found(content)} == {"property-unknown"}
    assert all("banshi:deadline" in p.message for p in found(content))


def test_places_where_a_property_says_nothing() -> None:
    [problem] = found(process(diagrams.user_task("vote", decision="true"), deadline="5"))
    assert (problem.rule, problem.element_id) == ("property-place", "p")
    assert "用户任务" in problem.message
    [problem] = found(task(starters="*"))
    assert (problem.rule, problem.element_id) == ("property-place", "vote")


@pytest.mark.parametrize(
    "values",
    [
        {"decision": "yes"},
        {"copyOn": "closed", "copyTo": "leader"},
        {"copyTo": "=1 +"},
        {"barrier": "maybe"},
        {"ownCases": "true"},
    ],
)
def test_bad_values(values: dict[str, str]) -> None:
    problems = [p for p in found(task(**values)) if p.rule == "property-value"]
    assert [p.severity for p in problems] == [Severity.ERROR]
    assert all("请" in p.message for p in problems)


def test_copies_at_the_end_come_when_it_is_done() -> None:
    end = '<bpmn:endEvent id="end">' + diagrams.extension(
        diagrams.properties(copyTo="leader", copyOn="opened")
    )
    content = task().replace(b'<bpmn:endEvent id="end" name="">', end.encode())
    assert [p.rule for p in found(content)] == ["property-value"]


@pytest.mark.parametrize(
    ("hours", "fine"), [("8", True), ("0", True), ("1.5", True), ("-1", False), ("soon", False)]
)
def test_hours_between_reminders(hours: str, fine: bool) -> None:
    content = process(diagrams.user_task("vote", decision="true"), urgeEvery=hours)
    assert bool(found(content)) is not fine


def test_a_property_that_is_written_twice() -> None:
    content = task().replace(
        b'<zeebe:property name="banshi:decision" value="true"/>',
        b'<zeebe:property name="banshi:decision" value="true"/>' * 2,
    )
    assert [p.rule for p in found(content)] == ["property-twice"]


def test_a_process_should_say_where_it_is_decided() -> None:
    [problem] = found(process(diagrams.user_task("vote")))
    assert (problem.rule, problem.severity) == ("decision-node", Severity.WARNING)
    assert found(process(diagrams.user_task("vote", decision="true"))) == []
    assert found(process(diagrams.user_task("vote"), starters="")) == []
