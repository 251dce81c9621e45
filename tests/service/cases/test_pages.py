"""What pages show to whom, and what they cost: none asks the database more than twelve times."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from engine.model.errors import InvalidInput, NotFound
from engine.model.records import Light
from engine.service.app import App
from engine.service.cases.case_page import case_page
from engine.service.cases.get_case import my_cases
from engine.service.cases.start_form import start_form
from engine.service.tasks.task_page import task_page
from engine.service.worklists.inbox import inbox, inbox_counts
from tests.conftest import SettableClock
from tests.driver import Case, Driver
from tests.scenarios.test_scenarios import filled

MOST = 12


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The statements that are executed meanwhile, by whatever way."""
    seen: list[str] = []
    execute: Callable[..., Any] = psycopg.Cursor.execute

    def counting(cursor: Any, query: Any, *arguments: Any, **named: Any) -> Any:
        seen.append(str(query))
        return execute(cursor, query, *arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", counting)
        yield seen


@pytest.fixture
def driver(shipped: App, clock: SettableClock) -> Driver:
    driver = Driver(shipped, clock)
    driver.at("2025-03-03T09:00")
    return driver


@pytest.fixture
def case(driver: Driver) -> Case:
    return driver.start("venture-grants", as_="zuzhi", form=filled({"use": "venture-application"}))


def review(case: Case) -> Any:
    return case.task_for("formal-review", "cishan").key


def test_no_page_asks_more_than_twelve_times(
    driver: Driver, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = driver.app
    clerk, applicant, administrator = map(driver.person, ("cishan", "zuzhi", "guanli"))
    task = review(case)
    pages: dict[str, Callable[[], Any]] = {
        "task": lambda: task_page(app, clerk, key=task),
        "task, administrator": lambda: task_page(app, administrator, key=task),
        "case": lambda: case_page(app, applicant, key=case.key),
        "case, clerk": lambda: case_page(app, clerk, key=case.key),
        "inbox": lambda: inbox(app, clerk),
        "inbox, searched": lambda: inbox(app, clerk, search="项目"),
        "inbox, done": lambda: inbox(app, clerk, view="done"),
        "counts": lambda: inbox_counts(app, clerk),
        "my cases": lambda: my_cases(app, applicant),
        "start form": lambda: start_form(app, applicant, process_id="venture-grants"),
    }
    for name, page in pages.items():
        page()  # what is deployed is read once
        with counted(monkeypatch) as seen:
            page()
        assert 0 < len(seen) <= MOST, (name, len(seen), seen)


def test_a_longer_inbox_costs_no_more_queries(
    driver: Driver, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = driver.person("cishan")

    def queries() -> int:
        with counted(monkeypatch) as seen:
            inbox(driver.app, clerk)
        return len(seen)

    inbox(driver.app, clerk)
    one = queries()
    for _ in range(5):
        driver.start("venture-grants", as_="zuzhi2", form=filled({"use": "venture-application"}))
    assert queries() == one


def test_a_task_page_has_what_a_reviewer_decides_on(driver: Driver, case: Case) -> None:
    page = task_page(driver.app, driver.person("cishan"), key=review(case))
    assert page.form is not None
    assert page.form.definition.form_id == "venture-formal-review"
    assert "complete" in page.allowed_actions
    assert "assign" in page.refusals
    assert page.case.submitted is not None
    assert page.case.submitted.context.data["projectName"]
    assert page.case.documents, "what was filed with the application"
    assert {rule.decision_id for taken in page.case.decisions for rule in taken.matched}
    assert page.case.entries[0].kind == "start"
    assert "formal-review" in page.case.active_elements
    assert page.case.taken_flows


def test_an_applicant_reads_nothing_of_how_it_is_decided(driver: Driver, case: Case) -> None:
    page = case_page(driver.app, driver.person("zuzhi"), key=case.key)
    assert page.decisions == ()
    assert page.visible_tasks == frozenset()
    assert page.allowed_actions == {"withdraw", "urge"}
    with pytest.raises(NotFound):
        case_page(driver.app, driver.person("zuzhi2"), key=case.key)
    case.complete(
        "formal-review",
        as_="cishan",
        outcome="return",
        reasonCode="materials",
        missing="请补充团队证明。",
        opinion="材料不齐。",
    )
    entry = case_page(driver.app, driver.person("zuzhi"), key=case.key).entries[-1]
    assert (entry.summary, entry.said["missing"]) == (
        "办理“形式审查”：退回补正，中止计时（补正）",
        "请补充团队证明。",
    )


def test_an_administrator_sees_sensitive_data_masked(driver: Driver, case: Case) -> None:
    own = case_page(driver.app, driver.person("zuzhi"), key=case.key).submitted
    others = case_page(driver.app, driver.person("guanli"), key=case.key).submitted
    assert own is not None
    assert own.context.masked == frozenset()
    assert others is not None
    assert others.context.masked


def test_deadlines_have_their_colours(driver: Driver, case: Case) -> None:
    clerk = driver.person("cishan")

    def light() -> tuple[Light, int | None]:
        (task,) = inbox(driver.app, clerk).items
        return task.light, task.remaining_days

    assert light() == (Light.GREEN, 5)
    driver.at("2025-03-07T09:00")
    assert light() == (Light.AMBER, 1)
    driver.advance(timedelta(days=3))  # over the weekend, to the day it is due
    assert light() == (Light.AMBER, 0)
    assert inbox_counts(driver.app, clerk).due_today == 1
    driver.at("2025-03-11T00:00:01")
    assert light() == (Light.RED, -1)
    assert inbox_counts(driver.app, clerk).overdue == 1
    assert inbox(driver.app, clerk, due="overdue").total == 1
    assert inbox(driver.app, clerk, due="today").total == 0


@pytest.mark.parametrize("cursor", ["", "x", "%%%", "MTIzfDEyMw", "LTE", "8J+YgA", "A" * 5000])
def test_a_cursor_that_is_none(driver: Driver, case: Case, cursor: str) -> None:
    clerk = driver.person("cishan")
    if not cursor:
        assert inbox(driver.app, clerk, cursor=cursor).items
        return
    for sort in ("due", "created"):
        with pytest.raises(InvalidInput):
            inbox(driver.app, clerk, cursor=cursor, sort=sort)  # type: ignore[arg-type]
