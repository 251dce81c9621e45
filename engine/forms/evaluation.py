"""What a page asks while someone is typing: what to hide, what to compute, what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.forms.components import Component
from engine.forms.context import Context
from engine.forms.field_view import display
from engine.forms.settling import grow, scoped
from engine.forms.tree import FieldNode
from engine.forms.validation import validate


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """The answer for a form being filled in; keys are what data-field and the names say."""

    hidden: tuple[str, ...]
    computed: Mapping[str, str]
    errors: Mapping[str, str]


def evaluate(
    components: tuple[Component, ...], submission: Mapping[str, object], context: Context
) -> Evaluation:
    """Evaluate a submission without taking it."""
    tree, evaluator = grow(components, submission, context)
    nodes = [node for node, _ in scoped(tree, context, evaluator)]
    hide = context.veil.text if context.veil is not None else str
    errors: dict[str, str] = {}
    for problem in validate(components, submission, context).errors:
        errors.setdefault(problem.path, problem.message)
    return Evaluation(
        hidden=tuple(node.key for node in nodes if node.hidden),
        computed={
            node.path: hide(display(node, context))
            for node in nodes
            if isinstance(node, FieldNode) and node.is_computed
        },
        errors=errors,
    )
