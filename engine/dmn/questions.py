"""What to ask somebody who wants to try a decision: its inputs, with all that the model tells.

Files of some modelers declare no input data, and then types and allowed values stand in the
columns of the tables alone; of contexts nothing is declared but the entries that logic reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from engine.dmn import definitions as d
from engine.dmn.cells import constant, split_tests
from engine.dmn.itemtypes import constraint_text
from engine.dmn.linking import Linked, visible_names
from engine.dmn.nodes import DecisionNode, InputNode, Node
from engine.dmn.reader import is_feel
from engine.feel import STANDARD, FeelSyntaxError
from engine.feel.lattice import ANY, ContextType, ListType, Type
from engine.feel.nodes import Name, Path
from engine.feel.nodes import Node as Part
from engine.feel.parser import parse, parse_tests
from engine.feel.walk import children

__all__ = ["Question", "questions"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """One value that a decision reads.

    ``label``: what a column calls it, "" where none does. ``kind``: the simple type behind its
    type's name (``number``, ``date and time`` …), ``list``, ``context`` or ``Any``; ``type``: that
    type, without constraints.
    ``allowed``: the unary tests that limit it, "" where nothing does; ``options``: its values,
    where each is written out; ``named``: values that cells of its column name, in that order.
    ``entries``: those of a context that logic reads.
    """

    name: str
    label: str = ""
    kind: str = "Any"
    type: Type = ANY
    allowed: str = ""
    options: tuple[object, ...] = ()
    named: tuple[object, ...] = ()
    entries: tuple[str, ...] = ()


_NEGATED = re.compile(r"\s*not\s*\((.*)\)\s*", re.DOTALL)


@dataclass(slots=True)
class _Found:
    """What is known of an input so far."""

    label: str = ""
    type: Type = ANY
    allowed: str = ""
    named: dict[object, None] = field(default_factory=dict)
    entries: dict[str, None] = field(default_factory=dict)


def questions(linked: Linked, asked: Node, names: Mapping[str, str]) -> tuple[Question, ...]:
    """One question for each of ``names`` (name of an input → name of its type)."""
    found = {
        name: _Found(
            type=linked.types.unconstrained(ref), allowed=constraint_text(linked.types.type(ref))
        )
        for name, ref in names.items()
    }
    for decision in _decisions(linked, asked):
        _read(linked, decision, found)
    return tuple(_question(name, one) for name, one in found.items())


def _question(name: str, found: _Found) -> Question:
    kind = found.type
    entries = [name for name, _ in kind.entries] if isinstance(kind, ContextType) else []
    entries += found.entries
    word = "context" if entries else "list" if isinstance(kind, ListType) else kind.text
    return Question(
        name=name,
        label=found.label if found.label != name else "",
        kind=word,
        type=kind,
        allowed=found.allowed,
        options=() if word == "list" else _options(found.allowed),
        named=tuple(found.named),
        entries=tuple(dict.fromkeys(entries)),
    )


def _options(allowed: str) -> tuple[object, ...]:
    """The allowed values, if each is written out."""
    values = [constant(text) for text in split_tests(allowed)]
    return tuple(v[0] for v in values if v) if values and all(values) else ()


def _decisions(linked: Linked, asked: Node) -> Iterator[d.DrgDecision]:
    """The decisions of this model that evaluating ``asked`` evaluates."""
    parts = {part.id: part for part in linked.definitions.decisions}
    stack = [asked] if isinstance(asked, DecisionNode) else list(getattr(asked, "outputs", ()))
    seen: set[Node] = set()
    while stack:
        node = stack.pop()
        if node in seen or not isinstance(node, DecisionNode):
            continue
        seen.add(node)
        stack.extend(use.node for use in node.information if not isinstance(use.node, InputNode))
        if linked.decisions.get(node.id) is node:
            yield parts[node.id]


def _read(linked: Linked, decision: d.DrgDecision, found: Mapping[str, _Found]) -> None:
    names = visible_names(linked, decision.id)
    stack = [decision.logic]
    while stack:
        part = stack.pop()
        if part is None:
            continue
        stack.extend(d.children(part))
        if isinstance(part, d.DecisionTable):
            for position, clause in enumerate(part.inputs):
                cells = (r.inputs[position].text for r in part.rules if position < len(r.inputs))
                _column(linked, clause, cells, found)
        known = {**names, **dict.fromkeys(found, ANY)}
        for literal, are_tests in _literals(part):
            if is_feel(literal.language or linked.definitions.language):
                _entries(_parsed(linked, literal.text, known, are_tests=are_tests), found)


def _column(
    linked: Linked, clause: d.Clause, cells: Iterable[str], found: Mapping[str, _Found]
) -> None:
    """A column that shows an input just as it is says how it is called and limited."""
    name = clause.expression.text.strip() if clause.expression else ""
    if name not in found:
        return
    one = found[name]
    one.label = one.label or clause.label
    if one.type is ANY:
        one.type = linked.types.unconstrained(clause.type_ref)
    if not one.allowed:
        kind = linked.types.type(clause.type_ref)
        one.allowed = clause.allowed.text if clause.allowed else constraint_text(kind)
    for cell in cells:
        negated = _NEGATED.fullmatch(cell)
        values = [constant(text) for text in split_tests(negated[1] if negated else cell)]
        one.named.update((value[0], None) for value in values if value)


def _literals(part: d.Expression) -> Iterator[tuple[d.LiteralExpression, bool]]:
    """The texts right inside a part, and whether they are unary tests."""
    if isinstance(part, d.LiteralExpression):
        yield part, False
    elif isinstance(part, d.DecisionTable):
        yield from ((c.expression, False) for c in part.inputs if c.expression)
        for rule in part.rules:
            yield from ((cell, True) for cell in rule.inputs)
            yield from ((cell, False) for cell in rule.outputs)


def _parsed(linked: Linked, text: str, names: Mapping[str, Type], *, are_tests: bool) -> list[Part]:
    """The trees of a text that may read an entry; none where it does not, or can't be read."""
    if "." not in text:
        return []
    builtins = (linked.further or STANDARD).index
    try:
        if are_tests:
            return parse_tests(text, names=names, builtins=builtins, types={})[0] or []
        return [parse(text, names=names, builtins=builtins, types={})]
    except (FeelSyntaxError, RecursionError):
        return []


def _entries(pending: list[Part], found: Mapping[str, _Found]) -> None:
    """``policy.rate`` reads the entry ``rate`` of ``policy``."""
    while pending:
        node = pending.pop()
        pending.extend(children(node))
        if isinstance(node, Path) and isinstance(node.operand, Name) and node.operand.name in found:
            found[node.operand.name].entries.setdefault(node.name)
