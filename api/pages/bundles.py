"""The browser bundles and our own static files: compressed, and kept for ever where named by hash."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles
from starlette.types import Message, Receive, Scope, Send

#: Bundles carry a hash of their content in their name, our own files one in their query.
FOREVER = "public, max-age=31536000, immutable"


class Bundles(StaticFiles):
    """Static files as browsers should have them."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one file."""
        forever = "/dist/" in scope["path"] or b"v=" in scope.get("query_string", b"")

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                kept = forever and message["status"] in {200, 304}
                headers["Cache-Control"] = FOREVER if kept else "no-cache"
            await send(message)

        await GZipMiddleware(super().__call__, minimum_size=1024)(scope, receive, dressed)
