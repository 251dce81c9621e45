"""The inbox as a desk, without scripts: views, filters that are kept, and many tasks at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine.model.keys import Key
from engine.model.states import TaskState
from engine.service.app import App
from engine.service.cases.copy_case import copy_case
from engine.service.tasks.claim_task import claim_task
from tests.api.browsing import Browser
from tests.api.conftest import Browse
from tests.driver import Case, Driver
from tests.filled import filled

Filed = Callable[[str], Case]


@pytest.fixture
def filed(driver: Driver) -> Filed:
    """A venture application of this title."""

    def file(title: str) -> Case:
        form = filled("venture-application", projectName=title)
        return driver.start("venture-grants", as_="zuzhi", form=form)

    return file


def review(case: Case) -> Key:
    return case.task_for("formal-review", "cishan").key


def titles(browser: Browser) -> list[str]:
    """The cases of the list, in its order."""
    found = browser.page.xpath("//*[@id='worklist']//a[contains(@class, 'row-title')]")
    return [link.text_content().partition("：")[2] for link in found]


def tabs(browser: Browser) -> dict[str, str]:
    """The views with what waits in each."""
    found: dict[str, str] = {}
    for link in browser.page.xpath("//nav[contains(@class, 'tabs')]//a"):
        count = link.xpath(".//*[contains(@class, 'count')][not(@hidden)]/*[1]/text()")
        found[link.text.strip()] = count[0] if count else ""
    return found


def test_five_views_with_their_counts(browse: Browse, filed: Filed, driver: Driver) -> None:
    """given work, a case of one's own and a copy, when each view is opened, then it lists that."""
    mine, other = filed("乡村小院"), filed("议事厅")
    cishan = driver.person("cishan")
    claim_task(driver.app, cishan, key=review(mine))
    copy_case(driver.app, cishan, task_key=review(mine), people=["kezhang"], note="请知悉")
    browser = browse("cishan").visit("/tasks")
    assert tabs(browser) == {
        "待办": "2",
        "待认领": "1",
        "已办": "",
        "我发起的": "",
        "抄送我的": "",
    }
    assert titles(browser) == ["乡村小院", "议事厅"]
    assert titles(browser.visit("/tasks?view=claimable")) == ["议事厅"]
    assert titles(browser.visit("/tasks?view=done")) == []
    reader = browse("kezhang").visit("/tasks?view=copies")
    assert tabs(reader)["抄送我的"] == "1"
    assert titles(reader) == ["乡村小院"]
    assert "请知悉" in reader.text
    assert "未读" in reader.text
    applicant = browse("zuzhi").visit("/tasks?view=started")
    assert set(titles(applicant)) == {"乡村小院", "议事厅"}
    assert titles(applicant.visit("/tasks?view=started&state=ended")) == []
    assert other.key != mine.key


NARROWED = {
    "q=小院": ["乡村小院"],
    "process=venture-grants&step=形式审查": ["乡村小院", "议事厅"],
    "process=venture-grants&step=没有这一步": [],
    "process=meal-hall-subsidy": [],
    "unit=weifang": ["乡村小院", "议事厅"],
    "unit=kuiwen": [],
    "unit=weifang&q=议事": ["议事厅"],
    "urgent=1": [],
    "due=overdue": [],
    "due=soon": ["乡村小院", "议事厅"],
    "sort=created": ["议事厅", "乡村小院"],
    "sort=oldest": ["乡村小院", "议事厅"],
    "sort=&due=&process=": ["乡村小院", "议事厅"],
}


def test_narrowing_and_ordering(browse: Browse, filed: Filed) -> None:
    """given two tasks, when the list is narrowed or ordered, then it shows these, and the bar what
    was asked for."""
    filed("乡村小院")
    filed("议事厅")
    browser = browse("cishan")
    for query, expected in NARROWED.items():
        browser.visit(f"/tasks?view=todo&{query}")
        assert browser.status == 200, query
        assert titles(browser) == expected, query
        asked = dict(part.split("=") for part in query.split("&"))
        assert (browser.page.get_element_by_id("q").get("value") or "") == asked.get("q", "")


