"""HTML form names and what they carry: `budget.0.amount`, and the buttons of rows.

Names a form lives with:

- a field's key path; in rows with the row's number. Numbers may have gaps; their order counts.
- `budget.0` alone, with any value: row 0 exists, even if all its fields are empty or unticked.
- `__add` = a list's path, `__remove` = a row's path, `__drop` = `path=key` of a file: the buttons
  that work without scripts. The page applies them and shows the form again.
- `__file.` + path: a file sent along with the form; the page stores it and adds its key under the
  field's own path.

Whatever else a page sends along (tokens, its own controls) is left aside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from engine.forms.build import MAX_ROWS
from engine.forms.components import Checkbox, Choice, Component, Field, Files, Repeat, in_scope
from engine.forms.paths import MISSING, Path, lookup, store

ADD, REMOVE, DROP, FILE = "__add", "__remove", "__drop", "__file."
MAX_PAIRS = 50_000
_MAX_DEPTH = 20
_TICKED = ("on", "true", "1")


class _Branch:
    """Names cut at their dots, as a tree; the values stand at the ends."""

    __slots__ = ("below", "values")

    def __init__(self) -> None:
        self.below: dict[str, _Branch] = {}
        self.values: list[str] = []

    def at(self, path: Path) -> _Branch | None:
        branch: _Branch | None = self
        for part in path:
            branch = None if branch is None else branch.below.get(part)
        return branch


@dataclass(frozen=True, kw_only=True)
class RowAction:
    """A button of a list that was pressed."""

    kind: Literal["add", "remove", "drop"]
    #: Of the list (add), the row (remove), or the file field (drop).
    path: str
    #: The document's key (drop).
    key: str = ""


def from_html(
    components: tuple[Component, ...], pairs: Iterable[tuple[str, object]]
) -> dict[str, Any]:
    """The submission that a browser sent: texts as typed, empty ones left out."""
    root = _Branch()
    for number, (name, value) in enumerate(pairs):
        parts = name.split(".")
        if number >= MAX_PAIRS or len(parts) > _MAX_DEPTH or len(name) > 1000:
            continue
        if not isinstance(value, str):
            continue
        branch = root
        for part in parts:
            branch = branch.below.setdefault(part, _Branch())
        branch.values.append(value)
    return _scope(components, root)


def row_action(pairs: Iterable[tuple[str, object]]) -> RowAction | None:
    """The row button that sent the form; None when it was sent to be saved or submitted."""
    for name, value in pairs:
        if not isinstance(value, str) or len(value) > 1000:
            continue
        if name == ADD:
            return RowAction(kind="add", path=value)
        if name == REMOVE:
            return RowAction(kind="remove", path=value)
        if name == DROP:
            path, _, key = value.partition("=")
            return RowAction(kind="drop", path=path, key=key)
    return None


def applied(
    components: tuple[Component, ...], submission: Mapping[str, Any], action: RowAction
) -> dict[str, Any]:
    """The submission after the action; unchanged when it names no list or row of the form."""
    result: dict[str, Any] = _copied(submission)
    parts = tuple(action.path.split("."))
    if action.kind == "drop":
        keys = lookup(result, parts)
        if isinstance(keys, list) and action.key in keys:
            keys.remove(action.key)
        return result
    row = parts[-1] if action.kind == "remove" else ""
    place = _list_of(components, result, parts[:-1] if row else parts)
    if place is None:
        return result
    repeat, owner = place
    rows = lookup(owner, repeat.path)
    rows = rows if isinstance(rows, list) else []
    if action.kind == "add" and repeat.can_change and len(rows) < MAX_ROWS:
        store(owner, repeat.path, [*rows, {}])
    elif row.isdigit() and repeat.can_change and int(row) < len(rows):
        del rows[int(row)]
    return result


def _scope(components: tuple[Component, ...], branch: _Branch) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for component in in_scope(components):
        if isinstance(component, Field):
            found = branch.at(component.path)
            value = MISSING if found is None else _value(component, found.values)
            if value is not MISSING:
                store(data, component.path, value)
        elif isinstance(component, Repeat):
            found = branch.at(component.path)
            if found is None:
                continue
            numbers = sorted(
                (int(part), part) for part in found.below if part.isdecimal() and len(part) <= 9
            )
            rows = [_scope(component.components, found.below[part]) for _, part in numbers]
            store(data, component.path, rows[: MAX_ROWS + 1])
    return data


def _value(field: Field, values: list[str]) -> object:
    match field.spec:
        case Checkbox():
            return True if any(value in _TICKED for value in values) else MISSING
        case Choice(many=True) | Files():
            chosen = [value for value in dict.fromkeys(values) if value]
            return chosen or MISSING
    return values[0] if values and values[0] != "" else MISSING


def _copied(data: Any) -> Any:
    if isinstance(data, Mapping):
        return {key: _copied(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_copied(value) for value in data]
    return data


def _list_of(
    components: tuple[Component, ...], owner: Any, parts: Path
) -> tuple[Repeat, dict[str, Any]] | None:
    """The list at a concrete path and the row (or form) that holds it."""
    for component in in_scope(components):
        if not isinstance(component, Repeat):
            continue
        length = len(component.path)
        if parts[:length] != component.path:
            continue
        if len(parts) == length:
            return component, owner
        row = lookup(owner, parts[: length + 1])
        inner = parts[length + 1 :]
        return _list_of(component.components, row, inner) if isinstance(row, dict) else None
    return None
