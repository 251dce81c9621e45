"""A form filled in: one node per component, one set of nodes per row.

The tree is the working state of one check or one view; it never leaves this package. It is built
from what was submitted (or, for a fresh form, from the case and the defaults), then `settle`d.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from engine.forms import text
from engine.forms.build import MAX_ROWS
from engine.forms.components import Checkbox, Component, Computed, Field, Group, Repeat, in_scope
from engine.forms.context import Context
from engine.forms.conversion import Converted, convert
from engine.forms.options import Option
from engine.forms.paths import INDEX, MISSING, Path, joined, lookup
from engine.forms.problems import Problem
from engine.text import tell

#: Fields of all rows together; more is no form that a person fills in.
MAX_NODES = 20_000


@dataclass(kw_only=True)
class Node:
    """A component at its place: `prefix` is empty or that of its row (`budget.0.`)."""

    component: Component
    prefix: str
    hidden: bool = False

    @property
    def key(self) -> str:
        """Names the node where it has no path of its own: `budget.0.#Group_1`."""
        return f"{self.prefix}#{self.component.id}"


@dataclass(kw_only=True)
class FieldNode(Node):
    """A field with what was submitted for it and what the case holds."""

    field: Field
    raw: object
    submitted: Converted
    #: The case's value converted, or as it is where it does not convert; MISSING if none.
    case: object
    masked: bool
    #: Neither submitted nor to be edited: the default counts.
    default: object = None
    readonly: bool = False
    fresh: bool = False
    computed: object = None
    options: tuple[Option, ...] = ()

    @property
    def key(self) -> str:
        return self.path

    @property
    def path(self) -> str:
        return joined(self.prefix, self.field.path)

    @property
    def is_computed(self) -> bool:
        return isinstance(self.field.spec, Computed)

    @property
    def may_be_fixed(self) -> bool:
        """The case's value may be the one that counts."""
        return self.field.disabled or self.masked or self.field.readonly.may_hold

    @property
    def editable(self) -> bool:
        return not (self.is_computed or self.field.disabled or self.masked or self.readonly)

    @property
    def value(self) -> object:
        """The value that counts: computed, the case's, or what was submitted."""
        if self.is_computed:
            return self.computed
        if self.editable and not self.fresh:
            return self.submitted.value
        return self.default if self.case is MISSING else self.case


@dataclass(kw_only=True)
class GroupNode(Node):
    nodes: list[Node]


@dataclass(kw_only=True)
class Row:
    """One row; `index` is its place in what was submitted."""

    index: int
    prefix: str
    nodes: list[Node]
    blank: bool
    values: dict[str, object] = field(default_factory=dict)


@dataclass(kw_only=True)
class RepeatNode(Node):
    repeat: Repeat
    rows: list[Row]
    #: The row that a page adds, with INDEX for its number; only in trees that are shown.
    template: Row | None = None
    #: Has something masked: rows are neither added nor taken away.
    locked: bool = False

    @property
    def key(self) -> str:
        return self.path

    @property
    def path(self) -> str:
        return joined(self.prefix, self.repeat.path)

    @property
    def filled(self) -> list[Row]:
        """The rows in which something was filled in."""
        return [row for row in self.rows if not row.blank]


@dataclass(kw_only=True)
class Tree:
    """The whole form."""

    nodes: list[Node]
    problems: list[Problem]
    values: dict[str, object] = field(default_factory=dict)


