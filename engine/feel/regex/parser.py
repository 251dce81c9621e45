"""Pattern text → parts (XML Schema Part 2, appendix F, with the additions of XPath)."""

from __future__ import annotations

from typing import Final

from engine.feel.regex import charset as c
from engine.feel.regex.errors import RegexError
from engine.feel.regex.nodes import (
    Characters,
    Choice,
    End,
    Group,
    Node,
    Repeat,
    Sequence,
    Start,
)

SINGLE: Final = {"n": "\n", "r": "\r", "t": "\t", **{mark: mark for mark in "\\|.?*+(){}$-[]^"}}
MAX_PATTERN: Final = 1000
MAX_DEPTH: Final = 40
MAX_GROUPS: Final = 50
MAX_REPEAT: Final = 1000
SPACES: Final = " \t\n\r"


def without_spaces(pattern: str) -> str:
    """The pattern without white space outside of classes (flag `x`)."""
    kept: list[str] = []
    depth = 0
    position = 0
    while position < len(pattern):
        mark = pattern[position]
        if mark == "\\" and position + 1 < len(pattern) and pattern[position + 1] not in SPACES:
            kept.append(pattern[position : position + 2])
            position += 2
            continue
        depth += (mark == "[") - (mark == "]" and depth > 0)
        if depth or mark not in SPACES:
            kept.append(mark)
        position += 1
    return "".join(kept)


