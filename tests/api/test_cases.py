"""A case over the JSON API, from application to payment, as an official client would drive it."""

from __future__ import annotations

import json
from decimal import Decimal

from fastapi.testclient import TestClient

from engine.service.app import App
from tests.api.conftest import Client
from tests.api.grants import only_task, post, start


def test_from_application_to_payment(deployed: TestClient, as_: Client, home: App) -> None:
    """Start, claim, complete, work the job, and the case is done."""
    citizen, clerk = as_("qunzhong"), as_("jiedao")
    case = start(citizen, amount=800.5)
    assert case["caseNumber"] == "XE-2025-0001"
    assert case["processDefinitionVersion"] == 1
    key = case["processInstanceKey"]

    task = only_task(clerk, state="CREATED", processInstanceKey=key)
    assert task["candidateGroups"] == ["street-clerk@weicheng-xiguan"]
    assert task["assignee"] is None
    assert task["priority"] == 70
    assert task["caseTitle"] == "补助：修屋顶"
    for group, count in (
        ("street-clerk@weicheng-xiguan", 1),
        ({"$like": "street-clerk@*"}, 1),
        ({"$in": ["leader@weifang", "street-clerk@weicheng-xiguan"]}, 1),
        ({"$like": "leader@*"}, 0),
        ("leader@weifang", 0),
    ):
        search = {"filter": {"candidateGroup": group}}
        page = clerk.post("/v2/user-tasks/search", json=search).json()["page"]
        assert page["totalItems"] == count, group
    at = f"/v2/user-tasks/{task['userTaskKey']}"
    post(clerk, f"{at}/assignment", {"assignee": "jiedao"})
    assert clerk.get(at).json()["assignee"] == "jiedao"
    variables = clerk.post(f"{at}/variables/search", json={}).json()["items"]
    values = {v["name"]: v["value"] for v in variables}
    assert Decimal(values["amount"]) == Decimal("800.5")
    assert values["purpose"] == '"修屋顶"'
    post(clerk, f"{at}/completion", {"variables": {"opinion": "同意"}})
    assert clerk.get(at).json()["state"] == "COMPLETED"

    jobs = deployed.post(
        "/v2/jobs/activation",
        json={"type": "pay", "worker": "bank", "timeout": 60_000, "maxJobsToActivate": 5},
    ).json()["jobs"]
    (job,) = jobs
    assert job["customHeaders"] == {"bank": "ICBC"}
    assert job["retries"] == 2
    assert job["variables"]["purpose"] == "修屋顶"
    assert job["deadline"] == int(home.now().timestamp() * 1000) + 60_000
    post(deployed, f"/v2/jobs/{job['jobKey']}/completion", {"variables": {"paid": True}})

    done = citizen.get(f"/v2/process-instances/{key}").json()
    assert (done["state"], done["result"]) == ("COMPLETED", "已拨付")
    journal = citizen.get(f"/v2/process-instances/{key}/journal").json()["items"]
    assert [entry["number"] for entry in journal] == list(range(1, len(journal) + 1))
    record = citizen.get(f"/v2/process-instances/{key}/record").json()
    assert record["sound"] is True
    assert len(record["entries"]) == len(journal)


def test_numbers_are_exact_from_end_to_end(deployed: TestClient, as_: Client) -> None:
    """Cents stay cents, and digits that no float holds come back."""
    body = (
        '{"processDefinitionId": "wait-for-paper", "variables": '
        '{"number": "n", "sum": 0.10, "large": 12345678901234567890.12, "list": [1.10, {"a": 2.50}]}}'
    )
    citizen = as_("qunzhong")
    case = citizen.post(
        "/v2/process-instances", content=body, headers={"content-type": "application/json"}
    ).json()
    found = deployed.post(
        "/v2/variables/search",
        json={"filter": {"processInstanceKey": case["processInstanceKey"]}},
    ).json()["items"]
    values = {v["name"]: v["value"] for v in found}
    one = deployed.get(f"/v2/variables/{found[0]['variableKey']}").json()
    assert one == found[0]
    assert deployed.get("/v2/variables/4194304").status_code == 404
    assert values["sum"] == "0.10"
    assert values["large"] == "12345678901234567890.12"
    assert values["list"] == '[1.10,{"a":2.50}]'


def test_what_the_form_refuses(deployed: TestClient, as_: Client) -> None:
    """Each fault by its path; nothing is started."""
    citizen = as_("qunzhong")
    for variables, path in (
        ({"amount": -1}, "amount"),
        ({"amount": "lots"}, "amount"),
        ({"amount": 1e9}, "amount"),
        ({"amount": 1.234}, "amount"),
        ({"amount": None}, "amount"),
        ({"purpose": ""}, "purpose"),
        ({"purpose": "长" * 41}, "purpose"),
        ({"purpose": ["a"]}, "purpose"),
        ({"purpose": {"a": 1}}, "purpose"),
        ({"colour": "red"}, "colour"),
    ):
        refused = start(citizen, expect=422, **variables)
        assert path in {p["path"] for p in refused["problems"]}, (variables, refused)
    none = citizen.post("/v2/process-instances/search").json()
    assert none["page"]["totalItems"] == 0


