"""From what was submitted to a value of the field's type, or the reason why not.

Takes texts, as HTML and drafts have them, and typed values, as programs send them. What depends
on other fields (required, ranges, options) is checked later, against the whole form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from engine.forms import decimals, moments, text
from engine.forms.components import (
    Checkbox,
    Choice,
    Computed,
    Field,
    Files,
    Moment,
    Number,
    Text,
)
from engine.forms.context import Context
from engine.forms.options import MAX_OPTIONS, scalar
from engine.forms.value_types import TEXT_TYPES, Finding, credit_code, money
from engine.text import tell

_MAX_KEYS = 100


@dataclass(frozen=True, kw_only=True)
class Converted:
    """A value of FEEL's, None when empty or unusable; why unusable, and warnings."""

    value: object = None
    findings: tuple[Finding, ...] = ()

    @classmethod
    def wrong(cls, code: str, message: str) -> Converted:
        return cls(findings=(Finding(code=code, message=message),))


EMPTY = Converted()


def convert(field: Field, raw: object, context: Context) -> Converted:  # noqa: PLR0911 – a table
    """The value of one field; `raw` None or blank is empty."""
    match field.spec:
        case Checkbox():
            return _checkbox(raw)
        case Choice(many=True) | Files():
            return _list(field, raw)
        case Choice():
            return _choice(raw)
    if raw is None or (isinstance(raw, str) and text.is_blank(raw)):
        return EMPTY
    match field.spec:
        case Text() as spec:
            return _text(spec, raw, context)
        case Number() as spec:
            return _number(spec, raw)
        case Moment() as spec:
            return _moment(spec, raw, context)
        case Computed():
            return EMPTY
    raise AssertionError(field.spec)  # pragma: no cover – Spec is closed


def empty_value(field: Field) -> object:
    """What an empty field stands for in the data: false, an empty list, or null."""
    match field.spec:
        case Checkbox():
            return False
        case Choice(many=True) | Files():
            return []
        case _:
            return None


def _text(spec: Text, raw: object, context: Context) -> Converted:  # noqa: PLR0911 – guards
    if not isinstance(raw, str):
        return Converted.wrong("type", tell("应填文字。"))
    longest = text.MAX_TEXT if spec.multiline else text.MAX_LINE
    if len(raw) > longest * 2:
        return Converted.wrong("max-length", tell("太长，最多 {longest} 字。", longest=longest))
    value = text.clean(raw, lines=spec.multiline)
    fault = text.fault(value, lines=spec.multiline)
    if fault:
        return Converted.wrong("characters", fault)
    if len(value) > longest:
        return Converted.wrong(
            "max-length",
            tell("太长，最多 {longest} 字，现在有 {count} 字。", longest=longest, count=len(value)),
        )
    if spec.value_type is None:
        return Converted(value=value)
    check = TEXT_TYPES[spec.value_type].check
    if spec.registrar:
        check = partial(credit_code.check_civil, registrar=spec.registrar)
    checked = check(value, context.today)
    if any(finding.severity == "error" for finding in checked.findings):
        return Converted(findings=checked.findings)
    return Converted(value=checked.value, findings=checked.findings)


def _number(spec: Number, raw: object) -> Converted:
    if isinstance(raw, str):
        number = decimals.parse(raw[:200])
        if number is None:
            example = "1234.50" if spec.money else "12"
            return Converted.wrong(
                "number", tell("应填数字，如 {example}，不带单位。", example=example)
            )
    elif isinstance(raw, bool | float) or not isinstance(raw, int | Decimal):
        return Converted.wrong("type", tell("应填数字。"))
    else:
        number = decimals.from_value(raw)
        if number is None:
            return Converted.wrong("number", tell("数字太大或位数太多。"))
    if spec.money:
        findings = money.check(number)
        return Converted(findings=findings) if findings else Converted(value=money.normal(number))
    if spec.decimals is not None and decimals.places(number) > spec.decimals:
        wanted = (
            tell("最多 {decimals} 位小数。", decimals=spec.decimals)
            if spec.decimals
            else tell("应填整数。")
        )
        return Converted.wrong("decimals", wanted)
    return Converted(value=number)


def _moment(spec: Moment, raw: object, context: Context) -> Converted:
    value = moments.read(raw[:100] if isinstance(raw, str) else raw, spec, context.zone)
    if value is not None:
        return Converted(value=value)
    example = {
        "date": tell("日期应是真实的日期，写成 2026-03-02 的样子。"),
        "time": tell("时间应写成 08:30 的样子。"),
        "datetime": tell("日期和时间应写成 2026-03-02 08:30 的样子。"),
    }[spec.subtype]
    return Converted.wrong("moment", example)


def _checkbox(raw: object) -> Converted:
    if raw is None or raw == "":
        return Converted(value=False)
    if not isinstance(raw, bool):
        return Converted.wrong("type", tell("应是勾选或不勾选（true 或 false）。"))
    return Converted(value=raw)


def _choice(raw: object) -> Converted:
    """A scalar; whether it is an option shows once the options are known."""
    if raw is None or raw == "":
        return EMPTY
    value = scalar(raw)
    if value is None or (isinstance(value, str) and len(value) > text.MAX_LINE):
        return Converted.wrong("type", tell("请从选项中选择一项。"))
    return Converted(value=value)


def _list(field: Field, raw: object) -> Converted:
    if raw is None or raw == "":
        return Converted(value=[])
    items = [raw] if isinstance(raw, str) else raw
    if not isinstance(items, list | tuple) or isinstance(items, Mapping):
        return Converted.wrong("type", tell("应是一个列表。"))
    limit = _MAX_KEYS if isinstance(field.spec, Files) else MAX_OPTIONS
    if len(items) > limit:
        return Converted.wrong("size", tell("最多 {limit} 项。", limit=limit))
    values: list[object] = []
    for item in items:
        value = scalar(item)
        wanted = isinstance(value, str) or (value is not None and isinstance(field.spec, Choice))
        if not wanted or (isinstance(value, str) and len(value) > text.MAX_LINE):
            return Converted.wrong("type", tell("列表里有不能识别的值。"))
        if value not in values:
            values.append(value)
    return Converted(value=values)
