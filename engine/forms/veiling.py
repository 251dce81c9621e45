"""A view with every text that would tell a masked value masked, whatever it was made of."""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar

from engine.forms.veil import Veil
from engine.forms.view import FieldView, FileView, OptionView

T = TypeVar("T")

#: What pages address things by; never words.
_ADDRESSES = frozenset(
    {"kind", "path", "id", "key", "form_id", "href", "url", "upload_url", "widget", "pattern"}
    | {"equals", "input_type", "inputmode", "autocomplete", "accept", "media_type"}
)


def veiled(view: T, veil: Veil, *, fresh: bool) -> T:
    """``fresh``: nobody has typed anything yet, so what stands in a control comes from the case.

    What somebody typed himself stays in its control as he typed it.
    """
    found: T = _any(view, veil, fresh)
    return found


def _any(value: Any, veil: Veil, fresh: bool) -> Any:
    match value:
        case str():
            return veil.text(value)
        case tuple():
            return tuple(_any(item, veil, fresh) for item in value)
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return _dataclass(value, veil, fresh)
        case _:
            return value


def _dataclass(value: Any, veil: Veil, fresh: bool) -> Any:
    left = _ADDRESSES
    if isinstance(value, OptionView):
        left |= {"value"}
    elif isinstance(value, FileView):
        left |= {"size"}
    changes = {
        field.name: _any(getattr(value, field.name), veil, fresh)
        for field in dataclasses.fields(value)
        if field.init and field.name not in left
    }
    if isinstance(value, FieldView) and not value.readonly:
        hidden = fresh and veil.hides(value.value)
        changes["value"] = "" if hidden else value.value
    return dataclasses.replace(value, **changes)
