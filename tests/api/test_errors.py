"""Every fault is a clear answer: the right status, a problem document, Chinese words, no inside."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Iterator
from dataclasses import replace
from typing import get_args

import pytest
from fastapi import Depends, FastAPI
from fastapi.routing import RouteContext, iter_route_contexts
from fastapi.testclient import TestClient

import engine
from api import auth, rest
from api.app import create_app
from api.errors import KINDS, kind_of
from engine.model.errors import BanshiError, Conflict, Unavailable
from engine.service.app import App
from tests.api.conftest import Client

SEARCH = "/v2/process-definitions/search"


def subclasses(cls: type[BanshiError]) -> Iterator[type[BanshiError]]:
    for sub in cls.__subclasses__():
        yield sub
        yield from subclasses(sub)


def test_every_fault_of_the_domain_stands_in_the_table() -> None:
    for module in pkgutil.walk_packages(engine.__path__, "engine."):
        if "migrations" not in module.name:
            importlib.import_module(module.name)
    missing = [
        sub.__qualname__
        for sub in subclasses(BanshiError)
        if sub.__module__.startswith("engine.")
        and next(c for c in sub.__mro__ if c in KINDS) is BanshiError
    ]
    assert missing == []


def test_names_and_statuses_are_sound() -> None:
    assert len({kind.name for kind in KINDS.values()}) == len(KINDS)
    assert all(400 <= kind.status < 600 for kind in KINDS.values())
    assert kind_of(Conflict(what="a", reason="b")).status == 409


def test_the_problem_document(as_: Client) -> None:
    """RFC 9457, with the fault's own fields beside."""
    response = as_("guanli").get("/v2/process-definitions/4194304")
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json() == {
        "type": "urn:banshi:problem:not-found",
        "title": "没有找到",
        "status": 404,
        "detail": "没有找到流程“4194304”，可能已删除，或您无权查看。",
        "instance": "/v2/process-definitions/4194304",
        "what": "流程",
        "key": "4194304",
    }


BODIES: dict[str, bytes] = {
    "empty object with unknown field": b'{"filtr": {}}',
    "unknown filter": b'{"filter": {"colour": "red"}}',
    "unknown operator": b'{"filter": {"name": {"$regex": ".*"}}}',
    "wrong type in filter": b'{"filter": {"version": "1"}}',
    "fraction for a whole number": b'{"filter": {"version": 1.5}}',
    "bool for a whole number": b'{"filter": {"version": true}}',
    "number for a flag": b'{"filter": {"isLatestVersion": 1}}',
    "key as a number": b'{"filter": {"processDefinitionKey": 4194304}}',
    "key that is none": b'{"filter": {"processDefinitionKey": "1; drop table person"}}',
    "key too large": b'{"filter": {"processDefinitionKey": "99999999999999999999"}}',
    "list for an object": b'{"filter": []}',
    "text for an object": b'{"page": "first"}',
    "negative limit": b'{"page": {"limit": -1}}',
    "limit beyond bounds": b'{"page": {"limit": 1000000}}',
    "huge number": b'{"page": {"from": 1e400}}',
    "not a number": b'{"page": {"from": NaN}}',
    "order that is none": b'{"sort": [{"field": "name", "order": "UP"}]}',
    "nul in a text": b'{"filter": {"name": "a\\u0000b"}}',
    "lone surrogate": b'{"filter": {"name": "\\ud800"}}',
    "not JSON": b"name=x",
    "cut short": b'{"filter": {',
    "not UTF-8": b'{"filter": {"name": "\xff"}}',
    "nested without end": b"[" * 50_000,
    "a list": b"[]",
    "a text": b'"x"',
    "too many values": b'{"filter": {"name": {"$in": [' + b'"x",' * 2000 + b'"x"]}}}',
}


def test_malformed_requests_are_400_and_say_where(as_: Client) -> None:
    client = as_("guanli")
    for what, body in BODIES.items():
        response = client.post(SEARCH, content=body, headers={"content-type": "application/json"})
        assert response.status_code == 400, (what, response.text)
        document = response.json()
        assert document["type"] == "urn:banshi:problem:malformed", what
        assert document["problems"], what
        assert any("\u4e00" <= c <= "\u9fff" for c in document["detail"]), what
        assert "pydantic" not in response.text, what
        assert "Traceback" not in response.text, what


