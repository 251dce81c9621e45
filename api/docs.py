"""The reference of the JSON API at ``/docs``: Swagger UI out of a Python package, no other host."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles

from api import auth
from api.exact import ExactResponse

router = APIRouter(include_in_schema=False, dependencies=[Depends(auth.public)])

_PAGE = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>办事 · 接口文档</title>
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
<link rel="icon" href="/docs/assets/favicon.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""

_START = """SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  persistAuthorization: false,
  tryItOutEnabled: false,
  validatorUrl: null,
});
"""


def install(server: FastAPI) -> None:
    server.include_router(router)
    assets = str(files("fastapi_offline") / "static")
    server.mount("/docs/assets", StaticFiles(directory=assets), name="docs-assets")


@router.get("/docs")
def page() -> Response:
    return HTMLResponse(_PAGE)


@router.get("/docs/start.js")
def start() -> Response:
    return Response(_START, media_type="text/javascript")


@router.get("/openapi.json")
def schema(request: Request) -> Response:
    return ExactResponse(described(request.app))


def described(server: FastAPI) -> dict[str, Any]:
    """The schema of the API, with the shape of its faults and the way to log in."""
    described: dict[str, Any] = server.openapi()
    components = described.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = _PROBLEM
    components["securitySchemes"] = {"bearerAuth": {"type": "http", "scheme": "bearer"}}
    described["security"] = [{"bearerAuth": []}]
    return described


_TEXT = {"type": "string"}

#: RFC 9457; the fault's own fields stand beside these.
_PROBLEM = {
    "title": "Problem",
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "format": "uri", "examples": ["urn:banshi:problem:not-found"]},
        "title": _TEXT,
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": _TEXT,
        "instance": _TEXT,
        "problems": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["severity", "path", "rule", "message"],
                "properties": {
                    "severity": {"enum": ["error", "warning"]},
                    "path": _TEXT,
                    "rule": _TEXT,
                    "message": _TEXT,
                    "line": {"type": "integer"},
                },
            },
        },
    },
    "additionalProperties": True,
}
