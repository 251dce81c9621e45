"""What the bureau's own properties say is checked where a diagram is deployed."""

from __future__ import annotations

from datetime import date

import pytest

from engine.model.actor import SYSTEM
from engine.model.errors import Refused
from engine.service.app import App
from engine.service.letters.templates import propose_template, publish_template
from engine.service.publishing.lint import check_files, lint
from tests.service import diagrams
from tests.service.letters.test_letters import TEMPLATE, replaced
from tests.world import World


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
