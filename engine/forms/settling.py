"""Working out what a filled-in form shows: hidden parts, computed values, options, defaults.

Conditions read values, values depend on conditions: the passes are repeated until nothing changes
(or MAX_PASSES, for conditions that contradict each other). A hidden field is null to expressions.
As in form-js, an expression sees the whole form; inside a list also `this` (its row), `parent`
(the row or form around) and `i` (the row numbers, from 1, outermost first).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.forms.components import Choice, Component, Computed
from engine.forms.context import Context
from engine.forms.conversion import convert, empty_value
from engine.forms.expressions import Evaluator, Scope
from engine.forms.options import find
from engine.forms.paths import MISSING, merged, store
from engine.forms.tree import FieldNode, GroupNode, Node, Planter, RepeatNode, Tree

MAX_PASSES = 10


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """The rows around a node, from the form inwards."""

    rows: tuple[Mapping[str, object], ...] = ()
    numbers: tuple[int, ...] = ()


def grow(
    components: tuple[Component, ...],
    raw: Mapping[str, object] | None,
    context: Context,
    *,
    templates: bool = False,
) -> tuple[Tree, Evaluator]:
    """The settled tree of a submission, or of a fresh form when `raw` is None.

    `templates`: with a row to add for each list, as pages need it.
    """
    evaluator = Evaluator(lambda: context.local_now)
    planter = Planter(context, fresh=raw is None, templates=templates)
    tree = planter.tree(components, raw or {})
    for _ in range(MAX_PASSES):
        collect(tree)
        if not settle_once(tree, context, evaluator):
            break
    collect(tree)
    return tree, evaluator


def collect(tree: Tree) -> None:
    """Write the values of all nodes into the tree's and the rows' mappings."""
    tree.values = _collected(tree.nodes)


def _collected(nodes: list[Node]) -> dict[str, object]:
    values: dict[str, object] = {}
    for node in nodes:
        _collect_into(values, node)
    return values


def _collect_into(values: dict[str, object], node: Node) -> None:
    match node:
        case GroupNode():
            for inner in node.nodes:
                _collect_into(values, inner)
        case FieldNode():
            value = None if node.hidden else node.value
            store(values, node.field.path, value)
        case RepeatNode():
            for row in node.rows:
                row.values = _collected(row.nodes)
            if node.template:
                node.template.values = _collected(node.template.nodes)
            rows = None if node.hidden else [row.values for row in node.filled]
            store(values, node.repeat.path, rows)


def scoped(
    tree: Tree, context: Context, evaluator: Evaluator, *, blank_rows: bool = True
) -> Iterator[tuple[Node, Scope]]:
    """Every node with the scope its expressions are evaluated in, outermost first."""
    whole = merged(context.data, tree.values)
    walk = Walk(whole=whole, evaluator=evaluator, blank_rows=blank_rows)
    yield from walk.nodes(tree.nodes, Surroundings(rows=(whole,)))


@dataclass(frozen=True, kw_only=True)
class Walk:
    """One walk over a tree."""

    whole: Mapping[str, object]
    evaluator: Evaluator
    blank_rows: bool

    def nodes(self, nodes: list[Node], around: Surroundings) -> Iterator[tuple[Node, Scope]]:
        """The nodes of one scope and those inside them."""
        scope = Scope(variables=_variables(self.whole, around), evaluator=self.evaluator)
        for node in nodes:
            yield node, scope
            if isinstance(node, GroupNode):
                yield from self.nodes(node.nodes, around)
            elif isinstance(node, RepeatNode):
                yield from self.rows(node, around)

    def rows(self, node: RepeatNode, around: Surroundings) -> Iterator[tuple[Node, Scope]]:
        """The nodes of a list's rows, of the template last."""
        rows = [row for row in node.rows if self.blank_rows or not row.blank]
        rows += [node.template] if node.template else []
        for number, row in enumerate(rows, start=1):
            inside = Surroundings(
                rows=(*around.rows, row.values), numbers=(*around.numbers, number)
            )
            yield from self.nodes(row.nodes, inside)


def _variables(whole: Mapping[str, object], around: Surroundings) -> dict[str, object]:
    special: dict[str, object] = {
        "this": around.rows[-1],
        "parent": around.rows[-2] if len(around.rows) > 1 else None,
        "i": list(around.numbers),
    }
    return {**special, **whole, **{f"_{name}_": value for name, value in special.items()}}


def settle_once(tree: Tree, context: Context, evaluator: Evaluator) -> bool:
    """One pass; True if something changed."""
    changed = False
    hidden_groups: set[int] = set()
    for node, scope in scoped(tree, context, evaluator):
        hidden = id(node) in hidden_groups or node.component.hide.holds(scope)
        changed |= hidden != node.hidden
        node.hidden = hidden
        if hidden:
            hidden_groups.update(id(child) for child in _children(node))
        if isinstance(node, FieldNode):
            changed |= _settle_field(node, scope, context)
    return changed


def _children(node: Node) -> Iterator[Node]:
    if isinstance(node, GroupNode):
        yield from node.nodes
    elif isinstance(node, RepeatNode):
        for row in (*node.rows, *([node.template] if node.template else [])):
            yield from row.nodes


def _settle_field(node: FieldNode, scope: Scope, context: Context) -> bool:
    before = (node.value, node.readonly)
    spec = node.field.spec
    if isinstance(spec, Computed):
        node.computed = scope.value(spec.formula)
    else:
        node.readonly = node.field.readonly.holds(scope)
        if node.case is MISSING and (node.fresh or not node.editable):
            default = convert(node.field, node.field.default.value(scope), context)
            node.default = default.value if default.value is not None else empty_value(node.field)
    if isinstance(spec, Choice):
        node.options = spec.options.resolve(scope)
        _choose(node, spec)
    return (node.value, node.readonly) != before


def _choose(node: FieldNode, spec: Choice) -> None:
    """Bring submitted texts to the options' own values, where there is such an option."""
    value = node.submitted.value
    if value is None:
        return
    chosen: object
    if spec.many and isinstance(value, list):
        chosen = [_chosen(node, item) for item in value]
    else:
        chosen = _chosen(node, value)
    node.submitted = type(node.submitted)(value=chosen, findings=node.submitted.findings)


def _chosen(node: FieldNode, value: object) -> object:
    option = find(node.options, value)
    return value if option is None else option.value
