"""What a page costs: few statements, however much there is; and files that browsers keep."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from api.app import create_app
from api.pages import assets
from api.pages.bundles import FOREVER
from engine.model.signatures import Signature
from engine.service.add_sign import add_sign
from engine.service.app import App
from engine.service.comment_task import comment_task
from engine.service.complete_task import complete_task
from engine.service.delegate_task import delegate_task
from engine.service.phrases import add_phrase
from engine.storage.database import UnitOfWork
from tests.api.browsing import Browser
from tests.api.conftest import Browse
from tests.api.desk import desk, put, started, task_of
from tests.driver import Driver
from tests.filled import filled

#: Statements that any page may make.
MOST = 12


class Statements:
    """Counts the statements that reach the database, by whichever way."""

    def __init__(self) -> None:
        self.count = 0

    def of(self, act: Callable[[], Any]) -> int:
        self.count = 0
        act()
        return self.count


@pytest.fixture
def statements(shipped: App, monkeypatch: pytest.MonkeyPatch) -> Iterator[Statements]:
    counted = Statements()
    straight = UnitOfWork.hot

    def hot(self: UnitOfWork, *args: Any, **kwargs: Any) -> Any:
        counted.count += 1
        return straight(self, *args, **kwargs)

    monkeypatch.setattr(UnitOfWork, "hot", hot)

    def seen(*_: object) -> None:
        counted.count += 1

    with shipped.database.unit_of_work() as work:
        engine = work.connection.engine
    sa.event.listen(engine, "before_cursor_execute", seen)
    yield counted
    sa.event.remove(engine, "before_cursor_execute", seen)


def test_few_statements_for_any_page(
    browse: Browse, driver: Driver, statements: Statements
) -> None:
    """given cases and tasks, when any page is looked at a second time, then it makes no more
    statements than the limit."""
    case = driver.start("venture-grants", as_="zuzhi", form=filled("venture-application"))
    second = driver.start("venture-grants", as_="zuzhi", form=filled("venture-application"))
    task = case.task_for("formal-review", "cishan").key
    other = second.task_for("formal-review", "cishan").key
    cost: dict[str, int] = {}
    for username, paths in {
        "zuzhi": ["/", "/services/venture-grants", "/cases", f"/cases/{case.key}", "/notices"],
        "cishan": [
            "/",
            "/tasks",
            "/tasks?view=todo&process=venture-grants&step=形式审查&unit=weifang&urgent=1",
            "/tasks?view=todo&q=项目&sort=oldest",
            "/tasks?view=done",
            "/tasks?view=started",
            "/tasks?view=copies",
            "/tasks/filters",
            f"/tasks/batch?act=complete&key={task}&key={other}",
            "/events/counts",
            f"/tasks/{task}",
            "/profile",
        ],
        "guanli": [
            "/admin/services",
            "/admin/services/venture-grants",
            "/admin/publications",
            "/admin/instances",
            "/admin/incidents",
            f"/admin/instances/{case.key}",
            f"/admin/instances/{case.key}/move",
            f"/admin/instances/{case.key}/variables",
            "/admin/services/venture-grants/migrate",
            "/admin/batches",
            "/admin/new-batch?kind=suspend&process=venture-grants",
            "/admin/people",
            "/admin/units",
            "/admin/calendar",
        ],
    }.items():
        browser = browse(username)
        for path in paths:
            browser.visit(path)
            cost[path] = statements.of(lambda at=path, of=browser: of.visit(at))  # type: ignore[misc]
            assert browser.status == 200
    assert {path: n for path, n in cost.items() if n > MOST} == {}
    assert cost["/tasks"] > 0


def test_few_statements_for_a_desk_with_seats(
    browse: Browse, driver: Driver, statements: Statements
) -> None:
    """given a countersign with a delegation, an added sign, comments and phrases, when anybody who
    has to do with it looks a second time, then it makes no more statements than the limit."""
    app = driver.app
    put(app, desk(signature="optional"))
    case = started(driver)
    people = {name: driver.person(name) for name in ("cishan", "caiwu", "lingdao", "kezhang")}
    complete_task(app, people["cishan"], key=task_of(driver, case, "draft"), submission={})
    key = task_of(driver, case, "countersign")
    delegate_task(app, people["caiwu"], key=key, to="cishan", reason="请核")
    add_sign(app, people["lingdao"], key=key, mode="before", people=["shezu"])
    comment_task(app, people["lingdao"], key=key, text="请看")
    add_phrase(app, people["kezhang"], text="同意。")
    cost: dict[str, int] = {}
    for name in ("kezhang", "lingdao", "caiwu", "cishan", "guanli"):
        browser = browse(name).visit(f"/tasks/{key}")
        cost[name] = statements.of(lambda of=browser: of.visit(f"/tasks/{key}"))  # type: ignore[misc]
        assert browser.status == 200
        assert len(browser.page.xpath("//ul[@class='seats']/li")) == 4
    yes = {"outcome": "approve", "opinion": "同意"}
    signed = Signature(name=people["kezhang"].name)
    complete_task(app, people["kezhang"], key=key, submission=yes, signature=signed)
    browser = browse("kezhang").visit(f"/tasks/{key}")
    cost["done"] = statements.of(lambda: browser.visit(f"/tasks/{key}"))
    assert {who: n for who, n in cost.items() if n > MOST} == {}


def test_files_are_kept_and_compressed(site: FastAPI) -> None:
    """given our style sheet, when fetched as a page names it, then for ever and compressed; by its
    bare name it is asked for again each time."""
    with Browser(site) as browser:
        browser.visit("/login")
        named = browser.one("//link[contains(@href, '/static/pages.css?v=')]").get("href")
        kept = browser.client.get(named)
        assert kept.headers["cache-control"] == FOREVER
        assert kept.headers["content-encoding"] == "gzip"
        assert browser.client.get("/static/pages.css").headers["cache-control"] == "no-cache"
        assert browser.client.get("/static/../pages/login.py").status_code == 404
        assert browser.client.get("/static/%2e%2e/pages/login.py").status_code == 404


def test_pages_work_without_a_build(shipped: App, tmp_path: Any) -> None:
    """given no bundles, when the log-in page is drawn, then it is there, bare."""
    site = create_app(shipped)
    site.state.assets = assets.load(tmp_path)
    with Browser(site) as browser:
        browser.visit("/login")
        assert browser.status == 200
        assert not browser.page.xpath("//script[@src]")
