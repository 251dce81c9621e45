"""An administrator manages cases on the pages: moves, migrates, pauses and corrects them, one or
many, and sees beforehand what would happen."""

from __future__ import annotations

from itertools import pairwise

import pytest

from engine.model.keys import Key
from engine.model.states import InstanceState
from engine.service.administration.modify_case import case_positions
from engine.service.administration.run_batches import run_batches
from engine.service.app import App
from engine.service.cases.get_case import get_case
from engine.service.cases.start_case import start_case
from engine.service.identity.list_people import get_person
from engine.service.publishing.read_definitions import list_versions
from tests.api.browsing import Browser
from tests.api.conftest import Browse
from tests.driver import Driver
from tests.service import diagrams
from tests.service.diagrams import flow, user_task

CHARITY = "charity-clerk@weifang"


def line(*names: str) -> bytes:
    ids = ["start", *names, "end"]
    return diagrams.process(
        "line",
        diagrams.start(),
        *(user_task(name, f"环节{name}", groups=CHARITY) for name in names),
        diagrams.end(),
        *(flow(a, b) for a, b in pairwise(ids)),
        series="XL",
        name="助学申请",
    )


@pytest.fixture
def guanli(browse: Browse) -> Browser:
    return browse("guanli")


@pytest.fixture
def case(shipped: App, driver: Driver) -> Key:
    diagrams.put(shipped, line("a", "b", "c"))
    return start_case(shipped, driver.person("zuzhi"), process_id="line", submission={}).key


def at(app: App, driver: Driver, case: Key) -> list[str]:
    return [p.element_id for p in case_positions(app, driver.person("guanli"), key=case)]


def newest(app: App, driver: Driver) -> Key:
    return list_versions(app, driver.person("guanli"), process_id="line")[0].key


def test_a_case_is_moved_after_a_preview(
    guanli: Browser, shipped: App, driver: Driver, case: Key
) -> None:
    guanli.visit(f"/cases/{case}")
    assert guanli.one("//a[contains(., '管理此事项')]").get("href") == f"/admin/instances/{case}"
    guanli.visit(f"/admin/instances/{case}")
    assert "环节a" in guanli.text
    (token,) = case_positions(shipped, driver.person("guanli"), key=case)
    guanli.visit(f"/admin/instances/{case}/move?way=move&source={token.key}&target=c")
    assert "取消的任务“环节a”（潍坊市 慈善社工科经办）" in guanli.text
    assert "新开的任务“环节c”（潍坊市 慈善社工科经办）" in guanli.text
    assert at(shipped, driver, case) == ["a"], "a preview changes nothing"
    guanli.send(f"/admin/instances/{case}/move", {"reason": ""})
    assert guanli.status == 422
    assert "请填写修改原因" in guanli.text
    guanli.send(f"/admin/instances/{case}/move", {"reason": "走错了"})
    assert guanli.path == f"/admin/instances/{case}"
    assert "已修改" in guanli.text
    assert at(shipped, driver, case) == ["c"]


def test_what_cannot_be_moved_says_why(
    guanli: Browser, case: Key, shipped: App, driver: Driver
) -> None:
    (token,) = case_positions(shipped, driver.person("guanli"), key=case)
    guanli.visit(f"/admin/instances/{case}/move?way=cancel&source={token.key}")
    assert "终止事项" in guanli.text
    assert not guanli.page.xpath("//form[@method='post'][contains(@action, '/move')]")


def test_a_case_is_paused_resumed_and_corrected(
    guanli: Browser, shipped: App, driver: Driver, case: Key
) -> None:
    page = f"/admin/instances/{case}"
    guanli.visit(page).send(f"{page}/suspend", {"reason": "核查"})
    assert "此事项已暂停" in guanli.text
    assert get_case(shipped, driver.person("guanli"), key=case).state is InstanceState.SUSPENDED
    guanli.visit(f"{page}/variables").send(
        f"{page}/variables", {"name": "amount", "kind": "number", "value": "x", "reason": "错"}
    )
    assert guanli.status == 422
    assert "请填写数字" in guanli.text
    guanli.send(
        f"{page}/variables", {"name": "amount", "kind": "number", "value": "12.50", "reason": "错"}
    )
    assert guanli.path == f"{page}/variables"
    assert "amount12.50" in guanli.text
    guanli.visit(page).send(f"{page}/resume", {"reason": " "})
    assert guanli.status == 422
    guanli.send(f"{page}/resume", {"reason": "查毕"})
    assert get_case(shipped, driver.person("guanli"), key=case).state is InstanceState.ACTIVE


