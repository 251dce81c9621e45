"""The list of problems above a form, each leading to its field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.forms.expressions import Scope
from engine.forms.paths import dom_id
from engine.forms.problems import Problem
from engine.forms.tree import FieldNode, GroupNode, Node, RepeatNode
from engine.forms.view import ProblemView
from engine.text import tell

Problems = tuple[ProblemView, ...]


@dataclass(frozen=True, kw_only=True)
class Place:
    """A field on the page: its anchor, the rows around it (预算明细第 2 行，), its label."""

    href: str
    where: str
    label: str


def summary(
    problems: Sequence[Problem], nodes: Sequence[Node], scopes: Mapping[int, Scope]
) -> tuple[Problems, Problems]:
    """Errors and warnings, in the order of the form, without repetition."""
    places = dict(_places(nodes, scopes, ""))
    errors: dict[ProblemView, None] = {}
    warnings: dict[ProblemView, None] = {}
    for problem in problems:
        view = _view(problem, places.get(problem.path))
        (errors if problem.is_error else warnings)[view] = None
    return tuple(errors), tuple(warnings)


def _view(problem: Problem, place: Place | None) -> ProblemView:
    if place is None:
        return ProblemView(href="", text=_sentence("", problem.label, problem.message))
    return ProblemView(href=place.href, text=_sentence(place.where, place.label, problem.message))


def _sentence(where: str, label: str, message: str) -> str:
    """`预算明细第 2 行，金额：说明`; a message that quotes the label needs only the row."""
    if label and f"“{label}”" not in message:
        if where:
            return tell("{where}，{label}：{message}", where=where, label=label, message=message)
        return tell("{label}：{message}", label=label, message=message)
    return tell("{where}：{message}", where=where, message=message) if where else message


def _places(
    nodes: Sequence[Node], scopes: Mapping[int, Scope], where: str
) -> Iterator[tuple[str, Place]]:
    """Path → where it is on the page, and what it is called there."""
    for node in nodes:
        if node.hidden:
            continue
        label = node.component.label.render(scopes[id(node)])
        yield node.key, Place(href=f"#{anchor(node)}", where=where, label=label)
        if isinstance(node, GroupNode):
            yield from _places(node.nodes, scopes, where)
        elif isinstance(node, RepeatNode):
            for number, row in enumerate(node.rows, start=1):
                yield from _places(
                    row.nodes,
                    scopes,
                    _row(where, label, number),
                )


def _row(where: str, label: str, number: int) -> str:
    if where:
        return tell("{where}，{label}第 {number} 行", where=where, label=label, number=number)
    return tell("{label}第 {number} 行", label=label, number=number)


def anchor(node: Node) -> str:
    """The id to jump to: the control itself, or the box around several."""
    return dom_id(node.path if isinstance(node, FieldNode | RepeatNode) else node.key)
