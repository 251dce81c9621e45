"""Moving, migrating and pausing cases over ``/v2``, with the bodies that Camunda's clients send."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from fastapi.testclient import TestClient

from engine.service.administration.run_batches import run_batches
from engine.service.app import App
from tests.api.conftest import Client
from tests.service import diagrams
from tests.service.diagrams import flow, user_task

WEIFANG = "street-clerk@weicheng-xiguan"


def line(*names: str) -> bytes:
    ids = ["start", *names, "end"]
    return diagrams.process(
        "line",
        diagrams.start(),
        *(user_task(name, f"环节{name}", groups=WEIFANG) for name in names),
        diagrams.end(),
        *(flow(a, b) for a, b in pairwise(ids)),
    )


def ask(client: TestClient, path: str, body: Any, *, expect: int = 200) -> Any:
    response = client.post("/v2/" + path, json=body)
    assert response.status_code == expect, response.text
    return response.json() if response.content else None


@pytest.fixture
def admin(home: App, as_: Client) -> TestClient:
    diagrams.put(home, line("a", "b", "c"))
    return as_("guanli")


def begin(client: TestClient) -> str:
    made = ask(client, "process-instances", {"processDefinitionId": "line", "variables": {}})
    return str(made["processInstanceKey"])


def standing(client: TestClient, case: str) -> list[str]:
    shown = ask(client, "user-tasks/search", {"filter": {"processInstanceKey": case}})
    return sorted(t["elementId"] for t in shown["items"] if t["state"] == "CREATED")


def version(client: TestClient, number: int) -> str:
    found = ask(
        client,
        "process-definitions/search",
        {"filter": {"processDefinitionId": "line", "version": number}},
    )
    return str(found["items"][0]["processDefinitionKey"])


def test_one_case_is_moved(admin: TestClient, as_: Client) -> None:
    case = begin(admin)
    move = {
        "moveInstructions": [
            {
                "sourceElementInstruction": {"sourceType": "byId", "sourceElementId": "a"},
                "targetElementId": "c",
                "variableInstructions": [
                    {"variables": {"whole": 1}},
                    {"variables": {"own": 2}, "scopeId": "c"},
                ],
            }
        ]
    }
    shown = ask(admin, f"process-instances/{case}/modification-preview", move)
    assert [t["elementId"] for t in shown["createdUserTasks"]] == ["c"]
    assert [t["elementId"] for t in shown["canceledUserTasks"]] == ["a"]
    assert standing(admin, case) == ["a"]
    told = ask(admin, f"process-instances/{case}/modification", move, expect=422)
    assert "原因" in told["detail"]
    path = f"process-instances/{case}/modification"
    ask(as_("jiedao"), path, move | {"reason": "改"}, expect=403)
    ask(admin, path, move | {"reason": "改"}, expect=204)
    assert standing(admin, case) == ["c"]
    gone = ask(
        admin,
        path,
        {"terminateInstructions": [{"elementId": "c"}], "reason": "改"},
        expect=409,
    )
    assert gone["type"].endswith("cannot-move")
    ask(
        admin,
        path,
        {
            "activateInstructions": [{"elementId": "b", "ancestorElementInstanceKey": "-1"}],
            "reason": "加",
        },
        expect=204,
    )
    assert standing(admin, case) == ["b", "c"]


def test_one_case_is_suspended_migrated_and_resumed(home: App, admin: TestClient) -> None:
    case = begin(admin)
    ask(admin, f"process-instances/{case}/suspension", {"reason": "停"}, expect=204)
    assert admin.get(f"/v2/process-instances/{case}").json()["state"] == "SUSPENDED"
    diagrams.put(home, line("x", "b", "c"))
    plan = {"targetProcessDefinitionKey": version(admin, 2), "mappingInstructions": []}
    shown = ask(admin, f"process-instances/{case}/migration-report", plan)
    assert (shown["impossibleCount"], shown["problems"][0]["rule"]) == (1, "element-missing")
    refused = ask(admin, f"process-instances/{case}/migration", plan | {"reason": "改"}, expect=409)
    assert refused["problems"][0]["path"] == "a"
    plan["mappingInstructions"] = [{"sourceElementId": "a", "targetElementId": "x"}]
    ask(admin, f"process-instances/{case}/migration", plan | {"reason": "改"}, expect=204)
    ask(admin, f"process-instances/{case}/resumption", {"reason": "续"}, expect=204)
    found = admin.get(f"/v2/process-instances/{case}").json()
    assert (found["state"], found["processDefinitionVersion"]) == ("ACTIVE", 2)
    assert standing(admin, case) == ["x"]


def test_many_cases_in_a_batch(home: App, admin: TestClient, as_: Client) -> None:
    cases = [begin(admin) for _ in range(3)]
    chosen = {"processDefinitionId": "line", "elementId": "a"}
    body = {
        "filter": chosen,
        "moveInstructions": [{"sourceElementId": "a", "targetElementId": "b"}],
        "reason": "统一",
    }
    ask(as_("jiedao"), "process-instances/modification", body, expect=403)
    made = ask(admin, "process-instances/modification", body)
    assert made["batchOperationType"] == "MODIFY_PROCESS_INSTANCE"
    key = made["batchOperationKey"]
    ask(admin, f"batch-operations/{key}/suspension", None, expect=204)
    assert run_batches(home) == 0
    ask(admin, f"batch-operations/{key}/resumption", None, expect=204)
    assert run_batches(home) == 3
    found = admin.get(f"/v2/batch-operations/{key}").json()
    assert (found["state"], found["operationsTotalCount"]) == ("COMPLETED", 3)
    assert found["operationsCompletedCount"] == 3
    assert standing(admin, cases[1]) == ["b"]
    items = ask(admin, "batch-operation-items/search", {"filter": {"batchOperationKey": key}})[
        "items"
    ]
    assert [i["processInstanceKey"] for i in items] == cases
    assert {i["state"] for i in items} == {"COMPLETED"}

    diagrams.put(home, line("a", "b2", "c"))
    plan = {
        "targetProcessDefinitionKey": version(admin, 2),
        "mappingInstructions": [{"sourceElementId": "b", "targetElementId": "b2"}],
    }
    every = {"processDefinitionId": "line"}
    shown = ask(
        admin, "process-instances/migration-report", {"filter": every, "migrationPlan": plan}
    )
    assert (shown["totalCount"], shown["possibleCount"]) == (3, 3)
    ask(
        admin,
        "process-instances/migration",
        {"filter": every, "migrationPlan": plan, "reason": "统一"},
    )
    run_batches(home)
    assert standing(admin, cases[2]) == ["b2"]
    for what in ("suspension", "resumption", "cancellation"):
        ask(admin, f"process-instances/{what}", {"filter": every, "reason": "统一"})
        run_batches(home)
    assert admin.get(f"/v2/process-instances/{cases[0]}").json()["state"] == "TERMINATED"
    listed = ask(admin, "batch-operations/search", {"filter": {"state": "COMPLETED"}})
    assert listed["page"]["totalItems"] == 5
    nothing = {"filter": every, "reason": "统一"}
    ask(admin, "process-instances/incident-resolution", nothing, expect=422)