def test_a_case_is_migrated_with_a_mapping(
    guanli: Browser, shipped: App, driver: Driver, case: Key
) -> None:
    diagrams.put(shipped, line("x", "b", "c"))
    page, version = f"/admin/instances/{case}", newest(shipped, driver)
    guanli.visit(page)
    assert "此事项在 v1 上办理，现行版本是 v2。" in guanli.text
    guanli.visit(f"{page}/migrate?version={version}")
    assert "不能迁移 1 件" in guanli.text
    assert not guanli.page.xpath("//form[@method='post'][contains(@action, '/migrate')]")
    guanli.visit(f"{page}/migrate?version={version}&m.a=x")
    assert "可以迁移 1 件" in guanli.text
    guanli.send(f"{page}/migrate", {"reason": "新规定"})
    assert guanli.path == page
    assert "v2" in guanli.text
    assert at(shipped, driver, case) == ["x"]


def test_many_are_migrated_from_the_service(
    guanli: Browser, shipped: App, driver: Driver, case: Key
) -> None:
    others = [
        start_case(shipped, driver.person("zuzhi"), process_id="line", submission={}).key
        for _ in range(2)
    ]
    diagrams.put(shipped, line("x", "b", "c"))
    guanli.visit("/admin/services/line")
    assert "3 件事项还在旧版本上办理" in guanli.text
    guanli.visit("/admin/services/line/migrate?m.a=x")
    assert "可以迁移 3 件" in guanli.text
    guanli.send("/admin/services/line/migrate", {"reason": "统一到新版"})
    assert guanli.path.startswith("/admin/batches/")
    assert "共 3 件，已完成 0%" in guanli.text
    here = guanli.path
    guanli.send(f"{here}/turn", {"to": "suspend"})
    assert run_batches(shipped) == 0
    guanli.send(f"{here}/turn", {"to": "resume"})
    run_batches(shipped)
    guanli.visit(here)
    assert "已完成 100%" in guanli.text
    assert [at(shipped, driver, key) for key in (case, *others)] == [["x"]] * 3
    guanli.visit("/admin/batches")
    assert "不在 v2 上办理的全部事项" in guanli.text
    guanli.visit("/admin/services/line")
    assert "旧版本上办理" not in guanli.text


def test_a_batch_is_ordered_by_step(
    guanli: Browser, shipped: App, driver: Driver, case: Key
) -> None:
    guanli.visit("/admin/new-batch?kind=move&process=line")
    assert not guanli.page.xpath("//form[@method='post'][@action='/admin/new-batch']")
    guanli.visit("/admin/new-batch?kind=move&process=line&element=a&to=b")
    assert "移动位置：1 件" in guanli.text
    guanli.send("/admin/new-batch", {"reason": ""})
    assert guanli.status == 422
    guanli.send("/admin/new-batch", {"reason": "统一"})
    run_batches(shipped)
    assert at(shipped, driver, case) == ["b"]
    person = get_person(shipped, driver.person("guanli"), username="guanli")
    assert person.name in guanli.visit("/admin/batches").text


def test_nobody_else_comes_here(browse: Browse, case: Key) -> None:
    clerk = browse("cishan")
    for path in (
        f"/admin/instances/{case}",
        f"/admin/instances/{case}/move",
        f"/admin/instances/{case}/migrate?version=1",
        "/admin/services/line/migrate",
        "/admin/batches",
        "/admin/new-batch",
    ):
        assert clerk.visit(path).status == 403
    assert "管理此事项" not in clerk.visit(f"/cases/{case}").text