def test_naughty_texts_come_back_as_they_were(deployed: TestClient, as_: Client) -> None:
    """Markup, templates, SQL, right-to-left marks, emoji, NUL: texts like any other."""
    naughty = {
        "html": "<script>alert(1)</script>",
        "template": "{{7*7}} ${7*7} #{7*7}",
        "sql": "'; drop table person; --",
        "rtl": "\u202eabc",
        "emoji": "👨‍👩‍👧‍👦",
        "nul": "a\x00b",
        "tag": {"@": "number", "v": "1"},
        "empty": "",
        "deep": [[[[{"a": [None, True]}]]]],
    }
    body = {"processDefinitionId": "wait-for-paper", "variables": {"number": "n", **naughty}}
    case = post(as_("qunzhong"), "/v2/process-instances", body, expect=200).json()
    search = {"filter": {"processInstanceKey": case["processInstanceKey"]}}
    found = deployed.post("/v2/variables/search", json=search).json()["items"]
    assert {v["name"]: json.loads(v["value"]) for v in found if v["name"] in naughty} == naughty


def test_starts_that_cannot_be(deployed: TestClient, as_: Client) -> None:
    citizen, clerk = as_("qunzhong"), as_("jiedao")
    start(clerk, expect=403)
    for body, status in (
        ({"processDefinitionId": "nope"}, 404),
        ({"processDefinitionKey": "4194304"}, 404),
        ({}, 400),
        ({"processDefinitionId": "small-grant", "processDefinitionKey": "1"}, 400),
        ({"processDefinitionId": "small-grant", "awaitCompletion": True}, 400),
        ({"processDefinitionId": "small-grant", "tenantId": "other"}, 400),
        ({"processDefinitionId": "small-grant", "variables": []}, 400),
    ):
        assert citizen.post("/v2/process-instances", json=body).status_code == status, body


def test_an_idempotency_key_starts_one_case(deployed: TestClient, as_: Client) -> None:
    citizen = as_("qunzhong")
    body = {"processDefinitionId": "small-grant", "variables": {"purpose": "a", "amount": 1}}
    first, again = (
        citizen.post("/v2/process-instances", json=body, headers={"Idempotency-Key": "k1"})
        for _ in range(2)
    )
    assert first.json()["processInstanceKey"] == again.json()["processInstanceKey"]
    other = {**body, "variables": {"purpose": "b", "amount": 1}}
    clash = citizen.post("/v2/process-instances", json=other, headers={"Idempotency-Key": "k1"})
    assert clash.status_code == 422
    assert citizen.post("/v2/process-instances/search").json()["page"]["totalItems"] == 1


def test_withdrawing_and_cancelling(deployed: TestClient, as_: Client) -> None:
    citizen, clerk = as_("qunzhong"), as_("jiedao")
    key = start(citizen)["processInstanceKey"]
    path = f"/v2/process-instances/{key}"
    assert clerk.post(f"{path}/withdrawal", json={"reason": "x"}).status_code == 403
    post(citizen, f"{path}/withdrawal", {}, expect=400)
    post(citizen, f"{path}/withdrawal", {"reason": "填错了"})
    assert citizen.get(path).json()["state"] == "TERMINATED"
    assert (
        clerk.post("/v2/user-tasks/search", json={"filter": {"state": "CREATED"}}).json()["page"][
            "totalItems"
        ]
        == 0
    )
    other = start(citizen)["processInstanceKey"]
    post(deployed, f"/v2/process-instances/{other}/cancellation", {}, expect=422)
    assert citizen.post(f"/v2/process-instances/{other}/cancellation", json={}).status_code == 403


def test_others_cases_are_not_there(deployed: TestClient, as_: Client) -> None:
    """Neither found, nor opened by their key."""
    key = start(as_("qunzhong"))["processInstanceKey"]
    task = only_task(deployed)["userTaskKey"]
    post(
        deployed,
        "/v2/users",
        {"username": "other", "name": "外人", "password": "Huang-he 2025"},
        expect=201,
    )
    stranger = as_("other")
    for path in (
        f"/v2/process-instances/{key}",
        f"/v2/process-instances/{key}/journal",
        f"/v2/process-instances/{key}/record",
        f"/v2/user-tasks/{task}",
        f"/v2/user-tasks/{task}/form",
    ):
        assert stranger.get(path).status_code == 404, path
    for path in ("process-instances", "user-tasks", "variables", "incidents"):
        response = stranger.post(f"/v2/{path}/search", json={})
        assert response.status_code in {200, 403}, path
        if response.status_code == 200:
            assert response.json()["items"] == [], path
    for path in (f"user-tasks/{task}/completion", f"user-tasks/{task}/assignment"):
        body = {"assignee": "other"} if path.endswith("assignment") else {}
        assert stranger.post(f"/v2/{path}", json=body).status_code in {403, 404}, path
