"""Decision tables against plain evaluation of their cells: the index changes nothing."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from engine import feel
from engine.dmn.cells import read_cell
from engine.dmn.index import ColumnIndex
from engine.dmn.regions import Effort, column, overlap, uncovered
from engine.feel.values import Date, DayTimeDuration

NUMBERS = st.one_of(
    st.integers(-5, 5).map(Decimal),
    st.sampled_from([Decimal("0.5"), Decimal("1.0"), Decimal("1e2"), Decimal("-0")]),
)
TEXTS = st.sampled_from(["", "a", "b", "ab", "乙", 'q"q'])
DATES = st.integers(1, 9).map(lambda day: Date.parse(f"2024-01-0{day}"))
DURATIONS = st.integers(-3, 3).map(
    lambda hours: DayTimeDuration.parse(f"{'-' if hours < 0 else ''}PT{abs(hours)}H")
)
OTHERS = st.sampled_from([None, True, False, [], [Decimal(1)], {"a": Decimal(1)}])
VALUES = st.one_of(NUMBERS, TEXTS, DATES, DURATIONS, OTHERS)


def literal(value: object) -> str:
    """The FEEL text of a value."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, str):
        return '"' + value.replace('"', '\\"') + '"'
    return f'@"{value.text}"'  # type: ignore[attr-defined]


@st.composite
def cells(draw: st.DrawFn, values: st.SearchStrategy[object]) -> str:
    """The text of a simple cell over values of one type."""

    def test() -> str:
        low, high = draw(values), draw(values)
        if isinstance(low, bool):
            return literal(low)
        form = draw(st.sampled_from(["value", "<", "<=", ">", ">=", "range"]))
        if form == "value":
            return literal(low)
        if form == "range":
            start, end = draw(st.sampled_from("[(]")), draw(st.sampled_from("])["))
            return f"{start}{literal(low)}..{literal(high)}{end}"
        return f"{form} {literal(low)}"

    tests = ", ".join(test() for _ in range(draw(st.integers(1, 3))))
    return draw(st.sampled_from([tests, tests, f"not({tests})", "-"]))


ANY_CELL = st.one_of(
    cells(NUMBERS),
    cells(TEXTS),
    cells(DATES),
    cells(DURATIONS),
    cells(st.booleans()),
    st.sampled_from(["null", "? != null", "[1,2]", "1+1"]),
)


def matches(text: str, value: object) -> bool:
    """What FEEL says."""
    return text == "-" or feel.compile_unary(text).matches(value, {}) is True


@given(st.lists(ANY_CELL, min_size=1, max_size=8), st.lists(VALUES, min_size=1, max_size=6))
@settings(max_examples=150)
def test_index_agrees_with_feel(texts: list[str], values: list[object]) -> None:
    """A rule the index is certain about matches; one it leaves out does not."""
    index = ColumnIndex([read_cell(text) for text in texts])
    for value in values:
        certain, tried = index.find(value)
        assert certain & tried == 0
        for position, text in enumerate(texts):
            if not tried >> position & 1:
                assert matches(text, value) == bool(certain >> position & 1), (text, value)


@given(st.lists(st.tuples(cells(NUMBERS), cells(TEXTS)), min_size=1, max_size=6), NUMBERS, TEXTS)
@settings(max_examples=80)
def test_analysis_agrees_with_evaluation(
    rules: list[tuple[str, str]], number: Decimal, text: str
) -> None:
    """An input lies in a gap exactly when no rule matches, in an overlap when both do."""
    columns = []
    for position in range(2):
        texts = [rule[position] for rule in rules]
        part = column("x", [read_cell(t) for t in texts], texts, read_cell("-"))
        assert part is not None
        columns.append(part)
    slots = [columns[0].slots.locate(number), columns[1].slots.locate(text)]
    hits = [i for i, (a, b) in enumerate(rules) if matches(a, number) and matches(b, text)]
    within = tuple(part.domain for part in columns)
    gaps = list(uncovered(columns, (1 << len(rules)) - 1, within, Effort(), unknown_covers=True))
    in_gap = [all(mask >> s & 1 for mask, s in zip(gap, slots, strict=True)) for gap in gaps]
    assert sum(in_gap) == (0 if hits else 1)
    for second in range(len(rules)):
        for first in range(second):
            box = overlap(columns, first, second)
            both = first in hits and second in hits
            inside = box is not None and all(
                mask >> s & 1 for mask, s in zip(box, slots, strict=True)
            )
            assert both == inside
