"""What is carried along while a file is read: its root elements, and the findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.model.problems import Problem
from engine.runtime.definition import Node
from engine.runtime.expressions import ExpressionCompiler
from engine.runtime.markup import Element, line_of


def label(element: Element) -> str:
    """How a message names an element: 名称（编号）."""
    name = (element.get("name") or "").replace("\n", " ").strip()
    identifier = element.get("id") or "无编号"
    return f"“{name}”（{identifier}）" if name else f"“{identifier}”"


def shown(node: Node) -> str:
    """The same for an element that has been read."""
    name = node.name.replace("\n", " ")
    return f"“{name}”（{node.id}）" if name else f"“{node.id}”"


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One file under the reader. ``references``: messages, signals, errors, escalations by id."""

    compiler: ExpressionCompiler
    problems: list[Problem]
    references: Mapping[str, Element]
    ids: set[str] = field(default_factory=set)

    def refuse(self, element: Element, rule: str, message: str) -> None:
        """Record that something cannot be executed."""
        self.problems.append(
            Problem(
                element_id=element.get("id") or "",
                rule=rule,
                message=message,
                line=line_of(element),
            )
        )
