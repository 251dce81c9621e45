"""Whatever is sent to the JSON API, the answer is never a fault of the program."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.app import access_of_routes
from api.exact import ExactResponse
from api.reference import described
from tests.api.conftest import Client
from tests.api.grants import put, start
from tests.api.test_routes import LAST

#: Texts that break programs.
NAUGHTY = (
    "",
    " ",
    "\x00",
    "a\x00b",
    "\ud800",
    "\u202e",
    "null",
    "-1",
    "1e400",
    "9" * 30,
    "4194304",
    "' or 1=1 --",
    "%00",
    "../../etc/passwd",
    "{{7*7}}",
    "=1/0",
    "role@unit",
    "2025-02-30T00:00:00Z",
    "9999-12-31T23:59:59+14:00",
    "0001-01-01T00:00:00+14:00",
    "P1D",
    "长" * 300,
)

#: Answers that are not of the program: the shutting down of sessions would end the walk.
SKIPPED = {LAST, ("POST", "/v2/session"), ("POST", "/v2/jobs/activation")}


def anything(keys: list[str]) -> st.SearchStrategy[Any]:
    text = st.sampled_from((*NAUGHTY, *keys)) | st.text(max_size=8)
    scalar = (
        st.none()
        | st.booleans()
        | st.integers(-(10**20), 10**20)
        | st.decimals(allow_nan=False, allow_infinity=False, places=2)
        | text
    )
    return st.recursive(
        scalar,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=4),
        max_leaves=8,
    )


class Shapes:
    """Values of the shapes that the reference gives, with odd contents."""

    def __init__(self, schema: dict[str, Any], keys: list[str]) -> None:
        self._shapes = schema["components"]["schemas"]
        self._paths = schema["paths"]
        self._text = st.sampled_from((*keys, *NAUGHTY)) | st.text(max_size=8)
        self._anything = anything(keys)

    def body(self, route: tuple[str, str]) -> st.SearchStrategy[Any]:
        """What the operation takes, now and then something else."""
        operation = self._paths.get(route[1], {}).get(route[0].lower(), {})
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" not in content:
            return self._anything
        asked = self.value(content["application/json"]["schema"])
        return st.one_of(asked, asked, asked, self._anything)

    def value(self, schema: dict[str, Any]) -> st.SearchStrategy[Any]:  # noqa: PLR0911 - by type
        if "$ref" in schema:
            return self.value(self._shapes[schema["$ref"].rpartition("/")[2]])
        for choice in ("anyOf", "oneOf", "allOf"):
            if choice in schema:
                return st.one_of([self.value(option) for option in schema[choice]])
        if "const" in schema or "enum" in schema:
            return st.sampled_from(schema.get("enum") or [schema["const"]])
        match schema.get("type"):
            case "object":
                return self._object(schema)
            case "array":
                return st.lists(self.value(schema["items"]), max_size=3)
            case "string":
                return self._string(schema)
            case "integer":
                low, high = schema.get("minimum", -5), schema.get("maximum", 10**12)
                return st.integers(low, high) | st.sampled_from([low, high])
            case "boolean":
                return st.booleans()
            case "null":
                return st.none()
        return self._anything

    def _string(self, schema: dict[str, Any]) -> st.SearchStrategy[Any]:
        if schema.get("format") == "date-time":
            return st.datetimes(timezones=st.timezones()).map(lambda d: d.isoformat()) | self._text
        return self._text

    def _object(self, schema: dict[str, Any]) -> st.SearchStrategy[Any]:
        properties = schema.get("properties")
        if not properties:
            return st.dictionaries(self._text, self._anything, max_size=4)
        required = set(schema.get("required", ()))
        fields = {name: self.value(shape) for name, shape in properties.items()}
        return st.fixed_dictionaries(
            {name: field for name, field in fields.items() if name in required},
            optional={name: field for name, field in fields.items() if name not in required},
        )


def test_no_body_and_no_path_ends_in_a_fault(server: FastAPI, as_: Client) -> None:
    """On a case that exists, with its own keys among the values."""
    client = as_("guanli")
    assert put(client).status_code == 200
    case = start(as_("qunzhong"))
    task = client.post("/v2/user-tasks/search").json()["items"][0]
    keys = [
        case["processInstanceKey"],
        case["processDefinitionKey"],
        task["userTaskKey"],
        "small-grant",
        "jiedao",
        "amount",
    ]
    routes = sorted(
        route
        for route in access_of_routes(server)
        if route[1].startswith("/v2/") and route not in SKIPPED
    )
    # an administrator with an odd name or password would be one that the walk cannot go on with
    routes = [r for r in routes if r != ("PUT", "/v2/users/{username}")]
    shapes = Shapes(described(server), keys)
    sent = {route: shapes.body(route) for route in routes}
    key = st.sampled_from((*keys, *keys, *NAUGHTY))

    @settings(
        max_examples=400, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(st.sampled_from(routes).flatmap(lambda r: st.tuples(st.just(r), sent[r])), key)
    def walk(request: tuple[tuple[str, str], Any], key: str) -> None:
        call(client, *request, key)

    walk()
    assert client.get("/v2/authentication/me").status_code == 200


def call(client: TestClient, route: tuple[str, str], sent: Any, key: str) -> None:
    method, path = route
    filled = path
    while "{" in filled:
        before, _, rest = filled.partition("{")
        filled = before + quoted(key) + rest.partition("}")[2]
    content = written(sent)
    response = client.request(
        method, filled, content=content, headers={"content-type": "application/json"}
    )
    assert response.status_code < 500, (method, filled, content, response.text)


def quoted(key: str) -> str:
    return "".join(f"%{byte:02x}" for byte in key.encode(errors="surrogatepass")) or "x"


def written(value: Any) -> bytes:
    """JSON, with lone surrogates as escapes (orjson would refuse them)."""
    try:
        return bytes(ExactResponse(value).body)
    except TypeError:
        import json  # noqa: PLC0415 - the other writer

        return json.dumps(value, default=str).encode()
