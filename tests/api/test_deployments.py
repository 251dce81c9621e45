"""Deploying services over the JSON API, and what is deployed."""

from __future__ import annotations

import json

from fastapi.testclient import TestClient

from tests.api.conftest import Client
from tests.api.diagrams import APPLICATION, GRANT
from tests.api.grants import put


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
