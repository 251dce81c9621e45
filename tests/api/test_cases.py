"""A case over the JSON API, from deployment to payment, as an official client would drive it."""

from __future__ import annotations

import json
import threading
import time
from decimal import Decimal
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from engine.jobs import run_due_jobs
from engine.service.app import App
from engine.service.exchange.sweep import sweep
from tests.api.conftest import Client
from tests.api.diagrams import APPLICATION, DECISION, GRANT, WAITING
from tests.service.files import PDF
from tests.service.people import PASSWORD

FILES = {
    "small-grant.bpmn": GRANT,
    "wait-for-paper.bpmn": WAITING,
    "grant-application.form": APPLICATION,
    "level.dmn": DECISION,
}


def put(client: TestClient, **files: str) -> Any:
    upload = [("resources", (name, text.encode())) for name, text in (files or FILES).items()]
    return client.post("/v2/deployments", files=upload)


@pytest.fixture
def deployed(as_: Client) -> TestClient:
    """An administrator who has deployed the services."""
    client = as_("guanli")
    response = put(client)
    assert response.status_code == 200, response.text
    return client


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


def test_deployment_answers_as_camunda_does(as_: Client) -> None:
    answer = put(as_("guanli")).json()
    assert answer["deploymentKey"].isdigit()
    kinds = [next(k for k, v in item.items() if v) for item in answer["deployments"]]
    assert sorted(kinds) == [
        "decisionDefinition",
        "decisionRequirements",
        "form",
        "processDefinition",
        "processDefinition",
    ]
    process = next(
        item["processDefinition"]
        for item in answer["deployments"]
        if item["processDefinition"]
        and item["processDefinition"]["processDefinitionId"] == "small-grant"
    )
    assert process["processDefinitionVersion"] == 1
    assert process["tenantId"] == "<default>"
    assert process["resourceName"] == "small-grant.bpmn"


def test_deployments_that_fail(as_: Client) -> None:
    client = as_("guanli")
    broken = put(client, **{"a.bpmn": "<a/>", "grant-application.form": APPLICATION})
    assert broken.status_code == 422
    assert broken.json()["resource"] == "a.bpmn"
    assert broken.json()["problems"]
    assert client.post("/v2/deployments").status_code == 400
    assert put(client, **{"a.exe": "MZ"}).status_code == 422
    found = client.post("/v2/process-definitions/search").json()
    assert found["page"]["totalItems"] == 0
    checked = client.post(
        "/v2/deployments/validation", files={"resource": ("a.bpmn", b"<a/>")}
    ).json()
    assert checked["items"][0]["severity"] == "error"


def test_definitions(deployed: TestClient, as_: Client) -> None:
    found = deployed.post(
        "/v2/process-definitions/search",
        json={"filter": {"processDefinitionId": {"$like": "small-*"}, "isLatestVersion": True}},
    ).json()
    (definition,) = found["items"]
    assert found["page"] == {
        "totalItems": 1,
        "hasMoreTotalItems": False,
        "startCursor": found["page"]["startCursor"],
        "endCursor": found["page"]["endCursor"],
    }
    key = definition["processDefinitionKey"]
    xml = deployed.get(f"/v2/process-definitions/{key}/xml")
    assert xml.text == GRANT
    assert xml.headers["content-type"] == "text/xml; charset=utf-8"
    form = deployed.get(f"/v2/process-definitions/{key}/form").json()
    assert json.loads(form["schema"]) == json.loads(APPLICATION)
    clerk = as_("jiedao")
    waiting = clerk.post(
        "/v2/process-definitions/search", json={"filter": {"name": "等待材料"}}
    ).json()["items"][0]
    no_form = clerk.get(f"/v2/process-definitions/{waiting['processDefinitionKey']}/form")
    assert (no_form.status_code, no_form.content) == (204, b"")


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


def test_decisions_and_expressions(deployed: TestClient) -> None:
    ask = {"decisionDefinitionId": "level", "variables": {"amount": 999.99}}
    decided = post(deployed, "/v2/decision-definitions/evaluation", ask, expect=200).json()
    assert decided["output"] == '"小额"'
    assert decided["matchedRules"][0]["ruleIndex"] == 1
    assert "命中第 1 行" in decided["matchedRules"][0]["text"]
    listed = deployed.post("/v2/decision-definitions/search").json()["items"]
    key = listed[0]["decisionDefinitionKey"]
    assert deployed.get(f"/v2/decision-definitions/{key}").json()["name"] == "补助档次"
    assert deployed.get(f"/v2/decision-definitions/{key}/xml").text == DECISION
    for body, status in (
        ({"decisionDefinitionId": "nope"}, 404),
        ({}, 400),
        ({"decisionDefinitionId": "level", "decisionDefinitionKey": key}, 400),
    ):
        post(deployed, "/v2/decision-definitions/evaluation", body, expect=status)

    def feel(expression: str, **variables: Any) -> Any:
        body = {"expression": expression, "variables": variables}
        return deployed.post("/v2/expression/evaluation", json=body)

    assert feel("=0.1 + 0.2").text.find('"result":0.3') > 0
    assert feel("金额 * 2", 金额=1.5).json()["result"] == 3
    assert feel('today() >= date("2025-03-03")').json()["result"] is True
    assert feel('[1, "a", date("2025-01-01")]').json()["result"] == [1, "a", "2025-01-01"]
    assert feel("不存在 + 1").json()["warnings"]
    assert feel("1 +").status_code == 422
    assert feel("").status_code == 400
    assert feel("count(for i in 1..100000000 return i)").status_code == 422
    assert feel("9**99999999").status_code in {200, 422}


