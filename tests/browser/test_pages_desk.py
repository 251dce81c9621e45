"""A day at the desk in a browser: three countersign, delegate, add a sign, return, withdraw; in
Chinese and in English, at both widths, by whoever cannot see or use a mouse as well (axe)."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from engine.model import keys
from engine.model.keys import Key
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.complete_task import complete_task
from tests.api.desk import desk, put, started, task_of
from tests.browser.conftest import Site
from tests.browser.test_pages_axe import violations

pytestmark = pytest.mark.browser

#: Where pictures of each step go, for people who want to look at them.
PICTURES = os.environ.get("BANSHI_PICTURES")

INBOX = re.compile(r"/tasks(\?.*)?$")

WORDS = {
    "zh": {
        "delegate": "委派",
        "resolve": "办理归还",
        "give": "归还",
        "call-back": "收回委派",
        "call": "收回",
        "add-sign": "加签",
        "before": "前加签",
        "return": "退回到先前环节",
        "send": "退回",
        "withdraw": "撤回",
        "again": "撤回重办",
        "comment": "发表评论",
        "tell": "提醒谁看",
        "reason": "请填写退回原因",
        "submit": "提交，回到待办",
        "yours": "现在轮到您办理",
        "waits": "须等前面的人员",
    },
    "en": {
        "delegate": "Delegate",
        "resolve": "Handle and give back",
        "give": "Give back",
        "call-back": "Call back",
        "call": "Call back",
        "add-sign": "Add sign",
        "before": "Sign before",
        "return": "Return to an earlier step",
        "send": "Return",
        "withdraw": "Take back",
        "again": "Take back and redo",
        "comment": "Comment",
        "tell": "Who to tell",
        "reason": "Please fill in: reason for returning",
        "submit": "Submit, back to list",
        "yours": "It is your turn",
        "waits": "It is your turn after",
    },
}


def looked_at(page: Page, name: str) -> None:
    """No violation of WCAG, nothing cut off sideways; a picture where one is wanted."""
    if page.locator("[data-bpmn-viewer]").count():
        page.locator(".diagram-canvas svg").first.wait_for()
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)
    assert violations(page) == [], name
    sideways = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert sideways <= 0, name


def opened(page: Page, name: str) -> Locator:
    """An operation of the menu, opened."""
    operation = page.locator(f"#operation-{name}")
    if operation.get_attribute("open") is None:
        operation.locator("summary").click()
    return operation


def draft_of(site: Site) -> Key:
    """A case's draft, with cishan."""
    case = started(site.driver)
    key = task_of(site.driver, case, "draft")
    claim_task(site.app, site.driver.person("cishan"), key=key)
    return key


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_day_of_countersigning(site: Site, language: str, width: int) -> None:
    """given a countersign of three, when one delegates and calls back, delegates again and gets it
    back, another adds a sign and the third returns the whole, then everybody sees where it stands
    and what to do next; and the drafter takes his own step back."""
    put(site.app, desk(signature="optional"))
    said = WORDS[language]
    draft = draft_of(site)
    complete_task(site.app, site.driver.person("cishan"), key=draft, submission={})
    case = keys.instance_of(draft)
    path = f"/tasks/{task_of(site.driver, case, 'countersign')}"
    label = f"{language}-{width}"

    caiwu = site.open("caiwu", f"{path}?lang={language}", width)
    expect(caiwu.locator(".seat-turn")).to_contain_text(said["yours"])
    expect(caiwu.locator(".seats > li")).to_have_count(3)
    looked_at(caiwu, f"{label}-1-turn")
    caiwu.locator("[name=opinion]").fill("资金来源")
    operation = opened(caiwu, "delegate")
    looked_at(caiwu, f"{label}-2-menu")
    operation.get_by_role("searchbox").fill("李海")
    operation.get_by_text("李海燕").click()
    operation.get_by_role("textbox").last.fill("请核资金来源")
    operation.get_by_role("button", name=said["delegate"], exact=True).click()
    expect(caiwu.locator(".seats")).to_contain_text("李海燕")
    operation = opened(caiwu, "call-back")
    operation.get_by_role("button", name=said["call"], exact=True).click()
    expect(caiwu.locator(".seat-turn")).to_contain_text(said["yours"])
    expect(caiwu.locator("[name=opinion]:not(.operation *)").first).to_have_value("资金来源")
    operation = opened(caiwu, "delegate")
    operation.get_by_text("李海燕").click()
    operation.get_by_role("button", name=said["delegate"], exact=True).click()
    expect(caiwu.locator(".seats")).to_contain_text("李海燕")

    cishan = site.open("cishan", f"{path}?lang={language}", width)
    looked_at(cishan, f"{label}-3-delegate")
    operation = opened(cishan, "resolve")
    operation.get_by_role("textbox").fill("资金已落实。")
    operation.get_by_role("button", name=said["give"], exact=True).click()
    expect(cishan).to_have_url(INBOX)

    lingdao = site.open("lingdao", f"{path}?lang={language}", width)
    operation = opened(lingdao, "add-sign")
    operation.get_by_role("radio", name=said["before"]).check()
    operation.get_by_role("checkbox", name="李海燕").check()
    looked_at(lingdao, f"{label}-4-add-sign")
    operation.get_by_role("button", name=said["add-sign"], exact=True).click()
    expect(lingdao.locator(".refusals")).to_contain_text(said["waits"])
    looked_at(lingdao, f"{label}-5-waiting")

    caiwu.goto(path)
    expect(caiwu.locator(".way")).to_contain_text("资金已落实。")
    comment = caiwu.locator("#comments form")
    comment.locator("textarea").fill("附上预算表。")
    tell = comment.get_by_role("group", name=said["tell"]).get_by_role("checkbox").first
    tell.focus()
    caiwu.keyboard.press("Space")
    expect(tell).to_be_checked()
    looked_at(caiwu, f"{label}-8-mention")
    comment.locator("input[type=file]").set_input_files(
        {"name": "预算.png", "mimeType": "image/png", "buffer": picture(caiwu)}
    )
    comment.get_by_role("button", name=said["comment"], exact=True).click()
    preview = caiwu.locator("#comments .preview").first
    preview.locator("summary").click()
    image = preview.locator("img")
    expect(image).to_be_visible()
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    sign(caiwu)
    caiwu.locator("[name=outcome][value=approve]").check()
    caiwu.get_by_role("button", name=said["submit"]).click()
    expect(caiwu).to_have_url(INBOX)
    caiwu.goto(path)
    signature = caiwu.locator(".way-signature")
    expect(signature).to_have_count(1)
    signature.scroll_into_view_if_needed()
    assert signature.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    looked_at(caiwu, f"{label}-6-signed")

    kezhang = site.open("kezhang", f"{path}?lang={language}", width)
    operation = opened(kezhang, "return")
    operation.get_by_role("radio").check()
    operation.get_by_role("button", name=said["send"], exact=True).click()
    operation = kezhang.locator("#operation-return")
    expect(operation.locator(".field-error")).to_contain_text(said["reason"])
    looked_at(kezhang, f"{label}-7-refused")
    operation.get_by_role("textbox").fill("标题有误")
    operation.get_by_role("button", name=said["send"], exact=True).click()
    expect(kezhang).to_have_url(INBOX)

    again = task_of(site.driver, case, "draft")
    cishan.goto(f"/tasks/{again}")
    expect(cishan.locator(".way")).to_contain_text("标题有误")
    cishan.get_by_role("button", name=said["submit"]).click()
    cishan.goto(f"/tasks/{again}")
    operation = opened(cishan, "withdraw-step")
    looked_at(cishan, f"{label}-8-withdraw")
    operation.get_by_role("button", name=said["again"], exact=True).click()
    expect(cishan).to_have_url(re.compile(f"/tasks/{task_of(site.driver, case, 'draft')}"))
    looked_at(cishan, f"{label}-9-again")


def picture(page: Page) -> bytes:
    """A real picture, drawn by the browser itself."""
    return page.screenshot(clip={"x": 0, "y": 0, "width": 120, "height": 60})


def sign(page: Page) -> None:
    """Draw on the pad with a mouse."""
    pad = page.locator("[data-signature-canvas]")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    for n in range(1, 8):
        page.mouse.move(box["x"] + 20 + 20 * n, box["y"] + 20 + 60 * (n % 2))
    page.mouse.up()
    state = page.locator("[data-signature-state]")
    expect(state).to_have_text(state.get_attribute("data-signed") or "?")
