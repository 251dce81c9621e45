"""A browser without scripts: follows links, fills in and sends the forms that a page has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from lxml import html

Files = list[tuple[str, tuple[str, bytes, str]]]


class Browser:
    """One person at one browser; ``page`` is what is on the screen."""

    def __init__(self, server: FastAPI) -> None:
        self.client = TestClient(server, follow_redirects=True)
        self.response: Response
        self.page: Any

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def path(self) -> str:
        """Where the browser is, after redirects."""
        return urlsplit(str(self.response.url)).path

    @property
    def text(self) -> str:
        """The words on the page, spaces folded."""
        return " ".join(self.page.text_content().split())

    def visit(self, path: str, **headers: str) -> Browser:
        return self._shown(self.client.get(path, headers=headers))

    def form(self, action: str) -> Any:
        """The form that is sent to this path."""
        found = [f for f in self.page.forms if f.action == action and f.method == "POST"]
        assert found, f"no form to {action}; there are {[f.action for f in self.page.forms]}"
        return found[0]

    def send(
        self, action: str, fields: Mapping[str, Any] | None = None, *, files: Files | None = None
    ) -> Browser:
        """Fill in the form over what it holds, and press its button."""
        form = self.form(action)
        data: dict[str, Any] = {}
        for name, value in form.form_values():
            data[name] = [*data[name], value] if name in data else [value]
        data.update(fields or {})
        return self._shown(self.client.post(form.action, data=data, files=files))

    def log_in(self, username: str, password: str) -> Browser:
        self.visit("/login")
        return self.send("/login", {"username": username, "password": password})

    def one(self, path: str) -> Any:
        """The one element at an XPath."""
        found = self.page.xpath(path)
        assert len(found) == 1, f"{len(found)} elements at {path}"
        return found[0]

    def _shown(self, response: Response) -> Browser:
        self.response = response
        kind = response.headers.get("content-type", "")
        self.page = html.fromstring(response.text) if kind.startswith("text/html") else None
        return self