class Parser:
    """Reads one pattern."""

    def __init__(self, pattern: str, flags: str) -> None:
        if len(pattern) > MAX_PATTERN:
            raise RegexError(f"正则表达式超过 {MAX_PATTERN} 个字符")
        self.text = without_spaces(pattern) if "x" in flags else pattern
        self.any_case = "i" in flags
        self.dot = c.everything if "s" in flags else c.dot
        self.at = 0
        self.groups = 0
        self.depth = 0

    def parse(self) -> Node:
        """The whole pattern."""
        node = self._choice()
        if self.at < len(self.text):
            raise RegexError("正则表达式里有多余的“)”")
        return node

    def _peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def _next(self) -> str:
        if self.at >= len(self.text):
            raise RegexError("正则表达式没有写完")
        self.at += 1
        return self.text[self.at - 1]

    def _choice(self) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise RegexError("正则表达式嵌套太深")
        options = [self._sequence()]
        while self._peek() == "|":
            self.at += 1
            options.append(self._sequence())
        self.depth -= 1
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def _sequence(self) -> Node:
        parts: list[Node] = []
        while self._peek() not in ("", "|", ")"):
            parts.append(self._quantified(self._atom()))
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _quantified(self, atom: Node) -> Node:
        mark = self._peek()
        if not mark or mark not in "?*+{":
            return atom
        self.at += 1
        least, most = {"?": (0, 1), "*": (0, None), "+": (1, None)}.get(mark, (0, 0))
        if mark == "{":
            least, most = self._bounds()
        greedy = self._peek() != "?"
        if not greedy:
            self.at += 1
        if isinstance(atom, Start | End) or (self._peek() and self._peek() in "?*+{"):
            raise RegexError("重复记号前没有可重复的部分")
        return Repeat(atom, least, most, greedy)

    def _bounds(self) -> tuple[int, int | None]:
        end = self.text.find("}", self.at)
        if end < 0:
            raise RegexError("重复次数没有写完")
        low, comma, high = self.text[self.at : end].partition(",")
        self.at = end + 1
        if (
            not low.isascii()
            or not low.isdigit()
            or (high and not (high.isascii() and high.isdigit()))
        ):
            raise RegexError("重复次数必须是数字")
        if len(low) > 4 or len(high) > 4:
            raise RegexError(f"重复次数超过 {MAX_REPEAT}")
        least = int(low)
        most = least if not comma else int(high) if high else None
        if max(least, most or 0) > MAX_REPEAT or (most is not None and most < least):
            raise RegexError(f"重复次数不对，或超过 {MAX_REPEAT}")
        return least, most

    def _atom(self) -> Node:
        mark = self._next()
        node: Node
        match mark:
            case "(":
                node = self._group()
            case "[":
                node = Characters(c.CharSet(self._class()))
            case ".":
                node = Characters(c.CharSet(self.dot))
            case "^":
                node = Start()
            case "$":
                node = End()
            case "\\":
                node = Characters(c.CharSet(self._escape()))
            case "?" | "*" | "+" | "{" | "}" | "]":
                raise RegexError(f"正则表达式里的“{mark}”要写成“\\{mark}”")
            case _:
                node = Characters(c.CharSet(self._single(mark)))
        return node

    def _single(self, character: str) -> c.Test:
        return c.span(character, character, any_case=self.any_case)

    def _group(self) -> Node:
        number: int | None = None
        if self._peek() == "?":
            if self.text[self.at : self.at + 2] != "?:":
                raise RegexError("只支持 (?:…) 这一种不捕获的分组")
            self.at += 2
        else:
            self.groups += 1
            number = self.groups
            if number > MAX_GROUPS:
                raise RegexError(f"分组超过 {MAX_GROUPS} 个")
        part = self._choice()
        if self._next() != ")":
            raise RegexError("分组缺少“)”")
        return Group(part, number)

    def _escape(self) -> c.Test:
        mark = self._next()
        if mark.isdigit():
            raise RegexError("不支持反向引用")
        if mark in SINGLE:
            return self._single(SINGLE[mark])
        return self._class_escape(mark)

    def _class_escape(self, mark: str) -> c.Test:
        if mark in "pP":
            if self._next() != "{":
                raise RegexError("\\p 之后要写 {…}")
            end = self.text.find("}", self.at)
            if end < 0:
                raise RegexError("\\p{…} 没有写完")
            test = c.property_test(self.text[self.at : end])
            self.at = end + 1
            return c.negated(test) if mark == "P" else test
        if mark.lower() in c.ESCAPES:
            test = c.ESCAPES[mark.lower()]
            return test if mark.islower() else c.negated(test)
        raise RegexError(f"没有转义“\\{mark}”")

    # -- classes

    def _class(self) -> c.Test:
        """What stands between `[` and `]`."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise RegexError("正则表达式嵌套太深")
        negate = self._peek() == "^"
        self.at += negate
        tests: list[c.Test] = []
        subtracted: c.Test | None = None
        while True:
            mark = self._next()
            if mark == "]" and tests:
                break
            if mark == "-" and self._peek() == "[" and tests:
                self.at += 1
                subtracted = self._class()
                if self._next() != "]":
                    raise RegexError("字符类的减法之后要写“]”")
                break
            tests.append(self._class_part(mark))
        self.depth -= 1
        test = c.any_of(tests)
        if negate:
            test = c.negated(test)
        return test if subtracted is None else c.except_for(test, subtracted)

    def _class_part(self, mark: str) -> c.Test:
        if mark in "[]":
            raise RegexError(f"字符类里的“{mark}”要写成“\\{mark}”")
        low = mark
        if mark == "\\":
            escaped = self._next()
            if escaped not in SINGLE:
                if escaped.isdigit():
                    raise RegexError("不支持反向引用")
                return self._class_escape(escaped)
            low = SINGLE[escaped]
        following = self.text[self.at : self.at + 2]
        if following[:1] != "-" or following in ("-]", "-[", "-"):
            return c.span(low, low, any_case=self.any_case)
        self.at += 1
        high = self._next()
        if high == "\\":
            escaped = self._next()
            if escaped not in SINGLE:
                raise RegexError("字符范围的两端必须是单个字符")
            high = SINGLE[escaped]
        if high < low:
            raise RegexError("字符范围的起点大于终点")
        return c.span(low, high, any_case=self.any_case)
