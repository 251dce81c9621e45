"""Parsing of what has no operator on its left: literals, names, boxed expressions, `if`, `for`."""

from __future__ import annotations

from abc import abstractmethod
from typing import Final

from engine.feel.cursor import Cursor
from engine.feel.lattice import Type
from engine.feel.lexer import NAME, NUMBER, STRING, Token, error_at, unquote
from engine.feel.literals import temporal_literal
from engine.feel.names import NameIndex
from engine.feel.nodes import (
    Binding,
    Compared,
    ContextOf,
    For,
    Function,
    If,
    Interval,
    ListOf,
    Literal,
    Name,
    Node,
    Quantified,
    Tests,
)
from engine.feel.number import number_of

CONSTANTS: Final = {"true": True, "false": False, "null": None}
#: Variables of one `for` or quantifier: loops nest as deep as they are many.
MAX_BINDINGS: Final = 16
COMPARISONS: Final = frozenset(("<", "<=", ">", ">=", "=", "!="))


class Atoms(Cursor):
    """The part of the parser below the operators."""

    @abstractmethod
    def expression(self) -> Node:
        """Read a whole expression."""

    @abstractmethod
    def endpoint(self) -> Node:
        """Read an endpoint of a comparison: no comparison, `and`, `or` of its own."""

    def atom(self) -> Node:  # noqa: PLR0911 -- one for each kind
        """Read a literal, name, boxed expression, `if`, `for`, quantifier or parenthesis."""
        token = self.tokens[self.at]
        if token.kind == NAME:
            return self._word(token)
        if token.kind == NUMBER:
            self.at += 1
            return self._number(token.start, token.text)
        if token.kind == STRING:
            self.at += 1
            return Literal(token.start, token.end, unquote(self.text, token))
        match token.text:
            case "(":
                return self._parenthesis()
            case "[":
                return self._bracket()
            case "]":
                self.at += 1
                return self._interval(token.start, self.expression(), included=False)
            case "{":
                return self._context()
            case "@":
                return self._at_literal()
            case text if text in COMPARISONS:
                self.at += 1
                endpoint = self.endpoint()
                return Compared(token.start, self.last_end, text, endpoint)
        name = self.reference()  # a name in scope may begin with anything
        return Name(token.start, self.last_end, name)

    def _word(self, token: Token) -> Node:
        match token.text:
            case "true" | "false" | "null":
                self.at += 1
                return Literal(token.start, token.end, CONSTANTS[token.text])
            case "if":
                return self._if()
            case "for":
                return self._for()
            case "some" | "every":
                return self._quantified()
            case "function":
                return self._function()
        name = self.reference()
        return Name(token.start, self.last_end, name)

    def _number(self, start: int, text: str) -> Node:
        value = number_of(text)
        if value is None:
            raise error_at(self.text, start, "数字超出范围（34 位有效数字，指数 ±6144）")
        return Literal(start, self.last_end, value)

    def _at_literal(self) -> Node:
        start = self.token.start
        self.at += 1
        token = self.token
        if token.kind != STRING:
            raise self.unexpected('"')
        self.at += 1
        text = unquote(self.text, token)
        value = temporal_literal(text)
        fault = "" if value is not None else f"“{text}”不是日期、时间或时长"
        return Literal(start, token.end, value, fault)

    # -- brackets

    def _parenthesis(self) -> Node:
        start = self.token.start
        tests_allowed = self.tests_at == self.at
        self.at += 1
        first = self.expression()
        if self.sees(".."):
            return self._interval(start, first, included=False)
        if tests_allowed and self.sees(","):
            items = [first]
            while self.take(","):
                items.append(self.expression())
            self.expect(")")
            return Tests(start, self.last_end, items)
        self.expect(")")
        return first

    def _bracket(self) -> Node:
        start = self.token.start
        self.at += 1
        items: list[Node] = []
        if not self.sees("]"):
            items.append(self.expression())
            if self.sees(".."):
                return self._interval(start, items[0], included=True)
            while self.take(","):
                items.append(self.expression())
        self.expect("]")
        return ListOf(start, self.last_end, items)

    def _interval(self, start: int, low: Node, *, included: bool) -> Node:
        self.expect("..")
        high = self.expression()
        closing = self.expect("]", ")", "[")
        return Interval(start, self.last_end, low, high, included, closing == "]")

    def _context(self) -> Node:
        start = self.token.start
        self.at += 1
        scope = NameIndex()
        self.scopes.append(scope)
        entries: list[tuple[str, Node]] = []
        while not self.sees("}"):
            key = self._key()
            if any(key == known for known, _ in entries):
                raise error_at(self.text, self.last_end, f"上下文里有两个“{key}”")
            self.expect(":")
            if self.sees("function"):  # a function may call itself
                scope.add(key)
            entries.append((key, self.expression()))
            scope.add(key)
            self.properties.add(key)
            if not self.take(","):
                break
        self.expect("}")
        self.scopes.pop()
        return ContextOf(start, self.last_end, entries)

    def _key(self) -> str:
        token = self.token
        if token.kind == STRING:
            self.at += 1
            return unquote(self.text, token)
        return self.declared_name(":")

    # -- words

    def _if(self) -> Node:
        """`else if` chains are one node, so that a long one does not nest."""
        start = self.token.start
        branches: list[tuple[Node, Node]] = []
        while self.take("if"):
            condition = self.expression()
            self.expect("then")
            branches.append((condition, self.expression()))
            self.expect("else")
        otherwise = self.expression()
        return If(start, self.last_end, branches, otherwise)

    def _bindings(self, *, spans: bool) -> list[Binding]:
        bindings: list[Binding] = []
        while True:
            start = self.token.start
            name = self.declared_name("in")
            self.expect("in")
            domain = self.expression()
            until = self.expression() if spans and self.take("..") else None
            bindings.append(Binding(start, self.last_end, name, domain, until))
            self.scopes.append(NameIndex((name,)))
            if not self.take(","):
                return bindings
            if len(bindings) >= MAX_BINDINGS:
                raise self.unexpected()

    def _for(self) -> Node:
        start = self.token.start
        self.at += 1
        depth = len(self.scopes)
        bindings = self._bindings(spans=True)
        self.expect("return")
        self.scopes.append(NameIndex(("partial",)))
        body = self.expression()
        del self.scopes[depth:]
        return For(start, self.last_end, bindings, body)

    def _quantified(self) -> Node:
        start = self.token.start
        kind = self.token.text
        self.at += 1
        depth = len(self.scopes)
        bindings = self._bindings(spans=True)
        self.expect("satisfies")
        body = self.expression()
        del self.scopes[depth:]
        return Quantified(start, self.last_end, kind, bindings, body)

    def _function(self) -> Node:
        start = self.token.start
        self.at += 1
        self.expect("(")
        parameters: list[tuple[str, Type | None]] = []
        while not self.sees(")"):
            name = self.declared_name(":", ",", ")")
            if any(name == known for known, _ in parameters):
                raise error_at(self.text, self.last_end, f"函数有两个参数“{name}”")
            parameters.append((name, self.type_expression() if self.take(":") else None))
            if not self.take(","):
                break
        self.expect(")")
        external = self.take("external")
        self.scopes.append(NameIndex(name for name, _ in parameters))
        body = self.expression()
        self.scopes.pop()
        return Function(start, self.last_end, parameters, body, external)
