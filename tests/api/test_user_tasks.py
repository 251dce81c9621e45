"""User tasks over the JSON API: assigned, given back, adjusted, completed by one alone."""

from __future__ import annotations

import threading

from fastapi import FastAPI
from fastapi.testclient import TestClient

from engine.service.app import App
from tests.api.conftest import Client
from tests.api.grants import only_task, post, start


def test_assigning_and_giving_back(deployed: TestClient, as_: Client) -> None:
    start(as_("qunzhong"))
    clerk = as_("jiedao")
    at = f"/v2/user-tasks/{only_task(clerk)['userTaskKey']}"
    post(clerk, f"{at}/assignment", {"assignee": "jiedao"})
    taken = post(
        deployed, f"{at}/assignment", {"assignee": "guanli", "allowOverride": False}, expect=409
    )
    assert "已由" in taken.json()["detail"]
    assert clerk.delete(f"{at}/assignee").status_code == 204
    assert clerk.get(at).json()["assignee"] is None
    post(clerk, f"{at}/assignment", {"assignee": ""}, expect=400)
    post(clerk, f"{at}/assignment", {}, expect=400)


def test_an_administrator_adjusts_a_task(deployed: TestClient, as_: Client) -> None:
    start(as_("qunzhong"))
    at = f"/v2/user-tasks/{only_task(deployed)['userTaskKey']}"
    change = {"changeset": {"dueDate": "2025-04-01T18:00:00+08:00", "priority": 90}}
    assert deployed.patch(at, json=change).status_code == 204
    task = deployed.get(at).json()
    assert task["dueDate"] == "2025-04-01T10:00:00Z"
    assert task["priority"] == 90
    assert deployed.patch(at, json={"changeset": {"dueDate": ""}}).status_code == 204
    assert deployed.get(at).json()["dueDate"] is None
    assert deployed.patch(at, json={"changeset": {"priority": 101}}).status_code == 400
    assert deployed.patch(at, json={"changeset": {"dueDate": "soon"}}).status_code == 400
    assert as_("jiedao").patch(at, json=change).status_code == 403


def test_a_task_completed_twice_by_the_wrong_one_and_after_its_end(
    deployed: TestClient, as_: Client
) -> None:
    case = start(as_("qunzhong"))
    citizen, clerk = as_("qunzhong"), as_("jiedao")
    at = f"/v2/user-tasks/{only_task(clerk)['userTaskKey']}"
    wrong = citizen.post(f"{at}/completion", json={})
    assert wrong.status_code in {403, 404}
    post(clerk, f"{at}/completion", {})
    twice = post(clerk, f"{at}/completion", {}, expect=409).json()
    assert twice["type"] == "urn:banshi:problem:already-handled"
    assert "办理" in twice["detail"]
    post(
        deployed,
        f"/v2/process-instances/{case['processInstanceKey']}/cancellation",
        {"reason": "重复申请"},
    )
    post(clerk, f"{at}/completion", {}, expect=409)
    late = deployed.post(
        f"/v2/process-instances/{case['processInstanceKey']}/cancellation", json={"reason": "再来"}
    )
    assert late.status_code in {403, 409}


def test_two_clerks_at_the_same_instant(
    deployed: TestClient, as_: Client, server: FastAPI, home: App
) -> None:
    """One completes, the other is told; the case moves once."""
    start(as_("qunzhong"))
    clerks = [as_("jiedao") for _ in range(4)]
    at = f"/v2/user-tasks/{only_task(clerks[0])['userTaskKey']}"
    statuses: list[int] = []
    barrier = threading.Barrier(len(clerks))

    def go(client: TestClient) -> None:
        barrier.wait()
        statuses.append(client.post(f"{at}/completion", json={}).status_code)

    threads = [threading.Thread(target=go, args=(client,)) for client in clerks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [204, 409, 409, 409]
    jobs = deployed.post("/v2/jobs/search", json={"filter": {"type": "pay"}}).json()
    assert jobs["page"]["totalItems"] == 1
