"""Jobs of workers and messages over the JSON API."""

from __future__ import annotations

import threading
import time
from typing import Any

from fastapi.testclient import TestClient

from engine.jobs import run_due_jobs
from engine.service.app import App
from engine.service.exchange.sweep import sweep
from tests.api.conftest import Client
from tests.api.grants import only_task, post, start


def test_jobs_fail_back_off_and_become_incidents(
    deployed: TestClient, as_: Client, home: App
) -> None:
    start(as_("qunzhong"))
    clerk = as_("jiedao")
    post(clerk, f"/v2/user-tasks/{only_task(clerk)['userTaskKey']}/completion", {})
    take = {"type": "pay", "timeout": 1_000, "maxJobsToActivate": 1, "requestTimeout": -1}

    def taken() -> list[Any]:
        jobs: list[Any] = deployed.post("/v2/jobs/activation", json=take).json()["jobs"]
        return jobs

    (job,) = taken()
    assert taken() == [], "leased to somebody"
    path = f"/v2/jobs/{job['jobKey']}"
    post(deployed, f"{path}/failure", {"retries": 1, "errorMessage": "银行停机"})
    (job,) = taken()
    assert job["retries"] == 1
    post(deployed, f"{path}/failure", {"retries": 0, "errorMessage": "账号不存在"})
    assert taken() == []
    (incident,) = deployed.post(
        "/v2/incidents/search", json={"filter": {"state": "ACTIVE"}}
    ).json()["items"]
    assert incident["errorMessage"] == "账号不存在"
    assert incident["jobKey"] == job["jobKey"]
    assert deployed.get(f"/v2/incidents/{incident['incidentKey']}").json() == incident
    assert deployed.patch(path, json={"changeset": {"retries": 3}}).status_code == 204
    post(deployed, f"/v2/incidents/{incident['incidentKey']}/resolution", {})
    (job,) = taken()
    post(deployed, f"{path}/completion", {})
    post(deployed, f"{path}/completion", {}, expect=409)
    assert deployed.get("/v2/incidents/4194304").status_code == 404


def test_waiting_for_a_job_holds_nobody_up(deployed: TestClient, as_: Client) -> None:
    """The request waits for a job, and gets it as soon as there is one."""
    start(as_("qunzhong"))
    clerk = as_("jiedao")
    task = only_task(clerk)["userTaskKey"]
    found: list[Any] = []

    def wait() -> None:
        ask = {"type": "pay", "timeout": 1_000, "maxJobsToActivate": 1, "requestTimeout": 20_000}
        found.extend(deployed.post("/v2/jobs/activation", json=ask).json()["jobs"])

    waiting = threading.Thread(target=wait)
    begun = time.monotonic()
    waiting.start()
    time.sleep(0.3)
    post(clerk, f"/v2/user-tasks/{task}/completion", {})
    waiting.join(timeout=10)
    assert len(found) == 1
    assert time.monotonic() - begun < 10
    none = {"type": "none", "timeout": 1_000, "maxJobsToActivate": 1, "requestTimeout": 300}
    begun = time.monotonic()
    assert deployed.post("/v2/jobs/activation", json=none).json() == {"jobs": []}
    assert 0.3 <= time.monotonic() - begun < 3


def test_messages(deployed: TestClient, as_: Client, home: App) -> None:
    citizen = as_("qunzhong")

    def waiting(number: str) -> str:
        body = {"processDefinitionId": "wait-for-paper", "variables": {"number": number}}
        response = citizen.post("/v2/process-instances", json=body)
        assert response.status_code == 200, response.text
        key: str = response.json()["processInstanceKey"]
        return key

    first, second = waiting("A-1"), waiting("A-2")
    message = {"name": "paper-arrived", "correlationKey": "A-1", "variables": {"pages": 3}}
    correlated = post(deployed, "/v2/messages/correlation", message, expect=200).json()
    assert correlated["processInstanceKey"] == first
    assert citizen.get(f"/v2/process-instances/{first}").json()["state"] == "COMPLETED"
    post(deployed, "/v2/messages/correlation", message, expect=404)
    published = post(
        deployed,
        "/v2/messages/publication",
        {**message, "correlationKey": "A-2", "timeToLive": 0},
        expect=200,
    ).json()
    assert published["messageKey"].isdigit()
    for _ in range(5):
        run_due_jobs(home)
        sweep(home)
    assert citizen.get(f"/v2/process-instances/{second}").json()["state"] == "COMPLETED"
    post(deployed, "/v2/messages/publication", {"name": ""}, expect=400)
    post(deployed, "/v2/messages/publication", {"name": "x", "timeToLive": -1}, expect=400)
    post(deployed, "/v2/signals/broadcast", {"signalName": "closing"}, expect=200)
    assert citizen.post("/v2/messages/publication", json=message).status_code == 403
