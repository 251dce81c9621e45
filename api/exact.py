"""JSON without losses: numbers keep all their digits both ways, keys are decimal strings.

Reading: numbers with a fraction or exponent become Decimals; what no column could hold (NUL,
lone surrogates in names, numbers beyond decimal128, nesting without end) is refused as malformed.
Writing: Decimals are written as JSON numbers, digit by digit.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from decimal import Decimal
from typing import Any

import orjson
from fastapi import Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from pydantic import BaseModel

from engine.model import codec
from engine.text import tell

#: decimal128: 34 digits, exponents up to 6144.
DIGITS = 34
EXPONENT = 6_144

#: Nesting that no person writes and some parsers do not survive.
DEPTH = 200


#: FEEL's temporal values are dataclasses, and are written as FEEL writes them.
_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_PASSTHROUGH_DATACLASS


class ExactResponse(Response):
    """A JSON response with exact numbers; models are written by their aliases."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        if isinstance(content, BaseModel):
            content = content.model_dump(by_alias=True)
        return orjson.dumps(content, default=_write, option=_OPTIONS)


class ExactRequest(Request):
    """A request whose JSON body is read exactly."""

    async def json(self) -> Any:
        if not hasattr(self, "_exact"):
            self._exact = read(await self.body())
        return self._exact


class ExactRoute(APIRoute):
    """A route of the JSON API: its body is read exactly."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def exact(request: Request) -> Response:
            return await handler(ExactRequest(request.scope, request.receive))

        return exact


def read(body: bytes) -> Any:
    """The value of a JSON text; raises :class:`json.JSONDecodeError` for whatever is wrong."""
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise json.JSONDecodeError(tell("请求内容不是 UTF-8 编码"), "", error.start) from None
    try:
        value = json.loads(text, parse_float=_number, parse_int=_whole, parse_constant=_no_constant)
    except RecursionError:
        raise json.JSONDecodeError(tell("嵌套过深"), "", 0) from None
    except _Unusable as error:
        raise json.JSONDecodeError(str(error), "", 0) from None
    if _depth(value) > DEPTH:
        raise json.JSONDecodeError(tell("嵌套过深"), "", 0)
    return value


class _Unusable(Exception):
    """A number that is none of ours."""


def _number(text: str) -> Decimal:
    number = Decimal(text)
    _, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int) or len(digits) > DIGITS or abs(number.adjusted()) > EXPONENT:
        raise _Unusable(
            tell("数字“{text}”超出范围（最多 {digits} 位有效数字）", text=text[:40], digits=DIGITS)
        )
    return number


def _whole(text: str) -> int:
    if len(text.lstrip("-")) > DIGITS:
        raise _Unusable(
            tell("数字“{text}…”超出范围（最多 {digits} 位有效数字）", text=text[:40], digits=DIGITS)
        )
    return int(text)


def _no_constant(text: str) -> Any:
    raise _Unusable(tell("“{text}”不是 JSON 数字", text=text))


def _depth(value: Any) -> int:
    """How deep lists and objects nest; counted without recursion."""
    depth, level = 0, [value]
    while level:
        depth += 1
        if depth > DEPTH:
            break
        level = [
            child
            for node in level
            if isinstance(node, dict | list)
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, dict | list)
        ]
    return depth


def _write(value: Any) -> Any:
    match value:
        case Decimal():
            return orjson.Fragment(decimal_text(value))
        case BaseModel():
            return value.model_dump(by_alias=True)
    plain = codec.plain(value)
    if plain is value:
        raise TypeError(type(value).__name__)
    return plain


def decimal_text(value: Decimal) -> str:
    """The JSON number with all digits of the Decimal, without an exponent where that is short."""
    if not value.is_finite():
        return "null"
    exponent = value.as_tuple().exponent
    plain = isinstance(exponent, int) and -30 <= exponent <= 20
    return format(value, "f") if plain else str(value)
