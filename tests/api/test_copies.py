"""Copies and urges over ``/v2``."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from engine.service.app import App
from tests.api.conftest import Client
from tests.api.grants import only_task, post, put, start
from tests.service.people import person


@pytest.fixture
def case(as_: Client, home: App) -> str:
    """A case whose only task the clerk has claimed; a leader and a reviewer have no part in it."""
    person(home, "lingdao", "leader@weifang")
    person(home, "quxian", "county-reviewer@kuiwen")
    person(home, "linju", "citizen@kuiwen")
    assert put(as_("guanli")).status_code == 200
    key: str = start(as_("qunzhong"))["processInstanceKey"]
    task = only_task(as_("jiedao"))["userTaskKey"]
    post(as_("jiedao"), f"/v2/user-tasks/{task}/assignment", {"assignee": "jiedao"})
    return key


def copies(client: TestClient, case: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = post(
        client, f"/v2/process-instances/{case}/copies/search", expect=200
    ).json()["items"]
    return found


def test_copying_and_reading(as_: Client, case: str) -> None:
    """The sender copies, the reader finds and reads it, the sender sees that."""
    clerk, reader = as_("jiedao"), as_("lingdao")
    task = f"/v2/user-tasks/{only_task(clerk)['userTaskKey']}"
    assert "copy" in clerk.get(f"{task}/operations").json()["allowed"]
    assert reader.get(f"/v2/process-instances/{case}").status_code == 404
    ask = {"people": ["lingdao"], "note": "请知悉"}
    (made,) = post(clerk, f"{task}/copies", ask, expect=200).json()["items"]
    assert made["copiedBy"] == "jiedao"
    assert (made["note"], made["readDate"], made["username"]) == ("请知悉", None, "lingdao")

    page = post(reader, "/v2/copies/search", {"unread": True}, expect=200).json()
    (line,) = page["items"]
    assert line["processInstance"]["processInstanceKey"] == case
    assert page["page"]["totalItems"] == 1
    assert reader.get(f"/v2/process-instances/{case}").status_code == 200
    post(reader, f"/v2/process-instances/{case}/copies/reading")
    post(reader, f"/v2/process-instances/{case}/copies/reading")
    assert post(reader, "/v2/copies/search", {"unread": True}, expect=200).json()["items"] == []
    assert len(post(reader, "/v2/copies/search", expect=200).json()["items"]) == 1
    (seen,) = copies(clerk, case)
    assert seen["readDate"] is not None
    assert copies(as_("qunzhong"), case) == []
    assert as_("quxian").post(f"/v2/process-instances/{case}/copies/search").status_code == 404


def test_copies_that_are_refused(as_: Client, case: str) -> None:
    clerk = as_("jiedao")
    path = f"/v2/user-tasks/{only_task(clerk)['userTaskKey']}/copies"
    for body, status in (
        ({"people": []}, 400),
        ({}, 400),
        ({"people": ["nobody"]}, 422),
        ({"people": ["qunzhong"]}, 422),
        ({"people": ["linju"]}, 422),
        ({"people": ["lingdao"], "note": "长" * 501}, 422),
        ({"people": ["lingdao"], "colour": "red"}, 400),
    ):
        assert clerk.post(path, json=body).status_code == status, body
    post(as_("qunzhong"), path, {"people": ["lingdao"]}, expect=403)
    assert copies(clerk, case) == []
    for bad in ({"limit": 0}, {"limit": 101}, {"unread": "yes"}, {"after": "nonsense"}):
        assert clerk.post("/v2/copies/search", json=bad).status_code in {400, 422}, bad


def test_urging(as_: Client, case: str) -> None:
    """It shows on the task; too soon again says when."""
    citizen, clerk = as_("qunzhong"), as_("jiedao")
    path = f"/v2/process-instances/{case}/urges"
    made = post(citizen, path, {"note": "请快一点"}, expect=200).json()
    task = only_task(clerk)
    assert made["userTaskKeys"] == [task["userTaskKey"]]
    assert (task["urged"], task["urgedDate"]) == (1, made["creationDate"])
    late = post(citizen, path, expect=429).json()
    assert late["type"] == "urn:banshi:problem:too-soon"
    assert late["again"] in late["detail"]
    assert late["againAt"]
    (listed,) = post(clerk, f"{path}/search", expect=200).json()["items"]
    assert listed == made
    post(clerk, path, expect=403)
    post(as_("lingdao"), path, expect=403)
    assert as_("lingdao").post(f"{path}/search").status_code == 404
