"""Tokens → nodes: precedence climbing over the operators (DMN 1.5, 10.3.1.2).

From loose to tight: `or`, `and`, comparisons, `+ -`, `* /`, `**`, unary `-`, `instance of`, and
path, filter and call. Chains of one level become one node, so that long ones do not nest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from engine.feel.atoms import COMPARISONS, Atoms
from engine.feel.errors import FeelSyntaxError
from engine.feel.lattice import Type
from engine.feel.lexer import END, NAME, NUMBER, error_at
from engine.feel.names import KEYWORDS, NameIndex
from engine.feel.nodes import (
    Arithmetic,
    Between,
    Call,
    Comparison,
    Filter,
    InstanceOf,
    Logical,
    Membership,
    Negation,
    Node,
    Path,
    Tests,
)

OR, AND, COMPARE, ADD, MULTIPLY, POWER = 1, 2, 3, 4, 5, 6

LEVELS: Final[dict[str, int]] = {
    "or": OR,
    "and": AND,
    **dict.fromkeys(COMPARISONS, COMPARE),
    "between": COMPARE,
    "in": COMPARE,
    "+": ADD,
    "-": ADD,
    "*": MULTIPLY,
    "/": MULTIPLY,
    "**": POWER,
}
#: Tokens that can't begin an expression: a bracket before one of these closes an interval.
NEVER_FIRST: Final = frozenset((")", "]", ",", "}", ".", "", ":", "..")) | COMPARISONS
STARTERS: Final = frozenset(("if", "for", "some", "every", "function", "true", "false", "null"))
#: Paths, filters, calls and comparisons that follow each other nest as deep as they are many.
MAX_CHAIN: Final = 64


class Parser(Atoms):
    """Reads one expression or one list of unary tests."""

    def expression(self) -> Node:
        """Read a whole expression."""
        self.enter()
        node = self._binary(OR)
        self.depth -= 1
        return node

    def endpoint(self) -> Node:
        """Read an expression without comparisons, `and` and `or`."""
        self.enter()
        node = self._binary(ADD)
        self.depth -= 1
        return node

    def _binary(self, least: int) -> Node:
        left = self._unary()
        links = 0
        while True:
            token = self.tokens[self.at]
            level = LEVELS.get(token.text, 0)
            if level < least or not level:
                return left
            links += 1
            if links > MAX_CHAIN:
                raise error_at(self.text, token.start, f"连续的比较超过 {MAX_CHAIN} 个")
            if level >= ADD:
                left = self._arithmetic(left, level)
            elif level == COMPARE:
                left = self._comparison(left, token.text)
            else:
                left = self._logical(left, token.text, level)

    def _arithmetic(self, first: Node, level: int) -> Node:
        rest: list[tuple[str, Node]] = []
        while LEVELS.get(self.tokens[self.at].text) == level:
            operator = self.tokens[self.at].text
            self.at += 1
            rest.append((operator, self._binary(level + 1)))
        return Arithmetic(first.start, self.last_end, first, rest)

    def _logical(self, first: Node, operator: str, level: int) -> Node:
        operands = [first]
        while self.tokens[self.at].text == operator:
            self.at += 1
            operands.append(self._binary(level + 1))
        return Logical(first.start, self.last_end, operator, operands)

    def _comparison(self, left: Node, operator: str) -> Node:
        self.at += 1
        if operator == "between":
            low = self._binary(ADD)
            self.expect("and")
            high = self._binary(ADD)
            return Between(left.start, self.last_end, left, low, high)
        if operator == "in":
            self.tests_at = self.at
            test = self._binary(ADD)
            tests = test.items if isinstance(test, Tests) else [test]
            return Membership(left.start, self.last_end, left, tests)
        right = self._binary(ADD)
        return Comparison(left.start, self.last_end, operator, left, right)

    def _unary(self) -> Node:
        token = self.tokens[self.at]
        if token.text != "-":
            return self._postfix(self.atom())
        signs = 0
        while self.take("-"):
            signs += 1
        following = self.tokens[self.at]
        if following.kind == NUMBER:  # the sign belongs to the literal (grammar rule 35)
            self.at += 1
            signs -= 1
            sign = self.tokens[self.at - 2].start
            node = self._postfix(self._number(sign, "-" + following.text))
        else:
            node = self._postfix(self.atom())
        if signs % 2 == 0 and signs:
            node = Negation(self.tokens[self.at - 1].start, self.last_end, node)
            return Negation(token.start, self.last_end, node)
        return Negation(token.start, self.last_end, node) if signs else node

    def _postfix(self, node: Node) -> Node:
        links = 0
        while True:
            token = self.tokens[self.at]
            match token.text:
                case ".":
                    self.at += 1
                    node = Path(node.start, self.last_end, node, self.property_name())
                    node.end = self.last_end
                case "[" if self._starts_filter():
                    node = self._filter(node)
                case "(":
                    node = self._call(node)
                case "instance" if self.tokens[self.at + 1].text == "of":
                    self.at += 2
                    kind = self.type_expression()
                    node = InstanceOf(node.start, self.last_end, node, kind)
                case _:
                    return node
            links += 1
            if links > MAX_CHAIN:
                raise error_at(self.text, token.start, f"连续的路径、筛选或调用超过 {MAX_CHAIN} 个")

    def _starts_filter(self) -> bool:
        """Whether a `[` opens a filter, rather than closing an interval as in `[1..10[`."""
        following = self.tokens[self.at + 1]
        if following.text in NEVER_FIRST:
            return False
        return (
            following.kind != NAME or following.text in STARTERS or (following.text not in KEYWORDS)
        )

    def _filter(self, operand: Node) -> Node:
        self.at += 1
        self.scopes.append(NameIndex(("item",)))
        self.filters += 1
        predicate = self.expression()
        self.filters -= 1
        self.scopes.pop()
        self.expect("]")
        return Filter(operand.start, self.last_end, operand, predicate)

    def _call(self, function: Node) -> Node:
        self.at += 1
        arguments: list[Node] = []
        names: list[str] | None = [] if self.is_named_argument() else None
        while not self.sees(")"):
            if names is not None:
                name = self.declared_name(":")
                if name in names:
                    raise error_at(self.text, self.last_end, f"参数“{name}”给了两次")
                names.append(name)
                self.expect(":")
            arguments.append(self.expression())
            if not self.take(","):
                break
        self.expect(")")
        return Call(function.start, self.last_end, function, arguments, names)

    # -- entries

    def whole_expression(self) -> Node:
        """The text as one expression."""
        node = self.expression()
        if self.token.kind != END:
            raise self.unexpected("运算符", "表达式结束")
        return node

    def whole_tests(self) -> tuple[list[Node] | None, bool]:
        """The text as unary tests (grammar rule 15): the tests, and whether `not(…)` is around.

        None for `-`, which every value passes.
        """
        if self.sees("-") and self.tokens[self.at + 1].kind == END:
            return None, False
        negated = self._negated_tests()
        if negated is not None:
            return negated, True
        tests = self._tests()
        if self.token.kind != END:
            raise self.unexpected(",", "条件结束")
        return tests, False

    def _negated_tests(self) -> list[Node] | None:
        """The tests of `not(…)` if that is the whole text; else nothing is read."""
        if not self.sees("not") or self.tokens[self.at + 1].text != "(":
            return None
        first, scopes = self.at, len(self.scopes)
        self.at += 2
        try:
            tests = self._tests()
            if self.take(")") and self.token.kind == END:
                return tests
        except FeelSyntaxError:  # `not(negand: x)`, a call
            del self.scopes[scopes:]
        self.at, self.depth, self.filters = first, 0, 0
        return None

    def _tests(self) -> list[Node]:
        tests = [self.expression()]
        while self.take(","):
            tests.append(self.expression())
        return tests


def parse(
    text: str, *, names: Iterable[str], builtins: NameIndex, types: Mapping[str, Type]
) -> Node:
    """The tree of an expression. FeelSyntaxError if the text is none."""
    return Parser(text, names=names, builtins=builtins, types=types).whole_expression()


def parse_tests(
    text: str, *, names: Iterable[str], builtins: NameIndex, types: Mapping[str, Type]
) -> tuple[list[Node] | None, bool]:
    """The trees of unary tests. FeelSyntaxError if the text is none."""
    return Parser(text, names=names, builtins=builtins, types=types).whole_tests()
