"""Regular expressions of XPath, matched in linear time."""

from __future__ import annotations

import pytest

from engine.feel.budget import Budget
from engine.feel.errors import BudgetExceeded
from engine.feel.regex import RegexError, compile_pattern
from tests.feel.evaluating import value


def found(pattern: str, text: str, flags: str = "") -> bool:
    """Whether a part of the text matches."""
    return compile_pattern(pattern, flags).is_found(text, Budget())


@pytest.mark.parametrize(
    ("pattern", "text", "flags", "expected"),
    [
        ("a.c", "xabcx", "", True),
        ("a.c", "a\nc", "", False),
        ("a.c", "a\nc", "s", True),
        ("^b", "a\nb", "", False),
        ("^b", "a\nb", "m", True),
        ("a$", "a\nb", "", False),
        ("a$", "a\nb", "m", True),
        ("^$", "", "", True),
        ("^a{2,3}$", "aaaa", "", False),
        ("^a{2,}$", "aaaa", "", True),
        ("^a{2}$", "aa", "", True),
        ("^(ab|a)(c|bcd)$", "abcd", "", True),
        ("^[a-c-[b]]+$", "acca", "", True),
        ("^[a-c-[b]]+$", "abca", "", False),
        ("^[^\\d]+$", "ab", "", True),
        ("^[\\w-]+$", "a-b", "", True),
        ("^[-a]+$", "-a", "", True),
        ("[\\^]", "^", "", True),
        ("\\p{Lu}", "aB", "", True),
        ("\\P{L}", "ab", "", False),
        ("^\\p{IsCJKUnifiedIdeographs}{2}$", "民政", "", True),
        ("^\\d{3}$", "１２３", "", True),
        ("^\\s$", "\u00a0", "", False),
        ("^\\i\\c*$", "_a-1", "", True),
        ("HELLO", "hello", "i", True),
        ("[A-C]", "b", "i", True),
        ("h e l l o", "hello", "x", True),
        ("h[ ]e", "h e", "x", True),
        ("(?:ab)+c", "ababc", "", True),
        ("a|", "zzz", "", True),
        ("(a*)*b", "aaab", "", True),
    ],
)
def test_is_found(pattern: str, text: str, flags: str, expected: bool) -> None:
    """Each construct of the language."""
    assert found(pattern, text, flags) is expected


@pytest.mark.parametrize(
    "pattern",
    [
        "(", ")", "a)", "[", "[]", "[a", "[z-a]", "[a-\\d]", "*a", "a**", "a{", "a{x}", "a{3,1}",
        "a{1,100000}", "\\", "\\y", "\\b", "\\p", "\\p{Xx}", "\\p{IsNowhere}", "(?=a)", "(?<n>a)",
        "(a)\\1", "[\\1]", "^*", "x{1000}{1000}", "((a{100}){100}){100}", "}", "]",
    ],
)  # fmt: skip
def test_what_is_no_pattern(pattern: str) -> None:
    """Refused, never guessed at; back-references among them."""
    with pytest.raises(RegexError):
        compile_pattern(pattern)
    assert value("matches(a, b)", {"a": "x", "b": pattern}) is None


@pytest.mark.parametrize("flags", ["q", "g", " ", "u"])
def test_unknown_flags(flags: str) -> None:
    """Only s, m, i and x."""
    with pytest.raises(RegexError):
        compile_pattern("a", flags)


@pytest.mark.parametrize(
    ("text", "pattern", "replacement", "expected"),
    [
        ("abc", "(b)", "[$1$1]", "a[bb]c"),
        ("abc", "b", "\\$1", "a$1c"),
        ("abc", "b", "\\\\", "a\\c"),
        ("abc", "(b)", "$12", "ab2c"),
        ("abc", "b", "$1", "ac"),
        ("abc", "b", "$", None),
        ("abc", "b", "\\x", None),
        ("abc", "x*", "-", None),
        ("aaa", "a+?", "b", "bbb"),
        ("13800138000", "(\\d{3})\\d{4}(\\d{4})", "$1****$2", "138****8000"),
        ("ab", "(a)|(b)", "<$1|$2>", "<a|><|b>"),
        ("a\nb", "^", "x", None),
    ],
)
def test_replace(text: str, pattern: str, replacement: str, expected: str | None) -> None:
    """Groups, escapes, and what XPath calls an error (null)."""
    context = {"t": text, "p": pattern, "r": replacement}
    assert value("replace(t, p, r)", context) == expected


def test_the_first_alternative_wins() -> None:
    """Leftmost match, the earlier alternative, the greedier repeat: as XPath says."""
    assert value('replace("abcd", "a|ab|abc", "x")') == "xbcd"
    assert value('replace("xaay", "a*?y", "-")') == "x-"
    assert value('split("a1b22c", "[0-9]+")') == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("pattern", "text"),
    [("(a+)+$", "a" * 3000 + "b"), ("(a|a)*c", "a" * 3000), ("(.*)(.*)(.*)(.*)x", "a" * 3000)],
)
def test_evil_patterns_are_linear(pattern: str, text: str) -> None:
    """Patterns that drive backtracking matchers mad cost a few steps for each character."""
    budget = Budget(steps=len(text) * 40)
    assert compile_pattern(pattern).is_found(text, budget) is False


def test_matching_is_paid_for() -> None:
    """A long text uses up the budget like any other work."""
    with pytest.raises(BudgetExceeded):
        compile_pattern("(a|b|c|d)*e").is_found("abcd" * 1000, Budget(steps=1000))
