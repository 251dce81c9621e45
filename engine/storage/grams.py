"""Finding text inside text by an index: by the pairs of letters that it holds.

The database comes without an extension for this, and Chinese is written without blanks, so the
pairs stand in an array of their own with a GIN index. Whoever searches asks for all pairs of his
words, and then compares the words themselves.
"""

from __future__ import annotations

from collections.abc import Iterable


def search_words(text: str) -> list[str]:
    """The words of a search as they are compared: lower case, without what cannot be stored."""
    clean = "".join(letter for letter in text.casefold()[:200] if letter.isprintable())
    return clean.split()[:10]


def grams(words: Iterable[str]) -> set[str]:
    """All pairs of neighbouring letters within the words (a word of one letter has none)."""
    found: set[str] = set()
    for word in words:
        for part in word.casefold().split():
            found.update(part[n : n + 2] for n in range(len(part) - 1))
    return found
