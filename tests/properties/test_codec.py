"""What is stored is what comes back: in Python, and through PostgreSQL's jsonb."""

from __future__ import annotations

import datetime as host
import json
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.feel.values import Range, from_host
from engine.model import codec
from engine.storage.embedded import EmbeddedPostgres

numbers = st.decimals(allow_nan=False, allow_infinity=False, places=None).map(from_host)
naughty = st.text(st.characters(), max_size=20) | st.sampled_from(
    [
        "\x00",
        "a\x00b",
        "\ud800",
        "\udfff\ud800",
        "@",
        "𠮷野家",
        "\\u0000",
        "\u2028",
        "'; drop table",
    ]
)
temporal = (
    st.dates()
    | st.datetimes(timezones=st.just(host.UTC) | st.none())
    | st.times()
    | st.timedeltas(max_value=host.timedelta(days=100_000), min_value=-host.timedelta(days=100_000))
).map(from_host)
scalars = st.none() | st.booleans() | numbers | naughty | temporal
ranges = st.builds(Range, numbers, numbers, st.booleans(), st.booleans())
values: st.SearchStrategy[Any] = st.recursive(
    scalars | ranges,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(naughty, inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_what_is_written_reads_back(value: Any) -> None:
    assert codec.decode(codec.encode(value)) == value


@given(values)
def test_canonical_text_does_not_depend_on_the_order_of_keys(value: Any) -> None:
    def turned(item: Any) -> Any:
        match item:
            case dict():
                return {key: turned(item[key]) for key in reversed(item)}
            case list():
                return [turned(i) for i in item]
            case _:
                return item

    assert codec.encode(value, canonical=True) == codec.encode(turned(value), canonical=True)


@settings(max_examples=60, deadline=None)
@given(value=values)
def test_postgresql_keeps_it(postgres: EmbeddedPostgres, value: Any) -> None:
    url = postgres.url("postgres").replace("+psycopg", "")
    with psycopg.connect(url) as connection:
        row = connection.execute("select (%s::jsonb)::text", [codec.encode(value)]).fetchone()
    assert row is not None
    assert codec.decode(row[0]) == value


def test_numbers_keep_their_digits() -> None:
    value = {"amount": Decimal("100000.10"), "tiny": Decimal("1E-40"), "big": Decimal("9" * 34)}
    text = codec.encode(value)
    assert '"amount":100000.10' in text
    assert codec.decode(text) == value
    assert str(codec.decode(text)["amount"]) == "100000.10"


def test_a_context_cannot_pass_for_a_date() -> None:
    forged = {"@": "date", "v": "2025-01-01"}
    assert codec.decode(codec.encode(forged)) == forged


def deep(levels: int) -> Any:
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("value", [Decimal("Infinity"), object(), {1: 2}, 1.5, deep(100_000)])
def test_what_cannot_be_stored_is_refused(value: Any) -> None:
    with pytest.raises(codec.Unstorable):
        codec.encode(value)


def test_plain_shows_temporal_values_as_text() -> None:
    shown = codec.plain({"when": from_host(host.date(2025, 3, 1)), "n": [Decimal("1.5")]})
    assert shown == {"when": "2025-03-01", "n": [Decimal("1.5")]}
    assert json.dumps(shown["when"]) == '"2025-03-01"'
