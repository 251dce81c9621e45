"""A form: one definition for the page, the API and the read-only view."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from engine import feel
from engine.forms import evaluation, html, parsing, showing, validation
from engine.forms.components import Choice, Component, Field, Files, Repeat, in_scope
from engine.forms.context import Context
from engine.forms.evaluation import Evaluation
from engine.forms.html import RowAction
from engine.forms.masks import TYPED, Privacy
from engine.forms.names import names_read
from engine.forms.paths import Path
from engine.forms.problems import Problem
from engine.forms.tree import FieldNode, GroupNode, Node, Planter, RepeatNode
from engine.forms.validation import Validated
from engine.forms.veil import Sensitive
from engine.forms.view import FormView


@dataclass(frozen=True, kw_only=True)
class Form:
    """A compiled form; immutable, usable from any thread."""

    #: The key by which diagrams name it.
    id: str
    components: tuple[Component, ...]

    def validate(self, submission: Mapping[str, object], context: Context) -> Validated:
        """Check a submission: texts as HTML sends them, or typed values as JSON has them.

        Never raises for anything in the submission; see Validated.
        """
        return validation.validate(self.components, submission, context)

    def view(
        self,
        data: Mapping[str, object] | None = None,
        problems: Iterable[Problem] = (),
        *,
        context: Context,
        readonly: bool = False,
        upload_url: str = "",
    ) -> FormView:
        """The form for the templates.

        `data` is a submission or draft, shown exactly as typed; None is a fresh form, which starts
        with the case's values and the defaults. With `readonly`, the values of `data` over those
        of the case, to be read. `upload_url` takes the files of file fields.
        """
        return showing.show(
            self.id,
            self.components,
            data,
            problems,
            context,
            readonly=readonly,
            upload_url=upload_url,
        )

    def conceals(self, context: Context) -> bool:
        """Whether a field holds something that the viewer sees masked, and so cannot edit."""
        tree = Planter(context, fresh=True).tree(self.components, {})
        return any(_conceals(node) for node in tree.nodes)

    def evaluate(self, submission: Mapping[str, object], context: Context) -> Evaluation:
        """For a form being filled in: hidden parts, computed values, errors."""
        return evaluation.evaluate(self.components, submission, context)

    def from_html(self, pairs: Iterable[tuple[str, object]]) -> dict[str, Any]:
        """The submission that a browser sent, row buttons already applied (see the module html)."""
        pairs = list(pairs)
        submission = html.from_html(self.components, pairs)
        action = html.row_action(pairs)
        return submission if action is None else html.applied(self.components, submission, action)

    @staticmethod
    def row_action(pairs: Iterable[tuple[str, object]]) -> RowAction | None:
        """Which row button sent the form: then show it again, and neither save nor submit it."""
        return html.row_action(pairs)

    @cached_property
    def privacy(self) -> Mapping[str, Privacy]:
        """Class of every field by key path, rows without numbers (`members.id_number`)."""
        return dict(_privacy(self.components, ""))

    @cached_property
    def sensitive(self) -> tuple[Sensitive, ...]:
        """The fields whose values are not for everybody; public ones only where of such a type."""
        return tuple(_sensitive(self.components, ()))

    @cached_property
    def outside_names(self) -> frozenset[str]:
        """Names that expressions read and no field provides: variables of the case."""
        return names_read(self.components)


def parse(
    schema: Mapping[str, object] | str | bytes, *, functions: feel.Registry | None = None
) -> Form:
    """Read a form-js schema; FormError lists every fault, by component."""
    form_id, components = parsing.read(schema, functions=functions)
    return Form(id=form_id, components=components)


def _sensitive(components: tuple[Component, ...], prefix: Path) -> Iterator[Sensitive]:
    for component in in_scope(components):
        if isinstance(component, Field):
            if component.kind is not None or component.value_type in TYPED:
                yield Sensitive(
                    path=(*prefix, *component.path),
                    kind=component.kind,
                    value_type=component.value_type,
                    quotable=not isinstance(component.spec, Choice | Files),
                    files=isinstance(component.spec, Files),
                )
        elif isinstance(component, Repeat):
            yield from _sensitive(component.components, (*prefix, *component.path))


def _conceals(node: Node) -> bool:
    match node:
        case FieldNode():
            return node.masked
        case GroupNode():
            return any(map(_conceals, node.nodes))
        case RepeatNode():
            return node.locked or any(_conceals(n) for row in node.rows for n in row.nodes)
        case _:
            return False


def _privacy(components: tuple[Component, ...], prefix: str) -> Iterable[tuple[str, Privacy]]:
    for component in in_scope(components):
        if isinstance(component, Field):
            yield prefix + ".".join(component.path), component.privacy
        elif isinstance(component, Repeat):
            yield from _privacy(component.components, f"{prefix}{'.'.join(component.path)}.")
