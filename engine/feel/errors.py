"""What can go wrong with an expression, as facts with fields.

Ordinary faults of evaluation are no errors: FEEL answers them with null (DMN 1.5, 10.3.2.16).
"""

from __future__ import annotations

from typing import ClassVar


class FeelError(Exception):
    """Anything that FEEL refuses."""


class FeelSyntaxError(FeelError):
    """The text is not an expression.

    `line` and `column` count from 1 and point at the first character that can't be read,
    `expected` lists what could stand there (may be empty).
    """

    def __init__(
        self, message: str, line: int = 1, column: int = 1, expected: tuple[str, ...] = ()
    ) -> None:
        self.message = message
        self.line = line
        self.column = column
        self.expected = expected
        hint = f"，此处应为：{'、'.join(expected)}" if expected else ""
        super().__init__(f"第 {line} 行第 {column} 列：{message}{hint}")


class BudgetExceeded(FeelError):
    """An evaluation asked for more than its budget allows.

    `resource` is one of `steps`, `text`, `items`, `depth`; `limit` its bound.
    """

    NAMES: ClassVar[dict[str, str]] = {
        "steps": "运算步数",
        "text": "文本长度",
        "items": "列表或上下文的大小",
        "depth": "嵌套或递归的层数",
    }

    def __init__(self, resource: str, limit: int) -> None:
        self.resource = resource
        self.limit = limit
        super().__init__(
            f"表达式运算量超出上限：{self.NAMES.get(resource, resource)}超过 {limit}，请简化表达式"
        )
