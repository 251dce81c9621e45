"""批量审批 and 批量签收 over /v2; and a worker who is woken when a job comes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.rest import jobs
from engine.model.actor import SYSTEM
from engine.service.access.change_password import reset_password
from engine.service.app import App
from engine.service.cases.start_case import start_case
from engine.service.identity.list_people import get_person
from tests.api.conftest import Client
from tests.driver import Driver
from tests.filled import filled
from tests.service import diagrams
from tests.service.people import PASSWORD, logged_in


@contextmanager
def caller(app: App, username: str) -> Iterator[TestClient]:
    """The API as the person calls it, with a server that is started and ended."""
    person = get_person(app, SYSTEM, username=username)
    reset_password(app, SYSTEM, person_key=person.key, new=PASSWORD)
    token = logged_in(app, username).access_token
    with TestClient(
        create_app(app, pages=False), headers={"Authorization": f"Bearer {token}"}
    ) as client:
        yield client


def test_many_at_once(shipped: App, driver: Driver) -> None:
    """given two tasks and one that is none, when they are claimed and approved in batches, then each
    line says what came of it; the same request again gets the same answer; and who may not gets 200
    with refusals only."""
    keys = [
        str(
            driver.start("venture-grants", as_="zuzhi", form=filled("venture-application"))
            .task_for("formal-review", "cishan")
            .key
        )
        for _ in range(2)
    ]
    wanted = [*keys, "4194305"]
    with caller(shipped, "yanglao") as stranger:
        said = stranger.post("/v2/user-tasks/batch-claim", json={"userTaskKeys": wanted}).json()
        assert said["done"] == 0
        assert {line["problem"]["status"] for line in said["items"]} <= {403, 404}
    with caller(shipped, "cishan") as client:
        said = client.post("/v2/user-tasks/batch-claim", json={"userTaskKeys": wanted}).json()
        assert (said["done"], [line["done"] for line in said["items"]]) == (2, [True, True, False])
        ask = {"userTaskKeys": wanted, "outcome": "approve", "opinion": "材料齐全。"}
        once = {"Idempotency-Key": "batch-1"}
        path = "/v2/user-tasks/batch-completion"
        answers = [client.post(path, json=ask, headers=once) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 200]
        first, again = (answer.json() for answer in answers)
        assert first == again
        assert [line["outcome"] for line in first["items"]] == ["approve", "approve", None]
        problem = first["items"][2]["problem"]
        assert (problem["status"], problem["type"]) == (404, "urn:banshi:problem:not-found")
        assert "4194305" in problem["detail"]
        late = client.post(path, json=ask).json()
        assert [line["problem"]["status"] for line in late["items"]] == [409, 409, 404]


@pytest.mark.parametrize(
    "body",
    [
        {"userTaskKeys": [], "outcome": "approve"},
        {"userTaskKeys": ["1"] * 101, "outcome": "approve"},
        {"userTaskKeys": ["1"]},
        {"userTaskKeys": ["one"], "outcome": "approve"},
        {"userTaskKeys": ["1"], "outcome": "approve", "more": 1},
    ],
)
def test_what_is_no_batch(as_: Client, body: object) -> None:
    answer = as_("jiedao").post("/v2/user-tasks/batch-completion", json=body)
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"].startswith("application/problem+json")


def test_a_new_job_wakes_whoever_waits(
    shipped: App, driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """given a worker who waits and would look again in half a minute only, when a job of his type
    comes, then he has it at once."""
    monkeypatch.setattr(jobs, "_FIRST_PAUSE", 30.0)
    monkeypatch.setattr(jobs, "_LONGEST_PAUSE", 30.0)
    outside = diagrams.process(
        "outside",
        diagrams.start(),
        '<bpmn:serviceTask id="pay" name="付款">'
        + diagrams.extension('<zeebe:taskDefinition type="pay-out"/>')
        + "</bpmn:serviceTask>",
        diagrams.end("done"),
        diagrams.flow("start", "pay"),
        diagrams.flow("pay", "done"),
    )
    diagrams.put(shipped, outside)
    guanli = driver.person("guanli")
    taken: list[tuple[float, int]] = []
    with caller(shipped, "guanli") as client:

        def wait() -> None:
            ask = {
                "type": "pay-out",
                "timeout": 60_000,
                "maxJobsToActivate": 5,
                "requestTimeout": 25_000,
            }
            found = client.post("/v2/jobs/activation", json=ask).json()["jobs"]
            taken.append((time.monotonic(), len(found)))

        worker = threading.Thread(target=wait)
        worker.start()
        time.sleep(1.5)
        assert taken == []
        start_case(shipped, guanli, process_id="outside", submission={})
        begun = time.monotonic()
        worker.join(timeout=30)
    ((at, count),) = taken
    assert count == 1
    assert at - begun < 5
