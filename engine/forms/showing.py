"""From the settled tree to the FormView that the templates lay out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from engine.forms import markdown, template
from engine.forms.build import MAX_ROWS
from engine.forms.checks import bound
from engine.forms.components import (
    Component,
    Number,
    Preview,
    Prose,
    Separator,
    Spacer,
    Table,
)
from engine.forms.context import Context
from engine.forms.expressions import Dynamic, Scope
from engine.forms.field_view import Shown, field_view, file_views
from engine.forms.layout import lines, spans
from engine.forms.paths import dom_id, lookup, merged
from engine.forms.problems import Problem
from engine.forms.settling import grow, scoped
from engine.forms.summary import summary
from engine.forms.totals import totals
from engine.forms.tree import FieldNode, GroupNode, Node, RepeatNode, Row, leaves
from engine.forms.veiling import veiled
from engine.forms.view import (
    CellView,
    FieldView,
    FormView,
    GroupView,
    HeaderView,
    LineView,
    NodeView,
    PreviewView,
    ProseView,
    RepeatView,
    RowView,
    SeparatorView,
    SpacerView,
    TableView,
)

_MAX_TABLE_ROWS = 1_000


def show(
    form_id: str,
    components: tuple[Component, ...],
    data: Mapping[str, object] | None,
    problems: Iterable[Problem],
    context: Context,
    *,
    readonly: bool,
    upload_url: str,
) -> FormView:
    """The form with what was typed (`data`), or fresh when that is None."""
    if readonly:
        # Everything is read from the case; what was handed in counts as the case's.
        data = merged(context.data, data or {})
        context = replace(context, data=data)
    tree, evaluator = grow(components, data, context, templates=not readonly)
    scopes = {id(node): scope for node, scope in scoped(tree, context, evaluator)}
    found = tuple(problems)
    shower = Shower(
        components=components,
        context=context,
        scopes=scopes,
        problems=_by_path(found),
        readonly=readonly,
        upload_url=upload_url,
    )
    views = shower.lines(tree.nodes)
    errors, warnings = summary(found, tree.nodes, scopes)
    fields = list(_fields(views))
    made = FormView(
        form_id=form_id,
        readonly=readonly,
        lines=views,
        errors=errors,
        warnings=warnings,
        has_required=any(view.required for view in fields),
        has_files=any(view.widget == "files" and not view.readonly for view in fields),
    )
    return made if context.veil is None else veiled(made, context.veil, fresh=data is None)


def _by_path(problems: Iterable[Problem]) -> dict[str, Shown]:
    """The first error and the first warning of each place: one thing to mend at a time."""
    found: dict[str, Shown] = {}
    for problem in problems:
        shown = found.get(problem.path, Shown())
        if problem.is_error and not shown.error:
            shown = replace(shown, error=problem.message)
        elif not problem.is_error and not shown.warning:
            shown = replace(shown, warning=problem.message)
        found[problem.path] = shown
    return found


@dataclass(frozen=True, kw_only=True)
class Shower:
    """Makes views of nodes."""

    components: tuple[Component, ...]
    context: Context
    scopes: Mapping[int, Scope]
    problems: Mapping[str, Shown]
    readonly: bool
    upload_url: str

    def lines(self, nodes: Sequence[Node]) -> tuple[LineView, ...]:
        """The nodes of one scope, side by side where the schema says so."""
        kept = [node for node in nodes if not (self.readonly and node.hidden)]
        found = []
        for line in lines(kept):
            widths = spans([node.component for node in line])
            cells = zip(widths, line, strict=True)
            found.append(
                LineView(cells=tuple(CellView(span=w, node=self.node(node)) for w, node in cells))
            )
        return tuple(found)

    def node(self, node: Node) -> NodeView:
        """The view of any node."""
        scope = self.scopes[id(node)]
        if isinstance(node, FieldNode):
            return self._field(node, scope)
        if isinstance(node, GroupNode):
            return self._group(node, scope)
        if isinstance(node, RepeatNode):
            return self._repeat(node, scope)
        return self._static(node, scope)

    def _field(self, node: FieldNode, scope: Scope) -> FieldView:
        shown = self.problems.get(node.path, Shown())
        return field_view(
            node, scope, self.context, shown, readonly=self.readonly, upload_url=self.upload_url
        )

    def _group(self, node: GroupNode, scope: Scope) -> GroupView:
        component = node.component
        shown = self.problems.get(node.key, Shown())
        return GroupView(
            key=node.key,
            id=dom_id(node.key),
            label=component.label.render(scope),
            help=component.description.render(scope),
            hidden=node.hidden,
            outline=getattr(component, "outline", False),
            error=shown.error,
            warning=shown.warning,
            lines=self.lines(node.nodes),
        )

    def _repeat(self, node: RepeatNode, scope: Scope) -> RepeatView:
        shown = self.problems.get(node.path, Shown())
        template_row = None if self.readonly or node.template is None else node.template
        rows = node.filled if self.readonly else node.rows
        return RepeatView(
            path=node.path,
            id=dom_id(node.path),
            label=node.component.label.render(scope),
            help=node.component.description.render(scope),
            hidden=node.hidden,
            readonly=self.readonly,
            as_table=node.repeat.as_table,
            headers=self._headers(node),
            rows=tuple(self._row(row, n) for n, row in enumerate(rows, start=1)),
            template=None if template_row is None else self._row(template_row, 0),
            least=_rows(node.repeat.min_rows, scope, 0),
            most=_rows(node.repeat.max_rows, scope, MAX_ROWS),
            totals=totals(node, scope, self.components, readonly=self.readonly),
            error=shown.error,
            warning=shown.warning,
        )

    def _row(self, row: Row, number: int) -> RowView:
        return RowView(
            path=row.prefix[:-1],
            number=number,
            lines=self.lines(row.nodes),
            cells=tuple(self.node(node) for node in row.nodes),
        )

    def _headers(self, node: RepeatNode) -> tuple[HeaderView, ...]:
        row = node.template or (node.rows[0] if node.rows else None)
        if row is None or not node.repeat.as_table:
            return ()
        found = []
        for field in leaves(row.nodes):
            scope = self.scopes[id(field)]
            label = field.component.label.render(scope)
            required = numeric = False
            if isinstance(field, FieldNode):
                required = not self.readonly and field.field.required.holds(scope)
                numeric = isinstance(field.field.spec, Number)
            found.append(HeaderView(label=label, required=required, numeric=numeric))
        return tuple(found)

    def _static(self, node: Node, scope: Scope) -> NodeView:
        component, key = node.component, node.key
        label = component.label.render(scope)
        match component:
            case Table():
                return TableView(
                    key=key,
                    id=dom_id(key),
                    label=label,
                    help=component.description.render(scope),
                    hidden=node.hidden,
                    headers=tuple(column.label for column in component.columns),
                    rows=_table_rows(component, scope),
                )
            case Prose():
                blocks = markdown.filled(component.text, scope)
                return ProseView(key=key, hidden=node.hidden, blocks=blocks)
            case Preview():
                files = file_views(component.source.value(scope), self.context)
                return PreviewView(
                    key=key, id=dom_id(key), label=label, hidden=node.hidden, files=files
                )
            case Spacer():
                size = min(5, max(1, component.height // 20))
                return SpacerView(key=key, hidden=node.hidden, size=size)
            case Separator():
                return SeparatorView(key=key, hidden=node.hidden)
        raise AssertionError(component)  # pragma: no cover – Component is closed


def _rows(limit: Dynamic, scope: Scope, default: int) -> int:
    number = bound(limit, scope)
    return default if number is None else max(0, min(int(number), MAX_ROWS))


def _table_rows(component: Table, scope: Scope) -> tuple[tuple[str, ...], ...]:
    value = component.source.value(scope)
    rows = value[:_MAX_TABLE_ROWS] if isinstance(value, list | tuple) else []
    return tuple(
        tuple(template.display(lookup(row, column.key)) for column in component.columns)
        for row in rows
    )


def _fields(views: tuple[LineView, ...]) -> Iterable[FieldView]:
    """Every field shown, templates of rows included."""
    for line in views:
        for cell in line.cells:
            node = cell.node
            if isinstance(node, FieldView):
                yield node
            elif isinstance(node, GroupView):
                yield from _fields(node.lines)
            elif isinstance(node, RepeatView):
                for row in (*node.rows, *([node.template] if node.template else [])):
                    yield from _fields(row.lines)
