"""What can be chosen: written in the form, or taken from the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from engine.forms import decimals
from engine.forms.expressions import Dynamic, Scope
from engine.forms.template import Template

#: More than a person can look through; a bound on what an expression may bring.
MAX_OPTIONS = 1_000

Scalar = str | Decimal | bool


@dataclass(frozen=True, kw_only=True)
class Option:
    """One choice. `text` is the value in HTML."""

    value: Scalar
    label: str

    @property
    def text(self) -> str:
        return scalar_text(self.value)


@dataclass(frozen=True, kw_only=True)
class StaticOption:
    """A choice written in the form; its label may have values in it."""

    value: Scalar
    label: Template


@dataclass(frozen=True, kw_only=True)
class Options:
    """Static options, or a source evaluated against the data."""

    static: tuple[StaticOption, ...] = ()
    source: Dynamic | None = None

    def resolve(self, scope: Scope) -> tuple[Option, ...]:
        """The options there are now. What is no option in the source is left out."""
        if self.source is None:
            return tuple(Option(value=o.value, label=o.label.render(scope)) for o in self.static)
        value = self.source.value(scope)
        if not isinstance(value, Sequence) or isinstance(value, str):
            return ()
        options = (option_of(item) for item in value[:MAX_OPTIONS])
        return tuple(option for option in options if option is not None)


def option_of(item: object) -> Option | None:
    """`{label, value}` or a bare value; None when it is neither."""
    label: object = None
    if isinstance(item, Mapping):
        label, item = item.get("label"), item.get("value")
    value = scalar(item)
    if value is None:
        return None
    return Option(value=value, label=label if isinstance(label, str) else scalar_text(value))


def scalar(value: object) -> Scalar | None:
    """A value that can be chosen, or None."""
    if isinstance(value, str | bool):
        return value
    return decimals.from_value(value)


def scalar_text(value: Scalar) -> str:
    """The value as it travels in HTML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return decimals.text(value.normalize()) if isinstance(value, Decimal) else value


def find(options: Sequence[Option], value: object) -> Option | None:
    """The option of a submitted value: the same value, or its text as HTML sends it."""
    known = scalar(value)
    if known is None:
        return None
    for option in options:
        if type(option.value) is type(known) and option.value == known:
            return option
    if isinstance(known, str):
        for option in options:
            if option.text == known:
                return option
    return None
