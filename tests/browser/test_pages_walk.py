"""In a browser: an applicant fills in and sends, a reviewer claims and decides, administrators
redraw the process and publish it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.test_pages_axe import filed
from tests.filled import FORMS
from tests.service.files import PDF
from tests.service.people import PASSWORD

pytestmark = pytest.mark.browser

SERVICE = "/services/venture-grants"


def fill(page: Page, form: dict[str, Any]) -> None:
    """Fill in a start form as a person does: control by control, files by the file chooser."""
    for name, value in form.items():
        match value:
            case {"file": str(title)}:
                zone = page.locator(f"[data-upload][data-name='{name}']")
                file = {"name": title, "mimeType": "application/pdf", "buffer": PDF}
                zone.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
                expect(zone.locator("[data-document]")).to_have_count(1)
            case list():
                for number, row in enumerate(value):
                    if number:
                        page.locator(f"[data-repeat='{name}'] [data-add-row]").click()
                    for key, item in row.items():
                        put(page, f"{name}.{number}.{key}", str(item))
            case bool():
                page.locator(f"[name='{name}']").set_checked(value)
            case _:
                put(page, name, str(value))


def put(page: Page, name: str, value: str) -> None:
    control = page.locator(f"[name='{name}']:not([type=hidden])")
    if control.first.get_attribute("type") == "radio":
        page.locator(f"[name='{name}'][value='{value}']").check()
    elif control.evaluate("control => control.tagName") == "SELECT":
        control.select_option(value)
    else:
        control.fill(value)


def test_an_application_is_filled_in_and_sent(site: Site) -> None:
    """given the hall, when someone logs in, fills in, goes away and comes back, then it is all
    there; a mistake is said beside the field; and what is sent gets a number and a next step."""
    site.know("zuzhi")
    page = site.open(None, "/login")
    page.get_by_label("用户名").fill("zuzhi")
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    page.get_by_role("link", name=re.compile("公益慈善创投")).click()
    fill(page, {**FORMS["venture-application"], "uscc": "52370700MJE123452T"})
    page.locator("[name='uscc']").focus()
    page.locator("[name='legalRep']").focus()
    expect(page.locator("[data-error-for='uscc']")).to_contain_text("校验不通过")
    expect(page.locator("[data-save-state]")).to_contain_text("已保存")
    page.reload()
    expect(page.locator("[name='budget.2.item']")).to_have_value("项目管理")
    expect(page.get_by_role("link", name="登记证书.pdf")).to_be_visible()
    page.get_by_role("button", name="提交申请").click()
    page.get_by_role("dialog").get_by_role("button", name="提交").click()
    summary = page.locator("[data-error-summary]")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("有 1 处需要修改")
    summary.get_by_role("link").click()
    expect(page.locator("[name='uscc']")).to_be_focused()
    page.locator("[name='uscc']").fill("52370700MJE123451T")
    page.get_by_role("button", name="提交申请").click()
    page.get_by_role("dialog").get_by_role("button", name="提交").click()
    expect(page.get_by_role("heading", name="申请已提交")).to_be_visible()
    expect(page.get_by_text("CT-2025-0001")).to_be_visible()
    page.get_by_role("link", name="查看办理进度").click()
    expect(page.locator(".way > .current")).to_contain_text("形式审查")
    expect(page.locator("[data-element-id='formal-review'].is-active")).to_have_count(1)


def test_a_reviewer_works_by_keyboard(site: Site) -> None:
    """given tasks to claim, when one is claimed in the list, opened by key and returned with a
    usual phrase, then the next one is shown and the first is among the done."""
    filed(site, "乡村互助养老小院")
    filed(site, "社区议事厅共建")
    page = site.open("cishan", "/tasks?view=claimable")
    row = page.locator("tbody tr").filter(has_text="乡村互助养老小院")
    row.get_by_role("button", name="签收").click()
    expect(page.locator("#flashes")).to_contain_text("已签收")
    expect(page.locator("tbody tr")).to_have_count(1)
    assert page.url.endswith("/tasks?view=claimable")
    page.goto("/tasks?q=乡村")
    page.locator("h1").click()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("乡村互助养老小院")
    expect(page.locator("[name='missing']")).to_be_hidden()
    page.locator("[name='outcome'][value='return']").check()
    page.locator("[name='missing']").fill("请补充项目团队证明。")
    page.locator("[name='reasonCode']").select_option("materials")
    page.get_by_role("button", name="材料不齐，请补充后重新提交。").click()
    expect(page.locator("[name='opinion']")).to_have_value("材料不齐，请补充后重新提交。")
    page.get_by_role("button", name="提交，办下一件").click()
    expect(page.locator("#flashes")).to_contain_text("已办结：CT-2025-0001")
    expect(page.locator("h1")).to_contain_text("社区议事厅共建")
    page.goto("/tasks?view=done")
    expect(page.locator("tbody tr")).to_contain_text("退回补正")


def test_two_reviewers_at_once(site: Site) -> None:
    """given two windows on one task, when both decide, then the slower one is told who was
    faster, and when."""
    case = filed(site, "乡村互助养老小院")
    path = f"/tasks/{case.task_for('formal-review', 'cishan').key}"
    first, second = site.open("cishan", path), site.open("cishan", path)
    for page in (first, second):
        page.locator("[name='outcome'][value='approve']").check()
        page.locator("[name='opinion']").fill("齐全。")
    first.get_by_role("button", name="提交，回到待办").click()
    expect(first.locator("#flashes")).to_contain_text("已办结")
    second.get_by_role("button", name="提交，回到待办").click()
    expect(second.get_by_text("李海燕", exact=False).first).to_be_visible()
    expect(second.locator("main")).to_contain_text("您的操作没有生效")


def test_a_step_is_added_and_taken(site: Site) -> None:
    """given a running case, when an administrator adds a step in the modeler and another one
    confirms it, then a new case takes the new step and the running one does not."""
    old = filed(site, "乡村互助养老小院")
    page = site.open("guanli", "/admin/services/venture-grants")
    page.get_by_role("button", name="为底稿编辑").click()
    page.locator(".djs-element[data-element-id='formal-review']").wait_for()
    flow = page.locator("[data-element-id='flow-eligibility-gateway-formal-review'] .djs-hit")
    box = flow.first.bounding_box()
    assert box is not None
    at = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.click(at[0], at[1] + 300)
    page.keyboard.press("n")
    page.locator(".djs-popup [data-id='create-user-task']").click()
    page.mouse.move(at[0], at[1] - 30)
    page.mouse.move(*at, steps=8)
    page.mouse.click(*at)
    page.keyboard.type("电话核实")
    page.keyboard.press("Enter")
    expect(page.locator(".djs-visual text").filter(has_text="电话核实")).to_have_count(1)
    expect(page.locator(".editor-tools")).to_contain_text("提醒")
    page.get_by_role("button", name="保存草稿").click()
    expect(page.locator(".editor-tools")).to_contain_text("已保存")
    page.get_by_role("button", name="发布").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").fill("形式审查前先电话核实。")
    dialog.get_by_role("button", name=re.compile("发布")).click()
    expect(dialog).to_contain_text("等待另一位管理员确认")
    dialog.get_by_role("button", name="知道了").click()
    expect(page).to_have_url(re.compile("/admin/publications"))
    expect(page.locator("main")).to_contain_text("须由另一位管理员确认")
    second = site.open("guanli2", "/admin/publications")
    expect(second.locator("main")).to_contain_text("形式审查前先电话核实。")
    second.get_by_role("button", name="确认发布").click()
    second.get_by_role("dialog").get_by_role("button", name="确定").click()
    expect(second.locator("#flashes")).to_contain_text("已发布")
    new = filed(site, "社区议事厅共建")
    assert old.at == ["formal-review"]
    assert new.at != ["formal-review"]
    clerk = site.open("cishan", "/tasks?q=社区议事厅")
    expect(clerk.locator("tbody tr")).to_contain_text("电话核实")
    clerk.locator("tbody a.row-title").click()
    clerk.get_by_role("button", name="提交，回到待办").click()
    expect(clerk.locator("#flashes")).to_contain_text("已办结")
    assert new.at == ["formal-review"]


@pytest.mark.parametrize("width", [1280, 390])
def test_where_to_go_on_a_small_screen(site: Site, width: int) -> None:
    """given a task at either width, when it is opened, then the way to the decision is in sight."""
    case = filed(site, "乡村互助养老小院")
    page = site.open("cishan", f"/tasks/{case.task_for('formal-review', 'cishan').key}", width)
    if width < 600:
        page.get_by_role("link", name="去办理").click()
    expect(page.locator("[name='outcome']").first).to_be_in_viewport()


def test_english(site: Site) -> None:
    """given a page, when English is chosen, then it is and stays English."""
    page = site.open("zuzhi")
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("link", name="My cases").click()
    expect(page.get_by_role("heading", name="My cases")).to_be_visible()
