"""What a scenario can expect of a case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from engine.model.actor import SYSTEM
from engine.model.search import Condition, Query
from engine.service.cases.case_page import case_page
from engine.service.cases.copies import case_copies, copied_cases
from engine.service.cases.get_case import search_instances
from engine.service.clock.case_clock import list_clock_stops
from engine.service.letters.register import letters_of_case
from engine.service.worklists.inbox import inbox
from tests.driver import Case


def check(case: Case, expected: Mapping[str, Any]) -> None:
    """Every line of ``expect`` must hold; an unknown word is a fault of the scenario."""
    for word, value in expected.items():
        assert word in _CHECKS, f"unknown expectation: {word}"
        _CHECKS[word](case, value)


def _at(case: Case, value: list[str]) -> None:
    assert case.at == sorted(value)


def _state(case: Case, value: str) -> None:
    assert case.record.state == value


def _result(case: Case, value: str) -> None:
    assert case.result == value


def _number(case: Case, value: str) -> None:
    assert case.record.number == value


def _variables(case: Case, value: Mapping[str, Any]) -> None:
    found = case.variables()
    for path, wanted in value.items():
        have: Any = found
        for part in path.split("."):
            have = have[part]
        if isinstance(wanted, int | float) and not isinstance(wanted, bool):
            wanted = Decimal(str(wanted))  # noqa: PLW2901
        assert have == wanted, f"{path}: {have!r}, not {wanted!r}"


def _due(case: Case, value: Mapping[str, str]) -> None:
    zone = case.driver.app.settings.timezone
    for element, day in value.items():
        for task in (t for t in case.tasks() if t.element_id == element):
            assert task.due_at is not None
            assert task.due_at.astimezone(zone).date().isoformat() == day


def _statutory(case: Case, value: str) -> None:
    """The day on which the case's own period ends; ``stopped``: its clock stands still."""
    record = case.record
    if value == "stopped":
        assert record.stopped is not None
        assert record.statutory_due_at is None
        return
    assert record.stopped is None
    assert record.statutory_due_at is not None
    zone = case.driver.app.settings.timezone
    assert record.statutory_due_at.astimezone(zone).date().isoformat() == value


def _holder(case: Case, value: Mapping[str, str]) -> None:
    for element, username in value.items():
        assert [t.assignee for t in case.tasks() if t.element_id == element] == [username]


def _group(case: Case, value: Mapping[str, str]) -> None:
    for element, group in value.items():
        assert [t.candidate_groups for t in case.tasks() if t.element_id == element] == [(group,)]


def _notices(case: Case, value: Mapping[str, Any]) -> None:
    for username, words in value.items():
        told = case.told(username)
        assert any(str(words) in text for text in told), f"{username} was told {told}"


def _matched(case: Case, value: Mapping[str, list[int]]) -> None:
    """Decision → the rows that held when it was taken."""
    taken = case_page(case.driver.app, SYSTEM, key=case.key).decisions
    for decision, rows in value.items():
        matched = [
            [rule.index for rule in one.matched if rule.decision_id == decision] for one in taken
        ]
        assert rows in matched, f"{decision} matched {matched}"


def _letters(case: Case, value: list[str]) -> None:
    """What was issued so far: the names of the templates, in order."""
    issued = letters_of_case(case.driver.app, SYSTEM, instance_key=case.key)
    assert [letter.template_name for letter in issued] == value


def _stops(case: Case, value: list[str]) -> None:
    """The letter that told of each stop of the clock, by its template; none left without."""
    told = list_clock_stops(case.driver.app, SYSTEM, key=case.key)
    assert [each.letter.template_name if each.letter else "" for each in told] == value
    symbols = [each.letter.symbol for each in told if each.letter]
    assert len(set(symbols)) == len(value), f"a round without a letter of its own: {symbols}"


def _copied(case: Case, value: list[str]) -> None:
    """Everybody whom the diagram has let read it so far."""
    told = case_copies(case.driver.app, SYSTEM, key=case.key)
    assert sorted(copy.username for copy in told) == sorted(value)
    for username in value:
        reader = case.driver.person(username)
        shown = case_page(case.driver.app, reader, key=case.key)
        assert shown.copy is not None
        assert any(
            each.case.key == case.key for each in copied_cases(case.driver.app, reader).items
        )


def _found(case: Case, value: list[str]) -> None:
    """What a clerk may type to find it: with administrators, who see every case."""
    for text in value:
        assert _finds(case, text), f"{text} does not find it"


def _hidden(case: Case, value: list[str]) -> None:
    """Variables of the application that nobody finds it by, not even by a part."""
    values = case.variables()
    for name in value:
        text = str(values[name])
        assert len(text) > 3, f"{name} is {text!r}: too short to prove anything"
        assert not _finds(case, text), f"found by {name}"
        assert not _finds(case, text[:6]), f"found by the beginning of {name}"


def _finds(case: Case, text: str) -> bool:
    condition = Condition(field="search", value=text)
    found = search_instances(
        case.driver.app, case.driver.person("guanli"), query=Query(conditions=(condition,))
    )
    return any(each.key == case.key for each in found.items)


def _record(case: Case, value: str) -> None:
    assert value == "verifies"
    assert case.breaks() == ()


def _timeline(case: Case, value: Mapping[str, list[str]]) -> None:
    """What somebody reads of the way so far: each of the words in some line."""
    for username, wanted in value.items():
        reader = case.driver.person(username)
        lines = [e.summary for e in case_page(case.driver.app, reader, key=case.key).entries]
        for words in wanted:
            assert any(words in line for line in lines), (words, lines)


def _done(case: Case, value: Mapping[str, list[str]]) -> None:
    """How what somebody decided in the case reads in his list of work done."""
    for username, words in value.items():
        reader = case.driver.person(username)
        done = inbox(case.driver.app, reader, view="done").items
        assert [t.outcome_word for t in done if t.instance_key == case.key] == words


_CHECKS: Mapping[str, Callable[[Case, Any], None]] = {
    "at": _at,
    "state": _state,
    "result": _result,
    "number": _number,
    "variables": _variables,
    "due": _due,
    "statutory": _statutory,
    "holder": _holder,
    "group": _group,
    "notices": _notices,
    "matched": _matched,
    "letters": _letters,
    "stops": _stops,
    "copied": _copied,
    "found": _found,
    "hidden": _hidden,
    "record": _record,
    "timeline": _timeline,
    "done": _done,
}
