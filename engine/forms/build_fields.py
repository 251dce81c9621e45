"""The kinds of fields: what each takes from its schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from types import MappingProxyType

from engine.forms import properties
from engine.forms.components import (
    Checkbox,
    Choice,
    ChoiceWidget,
    Computed,
    Files,
    Moment,
    Number,
    Spec,
    Subtype,
    Text,
    Zoning,
)
from engine.forms.expressions import Dynamic
from engine.forms.options import MAX_OPTIONS, Options, StaticOption, scalar
from engine.forms.patterns import MAX_PATTERN, compile_pattern
from engine.forms.reader import Reader
from engine.forms.value_types import MONEY, TEXT_TYPES
from engine.text import several, tell

_PHONE = "phone"
#: Of one field.
MAX_FILES = 50


def spec(reader: Reader, kind: str, own: Reader) -> Spec | None:
    """The kind's own part of a field; `own` are its `banshi:` properties."""
    return KINDS[kind](reader, own)


def is_compact(found: Spec) -> bool:
    """Fits into a cell of a table of rows."""
    match found:
        case Text():
            return not found.multiline
        case Choice():
            return found.widget == "select"
        case Files():
            return False
        case _:
            return True


def _text(reader: Reader, own: Reader, *, multiline: bool) -> Text:
    validate = reader.part("validate")
    validate.only(
        "required", "minLength", "maxLength", "pattern", "patternErrorMessage", "validationType"
    )
    value_type = own.text("type") or None
    if value_type is not None and value_type not in TEXT_TYPES:
        known = several(TEXT_TYPES)
        reader.fault(
            "property",
            tell(
                "banshi:type “{value_type}”不认识；文本字段可用：{known}。",
                value_type=value_type[:40],
                known=known,
            ),
        )
        value_type = None
    kind = validate.text("validationType")
    if kind in ("email", "phone"):
        value_type = value_type or kind
    elif kind not in ("", "custom"):
        reader.fault("validate", tell("不支持的校验类型 {kind}。", kind=kind[:40]))
    source = validate.text("pattern")
    pattern = compile_pattern(source) if source else None
    if source and pattern is None:
        reader.fault(
            "pattern",
            tell(
                "正则表达式“{source}”不能用：不超过 {max_pattern} 字，不支持前后查看和反向引用。",
                source=source[:80],
                max_pattern=MAX_PATTERN,
            ),
        )
    registrar = own.text("registrar") or None
    if registrar and (
        value_type != "civil-uscc" or not (registrar.isdigit() and len(registrar) == 6)
    ):
        reader.fault("property", tell("banshi:registrar 是 6 位登记机关代码，只用于 civil-uscc。"))
    return Text(
        multiline=multiline,
        min_length=validate.dynamic("minLength", Decimal),
        max_length=validate.dynamic("maxLength", Decimal),
        pattern=pattern,
        pattern_message=validate.text("patternErrorMessage"),
        value_type=value_type,
        registrar=registrar,
    )


def _number(reader: Reader, own: Reader) -> Number:
    validate = reader.part("validate")
    validate.only("required", "min", "max")
    value_type = own.text("type")
    if value_type not in ("", MONEY):
        reader.fault(
            "property",
            tell(
                "banshi:type “{value_type}”不认识；数字字段可用：{money}。",
                value_type=value_type[:40],
                money=MONEY,
            ),
        )
    increment = reader.number("increment")
    if increment is not None and increment <= 0:
        reader.fault("range", tell("increment 应大于 0。"))
        increment = None
    return Number(
        decimals=reader.integer("decimalDigits", low=0, high=20),
        increment=increment,
        minimum=validate.dynamic("min", Decimal),
        maximum=validate.dynamic("max", Decimal),
        money=value_type == MONEY,
        capitals=properties.switch(own, "capitals"),
        sum_of=properties.key_path(own, "sumEquals"),
        total=properties.switch(own, "total"),
    )


