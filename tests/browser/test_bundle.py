"""The browser bundles on the sample pages of web/dev, under the product's content security policy.

The stand-in server only answers; every assertion is about what the bundles themselves do. Each page
is watched for console errors and policy violations: any of them fails the test.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import threading
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Dialog,
    FilePayload,
    Page,
    expect,
)

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "web"
DIST = ROOT / "api" / "static" / "dist"
WIDTHS = (1280, 390)
PAGES = ("hall", "task", "form", "viewer", "modeler", "dmn", "formeditor")

pytestmark = pytest.mark.browser


def load(name: str, path: Path) -> ModuleType:
    """A Python file of web/, which is no package."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Dataclasses look their module up while the class is made.
    import sys  # noqa: PLC0415

    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


build = load("banshi_web_build", WEB / "build.py")
serve = load("banshi_web_serve", WEB / "dev" / "serve.py")


@pytest.fixture(scope="module", autouse=True)
def bundles() -> None:
    """The bundles, built if they are out of date."""
    build.build()


class Site:
    """The stand-in server and a page in it."""

    def __init__(self, page: Page, store: Any, address: str) -> None:
        self.page = page
        self.store = store
        self.address = address
        self.faults: list[str] = []
        self.allowed: list[str] = []
        page.set_default_timeout(10_000)
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.faults.append(str(error)))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(
            word in message.text for word in self.allowed
        ):
            self.faults.append(message.text)

    def open(self, name: str, *, ready: str = "main") -> Page:
        """Open a sample page and wait until the element is there."""
        self.page.goto(f"{self.address}/{name}.html")
        self.page.wait_for_selector(ready)
        return self.page

    def sent(self, method: str, path: str) -> list[tuple[dict[str, str], str]]:
        """Headers and bodies of the requests made so far."""
        return [
            (headers, body)
            for made, where, headers, body in self.store.requests
            if (made, where) == (method, path)
        ]

    def wait_for(self, condition: Any) -> None:
        """Wait until the condition holds, five seconds at most."""
        for _ in range(100):
            if condition():
                return
            self.page.wait_for_timeout(50)
        pytest.fail("条件一直没有成立")


@pytest.fixture(name="site")
def fixture_site(chromium: Browser) -> Iterator[Site]:
    """A fresh server and browser context of 1280 pixels."""
    server, store = serve.make_server()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    context = chromium.new_context(
        viewport={"width": 1280, "height": 900}, locale="zh-CN", timezone_id="Asia/Shanghai"
    )
    site = Site(context.new_page(), store, f"http://127.0.0.1:{server.server_address[1]}")
    yield site
    store.stopped.set()
    context.close()
    server.shutdown()
    server.server_close()
    thread.join(5)
    assert site.faults == []


# --- The build -----------------------------------------------------------------------------------


def test_build_is_idempotent() -> None:
    """A second build has nothing to do, and everything the manifest names is there."""
    assert build.build() is False
    manifest = json.loads((DIST / "manifest.json").read_text(encoding="utf-8"))
    for bundle in ("app", "viewer", "modeler", "dmn", "formeditor"):
        assert {f"{bundle}.js", f"{bundle}.css"} <= manifest["files"].keys()
    named = [*manifest["files"].values(), *chain.from_iterable(manifest["preload"].values())]
    assert [name for name in named if not (DIST / name).is_file()] == []


