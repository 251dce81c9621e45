"""The case's page and what is done from it, without scripts."""

from __future__ import annotations

import pytest

from api.pages.progress import in_lines
from engine.service.cases.copies import case_copies
from engine.service.letters.making import make_letters
from engine.service.papers.form_drafts import load_form_draft
from engine.service.tasks.claim_task import claim_task
from tests.api.conftest import Browse
from tests.driver import Case, Driver
from tests.filled import filled


@pytest.fixture
def case(driver: Driver) -> Case:
    return driver.start("venture-grants", as_="zuzhi", form=filled("venture-application"))


def refuse(case: Case) -> None:
    case.complete(
        "formal-review",
        as_="cishan",
        outcome="reject",
        reasonCode="conditions",
        opinion="项目内容与申报方向不符。",
    )
    make_letters(case.driver.app)


def test_a_case_is_copied_and_read(browse: Browse, driver: Driver, case: Case) -> None:
    """given a task of mine, when I search and choose a colleague, then he has the case; I see
    that he has read it as soon as he has, and the applicant sees nothing of that."""
    task = case.task_for("formal-review", "cishan").key
    claim_task(driver.app, driver.person("cishan"), key=task)
    clerk = browse("cishan").visit(f"/tasks/{task}/copy?q=科室负责人")
    assert [e.get("value") for e in clerk.page.xpath("//input[@name='people']")] == ["kezhang"]
    clerk.send(f"/tasks/{task}/copies", {"people": ["kezhang"], "note": "请知悉"})
    assert clerk.path == f"/tasks/{task}"
    assert "已抄送给韩志远" in clerk.text
    clerk.visit(f"/cases/{case.key}")
    assert "未阅" in clerk.text
    reader = browse("kezhang").visit(f"/cases/{case.key}")
    assert reader.status == 200
    assert "138****0001" in reader.text  # masked for whoever only reads
    assert not reader.page.xpath("//a[contains(@href, '/tasks/')][contains(., '去办理')]")
    clerk.visit(f"/cases/{case.key}")
    assert "已阅 今天" in clerk.text
    assert "请知悉" in clerk.text
    assert "韩志远" not in browse("zuzhi").visit(f"/cases/{case.key}").text


def test_copies_that_are_refused_say_why(browse: Browse, driver: Driver, case: Case) -> None:
    """given nobody, the applicant, or a note that is too long, then the form says what is wrong
    and keeps what was chosen."""
    task = case.task_for("formal-review", "cishan").key
    claim_task(driver.app, driver.person("cishan"), key=task)
    clerk = browse("cishan").visit(f"/tasks/{task}/copy")
    clerk.send(f"/tasks/{task}/copies")
    assert clerk.status == 422
    assert "请选择抄送给谁" in clerk.text
    clerk.send(f"/tasks/{task}/copies", {"people": ["kezhang", "zuzhi"]})
    assert "是本事项的申请人" in clerk.text
    assert clerk.one("//input[@name='people'][@value='kezhang']").get("checked") is not None
    assert case_copies(driver.app, driver.person("cishan"), key=case.key) == ()


def test_urging_from_the_page(browse: Browse, driver: Driver, case: Case) -> None:
    """given a case, when its applicant urges, then it shows, and the form gives way to when he may
    again; sent once more by an old window, it is refused in words."""
    page = browse("zuzhi").visit(f"/cases/{case.key}")
    page.send(f"/cases/{case.key}/urge", {"note": "请尽快"})
    assert "已催办，办理人会收到提醒" in page.text
    assert "已被催办 1 次，最近 今天" in page.text
    assert "您已经催办过了，今天 17:00 以后可以再次催办" in page.text
    assert not [f for f in page.page.forms if f.action.endswith("/urge")]
    token = page.page.xpath("//input[@name='csrf_token']")[0].value
    old = page.client.post(f"/cases/{case.key}/urge", data={"csrf_token": token})
    assert "操作没有生效" in old.text
    assert "已被催办 1 次" in browse("cishan").visit(f"/cases/{case.key}").text


def test_a_refusal_is_explained(browse: Browse, case: Case) -> None:
    """given a refused case, then result, reason, what the letter says, remedy, PDF and code stand
    on its page; a clerk's page has the letter too, and no advice."""
    refuse(case)
    page = browse("zuzhi").visit(f"/cases/{case.key}")
    for words in (
        "办理结果：形式审查不通过",
        "原因：项目内容与申报方向不符。",
        "不服怎么办",
        "行政复议",
        "下载 PDF",
        "验证码：",
    ):
        assert words in page.text
    letter = page.page.xpath("//ul[@class='letters']//a")
    assert page.client.get(letter[0].get("href")).content.startswith(b"%PDF-")
    checked = page.client.get(letter[1].get("href"))
    assert "公益创投不予受理通知书" in checked.text
    clerk = browse("cishan").visit(f"/cases/{case.key}")
    assert "下载 PDF" in clerk.text
    assert "不服怎么办" not in clerk.text


def test_applying_again(browse: Browse, driver: Driver, case: Case) -> None:
    """given an ended case, when its applicant applies again, then the form is filled in but for
    its files; a draft that is there already is left alone; nobody else can, nor while it runs."""
    page = browse("zuzhi").visit(f"/cases/{case.key}")
    token = page.page.xpath("//input[@name='csrf_token']")[0].value
    assert (
        page.client.post(f"/cases/{case.key}/again", data={"csrf_token": token}).status_code == 403
    )
    refuse(case)
    page.visit(f"/cases/{case.key}").send(f"/cases/{case.key}/again")
    assert page.path == "/services/venture-grants"
    assert (
        page.one("//input[@name='projectName']").value
        == filled("venture-application")["projectName"]
    )
    draft = load_form_draft(driver.app, driver.person("zuzhi"), process_id="venture-grants")
    assert draft is not None
    assert len(draft.fields["budget"]) == 3
    assert not {"certificate", "teamProof", "commitment"} & draft.fields.keys()
    page.visit(f"/cases/{case.key}").send(f"/cases/{case.key}/again")
    assert "您已有一份没有提交的申请草稿" in page.text
    after = load_form_draft(driver.app, driver.person("zuzhi"), process_id="venture-grants")
    assert after == draft
    other = browse("cishan").visit(f"/cases/{case.key}")
    token = other.page.xpath("//input[@name='csrf_token']")[0].value
    answer = other.client.post(f"/cases/{case.key}/again", data={"csrf_token": token})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("请补充项目团队证明。", ("请补充项目团队证明",)),
        ("1. 团队证明\n2、审计报告；（3）需求证明", ("团队证明", "审计报告", "需求证明")),
        ("①证书;②2024年度报告", ("证书", "2024年度报告")),
        ("2024年度审计报告", ("2024年度审计报告",)),
        ("\n；\n", ()),
        ("", ()),
    ],
)
def test_what_is_missing_is_listed(text: str, lines: tuple[str, ...]) -> None:
    assert in_lines(text) == lines
