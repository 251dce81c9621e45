"""Every route says who may call it, and means it."""

from __future__ import annotations

import ast
import inspect
import re
from typing import Annotated

import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient

from api import auth
from api.app import UnguardedRoute, access_of_routes, create_app
from api.auth import Access
from engine.service.app import App
from tests.api.conftest import Client

#: Reachable by anybody; a route that is to be public has to be entered here.
PUBLIC = {
    ("POST", "/v2/session"),
    ("POST", "/v2/session/refresh"),
    ("GET", "/v2/status"),
    ("GET", "/v2/letter-verifications/{code}"),
    ("GET", "/v2/checkpoints"),
    ("GET", "/v2/checkpoints/consistency"),
    ("GET", "/health"),
    ("GET", "/docs"),
    ("GET", "/docs/start.js"),
    ("GET", "/openapi.json"),
}

#: What administrators alone may call; a route that is opened to others has to be taken from here.
ADMINISTRATORS = """
DELETE /v2/groups/{groupId}/users/{username}
DELETE /v2/relations/{relationKey}
GET /v2/batch-operations/{batchOperationKey}
GET /v2/disposal-lists
GET /v2/disposal-lists/{disposalListKey}/disposals
GET /v2/disposals
GET /v2/legal-holds
GET /v2/users/{username}/hand-over
POST /v2/batch-operation-items/search
POST /v2/batch-operations/search
POST /v2/batch-operations/{batchOperationKey}/cancellation
POST /v2/batch-operations/{batchOperationKey}/resumption
POST /v2/batch-operations/{batchOperationKey}/retry
POST /v2/batch-operations/{batchOperationKey}/suspension
POST /v2/decision-definitions/evaluation
POST /v2/deployments
POST /v2/deployments/validation
POST /v2/dispatches/search
POST /v2/dispatches/{dispatchKey}/retry
POST /v2/disposal-lists
POST /v2/disposal-lists/{disposalListKey}/approval
POST /v2/disposal-lists/{disposalListKey}/confirmation
POST /v2/disposal-lists/{disposalListKey}/rejection
POST /v2/expression/evaluation
POST /v2/incidents/{incidentKey}/resolution
POST /v2/jobs/search
POST /v2/letters/{letterKey}/revocation
POST /v2/messages/correlation
POST /v2/messages/publication
POST /v2/process-instances/cancellation
POST /v2/process-instances/incident-resolution
POST /v2/process-instances/migration
POST /v2/process-instances/migration-report
POST /v2/process-instances/modification
POST /v2/process-instances/resumption
POST /v2/process-instances/suspension
POST /v2/process-instances/{processInstanceKey}/cancellation
POST /v2/process-instances/{processInstanceKey}/legal-hold
POST /v2/process-instances/{processInstanceKey}/legal-hold/release
POST /v2/process-instances/{processInstanceKey}/migration
POST /v2/process-instances/{processInstanceKey}/migration-report
POST /v2/process-instances/{processInstanceKey}/modification
POST /v2/process-instances/{processInstanceKey}/modification-preview
POST /v2/process-instances/{processInstanceKey}/resumption
POST /v2/process-instances/{processInstanceKey}/suspension
POST /v2/recusals/{recusalKey}/lift
POST /v2/relations
POST /v2/relations/search
POST /v2/signals/broadcast
POST /v2/units
POST /v2/users
POST /v2/users/{username}/hand-over
PUT /v2/element-instances/{elementInstanceKey}/variables
PUT /v2/groups/{groupId}/users/{username}
PUT /v2/users/{username}
"""

#: Ends the session that the walk goes on with.
LAST = ("DELETE", "/v2/session")


def filled(path: str) -> str:
    """The path with something plausible in each place."""
    return re.sub(r"\{[^}]*\}", "4194304", path)


def call(client: TestClient, method: str, path: str, **headers: str) -> int:
    body = {} if method in {"GET", "DELETE", "HEAD"} else {"json": {}}
    return client.request(method, filled(path), headers=headers, **body).status_code  # type: ignore[arg-type]


