"""One field of the settled tree as its FieldView."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.feel.values import Date, DateTime, Time
from engine.forms import decimals, moments, template
from engine.forms.build_fields import MAX_FILES
from engine.forms.checks import bound, is_empty, size_text
from engine.forms.components import (
    Checkbox,
    Choice,
    Computed,
    Field,
    Files,
    Moment,
    Number,
    Subtype,
    Text,
)
from engine.forms.context import Context
from engine.forms.expressions import Dynamic, Scope
from engine.forms.masks import mask
from engine.forms.options import find, scalar, scalar_text
from engine.forms.paths import MISSING, dom_id
from engine.forms.text import MAX_LINE, MAX_TEXT
from engine.forms.tree import FieldNode
from engine.forms.value_types import TEXT_TYPES, money
from engine.forms.view import FieldView, FileView, OptionView, Widget
from engine.text import several, tell

_INPUT_TYPES: dict[Subtype, str] = {"date": "date", "time": "time", "datetime": "datetime-local"}
#: What a browser's own date and time inputs can show; anything else is shown as text.
_NATIVE = {
    "date": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    "time": re.compile(r"[0-9]{2}:[0-9]{2}(:[0-9]{2})?"),
    "datetime": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?"),
}


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What was found wrong with a field, as one text each."""

    error: str = ""
    warning: str = ""


def field_view(
    node: FieldNode,
    scope: Scope,
    context: Context,
    shown: Shown,
    *,
    readonly: bool,
    upload_url: str,
) -> FieldView:
    """The field as the page shows it."""
    field = node.field
    fixed = readonly or not node.editable
    description = field.description.render(scope)
    kind = TEXT_TYPES.get(field.value_type or "")
    hint = kind.hint if kind else ""
    attributes: dict[str, Any] = {
        "path": node.path,
        "id": dom_id(node.path),
        "label": field.label.render(scope),
        "help": description or ("" if fixed else hint),
        "hidden": node.hidden,
        "required": not fixed and field.required.holds(scope),
        "readonly": fixed,
        "masked": node.masked,
        "value": "" if node.masked else typed_text(node, context),
        "display": display(node, context),
        "error": shown.error,
        "warning": shown.warning,
        "prefix": field.prefix.render(scope),
        "suffix": field.suffix.render(scope),
        "autocomplete": field.autocomplete,
    }
    attributes |= _by_kind(node, scope, context)
    if isinstance(field.spec, Files) and not fixed:
        attributes["upload_url"] = upload_url
    return FieldView(**attributes)


def _by_kind(node: FieldNode, scope: Scope, context: Context) -> dict[str, Any]:  # noqa: PLR0911 – a table
    match node.field.spec:
        case Text() as spec:
            return _text(spec, node.field, scope)
        case Number() as spec:
            return {"widget": "number", "inputmode": "decimal", "capitals": spec.capitals}
        case Moment() as spec:
            return _moment(node, spec, scope, context)
        case Checkbox():
            checked = not node.masked and _current(node) is True
            return {"widget": "checkbox", "checked": checked}
        case Choice() as spec:
            return {"widget": _widget(spec), "options": () if node.masked else _options(node)}
        case Files() as spec:
            size = spec.max_size
            return {
                "widget": "files",
                "files": () if node.masked else file_views(_current(node), context),
                "accept": ",".join(spec.accept),
                "max_files": spec.max_files,
                "says_most": 1 < spec.max_files < MAX_FILES,
                "max_size": size,
                "max_size_text": "" if size is None else size_text(size),
                "wide": True,
            }
        case Computed():
            return {"widget": "output"}
    raise AssertionError(node.field.spec)  # pragma: no cover – Spec is closed


def _text(spec: Text, field: Field, scope: Scope) -> dict[str, Any]:
    kind = TEXT_TYPES.get(spec.value_type or "")
    longest = bound(spec.max_length, scope)
    limit = MAX_TEXT if spec.multiline else MAX_LINE
    if kind is not None:
        limit = kind.max_length
    elif longest is not None and longest >= 1:
        # A little more than allowed: who pastes too much is told so, rather than cut off silently.
        limit = min(limit, int(longest) * 2 + 20)
    return {
        "widget": "textarea" if spec.multiline else "text",
        "max_length": limit,
        "inputmode": kind.inputmode if kind else "",
        "autocomplete": field.autocomplete or (kind.autocomplete if kind else ""),
        "wide": spec.multiline or spec.value_type == "address",
    }


