"""Notices, dispatches and letters over the JSON API."""

from __future__ import annotations

from datetime import date

from fastapi.testclient import TestClient

from engine.model.letters import Template
from engine.model.notifications import Announcement, Channel, NoticeKind
from engine.service.app import App
from engine.service.cases.start_case import start_case
from engine.service.letters.making import make_letters
from engine.service.letters.templates import propose_template, publish_template
from engine.service.notifications.channels import add_endpoint, set_allowed_hosts
from engine.service.notifications.outbox import work_off
from engine.service.tasks.complete_task import complete_task
from engine.service.worklists.inbox import inbox
from engine.storage.notifications import announcements
from tests.api.conftest import Client
from tests.service import diagrams
from tests.service.people import actor, person

TEMPLATE = Template(
    id="plain-letter",
    name="决定书",
    series="潍民试",
    title="决定书",
    outcome="同意",
    addressee="{= case.applicantName }",
    body="同意。",
    remedy="",
    unit="潍坊市民政局",
)


def decided(app: App) -> str:
    """A case of qunzhong's that jiedao decided, with its letter made; the case's key."""
    person(app, "erguan", administrator=True)
    proposed = propose_template(
        app, actor(app, "guanli"), template=TEMPLATE, effective_from=date(2025, 1, 1)
    )
    publish_template(app, actor(app, "erguan"), key=proposed.key)
    diagrams.put(
        app,
        diagrams.process(
            "plain",
            diagrams.start(),
            diagrams.user_task("review", "审查", letter="plain-letter", assignee="jiedao"),
            diagrams.end("done", "同意"),
            diagrams.flow("start", "review"),
            diagrams.flow("review", "done"),
            series="PL",
        ),
    )
    case = start_case(app, actor(app, "qunzhong"), process_id="plain", submission={})
    jiedao = actor(app, "jiedao")
    (task,) = inbox(app, jiedao, view="todo").items
    complete_task(app, jiedao, key=task.key, submission={})
    assert make_letters(app) == 1
    work_off(app)
    return str(case.key)


def test_a_person_reads_and_ticks_off_notices(home: App, as_: Client) -> None:
    case = decided(home)
    client = as_("qunzhong")
    found = client.post("/v2/notices/search", json={"unread": True}).json()["items"]
    assert [notice["kind"] for notice in found] == ["letter-issued", "case-ended"]
    assert found[0]["processInstanceKey"] == case
    assert client.post(f"/v2/notices/{found[0]['noticeKey']}/reading").status_code == 204
    assert client.post(f"/v2/notices/{found[0]['noticeKey']}/reading").status_code == 404
    assert as_("jiedao").post(f"/v2/notices/{found[1]['noticeKey']}/reading").status_code == 404
    assert (
        client.post("/v2/notices/reading", json={"upTo": found[0]["noticeKey"]}).status_code == 204
    )
    assert client.post("/v2/notices/search", json={"unread": True}).json()["items"] == []
    assert len(client.post("/v2/notices/search").json()["items"]) == 2
    for wrong in ({"limit": 0}, {"limit": 201}, {"before": "x"}, {"unread": "yes"}, {"what": 1}):
        assert client.post("/v2/notices/search", json=wrong).status_code in {400, 422}, wrong


def test_administrators_send_dead_letters_again(home: App, as_: Client) -> None:
    guanli = actor(home, "guanli")
    set_allowed_hosts(home, guanli, hosts=["127.0.0.1:9"])
    add_endpoint(
        home,
        guanli,
        channel=Channel.WEBHOOK,
        name="办公系统",
        url="http://127.0.0.1:9/",
        kinds={NoticeKind.PUBLICATION},
    )
    set_allowed_hosts(home, guanli, hosts=[])
    with home.database.unit_of_work() as work:
        announcements.add(
            work,
            [Announcement(kind=NoticeKind.PUBLICATION, facts={"name": "公益创投"})],
            now=home.now(),
        )
        work.commit()
    work_off(home)
    client = as_("guanli")
    (dead,) = client.post("/v2/dispatches/search").json()["items"]
    assert (dead["state"], dead["recipient"], dead["attempts"]) == ("DEAD", "办公系统", 1)
    assert client.post(f"/v2/dispatches/{dead['dispatchKey']}/retry").status_code == 204
    assert client.post(f"/v2/dispatches/{dead['dispatchKey']}/retry").status_code == 409
    waiting = client.post("/v2/dispatches/search", json={"states": ["PENDING"]}).json()
    assert waiting["total"] == 1
    assert as_("jiedao").post("/v2/dispatches/search").status_code == 403
    assert client.post("/v2/dispatches/search", json={"states": []}).status_code in {400, 422}


def test_letters_are_listed_checked_and_revoked(
    home: App, as_: Client, anonymous: TestClient
) -> None:
    case = decided(home)
    (letter,) = as_("qunzhong").get(f"/v2/process-instances/{case}/letters").json()["items"]
    assert (letter["symbol"], letter["state"]) == ("潍民试〔2025〕1号", "READY")
    pdf = as_("qunzhong").get(f"/v2/documents/{letter['documentKey']}")
    assert pdf.content.startswith(b"%PDF")
    assert as_("guanli").get("/v2/process-instances/4194304/letters").status_code == 404
    assert as_("jiedao").get("/v2/process-instances/4194304/letters").status_code == 404
    told = anonymous.get(f"/v2/letter-verifications/{letter['code']}")
    assert told.status_code == 200
    assert told.json()["sha256"] == letter["sha256"]
    assert "qunzhong" not in told.text
    assert anonymous.get("/v2/letter-verifications/nothing").status_code == 404
    path = f"/v2/letters/{letter['letterKey']}/revocation"
    assert as_("jiedao").post(path, json={"reason": "错"}).status_code == 403
    assert as_("guanli").post(path, json={"reason": " "}).status_code == 422
    assert as_("guanli").post(path, json={"reason": "有误"}).json()["state"] == "REVOKED"
    again = anonymous.get(f"/v2/letter-verifications/{letter['code']}").json()
    assert again["state"] == "REVOKED"
    assert "有误" not in str(again)


def test_wrong_codes_are_throttled_over_http_too(home: App, anonymous: TestClient) -> None:
    limit = home.settings.wrong_codes_per_address
    statuses = [
        anonymous.get(f"/v2/letter-verifications/{n:020d}").status_code for n in range(limit + 1)
    ]
    assert statuses == [404] * limit + [429]