def test_the_problems_name_the_field(as_: Client) -> None:
    response = as_("guanli").post(
        SEARCH, json={"filter": {"version": "1", "colour": 1}, "page": {"limit": -1}}
    )
    found = {p["path"]: p["message"] for p in response.json()["problems"]}
    assert found["filter.colour"] == "没有“filter.colour”这个字段，请检查拼写。"
    assert found["page.limit"] == "字段“page.limit”不能小于 0。"
    assert "filter.version" in found


def test_json_has_to_be_called_json(as_: Client) -> None:
    """So that no foreign page can send it as a simple request."""
    client = as_("guanli")
    for kind in ("text/plain", "application/x-www-form-urlencoded", None):
        headers = {"content-type": kind} if kind else {}
        response = client.post(SEARCH, content=b'{"filter": {}}', headers=headers)
        assert response.status_code == 400, kind
        assert "application/json" in response.json()["detail"], kind


def test_paths_that_lead_nowhere(as_: Client) -> None:
    client = as_("guanli")
    for method, path, status in (
        ("GET", "/v2/nowhere", 404),
        ("GET", "/v2/session", 405),
        ("PATCH", "/v2/process-definitions/search", 405),
        ("GET", "/v2/process-definitions/abc", 400),
        ("GET", "/v2/process-definitions/-1", 400),
        ("GET", "/v2/process-definitions/1e5", 400),
        ("GET", "/v2/process-definitions/99999999999999999999999", 400),
        ("GET", "/v2/users/%00", 400),
        ("GET", "/v2/users/a?x=%00", 400),
        ("GET", "/v2/users/" + "x" * 500, 400),
        ("GET", "/v2/users/..%2f..%2fetc%2fpasswd", 404),
        ("GET", "/v2/groups/no-such-thing", 404),
    ):
        response = client.request(method, path)
        assert response.status_code == status, (path, response.text)
        assert response.headers["content-type"] == "application/problem+json"


def test_an_unknown_sort_field_is_named(as_: Client) -> None:
    response = as_("guanli").post(SEARCH, json={"sort": [{"field": "password"}]})
    assert response.status_code == 422
    assert "password" in response.json()["detail"]


SAMPLES = {
    "TextFilter": ["x", {"$like": "*a?*"}, {"$in": ["x", "y"]}, {"$neq": "x"}, {"$notIn": ["x"]}],
    "WholeFilter": [1, {"$gte": 1, "$lt": 5}, {"$in": [1]}, {"$exists": True}],
    "MomentFilter": ["2025-01-01T00:00:00Z", {"$gt": "2025-01-01T00:00:00+08:00"}],
    "KeyFilter": ["4194304", {"$in": ["4194304"]}, {"$exists": False}],
    "Flag": [True, False],
}


def test_every_filter_that_is_offered_works(as_: Client) -> None:
    """With every kind of operator; none ends in a fault, none is unknown further in."""
    client = as_("guanli")
    seen = 0
    for resource in rest.RESOURCES:
        for context in iter_route_contexts(resource.router.routes):
            if not (context.path or "").endswith("/search"):
                continue
            for field, kind in filters_of(context):
                for sample in SAMPLES[kind]:
                    asked = {field: sample}
                    if (f"/v2{context.path}", field) in VALUES_OF_ONE_CASE:
                        asked["processInstanceKey"] = "1"
                    path = (
                        f"/v2{context.path}".replace("{processInstanceKey}", "1")
                        .replace("{userTaskKey}", "1")
                        .replace("{groupId}", "leader@weifang")
                    )
                    response = client.post(path, json={"filter": asked})
                    assert response.status_code in {200, 404}, (path, field, sample, response.text)
                    seen += 1
    assert seen > 150


#: What holds values is searched within one case only: their masks hang on it.
VALUES_OF_ONE_CASE = {("/v2/variables/search", "value"), ("/v2/incidents/search", "errorMessage")}


