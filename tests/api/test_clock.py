"""Stopping a case's clock over /v2 and on its page, and the switch of automatic de-duplication."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from api.rest.clock_stops import clock_stop_out
from engine.model.actor import SYSTEM
from engine.service.app import App
from engine.service.clock.case_clock import list_clock_stops
from engine.service.letters.making import make_letters
from tests.api.conftest import Browse, Client
from tests.api.grants import only_task, post
from tests.driver import Driver
from tests.filled import filled
from tests.service import diagrams
from tests.service.people import person

TIMED = diagrams.process(
    "timed",
    diagrams.start(),
    diagrams.user_task("work", "办理", groups="street-clerk@weicheng-xiguan", deadline="5"),
    diagrams.end("done", "办结"),
    diagrams.flow("start", "work"),
    diagrams.flow("work", "done"),
    statutoryPeriod="20",
)


@pytest.fixture
def case(home: App, as_: Client) -> str:
    """A case of qunzhong's; jiedao has its only task; luren has nothing to do with it."""
    person(home, "luren", "citizen@weicheng-xiguan")
    diagrams.put(home, TIMED)
    started = as_("qunzhong").post(
        "/v2/process-instances", json={"processDefinitionId": "timed", "variables": {}}
    )
    assert started.status_code == 200, started.text
    clerk = as_("jiedao")
    task = only_task(clerk, state="CREATED")
    post(clerk, f"/v2/user-tasks/{task['userTaskKey']}/assignment", {"assignee": "jiedao"})
    return str(started.json()["processInstanceKey"])


def test_stop_resume_and_search(case: str, as_: Client) -> None:
    clerk, path = as_("jiedao"), f"/v2/process-instances/{case}"
    asked = {"kind": "INSPECTION", "reason": "送检"}
    for _ in range(2):
        made = clerk.post(f"{path}/clock-stops", json=asked, headers={"Idempotency-Key": "one"})
        assert made.status_code == 200, made.text
    assert made.json()["stoppedBy"] == "jiedao"
    post(clerk, f"{path}/clock-stops", asked, expect=403)
    post(as_("qunzhong"), f"{path}/clock-stops/resumption", {"reason": "快"}, expect=403)
    post(clerk, f"{path}/clock-stops", {"kind": "LUNCH", "reason": "x"}, expect=400)
    shown = clerk.get(path).json()
    assert (shown["clockStopped"], shown["statutoryDueDate"]) == ("INSPECTION", None)
    assert only_task(clerk, state="CREATED")["clockStopped"] == "INSPECTION"
    resumed = clerk.post(f"{path}/clock-stops/resumption", json={"reason": "结果已出"})
    assert resumed.status_code == 200, resumed.text
    shown = clerk.get(path).json()
    assert shown["clockStopped"] is None
    assert shown["statutoryDueDate"] is not None
    (stop,) = as_("qunzhong").post(f"{path}/clock-stops/search").json()["items"]
    assert (stop["kind"], stop["reason"], stop["resumedBy"]) == ("INSPECTION", "送检", "jiedao")
    assert as_("luren").post(f"{path}/clock-stops/search").status_code == 404


def test_the_switch_is_the_administrators(home: App, as_: Client) -> None:
    guanli: TestClient = as_("guanli")
    assert guanli.get("/v2/settings/deduplication").json() == {"enabled": False}
    assert as_("jiedao").get("/v2/settings/deduplication").status_code == 403
    refused = as_("jiedao").put("/v2/settings/deduplication", json={"enabled": True})
    assert refused.status_code == 403
    assert guanli.put("/v2/settings/deduplication", json={"enabled": True}).status_code == 204
    assert guanli.get("/v2/settings/deduplication").json() == {"enabled": True}


def test_the_page_of_the_case_stops_and_resumes_it(driver: Driver, browse: Browse) -> None:
    filed = driver.start("meal-hall-subsidy", as_="shitang", form=filled("meal-hall-application"))
    path = f"/cases/{filed.key}"
    clerk = browse("jiedao").visit("/tasks")
    (task,) = [t for t in filed.tasks() if t.element_id == "street-review"]
    clerk.visit(f"/tasks/{task.key}").send(f"/tasks/{task.key}/claim")
    assert "法定期限" in clerk.visit(path).text
    clerk.send(f"{path}/stop-clock", {"kind": "EXPERT", "reason": "组织专家评审"})
    assert (clerk.path, clerk.status) == (path, 200)
    assert "已中止计时" in clerk.text
    assert "计时中止（专家评审）" in clerk.text
    assert "计时中止（专家评审）" in clerk.visit("/tasks").text
    applicant = browse("shitang").visit(path)
    assert "组织专家评审" in applicant.text
    assert not [f for f in applicant.page.forms if f.action.endswith("-clock")]
    clerk.visit(path).send(f"{path}/resume-clock", {"reason": "评审结束"})
    assert "已恢复计时" in clerk.text
    assert "计时中止（专家评审）" not in clerk.text


def test_the_pages_name_the_letter_that_told_of_a_stop(
    shipped: App, driver: Driver, browse: Browse
) -> None:
    driver.at("2025-03-05T10:00")
    filed = driver.start("meal-hall-subsidy", as_="shitang", form=filled("meal-hall-application"))
    review = {**filled("street-review"), "outcome": "return", "reasonCode": "materials"}
    filed.complete("street-review", as_="jiedao", **review, missing="缺少备案回执。")
    path = f"/cases/{filed.key}"
    (told,) = list_clock_stops(shipped, SYSTEM, key=filed.key)
    assert told.letter is not None
    out = clock_stop_out(told.stop, told.letter)
    assert (out.kind, out.letter_number) == ("SUPPLEMENT", told.letter.symbol)
    assert out.document_key is None  # its PDF is still to be made
    for who in ("shitang", "jiedao"):
        notice = browse(who).visit(path).one("//ul[@class='clock-stops']//div[2]")
        said = " ".join(notice.text_content().split())
        assert said == f"书面告知：{told.letter.symbol} 补正一次性告知书"
    make_letters(shipped)
    link = browse("shitang").visit(path).one("//ul[@class='clock-stops']//a")
    assert link.text_content() == told.letter.symbol
    got = browse("shitang").client.get(link.get("href"))
    assert (got.status_code, got.content[:5]) == (200, b"%PDF-")
    guanli = browse("guanli").visit(path)
    filed.complete("supplement", as_="shitang", **filled("meal-hall-application"))
    guanli.visit(path)
    chosen = link.get("href").rsplit("/", 1)[1]
    asked = {"kind": "OTHER", "reason": "等待函复", "document": chosen}
    guanli.send(f"{path}/stop-clock", asked)
    lines = guanli.page.xpath("//ul[@class='clock-stops']/li")
    assert [told.letter.symbol in line.text_content() for line in lines] == [True, True]


def test_the_switch_and_the_calendar_have_pages(browse: Browse) -> None:
    guanli = browse("guanli").visit("/admin/automation")
    guanli.send("/admin/automation", {"deduplication": "1"})
    assert guanli.one("//input[@name='deduplication']").checked
    guanli.visit("/admin/calendar")
    year = {
        "year": "2027",
        "source": "国办发明电〔2026〕9号",
        "published": "2026-11-05",
        "rest": "元旦 2027-01-01 至 2027-01-03",
        "work": "",
        "preview": "1",
    }
    guanli.send("/admin/calendar", year)
    assert "公布后将重算 0 件事项的期限" in guanli.text
    assert guanli.one("//input[@name='source']").value == "国办发明电〔2026〕9号"
    assert "2027年" not in [link.text_content() for link in guanli.page.xpath("//ul//a")]
