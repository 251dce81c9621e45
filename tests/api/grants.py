"""A small service for tests over the JSON API: deployed, started, worked on."""

from __future__ import annotations

from typing import Any

from fastapi.testclient import TestClient

from tests.api.diagrams import APPLICATION, DECISION, GRANT, WAITING

FILES = {
    "small-grant.bpmn": GRANT,
    "wait-for-paper.bpmn": WAITING,
    "grant-application.form": APPLICATION,
    "level.dmn": DECISION,
}


def put(client: TestClient, **files: str) -> Any:
    upload = [("resources", (name, text.encode())) for name, text in (files or FILES).items()]
    return client.post("/v2/deployments", files=upload)


def start(client: TestClient, *, expect: int = 200, **variables: Any) -> Any:
    body = {
        "processDefinitionId": "small-grant",
        "variables": {"purpose": "修屋顶", "amount": 800, **variables},
    }
    response = client.post("/v2/process-instances", json=body)
    assert response.status_code == expect, response.text
    return response.json()


def only_task(client: TestClient, **filters: Any) -> Any:
    found = client.post("/v2/user-tasks/search", json={"filter": filters}).json()["items"]
    assert len(found) == 1, found
    return found[0]


def post(
    client: TestClient, path: str, body: Any = None, *, expect: int = 204, **headers: str
) -> Any:
    response = client.post(path, json=body, headers=headers)
    assert response.status_code == expect, response.text
    return response
