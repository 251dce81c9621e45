"""A form's components as compiled from its schema: immutable, ready to check and to show.

Key paths are relative to the nearest repeating row (or the form), groups' own paths included.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from engine.feel import Expression
from engine.forms.expressions import NEVER, UNSET, Dynamic
from engine.forms.masks import Kind, Privacy, kind_of
from engine.forms.options import Options
from engine.forms.paths import Path
from engine.forms.patterns import Pattern
from engine.forms.problems import Severity
from engine.forms.template import Template

ChoiceWidget = Literal["radio", "select", "checklist", "taglist"]
Subtype = Literal["date", "time", "datetime"]
Zoning = Literal["offset", "utc", "none"]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A condition over the whole form that must be true (`banshi:validate`)."""

    condition: Expression
    message: Template
    severity: Severity = Severity.ERROR


@dataclass(frozen=True, kw_only=True)
class Text:
    """textfield and textarea."""

    multiline: bool = False
    min_length: Dynamic = UNSET
    max_length: Dynamic = UNSET
    pattern: Pattern | None = None
    pattern_message: str = ""
    value_type: str | None = None
    #: For social organisations' codes: the registrar expected (characters 3 to 8).
    registrar: str | None = None


@dataclass(frozen=True, kw_only=True)
class Number:
    """number: always a Decimal."""

    decimals: int | None = None
    increment: Decimal | None = None
    minimum: Dynamic = UNSET
    maximum: Dynamic = UNSET
    money: bool = False
    #: Show the amount in capital numerals beside the field.
    capitals: bool = False
    #: The column of a list (list path and item path in one) whose sum the value must equal.
    sum_of: Path | None = None
    #: Inside a list: show the column's total under it.
    total: bool = False


@dataclass(frozen=True, kw_only=True)
class Moment:
    """datetime in its three subtypes."""

    subtype: Subtype
    minimum: Dynamic = UNSET
    maximum: Dynamic = UNSET
    allow_past: bool = True
    zoning: Zoning = "offset"


@dataclass(frozen=True, kw_only=True)
class Checkbox:
    """checkbox: true or false."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """radio and select (one value), checklist and taglist (a list)."""

    widget: ChoiceWidget
    options: Options

    @property
    def many(self) -> bool:
        return self.widget in ("checklist", "taglist")


@dataclass(frozen=True, kw_only=True)
class Files:
    """filepicker: a list of document keys."""

    accept: tuple[str, ...] = ()
    max_files: int = 1
    #: Bytes; None leaves it to the server's own bound.
    max_size: int | None = None


@dataclass(frozen=True, kw_only=True)
class Computed:
    """expression: a value the server works out; it can't be submitted."""

    formula: Expression
    money: bool = False


Spec = Text | Number | Moment | Checkbox | Choice | Files | Computed


@dataclass(frozen=True, kw_only=True)
class Component:
    """What every component has."""

    #: The form-js id.
    id: str
    label: Template = field(default_factory=Template)
    description: Template = field(default_factory=Template)
    hide: Dynamic = NEVER
    #: Components next to each other with the same row stand side by side.
    row: str = ""
    #: Columns of 16; None shares what is left.
    width: int | None = None


@dataclass(frozen=True, kw_only=True)
class Field(Component):
    """A component with a value of its own."""

    path: Path
    spec: Spec
    required: Dynamic = NEVER
    readonly: Dynamic = NEVER
    #: Never sent and never taken: shows what the case holds.
    disabled: bool = False
    default: Dynamic = UNSET
    prefix: Template = field(default_factory=Template)
    suffix: Template = field(default_factory=Template)
    privacy: Privacy = Privacy.L1
    autocomplete: str = ""
    must_equal: Path | None = None
    rules: tuple[Rule, ...] = ()

    @property
    def value_type(self) -> str | None:
        """The `banshi:type`."""
        if isinstance(self.spec, Text):
            return self.spec.value_type
        if isinstance(self.spec, Number | Computed):
            return "money" if self.spec.money else None
        return None

    @property
    def kind(self) -> Kind | None:
        """What it tells of a person, None where everybody may see it."""
        return kind_of(self.privacy, self.value_type)


@dataclass(frozen=True, kw_only=True)
class Group(Component):
    """Components under one heading."""

    components: tuple[Component, ...]
    outline: bool = False
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Repeat(Component):
    """dynamiclist: rows of the same components."""

    path: Path
    components: tuple[Component, ...]
    min_rows: Dynamic = UNSET
    max_rows: Dynamic = UNSET
    #: Rows an empty form starts with.
    default_rows: int = 1
    #: Rows can be added and removed.
    can_change: bool = True
    #: Laid out as a table rather than one card per row.
    as_table: bool = False
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Column:
    label: str
    key: Path


@dataclass(frozen=True, kw_only=True)
class Table(Component):
    """table: rows of the case's data, to read."""

    source: Dynamic
    columns: tuple[Column, ...]


@dataclass(frozen=True, kw_only=True)
class Prose(Component):
    """text: Markdown (see the module markdown)."""

    text: Template


@dataclass(frozen=True, kw_only=True)
class Separator(Component):
    """separator: a line."""


@dataclass(frozen=True, kw_only=True)
class Spacer(Component):
    """spacer: empty room, in pixels."""

    height: int = 60


@dataclass(frozen=True, kw_only=True)
class Preview(Component):
    """documentPreview: files of the case."""

    source: Dynamic


def walk(components: tuple[Component, ...]) -> Iterator[Component]:
    """Every component, those inside groups and lists included."""
    for component in components:
        yield component
        if isinstance(component, Group | Repeat):
            yield from walk(component.components)


def column_of(components: tuple[Component, ...], path: Path) -> tuple[Repeat, Field] | None:
    """The list and the number field in its rows that one path names (`budget.amount`)."""
    for component in in_scope(components):
        if isinstance(component, Repeat) and path[: len(component.path)] == component.path:
            rest = path[len(component.path) :]
            for field_ in in_scope(component.components):
                if isinstance(field_, Field) and field_.path == rest:
                    return (component, field_) if isinstance(field_.spec, Number) else None
    return None


def field_at(components: tuple[Component, ...], path: Path) -> Field | None:
    """The field of this scope with the path."""
    for component in in_scope(components):
        if isinstance(component, Field) and component.path == path:
            return component
    return None


def in_scope(components: tuple[Component, ...]) -> Iterator[Component]:
    """The components of one row (or of the form), groups opened, lists not."""
    for component in components:
        yield component
        if isinstance(component, Group):
            yield from in_scope(component.components)
