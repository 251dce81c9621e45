"""Recognises the simple input cells of a decision table (DMN 1.5, 8.3.3 and 10.3.1.2, rules 7–15).

A simple cell is a list of literals, comparisons with a literal and ranges of literals of one
type, or the negation of such a list: what it matches is a union of intervals, so that rules can be
indexed and tables be analysed. Everything else is opaque and left to FEEL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from engine import feel
from engine.dmn.intervals import EVERYTHING, Interval, complement
from engine.feel import FeelSyntaxError
from engine.feel.values import Date, DayTimeDuration, YearMonthDuration

__all__ = ["ANY_CELL", "OPAQUE_CELL", "ORDERED", "Cell", "constant", "read_cell", "split_tests"]

#: Types whose values are totally ordered, so that intervals of them can be told apart.
ORDERED = (Decimal, str, bool, Date, DayTimeDuration, YearMonthDuration)

_TOKEN = re.compile(
    r"""\s+
    | (?P<string>"(?:\\.|[^"\\])*")
    | (?P<at>@"(?:\\.|[^"\\])*")
    | (?P<temporal>(?:date|duration)\s*\(\s*"(?:\\.|[^"\\])*"\s*\))
    | (?P<number>-?\s*(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?(?!\.?\w))
    | (?P<word>true|false|not)(?!\w)
    | (?P<dots>\.\.)
    | (?P<operator><=|>=|<|>|=)
    | (?P<symbol>[\[\](),])
    """,
    re.VERBOSE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell matches. ``domain`` None with everything: any value at all; None with nothing:
    unknown (opaque). Otherwise the values of that type inside ``intervals``."""

    domain: type | None
    intervals: tuple[Interval, ...]
    negated: bool = False

    @property
    def is_any(self) -> bool:
        """A dash: matches whatever the input is."""
        return self.domain is None and bool(self.intervals)

    @property
    def is_opaque(self) -> bool:
        """Cannot be told without evaluating it."""
        return self.domain is None and not self.intervals


ANY_CELL = Cell(None, (EVERYTHING,))
OPAQUE_CELL = Cell(None, ())


class _NotSimpleError(Exception):
    pass


def read_cell(text: str) -> Cell:
    """The cell that ``text`` (unary tests) stands for; ``OPAQUE_CELL`` when it is not simple."""
    stripped = text.strip()
    if stripped in {"", "-"}:
        return ANY_CELL
    try:
        return _Reader(list(_tokens(stripped))).cell()
    except _NotSimpleError:
        return OPAQUE_CELL


@lru_cache(maxsize=4096)
def constant(text: str) -> tuple[object] | None:
    """The value of a literal (string, number, boolean, date, duration) in a tuple of one; None
    when ``text`` is no literal."""
    try:
        tokens = list(_tokens(text.strip()))
    except _NotSimpleError:
        return None
    if len(tokens) != 1 or tokens[0][0] in {"dots", "operator", "symbol"} or tokens[0][1] == "not":
        return None
    try:
        return (_evaluate(tokens[0][1]),)
    except _NotSimpleError:
        return None


@lru_cache(maxsize=4096)
def _evaluate(text: str) -> object:
    try:
        return feel.compile(text).evaluate({})
    except FeelSyntaxError as error:
        raise _NotSimpleError from error


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise _NotSimpleError
        if match.lastgroup:
            yield match.lastgroup, match.group()
        position = match.end()


class _Reader:
    """Recursive descent over the tokens of one cell."""

    def __init__(self, tokens: Sequence[tuple[str, str]]) -> None:
        self.tokens = tokens
        self.position = 0
        self.domain: type | None = None

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.position] if self.position < len(self.tokens) else ("end", "")

    def take(self) -> tuple[str, str]:
        token = self.peek()
        self.position += 1
        return token

    def expect(self, text: str) -> None:
        if self.take()[1] != text:
            raise _NotSimpleError

    def cell(self) -> Cell:
        negated = self.peek()[1] == "not"
        if negated:
            self.take()
            self.expect("(")
        intervals = [self.test()]
        while self.peek()[1] == ",":
            self.take()
            intervals.append(self.test())
        if negated:
            self.expect(")")
            intervals = complement(intervals)
        if self.peek()[0] != "end" or self.domain is None:
            raise _NotSimpleError
        return Cell(self.domain, tuple(intervals), negated)

    def test(self) -> Interval:
        kind, text = self.peek()
        if kind == "operator":
            self.take()
            return self.comparison(text, self.endpoint())
        if kind == "symbol" and text in "[](":
            return self.range()
        return Interval.point(self.endpoint())

    def comparison(self, operator: str, value: object) -> Interval:
        if isinstance(value, bool) and operator != "=":
            raise _NotSimpleError
        match operator:
            case "<":
                return Interval(None, False, value, False)
            case "<=":
                return Interval(None, False, value, True)
            case ">":
                return Interval(value, False, None, False)
            case ">=":
                return Interval(value, True, None, False)
        return Interval.point(value)

    def range(self) -> Interval:
        low_closed = self.take()[1] == "["
        low = self.endpoint()
        self.expect("..")
        high = self.endpoint()
        end = self.take()[1]
        if end not in {"]", "[", ")"} or isinstance(low, bool):
            raise _NotSimpleError
        return Interval(low, low_closed, high, end == "]")

    def endpoint(self) -> object:
        kind, text = self.take()
        if kind not in {"string", "at", "temporal", "number", "word"} or text == "not":
            raise _NotSimpleError
        value = _evaluate(text)
        if type(value) not in ORDERED or self.domain not in {None, type(value)}:
            raise _NotSimpleError
        self.domain = type(value)
        return value


def split_tests(text: str) -> list[str]:
    """Cuts unary tests at the commas of their top level, keeping strings and brackets whole."""
    parts, depth, start, position = [], 0, 0, 0
    while position < len(text):
        character = text[position]
        if character == '"':
            string = re.compile(r'"(?:\\.|[^"\\])*"?').match(text, position)
            position = string.end() if string else position + 1
            continue
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == "," and depth == 0:
            parts.append(text[start:position])
            start = position + 1
        position += 1
    return [part.strip() for part in [*parts, text[start:]] if part.strip()]
