"""Sets of characters: literals, `.`, escapes, categories, blocks, classes with subtraction."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Final

from engine.feel.regex.blocks import BLOCKS
from engine.feel.regex.errors import RegexError

#: Of each main category its letter and the letters of its parts.
_MAIN: Final = {
    "L": "ultmo", "M": "nce", "N": "dlo", "P": "cdseifo", "Z": "slp", "S": "mcko", "C": "cfon",
}  # fmt: skip
CATEGORIES: Final = frozenset(main + part for main, parts in _MAIN.items() for part in ("", *parts))
#: Answers for these characters are remembered; others are worked out each time, so that the
#: patterns kept compiled stay small whatever texts they are asked about.
ASCII: Final = 128
UNKNOWN, NO, YES = range(3)

Test = Callable[[str], bool]


class CharSet:
    """A set of characters."""

    __slots__ = ("_known", "_test")

    def __init__(self, test: Test) -> None:
        self._test = test
        self._known = bytearray(ASCII)

    def __contains__(self, character: str) -> bool:
        code = ord(character)
        if code >= ASCII:
            return self._test(character)
        known = self._known[code]
        if known == UNKNOWN:
            known = self._known[code] = YES if self._test(character) else NO
        return known == YES


def variants(character: str) -> frozenset[str]:
    """The character in its other cases (flag `i`)."""
    lower, upper = character.lower(), character.upper()
    forms = {character, lower, upper, upper.lower(), lower.upper()}
    return frozenset(form for form in forms if len(form) == 1)


def span(low: str, high: str, *, any_case: bool) -> Test:
    """The characters from `low` to `high`; with `any_case`, those with a case in between."""
    if not any_case:
        return lambda character: low <= character <= high
    folded = variants(low) if low == high else frozenset((low,))

    def test(character: str) -> bool:
        if low == high:
            return not folded.isdisjoint(variants(character))
        return any(low <= form <= high for form in variants(character))

    return test


def any_of(tests: list[Test]) -> Test:
    """The union."""
    if len(tests) == 1:
        return tests[0]
    return lambda character: any(test(character) for test in tests)


def except_for(test: Test, subtracted: Test) -> Test:
    """The difference."""
    return lambda character: test(character) and not subtracted(character)


def negated(test: Test) -> Test:
    """The complement."""
    return lambda character: not test(character)


def dot(character: str) -> bool:
    """`.` without the flag `s`: no line end."""
    return character not in "\n\r"


def everything(_character: str) -> bool:
    """`.` with the flag `s`."""
    return True


def _space(character: str) -> bool:
    return character in " \t\n\r"


def _digit(character: str) -> bool:
    return unicodedata.category(character) == "Nd"


def _word(character: str) -> bool:
    return unicodedata.category(character)[0] not in "PZC"


def _name_start(character: str) -> bool:
    return character in "_:" or character.isalpha() or unicodedata.category(character) == "Nl"


def _name_character(character: str) -> bool:
    return (
        _name_start(character)
        or character in ".-\u00b7"
        or unicodedata.category(character) in ("Nd", "Mn", "Mc", "Me", "Lm")
    )


#: `\s` and its kin; the upper case letter stands for the complement.
ESCAPES: Final[dict[str, Test]] = {
    "s": _space,
    "d": _digit,
    "w": _word,
    "i": _name_start,
    "c": _name_character,
}


def property_test(name: str) -> Test:
    """`\\p{…}`: a general category, or `Is` and a block."""
    if name in CATEGORIES:
        size = len(name)
        return lambda character: unicodedata.category(character)[:size] == name
    if name.startswith("Is") and name[2:] in BLOCKS:
        low, high = BLOCKS[name[2:]]
        return lambda character: low <= ord(character) <= high
    raise RegexError(f"没有字符类别“{name}”")
