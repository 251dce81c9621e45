"""JSON without losses: what comes in and goes out digit by digit."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import exact

numbers = st.decimals(allow_nan=False, allow_infinity=False, places=None).filter(
    lambda d: len(d.as_tuple().digits) <= exact.DIGITS and abs(d.adjusted()) <= exact.EXPONENT
)
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def write(value: Any) -> bytes:
    return bytes(exact.ExactResponse(value).body)


@given(values)
def test_what_is_written_reads_back_equal(value: Any) -> None:
    assert exact.read(write(value)) == value


@given(numbers)
def test_no_digit_is_lost(number: Decimal) -> None:
    """Equal, and with as many decimal places, so that money keeps its cents."""
    back = exact.read(write({"n": number}))["n"]
    assert back == number
    if number.as_tuple().exponent in range(-30, 0):
        assert Decimal(back).as_tuple().exponent == number.as_tuple().exponent


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("0.10", b"0.10"),
        ("100000000000000000000.01", b"100000000000000000000.01"),
        ("1E+3", b"1000"),
        ("1E-7", b"0.0000001"),
        ("1E+500", b"1E+500"),
        ("-0", b"-0"),
    ],
)
def test_numbers_are_written_plainly(number: str, text: bytes) -> None:
    assert write(Decimal(number)) == text
    json.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b'{"a":}',
        b"nul",
        b"NaN",
        b"Infinity",
        b"-Infinity",
        b"1e999999999",
        b"1" * 5000,
        b"0." + b"1" * 40,
        b"\xff\xfe",
        b'{"a": "\xff"}',
        b"[" * 100_000,
        b"[" * 300 + b"]" * 300,
        b'{"a":' * 300 + b"1" + b"}" * 300,
        b"01",
        b"'a'",
        b"{a: 1}",
        b"[1,]",
        b"1 2",
    ],
)
def test_malformed_texts_are_refused_as_such(text: bytes) -> None:
    with pytest.raises(json.JSONDecodeError):
        exact.read(text)


def test_nesting_that_people_write_is_fine() -> None:
    assert exact.read(b"[" * 100 + b"1" + b"]" * 100)
