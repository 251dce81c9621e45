"""The machine: all ways through the program at once, the most willing first.

At each character there is at most one thread per instruction, so the work is at most the length
of the text times that of the program.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from engine.feel.budget import Budget
from engine.feel.regex.program import JUMP, MATCH, SAVE, SPLIT, START, TAKE, Instruction

#: Where groups begin and end, two places for each; -1 where a group took no part.
Captures: TypeAlias = tuple[int, ...]
Threads: TypeAlias = list[tuple[int, Captures]]

#: Instructions that one step of the budget pays for.
PER_STEP: Final = 2


class Machine:
    """Runs one program over texts."""

    def __init__(self, code: list[Instruction], groups: int, *, multiline: bool) -> None:
        self.code = code
        self.multiline = multiline
        self.nothing: Captures = (-1,) * (2 * groups + 2)

    def search(self, text: str, start: int, budget: Budget) -> Captures | None:
        """The leftmost match at or after `start`, None if there is none."""
        found: Captures | None = None
        threads: Threads = []
        code, end = self.code, len(text)
        for position in range(start, end + 1):
            marks = bytearray(len(code))
            current: Threads = []
            for thread in threads:
                self._follow(thread, text, position, marks, current)
            if found is None:
                self._follow((0, self.nothing), text, position, marks, current)
            elif not current:
                break
            budget.tick(1 + sum(marks) // PER_STEP)
            threads = []
            for pc, captures in current:
                instruction = code[pc]
                if instruction.kind == MATCH:
                    found = captures
                    break
                charset = instruction.charset
                if position < end and charset is not None and text[position] in charset:
                    threads.append((pc + 1, captures))
        return found

    def _follow(
        self,
        thread: tuple[int, Captures],
        text: str,
        position: int,
        marks: bytearray,
        result: Threads,
    ) -> None:
        """Go on without taking a character, as far as there is a way; the marks stop circles."""
        code = self.code
        pending = [thread]
        while pending:
            pc, captures = pending.pop()
            if marks[pc]:
                continue
            marks[pc] = 1
            instruction = code[pc]
            kind = instruction.kind
            if kind in (TAKE, MATCH):
                result.append((pc, captures))
            elif kind == SPLIT:
                pending.append((instruction.other, captures))
                pending.append((instruction.to, captures))
            elif kind == JUMP:
                pending.append((instruction.to, captures))
            elif kind == SAVE:
                place = instruction.to
                pending.append((pc + 1, (*captures[:place], position, *captures[place + 1 :])))
            elif self._holds(kind, text, position):
                pending.append((pc + 1, captures))

    def _holds(self, kind: int, text: str, position: int) -> bool:
        """`^` and `$`; with the flag `m` at each line (F&O 7.6.1)."""
        if kind == START:
            return position == 0 or (
                self.multiline and text[position - 1] == "\n" and position < len(text)
            )
        return position == len(text) or (self.multiline and text[position] == "\n")
