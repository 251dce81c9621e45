"""Reading a `.form` document: bounded, against an allow-list, compiled once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal

from engine import feel
from engine.forms.build import MAX_DEPTH, Place, components
from engine.forms.components import (
    Component,
    Field,
    Number,
    Repeat,
    column_of,
    field_at,
    in_scope,
    walk,
)
from engine.forms.errors import FormError, SchemaProblem
from engine.forms.names import SCOPE_NAMES
from engine.forms.paths import Path
from engine.forms.reader import Notes
from engine.text import tell

MAX_BYTES = 1_000_000
#: form-js 1.7; older documents are upgraded by opening and saving them in the editor.
MIN_SCHEMA_VERSION = 16
#: Of JSON, not of components: attributes nest a little deeper than those.
_MAX_JSON_DEPTH = 40


def read(
    schema: Mapping[str, object] | str | bytes, *, functions: feel.Registry | None = None
) -> tuple[str, tuple[Component, ...]]:
    """The form's id and its components; FormError names every fault.

    `functions` are the FEEL functions beyond the standard ones (working days …).
    """
    document = _document(schema)
    form_id = document.get("id")
    name = form_id if isinstance(form_id, str) else ""
    notes = Notes(names=tuple(dict.fromkeys(_names(document))), functions=functions)
    _check_head(document, notes)
    found = components(document.get("components", []), Place(), notes, "")
    _check_paths(found, notes)
    _check_references(found, notes)
    if notes.problems:
        raise FormError(tuple(notes.problems), name)
    return name, found


def _document(schema: Mapping[str, object] | str | bytes) -> Mapping[str, object]:
    """The schema as a mapping, numbers as Decimal or int."""
    if isinstance(schema, str | bytes):
        if len(schema) > MAX_BYTES:
            raise _refused(
                "size", tell("表单文件太大，最多 {max_bytes} KB。", max_bytes=MAX_BYTES // 1000)
            )
        try:
            loaded = json.loads(schema, parse_float=Decimal, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            raise _refused("json", tell("不是有效的 JSON：{error}。", error=error)) from None
    else:
        loaded = schema
    if not isinstance(loaded, Mapping):
        raise _refused("json", tell("表单应是一个 JSON 对象。"))
    if _too_deep(loaded):
        raise _refused("depth", tell("嵌套太深，组件最多 {max_depth} 层。", max_depth=MAX_DEPTH))
    return loaded


def _no_constant(name: str) -> object:
    raise ValueError(tell("不能用 {name}", name=name))


def _refused(rule: str, message: str) -> FormError:
    return FormError((SchemaProblem(component_id="", rule=rule, message=message),))


def _too_deep(document: object) -> bool:
    level: list[object] = [document]
    for _ in range(_MAX_JSON_DEPTH):
        level = [child for part in level for child in _children(part)]
        if not level:
            return False
    return True


def _children(part: object) -> Iterator[object]:
    if isinstance(part, Mapping):
        yield from (v for v in part.values() if isinstance(v, Mapping | list | tuple))
    elif isinstance(part, list | tuple):
        yield from (v for v in part if isinstance(v, Mapping | list | tuple))


def _names(part: object) -> Iterator[str]:
    """The first segment of every key and path: names an expression may use."""
    yield from SCOPE_NAMES
    pending = [part]
    while pending:
        item = pending.pop()
        if isinstance(item, Mapping):
            for attribute in ("key", "path"):
                value = item.get(attribute)
                if isinstance(value, str) and value:
                    yield value.split(".")[0]
        pending.extend(_children(item))


def _check_head(document: Mapping[str, object], notes: Notes) -> None:
    form_id = document.get("id")
    if not isinstance(form_id, str) or not form_id or len(form_id) > 200:
        notes.add("", "id", tell("表单没有 id。"))
    if document.get("type") != "default":
        notes.add("", "type", tell("表单的 type 应是 default。"))
    version = document.get("schemaVersion")
    if isinstance(version, bool) or not isinstance(version, int) or version < MIN_SCHEMA_VERSION:
        notes.add(
            "",
            "schema-version",
            tell(
                "schemaVersion 应不低于 {min_schema_version}；请在表单编辑器里打开并重新保存。",
                min_schema_version=MIN_SCHEMA_VERSION,
            ),
        )
    if not document.get("components"):
        notes.add("", "empty", tell("表单里没有组件。"))


def _check_paths(found: tuple[Component, ...], notes: Notes) -> None:
    """No two values at one place, none inside another."""
    seen: dict[Path, str] = {}
    for component in in_scope(found):
        if isinstance(component, Repeat):
            _check_paths(component.components, notes)
        if not isinstance(component, Field | Repeat):
            continue
        for path, other in seen.items():
            shorter = min(len(path), len(component.path))
            if path[:shorter] == component.path[:shorter]:
                key = ".".join(component.path)
                notes.add(
                    component.id,
                    "key",
                    tell("键“{key}”与组件 {other} 的键冲突。", key=key, other=other),
                )
        seen[component.path] = component.id


def _check_references(found: tuple[Component, ...], notes: Notes) -> None:
    """The fields that `banshi:mustEqual` and `banshi:sumEquals` name exist, in the same scope."""
    for scope in (found, *(c.components for c in walk(found) if isinstance(c, Repeat))):
        for component in in_scope(scope):
            if not isinstance(component, Field):
                continue
            other = component.must_equal
            if other is not None and (field_at(scope, other) or component) is component:
                notes.add(
                    component.id,
                    "property",
                    tell("banshi:mustEqual 指的字段 {other} 不存在。", other=".".join(other)),
                )
            spec = component.spec
            if isinstance(spec, Number) and spec.sum_of and column_of(scope, spec.sum_of) is None:
                column = ".".join(spec.sum_of)
                notes.add(
                    component.id,
                    "property",
                    tell(
                        "banshi:sumEquals 应指向重复列表里的数字字段，{column} 不是。",
                        column=column,
                    ),
                )
