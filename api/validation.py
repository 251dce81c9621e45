"""What is wrong with the shape of a request, in Chinese, field by field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.exceptions import RequestValidationError

from engine.model.problems import Problem
from engine.text import Text, tell

#: By pydantic's error types; ``{name}`` is the field, the rest comes from the error's context.
_WORDS: Mapping[str, str] = {
    "missing": tell("缺少字段“{name}”。"),
    "extra_forbidden": tell("没有“{name}”这个字段，请检查拼写。"),
    "json_invalid": tell("请求内容不是有效的 JSON：{error}。"),
    "string_type": tell("字段“{name}”应为文本。"),
    "string_too_long": tell("字段“{name}”最多 {max_length} 个字符。"),
    "string_too_short": tell("字段“{name}”至少 {min_length} 个字符。"),
    "string_pattern_mismatch": tell("字段“{name}”的格式不正确。"),
    "int_type": tell("字段“{name}”应为整数。"),
    "int_parsing": tell("字段“{name}”应为整数。"),
    "int_from_float": tell("字段“{name}”应为整数。"),
    "bool_type": tell("字段“{name}”应为 true 或 false。"),
    "dict_type": tell("字段“{name}”应为对象。"),
    "list_type": tell("字段“{name}”应为列表。"),
    "model_type": tell("字段“{name}”应为对象。"),
    "model_attributes_type": tell(
        "请求内容应为 JSON 对象，请求头 Content-Type 应为 application/json。"
    ),
    "enum": tell("字段“{name}”的取值应为 {expected} 之一。"),
    "literal_error": tell("字段“{name}”的取值应为 {expected} 之一。"),
    "greater_than_equal": tell("字段“{name}”不能小于 {ge}。"),
    "less_than_equal": tell("字段“{name}”不能大于 {le}。"),
    "greater_than": tell("字段“{name}”应大于 {gt}。"),
    "less_than": tell("字段“{name}”应小于 {lt}。"),
    "too_long": tell("字段“{name}”最多 {max_length} 项。"),
    "too_short": tell("字段“{name}”至少 {min_length} 项。"),
    "value_error": tell("字段“{name}”：{error}"),
}
_WRONG = tell("字段“{name}”的值无效。")


def problems(error: RequestValidationError) -> tuple[Problem, ...]:
    """One problem for each fault that was found, in the order of the fields, each once."""
    found: dict[tuple[str, str], Problem] = {}
    for fault in error.errors():
        path = _path(fault["loc"])
        rule = str(fault["type"])
        found.setdefault(
            (path, rule),
            Problem(element_id=path, rule=rule.replace("_", "-"), message=_words(fault, path)),
        )
    return tuple(found.values())


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _path(location: Sequence[Any]) -> str:
    """The place in the request; pydantic's names of union members are left out."""
    inner = (
        location[1:]
        if location and location[0] in {"body", "query", "path", "header"}
        else location
    )
    return ".".join(str(part) for part in inner if _is_field(part))


def _is_field(part: Any) -> bool:
    """Not the name that pydantic gives to a member of a union."""
    return not str(part).endswith(("]", ")", "Conditions"))


def _words(fault: Mapping[str, Any], path: str) -> str:
    context = dict(fault.get("ctx") or {})
    template = _WORDS.get(str(fault["type"]), _WRONG)
    if not path and "{name}" in template:
        return _WORDS["model_attributes_type"]
    try:
        return Text(template, {**context, "name": path})
    except (KeyError, IndexError):
        return Text(_WRONG, {"name": path})
