"""Where the parser stands: tokens, scopes, names, errors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from engine.feel.errors import FeelSyntaxError
from engine.feel.lattice import NAMES, ContextType, ListType, Type
from engine.feel.lexer import END, NAME, NUMBER, STRING, SYMBOL, Token, error_at, tokens_of
from engine.feel.names import FULL_WIDTH, KEYWORDS, NameIndex, full_width, is_word, spelled

#: Deeper nesting is refused: parsing and evaluating go down with it.
MAX_DEPTH: Final = 64
#: Names of properties that no context declares.
PROPERTIES: Final = ("time offset", "start included", "end included")
#: Symbols that may stand inside a name (grammar rule 30, and the straight apostrophe).
NAME_SYMBOLS: Final = frozenset("./-’'+*")


class Cursor:
    """Reading of tokens one after the other, with the names known at each place."""

    def __init__(
        self,
        text: str,
        *,
        names: Iterable[str],
        builtins: NameIndex,
        types: Mapping[str, Type],
    ) -> None:
        self.text = text
        self.tokens = tokens_of(text)
        self.at = 0
        self.depth = 0
        self.tests_at = -1
        self.filters = 0
        self.builtins = builtins
        self.types = types
        self.scopes: list[NameIndex] = [NameIndex(names)]
        self.properties = NameIndex(PROPERTIES)
        if isinstance(names, Mapping):
            for kind in names.values():
                self._declare_properties(kind, 0)

    def _declare_properties(self, kind: object, depth: int) -> None:
        """Learn the names of entries that a variable's type declares."""
        if not isinstance(kind, Type) or depth > 8:
            return
        resolved = kind.resolved()
        if isinstance(resolved, ListType):
            self._declare_properties(resolved.item, depth + 1)
        elif isinstance(resolved, ContextType):
            for name, entry in resolved.entries:
                self.properties.add(name)
                self._declare_properties(entry, depth + 1)

    # -- tokens

    @property
    def token(self) -> Token:
        """The token to be read next."""
        return self.tokens[self.at]

    def sees(self, text: str) -> bool:
        """Whether the next token is this symbol or word."""
        return self.tokens[self.at].text == text

    def take(self, text: str) -> bool:
        """Step over this symbol or word if it comes next."""
        if self.tokens[self.at].text == text:
            self.at += 1
            return True
        return False

    def expect(self, *texts: str) -> str:
        """Step over one of these symbols or words, or fail."""
        found = self.tokens[self.at].text
        if found not in texts or self.tokens[self.at].kind == END:
            raise self.unexpected(*texts)
        self.at += 1
        return found

    @property
    def last_end(self) -> int:
        """Where the token before this one ends."""
        return self.tokens[self.at - 1].end if self.at else 0

    def unexpected(self, *expected: str) -> FeelSyntaxError:
        """The error that the next token can't stand here."""
        token = self.token
        if token.kind == END:
            return error_at(self.text, token.start, "表达式没有写完", expected)
        mark = full_width(token.text)
        if mark is not None:
            return error_at(
                self.text,
                token.start + token.text.index(mark),
                f"出现了全角标点“{mark}”，请改用半角的“{FULL_WIDTH[mark]}”",
                expected,
            )
        return error_at(self.text, token.start, f"不应出现“{token.text}”", expected)

    def enter(self) -> None:
        """Go one level of nesting deeper."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise error_at(
                self.text, self.token.start, f"嵌套超过 {MAX_DEPTH} 层，请拆成几个表达式"
            )

    # -- names

    def match_name(self) -> tuple[int, str] | None:
        """The longest name in scope that starts here."""
        best = self.builtins.match(self.tokens, self.at)
        for scope in self.scopes:
            found = scope.match(self.tokens, self.at)
            if found is not None and (best is None or found[0] >= best[0]):
                best = found
        if self.filters:
            found = self.properties.match(self.tokens, self.at)
            if found is not None and (best is None or found[0] > best[0]):
                best = found
        return best

    def reference(self) -> str:
        """Read the name of a variable."""
        found = self.match_name()
        if found is not None:
            self.at += found[0]
            return found[1]
        if not is_word(self.token):
            raise self.unexpected("名称", "数字", "文本", "(", "[", "{")
        first = self.at
        self.at += 1
        if self.filters:
            while is_word(self.token):
                self.at += 1
        name = spelled(self.tokens[first : self.at])
        if full_width(name) is not None:
            self.at = first
            raise self.unexpected()
        return name

    def property_name(self) -> str:
        """Read the name after a dot: a known one, else all words that follow each other."""
        found = self.properties.match(self.tokens, self.at)
        for scope in self.scopes:
            other = scope.match(self.tokens, self.at)
            if other is not None and (found is None or other[0] > found[0]):
                found = other
        first = self.at
        while is_word(self.token) or (self.at > first and self._goes_on()):
            self.at += 1
        if found is not None and found[0] >= self.at - first:
            self.at = first + found[0]
            return found[1]
        if self.at == first:
            raise self.unexpected("属性名")
        return spelled(self.tokens[first : self.at])

    def _goes_on(self) -> bool:
        """A number after a word can only belong to its name."""
        return self.token.kind == NUMBER and not self.token.text.startswith(".")

    def declared_name(self, *ends: str) -> str:
        """Read a new name up to one of the symbols or words that must follow it."""
        first = self.at
        while self.token.text not in ends or self.at == first:
            token = self.token
            good = token.kind in (NAME, NUMBER) or token.text in NAME_SYMBOLS
            if not good or (self.at == first and (token.kind != NAME or token.text in KEYWORDS)):
                raise self.unexpected("名称" if self.at == first else "、".join(ends))
            self.at += 1
        return spelled(self.tokens[first : self.at])

    def is_named_argument(self) -> bool:
        """Whether the next tokens are a name and a colon."""
        at = self.at
        if self.tokens[at].kind != NAME:
            return False
        while True:
            token = self.tokens[at]
            if token.text == ":":
                return True
            if token.kind not in (NAME, NUMBER) and token.text not in NAME_SYMBOLS:
                return False
            at += 1

    # -- types

    def type_expression(self) -> Type | None:
        """Read a type (grammar rule 52); None if it names no type."""
        from engine.feel.type_syntax import read_type  # noqa: PLC0415 -- they need each other

        return read_type(self)


__all__ = ["END", "MAX_DEPTH", "NAME", "NAMES", "NUMBER", "STRING", "SYMBOL", "Cursor", "Token"]
