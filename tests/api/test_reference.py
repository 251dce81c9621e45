"""The reference at ``/docs``: complete, and without any other host."""

from __future__ import annotations

import re

from fastapi.testclient import TestClient

from api.reference import WORDS


def test_swagger_ui_comes_from_here(anonymous: TestClient) -> None:
    page = anonymous.get("/docs").text
    assert "//" not in re.sub(r"<!doctype.*?>", "", page)
    for address in re.findall(r'(?:src|href)="([^"]+)"', page):
        found = anonymous.get(address)
        assert found.status_code == 200, address
        assert len(found.content) > 50
    assert "<script>" not in page, "inline scripts are against the policy"


def test_the_schema_names_every_route(anonymous: TestClient) -> None:
    schema = anonymous.get("/openapi.json").json()
    paths = schema["paths"]
    assert schema["openapi"].startswith("3.")
    assert "/v2/user-tasks/{userTaskKey}/completion" in paths
    named, chapters = set(), set()
    for path, methods in paths.items():
        assert path.startswith("/v2/"), path
        for method, operation in methods.items():
            assert any("\u4e00" <= c <= "\u9fff" for c in operation["summary"]), path
            words = WORDS[f"{method.upper()} {path.removeprefix('/v2')}"]
            assert operation["description"] == words
            chapters.update(operation["tags"])
            named.add(f"{method.upper()} {path.removeprefix('/v2')}")
    assert named == set(WORDS), "words for what there is not"
    assert chapters == {tag["name"] for tag in schema["tags"]}


def test_every_reference_in_the_schema_leads_somewhere(anonymous: TestClient) -> None:
    text = anonymous.get("/openapi.json").text
    schemas = anonymous.get("/openapi.json").json()["components"]["schemas"]
    for name in set(re.findall(r'"#/components/schemas/([^"]+)"', text)):
        assert name in schemas
    assert "Problem" in schemas


def test_keys_are_texts_and_field_names_camunda_s(anonymous: TestClient) -> None:
    schemas = anonymous.get("/openapi.json").json()["components"]["schemas"]
    task = schemas["UserTaskOut"]["properties"]
    assert task["userTaskKey"]["type"] == "string"
    assert {"candidateGroups", "processInstanceKey", "followUpDate", "customHeaders"} <= set(task)
