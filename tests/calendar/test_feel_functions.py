"""The table of functions that bootstrap registers with FEEL."""

from __future__ import annotations

import inspect
from datetime import date

import pytest

from engine.calendar import Unpublished, functions, shipped_calendar

D = date.fromisoformat
TABLE = {f.name: f for f in functions(shipped_calendar())}


def test_names_are_those_of_the_documentation() -> None:
    assert set(TABLE) == {
        "working days after",
        "natural days after",
        "months after",
        "years after",
        "is working day",
        "working days between",
        "next working day",
        "deadline",
    }


@pytest.mark.parametrize("name", sorted(TABLE))
def test_callables_take_the_parameters_the_table_says(name: str) -> None:
    function = TABLE[name]
    positional = [
        p
        for p in inspect.signature(function.call).parameters.values()
        if p.kind is p.POSITIONAL_OR_KEYWORD
    ]
    assert [p.default is not p.empty for p in positional] == [
        p.optional for p in function.parameters
    ]
    assert function.doc.endswith("。")


@pytest.mark.parametrize(
    ("name", "arguments", "answer"),
    [
        ("working days after", (D("2025-01-20"), 30), D("2025-03-07")),
        ("natural days after", (D("2026-09-27"), 7), D("2026-10-04")),
        ("natural days after", (D("2026-09-27"), 7, True), D("2026-10-08")),
        ("months after", (D("2026-01-31"), 1), D("2026-02-28")),
        ("years after", (D("2024-02-29"), 1), D("2025-02-28")),
        ("is working day", (D("2026-02-14"),), True),
        ("is working day", (D("2027-02-14"),), None),
        ("working days between", (D("2026-03-02"), D("2026-03-06")), 4),
        ("next working day", (D("2026-10-01"),), D("2026-10-08")),
    ],
)
def test_answers(name: str, arguments: tuple[object, ...], answer: object) -> None:
    assert TABLE[name].call(*arguments) == answer


def test_deadline_tells_everything_about_a_pending_day() -> None:
    known = TABLE["deadline"].call(D("2025-04-25"), "3个工作日")
    assert known == {
        "date": D("2025-04-29"),
        "pending": False,
        "earliest": D("2025-04-29"),
        "text": "2025-04-29",
    }
    pending = TABLE["deadline"].call(D("2026-12-30"), "2个工作日")
    assert (pending["date"], pending["pending"], pending["earliest"]) == (
        None,
        True,
        D("2027-01-02"),
    )
    assert "待国办公布" in pending["text"]
    assert isinstance(TABLE["working days after"].call(D("2026-12-30"), 2), Unpublished)
