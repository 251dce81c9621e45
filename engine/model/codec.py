"""The one codec between FEEL values and JSON in the database (design.md, decision 11).

Numbers are written with all their digits and read as :class:`~decimal.Decimal`, never as floats.
What JSON has no type for is written as ``{"@": kind, "v": text}``; a context that has a key ``@``
of its own is written as ``{"@": "context", "v": [[key, value], …]}``, and a text that PostgreSQL
cannot hold (NUL, lone surrogates) as ``{"@": "string", "v": its UTF-16 in hex}``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any, Final

from engine.feel.values import (
    Date,
    DateTime,
    DayTimeDuration,
    Range,
    Time,
    YearMonthDuration,
)
from engine.model.errors import BanshiError
from engine.text import tell

_TAG: Final = "@"

_TEMPORAL: Final[Mapping[type[Any], str]] = {
    Date: "date",
    Time: "time",
    DateTime: "date and time",
    DayTimeDuration: "days and time duration",
    YearMonthDuration: "years and months duration",
}


@dataclass(kw_only=True, eq=False)
class Unstorable(BanshiError):
    """{what}不能作为变量保存，请改用文本、数字、日期、列表或上下文。"""

    what: str


def encode(value: Any, *, canonical: bool = False) -> str:
    """The value as JSON text; ``canonical`` sorts the keys, so that equal values give equal text.

    Raises :class:`Unstorable` for functions, infinite numbers and values nested too deep.
    """
    try:
        return _encode(value, canonical)
    except RecursionError:
        raise Unstorable(what=tell("嵌套过深的内容")) from None


def decode(text: str | bytes) -> Any:
    """The value that :func:`encode` wrote; the database may have reordered its keys."""
    return json.loads(text, parse_float=Decimal, parse_int=Decimal, object_pairs_hook=_object)


def plain(value: Any) -> Any:
    """The value as the JSON API shows it: temporal values and ranges as FEEL writes them.

    Numbers stay Decimals; the face writes them out with all their digits.
    """
    match value:
        case dict():
            return {key: plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case Date() | Time() | DateTime() | DayTimeDuration() | YearMonthDuration():
            return value.text
        case Range():
            return _range_text(value)
        case _:
            return value


def _encode(value: Any, canonical: bool) -> str:
    writer = _WRITERS.get(type(value), _other)
    return writer(value, canonical)


def _list(value: list[Any] | tuple[Any, ...], canonical: bool) -> str:
    return f"[{','.join([_encode(item, canonical) for item in value])}]"


def _text(value: str) -> str:
    if "\x00" in value or not _encodable(value):
        return _tagged(
            "string", encode_basestring(value.encode("utf-16-be", "surrogatepass").hex())
        )
    return encode_basestring(value)


def _encodable(value: str) -> bool:
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _number(value: Decimal) -> str:
    if not value.is_finite():
        raise Unstorable(what=tell("无穷大或非数字"))
    return str(value)


def _context(value: Mapping[str, Any], canonical: bool) -> str:
    if not all(type(key) is str for key in value):
        raise Unstorable(what=tell("键不是文本的上下文"))
    keys = sorted(value) if canonical else value
    if _TAG in value or any("\x00" in key or not _encodable(key) for key in value):
        pairs = ",".join(f"[{_text(key)},{_encode(value[key], canonical)}]" for key in keys)
        return _tagged("context", f"[{pairs}]")
    inside = ",".join(
        [f"{encode_basestring(key)}:{_encode(value[key], canonical)}" for key in keys]
    )
    return f"{{{inside}}}"


def _other(value: Any, canonical: bool) -> str:
    tag = _TEMPORAL.get(type(value))
    if tag is not None:
        return _tagged(tag, encode_basestring(value.text))
    match value:
        case Range():
            parts = [
                value.start,
                value.end,
                value.start_included,
                value.end_included,
                value.operator,
            ]
            return _tagged("range", _encode(parts, canonical))
        case str():
            return _text(str(value))
        case Mapping():
            return _context(dict(value), canonical)
        case _:
            raise Unstorable(what=tell("{kind} 类型的值", kind=type(value).__name__))


_WRITERS: Final[Mapping[type[Any], Callable[[Any, bool], str]]] = {
    str: lambda value, _: _text(value),
    Decimal: lambda value, _: _number(value),
    type(None): lambda _, __: "null",
    bool: lambda value, _: "true" if value else "false",
    int: lambda value, _: str(value),
    dict: _context,
    list: _list,
    tuple: _list,
}


def _tagged(kind: str, payload: str) -> str:
    return f'{{"{_TAG}":"{kind}","v":{payload}}}'


def _object(pairs: list[tuple[str, Any]]) -> Any:
    value = dict(pairs)
    if _TAG not in value:
        return value
    return _READERS[value[_TAG]](value["v"])


def _read_range(parts: list[Any]) -> Range:
    start, end, start_included, end_included, operator = parts
    return Range(start, end, start_included, end_included, operator)


_READERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "date": Date.parse,
    "time": Time.parse,
    "date and time": DateTime.parse,
    "days and time duration": DayTimeDuration.parse,
    "years and months duration": YearMonthDuration.parse,
    "range": _read_range,
    "context": lambda pairs: dict(map(tuple, pairs)),
    "string": lambda text: bytes.fromhex(text).decode("utf-16-be", "surrogatepass"),
}


def _range_text(value: Range) -> str:
    def shown(end: Any) -> str:
        return "" if end is None else str(getattr(end, "text", end))

    opening = "[" if value.start_included else "("
    closing = "]" if value.end_included else ")"
    return f"{opening}{shown(value.start)}..{shown(value.end)}{closing}"
