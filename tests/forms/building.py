"""Short ways to write form-js schemas in tests."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from engine.forms import Context, Document, Form, Kind, Problem, parse

#: A Monday morning in Shanghai: 2 March 2026, 09:30.
NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
_numbers = itertools.count(1)

Component = dict[str, Any]


def schema(*components: Component, **changes: Any) -> dict[str, Any]:
    """A whole `.form` document."""
    return {
        "type": "default",
        "id": "sample",
        "schemaVersion": 18,
        "executionPlatform": "Camunda Cloud",
        "executionPlatformVersion": "8.8.0",
        "components": list(components),
    } | changes


def form(*components: Component, **options: Any) -> Form:
    return parse(schema(*components), **options)


def component(kind: str, **attributes: Any) -> Component:
    return {"type": kind, "id": f"C{next(_numbers)}", **attributes}


def field(kind: str, key: str, label: str = "", **attributes: Any) -> Component:
    """A field; `banshi` becomes its `banshi:` properties, `hide` its condition."""
    banshi = attributes.pop("banshi", None)
    hide = attributes.pop("hide", None)
    if banshi:
        attributes["properties"] = {f"banshi:{name}": value for name, value in banshi.items()}
    if hide:
        attributes["conditional"] = {"hide": hide}
    return component(kind, key=key, label=label or key, **attributes)


def text(key: str, label: str = "", **attributes: Any) -> Component:
    return field("textfield", key, label, **attributes)


def number(key: str, label: str = "", **attributes: Any) -> Component:
    return field("number", key, label, **attributes)


def money(key: str, label: str = "", **attributes: Any) -> Component:
    banshi = {"type": "money", **attributes.pop("banshi", {})}
    return field("number", key, label, banshi=banshi, **attributes)


def rows(path: str, *components: Component, **attributes: Any) -> Component:
    banshi = attributes.pop("banshi", None)
    hide = attributes.pop("hide", None)
    if banshi:
        attributes["properties"] = {f"banshi:{name}": value for name, value in banshi.items()}
    if hide:
        attributes["conditional"] = {"hide": hide}
    attributes.setdefault("label", path)
    return component("dynamiclist", path=path, components=list(components), **attributes)


def group(*components: Component, **attributes: Any) -> Component:
    banshi = attributes.pop("banshi", None)
    if banshi:
        attributes["properties"] = {f"banshi:{name}": value for name, value in banshi.items()}
    return component("group", components=list(components), **attributes)


def choices(*values: str) -> list[dict[str, str]]:
    return [{"value": value, "label": value.upper()} for value in values]


REQUIRED = {"required": True}


def context(
    data: Mapping[str, object] | None = None,
    documents: tuple[Document, ...] = (),
    masked: frozenset[Kind] = frozenset(),
) -> Context:
    return Context(
        now=NOW,
        data=data or {},
        documents={document.key: document for document in documents},
        masked=masked,
    )


def codes(problems: tuple[Problem, ...]) -> list[tuple[str, str]]:
    """Path and code of each problem."""
    return [(problem.path, problem.code) for problem in problems]


def check(
    form_: Form, submission: Mapping[str, object], **surroundings: Any
) -> list[tuple[str, str]]:
    """Path and code of each problem of a submission."""
    return codes(form_.validate(submission, context(**surroundings)).problems)