def routes(server: FastAPI, *asked: Access) -> list[tuple[str, str]]:
    found = [route for route, access in access_of_routes(server).items() if access in asked]
    return sorted(found, key=lambda route: (route == LAST, route))


def test_the_public_routes_are_these(server: FastAPI) -> None:
    assert set(routes(server, Access.PUBLIC)) == PUBLIC


def test_the_administrators_routes_are_these(server: FastAPI) -> None:
    found = [f"{method} {path}" for method, path in routes(server, Access.ADMINISTRATOR)]
    assert sorted(found) == ADMINISTRATORS.split("\n")[1:-1]


def test_a_key_of_a_repeatable_request_is_handed_on(server: FastAPI) -> None:
    """given every route that takes an Idempotency-Key, then its use case is called with it."""
    taking, dropped = 0, []
    for route in iter_route_contexts(server.routes):
        endpoint = getattr(route.original_route, "endpoint", None)
        if endpoint is None or "idempotency_key" not in inspect.signature(endpoint).parameters:
            continue
        taking += 1
        handed_on = {
            name.id
            for call in ast.walk(ast.parse(inspect.getsource(endpoint)))
            if isinstance(call, ast.Call)
            for given in [*call.args, *(keyword.value for keyword in call.keywords)]
            for name in ast.walk(given)
            if isinstance(name, ast.Name)
        }
        if "idempotency_key" not in handed_on:
            dropped.append(route.path)
    assert taking > 20
    assert dropped == []


def test_nothing_else_answers_a_stranger(server: FastAPI, anonymous: TestClient) -> None:
    """No rights: 401 from every route, before anything else is looked at."""
    walked = routes(server, Access.LOGGED_IN, Access.ADMINISTRATOR)
    assert len(walked) > 50
    for method, path in walked:
        response = anonymous.request(method, filled(path), content=b"not even JSON")
        assert response.status_code in {400, 401}, (method, path)
        assert call(anonymous, method, path) == 401, (method, path)


def test_wrong_credentials_are_none(server: FastAPI, anonymous: TestClient) -> None:
    for header in (
        "Bearer nonsense",
        "Bearer ",
        "Basic Z3VhbmxpOng=",
        "bearer",
        "",
        "Bearer a.b.c",
    ):
        for method, path in routes(server, Access.LOGGED_IN, Access.ADMINISTRATOR)[::7]:
            status = call(anonymous, method, path, Authorization=header)
            assert status == 401, (header, method, path)


def test_administrators_routes_refuse_everybody_else(server: FastAPI, as_: Client) -> None:
    """Wrong rights: 403, for a citizen and for a clerk."""
    for username in ("qunzhong", "jiedao"):
        client = as_(username)
        for method, path in routes(server, Access.ADMINISTRATOR):
            assert call(client, method, path) == 403, (method, path)


def test_the_right_rights_get_through(server: FastAPI, as_: Client) -> None:
    """Neither 401 nor 403, and never a fault of the program, from any route."""
    client = as_("guanli")
    for method, path in routes(server, *Access):
        status = call(client, method, path)
        assert status not in {401, 403} or (method, path) in PUBLIC, (method, path, status)
        assert status < 500, (method, path, status)


def test_a_citizen_is_never_met_with_a_fault_of_the_program(server: FastAPI, as_: Client) -> None:
    client = as_("qunzhong")
    for method, path in routes(server, Access.LOGGED_IN):
        assert call(client, method, path) < 500, (method, path)


def test_a_route_without_a_guard_is_not_served(home: App) -> None:
    server = create_app(home, pages=False)
    router = APIRouter()

    @router.get("/open")
    def leak() -> str:
        return "everything"

    server.include_router(router)
    with pytest.raises(UnguardedRoute, match="/open"):
        access_of_routes(server)


def test_of_several_guards_the_strictest_counts(home: App) -> None:
    server = create_app(home, pages=False)

    @server.get("/both", dependencies=[Depends(auth.public)])
    def both(actor: Annotated[object, Depends(auth.administrator)]) -> str:
        return "for administrators"

    assert access_of_routes(server)["GET", "/both"] is Access.ADMINISTRATOR
