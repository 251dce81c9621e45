"""Recusals, relations, proxies and handing over, over the JSON API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from engine.service.app import App
from tests.api.conftest import Client
from tests.api.grants import only_task
from tests.api.test_seats import LINE
from tests.service import diagrams
from tests.service.people import person


@pytest.fixture
def case(home: App, as_: Client) -> str:
    for n in (2, 3):
        person(home, f"jiedao{n}", "street-clerk@weicheng-xiguan")
    diagrams.put(home, LINE)
    started = as_("qunzhong").post(
        "/v2/process-instances", json={"processDefinitionId": "line", "variables": {}}
    )
    return str(started.json()["processInstanceKey"])


def post(client: TestClient, path: str, body: Any, status: int = 200, **headers: str) -> Any:
    response = client.post(f"/v2{path}", json=body, headers=headers)
    assert response.status_code == status, response.text
    return response.json() if response.content else None


def test_declared_asked_decided_lifted(as_: Client, case: str) -> None:
    own = f"/process-instances/{case}/recusals"
    jiedao = as_("jiedao")
    task = only_task(jiedao, state="CREATED")["userTaskKey"]
    for _ in range(2):
        made = post(jiedao, own, {"reason": "亲戚"}, 201, **{"Idempotency-Key": "r1"})
        assert (made["kind"], made["state"]) == ("DECLARED", "IN_FORCE")
    assert jiedao.get(f"/v2/user-tasks/{task}").status_code == 403
    (mine,) = post(jiedao, "/recusals/search", {})["items"]
    assert mine["recusalKey"] == made["recusalKey"]
    asked = post(as_("qunzhong"), own, {"username": "jiedao2", "reason": "有纠纷"}, 201)
    assert asked["state"] == "ASKED"
    admin = as_("guanli")
    (waiting,) = post(admin, "/recusals/search", {"pending": True})["items"]
    assert waiting["recusalKey"] == asked["recusalKey"]
    path = f"/recusals/{asked['recusalKey']}"
    post(as_("jiedao3"), f"{path}/decision", {"granted": True, "reason": "属实"}, 403)
    post(admin, f"{path}/decision", {"granted": True, "reason": "属实"})
    late = post(admin, f"{path}/decision", {"granted": False, "reason": "不属实"}, 409)
    assert "已决定回避" in late["detail"]
    listed = post(admin, "/recusals/search", {"processInstanceKey": case})["items"]
    assert {(each["username"], each["state"]) for each in listed} == {
        ("jiedao", "IN_FORCE"),
        ("jiedao2", "IN_FORCE"),
    }
    post(as_("jiedao3"), f"{path}/lift", {"reason": "误"}, 403)
    assert post(admin, f"{path}/lift", {"reason": "误"})["state"] == "LIFTED"
    assert as_("jiedao2").get(f"/v2/user-tasks/{task}").status_code == 200


def test_relations(as_: Client, case: str) -> None:
    admin = as_("guanli")
    body = {"username": "qunzhong", "other": "jiedao", "kind": "FAMILY", "since": "2000-01-01"}
    post(as_("jiedao"), "/relations", body, 403)
    made = post(admin, "/relations", body, 201)
    assert (made["username"], made["other"]) == ("jiedao", "qunzhong")
    (found,) = post(admin, "/recusals/search", {"processInstanceKey": case})["items"]
    assert (found["kind"], found["username"]) == ("RULE", "jiedao")
    assert len(post(admin, "/relations/search", {"username": "jiedao"})["items"]) == 1
    assert admin.delete(f"/v2/relations/{made['relationKey']}").status_code == 204
    assert admin.delete(f"/v2/relations/{made['relationKey']}").status_code == 404


def test_proxies(home: App, as_: Client, case: str) -> None:
    person(home, "daili", "county-reviewer@kuiwen")
    jiedao, daili = as_("jiedao"), as_("daili")
    now = home.now()
    body = {
        "proxy": "daili",
        "startDate": now.isoformat(),
        "endDate": (now + timedelta(days=3)).isoformat(),
        "reason": "学习",
    }
    made = post(jiedao, "/proxies", body, 201)
    assert (made["state"], made["principal"]) == ("live", "jiedao")
    assert post(jiedao, "/proxies", body, 422)["problems"][0]["path"] == "startDate"
    post(daili, "/proxies", {**body, "principal": "jiedao2"}, 403)
    task = only_task(daili, state="CREATED")["userTaskKey"]
    done = daili.post(f"/v2/user-tasks/{task}/completion", json={"variables": {}})
    assert done.status_code in {200, 204}, done.text
    record = as_("guanli").get(f"/v2/process-instances/{case}/record").json()
    assert "on_behalf_of" in str(record)
    assert len(post(daili, "/proxies/search", {"live": True})["items"]) == 1
    assert daili.delete(f"/v2/proxies/{made['proxyKey']}").status_code == 403
    assert jiedao.delete(f"/v2/proxies/{made['proxyKey']}").status_code == 204
    assert post(daili, "/proxies/search", {"live": True})["items"] == []


def test_handing_over(as_: Client, case: str) -> None:
    jiedao, admin = as_("jiedao"), as_("guanli")
    task = only_task(jiedao, state="CREATED")["userTaskKey"]
    jiedao.post(f"/v2/user-tasks/{task}/assignment", json={"assignee": "jiedao"})
    assert jiedao.get("/v2/users/jiedao/hand-over").status_code == 403
    found = admin.get("/v2/users/jiedao/hand-over").json()
    assert (found["total"], found["items"][0]["standing"]) == (1, ["holds"])
    assert found["items"][0]["processInstanceKey"] == case
    handed = post(
        admin,
        "/users/jiedao/hand-over",
        {"successor": "jiedao2", "reason": "调离", "closeAccount": True},
    )
    assert handed == {
        "handedOver": [task],
        "failed": [],
        "left": 0,
        "accountClosed": True,
    }
    post(admin, "/users/jiedao2/hand-over", {"successor": "jiedao2", "reason": "…"}, 422)
