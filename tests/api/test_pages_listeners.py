"""What the pages say of a task whose listeners are asked, and of what they denied."""

from __future__ import annotations

import pytest

from engine.model.actor import SYSTEM
from engine.model.keys import Key
from engine.model.search import Query
from engine.service.app import App
from engine.service.cases.start_case import start_case
from engine.service.exchange.work_jobs import ListenerResult, activate_jobs, complete_job
from engine.service.searching import search_tasks
from tests.api.browsing import Browser
from tests.api.conftest import Browse
from tests.conftest import SettableClock
from tests.driver import Driver
from tests.service import diagrams
from tests.service.exchange.test_listeners import MINUTE, drawn


@pytest.fixture
def task(shipped: App, clock: SettableClock) -> Key:
    """A task that Wang may take, if its listeners agree; the case is begun by an applicant."""
    listeners = drawn("task", "assigning:ask", "completing:check", "canceling:tidy")
    user = diagrams.user_task("look", "核对", users="cishan").replace(
        "<zeebe:userTask/>", "<zeebe:userTask/>" + listeners
    )
    xml = diagrams.process(
        "listened",
        diagrams.start(),
        user,
        diagrams.end("done", "办结"),
        diagrams.flow("start", "look"),
        diagrams.flow("look", "done"),
    )
    diagrams.put(shipped, xml)
    driver = Driver(shipped, clock)
    case = start_case(shipped, driver.person("zuzhi"), process_id="listened", submission={})
    found = search_tasks(shipped, SYSTEM, query=Query()).items
    return next(t.key for t in found if t.instance_key == case.key)


def agree(app: App, kind: str, result: ListenerResult | None = None) -> None:
    (job,) = activate_jobs(app, SYSTEM, type=kind, worker="w", timeout=MINUTE, max_jobs=1)
    complete_job(app, SYSTEM, key=job.key, result=result)


def claim(browser: Browser, task: Key) -> Browser:
    return browser.visit(f"/tasks/{task}").send(f"/tasks/{task}/claim")


def test_a_claim_waits_is_denied_with_the_reason_and_then_counts(
    shipped: App, browse: Browse, task: Key
) -> None:
    clerk = claim(browse("cishan"), task)
    assert "等待系统核对，核对通过后生效" in clerk.text
    assert "待系统核对" in clerk.visit(f"/tasks/{task}").text
    assert "此任务正在等待系统核对，核对完成后才能继续办理。" in clerk.text
    assert not [f for f in clerk.page.forms if f.action == f"/tasks/{task}/claim"]
    agree(shipped, "ask", ListenerResult(denied=True, reason="今日不在班"))
    clerk.visit(f"/tasks/{task}")
    assert "系统核对未通过，任务保持原状：今日不在班" in clerk.text
    claim(clerk, task)
    agree(shipped, "ask")
    clerk.visit(f"/tasks/{task}")
    assert "任务保持原状：" not in clerk.text
    clerk.form(f"/tasks/{task}")


def test_an_application_is_withdrawn_when_they_are_done(
    shipped: App, browse: Browse, task: Key
) -> None:
    applicant = browse("zuzhi").visit("/cases")
    case = search_tasks(shipped, SYSTEM, query=Query()).items[0].instance_key
    applicant.visit(f"/cases/{case}").send(f"/cases/{case}/withdraw", {"reason": "不办了"})
    assert "等待系统核对，核对通过后生效" in applicant.text
    agree(shipped, "tidy")
    assert "申请人已撤销" in applicant.visit(f"/cases/{case}").text
