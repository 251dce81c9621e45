"""FEEL beside what is known to be right: the standard library, and itself."""

from __future__ import annotations

import datetime as host
import re
import zoneinfo
from decimal import Context, Decimal
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from engine import feel
from engine.feel.budget import Budget
from engine.feel.comparison import equal
from engine.feel.regex import compile_pattern
from engine.feel.temporal.calendar import MAX_YEAR, from_days, to_days
from engine.feel.texts import literal_text
from engine.feel.values import Date, DateTime, DayTimeDuration, Time, YearMonthDuration

DECIMAL128 = Context(prec=34)

NUMBERS = st.decimals(
    min_value=Decimal("-1e20"), max_value=Decimal("1e20"), allow_nan=False, places=6
)
DATES = st.builds(
    lambda days: Date(*from_days(days)), st.integers(-300_000_000_000, 300_000_000_000)
)
TIMES = st.builds(
    Time,
    st.integers(0, 86_400 * 10**9 - 1),
    st.none() | st.integers(-64_800, 64_800),
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | NUMBERS.map(lambda n: DECIMAL128.plus(n) or Decimal(0))
    | st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=8)
    | DATES
    | TIMES
    | st.builds(DateTime, DATES, TIMES)
    | st.builds(DayTimeDuration, st.integers(-(10**24), 10**24))
    | st.builds(YearMonthDuration, st.integers(-(10**9), 10**9)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("abc 年", min_size=1, max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)


def literal(value: Any) -> str:
    """The value as FEEL text, temporal values as at-literals."""
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{literal_text(k)}: {literal(v)}" for k, v in value.items()) + "}"
    if isinstance(value, Date | DateTime | Time | DayTimeDuration | YearMonthDuration):
        return f'@"{value.text}"'
    return literal_text(value)


@given(VALUES)
def test_values_read_back_as_written(value: Any) -> None:
    """The text of a value is an expression with that value."""
    found = feel.compile(literal(value)).evaluate({})
    assert found == value


@given(VALUES, VALUES)
def test_equality_is_symmetric(left: Any, right: Any) -> None:
    """And reflexive; three values throughout."""
    budget = Budget()
    assert equal(left, left, budget) is True
    assert equal(left, right, budget) is equal(right, left, budget)


@given(NUMBERS, NUMBERS, st.sampled_from(["+", "-", "*", "/"]))
def test_arithmetic(a: Decimal, b: Decimal, operator: str) -> None:
    """The same digits as decimal128."""
    assume(operator != "/" or b)
    expected = {
        "+": DECIMAL128.add, "-": DECIMAL128.subtract, "*": DECIMAL128.multiply,
        "/": DECIMAL128.divide,
    }[operator](a, b)  # fmt: skip
    assert feel.compile(f"a {operator} b").evaluate({"a": a, "b": b}) == expected


@given(st.integers(-400_000_000_000, 400_000_000_000))
def test_days_and_dates(days: int) -> None:
    """Each day has one date, and the date that day."""
    year, month, day = from_days(days)
    assert to_days(year, month, day) == days
    assume(abs(year) <= MAX_YEAR)
    assert Date.parse(Date(year, month, day).text) == Date(year, month, day)


@given(st.dates(), st.integers(-100_000, 100_000))
def test_dates_as_in_python(day: host.date, count: int) -> None:
    """Within Python's calendar the two agree."""
    found = Date.from_python(day)
    assert found.to_python() == day
    assert (found.weekday, found.week) == (day.isoweekday(), day.isocalendar().week)
    assert found.day_of_year == day.timetuple().tm_yday
    try:
        later = day + host.timedelta(days=count)
    except OverflowError:
        return
    sum_ = feel.compile("day + days").evaluate({"day": day, "days": host.timedelta(days=count)})
    assert sum_.to_python() == later
    assert feel.compile("a - b").evaluate({"a": later, "b": day}).to_python().days == count


@given(
    st.builds(
        host.datetime.fromtimestamp,
        st.integers(-2_208_988_800, 4_102_444_800),
        st.timezone_keys(allow_prefix=False).map(zoneinfo.ZoneInfo),
    ),
    st.integers(-10_000_000, 10_000_000),
)
def test_moments_as_in_python(moment: host.datetime, seconds: int) -> None:
    """Zones, their changes of offset included."""
    found = DateTime.from_python(moment)
    later = found.plus(seconds * 10**9)
    assert later is not None
    expected = (moment.astimezone(host.UTC) + host.timedelta(seconds=seconds)).astimezone(
        moment.tzinfo
    )
    assume(moment.utcoffset() == moment.replace(fold=0).utcoffset())
    assert later.time.nanoseconds // 10**9 == (
        expected.hour * 3600 + expected.minute * 60 + expected.second
    )


@given(st.integers(-(10**27), 10**27))
def test_duration_texts(nanoseconds: int) -> None:
    """A duration reads back from its text."""
    duration = DayTimeDuration(nanoseconds)
    assert DayTimeDuration.parse(duration.text) == duration


SIMPLE = st.recursive(
    st.sampled_from(["a", "b", ".", "[ab]", "[^a]", "\\d", "1"]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda t: f"({t[0]}|{t[1]})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{1,2}", "*?", "+?", "??"])).map(
            lambda t: f"({t[0]}){t[1]}"
        ),
    ),
    max_leaves=6,
)


@given(SIMPLE, st.text("ab1", max_size=10), st.sampled_from(["", "^", "$"]))
def test_patterns_as_in_python(pattern: str, text: str, anchor: str) -> None:
    """On what both languages share, our matcher finds what `re` finds."""
    pattern = f"^{pattern}" if anchor == "^" else f"{pattern}$" if anchor == "$" else pattern
    assert compile_pattern(pattern).is_found(text, Budget()) is (
        re.search(pattern, text) is not None
    )


@given(SIMPLE, st.text("ab1", max_size=10))
def test_replacing_as_in_python(pattern: str, text: str) -> None:
    """Where it matches, and how far."""
    assume(re.search(pattern, "") is None)
    expected = re.sub(pattern, lambda match: f"<{match.group()}>", text)
    assert compile_pattern(pattern).replace(text, "<$0>", Budget()) == expected


@given(st.lists(st.integers(-5, 5), max_size=12))
def test_list_functions_as_in_python(items: list[int]) -> None:
    """Sorting, distinct values, counting."""

    def found(text: str) -> Any:
        return feel.compile(text).evaluate({"items": items})

    assert found("sort(items, function(x, y) x < y)") == sorted(items)
    assert found("sort(items, function(x, y) x > y)") == sorted(items, reverse=True)
    assert found("distinct values(items)") == list(dict.fromkeys(items))
    assert found("count(items[item > 0])") == len([item for item in items if item > 0])
    assert found("sum(items)") == (sum(items) if items else None)
    assert found("reverse(items)") == items[::-1]