def test_a_filter_is_kept_under_a_name(browse: Browse, filed: Filed) -> None:
    """given a filter, when it is saved as the default, then the inbox opens with it; renamed and
    deleted, it is what it was."""
    filed("乡村小院")
    filed("议事厅")
    browser = browse("cishan").visit("/tasks?view=todo&q=小院&due=soon")
    browser.send("/tasks/filters", {"name": "小院", "preferred": "1"})
    assert browser.path == "/tasks"
    assert titles(browser.visit("/tasks")) == ["乡村小院"]
    assert browser.one("//nav[@class='saved-filters']//a[@aria-current]").text == "小院"
    assert titles(browser.visit("/tasks?view=todo")) == ["乡村小院", "议事厅"]
    browser.visit("/tasks/filters")
    action = browser.one("//form[.//button[@value='rename']]").get("action")
    browser.send(action, {"act": "rename", "name": "养老小院"})
    assert "养老小院" in browser.text
    assert "含“小院”" in browser.text
    browser.send(action, {"act": "forget"})
    assert titles(browser.visit("/tasks")) == ["乡村小院", "议事厅"]
    browser.visit("/tasks/filters").send(action, {"act": "delete"})
    assert "还没有保存过筛选" in browser.text


def test_a_filter_needs_a_name(browse: Browse, filed: Filed) -> None:
    filed("小院")
    browser = browse("cishan")
    for name in ("", "长" * 21, "   "):
        browser.visit("/tasks?view=todo&q=小院").send("/tasks/filters", {"name": name})
        assert browser.status == 422
        assert "名称应为" in browser.text


def test_two_filters_of_one_name(browse: Browse, filed: Filed) -> None:
    """given two filters, when one is given the other's name, then it is refused in words."""
    filed("小院")
    browser = browse("cishan")
    for name in ("小院", "急件"):
        browser.visit("/tasks?view=todo&q=小院").send("/tasks/filters", {"name": name})
    browser.visit("/tasks/filters")
    action = browser.page.xpath("//form[.//button[@value='rename']]/@action")[0]
    browser.send(action, {"act": "rename", "name": "急件"})
    assert browser.status == 409
    assert "已有名为“急件”的筛选" in browser.text


def test_a_filter_that_means_nothing(browse: Browse, filed: Filed, shipped: App) -> None:
    """given values nobody knows, when such a filter is to be kept, then it is refused; given one that
    an earlier version kept as the default, then the inbox opens without it and says so."""
    filed("小院")
    browser = browse("cishan").visit("/tasks?view=todo&q=小院")
    browser.send("/tasks/filters", {"name": "坏的", "sort": "junk"})
    assert browser.status == 422
    assert "筛选条件“sort”的取值无效" in browser.text
    browser.visit("/tasks?view=todo&sort=oldest").send(
        "/tasks/filters", {"name": "旧的", "preferred": "1"}
    )
    with shipped.database.unit_of_work() as work:
        work.hot("update saved_filter set query = 'sort=longest' where name = '旧的'")
        work.commit()
    browser.visit("/tasks")
    assert (browser.status, browser.path) == (200, "/tasks")
    chip = browser.one("//nav[@class='saved-filters']//li")
    assert "已失效" in chip.text_content()
    assert chip.xpath(".//a/@href") == ["/tasks/filters"]
    browser.visit("/tasks/filters")
    assert "已失效" in browser.one("//ul[contains(@class, 'saved-lines')]/li").text_content()
    browser.send(browser.one("//form[.//button[@value='delete']]").get("action"), {"act": "delete"})
    assert "旧的" not in browser.text


def test_nobody_changes_anothers_filter(browse: Browse, filed: Filed) -> None:
    filed("小院")
    one = browse("cishan").visit("/tasks?view=todo&q=小院")
    one.send("/tasks/filters", {"name": "小院"})
    action = one.visit("/tasks/filters").one("//form[.//button[@value='rename']]").get("action")
    other = browse("yanglao").visit("/tasks")
    csrf = other.one("//meta[@name='csrf-token']").get("content")
    for act in ("rename", "delete", "prefer", "up"):
        data = {"csrf_token": csrf, "act": act, "name": "别人的"}
        assert other.client.post(action, data=data).status_code == 404
    assert "小院" in one.visit("/tasks/filters").text


def picked(browser: Browser) -> list[str]:
    return [box.get("value") for box in browser.page.xpath("//input[@data-pick]")]


