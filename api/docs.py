"""The reference of the JSON API at ``/docs``: Swagger UI out of a Python package, no other host."""

from __future__ import annotations

from importlib.resources import files

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles

from api import auth
from api.exact import ExactResponse
from api.reference import described

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
