"""Operations on seats over the JSON API, as a client would drive them."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from engine.service.app import App
from tests.api.conftest import Client
from tests.api.grants import only_task, post
from tests.service import diagrams
from tests.service.files import PDF, PNG
from tests.service.people import person

LINE = diagrams.process(
    "line",
    diagrams.start(),
    diagrams.user_task("first", "初审", groups="street-clerk@weicheng-xiguan"),
    diagrams.user_task("second", "复审", groups="street-clerk@weicheng-xiguan"),
    diagrams.end("end"),
    diagrams.flow("start", "first"),
    diagrams.flow("first", "second"),
    diagrams.flow("second", "end"),
)


@pytest.fixture
def clerk(home: App, as_: Client) -> TestClient:
    """jiedao, with a task of his own; jiedao2 and jiedao3 are clerks like him."""
    for n in (2, 3):
        person(home, f"jiedao{n}", "street-clerk@weicheng-xiguan")
    diagrams.put(home, LINE)
    started = as_("qunzhong").post(
        "/v2/process-instances", json={"processDefinitionId": "line", "variables": {}}
    )
    assert started.status_code == 200, started.text
    client = as_("jiedao")
    post(client, f"{at(client)}/assignment", {"assignee": "jiedao"})
    return client


def at(client: TestClient, **filters: Any) -> str:
    filters = {"state": "CREATED", **filters}
    return f"/v2/user-tasks/{only_task(client, **filters)['userTaskKey']}"


def operations(client: TestClient, task: str) -> Any:
    response = client.get(f"{task}/operations")
    assert response.status_code == 200, response.text
    return response.json()


def test_a_plain_task_lists_what_one_may_do(clerk: TestClient) -> None:
    found = operations(clerk, at(clerk))
    assert found["allowed"] == [
        "add-sign",
        "assign",
        "comment",
        "complete",
        "copy",
        "delegate",
        "release",
    ]
    assert found["refusals"]["resolve"].startswith("此任务不是他人委派")
    assert (found["seats"], found["votes"], found["returnTargets"]) == ([], None, [])


def test_delegation_and_back(clerk: TestClient, as_: Client) -> None:
    task, other = at(clerk), as_("jiedao2")
    for _ in range(2):
        answered = clerk.post(
            f"{task}/delegation",
            json={"assignee": "jiedao2", "reason": "请核"},
            headers={"Idempotency-Key": "d1"},
        )
        assert answered.status_code == 204, answered.text
    (seat,) = operations(other, task)["seats"]
    assert (seat["holder"], seat["mine"], seat["kind"]) == ("jiedao2", True, "ORIGINAL")
    assert len(seat["delegatedBy"]) == 1
    post(clerk, f"{task}/completion", {"variables": {}}, expect=403)
    post(other, f"{task}/completion", {"variables": {}}, expect=403)
    post(other, f"{task}/resolution", {"opinion": "属实"})
    post(other, f"{task}/resolution", expect=403)
    post(clerk, f"{task}/completion", {"variables": {}})
    post(clerk, f"{task}/resolution", expect=409)


def test_added_signs(clerk: TestClient, as_: Client) -> None:
    task, other = at(clerk), as_("jiedao2")
    for mode in ("beside", None):
        post(clerk, f"{task}/sign-additions", {"mode": mode, "people": ["jiedao2"]}, expect=400)
    post(clerk, f"{task}/sign-additions", {"mode": "before", "people": []}, expect=400)
    post(clerk, f"{task}/sign-additions", {"mode": "before", "people": ["jiedao2"]})
    post(clerk, f"{task}/completion", {"variables": {}}, expect=403)
    first, added = operations(clerk, task)["seats"]
    assert (first["state"], added["state"], added["removable"]) == ("WAITING", "OPEN", True)
    post(other, f"{task}/sign-removals", {"seatKey": added["seatKey"]}, expect=403)
    post(clerk, f"{task}/sign-removals", {"seatKey": added["seatKey"], "reason": "不必"})
    post(clerk, f"{task}/completion", {"variables": {}})


def test_an_administrator_hands_a_seat_on(clerk: TestClient, as_: Client) -> None:
    task = at(clerk)
    post(clerk, f"{task}/sign-additions", {"mode": "parallel", "people": ["jiedao2"]})
    seats = operations(clerk, task)["seats"]
    keys = {seat["holder"]: seat["seatKey"] for seat in seats}
    path = f"{task}/seats/{keys['jiedao2']}/assignment"
    post(clerk, path, {"assignee": "jiedao3"}, expect=403)
    post(as_("guanli"), path, {"assignee": "jiedao3", "reason": "离岗"})
    holders = [seat["holder"] for seat in operations(clerk, task)["seats"]]
    assert holders == ["jiedao", "jiedao3"]


def test_return_and_withdrawal(clerk: TestClient) -> None:
    first = at(clerk)
    post(clerk, f"{first}/completion", {"variables": {}})
    assert "withdraw-step" in operations(clerk, first)["allowed"]
    post(clerk, f"{first}/withdrawal", {"reason": "填错"})
    post(clerk, f"{at(clerk)}/completion", {"variables": {}})
    second = at(clerk)
    post(clerk, f"{second}/assignment", {"assignee": "jiedao"})
    (target,) = operations(clerk, second)["returnTargets"]
    assert (target["elementId"], target["name"]) == ("first", "初审")
    post(clerk, f"{second}/return", {"targetElementId": "nothing", "reason": "退"}, expect=422)
    post(clerk, f"{second}/return", {"targetElementId": "first"}, expect=400)
    key = target["elementInstanceKey"]
    post(clerk, f"{second}/return", {"targetElementInstanceKey": key, "reason": "退"})
    post(clerk, f"{second}/return", {"targetElementId": "first", "reason": "退"}, expect=409)
    assert only_task(clerk, state="CREATED")["elementId"] == "first"


def test_nobody_else_sees_it(clerk: TestClient, as_: Client, anonymous: TestClient) -> None:
    task = at(clerk)
    stranger = as_("qunzhong")
    assert anonymous.get(f"{task}/operations").status_code == 401
    assert stranger.get(f"{task}/operations").status_code == 404
    for path, body in (
        ("delegation", {"assignee": "jiedao2"}),
        ("resolution", {}),
        ("sign-additions", {"mode": "before", "people": ["jiedao2"]}),
        ("sign-removals", {"seatKey": "5"}),
        ("return", {"targetElementId": "first", "reason": "退"}),
        ("withdrawal", {}),
    ):
        post(stranger, f"{task}/{path}", body, expect=403)
        post(anonymous, f"{task}/{path}", body, expect=401)


def test_a_delegation_is_called_back(clerk: TestClient, as_: Client) -> None:
    task, other = at(clerk), as_("jiedao2")
    post(clerk, f"{task}/delegation-recall", expect=403)
    post(clerk, f"{task}/delegation", {"assignee": "jiedao2"})
    post(other, f"{task}/delegation-recall", expect=403)
    for _ in range(2):
        answered = clerk.post(
            f"{task}/delegation-recall",
            json={"reason": "自己办"},
            headers={"Idempotency-Key": "r1"},
        )
        assert answered.status_code == 204, answered.text
    (seat,) = operations(clerk, task)["seats"]
    assert (seat["holder"], seat["delegatedBy"]) == ("jiedao", [])
    post(other, f"{task}/resolution", expect=403)


def test_comments(clerk: TestClient, as_: Client) -> None:
    task, other = at(clerk), as_("jiedao2")
    uploaded = clerk.post("/v2/documents", files={"file": ("表.pdf", PDF, "application/pdf")})
    document = uploaded.json()["documentId"]
    post(clerk, f"{task}/comments", {"text": ""}, expect=422)
    post(clerk, f"{task}/comments", {}, expect=400)
    post(clerk, f"{task}/comments", {"text": "见附件", "documentIds": [document]})
    (found,) = other.get(f"{task}/comments").json()["items"]
    assert (found["text"], found["documentIds"]) == ("见附件", [document])
    assert other.get(f"/v2/documents/{document}").content == PDF
    stranger = as_("qunzhong")
    assert stranger.get(f"{task}/comments").status_code == 404
    assert stranger.get(f"/v2/documents/{document}").status_code == 404
    post(stranger, f"{task}/comments", {"text": "我来了"}, expect=403)


def test_a_task_says_what_one_may_do_with_it(clerk: TestClient, as_: Client) -> None:
    task = at(clerk)
    mine = clerk.get(task).json()
    assert "delegate" in mine["allowedOperations"]
    assert mine["refusals"]["resolve"].endswith("。")
    theirs = as_("jiedao2").get(task).json()
    assert "delegate" not in theirs["allowedOperations"]
    assert theirs["refusals"]["delegate"].endswith("。")


def test_a_decision_is_signed(home: App, as_: Client) -> None:
    diagrams.put(
        home,
        diagrams.process(
            "signed",
            diagrams.start(),
            diagrams.user_task(
                "sign", "签发", groups="street-clerk@weicheng-xiguan", signature="required"
            ),
            diagrams.end("end"),
            diagrams.flow("start", "sign"),
            diagrams.flow("sign", "end"),
        ),
    )
    started = as_("qunzhong").post(
        "/v2/process-instances", json={"processDefinitionId": "signed", "variables": {}}
    )
    clerk = as_("jiedao")
    task = at(clerk)
    post(clerk, f"{task}/completion", {"variables": {}}, expect=422)
    post(clerk, f"{task}/completion", {"variables": {}, "signature": {"name": "别人"}}, expect=422)
    picture = clerk.post("/v2/documents", files={"file": ("签名.png", PNG, "image/png")}).json()
    signature = {"documentId": picture["documentId"]}
    post(clerk, f"{task}/completion", {"variables": {"opinion": "同意"}, "signature": signature})
    case = started.json()["processInstanceKey"]
    record = clerk.get(f"/v2/process-instances/{case}/record").json()
    facts = [entry for entry in record["entries"] if entry["kind"] == "complete"][-1]["facts"]
    assert picture["contentHash"] in facts
