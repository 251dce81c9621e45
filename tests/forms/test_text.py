"""Cleaning of texts, and numbers as people type them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.forms import decimals, text


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("  潍坊　", "潍坊"),
        ("e\u0301", "é"),
        ("零\u200b宽\ufeff", "零宽"),
        ("一\r\n二\r三", "一\n二\n三"),
        ("行尾  \n下一行", "行尾\n下一行"),
        ("👨‍👩‍👧", "👨‍👩‍👧"),
    ],
)
def test_cleaning(typed: str, clean: str) -> None:
    assert text.clean(typed, lines=True) == clean
    assert text.clean(clean, lines=True) == clean


@pytest.mark.parametrize(
    "naughty",
    ["a\x00b", "a\x1bb", "a\x7fb", "a\x85b", "\ud800", "a\u202eb", "a\u2066b", "a\uffffb"],
)
def test_what_can_not_be_seen_or_deceives_is_refused(naughty: str) -> None:
    assert text.fault(text.clean(naughty, lines=True), lines=True)


def test_lines_only_where_there_may_be_lines() -> None:
    assert text.fault("a\nb\tc", lines=True) is None
    assert "换行" in (text.fault("a\nb", lines=False) or "")
    assert "制表符" in (text.fault("a\tb", lines=False) or "")


def test_blank() -> None:
    assert text.is_blank(" \u3000\u200b\t")
    assert not text.is_blank(" 。 ")


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("0", "0"),
        ("007", "7"),
        (" 1,234,567.50 ", "1234567.50"),
        ("１２３．５", "123.5"),
        ("-3", "-3"),
        ("+3.", "3"),
        (".5", "0.5"),
        ("1 000", "1000"),
        ("1，234", "1234"),
    ],
)
def test_numbers_as_typed(typed: str, value: str) -> None:
    assert decimals.parse(typed) == Decimal(value)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        ".",
        "-",
        "1e5",
        "NaN",
        "Infinity",
        "1,23",
        "12,34,567",
        "五",
        "0x10",
        "1.2.3",
        "٣",
        "9" * 35,
    ],
)
def test_what_is_no_number(typed: str) -> None:
    assert decimals.parse(typed) is None


@pytest.mark.parametrize(
    "value", [True, 1.5, "1", None, Decimal("NaN"), Decimal("1E+99"), Decimal("1E-99"), 10**60]
)
def test_values_that_are_no_numbers(value: object) -> None:
    assert decimals.from_value(value) is None


def test_numbers_keep_their_digits() -> None:
    assert str(decimals.from_value(Decimal("1.50"))) == "1.50"
    assert decimals.places(Decimal("1.50")) == 1
    assert decimals.places(Decimal(100)) == 0
    assert decimals.text(Decimal("1E+3")) == "1000"
