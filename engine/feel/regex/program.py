"""Parts → instructions for the machine."""

from __future__ import annotations

from typing import Final, NamedTuple

from engine.feel.regex.charset import CharSet
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

TAKE, SPLIT, JUMP, SAVE, START, END, MATCH = range(7)

#: Repeats are written out; a longer program would make each character too dear.
MAX_INSTRUCTIONS: Final = 4000


class Instruction(NamedTuple):
    """One step: take a character of a set, or go on at `to` (and, less willingly, at `other`)."""

    kind: int
    charset: CharSet | None = None
    to: int = 0
    other: int = 0


class Assembler:
    """Writes out a tree."""

    def __init__(self) -> None:
        self.code: list[Instruction] = []

    def program(self, node: Node) -> list[Instruction]:
        """The instructions of a whole pattern, group 0 around it."""
        self._add(Instruction(SAVE, None, 0))
        self._write(node)
        self._add(Instruction(SAVE, None, 1))
        self._add(Instruction(MATCH))
        return self.code

    def _add(self, instruction: Instruction) -> int:
        if len(self.code) >= MAX_INSTRUCTIONS:
            raise RegexError("正则表达式的重复次数太多")
        self.code.append(instruction)
        return len(self.code) - 1

    def _write(self, node: Node) -> None:
        match node:
            case Characters():
                self._add(Instruction(TAKE, node.charset))
            case Start():
                self._add(Instruction(START))
            case End():
                self._add(Instruction(END))
            case Sequence():
                for part in node.parts:
                    self._write(part)
            case Choice():
                self._write_choice(node)
            case Group():
                self._write_group(node)
            case Repeat():
                self._write_repeat(node)

    def _write_group(self, node: Group) -> None:
        if node.number is None:
            self._write(node.part)
            return
        self._add(Instruction(SAVE, None, node.number * 2))
        self._write(node.part)
        self._add(Instruction(SAVE, None, node.number * 2 + 1))

    def _write_choice(self, node: Choice) -> None:
        ends: list[int] = []
        for option in node.options[:-1]:
            split = self._add(Instruction(SPLIT))
            self._write(option)
            ends.append(self._add(Instruction(JUMP)))
            self.code[split] = Instruction(SPLIT, None, split + 1, len(self.code))
        self._write(node.options[-1])
        for end in ends:
            self.code[end] = Instruction(JUMP, None, len(self.code))

    def _split(self, at: int, inside: int, outside: int, *, greedy: bool) -> None:
        first, second = (inside, outside) if greedy else (outside, inside)
        self.code[at] = Instruction(SPLIT, None, first, second)

    def _write_repeat(self, node: Repeat) -> None:
        for _ in range(node.least):
            self._write(node.part)
        if node.most is None:
            split = self._add(Instruction(SPLIT))
            self._write(node.part)
            self._add(Instruction(JUMP, None, split))
            self._split(split, split + 1, len(self.code), greedy=node.greedy)
            return
        splits: list[int] = []
        for _ in range(node.most - node.least):
            splits.append(self._add(Instruction(SPLIT)))
            self._write(node.part)
        for split in splits:
            self._split(split, split + 1, len(self.code), greedy=node.greedy)
