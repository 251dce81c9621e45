"""Why an expression has its value: the value of each part."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from engine.feel.nodes import Function, Literal, Node
from engine.feel.values import Value

#: A loop can have any number of rounds; so many parts are kept, the first ones.
MAX_PARTS: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The text of a part, its value, and the parts it was worked out from, in that order."""

    source: str
    value: Value
    children: tuple[Explanation, ...] = ()

    def walk(self) -> Iterator[tuple[int, Explanation]]:
        """Each part with its depth, the whole first."""
        stack = [(0, self)]
        while stack:
            depth, part = stack.pop()
            yield depth, part
            stack.extend((depth + 1, child) for child in reversed(part.children))


@dataclass(slots=True)
class _Part:
    start: int
    end: int
    value: Value = None
    children: list[_Part] = field(default_factory=list)

    def explained(self, text: str) -> Explanation:
        return Explanation(
            source=text[self.start : self.end],
            value=self.value,
            children=tuple(child.explained(text) for child in self.children),
        )


class Recorder:
    """Takes down the parts of one evaluation as they are worked out."""

    def __init__(self) -> None:
        self.root = _Part(0, 0)
        self.current = self.root
        self.count = 0

    def explanation(self, text: str, value: Value) -> Explanation:
        """The whole, once it has its value."""
        if len(self.root.children) == 1 and self.root.children[0].start == 0:
            top = self.root.children[0]
            if text[top.end :].strip() == "":
                return top.explained(text)
        root = _Part(0, len(text), value, self.root.children)
        return root.explained(text)


def traced(node: Node, code: Callable[[list[Value]], Value]) -> Callable[[list[Value]], Value]:
    """The code, taken down wherever it runs. Constants and functions explain themselves."""
    if isinstance(node, Literal | Function):
        return code
    start, end = node.start, node.end

    def record(frame: list[Value]) -> Value:
        recorder = frame[0].recorder
        if recorder is None or recorder.count >= MAX_PARTS:
            return code(frame)
        recorder.count += 1
        part, parent = _Part(start, end), recorder.current
        parent.children.append(part)
        recorder.current = part
        part.value = code(frame)
        recorder.current = parent
        return part.value

    return record
