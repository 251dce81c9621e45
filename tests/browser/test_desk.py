"""The desk in a browser: many tasks at once, shortcuts, counts that change, in both languages."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from engine.service.worklists.saved_filters import save_filter
from tests.browser.conftest import Site
from tests.browser.test_pages_axe import filed, violations

pytestmark = pytest.mark.browser

TITLES = ("乡村互助养老小院", "困境儿童周末陪伴计划", "社区议事厅共建")


def sound(page: Page) -> None:
    """No violation that axe finds, and nothing cut off at the side."""
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize(("width", "language"), [(1280, "zh"), (390, "en")])
def test_many_are_ticked_and_approved(site: Site, width: int, language: str) -> None:
    """given three tasks, when all are ticked, one is unticked and the rest approved with one
    opinion, then two are done and one is left."""
    for title in TITLES:
        filed(site, title)
    english = language == "en"
    page = site.open("cishan", f"/tasks?view=todo&lang={language}", width)
    all_of_them = page.get_by_label("All on this page" if english else "本页全选")
    all_of_them.check()
    expect(page.locator("[data-checked-count]")).to_have_text("3")
    page.locator("[data-pick]").nth(1).uncheck()
    expect(page.locator("[data-checked-count]")).to_have_text("2")
    assert all_of_them.evaluate("box => box.indeterminate")
    sound(page)
    page.locator("#batch button").click()
    expect(page.locator("h1")).to_have_text("Decide several at once" if english else "批量审批")
    expect(page.locator(".batch-line")).to_have_count(2)
    sound(page)
    page.locator("#opinion").fill("材料齐全，同意。")
    page.locator(".batch-acts button").click()
    expect(page.locator(".flash-success")).to_contain_text("2")
    sound(page)
    page.locator("main p > a.btn").click()
    left = page.locator("[data-key-row]").filter(has_text="形式审查")
    expect(left).to_have_count(1)
    expect(left).to_contain_text(TITLES[1])


def test_the_desk_by_keyboard(site: Site) -> None:
    """given a list, when keys are used, then they move, tick, search, explain and open; and once
    they are turned off they do nothing, also after the page is loaded again."""
    for title in TITLES:
        filed(site, title)
    page = site.open("cishan", "/tasks?view=todo")
    page.locator("h1").click()
    current = page.locator(".row-current")
    page.keyboard.press("j")
    expect(current).to_contain_text(TITLES[0])
    page.keyboard.press("ArrowDown")
    expect(current).to_contain_text(TITLES[1])
    page.keyboard.press("x")
    expect(page.locator("[data-checked-count]")).to_have_text("1")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(current).to_contain_text(TITLES[2])
    page.keyboard.press("k")
    expect(current.locator("[data-pick]")).to_be_checked()
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("j/x?")
    expect(page.locator("#q")).to_have_value("j/x?")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="键盘快捷键")
    expect(dialog).to_be_visible()
    sound(page)
    dialog.get_by_label("使用快捷键").uncheck()
    dialog.get_by_role("button", name="知道了").click()
    page.reload()
    page.locator("h1").click()
    for key in ("j", "x", "?"):
        page.keyboard.press(key)
    expect(current).to_have_count(0)
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="快捷键说明与开关").click()
    dialog.get_by_label("使用快捷键").check()
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("k")
    expect(current).to_contain_text(TITLES[2])
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text(TITLES[2])


def test_counts_change_while_the_page_is_open(site: Site) -> None:
    """given two people at their desks, when somebody applies and one of them claims, then the
    other's badges, title and list say so without being loaded again."""
    filed(site, TITLES[0])
    page = site.open("cishan", "/tasks?view=claimable")
    badge = page.locator("#top-nav [data-count=inbox]")
    expect(badge).to_have_text("1")
    note = page.locator("[data-stale-note]")
    expect(note).to_be_hidden()
    filed(site, TITLES[1])
    expect(badge).to_have_text("2")
    expect(page.locator("[data-live]")).to_contain_text("有新的待办，共 2 件")
    expect(note).to_be_visible()
    assert page.title().startswith("(2) ")
    sound(page)
    note.get_by_role("link").click()
    expect(page.locator("[data-key-row]")).to_have_count(2)
    expect(note).to_be_hidden()
    colleague = site.open("cishan", "/tasks?view=claimable", 390)
    colleague.locator(".cell-action button").first.click()
    expect(page.locator(".tabs [data-count=claimable]")).to_have_text("1")
    expect(note).to_be_visible()


def test_a_filter_is_chosen_and_kept(site: Site) -> None:
    """given filters behind a button, when some are chosen and saved, then a chip leads back."""
    for title in TITLES:
        filed(site, title)
    cishan = site.driver.person("cishan")
    save_filter(site.app, cishan, name="议事", view="todo", fields={"q": "议事"})
    page = site.open("cishan", "/tasks?view=todo", 390)
    page.get_by_role("link", name="议事", exact=True).click()
    expect(page.locator("[data-key-row]")).to_have_count(1)
    page.get_by_role("link", name="清除筛选").click()
    expect(page.locator("[data-key-row]")).to_have_count(3)
    page.get_by_label("服务", exact=True).select_option("venture-grants")
    expect(page).to_have_url(re.compile("process=venture-grants"))
    page.locator(".more-filters summary").click()
    page.get_by_label("环节", exact=True).select_option("形式审查")
    expect(page.locator("[data-key-row]")).to_have_count(3)
    sound(page)
    page.locator(".save-filter summary").click()
    page.get_by_label("名称").fill("形式审查的")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.locator("#flashes")).to_contain_text("已保存")
    chip = page.get_by_role("link", name="形式审查的")
    expect(chip).to_have_attribute("aria-current", "true")
    page.get_by_role("link", name="管理筛选").click()
    expect(page.locator(".saved-line")).to_have_count(2)
    sound(page)
