"""Which forms can be completed many at once (批量审批): those that ask for an outcome and an opinion.

Decided from the form alone, once per version: a field whose ``hide`` depends on anything but the
outcome counts as one that has to be filled in, so that nothing is ever stored unseen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from engine.forms import Form
from engine.forms.components import (
    Choice,
    Component,
    Computed,
    Field,
    Group,
    Repeat,
    Text,
    in_scope,
)
from engine.forms.expressions import Evaluator, Scope
from engine.forms.options import StaticOption
from engine.text import several, tell

OPINION = "opinion"


@dataclass(frozen=True, kw_only=True)
class BatchOutcome:
    """A choice of the outcome field. ``blocked_by``: labels of what would have to be filled in."""

    value: str
    label: str
    blocked_by: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class BatchForm:
    """``reason``: why no outcome at all can be given to many at once ("" = some can).

    ``opinion``: the form has a field for one; ``opinion_required``: it must not be empty.
    """

    field: str
    outcomes: tuple[BatchOutcome, ...] = ()
    opinion: bool = False
    opinion_required: bool = False
    reason: str = ""

    @property
    def open_outcomes(self) -> tuple[BatchOutcome, ...]:
        return tuple(outcome for outcome in self.outcomes if not outcome.blocked_by)

    def refusal(self, value: str) -> str:
        """Why this outcome cannot be given to many at once; "" where it can."""
        if self.reason:
            return self.reason
        found = next((o for o in self.outcomes if o.value == value), None)
        if found is None:
            labels = several(o.label for o in self.outcomes)
            return tell("此环节没有这个结论，可选：{labels}。", labels=labels)
        if found.blocked_by:
            labels = several(f"“{label}”" for label in found.blocked_by[:3])
            return tell(
                "选“{found}”还须填写{labels}，请打开逐件办理。", found=found.label, labels=labels
            )
        return ""


def batch_form(form: Form, field: str) -> BatchForm:
    """What of the form can be given to many tasks at once; ``field``: the outcome's (a key path)."""
    chooser = _chooser(form, field)
    options = _options(chooser) if chooser is not None else ()
    if not options:
        return BatchForm(
            field=field, reason=tell("此环节的表单没有可以统一选择的结论，请打开逐件办理。")
        )
    opinion = next((c for c in in_scope(form.components) if _is_at(c, OPINION)), None)
    takes_opinion = isinstance(opinion, Field) and isinstance(opinion.spec, Text)
    outcomes = tuple(
        BatchOutcome(
            value=str(option.value),
            label=_label(option),
            blocked_by=tuple(_asked(form.components, field, str(option.value), takes_opinion)),
        )
        for option in options
    )
    found = BatchForm(
        field=field,
        outcomes=outcomes,
        opinion=takes_opinion,
        opinion_required=isinstance(opinion, Field) and opinion.required.may_hold,
    )
    if not found.open_outcomes:
        labels = several(f"“{label}”" for label in outcomes[0].blocked_by[:3])
        reason = tell("此环节的表单还须填写{labels}，请打开逐件办理。", labels=labels)
        return BatchForm(field=field, outcomes=outcomes, reason=reason)
    return found


def labels_of(form: Form, field: str) -> dict[str, str]:
    """The values that can be chosen in a field of the form, with their labels."""
    chooser = _chooser(form, field)
    if chooser is None or not isinstance(chooser.spec, Choice):
        return {}
    return {str(option.value): _label(option) for option in chooser.spec.options.static}


def _chooser(form: Form, path: str) -> Field | None:
    at = (c for c in in_scope(form.components) if isinstance(c, Field) and _is_at(c, path))
    return next(at, None)


def _options(chooser: Field) -> tuple[StaticOption, ...]:
    spec = chooser.spec
    if not isinstance(spec, Choice) or spec.many or spec.options.source is not None:
        return ()
    if chooser.disabled or chooser.readonly.may_hold or chooser.hide.may_hold:
        return ()
    return tuple(o for o in spec.options.static if isinstance(o.value, str) and o.value)


def _asked(
    components: tuple[Component, ...], field: str, value: str, takes_opinion: bool
) -> Iterator[str]:
    """Labels of what may be shown to be filled in, once the outcome is chosen."""
    for component in components:
        if _hidden(component, field, value):
            continue
        if isinstance(component, Group):
            yield from _asked(component.components, field, value, takes_opinion)
        elif isinstance(component, Repeat) or (
            isinstance(component, Field)
            and not _untouched(component)
            and not _is_at(component, field)
            and not (takes_opinion and _is_at(component, OPINION))
        ):
            yield _name(component)


def _untouched(field: Field) -> bool:
    """Nobody fills it in, whatever else is chosen."""
    shown = field.disabled or isinstance(field.spec, Computed)
    return shown or field.readonly.constant is True


def _hidden(component: Component, field: str, value: str) -> bool:
    """Whether the outcome alone hides it."""
    hide = component.hide
    if hide.expression is None:
        return hide.constant is True
    if not set(hide.expression.names) <= {field}:
        return False
    return hide.holds(_scope({field: value}))


def _is_at(component: Component, path: str) -> bool:
    return isinstance(component, Field) and component.path == tuple(path.split("."))


def _name(component: Component) -> str:
    return component.label.render(_scope({})) or component.id


def _label(option: StaticOption) -> str:
    return option.label.render(_scope({})) or str(option.value)


def _scope(variables: dict[str, object]) -> Scope:
    return Scope(variables=variables, evaluator=Evaluator(lambda: datetime.now(UTC)))
