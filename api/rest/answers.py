"""How the routes answer."""

from __future__ import annotations

from typing import Any

from fastapi.responses import Response
from pydantic import BaseModel

from api.exact import ExactResponse

#: The faults that any route may answer with, for the reference.
FAULTS: dict[int | str, dict[str, Any]] = {
    status: {
        "description": words,
        "content": {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        },
    }
    for status, words in (
        (400, "请求格式有误"),
        (401, "未登录"),
        (403, "没有权限"),
        (404, "没有找到"),
        (409, "内容已变化或已办理"),
        (422, "内容需要修改"),
    )
}


def answer(model: BaseModel, *, status: int = 200) -> Response:
    return ExactResponse(model, status_code=status)


def done() -> Response:
    """204: it is done, and there is nothing to say."""
    return Response(status_code=204)
