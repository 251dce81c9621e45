"""What is no expression is refused with place, reason and what was expected."""

from __future__ import annotations

import pytest

from engine import feel
from engine.feel import FeelSyntaxError


@pytest.mark.parametrize(
    ("text", "line", "column", "part"),
    [
        ("", 1, 1, "没有写完"),
        ("1 +", 1, 4, "没有写完"),
        ("1 + * 2", 1, 5, "“*”"),
        ("(1 + 2", 1, 7, "没有写完"),
        ("[1, 2", 1, 6, "没有写完"),
        ("if true then 1", 1, 15, "没有写完"),
        ("1\n+ 2 3", 2, 5, "“3”"),
        ('"abc', 1, 1, "双引号"),
        ("/* x", 1, 1, "注释"),
        ("a，b", 1, 2, "全角"),
        ("sum(1，2)", 1, 6, "全角"),
        ("金额 ＞ 3", 1, 4, "全角"),
        ("{a: 1, a: 2}", 1, 9, "两个"),
        ("f(x: 1, x: 2)", 1, 10, "两次"),
        ("function(a, a) 1", 1, 14, "两个参数"),
        ("1e9999", 1, 1, "超出范围"),
        ("for x in [1] satisfies x", 1, 14, "satisfies"),
        ('"\\U110000"', 1, 2, "没有编码"),
        ('"\\ud800"', 1, 1, "代理"),
        ("@date", 1, 2, "date"),
    ],
)
def test_place_and_reason(text: str, line: int, column: int, part: str) -> None:
    """Line and column count from 1; the message names the trouble."""
    with pytest.raises(FeelSyntaxError) as caught:
        feel.compile(text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert part in caught.value.message
    assert f"第 {line} 行第 {column} 列" in str(caught.value)


def test_expected() -> None:
    """The error lists what could stand there."""
    with pytest.raises(FeelSyntaxError) as caught:
        feel.compile("if a 1")
    assert caught.value.expected == ("then",)


def test_full_width_names_in_scope_are_fine() -> None:
    """Full-width punctuation is only refused where no name explains it."""
    assert feel.compile("费用（元）", names=["费用（元）"]).evaluate({"费用（元）": 2}) == 2


@pytest.mark.parametrize("text", ["not(", "not(1", "-, 1", "1,", "(1, 2)", "1 2"])
def test_unary_tests_that_are_none(text: str) -> None:
    """Unary tests are checked in the same way."""
    with pytest.raises(FeelSyntaxError):
        feel.compile_unary(text)
