"""What the bureau's own properties say is checked where a diagram is deployed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from engine.model.actor import SYSTEM
from engine.model.errors import Refused
from engine.service.app import App
from engine.service.letters.templates import propose_template, publish_template
from engine.service.publishing.lint import check_files, lint
from tests.service import diagrams
from tests.service.letters.test_letters import TEMPLATE, replaced
from tests.world import World

ROOT = Path(__file__).parents[3]


def diagram(letter: str = "", privacy: str = "", **values: str) -> bytes:
    node = {name: value for name, value in (("letter", letter), ("privacy", privacy)) if value}
    return diagrams.process(
        "grant",
        diagrams.start(),
        diagrams.user_task("review", "审查", **node),
        diagrams.end("done", "办结"),
        diagrams.flow("start", "review"),
        diagrams.flow("review", "done"),
        lanes=(("clerk", "city", ("review",)),),
        **values,
    )


def refused(app: App, content: bytes) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as found:
        diagrams.put(app, content)
    return [(problem.rule, problem.element_id) for problem in found.value.problems]


@pytest.mark.parametrize(
    "letter",
    [
        "grant-letter",
        '="grant-letter"',
        '=if outcome = "return" then "grant-letter" else null',
        '=if outcome = "approve" then null else "grant-letter"',
    ],
)
def test_a_letter_must_have_a_template(app: App, world: World, letter: str) -> None:
    assert refused(app, diagram(letter)) == [("letter-unknown", "review")]
    problems = lint(app, world.guanli, name="grant.bpmn", content=diagram(letter))
    (problem,) = [p for p in problems if p.rule == "letter-unknown"]
    assert "没有模板“grant-letter”" in problem.message
    assert "文书" in problem.message
    version = propose_template(app, SYSTEM, template=TEMPLATE, effective_from=date(2025, 1, 1))
    assert refused(app, diagram(letter))  # proposed is not published
    publish_template(replaced(app), SYSTEM, key=version.key)
    diagrams.put(app, diagram(letter))


def test_what_an_expression_works_out_is_left_to_the_case(app: App, world: World) -> None:
    diagrams.put(app, diagram('=if outcome = "x" then chosen else null'))


@pytest.mark.parametrize("value", ["identity;phones", "everything", "L3"])
def test_kinds_of_data_are_known(app: App, world: World, value: str) -> None:
    assert refused(app, diagram(privacy=value)) == [("privacy-unknown", "review")]


@pytest.mark.parametrize("value", ["identity;bank", "all", "phone , address", ""])
def test_these_are(app: App, world: World, value: str) -> None:
    diagrams.put(app, diagram(privacy=value))


@pytest.mark.parametrize("name", ["retention", "personalRetention"])
@pytest.mark.parametrize("value", ["10 years", "P", "forever"])
def test_periods_can_be_read(app: App, world: World, name: str, value: str) -> None:
    assert refused(app, diagram(**{name: value})) == [("retention", "grant")]
    diagrams.put(app, diagram(**{name: "P30Y"}))


def test_on_the_command_line_letters_are_those_among_the_files() -> None:
    content = {"grant.bpmn": diagram("grant-letter")}

    def rules(**given: frozenset[str]) -> set[str]:
        ((_, problems),) = check_files(content, **given)
        return {problem.rule for problem in problems}

    assert "letter-unknown" in rules(letters=frozenset({"other-letter"}))
    assert "letter-unknown" not in rules(letters=frozenset({"grant-letter"}))
    assert "letter-unknown" not in rules()


def stopping(*parts: str, **review: str) -> bytes:
    """Review → decided → inspection, at which the clock stops; ``parts`` may come between."""
    return diagrams.process(
        "grant",
        diagrams.start(),
        diagrams.user_task("review", "审查", groups="clerk@weifang", **review),
        diagrams.user_task(
            "inspection", "现场核查", groups="clerk@weifang", stopsClock="inspection"
        ),
        diagrams.end("done", "办结"),
        diagrams.flow("start", "review"),
        *(parts or (diagrams.flow("review", "inspection"),)),
        diagrams.flow("inspection", "done"),
    )


def job(kind: str, header: str) -> str:
    """A service task between the review and the inspection."""
    name, value = header.split("=")
    return (
        f'<bpmn:serviceTask id="tell"><bpmn:extensionElements><zeebe:taskDefinition type="{kind}"/>'
        f'<zeebe:taskHeaders><zeebe:header key="{name}" value="{value}"/></zeebe:taskHeaders>'
        "</bpmn:extensionElements></bpmn:serviceTask>"
        + diagrams.flow("review", "tell")
        + diagrams.flow("tell", "inspection")
    )


def untold(content: bytes) -> list[tuple[str, str]]:
    """The stops of which the applicant is not told (severity, element)."""
    ((_, problems),) = check_files({"grant.bpmn": content})
    return [(p.severity, p.element_id) for p in problems if p.rule == "clock-stop-untold"]


def test_a_stop_of_which_nobody_is_told_is_warned_of(app: App, world: World) -> None:
    assert untold(stopping()) == [("warning", "inspection")]
    diagrams.put(app, stopping())  # a warning keeps nobody from publishing


@pytest.mark.parametrize(
    "parts",
    [
        (job("banshi.letter", "template=inspection-notice"),),
        (job("banshi.notify", "to=applicant"),),
        (
            '<bpmn:subProcess id="inner">',
            diagrams.start("in"),
            diagrams.user_task("write", letter="inspection-notice"),
            diagrams.end("out"),
            diagrams.flow("in", "write"),
            diagrams.flow("write", "out"),
            "</bpmn:subProcess>",
            diagrams.flow("review", "inner"),
            diagrams.flow("inner", "inspection"),
        ),
    ],
)
def test_a_letter_or_notice_on_the_way_tells_of_it(parts: tuple[str, ...]) -> None:
    assert untold(stopping(*parts)) == []
    assert untold(stopping(letter="inspection-notice")) == []


@pytest.mark.parametrize(
    "parts",
    [
        (job("banshi.notify", "to=role"),),
        (job("elsewhere", "to=applicant"),),
        (  # only one of the two ways tells
            '<bpmn:exclusiveGateway id="fork" default="fork-inspection"/>',
            diagrams.user_task("write", "出具通知书", letter="inspection-notice"),
            diagrams.flow("review", "fork"),
            diagrams.flow("fork", "write", "true"),
            diagrams.flow("fork", "inspection"),
            diagrams.flow("write", "inspection"),
        ),
        (  # what the second round is told is what the first one was
            diagrams.user_task("again", "再核查", stopsClock="inspection"),
            '<bpmn:exclusiveGateway id="fork" default="fork-inspection"/>',
            diagrams.user_task("write", "出具通知书", letter="inspection-notice"),
            diagrams.flow("review", "write"),
            diagrams.flow("write", "again"),
            diagrams.flow("again", "fork"),
            diagrams.flow("fork", "again", "true"),
            diagrams.flow("fork", "inspection"),
        ),
    ],
)
def test_every_way_has_to_tell_and_each_round_anew(parts: tuple[str, ...]) -> None:
    assert ("warning", "inspection") in untold(stopping(*parts))


def test_the_shipped_diagrams_tell_of_each_stop() -> None:
    files = {path.name: path.read_bytes() for path in ROOT.glob("bpmn/*/*.bpmn")}
    assert len(files) >= 5
    for name, problems in check_files(files):
        assert not [p for p in problems if p.rule == "clock-stop-untold"], name
