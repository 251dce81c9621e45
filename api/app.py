"""The web server: the JSON API, its reference, and the pages (``uvicorn --factory api.app:create_app``)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from fastapi.staticfiles import StaticFiles
from starlette.routing import Mount

from api import auth, docs, errors, health, rest
from api.auth import Access
from api.bells import Bells
from api.envelope import Envelope
from engine import bootstrap
from engine.config import Settings
from engine.service.app import App

_DESCRIPTION = """
办事：民政审批与流程系统的接口，形状与 Camunda 8 的 Orchestration Cluster REST API 一致，
其没有的资源以同样的风格列在 `/v2` 之下。

先以 `POST /v2/session` 登录，再带上 `Authorization: Bearer <accessToken>` 调用其余接口。
编号（key）是十进制文本；数字不丢失精度；错误是 RFC 9457 的问题文档。
问题文档、不能操作的原因和办理记录的摘要默认为中文；请求头 `Accept-Language` 以英文为先
（或带上 `?lang=en`）时为英文，语言见答复的 `Content-Language`。记入办理记录的内容总是中文。
"""


def create_app(app: App | None = None, *, pages: bool = True) -> FastAPI:
    """The server on an application (its own, by the settings of the environment, if none is given).

    ``pages`` False: the JSON API alone. Raises :class:`UnguardedRoute` where a route does not say
    who may call it.
    """
    running = app or bootstrap.build(Settings())
    bells = Bells(running)

    @asynccontextmanager
    async def lifespan(_server: FastAPI) -> AsyncIterator[None]:
        await bells.open()
        try:
            yield
        finally:
            await bells.close()
        if app is None:
            running.database.close()

    server = FastAPI(
        title="办事 banshi",
        version="2",
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    server.state.app = running
    server.state.bells = bells
    server.add_middleware(Envelope, settings=running.settings)
    errors.install(server)
    rest.install(server)
    server.include_router(health.router)
    docs.install(server)
    if pages:
        from api.pages import install  # noqa: PLC0415 - only where pages are served
        from api.pages.error import error_page  # noqa: PLC0415

        install(server)
        server.state.error_page = error_page
    access_of_routes(server)
    return server


class UnguardedRoute(Exception):
    """A route that depends on none of the guards of ``api.auth``."""


def access_of_routes(server: FastAPI) -> dict[tuple[str, str], Access]:
    """What each route asks of its caller, by method and path; raises :class:`UnguardedRoute`."""
    found: dict[tuple[str, str], Access] = {}
    for route in iter_route_contexts(server.routes):
        original = route.original_route
        if isinstance(original, Mount) and isinstance(original.app, StaticFiles):
            continue
        asked = _asked(getattr(route, "dependant", None))
        if not asked:
            raise UnguardedRoute(f"{route.methods} {route.path}")
        for method in route.methods or ():
            found[method, route.path or ""] = max(asked, key=list(Access).index)
    return found


def _asked(dependant: Dependant | None) -> set[Access]:
    """What the guards ask on which a route depends, at any depth."""
    if dependant is None:
        return set()
    guard = auth.GUARDS.get(dependant.call) if dependant.call else None
    here = {guard} if guard else set()
    return here.union(*(_asked(inner) for inner in dependant.dependencies))