def test_documents(deployed: TestClient, as_: Client) -> None:
    citizen, clerk = as_("qunzhong"), as_("jiedao")
    made = citizen.post("/v2/documents", files={"file": ("证书 1.pdf", PDF, "text/html")})
    assert made.status_code == 201, made.text
    reference = made.json()
    assert reference["camunda.document.type"] == "camunda"
    assert reference["metadata"]["contentType"] == "application/pdf"
    path = f"/v2/documents/{reference['documentId']}"
    got = citizen.get(path, params={"contentHash": reference["contentHash"]})
    assert got.content == PDF
    assert got.headers["content-disposition"].startswith("attachment; filename=")
    assert "filename*=UTF-8''%E8%AF%81%E4%B9%A6%201.pdf" in got.headers["content-disposition"]
    assert got.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert citizen.get(path, params={"contentHash": "0"}).status_code == 409
    assert clerk.get(path).status_code == 404
    assert deployed.get(path).status_code == 404
    assert clerk.delete(path).status_code == 404
    assert citizen.delete(path).status_code == 204
    assert citizen.get(path).status_code == 404
    refused = citizen.post("/v2/documents", files={"file": ("a.pdf", b"<html>", "application/pdf")})
    assert refused.status_code == 415
    assert citizen.post("/v2/documents", json={}).status_code == 400
    assert citizen.post("/v2/documents", data={"file": "text"}).status_code == 400


def test_documents_belong_to_their_case(deployed: TestClient, as_: Client) -> None:
    """Sent with the form, a document is seen by whoever sees the case, and by nobody else."""
    post(
        deployed,
        "/v2/users",
        {"username": "other", "name": "外人", "password": PASSWORD},
        expect=201,
    )
    group = "citizen@kuiwen"
    assert deployed.put(f"/v2/groups/{group}/users/other").status_code == 204
    citizen, clerk, other = as_("qunzhong"), as_("jiedao"), as_("other")

    def upload(client: TestClient) -> str:
        made = client.post("/v2/documents", files={"file": ("证书.pdf", PDF)})
        document: str = made.json()["documentId"]
        return document

    mine, theirs = upload(citizen), upload(other)
    stolen = start(citizen, expect=422, papers=[theirs])
    assert "papers" in {p["path"].partition(".")[0] for p in stolen["problems"]}
    for wrong in (["4194304"], ["x"], [{}], "x", [mine, mine, theirs]):
        start(citizen, expect=422, papers=wrong)
    case = start(citizen, papers=[mine])
    path = f"/v2/documents/{mine}"
    assert citizen.get(path).content == PDF
    assert clerk.get(path).content == PDF
    assert deployed.get(path).content == PDF
    assert other.get(path).status_code == 404
    assert citizen.delete(path).status_code == 403
    start(citizen, expect=422, papers=[mine])
    post(
        citizen, f"/v2/process-instances/{case['processInstanceKey']}/withdrawal", {"reason": "错"}
    )
    assert citizen.get(path).content == PDF


def test_people_groups_and_units(as_: Client) -> None:
    admin, clerk = as_("guanli"), as_("jiedao")
    body = {"username": "xinren", "name": "新人", "password": "Huang-he 2025", "email": "a@b.cn"}
    made = post(admin, "/v2/users", body, expect=201).json()
    assert made["username"] == "xinren"
    post(admin, "/v2/users", body, expect=409)
    post(admin, "/v2/users", {**body, "username": "a2", "password": "short"}, expect=422)
    group = "street-clerk@weicheng-xiguan"
    assert admin.put(f"/v2/groups/{group}/users/xinren").status_code == 204
    assert admin.put(f"/v2/groups/{group}/users/xinren").status_code == 204
    members = clerk.post(f"/v2/groups/{group}/users/search").json()["items"]
    assert {m["username"] for m in members} == {"jiedao", "xinren"}
    assert clerk.get(f"/v2/groups/{group}").json()["name"] == "西关街道乡镇街道民政经办"
    found = clerk.post("/v2/users/search", json={"filter": {"unit": "weicheng-xiguan"}}).json()
    assert found["page"]["totalItems"] == 2
    assert admin.delete(f"/v2/groups/{group}/users/xinren").status_code == 204
    assert admin.put("/v2/groups/king@weifang/users/xinren").status_code == 422
    assert admin.put(f"/v2/groups/{group}/users/nobody").status_code == 404
    groups = clerk.post("/v2/groups/search").json()
    assert group in {g["groupId"] for g in groups["items"]}
    closed = admin.put("/v2/users/xinren", json={"active": False}).json()
    assert closed["active"] is False
    units = clerk.get("/v2/units").json()["items"]
    assert units[0] == {"unitKey": "weifang", "name": "潍坊市", "level": "city", "parentKey": None}
    unit = {"unitKey": "kuiwen-new", "name": "新街道", "level": "street", "parentKey": "kuiwen"}
    post(admin, "/v2/units", unit, expect=201)
    post(admin, "/v2/units", unit, expect=409)
    assert {r["roleId"] for r in clerk.post("/v2/roles/search").json()["items"]} >= {"leader"}
    assert as_("qunzhong").post("/v2/users/search", json={}).status_code == 403


def test_topology_and_status(as_: Client, anonymous: TestClient) -> None:
    topology = as_("qunzhong").get("/v2/topology").json()
    assert topology["clusterSize"] == 1
    assert topology["brokers"][0]["partitions"][0]["role"] == "leader"
    assert anonymous.get("/v2/status").status_code == 204
    assert anonymous.get("/health").json() == {"status": "UP"}
