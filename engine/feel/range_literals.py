"""Range texts, `[1..10]` (DMN 1.5, grammar rules 66 and 67): only literals may be endpoints."""

from __future__ import annotations

from typing import Final

from engine.feel.comparison import order
from engine.feel.errors import FeelSyntaxError
from engine.feel.lexer import END, NAME, NUMBER, STRING, Token, tokens_of, unquote
from engine.feel.literals import duration, temporal_literal
from engine.feel.number import number_of
from engine.feel.run import Run
from engine.feel.temporal import Date, DateTime, Time
from engine.feel.values import Range, Value

CONSTRUCTORS: Final = {
    ("date",): Date.parse,
    ("time",): Time.parse,
    ("date", "and", "time"): DateTime.parse,
    ("duration",): duration,
}
MAX_LENGTH: Final = 1000


class _NoLiteralError(Exception):
    pass


def range_literal(text: str, run: Run) -> Range | None:
    """The range that a text stands for; None for any other text."""
    if len(text) > MAX_LENGTH:
        return None
    run.budget.text(len(text))
    try:
        return _Reader(text, tokens_of(text)).whole()
    except (_NoLiteralError, FeelSyntaxError):
        return None


class _Reader:
    def __init__(self, text: str, tokens: list[Token]) -> None:
        self.text = text
        self.tokens = tokens
        self.at = 0

    def take(self) -> Token:
        token = self.tokens[self.at]
        if token.kind != END:
            self.at += 1
        return token

    def one_of(self, *texts: str) -> str:
        token = self.take()
        if token.text not in texts or token.kind == END:
            raise _NoLiteralError
        return token.text

    def whole(self) -> Range:
        opening = self.one_of("[", "(", "]")
        low = None if self.tokens[self.at].text == ".." else self.endpoint()
        self.one_of("..")
        high = None if self.tokens[self.at].text in ("]", ")", "[") else self.endpoint()
        closing = self.one_of("]", ")", "[")
        if self.take().kind != END:
            raise _NoLiteralError
        return _checked(low, high, low_included=opening == "[", high_included=closing == "]")

    def endpoint(self) -> Value:
        """A number, text, `@"…"` or call of a temporal constructor with a text."""
        token = self.take()
        value: Value = None
        if token.text == "-" and self.tokens[self.at].kind == NUMBER:
            value = number_of("-" + self.take().text)
        elif token.kind == NUMBER:
            value = number_of(token.text)
        elif token.kind == STRING:
            value = unquote(self.text, token)
        elif token.text == "@":
            value = temporal_literal(self.string())
        elif token.kind == NAME:
            value = self.constructed(token)
        if value is None:
            raise _NoLiteralError
        return value

    def string(self) -> str:
        token = self.take()
        if token.kind != STRING:
            raise _NoLiteralError
        return unquote(self.text, token)

    def constructed(self, first: Token) -> Value:
        words = [first.text]
        while self.tokens[self.at].kind == NAME:
            words.append(self.take().text)
        construct = CONSTRUCTORS.get(tuple(words))
        if construct is None:
            raise _NoLiteralError
        self.one_of("(")
        value = construct(self.string())
        self.one_of(")")
        return value


def _checked(low: Value, high: Value, *, low_included: bool, high_included: bool) -> Range:
    if low is None or high is None:
        # Only the open side may be left out; what remains is a comparison.
        missing_included = low_included if low is None else high_included
        if (low is None and high is None) or missing_included:
            raise _NoLiteralError
        if low is None:
            return Range.compared("<=" if high_included else "<", high)
        return Range.compared(">=" if low_included else ">", low)
    compared = order(low, high)
    if compared is None or compared > 0 or type(low) is not type(high):
        raise _NoLiteralError
    return Range(low, high, low_included, high_included)
