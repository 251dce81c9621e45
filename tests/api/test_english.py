"""An English reader gets English: faults, refusals, what is wrong with a form, the record's words.
What somebody wrote, and what is recorded, stays as it is; whoever asks for nothing gets Chinese."""

from __future__ import annotations

import re
from typing import Any

import pytest

from engine.service.app import App
from tests.api.browsing import Browser
from tests.api.conftest import Browse, Client
from tests.api.test_cases import only_task
from tests.api.test_seats import LINE
from tests.driver import Case, Driver
from tests.filled import filled
from tests.service import diagrams

ENGLISH = {"Accept-Language": "en-GB,en;q=0.9,zh;q=0.8"}
CHINESE = re.compile(r"[\u3400-\u9fff]")


@pytest.fixture
def case(driver: Driver) -> Case:
    return driver.start("venture-grants", as_="zuzhi", form=filled("venture-application"))


def english(browser: Browser) -> Browser:
    """The browser of somebody who has chosen English."""
    return browser.visit("/?lang=en")


def texts(browser: Browser, path: str) -> list[str]:
    return [" ".join(found.text_content().split()) for found in browser.page.xpath(path)]


def test_an_error_page(browse: Browse) -> None:
    """given pages that cannot be shown, when read in English, then heading and message are."""
    citizen = english(browse("qunzhong"))
    citizen.visit("/admin/people")
    assert citizen.status == 403
    assert texts(citizen, "//p[@class='apology-message']") == [
        "You may not use the administration. This is for administrators only."
    ]
    citizen.visit("/services/nothing")
    assert texts(citizen, "//p[@class='apology-message']") == [
        "There is no process “nothing”; it may have been deleted, or you may not see it."
    ]
    citizen.visit("/nowhere")
    assert texts(citizen, "//p[@class='apology-message']") == [
        "There is no such address; please check it."
    ]


def test_a_refusal_and_the_record_on_a_task(browse: Browse, case: Case) -> None:
    """given a task that others may claim, when read in English, then why I may not, and what was
    done before, is in English; in Chinese as it always was."""
    task = case.task_for("formal-review", "cishan").key
    reader = english(browse("guanli")).visit(f"/tasks/{task}")
    assert texts(reader, "//ul[contains(@class, 'refusals')]/li") == [
        "You are not a candidate for this task."
    ]
    told = texts(reader, "//dl[@class='refused']//dd")
    assert "This task has not been claimed." in told
    assert [line for line in told if CHINESE.search(line)] == []
    assert "2018-06-01" in reader.text, "what was filled in, in words of the language"
    reader.visit(f"/tasks/{task}?lang=zh")
    assert "2018年6月1日" in reader.text
    assert texts(reader, "//ul[contains(@class, 'refusals')]/li") == ["您不是此任务的候选办理人。"]


def test_a_form_with_mistakes(browse: Browse, case: Case) -> None:
    """given a form that is sent incomplete, then what is wrong is said in English, with the labels
    as whoever drew the form wrote them; a comment that is too long is refused in English."""
    applicant = english(browse("zuzhi")).visit("/services/venture-grants")
    applicant.send("/services/venture-grants", {"projectName": ""})
    assert applicant.status == 422
    said = texts(applicant, "//*[contains(@class, 'error-summary')]//li")
    assert "Please fill in “项目名称”." in said
    assert [line for line in said if CHINESE.search(re.sub("“[^”]*”", "", line))] == []
    clerk = english(browse("cishan"))
    task = case.task_for("formal-review", "cishan").key
    clerk.visit(f"/tasks/{task}").send(f"/tasks/{task}/claim")
    clerk.send(f"/tasks/{task}/comments", {"text": "长" * 3000})
    assert "text of the comment: at most 2000 characters, now 3000." in clerk.text


def test_problem_documents(as_: Client, anonymous: Any) -> None:
    """given a client that prefers English, then problem documents are English, and say so; another
    one gets Chinese."""
    client = as_("guanli")
    missing = client.get("/v2/process-definitions/4194304", headers=ENGLISH)
    assert missing.headers["content-language"] == "en"
    assert missing.json() == {
        "type": "urn:banshi:problem:not-found",
        "title": "Not found",
        "status": 404,
        "detail": "There is no process “4194304”; it may have been deleted, or you may not see it.",
        "instance": "/v2/process-definitions/4194304",
        "what": "process",
        "key": "4194304",
    }
    wrong = client.post("/v2/process-definitions/search", json={"filtr": {}}, headers=ENGLISH)
    assert wrong.json()["title"] == "Malformed request"
    assert wrong.json()["problems"][0]["message"] == (
        "There is no field “filtr”; please check its spelling."
    )
    broken = client.post(
        "/v2/process-definitions/search",
        content=b"{",
        headers={**ENGLISH, "Content-Type": "application/json"},
    )
    assert broken.json()["detail"].startswith("The request is not valid JSON: ")
    refused = as_("qunzhong").get("/v2/users/guanli", headers=ENGLISH)
    assert refused.json()["detail"].startswith("You may not see people. ")
    nobody = anonymous.get("/v2/topology", headers=ENGLISH)
    assert CHINESE.search(nobody.text) is None
    chinese = client.get("/v2/process-definitions/4194304", headers={"Accept-Language": "zh-CN"})
    assert chinese.headers["content-language"] == "zh-CN"
    assert chinese.json()["title"] == "没有找到"


@pytest.fixture
def line(home: App, as_: Client) -> str:
    """A case of qunzhong's, at a task of jiedao's street."""
    diagrams.put(home, LINE)
    started = as_("qunzhong").post(
        "/v2/process-instances", json={"processDefinitionId": "line", "variables": {}}
    )
    return str(started.json()["processInstanceKey"])


def test_refusals_and_journal_words(as_: Client, line: str) -> None:
    """given a task and its case, when read in English, then why not, and what happened, is."""
    clerk, admin = as_("jiedao"), as_("guanli")
    task = only_task(clerk, state="CREATED")["userTaskKey"]
    found = admin.get(f"/v2/user-tasks/{task}/operations", headers=ENGLISH).json()
    assert found["refusals"]["complete"] == "You are not a candidate for this task."
    assert CHINESE.search("".join(found["refusals"].values())) is None
    clerk.post(f"/v2/user-tasks/{task}/assignment", json={"assignee": "jiedao"})
    entries = f"/v2/process-instances/{line}/journal"
    said = [e["summary"] for e in admin.get(entries, headers=ENGLISH).json()["items"]]
    assert (said[0], said[-1][:7]) == ("submit the application", "claim “")
    told = [e["summary"] for e in admin.get(entries).json()["items"]]
    assert (told[0], told[-1][:3]) == ("提交申请", "签收“")


def test_what_is_recorded_stays_chinese(as_: Client, line: str) -> None:
    """given a relation that is registered by an English client, then the recusal that follows from
    it is recorded in Chinese."""
    body = {"username": "qunzhong", "other": "jiedao", "kind": "FAMILY", "since": "2000-01-01"}
    made = as_("guanli").post("/v2/relations", json=body, headers=ENGLISH)
    assert made.status_code == 201, made.text
    search = {"processInstanceKey": line}
    found = as_("guanli").post("/v2/recusals/search", json=search, headers=ENGLISH).json()
    assert found["items"][0]["reason"] == "与申请人存在亲属关系，按规定回避"
