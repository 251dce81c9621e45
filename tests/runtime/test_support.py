"""The support table says what is so, names tests that there are, and is up to date."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from engine.model.errors import Conflict
from tests.runtime import support
from tests.runtime import test_invalid_drawing as drawing
from tests.runtime.support_rows import PATTERN_NOTES, SECTIONS, Line
from tests.runtime.test_dialects import CASES
from tests.runtime.test_invalid import DRAWN, FILES
from tests.runtime.test_patterns import OTHERWISE, PATTERNS
from tests.runtime.test_refusals import REFUSED
from tests.runtime.world import world

LINES = [line for lines in SECTIONS.values() for line in lines]
KEYS = {
    "test_refusals.py::test_refused": REFUSED,
    "test_invalid.py::test_refused": DRAWN,
    "test_invalid.py::test_files_refused": FILES,
    "test_invalid_drawing.py::test_refused": drawing.DRAWN,
    "test_invalid_drawing.py::test_files_refused": drawing.FILES,
    "test_dialects.py::test_runs": CASES,
    "test_patterns.py::test_pattern": PATTERNS,
}
RULES: dict[str, Callable[[str], str]] = {
    "test_refusals.py::test_refused": lambda case: REFUSED[case][2],
    "test_invalid.py::test_refused": lambda case: DRAWN[case][2],
    "test_invalid.py::test_files_refused": lambda case: FILES[case][1],
    "test_invalid_drawing.py::test_refused": lambda case: drawing.DRAWN[case][2],
    "test_invalid_drawing.py::test_files_refused": lambda case: drawing.FILES[case][1],
}
EXECUTED = [line for line in LINES if support.verdict(line).word == "执行"]


@cache
def functions_of(file: str) -> frozenset[str]:
    here = Path(__file__).parent
    tree = ast.parse((here.parent / file if "/" in file else here / file).read_text())
    return frozenset(n.name for n in tree.body if isinstance(n, ast.FunctionDef))


def named(line: Line) -> str:
    return line.english


@pytest.mark.parametrize("line", LINES, ids=named)
def test_every_line_names_what_there_is(line: Line) -> None:
    assert line.tests
    for name in line.tests:
        function, _, case = name.partition("[")
        file, _, test = function.partition("::")
        assert test in functions_of(file), name
        if function in KEYS:
            assert case.rstrip("]") in KEYS[function], name


@pytest.mark.parametrize("line", EXECUTED, ids=named)
def test_what_is_executed_begins_without_a_crash(line: Line) -> None:
    w = world(line.xml)
    begins = sorted(w.definitions[0].start_events, key=lambda s: s.kind == "none")
    start = begins[0].id if begins else None
    try:
        w.start(k="1", list=[1], x=True)
    except Conflict:
        w.start(start, k="1", list=[1], x=True)
    assert w.trace
    w.check()


def test_refusals_name_the_rule_that_their_test_expects() -> None:
    for line in LINES:
        found = support.verdict(line)
        if found.word != "拒绝":
            continue
        expected = set()
        for name in line.tests:
            function, _, case = name.partition("[")
            if function in RULES:
                expected.add(RULES[function](case.rstrip("]")))
        assert expected & set(found.rules), (line.english, found)


def test_every_pattern_has_its_verdict() -> None:
    assert PATTERN_NOTES.keys() == OTHERWISE.keys()


def test_the_page_is_up_to_date() -> None:
    written = support.PAGE.read_text(encoding="utf-8")
    assert written == support.page(), "run: make support"
