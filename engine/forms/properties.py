"""Our own rules, carried in a component's custom properties under the prefix `banshi:`."""

from __future__ import annotations

import re

from engine.forms.components import Rule
from engine.forms.expressions import UNSET, Dynamic
from engine.forms.masks import Privacy
from engine.forms.paths import Path, parse_key
from engine.forms.problems import Severity
from engine.forms.reader import Reader
from engine.text import tell

PREFIX = "banshi:"
_EVERYWHERE = frozenset({"validate", "message", "severity", "privacy"})
_FIELD = _EVERYWHERE | {"mustEqual", "autocomplete"}
#: Which properties (without the prefix, and without the number of a further rule) go where.
ALLOWED: dict[str, frozenset[str]] = {
    "textfield": _FIELD | {"type", "registrar"},
    "textarea": _FIELD,
    "number": _FIELD | {"type", "sumEquals", "capitals", "total"},
    "datetime": _FIELD | {"min", "max"},
    "checkbox": _FIELD,
    "checklist": _FIELD,
    "radio": _FIELD,
    "select": _FIELD,
    "taglist": _FIELD,
    "filepicker": _FIELD | {"maxFiles", "maxSize"},
    "expression": frozenset({"privacy", "type"}),
    "group": _EVERYWHERE,
    "dynamiclist": _EVERYWHERE | {"minRows", "maxRows", "layout"},
}
_NUMBERED = re.compile(r"(validate|message|severity)-([2-9])")
_SIZE = re.compile(r"([0-9]{1,12})\s*(B|KB|MB)?", re.IGNORECASE)
_UNITS = {"B": 1, "KB": 1024, "MB": 1024 * 1024}
_AUTOCOMPLETE = re.compile(r"[a-z0-9-]{1,40}(?: [a-z0-9-]{1,40}){0,3}")


def read(component: Reader, kind: str) -> Reader:
    """The component's `banshi:` properties without the prefix; unknown ones are faults."""
    found: dict[str, object] = {}
    allowed = ALLOWED.get(kind, frozenset())
    for key, value in component.part("properties").source.items():
        if not key.startswith(PREFIX):
            continue
        name = key.removeprefix(PREFIX)
        numbered = _NUMBERED.fullmatch(name)
        if (numbered[1] if numbered else name) not in allowed:
            component.fault("property", tell("{kind} 不能用属性 {key}。", kind=kind, key=key[:60]))
        elif not isinstance(value, str):
            component.fault("property", tell("属性 {key} 的值应是文字。", key=key))
        else:
            found[name] = value.strip()
    return Reader(source=found, notes=component.notes, component_id=component.component_id)


def privacy(properties: Reader, inherited: Privacy) -> Privacy:
    """The class of the field: its own, never below that of the group or list around it."""
    text = properties.text("privacy")
    if not text:
        return inherited
    if text not in Privacy.__members__:
        properties.fault("property", tell("banshi:privacy 应是 L1、L2、L3 或 L4。"))
        return inherited
    return max(Privacy[text], inherited)


def rules(properties: Reader) -> tuple[Rule, ...]:
    """`banshi:validate` and its numbered followers, each with message and severity."""
    found = []
    for suffix in ("", *(f"-{n}" for n in range(2, 10))):
        source = properties.text(f"validate{suffix}")
        message = properties.text(f"message{suffix}")
        severity = properties.text(f"severity{suffix}", "error")
        if not source:
            if message or f"severity{suffix}" in properties.source:
                properties.fault(
                    "property",
                    tell(
                        "banshi:message{suffix} 没有对应的 banshi:validate{suffix}。", suffix=suffix
                    ),
                )
            continue
        if not message:
            properties.fault(
                "property",
                tell(
                    "banshi:validate{suffix} 要配 banshi:message{suffix}，说明怎么改。",
                    suffix=suffix,
                ),
            )
        if severity not in ("error", "warning"):
            properties.fault(
                "property", tell("banshi:severity{suffix} 应是 error 或 warning。", suffix=suffix)
            )
            continue
        condition = properties.compile(source.removeprefix("="), f"banshi:validate{suffix}")
        if condition is not None:
            found.append(
                Rule(
                    condition=condition,
                    message=properties.template_of(message, f"banshi:message{suffix}"),
                    severity=Severity(severity),
                )
            )
    return tuple(found)


def key_path(properties: Reader, name: str) -> Path | None:
    """A property that names a field."""
    text = properties.text(name)
    if not text:
        return None
    path = parse_key(text)
    if path is None:
        properties.fault("property", tell("banshi:{name} 应是一个字段的键。", name=name))
    return path


def moment(properties: Reader, name: str) -> Dynamic:
    """`banshi:min` and `banshi:max`: an ISO text or `= FEEL`."""
    return properties.dynamic(name, str)


def count(properties: Reader, name: str, *, high: int) -> Dynamic:
    """A whole number or `= FEEL`."""
    if properties.text(name).startswith("="):
        return properties.dynamic(name, str)
    number = properties.integer(name, low=0, high=high)
    return UNSET if number is None else Dynamic(constant=number)


def switch(properties: Reader, name: str) -> bool:
    """`true` or `false` in words, as custom properties are texts."""
    text = properties.text(name, "false")
    if text not in ("true", "false"):
        properties.fault("property", tell("banshi:{name} 应是 true 或 false。", name=name))
    return text == "true"


def size(properties: Reader, name: str) -> int | None:
    """Bytes, from `10MB`, `500 KB` or a bare number."""
    text = properties.text(name)
    if not text:
        return None
    found = _SIZE.fullmatch(text)
    if not found or int(found[1]) == 0:
        properties.fault("property", tell("banshi:{name} 应写成 10MB 的样子。", name=name))
        return None
    return int(found[1]) * _UNITS[(found[2] or "B").upper()]


def autocomplete(properties: Reader) -> str:
    """The autofill tokens of HTML; empty for the type's own."""
    text = properties.text("autocomplete")
    if text and not _AUTOCOMPLETE.fullmatch(text):
        properties.fault("property", tell("banshi:autocomplete 不是 HTML 的自动填充标记。"))
        return ""
    return text
