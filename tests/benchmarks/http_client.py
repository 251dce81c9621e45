"""A small client that costs little itself: one kept connection, no library on top."""

from __future__ import annotations

import http.client
import json
from typing import Any

from engine.model.keys import Key


class Client:
    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._headers = {"Content-Type": "application/json"}

    def close(self) -> None:
        self._connection.close()

    def log_in(self, username: str, password: str) -> None:
        answer = self.post("/v2/session", {"username": username, "password": password})
        self._headers["Authorization"] = f"Bearer {answer['accessToken']}"

    def with_token_of(self, other: Client) -> Client:
        self._headers = dict(other._headers)
        return self

    def post(self, path: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
        sent = {**self._headers, **headers} if headers else self._headers
        self._connection.request("POST", path, json.dumps(body), sent)
        return self._answer()

    def get(self, path: str) -> Any:
        self._connection.request("GET", path, headers=self._headers)
        return self._answer()

    def complete(self, task: Key, outcome: str = "go") -> None:
        self.post(
            f"/v2/user-tasks/{task}/completion",
            {"variables": {"outcome": outcome, "opinion": "同意"}},
        )

    def _answer(self) -> Any:
        response = self._connection.getresponse()
        data = response.read()
        if response.status >= 300:
            raise RuntimeError(f"{response.status}: {data.decode()[:500]}")
        return json.loads(data) if data else None