def test_many_are_approved_at_once(browse: Browse, filed: Filed, driver: Driver) -> None:
    """given three tasks, when all are ticked, looked at once more and approved, with a colleague
    being faster at one, then the result says which are done and why one is not."""
    cases = [filed(title) for title in ("甲", "乙", "丙")]
    browser = browse("cishan").visit("/tasks?view=todo")
    boxes = picked(browser)
    assert len(boxes) == 3
    query = "&".join(f"key={key}" for key in boxes)
    browser.visit(f"/tasks/batch?act=complete&back=/tasks%3Fview%3Dtodo&{query}")
    assert "将要办理的（3）" in browser.text
    assert [o.get("value") for o in browser.page.xpath("//input[@name='outcome']")] == ["approve"]
    cases[1].complete("formal-review", as_="cishan", outcome="approve", opinion="先办了。")
    ask = {"key": boxes, "outcome": "approve", "opinion": "材料齐全，同意。"}
    sent = browser.send("/tasks/batch", ask)
    assert "办成 2 件，没有办成 1 件" in sent.text
    assert "您的操作没有生效" in sent.text
    for case in (cases[0], cases[2]):
        assert task_state(driver, case) is TaskState.COMPLETED
    assert browser.one("//main//p/a[contains(@class, 'btn')]").get("href") == "/tasks?view=todo"


def task_state(driver: Driver, case: Case) -> TaskState:
    """Of the case's formal review."""
    (found,) = [t for t in case.tasks(None) if t.element_id == "formal-review"]
    return found.state


def test_the_same_form_sent_twice_says_the_same(browse: Browse, filed: Filed) -> None:
    filed("甲")
    browser = browse("cishan").visit("/tasks?view=todo")
    browser.visit(f"/tasks/batch?key={picked(browser)[0]}")
    form = browser.form("/tasks/batch")
    data: dict[str, Any] = dict(form.form_values()) | {"outcome": "approve", "opinion": "好。"}
    for _ in range(2):
        assert "办成 1 件，全部完成" in browser.client.post("/tasks/batch", data=data).text


def test_what_is_missing_is_asked_for(browse: Browse, filed: Filed, driver: Driver) -> None:
    """given no outcome, then nothing is done, and what was typed is still there."""
    case = filed("甲")
    browser = browse("cishan").visit("/tasks?view=todo")
    browser.visit(f"/tasks/batch?key={picked(browser)[0]}")
    browser.send("/tasks/batch", {"outcome": "", "opinion": "写了一半"})
    assert browser.status == 422
    assert "请选择结论" in browser.text
    assert browser.page.get_element_by_id("opinion").text_content() == "写了一半"
    assert task_state(driver, case) is TaskState.CREATED


def test_claiming_many(browse: Browse, filed: Filed, driver: Driver) -> None:
    cases = [filed(title) for title in ("甲", "乙")]
    browser = browse("cishan").visit("/tasks?view=claimable")
    query = "&".join(f"key={key}" for key in picked(browser))
    browser.visit(f"/tasks/batch?act=claim&{query}")
    browser.send("/tasks/batch")
    assert "办成 2 件，全部完成" in browser.text
    assert all(t.assignee == "cishan" for case in cases for t in case.tasks())


def test_nothing_ticked_leads_back(browse: Browse, filed: Filed) -> None:
    filed("甲")
    browser = browse("cishan").visit("/tasks/batch?act=complete&back=/tasks%3Fview%3Dtodo")
    assert browser.path == "/tasks"
    assert "请先勾选" in browser.text


def test_what_must_be_filled_in_has_no_box_and_says_why(
    browse: Browse, filed: Filed, driver: Driver
) -> None:
    """given a task whose form asks for more whatever is chosen, then it can't be ticked."""
    case = filed("甲")
    case.complete(
        "formal-review",
        as_="cishan",
        outcome="return",
        reasonCode="materials",
        missing="请补充。",
        opinion="不齐。",
    )
    browser = browse("zuzhi").visit("/tasks?view=todo")
    assert titles(browser) == ["甲"]
    assert picked(browser) == []
    assert "逐件办理" in browser.one("//details[@class='why-not']").text_content()


def test_a_list_of_work_knows_when_it_is_out_of_date(browse: Browse, filed: Filed) -> None:
    """given a view with a count, then it says which count it watches and what it was."""
    filed("甲")
    browser = browse("cishan").visit("/tasks?view=todo")
    listed = browser.one("//*[@id='worklist']")
    assert (listed.get("data-watched"), listed.get("data-shown")) == ("inbox", "1")
    assert browser.one("//*[@data-stale-note]").get("hidden") is not None
    assert browser.one("//body").get("data-events") == "/events"
    assert (
        browse("cishan").visit("/tasks?view=done").one("//*[@id='worklist']").get("data-watched")
        is None
    )
