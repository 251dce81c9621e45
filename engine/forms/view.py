"""A form as a page shows it: frozen values that the templates only lay out.

Each value has a `kind` that the templates choose by.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.forms.markdown import Block

Widget = Literal[
    "text", "textarea", "number", "moment", "checkbox", "radio", "select", "checklist", "files",
    "output",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class OptionView:
    id: str
    value: str
    label: str
    selected: bool


@dataclass(frozen=True, kw_only=True)
class FileView:
    """A file that is already uploaded."""

    key: str
    name: str
    size: str
    url: str
    #: The key is not among the documents the form may refer to.
    missing: bool


@dataclass(frozen=True, kw_only=True)
class FieldView:
    """One field, to be filled in or to be read."""

    kind: Literal["field"] = "field"
    widget: Widget
    #: The HTML name, and what data-field says.
    path: str
    #: The HTML id of the control (of the first one, or the fieldset, of a group of controls).
    id: str
    label: str
    help: str
    hidden: bool
    required: bool
    #: To be read only: computed, disabled, masked, or the whole view is.
    readonly: bool
    masked: bool
    #: What a control shows: exactly what was typed, or the value's text.
    value: str
    #: The value as people read it; empty when there is none.
    display: str
    error: str
    warning: str
    options: tuple[OptionView, ...] = ()
    files: tuple[FileView, ...] = ()
    checked: bool = False
    input_type: str = "text"
    inputmode: str = ""
    autocomplete: str = ""
    max_length: int | None = None
    low: str = ""
    high: str = ""
    prefix: str = ""
    suffix: str = ""
    capitals: bool = False
    accept: str = ""
    max_files: int = 1
    #: The number of files was limited by the form's author, so it is worth saying.
    says_most: bool = False
    max_size: int | None = None
    max_size_text: str = ""
    upload_url: str = ""
    #: Long enough to take the whole width in a list of fields.
    wide: bool = False

    @property
    def help_id(self) -> str:
        return f"{self.id}-help"

    @property
    def error_id(self) -> str:
        return f"{self.id}-error"

    @property
    def described_by(self) -> str:
        """The ids for aria-describedby; the error's always, as it may appear later."""
        return f"{self.help_id} {self.error_id}" if self.help else self.error_id

    @property
    def is_group(self) -> bool:
        """Several controls: they stand in a fieldset."""
        return self.widget in ("radio", "checklist")


@dataclass(frozen=True, kw_only=True)
class CellView:
    """A place on a line, `span` of 12 columns wide (all 12 on a narrow screen)."""

    span: int
    node: NodeView


@dataclass(frozen=True, kw_only=True)
class LineView:
    """What stands side by side."""

    cells: tuple[CellView, ...]


@dataclass(frozen=True, kw_only=True)
class GroupView:
    kind: Literal["group"] = "group"
    #: What data-field says.
    key: str
    id: str
    label: str
    help: str
    hidden: bool
    outline: bool
    error: str
    warning: str
    lines: tuple[LineView, ...]


@dataclass(frozen=True, kw_only=True)
class RowView:
    """One row of a list. `path` is `budget.0`, in a template `budget.__index__`."""

    path: str
    number: int
    lines: tuple[LineView, ...]
    #: The same fields one after the other, for the cells of a table.
    cells: tuple[NodeView, ...]


@dataclass(frozen=True, kw_only=True)
class HeaderView:
    """A column's head in a list laid out as a table."""

    label: str
    required: bool
    numeric: bool


@dataclass(frozen=True, kw_only=True)
class TotalView:
    """A sum under a list; the pattern has * for the row (`budget.*.amount`)."""

    label: str
    pattern: str
    value: str
    decimals: int
    #: The name of the field whose value the sum must equal, or empty.
    equals: str


@dataclass(frozen=True, kw_only=True)
class RepeatView:
    kind: Literal["repeat"] = "repeat"
    path: str
    id: str
    label: str
    help: str
    hidden: bool
    readonly: bool
    as_table: bool
    headers: tuple[HeaderView, ...]
    rows: tuple[RowView, ...]
    #: None when rows can't be added.
    template: RowView | None
    least: int
    most: int
    totals: tuple[TotalView, ...]
    error: str
    warning: str

    @property
    def error_id(self) -> str:
        return f"{self.id}-error"

    @property
    def can_add(self) -> bool:
        return self.template is not None and len(self.rows) < self.most

    @property
    def can_remove(self) -> bool:
        return self.template is not None and len(self.rows) > self.least


@dataclass(frozen=True, kw_only=True)
class TableView:
    kind: Literal["table"] = "table"
    key: str
    id: str
    label: str
    help: str
    hidden: bool
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True)
class ProseView:
    kind: Literal["prose"] = "prose"
    key: str
    hidden: bool
    blocks: tuple[Block, ...]


@dataclass(frozen=True, kw_only=True)
class SeparatorView:
    kind: Literal["separator"] = "separator"
    key: str
    hidden: bool


@dataclass(frozen=True, kw_only=True)
class SpacerView:
    """Empty room; `size` is 1 to 5, of the frame's spacing steps."""

    kind: Literal["spacer"] = "spacer"
    key: str
    hidden: bool
    size: int


@dataclass(frozen=True, kw_only=True)
class PreviewView:
    kind: Literal["preview"] = "preview"
    key: str
    id: str
    label: str
    hidden: bool
    files: tuple[FileView, ...]


NodeView = (
    FieldView
    | GroupView
    | RepeatView
    | TableView
    | ProseView
    | SeparatorView
    | SpacerView
    | PreviewView
)


@dataclass(frozen=True, kw_only=True)
class ProblemView:
    """A line of the summary; `href` leads to the field (`#f-amount`), empty if there is none."""

    href: str
    text: str


@dataclass(frozen=True, kw_only=True)
class FormView:
    """The whole form. Its `<form>` element (with `novalidate`) belongs to the page."""

    form_id: str
    readonly: bool
    lines: tuple[LineView, ...]
    errors: tuple[ProblemView, ...]
    warnings: tuple[ProblemView, ...]
    #: Some field must be filled in: the page explains the mark.
    has_required: bool
    #: Without scripts files travel with the form: it needs multipart/form-data.
    has_files: bool
