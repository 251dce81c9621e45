"""What a visible field must fulfil once its value is known: required, ranges, options, files."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from engine.feel.values import Time
from engine.forms import decimals, moments
from engine.forms.components import (
    Checkbox,
    Choice,
    Field,
    Files,
    Moment,
    Number,
    Text,
)
from engine.forms.context import Context, Document
from engine.forms.expressions import Dynamic, Scope
from engine.forms.options import find
from engine.forms.tree import FieldNode
from engine.forms.value_types import Finding, money
from engine.text import several, tell

Findings = Iterator[Finding]


def check(node: FieldNode, label: str, scope: Scope, context: Context) -> Findings:
    """The faults of one field, in the order a person would mend them."""
    value = node.value
    if is_empty(value):
        if node.field.required.holds(scope):
            yield Finding(code="required", message=required_message(node.field, label))
        return
    match node.field.spec:
        case Text() as spec if isinstance(value, str):
            yield from _text(spec, value, scope)
        case Number() as spec if isinstance(value, Decimal):
            yield from _number(spec, value, scope)
        case Moment() as spec:
            yield from _moment(spec, value, scope, context)
        case Choice():
            yield from _choice(node, value)
        case Files() as spec if isinstance(value, list):
            yield from _files(spec, value, context)


def is_empty(value: object) -> bool:
    """Null, an empty list, or an unticked box."""
    return value is None or value is False or value in ([], "")


def required_message(field: Field, label: str) -> str:
    """What to do about an empty field."""
    match field.spec:
        case Checkbox():
            return tell("请勾选“{label}”。", label=label)
        case Choice():
            return tell("请选择“{label}”。", label=label)
        case Files():
            return tell("请上传“{label}”。", label=label)
    return tell("请填写“{label}”。", label=label)


def bound(dynamic: Dynamic, scope: Scope) -> Decimal | None:
    """A limit as a number; None when there is none (or its expression gives none)."""
    value = dynamic.value(scope)
    if isinstance(value, str):
        return decimals.parse(value)
    return decimals.from_value(value)


def _text(spec: Text, value: str, scope: Scope) -> Findings:
    shortest, longest = bound(spec.min_length, scope), bound(spec.max_length, scope)
    if shortest is not None and len(value) < shortest:
        yield Finding(
            code="min-length",
            message=tell(
                "太短，至少 {shortest:f} 字，现在有 {count} 字。",
                shortest=shortest,
                count=len(value),
            ),
        )
    if longest is not None and len(value) > longest:
        yield Finding(
            code="max-length",
            message=tell(
                "太长，最多 {longest:f} 字，现在有 {count} 字。", longest=longest, count=len(value)
            ),
        )
    if spec.pattern is not None and not spec.pattern.matches(value, scope.evaluator):
        message = spec.pattern_message or tell(
            "格式不对，应符合 {source}。", source=spec.pattern.source
        )
        yield Finding(code="pattern", message=message)


def _number(spec: Number, value: Decimal, scope: Scope) -> Findings:
    show = money.text if spec.money else decimals.text
    low, high = bound(spec.minimum, scope), bound(spec.maximum, scope)
    if spec.money and low is None and value < 0:
        low = Decimal(0)
    if low is not None and value < low:
        yield Finding(
            code="min",
            message=tell("不能小于 {low}，现在是 {value}。", low=show(low), value=show(value)),
        )
    if high is not None and value > high:
        yield Finding(
            code="max",
            message=tell("不能大于 {high}，现在是 {value}。", high=show(high), value=show(value)),
        )
    if spec.increment is not None and value % spec.increment:
        lower = value - value % spec.increment
        message = tell(
            "应是 {increment} 的整数倍，相近的有 {lower} 和 {upper}。",
            increment=show(spec.increment),
            lower=show(lower),
            upper=show(lower + spec.increment),
        )
        yield Finding(code="increment", message=message)


def _moment(spec: Moment, value: object, scope: Scope, context: Context) -> Findings:
    found = moments.read(value, spec, context.zone)
    if found is None:
        return
    day = None
    if not isinstance(found, Time):
        day = moments.local_date(found, context.zone).to_python()
    if not spec.allow_past and day is not None and day < context.today:
        yield Finding(code="past", message=tell("不能早于今天。"))
    at = moments.order(found, context.zone)
    for code, word, limit in (("min", tell("早"), spec.minimum), ("max", tell("晚"), spec.maximum)):
        end = moments.read(limit.value(scope), spec, context.zone)
        edge = None if end is None else moments.order(end, context.zone)
        if end is None or at is None or edge is None:
            continue
        if (at < edge) if code == "min" else (at > edge):
            shown = moments.display(end, context.zone)
            yield Finding(code=code, message=tell("不能{word}于 {shown}。", word=word, shown=shown))


def _choice(node: FieldNode, value: object) -> Findings:
    chosen = value if isinstance(value, list) else [value]
    if any(find(node.options, item) is None for item in chosen):
        yield Finding(code="option", message=tell("选的值不在选项里，请重新选择。"))


def _files(spec: Files, keys: list[object], context: Context) -> Findings:
    if len(keys) > spec.max_files:
        yield Finding(
            code="max-files",
            message=tell(
                "最多上传 {max_files} 个文件，现在有 {count} 个。",
                max_files=spec.max_files,
                count=len(keys),
            ),
        )
    for key in keys:
        document = context.documents.get(key) if isinstance(key, str) else None
        if document is None:
            yield Finding(
                code="document", message=tell("有文件没有上传成功或已被移除，请重新上传。")
            )
            return
        if spec.accept and not accepts(spec.accept, document):
            kinds = several(spec.accept)
            yield Finding(
                code="file-type",
                message=tell(
                    "文件“{document}”的类型不对，只能上传 {kinds}。",
                    document=document.name,
                    kinds=kinds,
                ),
            )
        if spec.max_size is not None and document.size > spec.max_size:
            yield Finding(
                code="file-size",
                message=tell(
                    "文件“{document}”太大，不能超过 {size_text}。",
                    document=document.name,
                    size_text=size_text(spec.max_size),
                ),
            )


def accepts(accept: tuple[str, ...], document: Document) -> bool:
    """By the ending of the name or by the sniffed type, as HTML's accept has it."""
    name, kind = document.name.lower(), document.media_type.lower()
    return any(
        name.endswith(part)
        if part.startswith(".")
        else kind.startswith(part[:-1])
        if part.endswith("/*")
        else kind == part
        for part in accept
    )


def size_text(size: int) -> str:
    """A size in words: 356 KB, 10 MB."""
    if size >= 1024 * 1024:
        return f"{Decimal(size) / (1024 * 1024):.1f}".removesuffix(".0") + " MB"
    return f"{max(1, round(size / 1024))} KB"