def _moment(node: FieldNode, spec: Moment, scope: Scope, context: Context) -> dict[str, Any]:
    shown = "" if node.masked else typed_text(node, context)
    native = not shown or (
        _NATIVE[spec.subtype].fullmatch(shown) is not None
        and moments.parse(shown, spec.subtype, context.zone, "none") is not None
    )
    found: dict[str, Any] = {
        "widget": "moment",
        "input_type": _INPUT_TYPES[spec.subtype] if native else "text",
        "low": _limit(spec.minimum, spec, scope, context),
        "high": _limit(spec.maximum, spec, scope, context),
    }
    if not spec.allow_past and not found["low"] and spec.subtype == "date":
        found["low"] = context.today.isoformat()
    return found


def _limit(limit: Dynamic, spec: Moment, scope: Scope, context: Context) -> str:
    value = moments.read(limit.value(scope), spec, context.zone)
    return "" if value is None else moments.input_text(value, context.zone)


def _widget(spec: Choice) -> Widget:
    widgets: dict[str, Widget] = {"radio": "radio", "select": "select"}
    return widgets.get(spec.widget, "checklist")


def _current(node: FieldNode) -> object:
    """What a control shows: what was submitted, or the value where nothing can be."""
    if node.editable and not node.fresh:
        return None if node.raw is MISSING else node.raw
    return node.value


def typed_text(node: FieldNode, context: Context) -> str:
    """Exactly what was typed; of a typed value the text that reads back as it."""
    return control_text(_current(node), context)


def control_text(value: object, context: Context) -> str:  # noqa: PLR0911 – a table
    """A value as the text of an input."""
    match value:
        case str():
            return value
        case bool():
            return ""
        case Decimal():
            return decimals.text(value)
        case int():
            return str(value)
        case Date() | Time() | DateTime():
            return moments.input_text(value, context.zone)
        case _:
            for subtype in _INPUT_TYPES:
                found = moments.from_value(value, subtype)
                if found is not None:
                    return moments.input_text(found, context.zone)
            return ""


def display(node: FieldNode, context: Context) -> str:
    """The value as people read it, masked where the viewer may not see it."""
    plain = _plain(node, context)
    return mask(plain, node.field.value_type) if node.masked else plain


def _plain(node: FieldNode, context: Context) -> str:  # noqa: PLR0911 – a table
    value = node.value
    match node.field.spec:
        case Checkbox():
            return tell("是") if value is True else tell("否")
        case Choice():
            return several(_label(node, item) for item in _listed(value))
        case Files():
            return "、".join(view.name for view in file_views(value, context))
        case Number(money=True) | Computed(money=True) if isinstance(value, Decimal):
            return money.text(value)
        case Number() if isinstance(value, Decimal):
            return f"{value:,f}"
    if isinstance(value, Date | Time | DateTime):
        return moments.display(value, context.zone)
    if is_empty(value) and not node.is_computed:
        # Of a draft that can't be read as a value, what was typed is still shown.
        return node.raw if isinstance(node.raw, str) and node.editable else ""
    return template.display(value)


def _label(node: FieldNode, value: object) -> str:
    option = find(node.options, value)
    return template.display(value) if option is None else option.label


def _listed(value: object) -> Sequence[object]:
    if isinstance(value, list | tuple):
        return value
    return [] if value is None else [value]


def _options(node: FieldNode) -> tuple[OptionView, ...]:
    """The choices; one that was made and no longer exists is kept, so that it is not lost."""
    base = dom_id(node.path)
    chosen = [item for item in _listed(_current(node)) if item != ""]
    texts = {option.text for item in chosen if (option := find(node.options, item))}
    views = [
        OptionView(
            id=f"{base}-{n}" if n else base,
            value=option.text,
            label=option.label,
            selected=option.text in texts,
        )
        for n, option in enumerate(node.options)
    ]
    for item in chosen:
        value = scalar(item)
        if value is not None and find(node.options, item) is None:
            text = scalar_text(value)
            label = tell("{text}（已不在选项中，请重选）", text=text)
            view = OptionView(id=f"{base}-{len(views)}", value=text, label=label, selected=True)
            views.append(view)
    return tuple(views)


def file_views(keys: object, context: Context) -> tuple[FileView, ...]:
    """Uploaded files by key, or by the references a case holds (`{documentId: …}`)."""
    views = []
    for item in _listed(keys):
        key = item.get("documentId") if isinstance(item, dict) else item
        if not isinstance(key, str) or not key:
            continue
        document = context.documents.get(key)
        if document is None:
            view = FileView(key=key, name=tell("（文件不可用）"), size="", url="", missing=True)
        else:
            size = size_text(document.size)
            view = FileView(key=key, name=document.name, size=size, url=document.url, missing=False)
        views.append(view)
    return tuple(views)
