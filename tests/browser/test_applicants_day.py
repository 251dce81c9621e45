"""An applicant's day in a browser: apply, supplement, urge, read the decision and check it.

In both languages and at both widths; axe looks at every state of the case's page.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from engine.service.cases.get_case import my_cases
from engine.service.letters.making import make_letters
from tests.browser.conftest import Site
from tests.browser.test_pages_axe import filed, violations
from tests.browser.test_pages_walk import SERVICE, fill
from tests.driver import Case
from tests.filled import FORMS, filled

pytestmark = pytest.mark.browser


@dataclass(frozen=True, kw_only=True)
class Words:
    """What the pages say in one language."""

    urge: str
    send_urge: str
    urged: str
    pressed: str
    turn: str
    supplement: str
    go: str
    submit: str
    result: str
    remedy: str
    download: str
    verify: str
    valid: str
    again: str
    filled: str
    draft: str


ZH = Words(
    urge="催办",
    send_urge="发送催办",
    urged="已被催办 1 次",
    pressed="您已经催办过了",
    turn="等您办理",
    supplement="请您补正材料",
    go="去补正",
    submit="提交，回到待办",
    result="办理结果：",
    remedy="不服怎么办",
    download="下载 PDF",
    verify="核验真伪",
    valid="有效",
    again="用这次的内容重新申请",
    filled="已按上次的内容填好",
    draft="您已有一份没有提交的申请草稿",
)
EN = Words(
    urge="Urge",
    send_urge="Send reminder",
    urged="Urged 1 time",
    pressed="You have already sent a reminder",
    turn="Waiting for you",
    supplement="Please supplement your application",
    go="Supplement now",
    submit="Submit, back to list",
    result="Result: ",
    remedy="If you disagree",
    download="Download PDF",
    verify="Verify",
    valid="Valid",
    again="Apply again with the same content",
    filled="Filled in as last time",
    draft="you have an application draft that was not submitted",
)


def sound(page: Page) -> None:
    """Nothing that axe finds, and nothing that scrolls sideways."""
    if page.locator("[data-bpmn-viewer]").count():
        page.locator(".diagram-canvas svg").first.wait_for()
    assert violations(page) == []
    wider = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert wider <= 0


def stage(page: Page, state: str) -> list[str]:
    return page.locator(f".stages .stage-{state} .stage-name").all_inner_texts()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("words", [ZH, EN], ids=["zh", "en"])
def test_an_applicants_day(site: Site, width: int, words: Words) -> None:
    """given a case, then its page says where it is; returned, what is missing, one thing a line,
    with the way to supplement it; urged, that it was; refused, why, what to do about it, and the
    letter that anybody can check."""
    lang = "zh" if words is ZH else "en"
    case = filed(site, "乡村互助养老小院")
    page = site.open("zuzhi", f"/cases/{case.key}?lang={lang}", width)
    assert stage(page, "current") == ["形式审查"]
    assert len(stage(page, "ahead")) == 4
    sound(page)

    case.complete(
        "formal-review",
        as_="cishan",
        outcome="return",
        reasonCode="materials",
        missing="1. 项目团队证明\n2. 审计报告盖章页；3. 村居需求证明",
        opinion="材料不齐。",
    )
    page.goto(f"/cases?lang={lang}")
    expect(page.locator(".asked-list")).to_contain_text("补正申报材料")
    expect(page.locator("tbody tr").first).to_contain_text(words.turn)
    sound(page)
    page.goto(f"/cases/{case.key}?lang={lang}")
    asked = page.locator(".asked")
    expect(asked).to_contain_text(words.supplement)
    expect(asked.locator("li")).to_have_text(["项目团队证明", "审计报告盖章页", "村居需求证明"])
    assert page.get_by_role("button", name=words.send_urge).count() == 0  # it waits for himself
    sound(page)
    asked.get_by_role("link", name=words.go).click()
    fill(page, {"teamProof": {"file": "团队证明.pdf"}})
    page.get_by_role("button", name=words.submit).click()
    page.wait_for_url("**/tasks**")

    page.goto(f"/cases/{case.key}?lang={lang}")
    assert stage(page, "current") == ["形式审查"]
    page.locator(".now-acts summary", has_text=words.urge).click()
    page.locator("#urge-note").fill("项目下月开始，请尽快审查。")
    page.get_by_role("button", name=words.send_urge).click()
    expect(page.locator(".urged")).to_contain_text(words.urged)
    expect(page.locator(".now .refusal")).to_contain_text(words.pressed)
    sound(page)

    case.complete(
        "formal-review",
        as_="cishan",
        outcome="reject",
        reasonCode="conditions",
        opinion="项目内容与申报方向不符。",
    )
    make_letters(site.app)
    ended(page, case, words, lang)


def ended(page: Page, case: Case, words: Words, lang: str) -> None:
    """The end of that day: the result, the letter, the check of it, and once more."""
    page.goto(f"/cases/{case.key}?lang={lang}")
    ending = page.locator(".ending")
    expect(ending).to_contain_text(f"{words.result}形式审查不通过")
    expect(ending).to_contain_text("项目内容与申报方向不符。")
    expect(ending).to_contain_text(words.remedy)
    expect(ending).to_contain_text("行政复议")
    sound(page)
    letter = page.locator(".letters li").filter(has_text="不予受理通知书")
    with page.expect_download() as download:
        letter.get_by_role("link", name=words.download).click()
    pdf = download.value.path()
    assert pdf.read_bytes().startswith(b"%PDF-")
    letter.get_by_role("link", name=words.verify).click()
    page.wait_for_url("**/verify/**")
    expect(page.locator("main")).to_contain_text(words.valid)
    page.locator("#file").set_input_files(
        {"name": "notice.pdf", "mimeType": "application/pdf", "buffer": pdf.read_bytes()}
    )
    page.locator("form[method=post][enctype] button").click()
    expect(page.locator(".flash-success")).to_be_visible()
    sound(page)

    page.goto(f"/cases/{case.key}?lang={lang}")
    page.get_by_role("button", name=words.again).click()
    expect(page.locator("#flashes")).to_contain_text(words.filled)
    expect(page.locator("[name='projectName']")).to_have_value("乡村互助养老小院")
    expect(page.locator("[name='budget.2.item']")).to_have_value("项目管理")
    page.goto(f"/cases/{case.key}?lang={lang}")
    page.get_by_role("button", name=words.again).click()
    expect(page.locator("#flashes")).to_contain_text(words.draft)


def test_the_whole_day_by_hand(site: Site) -> None:
    """given an applicant who fills in the form herself, when it is decided in her favour, then the
    stages are done one after the other, she cannot withdraw after the decision, and is told why."""
    page = site.open("zuzhi", SERVICE)
    fill(page, dict(FORMS["venture-application"]))
    page.get_by_role("button", name="提交申请").click()
    page.get_by_role("dialog").get_by_role("button", name="提交").click()
    page.get_by_role("link", name="查看办理进度").click()
    expect(page.get_by_role("heading", name="撤销申请")).to_be_visible()
    assert stage(page, "current") == ["形式审查"]
    (filed_case,) = my_cases(site.app, site.driver.person("zuzhi")).items
    case = Case(site.driver, filed_case.key)
    case.complete("formal-review", as_="cishan", outcome="approve", opinion="齐全")
    case.complete("appoint-experts", as_="cishan", experts=["zhuanjia1", "zhuanjia2", "zhuanjia3"])
    page.reload()
    assert stage(page, "done")[:3] == ["提交申请", "形式审查", "确定评审专家"]
    assert stage(page, "current") == ["专家评审"]
    for number in (1, 2, 3):
        case.complete("expert-review", as_=f"zhuanjia{number}", **filled("expert-score"))
    case.complete(
        "leader-approval", as_="lingdao", outcome="approve", approvedAmount=75000, opinion="同意。"
    )
    page.reload()
    assert "分管领导审批（作出决定）" in stage(page, "done")
    assert stage(page, "current") == ["公示与异议受理"]
    expect(page.locator("main")).to_contain_text("决定作出后不能再撤销申请")
    assert page.get_by_role("heading", name="撤销申请").count() == 0