def _moment(reader: Reader, own: Reader) -> Moment:
    reader.part("validate").only("required")
    subtypes: dict[str, Subtype] = {"date": "date", "time": "time", "datetime": "datetime"}
    subtype = subtypes.get(reader.text("subtype", "date"))
    if subtype is None:
        reader.fault("subtype", tell("subtype 应是 date、time 或 datetime。"))
    formats: dict[str, Zoning] = {
        "utc_offset": "offset",
        "utc_normalized": "utc",
        "no_timezone": "none",
    }
    zoning = formats.get(reader.text("timeSerializingFormat", "utc_offset"))
    if zoning is None:
        reader.fault("format", tell("timeSerializingFormat 不认识。"))
    return Moment(
        subtype=subtype or "date",
        minimum=properties.moment(own, "min"),
        maximum=properties.moment(own, "max"),
        allow_past=not reader.flag("disallowPassedDates"),
        zoning=zoning or "offset",
    )


def _checkbox(reader: Reader, own: Reader) -> Checkbox:  # noqa: ARG001
    reader.part("validate").only("required")
    return Checkbox()


def _choice(reader: Reader, own: Reader, *, widget: ChoiceWidget) -> Choice:  # noqa: ARG001
    reader.part("validate").only("required")
    return Choice(widget=widget, options=_options(reader))


def _options(reader: Reader) -> Options:
    sources = [key for key in ("values", "valuesKey", "valuesExpression") if reader.source.get(key)]
    if len(sources) != 1:
        reader.fault("options", tell("选项要写一种来源：values、valuesKey 或 valuesExpression。"))
        return Options()
    if sources[0] != "values":
        expression = reader.formula(sources[0])
        return Options(source=None if expression is None else Dynamic(expression=expression))
    static: list[StaticOption] = []
    for item in reader.items("values", limit=MAX_OPTIONS):
        part = item if isinstance(item, Mapping) else {}
        value, label = scalar(part.get("value")), part.get("label")
        if value is None or not isinstance(label, str) or value == "":
            reader.fault("options", tell("每个选项要有 label 和 value。"))
            continue
        if any(value == other.value and type(value) is type(other.value) for other in static):
            reader.fault("options", tell("选项的值“{value}”重复。", value=value))
        static.append(StaticOption(value=value, label=reader.template_of(label, "label")))
    return Options(static=tuple(static))


def _files(reader: Reader, own: Reader) -> Files:
    reader.part("validate").only("required")
    accept = tuple(
        part.strip().lower() for part in reader.text("accept").split(",") if part.strip()
    )
    for part in accept:
        if not part.startswith(".") and "/" not in part:
            reader.fault(
                "accept", tell("accept 里的“{part}”应是 .pdf 或 image/* 的样子。", part=part[:20])
            )
    most = own.integer("maxFiles", low=1, high=MAX_FILES)
    multiple = reader.flag("multiple")
    if most is not None and most > 1 and not multiple:
        reader.fault(
            "property", tell("只允许一个文件（multiple 为 false）时 banshi:maxFiles 不能大于 1。")
        )
    return Files(
        accept=accept,
        max_files=(most or MAX_FILES) if multiple else 1,
        max_size=properties.size(own, "maxSize"),
    )


def _computed(reader: Reader, own: Reader) -> Computed | None:
    formula = reader.formula("expression")
    if formula is None:
        reader.fault("expression", tell("表达式组件没有写表达式。"))
        return None
    if own.text("type") not in ("", MONEY):
        reader.fault("property", tell("表达式组件的 banshi:type 只能是 {money}。", money=MONEY))
    return Computed(formula=formula, money=own.text("type") == MONEY)


KINDS: Mapping[str, Callable[[Reader, Reader], Spec | None]] = MappingProxyType(
    {
        "textfield": partial(_text, multiline=False),
        "textarea": partial(_text, multiline=True),
        "number": _number,
        "datetime": _moment,
        "checkbox": _checkbox,
        "radio": partial(_choice, widget="radio"),
        "select": partial(_choice, widget="select"),
        "checklist": partial(_choice, widget="checklist"),
        "taglist": partial(_choice, widget="taglist"),
        "filepicker": _files,
        "expression": _computed,
    }
)
