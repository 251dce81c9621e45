"""What a page costs: few statements, however much there is; and files that browsers keep."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from api.app import access_of_routes, create_app
from api.pages import assets
from api.pages.bundles import FOREVER
from engine.model.keys import Key
from engine.model.signatures import Signature
from engine.service.app import App
from engine.service.cases.copy_case import copy_case
from engine.service.letters.making import make_letters
from engine.service.seats.add_sign import add_sign
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.comment_task import comment_task
from engine.service.tasks.complete_task import complete_task
from engine.service.tasks.delegate_task import delegate_task
from engine.service.worklists.phrases import add_phrase
from engine.storage.clock import clocks
from engine.storage.database import UnitOfWork
from engine.storage.instances import copies
from engine.storage.instances.attached import Attached, attached
from engine.storage.papers import letters
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


#: Streams without end, and descriptions of the interface that nobody works with.
NO_PAGES = ("/v2", "/events", "/docs", "/openapi.json", "/health")

#: Pages that are seen of a rich case by somebody, at least (of the applicant's, the handler's, the
#: reader's and the administrator's).
SEEN = 130


def rich_case(driver: Driver) -> dict[str, list[str]]:
    """A case with a document, a letter, a copy and a stopped clock, seen by its handler and sent
    back; by the beginning of a path, what its parameter may be."""
    app = driver.app
    driver.at("2025-03-03T09:00")
    case = driver.start("venture-grants", as_="zuzhi", form=filled("venture-application"))
    done = case.task_for("formal-review", "cishan").key
    cishan = driver.person("cishan")
    claim_task(app, cishan, key=done)
    copy_case(app, cishan, task_key=done, people=["caiwu"], note="请知悉")
    returned = {"outcome": "return", "reasonCode": "materials", "missing": "请补充"}
    case.complete("formal-review", as_="cishan", opinion="材料不齐。", **returned)
    make_letters(app)
    with app.database.unit_of_work() as work:

        def keys(statement: str) -> list[str]:
            return [str(row[0]) for row in work.hot(statement, {"case": case.key})]

        opened = keys(
            "select key from user_task where instance_key = %(case)s and ended_at is null"
        )
        assert len(keys("select key from carbon_copy where instance_key = %(case)s")) == 1
        assert len(keys("select key from clock_stop where instance_key = %(case)s")) == 1
        return {
            "/cases/": [str(case.key)],
            "/admin/instances/": [str(case.key)],
            "/tasks/": [str(done), *opened[:1]],
            "/documents/": keys("select key from document where instance_key = %(case)s")[:1],
            "/verify/": keys("select code from letter where instance_key = %(case)s")[:1],
            "/services/": ["venture-grants"],
            "/admin/services/": ["venture-grants"],
            "/admin/new/": ["bpmn", "form", "dmn"],
            "/admin/people/": [str(cishan.key)],
            "/admin/definitions/": keys("select definition_key from instance where key = %(case)s"),
        }


def test_one_statement_reads_what_three_read(driver: Driver) -> None:
    """given a letter, a copy and a stopped clock, when read together, then as each by itself."""
    case = Key(int(rich_case(driver)["/cases/"][0]))
    with driver.app.database.unit_of_work() as work:
        found = attached(work, case, username="zuzhi")
        assert found.letters == letters.of_instance(work, case) != ()
        assert found.copies == copies.copies_of(work, case) != ()
        assert found.stops == clocks.stops_of(work, case) != ()
        assert found.holds is clocks.holds(work, case, "zuzhi") is False
        assert attached(work, Key(1), username="zuzhi") == Attached()


def test_one_statement_says_who_holds_a_task(driver: Driver) -> None:
    """given a claimed task, when read together, then only who claimed it holds one."""
    case = driver.start("venture-grants", as_="zuzhi", form=filled("venture-application"))
    task = case.task_for("formal-review", "cishan").key
    claim_task(driver.app, driver.person("cishan"), key=task)
    with driver.app.database.unit_of_work() as work:
        for who in ("cishan", "caiwu"):
            found = attached(work, case.key, username=who)
            assert found.holds is clocks.holds(work, case.key, who) is (who == "cishan")


def pages_of(site: FastAPI, parameters: dict[str, list[str]]) -> list[str]:
    """The path of every page, its parameter filled in; not those of which there is nothing."""
    found: list[str] = []
    for method, path in sorted(access_of_routes(site)):
        if method != "GET" or path.startswith(NO_PAGES):
            continue
        before, brace, rest = path.partition("{")
        if brace:
            after = rest.partition("}")[2]
            found += [f"{before}{each}{after}" for each in parameters.get(before, ())]
        else:
            found.append(path)
    return found


def test_few_statements_for_every_page_on_a_rich_case(
    site: FastAPI, browse: Browse, driver: Driver, statements: Statements
) -> None:
    """given a case with everything, when its applicant, who handled it, who was sent it and an
    administrator look at every page there is a second time, then each makes few statements."""
    parameters = rich_case(driver)
    assert all(parameters.values())
    cost: dict[tuple[str, str], int] = {}
    for who in ("zuzhi", "cishan", "caiwu", "guanli"):
        client = browse(who).client
        for path in pages_of(site, parameters):
            if client.get(path).status_code == 200:
                cost[path, who] = statements.of(lambda of=client, at=path: of.get(at))  # type: ignore[misc]
    assert {page: n for page, n in cost.items() if n > MOST} == {}
    assert len(cost) >= SEEN
    case = parameters["/cases/"][0]
    for name in ("", "/diagram", "/receipt", "/record", "/recusal"):
        assert all(cost[f"/cases/{case}{name}", who] for who in ("zuzhi", "cishan", "guanli"))
    assert cost[f"/cases/{case}/my-data", "zuzhi"]


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