class Planter:
    """Builds the tree of one form."""

    def __init__(self, context: Context, *, fresh: bool, templates: bool = False) -> None:
        self.context = context
        self.fresh = fresh
        self.templates = templates
        self.problems: list[Problem] = []
        self.count = 0

    def tree(self, components: tuple[Component, ...], raw: Mapping[str, object]) -> Tree:
        """All nodes; faults of shape (unknown fields, wrong nesting) are the tree's problems."""
        nodes = self.scope(components, raw, "", self.context.data)
        return Tree(nodes=nodes, problems=self.problems)

    def scope(
        self, components: tuple[Component, ...], raw: object, prefix: str, case: object
    ) -> list[Node]:
        """The nodes of the form or of one row."""
        self._unknown(components, raw, prefix)
        return self._nodes(components, raw, prefix, case)

    def _nodes(
        self, components: tuple[Component, ...], raw: object, prefix: str, case: object
    ) -> list[Node]:
        found: list[Node] = []
        for component in components:
            self.count += 1
            match component:
                case Field():
                    found.append(self._field(component, raw, prefix, case))
                case Group():
                    inner = self._nodes(component.components, raw, prefix, case)
                    found.append(GroupNode(component=component, prefix=prefix, nodes=inner))
                case Repeat():
                    found.append(self._repeat(component, raw, prefix, case))
                case _:
                    found.append(Node(component=component, prefix=prefix))
        return found

    def _field(self, component: Field, raw: object, prefix: str, case: object) -> FieldNode:
        given = lookup(raw, component.path)
        held = lookup(case, component.path)
        if held is not MISSING:
            converted = convert(component, held, self.context)
            failed = any(finding.severity == "error" for finding in converted.findings)
            held = held if failed else converted.value
        return FieldNode(
            component=component,
            field=component,
            prefix=prefix,
            raw=given,
            submitted=convert(component, None if given is MISSING else given, self.context),
            case=held,
            masked=self._masked(component, held, prefix),
            fresh=self.fresh,
        )

    def _masked(self, component: Field, held: object, prefix: str) -> bool:
        """Whether the viewer may not see what the case holds. What it does not hold, he may fill in."""
        if isinstance(component.spec, Computed):
            return component.kind in self.context.masked
        if held is MISSING or _is_void(held):
            return False
        if component.kind in self.context.masked:
            return True
        veil = self.context.veil
        names = (*(n for n in prefix.split(".") if n and not n.isdigit()), *component.path)
        return veil is not None and veil.hides(held, names)

    def _hides_rows(self, component: Repeat, held: object, path: str) -> bool:
        """Whether a row has something masked: then rows stay, since each keeps its own by its place."""
        masked, veil = self.context.masked, self.context.veil
        if not masked or not isinstance(held, list | tuple) or not held:
            return False
        names = tuple(n for n in path.split(".") if n and not n.isdigit())
        if veil is not None and veil.hides(list(held), names):
            return True
        kinds = [
            field
            for field in in_scope(component.components)
            if isinstance(field, Field) and field.kind in masked
        ]
        return any(not _is_void(lookup(row, field.path)) for row in held for field in kinds)

    def _repeat(self, component: Repeat, raw: object, prefix: str, case: object) -> RepeatNode:
        node = RepeatNode(component=component, repeat=component, prefix=prefix, rows=[])
        held = lookup(case, component.path)
        node.locked = self._hides_rows(component, held, node.path)
        if self.templates and component.can_change and not node.locked:
            node.template = self._template(component, node.path)
        if self.fresh:
            # Not `held` as raw: what the case holds is old, and may have fields the form lacks.
            given: object = [{} for _ in held] if isinstance(held, list | tuple) else None
            given = given or [{} for _ in range(component.default_rows)]
        else:
            given = lookup(raw, component.path)
        if given is MISSING or given is None or given == "":
            return node
        if not isinstance(given, list | tuple):
            self._wrong(node.path, "type", tell("应是由行组成的列表。"))
            return node
        if len(given) > MAX_ROWS:
            self._wrong(
                node.path,
                "max-rows",
                tell(
                    "最多 {max_rows} 行，现在有 {count} 行。", max_rows=MAX_ROWS, count=len(given)
                ),
            )
        for index, item in enumerate(given[:MAX_ROWS]):
            if self.count > MAX_NODES:
                self._wrong(node.path, "size", tell("填写的行太多，请分几次提交。"))
                break
            node.rows.append(self._row(node, index, item, held))
        kept = len(held) if isinstance(held, list | tuple) else 0
        if node.locked and not self.fresh and len(given) != kept:
            self._wrong(
                node.path,
                "readonly",
                tell("这个列表里有隐去的信息，不能增减行；需要增减时请先查看完整信息。"),
            )
        return node

    def _row(self, node: RepeatNode, index: int, item: object, held: object) -> Row:
        component = node.repeat
        prefix = f"{node.path}.{index}."
        if not isinstance(item, Mapping):
            self._wrong(prefix[:-1], "type", tell("每一行应是一组字段。"))
            item = {}
        case = lookup(held, (str(index),))
        nodes = self.scope(component.components, item, prefix, case)
        # Rows that can't be taken away are all there, filled in or not.
        droppable = component.can_change and not self.fresh and not node.locked
        blank = droppable and all(is_blank(node) for node in leaves(nodes))
        return Row(index=index, prefix=prefix, nodes=nodes, blank=blank)

    def _template(self, component: Repeat, path: str) -> Row:
        was, self.fresh = self.fresh, True
        prefix = f"{path}.{INDEX}."
        nodes = self._nodes(component.components, {}, prefix, MISSING)
        self.fresh = was
        return Row(index=-1, prefix=prefix, nodes=nodes, blank=True)

    def _unknown(self, components: tuple[Component, ...], raw: object, prefix: str) -> None:
        """Note every submitted key that no field of this scope has (strict, for API and pages)."""
        known = [c.path for c in in_scope(components) if isinstance(c, Field | Repeat)]
        pending: list[tuple[Path, object]] = [((), raw)]
        while pending:
            path, value = pending.pop()
            if path in known or value is MISSING:
                continue
            inner = [p for p in known if p[: len(path)] == path]
            if not inner and path:
                name = joined(prefix, path)[:200]
                self._wrong(
                    name, "unknown-field", tell("表单里没有“{name}”这个字段，请删去。", name=name)
                )
            elif isinstance(value, Mapping):
                pending.extend(((*path, str(key)), item) for key, item in value.items())
            elif value is not None:
                self._wrong(joined(prefix, path), "type", tell("应是一组字段。"))

    def _wrong(self, path: str, code: str, message: str) -> None:
        self.problems.append(Problem(path=path, code=code, message=message))


def leaves(nodes: list[Node]) -> Iterator[FieldNode | RepeatNode]:
    """The fields and lists of one scope, groups opened."""
    for node in nodes:
        if isinstance(node, GroupNode):
            yield from leaves(node.nodes)
        elif isinstance(node, FieldNode | RepeatNode):
            yield node


def is_blank(node: FieldNode | RepeatNode) -> bool:
    """Nothing was filled in."""
    if isinstance(node, RepeatNode):
        return not node.filled
    if node.case is not MISSING and node.may_be_fixed:
        return False
    if isinstance(node.field.spec, Checkbox):
        return node.raw is not True
    raw = node.raw
    if isinstance(raw, str):
        return text.is_blank(raw)
    return raw is MISSING or raw is None or (isinstance(raw, list | tuple) and not raw)


def _is_void(value: object) -> bool:
    """Nothing that a mask would have to hide."""
    return value is MISSING or value is None or value is False or value in ("", [], ())
