"""Where a case is to go is chosen in the diagram: by mouse, by keyboard, on a phone, in lists."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.test_pages_axe import filed, violations

pytestmark = pytest.mark.browser


def opened(site: Site, width: int = 1280, query: str = "") -> Page:
    case = filed(site, "社区议事厅共建")
    page = site.open("guanli", f"/admin/instances/{case.key}/move{query}", width)
    expect(page.locator(".diagram-says")).to_be_visible()
    return page


def sound(page: Page) -> None:
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("width", [1280, 390])
def test_a_token_is_picked_and_then_where_it_goes(site: Site, width: int) -> None:
    """given a case at its first review, when that is clicked and then another step, then the
    lists say so, the preview shows it, and the case is moved."""
    page = opened(site, width)
    here, there = (
        page.locator(f"[data-pick={name}]") for name in ("formal-review", "leader-approval")
    )
    says = page.locator(".diagram-says")
    expect(there).to_be_disabled()
    here.click()
    expect(here).to_have_attribute("aria-pressed", "true")
    expect(says).to_contain_text("形式审查")
    assert page.locator("select[name=source]").input_value() != ""
    expect(there).to_be_enabled()
    there.dispatch_event("click") if width < 600 else there.click()
    assert page.locator("select[name=target]").input_value() == "leader-approval"
    expect(says).to_contain_text("请预览")
    sound(page)
    page.locator("#choose button").click()
    expect(page.locator("#preview-title")).to_be_visible()
    expect(page.locator(".diagram-pick.pick-target")).to_have_attribute(
        "data-pick", "leader-approval"
    )
    sound(page)
    page.locator("textarea[name=reason]").fill("材料已经线下核过")
    page.locator("form[method=post][action$='/move'] button").click()
    expect(page.locator(".flash-success")).to_be_visible()


def test_by_keyboard_alone(site: Site) -> None:
    page = opened(site)
    page.locator("[data-pick=formal-review]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-pick=formal-review]")).to_have_attribute("aria-pressed", "true")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.pick") == "leader-approval":
            break
    page.keyboard.press("Space")
    assert page.locator("select[name=target]").input_value() == "leader-approval"
    page.locator("[data-pick=formal-review]").focus()
    page.keyboard.press("Enter")
    assert page.locator("select[name=source]").input_value() == "", "once more takes it back"


def test_the_lists_and_the_diagram_say_the_same(site: Site) -> None:
    page = opened(site)
    page.locator("select[name=way]").select_option("add")
    expect(page.locator("[data-pick=leader-approval]")).to_be_enabled()
    page.locator("select[name=target]").select_option("leader-approval")
    expect(page.locator("[data-pick=leader-approval]")).to_have_class("diagram-pick pick-target")
    page.locator("select[name=way]").select_option("cancel")
    expect(page.locator("[data-pick=leader-approval]")).to_be_disabled()
    expect(page.locator(".pick-target")).to_have_count(0)
    page.locator("[data-pick=formal-review]").click()
    expect(page.locator(".diagram-says")).to_contain_text("取消“形式审查”")
