"""What is typed comes back as typed, and what is valid means the same on every way in."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.feel.values import Date, DateTime, Time
from engine.forms import decimals, text
from tests.forms.browsing import pairs, render
from tests.forms.building import choices, context, field, form, money, number, rows
from tests.forms.building import text as text_field

FORM = form(
    text_field("title", "甲"),
    field("textarea", "plan", "乙"),
    number("count", "丙", decimalDigits=3),
    money("amount", "丁"),
    field("datetime", "day", "日", subtype="date"),
    field("datetime", "at", "时", subtype="datetime"),
    field("datetime", "clock", "刻", subtype="time", timeSerializingFormat="no_timezone"),
    field("checkbox", "agreed", "戊"),
    field("radio", "kind", "己", values=choices("a", "b")),
    field("select", "county", "庚", values=[{"label": "一", "value": 1}, {"label": "二", "value": 2}]),
    field("checklist", "topics", "辛", values=choices("a", "b", "c")),
    rows("budget", text_field("item", "壬"), money("sum", "癸"), field("checkbox", "paid", "付")),
    text_field("org.name", "子"),
    text_field("why", "丑", hide='= kind != "b"'),
)  # fmt: skip

# What a browser can send: no lone surrogates (not UTF-8), no NUL (not HTML); line ends as CRLF.
lines = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=30
)
typed_texts = st.one_of(lines, st.sampled_from(["1,234.5", "五", "2026-02-30", "  x ", "<b>\"'&"]))


@st.composite
def typed(draw: st.DrawFn) -> dict[str, Any]:
    """A submission as a browser would send it: anything in the text fields."""
    found: dict[str, Any] = {}
    for key in ("title", "plan", "count", "amount", "day", "at", "clock", "kind", "county", "why"):
        value = draw(typed_texts)
        if value:
            found[key] = value
    if draw(st.booleans()):
        found["agreed"] = True
    topics = draw(st.lists(typed_texts.filter(bool), unique=True, max_size=3))
    if topics:
        found["topics"] = topics
    name = draw(typed_texts)
    if name:
        found["org"] = {"name": name}
    row = st.fixed_dictionaries(
        {},
        optional={
            "item": typed_texts.filter(bool),
            "sum": typed_texts.filter(bool),
            "paid": st.just(True),
        },
    )
    budget = draw(st.lists(row, max_size=3))
    if budget:
        found["budget"] = budget
    return found


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(submission=typed())
def test_a_draft_comes_back_exactly_as_typed(submission: dict[str, Any]) -> None:
    """Shown with its errors, sent again unchanged: the same submission, whatever was typed."""
    problems = FORM.validate(submission, context()).problems
    page = render(FORM.view(submission, problems, context=context()))
    again = FORM.from_html(pairs(page))
    # options come in the order of the form
    for found in (again, submission):
        if "topics" in found:
            found["topics"] = sorted(found["topics"])
    assert again == submission


amounts = st.decimals(0, 10**9, places=2)


@st.composite
def valid(draw: st.DrawFn) -> dict[str, Any]:
    """A submission with typed values, all of them valid."""
    plain = lines.map(lambda s: text.clean(s, lines=False)).filter(
        lambda s: not text.fault(s, lines=False)
    )
    years = st.dates(min_value=Date(1900, 1, 1).to_python())
    moments = st.datetimes().filter(lambda d: 1900 < d.year < 9000)
    row = st.fixed_dictionaries({"item": plain.filter(bool), "sum": amounts, "paid": st.booleans()})
    return {
        "title": draw(plain) or None,
        "plan": draw(plain) or None,
        "count": draw(st.decimals(-(10**9), 10**9, places=3)),
        "amount": draw(amounts),
        "day": draw(years.map(Date.from_python)),
        "at": DateTime.parse(draw(moments).strftime("%Y-%m-%dT%H:%M:00+08:00").rjust(25, "0")),
        "clock": Time.parse(draw(st.times()).strftime("%H:%M:%S")),
        "agreed": draw(st.booleans()),
        "kind": draw(st.sampled_from(["a", "b"])),
        "county": draw(st.sampled_from([Decimal(1), Decimal(2)])),
        "topics": draw(st.lists(st.sampled_from(["a", "b", "c"]), unique=True).map(sorted)),
        "budget": draw(st.lists(row, max_size=3)),
        "org": {"name": draw(plain) or None},
    }


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(submission=valid())
def test_values_mean_the_same_by_api_and_by_page(submission: dict[str, Any]) -> None:
    """Typed values, their page, what the page sends, and the values again: one meaning."""
    first = FORM.validate(submission, context())
    assert first.ok, first.problems
    for key, value in submission.items():
        assert first.data[key] == value, key
    page = render(FORM.view(first.data, context=context()))
    second = FORM.validate(FORM.from_html(pairs(page)), context())
    assert second == first


json_like = st.recursive(
    st.none() | st.booleans() | st.text(max_size=5) | st.decimals(allow_nan=True) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*FORM.privacy, "budget", "org", "x"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    submission=st.dictionaries(
        st.sampled_from(["title", "count", "budget", "org", "kind", "topics", "day", "y"]),
        json_like,
    )
)
def test_no_submission_breaks_the_validator(submission: dict[str, Any]) -> None:
    """Whatever is sent: an answer, and what is refused is named."""
    validated = FORM.validate(submission, context())
    assert validated.ok or all(problem.message for problem in validated.errors)
    assert FORM.view(submission, validated.problems, context=context())
    assert FORM.evaluate(submission, context())


@given(number_=st.decimals(-(10**15), 10**15, allow_nan=False, allow_infinity=False, places=6))
def test_numbers_read_back_from_their_text(number_: Decimal) -> None:
    assert decimals.parse(decimals.text(number_)) == number_
    assert decimals.parse(f"{number_:,f}") == number_


@given(raw=st.text(max_size=50))
def test_cleaning_twice_changes_nothing_more(raw: str) -> None:
    for multiline in (True, False):
        once = text.clean(raw, lines=multiline)
        assert text.clean(once, lines=multiline) == once
