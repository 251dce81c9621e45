"""The pages without scripts: an application from the hall to its end, by those who handle it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from engine.service.app import App
from tests.api.conftest import Browse
from tests.conftest import SettableClock
from tests.driver import Driver
from tests.filled import FORMS, filled
from tests.service.files import PDF
from tests.service.people import PASSWORD

SERVICE = "/services/venture-grants"


def typed(form: str, **changes: Any) -> tuple[dict[str, Any], list[Any]]:
    """A form of the scenarios as a browser sends it: texts by name, files apart."""
    fields: dict[str, Any] = {}
    files: list[Any] = []
    for name, value in {**FORMS[form], **changes}.items():
        match value:
            case {"file": str(title)}:
                files.append((f"__file.{name}", (title, PDF, "application/pdf")))
            case list():
                for number, row in enumerate(value):
                    fields |= {f"{name}.{number}.{key}": str(item) for key, item in row.items()}
            case bool():
                fields[name] = "true" if value else ""
            case _:
                fields[name] = str(value)
    return fields, files


def test_the_way_of_an_application(browse: Browse, driver: Driver) -> None:
    """given an applicant and a reviewer, when one applies and the other returns, supplements and
    approves, then each page says what was done and what is next."""
    zuzhi = browse("zuzhi")
    assert zuzhi.path == "/"
    assert "公益慈善创投" in zuzhi.text
    fields, files = typed("venture-application")
    zuzhi.visit(SERVICE).send(SERVICE, {**fields, "act": "submit"}, files=files)
    assert zuzhi.status == 200
    assert "申请已提交" in zuzhi.text
    assert "CT-2025-0001" in zuzhi.text
    assert "形式审查" in zuzhi.text
    driver.settle()
    cishan = browse("cishan").visit("/tasks")
    row = cishan.one("//tbody/tr")
    assert "CT-2025-0001" in row.text_content()
    assert "工作日" in row.text_content()
    task = cishan.one("//tbody//a[contains(@class, 'row-title')]").get("href")
    cishan.send(f"{task}/claim")
    assert "已签收" in cishan.text
    cishan.visit(task)
    assert "登记证书.pdf" in cishan.text
    assert "命中第" in cishan.text
    cishan.send(
        task,
        {
            "outcome": "return",
            "reasonCode": "materials",
            "missing": "请补充项目团队证明。",
            "opinion": "材料不齐。",
            "then": "next",
        },
    )
    assert cishan.path == "/tasks"
    assert "已办结：CT-2025-0001" in cishan.text
    driver.settle()
    zuzhi.visit("/tasks")
    supplement = zuzhi.one("//tbody//a[contains(@class, 'row-title')]").get("href")
    zuzhi.visit(supplement)
    assert "请补充项目团队证明。" in zuzhi.text
    proof = [("__file.teamProof", ("团队证明.pdf", PDF, "application/pdf"))]
    zuzhi.send(supplement, {"then": "inbox"}, files=proof)
    assert "已办结" in zuzhi.text
    driver.settle()
    zuzhi.visit("/cases").visit(zuzhi.one("//tbody//a").get("href"))
    assert "办到哪一步了" in zuzhi.text
    assert "退回补正" in zuzhi.text
    assert "团队证明.pdf" in zuzhi.text


def test_errors_stand_beside_fields_and_nothing_is_lost(browse: Browse) -> None:
    """given a form with mistakes, when it is sent, then it comes back as typed with each mistake
    named above and beside its field; and the draft is there after going away."""
    zuzhi = browse("zuzhi")
    fields, _ = typed("venture-application", uscc="52370700MJE123452T", orgName="<b>绝对&安全</b>")
    zuzhi.visit(SERVICE).send(SERVICE, {**fields, "act": "submit"})
    assert zuzhi.status == 422
    summary = zuzhi.one("//section[contains(@class, 'error-summary')]")
    links = [a.get("href") for a in summary.iter("a")]
    assert "#f-uscc" in links
    field = zuzhi.one("//input[@name='uscc']")
    assert field.value == "52370700MJE123452T"
    assert field.get("aria-invalid") == "true"
    assert "统一社会信用代码" in zuzhi.one("//*[@data-error-for='uscc']").text_content()
    assert zuzhi.one("//input[@name='orgName']").value == "<b>绝对&安全</b>"
    zuzhi.visit("/")
    assert "没填完的" in zuzhi.text
    zuzhi.visit(SERVICE)
    assert zuzhi.one("//input[@name='uscc']").value == "52370700MJE123452T"
    assert zuzhi.one("//input[@name='budget.2.amount']").value == "7499.5"


def test_rows_without_scripts(browse: Browse) -> None:
    """given a list of rows, when its buttons are pressed without scripts, then rows come and go."""
    zuzhi = browse("zuzhi").visit(SERVICE)
    zuzhi.send(SERVICE, {"budget.0.item": "助餐物资", "__add": "budget"})
    assert zuzhi.status == 200
    assert zuzhi.one("//input[@name='budget.0.item']").value == "助餐物资"
    zuzhi.one("//input[@name='budget.1.item']")
    zuzhi.send(SERVICE, {"__remove": "budget.0"})
    assert zuzhi.one("//input[@name='budget.0.item']").value in {None, ""}


def test_sent_twice_is_one_application(browse: Browse) -> None:
    """given a form that was sent, when the same page is sent again, then it is the same case."""
    zuzhi = browse("zuzhi").visit(SERVICE)
    fields, files = typed("venture-application")
    page = zuzhi.page
    zuzhi.send(SERVICE, {**fields, "act": "submit"}, files=files)
    assert zuzhi.path.endswith("/receipt")
    zuzhi.page = page
    zuzhi.send(SERVICE, {**fields, "act": "submit"}, files=files)
    assert "已经提交过了" in zuzhi.text
    zuzhi.one("//tbody/tr")


def test_typed_fields_survive_the_end_of_a_session(
    browse: Browse, clock: SettableClock, shipped: App
) -> None:
    """given a session that has run out, when a form is sent, then after the log-in it is all there;
    for whoever typed it, and nobody else."""
    zuzhi = browse("zuzhi").visit(SERVICE)
    clock.advance(timedelta(hours=shipped.settings.session_hours + 1))
    zuzhi.send(SERVICE, {"orgName": "潍坊市爱心公益服务中心", "act": "submit"})
    assert zuzhi.status == 401
    assert "您填写的内容没有丢失" in zuzhi.text
    page = zuzhi.page
    zuzhi.send("/login", {"username": "zuzhi", "password": PASSWORD})
    assert zuzhi.path == SERVICE
    assert "已经保留" in zuzhi.text
    assert zuzhi.one("//input[@name='orgName']").value == "潍坊市爱心公益服务中心"
    other = browse("zuzhi2")
    other.send("/logout")
    other.page = page
    other.visit("/login")
    kept = page.xpath("//input[@name='kept']")[0].value
    other.send("/login", {"username": "zuzhi2", "password": PASSWORD, "kept": kept})
    assert other.path == SERVICE
    assert "没有生效" in other.text
    assert other.one("//input[@name='orgName']").value in {None, ""}


def test_a_form_of_an_older_session(browse: Browse) -> None:
    """given a page of a session that another one has replaced, when its form is sent, then nothing
    happens but that the fields can be had back."""
    zuzhi = browse("zuzhi").visit(SERVICE)
    old = zuzhi.page
    zuzhi.visit("/")
    zuzhi.send("/logout")
    zuzhi.log_in("zuzhi", PASSWORD)
    zuzhi.page = old
    zuzhi.send(SERVICE, {"orgName": "爱心中心", "act": "submit"})
    assert zuzhi.status == 403
    assert "页面已过期" in zuzhi.text
    zuzhi.send("/kept")
    assert zuzhi.path == SERVICE
    assert zuzhi.one("//input[@name='orgName']").value == "爱心中心"


def test_why_somebody_cannot_handle_a_task(browse: Browse, driver: Driver) -> None:
    """given a task that was handled, when another candidate opens it, then the page says by whom;
    and an applicant is not shown the reviewers' page."""
    driver.start("venture-grants", as_="zuzhi", form=filled("venture-application"))
    cishan = browse("cishan").visit("/tasks")
    task = cishan.one("//tbody//a[contains(@class, 'row-title')]").get("href")
    cishan.visit(task).send(task, {"outcome": "approve", "opinion": "齐全。", "then": "inbox"})
    assert "已办结" in cishan.text
    cishan.visit(task)
    assert "李海燕" in cishan.text
    assert "已由" in cishan.text
    assert not cishan.page.xpath("//form[@id='task-form']")
    assert browse("zuzhi").visit(task).status in {403, 404}
    assert browse("yanglao").visit(task).status in {403, 404}


def test_withdrawing_asks_for_a_reason(browse: Browse, driver: Driver) -> None:
    """given a case of mine, when I withdraw it, then only with a reason, and it ends."""
    case = driver.start("venture-grants", as_="zuzhi", form=filled("venture-application"))
    page = f"/cases/{case.key}"
    zuzhi = browse("zuzhi").visit(page)
    zuzhi.send(f"{page}/withdraw", {"reason": " "})
    assert zuzhi.status == 422
    assert "请说明原因" in zuzhi.text
    zuzhi.send(f"{page}/withdraw", {"reason": "项目计划有变。"})
    assert "已撤销申请" in zuzhi.text
    assert not zuzhi.page.xpath("//form[contains(@action, 'withdraw')]")
