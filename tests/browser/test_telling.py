"""Notices, their settings, the ways out, letters and their public check, in a real browser."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from engine.model.actor import SYSTEM
from engine.model.letters import Letter
from engine.model.notifications import Channel, NoticeKind
from engine.service.letters.making import make_letters
from engine.service.letters.register import search_letters
from engine.service.notifications.channels import add_endpoint, set_allowed_hosts
from engine.service.notifications.outbox import work_off
from engine.service.papers.open_document import open_document
from tests.browser.conftest import AXE, Site
from tests.driver import Case
from tests.filled import filled

WIDTHS = (1280, 390)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

#: Whose page, and where.
PAGES = {
    "notices": ("zuzhi", "/notices"),
    "settings": ("guanli", "/profile/notices"),
    "outgoing": ("guanli", "/admin/outgoing"),
    "dispatches": ("guanli", "/admin/dispatches"),
    "wordings": ("guanli", "/admin/wordings?kind=case-returned"),
    "letters": ("guanli", "/admin/letters"),
    "templates": ("guanli", "/admin/letter-templates"),
    "new-template": ("guanli", "/admin/letter-templates/new?like={template}"),
    "verify": (None, "/verify"),
    "verified": (None, "/verify/{code}"),
    "unknown": (None, "/verify/0000-0000-0000-0000-0000"),
}


@dataclass(frozen=True)
class Seeded:
    """A case that was returned, with its letter made and everybody told."""

    case: Case
    letter: Letter
    pdf: bytes
    template: str


@pytest.fixture
def seeded(site: Site) -> Seeded:
    site.driver.at("2025-03-03T09:00")
    guanli = site.driver.person("guanli")
    set_allowed_hosts(site.app, guanli, hosts=["127.0.0.1:9"])
    add_endpoint(
        site.app,
        guanli,
        channel=Channel.WEBHOOK,
        name="办公系统",
        url="http://127.0.0.1:9/hook",
        kinds={NoticeKind.CASE_RETURNED},
    )
    set_allowed_hosts(site.app, guanli, hosts=["oa.example.gov.cn"])
    form = filled("venture-application", projectName="困境儿童周末陪伴计划")
    case = site.driver.start("venture-grants", as_="zuzhi", form=form)
    case.complete(
        "formal-review",
        as_="cishan",
        outcome="return",
        reasonCode="materials",
        missing="请补充项目团队证明。",
        opinion="材料不齐。",
    )
    assert make_letters(site.app) == 1
    work_off(site.app)
    (letter,) = search_letters(site.app, SYSTEM).items
    assert letter.document_key is not None
    _, chunks = open_document(site.app, SYSTEM, key=letter.document_key)
    with site.app.database.unit_of_work() as work:
        (template,) = work.hot("select key from letter_wording order by key limit 1").fetchone()
    return Seeded(case=case, letter=letter, pdf=b"".join(chunks), template=str(template))


@pytest.mark.browser
@pytest.mark.slow
def test_the_pages_are_accessible_at_both_widths(site: Site, seeded: Seeded) -> None:
    """given every page of notices and letters, then axe finds nothing and nothing is cut off."""
    found = []
    for name, (username, path) in PAGES.items():
        for width in WIDTHS:
            at = path.format(code=seeded.letter.code, template=seeded.template)
            page = site.open(username, at, width)
            page.evaluate(AXE.read_text(encoding="utf-8"))
            result = page.evaluate(
                "rules => axe.run({runOnly: {type: 'tag', values: rules}})", RULES
            )
            found += [
                f"{name}@{width}: {violation['id']} {node['html'][:120]}"
                for violation in result["violations"]
                for node in violation["nodes"]
            ]
            wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if wider > 0:
                found.append(f"{name}@{width}: {wider} px too wide")
            page.context.close()
    assert found == []


@pytest.mark.browser
def test_the_bell_shows_what_is_new_and_leads_there(site: Site, seeded: Seeded) -> None:
    page = site.open("zuzhi")
    bell = page.locator(".bell-menu")
    # to be supplied, the clock that stands still meanwhile, the letter
    expect(bell.locator(".count")).to_contain_text("3")
    bell.locator("summary").click()
    expect(bell.get_by_role("button", name=re.compile("请补正：公益慈善创投"))).to_be_visible()
    bell.get_by_role("button", name=re.compile("请补正")).click()
    expect(page).to_have_url(re.compile("/tasks/[0-9]+$"))
    expect(page.locator(".bell-menu .count")).to_contain_text("2")
    page.goto("/notices?unread=1")
    expect(page.get_by_text("文书已出具").first).to_be_visible()
    page.get_by_role("button", name="全部标为已读").click()
    expect(page.locator(".bell-menu .count")).to_be_hidden()


@pytest.mark.browser
def test_a_person_settles_how_to_be_told(site: Site, seeded: Seeded) -> None:
    page = site.open("cishan", "/profile")
    page.get_by_role("main").get_by_role("link", name="通知设置").click()
    page.get_by_label("我的岗位有待办可认领：电子邮件").check()
    page.get_by_label("从").fill("22:00")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("alert")).to_contain_text("免打扰")
    page.get_by_label("到", exact=True).fill("07:00")
    page.get_by_label("发送方式").select_option("daily")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("已保存")).to_be_visible()
    expect(page.get_by_label("我的岗位有待办可认领：电子邮件")).to_be_checked()
    expect(page.get_by_label("从")).to_have_value("22:00")


@pytest.mark.browser
def test_an_administrator_sends_a_dead_letter_again(site: Site, seeded: Seeded) -> None:
    page = site.open("guanli", "/admin/outgoing")
    page.get_by_role("link", name="未送达的消息").click()
    expect(page.get_by_text("不在允许外发的名单里")).to_be_visible()
    page.get_by_role("button", name="重新发送").click()
    expect(page.get_by_text("已重新安排")).to_be_visible()
    page.get_by_role("link", name="待发送").click()
    expect(page.get_by_role("main").get_by_text("办公系统")).to_be_visible()


@pytest.mark.browser
def test_the_secret_of_a_webhook_is_shown_once(site: Site, seeded: Seeded) -> None:
    page = site.open("guanli", "/admin/outgoing")
    page.get_by_label("名称", exact=True).fill("档案系统")
    page.get_by_label("地址", exact=True).fill("https://oa.example.gov.cn/banshi")
    page.get_by_label("办结").check()
    page.get_by_role("button", name="新增").click()
    expect(page.get_by_text(re.compile("whsec_[A-Za-z0-9+/=]{44}"))).to_be_visible()
    page.reload()
    page.goto("/admin/outgoing")
    expect(page.get_by_text("档案系统").first).to_be_visible()
    expect(page.get_by_text("whsec_")).to_have_count(0)


@pytest.mark.browser
def test_the_applicant_has_the_letter_and_anybody_can_check_it(
    site: Site, seeded: Seeded, tmp_path: Path
) -> None:
    mine = site.open("zuzhi", f"/cases/{seeded.case.key}")
    expect(
        mine.get_by_role("link", name="潍民补〔2025〕1号 申请材料补正告知书.pdf").first
    ).to_be_visible()
    page = site.open(None, "/verify", 390)
    page.get_by_label("验证码").fill(seeded.letter.code.lower())
    page.get_by_role("button", name="核验").click()
    expect(page.get_by_text("潍民补〔2025〕1号")).to_be_visible()
    expect(page.get_by_text("有效", exact=True)).to_be_visible()
    expect(page.get_by_role("main")).not_to_contain_text("爱心公益")
    kept = tmp_path / "letter.pdf"
    for content, said in ((seeded.pdf, "完全一致"), (seeded.pdf + b" ", "不一致")):
        kept.write_bytes(content)
        page.get_by_label("文书的 PDF 文件").set_input_files(kept)
        page.get_by_role("button", name="比对").click()
        expect(page.get_by_role("status")).to_contain_text(said)
    _revoke(site.open("guanli", "/admin/letters"))
    page.goto(f"/verify/{seeded.letter.code}")
    expect(page.get_by_text("不再有效")).to_be_visible()


def _revoke(page: Page) -> None:
    page.locator("summary", has_text="撤销").click()
    page.get_by_label("撤销原因").fill("内容有误")
    page.get_by_role("button", name="确定撤销").click()
    page.get_by_role("dialog").get_by_role("button").last.click()
    expect(page.get_by_text("已撤销文书")).to_be_visible()
