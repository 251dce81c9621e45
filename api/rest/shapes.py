"""The shapes that all resources share: strict fields in, exact fields out, names as Camunda's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    Strict,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pydantic.alias_generators import to_camel

from engine.model import codec, keys
from engine.model.errors import InvalidKey
from engine.model.keys import Key
from engine.text import tell

#: There is one tenant; its name is what Camunda calls it.
TENANT = "<default>"


class Ask(BaseModel):
    """A request: unknown fields are refused, nothing is converted behind the caller's back."""

    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", frozen=True, validate_by_name=False
    )

    @model_validator(mode="before")
    @classmethod
    def _is_an_object(cls, value: Any) -> Any:
        """FastAPI would take any Python object with the right attributes, or with none."""
        if not isinstance(value, dict | cls):
            raise ValueError(tell("应为对象"))  # noqa: TRY004 - pydantic collects these
        return value


class Answer(BaseModel):
    """A response; built by our own hands, so nothing is checked once more."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, validate_by_alias=False, frozen=True
    )


def _clean(text: str) -> str:
    """Refuse what no column holds: NUL and lone surrogates."""
    if "\x00" in text or any("\ud800" <= c <= "\udfff" for c in text):
        raise ValueError(tell("含有无法保存的字符"))
    return text


def _key(value: Any) -> Key:
    if isinstance(value, str):
        try:
            return keys.parse(value)
        except InvalidKey as error:
            raise ValueError(tell("编号应为十进制数字文本")) from error
    raise ValueError(tell("编号应为十进制数字文本"))


def _moment(value: Any) -> datetime:
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
        if moment is not None and moment.tzinfo is not None:
            return moment
    raise ValueError(tell("时间应为带时区的 ISO 8601 文本，例如 2025-03-03T09:00:00+08:00"))


def _whole(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 63:
        return value
    raise ValueError(tell("应为整数（64 位以内）"))


Text = Annotated[str, Strict(), StringConstraints(max_length=10_000), AfterValidator(_clean)]
ShortText = Annotated[str, Strict(), StringConstraints(max_length=255), AfterValidator(_clean)]
Name = Annotated[
    str, Strict(), StringConstraints(min_length=1, max_length=255), AfterValidator(_clean)
]
Whole = Annotated[int, BeforeValidator(_whole)]
Flag = Annotated[bool, Strict()]
Tenant = Literal["<default>"]

#: A key in a request or path: decimal text.
KeyText = Annotated[
    Key,
    BeforeValidator(_key),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,19}$", "examples": ["4194304"]}),
]
Moment = Annotated[
    datetime, BeforeValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})
]

#: A key in a response.
KeyOut = Annotated[Key, PlainSerializer(str, return_type=str), WithJsonSchema({"type": "string"})]


def _variables(value: dict[str, Any]) -> dict[str, Any]:
    for name in value:
        _clean(name)
        if not 1 <= len(name) <= 255:
            raise ValueError(tell("变量名应为 1–255 个字符"))
    return value


#: Variables as JSON has them; numbers are exact.
Variables = Annotated[
    dict[str, Any],
    Field(max_length=1_000),
    AfterValidator(_variables),
    WithJsonSchema({"type": "object", "additionalProperties": True}),
]

#: FEEL values as JSON shows them; left to themselves, models would take temporal values apart.
ValueOut = Annotated[Any, PlainSerializer(codec.plain), WithJsonSchema({})]
VariablesOut = Annotated[
    Mapping[str, Any],
    PlainSerializer(lambda given: codec.plain(dict(given))),
    WithJsonSchema({"type": "object"}),
]