def filters_of(context: RouteContext) -> Iterator[tuple[str, str]]:
    """The fields of a search's filter, each with the kind of its values."""
    for parameter in context.dependant.body_params:
        for model in get_args(parameter.field_info.annotation) or ():
            asked = getattr(model, "model_fields", {}).get("filter")
            if asked is None:
                continue
            for field in asked.annotation.model_fields.values():
                text = str(field.annotation)
                kind = next((k for k in KINDS_OF_FILTER if k in text), "bool")
                yield field.alias, KINDS_OF_FILTER.get(kind, "Flag")


KINDS_OF_FILTER = {
    "TextConditions": "TextFilter",
    "WholeConditions": "WholeFilter",
    "MomentConditions": "MomentFilter",
    "KeyConditions": "KeyFilter",
}


def test_a_broken_cursor_is_named(as_: Client) -> None:
    client = as_("guanli")
    for cursor in ("nonsense", "W10", "WzFd", "eyJhIjoxfQ", "💣", "W251bGwsbnVsbCxudWxsXQ"):
        response = client.post(SEARCH, json={"page": {"after": cursor}})
        assert response.status_code == 422, cursor
        assert "游标" in response.json()["detail"]


@pytest.fixture
def failing(home: App) -> FastAPI:
    server = create_app(home, pages=False)

    @server.get("/v2/boom", dependencies=[Depends(auth.public)])
    def boom() -> None:
        raise RuntimeError("the secret inside")

    @server.get("/boom", dependencies=[Depends(auth.public)])
    def page_boom() -> None:
        raise RuntimeError("the secret inside")

    @server.get("/v2/away", dependencies=[Depends(auth.public)])
    def away() -> None:
        raise Unavailable

    return server


def test_a_fault_of_the_program_shows_an_id_and_nothing_else(
    failing: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    """The reader gets an id; the log has the trace under it."""
    with TestClient(failing) as client:
        response = client.get("/v2/boom")
    assert response.status_code == 500
    document = response.json()
    assert document["type"] == "urn:banshi:problem:internal"
    assert document["errorId"] in document["detail"]
    assert "secret" not in response.text
    assert response.headers["x-content-type-options"] == "nosniff"
    assert document["errorId"] in caplog.text
    assert "the secret inside" in caplog.text


def test_a_server_without_pages_says_so_too(failing: FastAPI) -> None:
    with TestClient(failing) as client:
        assert client.get("/boom").status_code == 500
        assert client.get("/nowhere").status_code == 404


def test_an_absent_database_is_503(failing: FastAPI, home: App) -> None:
    with TestClient(failing) as client:
        assert client.get("/v2/away").status_code == 503
        home.database.close()


def test_requests_are_bounded_before_they_are_read(home: App) -> None:
    """By what they declare, and by what comes."""
    small = replace(home, settings=home.settings.model_copy(update={"request_limit_kb": 16}))
    with TestClient(create_app(small, pages=False)) as client:
        body = json.dumps({"username": "x" * 20_000, "password": "x"}).encode()
        kind = {"content-type": "application/json"}
        declared = client.post("/v2/session", content=body, headers=kind)
        assert declared.status_code == 413
        assert declared.json()["title"] == "内容过大"

        def stream() -> Iterator[bytes]:
            for _ in range(64):
                yield b" " * 1024

        counted = client.post("/v2/session", content=stream(), headers=kind)
        assert counted.status_code == 413


def test_only_our_hosts_are_served(home: App) -> None:
    hosts = ("banshi.example.cn", "*.weifang.example")
    ours = replace(home, settings=home.settings.model_copy(update={"trusted_hosts": hosts}))
    with TestClient(create_app(ours, pages=False)) as client:
        for host, status in (
            ("banshi.example.cn", 200),
            ("BANSHI.example.cn:8443", 200),
            ("mz.weifang.example", 200),
            ("weifang.example", 421),
            ("evil.example", 421),
            ("banshi.example.cn.evil.example", 421),
            ("", 421),
        ):
            assert client.get("/health", headers={"Host": host}).status_code == status, host


def test_security_headers_are_on_every_answer(anonymous: TestClient) -> None:
    for path in ("/v2/nowhere", "/health", "/docs", "/v2/topology"):
        headers = anonymous.get(path).headers
        assert "script-src 'self'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "unsafe-eval" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