def test_lock_names_hashes_and_no_registry() -> None:
    """Every package is locked by hash; no address of a registry is in the repository."""
    lock = json.loads((WEB / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert [name for name, entry in packages.items() if "integrity" not in entry] == []
    assert [name for name, entry in packages.items() if "resolved" in entry] == []


def test_licences_are_kept() -> None:
    """What was bundled is named with its licence."""
    manifest = json.loads((DIST / "manifest.json").read_text(encoding="utf-8"))
    text = (DIST / manifest["files"]["licenses.txt"]).read_text(encoding="utf-8")
    for package in ("bpmn-js 18", "dmn-js", "@bpmn-io/form-js-editor", "htmx.org", "@tabler/core"):
        assert package in text
    assert "watermark" in text


def test_every_library_text_has_chinese() -> None:
    """No text the diagram libraries hand to translate() is missing from our dictionary."""
    node = build.find_node()
    done = subprocess.run(
        [*node.node, "strings.mjs"], cwd=WEB, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_page_keeps_to_the_policy_and_the_width(site: Site, name: str, width: int) -> None:
    """Nothing is blocked, nothing fails, nothing sticks out sideways."""
    site.page.set_viewport_size({"width": width, "height": 844})
    page = site.open(name)
    page.wait_for_timeout(700)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


# --- Forms ---------------------------------------------------------------------------------------


def test_draft_is_saved_while_one_types(site: Site) -> None:
    """One request after the pause, with the token, and the state in words."""
    page = site.open("form")
    page.fill("#f-title", "银龄课堂")
    expect(page.locator("[data-save-state]")).to_have_text("未保存")
    expect(page.locator("[data-save-state]")).to_contain_text("已保存")
    [(headers, body)] = site.sent("POST", "/drafts/7")
    assert headers["x-csrf-token"] == serve.TOKEN
    assert headers["if-match"] == '"1"'
    assert "budget%5B0%5D.item" in body
    assert "csrf_token" not in body


def test_draft_survives_a_lost_connection(site: Site) -> None:
    """What the server did not get is kept here, offered after a reload, and then saved."""
    site.allowed.append("503")
    site.store.failing = 9
    page = site.open("form")
    page.on("dialog", lambda dialog: dialog.accept())
    page.click("[data-add-row]")
    page.fill("[name='budget[1].item']", "场地费")
    expect(page.locator("[data-save-state]")).to_contain_text("已暂存在本机")
    page.reload()
    assert page.locator("[name='budget[1].item']").count() == 0
    site.store.failing = 0
    page.get_by_role("button", name="恢复").click()
    expect(page.locator("[name='budget[1].item']")).to_have_value("场地费")
    expect(page.locator("[data-save-state]")).to_contain_text("已保存")
    assert page.evaluate("Object.keys(localStorage).length") == 0


def test_draft_changed_elsewhere_is_not_overwritten(site: Site) -> None:
    """After a 412 nothing more is sent, and the page says why."""
    site.allowed.append("412")
    site.store.versions["/drafts/7"] = 5
    page = site.open("form")
    page.fill("#f-title", "甲")
    expect(page.locator("[data-save-state]")).to_contain_text("在别的窗口里改过")
    page.fill("#f-title", "乙")
    page.wait_for_timeout(1600)
    assert len(site.sent("POST", "/drafts/7")) == 1
    page.on("dialog", lambda dialog: dialog.accept())


def test_rows_are_numbered_without_gaps(site: Site) -> None:
    """Adding and removing rows renames the fields; limits hold; sums follow."""
    page = site.open("form")
    add, remove = page.locator("[data-add-row]"), page.locator("[data-remove-row]")
    expect(remove).to_be_disabled()
    for _ in range(4):
        add.click()
    expect(add).to_be_disabled()
    for number in range(5):
        page.fill(f"[name='budget[{number}].item']", f"第{number}项")
        page.fill(f"[name='budget[{number}].amount']", "0.10")
    remove.nth(1).click()
    items = page.locator("[name$='.item']")
    assert items.evaluate_all("nodes => nodes.map(n => [n.name, n.id, n.value])") == [
        [f"budget[{index}].item", f"f-budget-{index}-item", f"第{value}项"]
        for index, value in enumerate((0, 2, 3, 4))
    ]
    assert page.locator("[data-row-number]").all_text_contents() == ["1", "2", "3", "4"]
    expect(page.locator("[data-sum-of]")).to_have_text("0.40")
    expect(page.locator("[data-sum-note]")).to_have_text("合计比申请金额少 49,999.60 元")
    page.fill("[name=amount]", "0.4")
    expect(page.locator("[data-sum-note]")).to_be_hidden()


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("50000", "人民币伍万元整"),
        ("100,305.07", "人民币壹拾万零叁佰零伍元零柒分"),
        ("10.50", "人民币壹拾元伍角整"),
        ("0.05", "人民币伍分"),
        ("120000000", "人民币壹亿贰仟万元整"),
        ("1000000001", "人民币壹拾亿零壹元整"),
        ("十万", ""),
    ],
)
def test_amount_in_capitals(site: Site, amount: str, words: str) -> None:
    """Amounts are written out as 支付结算办法, annex 1, has it."""
    page = site.open("form")
    page.fill("[name=amount]", amount)
    expect(page.locator("[data-capital-of=amount]")).to_have_text(words)


def test_server_decides_what_is_shown_and_wrong(site: Site) -> None:
    """A hidden field is not sent; an error appears once its field was left, and goes when mended."""
    page = site.open("form")
    expect(page.locator("#f-kind_note")).to_be_disabled()
    page.select_option("#f-kind", "other")
    expect(page.locator("#f-kind_note")).to_be_visible()
    page.fill("#f-phone", "123")
    page.wait_for_timeout(600)
    expect(page.locator("[data-error-for=phone]")).to_be_hidden()
    page.focus("#f-title")
    page.fill("#f-title", "又改了")
    expect(page.locator("[data-error-for=phone]")).to_contain_text("11 位数字")
    expect(page.locator("#f-phone")).to_have_attribute("aria-invalid", "true")
    page.fill("#f-phone", "13812345678")
    expect(page.locator("[data-error-for=phone]")).to_be_hidden()
    expect(page.locator("[data-save-state]")).to_contain_text("已保存")


def test_upload_lists_files_and_carries_their_keys(site: Site) -> None:
    """Good files become hidden inputs; a wrong type is refused here, in words; removing drops it."""
    page = site.open("form")
    page.set_input_files(
        "#f-files",
        [
            FilePayload(name="登记证书.pdf", mimeType="application/pdf", buffer=b"%PDF-1.7"),
            FilePayload(name="木马.exe", mimeType="application/x-msdownload", buffer=b"MZ"),
        ],
    )
    expect(page.locator("[data-document]")).to_have_count(1)
    expect(page.locator(".upload-error")).to_contain_text("只能上传这些类型")
    key = page.locator("[data-document] input[name=files]").input_value()
    assert key == page.locator("[data-document]").get_attribute("data-document")
    assert len(site.sent("POST", "/documents")) == 1
    page.locator("[data-remove-document]").click()
    expect(page.locator("[data-document]")).to_have_count(0)
    expect(page.locator("[data-save-state]")).to_contain_text("已保存")


def test_sending_asks_first_and_sends_once(site: Site) -> None:
    """No request before the question is answered; then one, however often the button is pressed."""
    page = site.open("form")
    page.click("text=提交申报")
    expect(page.locator("dialog.ask")).to_contain_text("提交后不能再改")
    page.keyboard.press("Escape")
    assert site.sent("POST", "/submit") == []
    page.click("text=提交申报")
    page.locator("dialog.ask button[type=submit]").click()
    page.wait_for_url("**/submit")
    assert len(site.sent("POST", "/submit")) == 1


def test_leaving_with_unsent_input_warns(site: Site) -> None:
    """The decision form guards what was typed; a usual phrase counts."""
    asked: list[str] = []
    page = site.open("task")

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", answer)
    page.click("text=材料齐全")
    assert page.input_value("#opinion") == "材料齐全，符合要求。"
    page.goto(f"{site.address}/hall.html")
    assert asked == ["beforeunload"]


# --- Lists ---------------------------------------------------------------------------------------


def test_inbox_is_worked_by_keyboard(site: Site) -> None:
    """j and k move, x ticks, / searches, Enter opens; typing in the search is left alone."""
    page = site.open("hall")
    for key in ("j", "j", "k", "j", "x"):
        page.keyboard.press(key)
    expect(page.locator(".row-current")).to_contain_text("困境儿童周末陪伴")
    expect(page.locator("[data-checked-count]")).to_have_text("1")
    page.keyboard.press("/")
    page.keyboard.type("jx")
    assert page.input_value("[data-search]") == "jx"
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/task.html")


def test_counts_arrive_without_reload(site: Site) -> None:
    """The badge and the title follow the event stream."""
    page = site.open("hall")
    expect(page.locator("[data-count=inbox]")).to_have_text("12")
    expect(page.locator("[data-count=inbox]")).to_have_text("13", timeout=8000)
    assert page.title().startswith("(1")


# --- Diagrams ------------------------------------------------------------------------------------


def test_viewer_shows_the_way_and_tells_it_in_words(site: Site) -> None:
    """The current step is lit, the way is coloured, and all of it can be read without the picture."""
    page = site.open("viewer", ready=".djs-element.is-active")
    first = page.locator("[data-bpmn-viewer]").first
    expect(first.locator(".djs-element.is-active")).to_have_attribute("data-element-id", "notice")
    done = first.locator(".djs-element.is-completed").evaluate_all(
        "nodes => nodes.map(n => n.dataset.elementId)"
    )
    assert {"start", "apply", "formal_review", "decide", "f1", "f2", "f3", "f4"} == set(done)
    expect(first.locator(".diagram-label")).to_have_text("公示到 11 月 12 日")
    label = first.locator("svg[role=img]").get_attribute("aria-label") or ""
    assert "正在进行：公示 7 天" in label
    first.locator("summary").click()
    expect(first.locator(".word-active")).to_contain_text("公示 7 天")
    second = page.locator("[data-bpmn-viewer]").nth(1)
    expect(second.locator(".djs-element.is-incident")).to_have_attribute(
        "data-element-id", "formal_review"
    )
    expect(first.locator(".bjs-powered-by")).to_be_visible()


UNDRAWN = """() => {
  const box = document.createElement('div');
  box.dataset.bpmnViewer = '';
  box.innerHTML = '<script type="application/xml"><definitions id="d" targetNamespace="t"'
    + ' xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="p" /></definitions></script>';
  document.querySelector('main').append(box);
  box.dispatchEvent(new CustomEvent('htmx:load', { bubbles: true, detail: { elt: box } }));
}"""


def test_viewer_says_that_a_file_has_no_drawing(site: Site) -> None:
    page = site.open("viewer", ready=".djs-element.is-active")
    page.evaluate(UNDRAWN)
    expect(page.locator(".diagram-error")).to_have_text("流程图没有显示出来：文件里没有流程图")


def open_modeler(site: Site) -> Page:
    """The modeler with the sample diagram drawn and checked."""
    page = site.open("modeler", ready=".djs-element[data-element-id=formal_review]")
    expect(page.locator("[data-tool=problems]")).to_contain_text("2 处提醒")
    return page


def content(page: Page) -> str:
    """What the editor would save now."""
    text: str = page.evaluate("document.querySelector('.workbench').editor.surface.content()")
    return text


def select(page: Page, element: str) -> None:
    """Select an element of the diagram."""
    page.evaluate(
        """id => { const m = document.querySelector('.workbench').editor.surface.modeler;
                   m.get('selection').select(m.get('elementRegistry').get(id)); }""",
        element,
    )


def test_lane_is_given_to_a_role(site: Site) -> None:
    """The lane's group reads and writes zeebe:properties, one step of undo each."""
    page = open_modeler(site)
    select(page, "lane_county")
    expect(page.locator("#bio-properties-panel-banshi-banshi-role")).to_have_value("county-clerk")
    page.select_option("#bio-properties-panel-banshi-banshi-role", "street-clerk")
    page.select_option("#bio-properties-panel-banshi-banshi-level", "street")
    text = content(page)
    assert '<zeebe:property name="banshi:role" value="street-clerk" />' in text
    assert '<zeebe:property name="banshi:level" value="street" />' in text
    page.select_option("#bio-properties-panel-banshi-banshi-kind", "external")
    expect(page.locator("#bio-properties-panel-banshi-banshi-role")).to_have_count(0)
    for _ in range(3):
        page.click("[data-tool=undo]")
    assert 'value="county-clerk"' in content(page)
    expect(page.locator("[data-tool=undo]")).to_be_disabled()


def test_task_settings_and_server_check(site: Site) -> None:
    """Settings land in the file, and the server's findings go once they are mended."""
    page = open_modeler(site)
    expect(page.locator(".problem-mark")).to_have_count(2)
    page.click("[data-tool=problems]")
    page.locator(".problem[data-element=formal_review]").click()
    expect(page.locator(".bio-properties-panel-header-label")).to_have_text("形式审查")
    for group in ("Handler", "Completion", "Deadline"):
        page.locator(f"[data-group-id=group-Banshi__{group}] > div").first.click()
    page.select_option("#bio-properties-panel-banshi-banshi-role", "leader")
    page.select_option("#bio-properties-panel-banshi-banshi-completionRule", "ratio")
    page.click("#bio-properties-panel-banshi-banshi-threshold")
    page.keyboard.type("2/3", delay=450)
    assert page.evaluate("document.activeElement.id").endswith("threshold")
    page.fill("#bio-properties-panel-banshi-banshi-deadline", "5")
    page.select_option("#bio-properties-panel-banshi-banshi-deadlineUnit", "working-day")
    expect(page.locator("[data-tool=problems]")).to_contain_text("1 处提醒")
    text = content(page)
    for name, value in (
        ("role", "leader"),
        ("completionRule", "ratio"),
        ("threshold", "2/3"),
        ("deadline", "5"),
        ("deadlineUnit", "working-day"),
    ):
        assert f'<zeebe:property name="banshi:{name}" value="{value}" />' in text


def test_settings_of_deadlines_and_clocks(site: Site) -> None:
    """What holds at a deadline shows with it, and only the fields that go together."""
    page = open_modeler(site)
    select(page, "formal_review")
    page.locator("[data-group-id=group-Banshi__Deadline] > div").first.click()
    field = "#bio-properties-panel-banshi-banshi-"
    expect(page.locator(f"{field}onExpiry")).to_have_count(0)
    page.fill(f"{field}deadline", "5")
    page.select_option(f"{field}onExpiry", "extend")
    page.fill(f"{field}extendBy", "3")
    page.select_option(f"{field}afterExtensions", "fail")
    page.select_option(f"{field}stopsClock", "expert")
    expect(page.locator(f"{field}extensions")).to_be_visible()
    page.wait_for_timeout(1000)  # what is typed is taken in a little later
    text = content(page)
    for name, value in (
        ("onExpiry", "extend"),
        ("extendBy", "3"),
        ("afterExtensions", "fail"),
        ("stopsClock", "expert"),
    ):
        assert f'<zeebe:property name="banshi:{name}" value="{value}" />' in text
    page.select_option(f"{field}onExpiry", "escalate")
    expect(page.locator(f"{field}extendBy")).to_have_count(0)


def test_element_template_makes_a_vote(site: Site) -> None:
    """A template of ours is chosen in the panel and leaves plain Camunda 8 elements behind."""
    page = open_modeler(site)
    select(page, "formal_review")
    page.click(".bio-properties-panel-select-template-button")
    page.get_by_text("专家评议（票签）", exact=True).click()
    expect(page.locator(".bio-properties-panel-header-type")).to_have_text("专家评议（票签）")
    text = content(page)
    assert 'zeebe:modelerTemplate="banshi.expert-vote"' in text
    assert '<zeebe:property name="banshi:completionRule" value="ratio" />' in text
    assert '<zeebe:property name="banshi:quorum" value="2/3" />' in text
    assert '<zeebe:formDefinition formId="venture_review" />' in text


def test_saving_the_draft_and_a_conflict(site: Site) -> None:
    """Saved with the version it came from; what another saved is not overwritten unasked."""
    site.allowed.append("412")
    page = open_modeler(site)
    select(page, "formal_review")
    page.fill("#bio-properties-panel-name", "形式审查与受理")
    page.keyboard.press("Control+s")
    expect(page.locator(".editor-status")).to_contain_text("第 2 稿")
    [(headers, body)] = site.sent("PUT", "/content/venture.bpmn")
    assert headers["if-match"] == '"1"'
    assert 'name="形式审查与受理"' in json.loads(body)["content"]
    site.store.versions["/content/venture.bpmn"] = 9
    page.fill("#bio-properties-panel-name", "形式审查")
    page.click("[data-tool=save]")
    expect(page.locator(".editor-bar")).to_contain_text("李科长")
    expect(page.locator(".editor-bar")).to_contain_text("没有丢")
    page.get_by_role("button", name="用我的覆盖").click()
    expect(page.locator(".editor-status")).to_contain_text("第 10 稿")


def test_unsaved_diagram_is_offered_again(site: Site) -> None:
    """A crash before saving loses nothing."""
    page = open_modeler(site)
    page.on("dialog", lambda dialog: dialog.accept())
    select(page, "formal_review")
    page.fill("#bio-properties-panel-name", "没保存的名字")
    site.wait_for(lambda: page.evaluate("Object.keys(localStorage).length") == 1)
    page.reload()
    page.get_by_role("button", name="恢复").click()
    expect(page.locator(".editor-status")).to_contain_text("未保存")
    assert 'name="没保存的名字"' in content(page)
    page.click("[data-tool=save]")
    expect(page.locator(".editor-status")).to_contain_text("已保存")


def test_publishing_is_refused_with_errors_and_asks_for_a_note(site: Site) -> None:
    """Errors stop it and are listed; without any it asks for a note, which goes along."""
    page = open_modeler(site)
    select(page, "formal_review")
    page.fill("#bio-properties-panel-name", "")
    page.click("[data-tool=publish]")
    expect(page.locator(".toast-error")).to_contain_text("1 处错误")
    expect(page.locator(".problem-error")).to_contain_text("没有名称")
    assert site.sent("POST", "/publish/venture") == []
    page.fill("#bio-properties-panel-name", "形式审查")
    page.click("[data-tool=publish]")
    page.fill("#publish-note", "增加科长复核，依据市局 2026 年 3 号文")
    page.locator("dialog.ask button[type=submit]").click()
    expect(page.locator("dialog.ask")).to_contain_text("等待另一位管理员确认")
    [(_, body)] = site.sent("POST", "/publish/venture")
    assert json.loads(body)["note"] == "增加科长复核，依据市局 2026 年 3 号文"


def test_an_unreadable_file_changes_nothing(site: Site) -> None:
    """Uploading something else says so and leaves the diagram as it was."""
    page = open_modeler(site)
    before = content(page)
    page.set_input_files(
        ".workbench > input[type=file]",
        {"name": "x.bpmn", "mimeType": "application/xml", "buffer": b"<html></html>"},
    )
    expect(page.locator("dialog.ask")).to_contain_text("读不出来")
    page.keyboard.press("Escape")
    assert content(page) == before


def test_direction_of_a_gateway_is_left_to_the_drawing(site: Site) -> None:
    """Another tool's ``gatewayDirection`` would contradict the first flow that is added."""
    page = open_modeler(site)
    changed = content(page).replace(
        '<bpmn:exclusiveGateway id="decide" name="材料是否齐全？"',
        '<bpmn:exclusiveGateway gatewayDirection="Diverging" id="decide" name="齐不齐？"',
    )
    page.set_input_files(
        ".workbench > input[type=file]",
        {"name": "x.bpmn", "mimeType": "application/xml", "buffer": changed.encode()},
    )
    expect(page.locator(".djs-element[data-element-id=decide_label]")).to_contain_text("齐不齐？")
    assert "gatewayDirection" not in content(page)
    assert 'id="decide"' in content(page)


CHINESE_ONLY = """async () => {
  const modeler = document.querySelector('.workbench').editor.surface.modeler;
  const panel = document.querySelector('.modeler-panel');
  const [factory, modeling, selection, registry, popup] =
    ['elementFactory', 'modeling', 'selection', 'elementRegistry', 'popupMenu'].map(n => modeler.get(n));
  const wait = ms => new Promise(done => setTimeout(done, ms));
  const latin = new Set();
  const read = root => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node; (node = walker.nextNode());) {
      const text = node.textContent.trim();
      if (!node.parentElement.closest('.cm-editor, textarea, script')) latin.add(text);
    }
    for (const node of root.querySelectorAll('[title], [aria-label]')) {
      latin.add(node.title ?? '').add(node.ariaLabel ?? '');
    }
  };
  const types = ['UserTask', 'ServiceTask', 'ScriptTask', 'BusinessRuleTask', 'SendTask', 'ReceiveTask',
    'CallActivity', 'SubProcess', 'AdHocSubProcess', 'ExclusiveGateway', 'EventBasedGateway'];
  const events = ['Timer', 'Message', 'Signal', 'Error', 'Conditional', 'Link'];
  const specs = [...types.map(type => ({ type: `bpmn:${type}` })),
    ...events.map(kind => ({ type: 'bpmn:IntermediateCatchEvent', eventDefinitionType: `bpmn:${kind}EventDefinition` }))];
  for (const id of ['pool', 'lane_county', 'start', 'decide', 'f4', 'f6']) {
    selection.select(registry.get(id));
    await wait(30);
    read(panel);
  }
  for (const spec of specs) {
    const shape = modeling.createShape(factory.createShape(spec), { x: 900, y: 150 }, registry.get('pool'));
    selection.select(shape);
    await wait(30);
    for (const add of panel.querySelectorAll('.bio-properties-panel-add-entry')) add.click();
    await wait(50);
    read(panel);
    popup.open(shape, 'bpmn-replace', { x: 100, y: 100 });
    await wait(20);
    read(document.querySelector('.djs-popup'));
    popup.close();
    modeling.removeElements([shape]);
  }
  popup.open(registry.get('pool'), 'bpmn-create', { x: 100, y: 100 });
  await wait(50);
  read(document.querySelector('.djs-popup'));
  popup.close();
  return [...latin].filter(text => /[A-Za-z]{3,}/.test(text) && !/[\\u4e00-\\u9fff]/.test(text));
}"""


def test_modeler_speaks_chinese(site: Site) -> None:
    """Panel and menus of every kind of element: no English is left but names of variables."""
    page = open_modeler(site)
    left = page.evaluate(CHINESE_ONLY)
    page.on("dialog", lambda dialog: dialog.accept())
    assert [text for text in left if "Variable_" not in text and text != "BPMN"] == []


# --- Decisions and forms -------------------------------------------------------------------------


def test_decision_cell_is_edited_and_saved(site: Site) -> None:
    """A changed cell is in the saved table; the table opens at once."""
    page = site.open("dmn", ready="td[data-element-id=venture-award-rule-1-out-1]")
    page.locator("td[data-element-id=venture-award-rule-2-out-2] [contenteditable]").click()
    page.keyboard.press("Control+a")
    page.keyboard.type("1")
    page.click(".dmn-decision-table-container .decision-table-name, .decision-table-properties")
    expect(page.locator(".editor-status")).to_contain_text("未保存")
    page.click("[data-tool=save]")
    expect(page.locator(".editor-status")).to_contain_text("已保存")
    [(_, body)] = site.sent("PUT", "/content/award.dmn")
    cell = json.loads(body)["content"].split('id="venture-award-rule-2-out-2"')[1]
    assert cell.split("</outputEntry>")[0].split("<text>")[1].startswith("1<")


def test_form_field_gets_a_rule(site: Site) -> None:
    """A field's rules are written as properties; refused components are not offered."""
    page = site.open("formeditor", ready=".fjs-element[data-id=Field_legalRep]")
    offered = page.locator(".fjs-palette-field").evaluate_all(
        "nodes => nodes.map(n => n.dataset.fieldType)"
    )
    assert "textfield" in offered
    assert {"html", "iframe", "image", "button"}.isdisjoint(offered)
    page.locator(".fjs-element[data-id=Field_legalRep]").click()
    page.locator("[data-group-id=group-banshi-rules] > div").first.click()
    page.select_option("#banshi-type", "person-name")
    page.select_option("#banshi-privacy", "L2")
    form = json.loads(content(page))
    assert form["name"] == "公益慈善创投项目申报表"
    [field] = [
        component
        for group in form["components"]
        for component in group.get("components", [])
        if component["id"] == "Field_legalRep"
    ]
    assert field["properties"] == {"banshi:type": "person-name", "banshi:privacy": "L2"}
    page.click("[data-tool=save]")
    expect(page.locator(".editor-status")).to_contain_text("已保存")


def test_node_comes_from_the_wheel_without_one_on_the_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The wheel's Node.js and npm are found and recent enough."""
    monkeypatch.setattr(build.shutil, "which", lambda _name: None)
    node = build.find_node()
    assert int(node.version[1:].split(".")[0]) >= build.OLDEST_NODE
    npm = subprocess.run([*node.npm, "--version"], capture_output=True, text=True, check=True)
    assert npm.stdout.strip()
