"""People, groups and units, the state of the server, decisions to try over the JSON API."""

from __future__ import annotations

from typing import Any

from fastapi.testclient import TestClient

from tests.api.conftest import Client
from tests.api.diagrams import DECISION
from tests.api.grants import post


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
