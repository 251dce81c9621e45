"""The pages: server-rendered HTML for applicants, clerks and administrators."""

from __future__ import annotations

from fastapi import FastAPI

from api.pages import assets
from api.pages.bundles import Bundles
from api.pages.routes import PAGES


def install(server: FastAPI) -> None:
    """Add all pages and the static files to the server. ``server.state.app`` must be set."""
    server.state.assets = assets.load()
    server.mount("/static", Bundles(directory=assets.STATIC), name="static")
    for page in PAGES:
        server.include_router(page.router, include_in_schema=False)
