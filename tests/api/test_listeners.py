"""Listeners over ``/v2``: jobs of their own kind, with results as Camunda 8 has them."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from engine.service.app import App
from tests.api.conftest import Client
from tests.service import diagrams

LISTENERS = (
    '<zeebe:taskListeners><zeebe:taskListener eventType="creating" type="new"/>'
    '<zeebe:taskListener eventType="completing" type="ask"/></zeebe:taskListeners>'
    '<zeebe:executionListeners><zeebe:executionListener eventType="end" type="log"/>'
    "</zeebe:executionListeners>"
)


@pytest.fixture
def begun(home: App, as_: Client) -> TestClient:
    """The administrator's client; a case waits for its task's creating listener."""
    user = diagrams.user_task("check", "核对", groups="street-clerk@weicheng-xiguan").replace(
        "<zeebe:userTask/>", "<zeebe:userTask/>" + LISTENERS
    )
    xml = diagrams.process(
        "listened",
        diagrams.start(),
        user,
        diagrams.end(),
        diagrams.flow("start", "check"),
        diagrams.flow("check", "end"),
    )
    diagrams.put(home, xml)
    ask = {"processDefinitionId": "listened", "variables": {"amount": 1}}
    assert as_("qunzhong").post("/v2/process-instances", json=ask).status_code == 200
    return as_("guanli")


def take(admin: TestClient, kind: str) -> dict[str, Any]:
    ask = {"type": kind, "timeout": 60_000, "maxJobsToActivate": 2, "requestTimeout": -1}
    (job,) = admin.post("/v2/jobs/activation", json=ask).json()["jobs"]
    found: dict[str, Any] = job
    return found


def finish(admin: TestClient, job: dict[str, Any], body: dict[str, Any], expect: int = 204) -> Any:
    answer = admin.post(f"/v2/jobs/{job['jobKey']}/completion", json=body)
    assert answer.status_code == expect, answer.text
    return answer


def test_a_task_from_its_creation_to_its_end(begun: TestClient, as_: Client) -> None:
    clerk = as_("jiedao")
    search = "/v2/user-tasks/search"
    assert clerk.post(search, json={}).json()["items"] == []
    new = take(begun, "new")
    assert (new["kind"], new["listenerEventType"]) == ("TASK_LISTENER", "CREATING")
    assert new["elementInstanceKey"] != new["jobKey"]
    assert new["customHeaders"]["io.camunda.zeebe:userTaskKey"] == new["elementInstanceKey"]
    finish(begun, new, {"result": {"denied": True}}, expect=422)
    finish(begun, new, {"variables": {"x": 1}}, expect=422)
    corrections = {"priority": 90, "assignee": "jiedao", "dueDate": None}
    finish(begun, new, {"result": {"type": "userTask", "corrections": corrections}})
    (task,) = clerk.post(search, json={}).json()["items"]
    assert (task["priority"], task["assignee"]) == (90, "jiedao")

    at = f"/v2/user-tasks/{task['userTaskKey']}"
    done = {"variables": {"verdict": "同意"}}
    assert clerk.post(f"{at}/completion", json=done).status_code in {200, 204}
    assert clerk.get(at).json()["state"] == "COMPLETING"
    assert clerk.post(f"{at}/completion", json=done).status_code == 409
    ask = take(begun, "ask")
    assert ask["variables"]["verdict"] == "同意"
    finish(begun, ask, {"result": {"denied": True, "deniedReason": "缺一页"}})
    assert clerk.get(at).json()["state"] == "CREATED"

    assert clerk.post(f"{at}/completion", json=done).status_code in {200, 204}
    finish(begun, take(begun, "ask"), {"result": {"denied": False}})
    assert clerk.get(at).json()["state"] == "COMPLETED"
    log = take(begun, "log")
    assert (log["kind"], log["listenerEventType"]) == ("EXECUTION_LISTENER", "END")
    thrown = begun.post(f"/v2/jobs/{log['jobKey']}/error", json={"errorCode": "X"})
    assert thrown.status_code == 409
    finish(begun, log, {})


def test_jobs_are_found_by_kind_and_event(begun: TestClient) -> None:
    def found(**narrowed: Any) -> list[str]:
        page = begun.post("/v2/jobs/search", json={"filter": narrowed}).json()
        return [job["listenerEventType"] for job in page["items"]]

    assert found(kind="TASK_LISTENER") == ["CREATING"]
    assert found(listenerEventType="CREATING", kind="TASK_LISTENER") == ["CREATING"]
    assert found(kind="BPMN_ELEMENT") == []
    job = take(begun, "new")
    assert found(elementInstanceKey=job["elementInstanceKey"]) == ["CREATING"]


def test_corrections_are_checked(begun: TestClient) -> None:
    job = take(begun, "new")
    wrong = {"result": {"corrections": {"priority": 101}}}
    finish(begun, job, wrong, expect=400)
