"""回避、代理、离岗交接 on pages: as a bureau's people would go about them."""

from __future__ import annotations

from engine.service.app import App
from tests.api.conftest import Browse
from tests.driver import Driver
from tests.filled import filled


def test_a_clerk_recuses_himself(browse: Browse, driver: Driver) -> None:
    """given a case, when its clerk declares that he keeps away, then he neither sees nor gets it,
    and is told no more than its number."""
    case = driver.start("venture-grants", as_="zuzhi", form=filled("venture-application"))
    clerk = browse("cishan").visit(f"/cases/{case.key}/recusal")
    assert clerk.status == 200
    clerk.send(f"/cases/{case.key}/recusals", {"who": "self", "reason": ""})
    assert clerk.status == 422
    assert "请填写回避原因" in clerk.text
    clerk.send(f"/cases/{case.key}/recusals", {"who": "self", "reason": "申请人是我表弟"})
    assert clerk.path == "/recusals"
    assert "已声明回避" in clerk.text
    number = clerk.one("//section[@aria-labelledby='mine-title']//span[@class='mono']")
    assert number.text
    assert clerk.visit(f"/cases/{case.key}").status == 403
    assert "须回避" in clerk.text
    assert clerk.visit(f"/cases/{case.key}/recusal").status == 403
    assert number.text not in clerk.visit("/tasks").text


def test_an_applicant_asks_and_an_administrator_decides(browse: Browse, driver: Driver) -> None:
    case = driver.start("venture-grants", as_="zuzhi", form=filled("venture-application"))
    task = case.task_for("formal-review", "cishan").key
    clerk = browse("cishan").visit(f"/tasks/{task}")
    clerk.send(f"/tasks/{task}/claim")
    applicant = browse("zuzhi").visit(f"/cases/{case.key}/recusal")
    assert "我要回避" not in applicant.text
    applicant.send(f"/cases/{case.key}/recusals", {"who": "cishan", "reason": "与我单位有纠纷"})
    assert "已申请回避" in applicant.text
    assert "待决定" in applicant.text
    administrator = browse("guanli").visit("/recusals")
    (form,) = [f for f in administrator.page.forms if f.action.endswith("/decision")]
    administrator.send(form.action, {"note": "属实", "granted": "yes"})
    assert "已决定" in administrator.text
    assert clerk.visit(f"/tasks/{task}").status == 403
    (lift,) = [f for f in administrator.page.forms if f.action.endswith("/lift")]
    administrator.send(lift.action, {"reason": "经查不实"})
    assert "已解除" in administrator.text
    assert clerk.visit(f"/tasks/{task}").status == 200


def test_a_proxy_is_named_acts_and_is_revoked(browse: Browse, driver: Driver, shipped: App) -> None:
    """given a clerk who is away, when he names a colleague, then that one finds his task, and the
    record says for whom he did it."""
    case = driver.start("venture-grants", as_="zuzhi", form=filled("venture-application"))
    task = case.task_for("formal-review", "cishan").key
    today = shipped.local_now().date().isoformat()
    clerk = browse("cishan").visit("/profile").visit("/profile/proxies")
    clerk.send("/profile/proxies", {"proxy": "", "since": "", "until": today})
    assert clerk.status == 422
    clerk.send(
        "/profile/proxies",
        {"proxy": "yanglao", "since": today, "until": today, "reason": "学习"},
    )
    assert "代理中" in clerk.text
    colleague = browse("yanglao").visit("/tasks")
    assert f"/tasks/{task}" in {a.get("href", "").split("?")[0] for a in colleague.page.iter("a")}
    colleague.visit(f"/tasks/{task}").send(f"/tasks/{task}/claim")
    assert colleague.status == 200
    colleague.visit(f"/cases/{case.key}")
    assert "（代 " in colleague.text
    (revocation,) = [f for f in clerk.page.forms if f.action.endswith("/revocation")]
    clerk.send(revocation.action)
    assert "已撤销" in clerk.text
    assert colleague.visit(f"/tasks/{task}").status == 404


def test_relations_are_entered_ended_and_revoked(browse: Browse, driver: Driver) -> None:
    case = driver.start("venture-grants", as_="zuzhi", form=filled("venture-application"))
    clerk = browse("cishan")
    assert clerk.visit(f"/cases/{case.key}").status == 200
    administrator = browse("guanli").visit("/admin/relations")
    assert "社会组织评估管理办法" in administrator.text
    administrator.send("/admin/relations", {"username": "cishan", "other": "cishan"})
    assert administrator.status == 422
    administrator.send(
        "/admin/relations",
        {"username": "zuzhi", "other": "cishan", "kind": "ORGANISATION", "since": "2020-01-01"},
    )
    assert "已登记" in administrator.text
    assert clerk.visit(f"/cases/{case.key}").status == 403
    (ending,) = [f for f in administrator.page.forms if f.action.endswith("/end")]
    administrator.send(ending.action, {"until": "2021-01-01"})
    assert "不再计算" in administrator.text
    administrator.send(
        "/admin/relations/term",
        {"years": "3", "source": "本局规定", "effective": "2020-01-01"},
    )
    assert "离职后 3 年内" in administrator.text
    (revocation,) = [f for f in administrator.page.forms if f.action.endswith("/revocation")]
    administrator.send(revocation.action)
    assert "没有登记的关系" in administrator.text


def test_a_leaver_hands_over(browse: Browse, driver: Driver) -> None:
    case = driver.start("venture-grants", as_="zuzhi", form=filled("venture-application"))
    task = case.task_for("formal-review", "cishan").key
    browse("cishan").visit(f"/tasks/{task}").send(f"/tasks/{task}/claim")
    administrator = browse("guanli").visit("/admin/people?q=cishan")
    person = administrator.one(
        "//a[starts-with(@href, '/admin/people/')][not(contains(@href, '?'))]"
    )
    administrator.visit(person.get("href"))
    page = f"{person.get('href')}/hand-over"
    administrator.visit(page)
    assert "1 件在办" in administrator.text
    administrator.send(page, {"successor": "", "reason": "调离"})
    assert administrator.status == 422
    administrator.send(page, {"successor": "yanglao", "reason": "调离", "close_account": "true"})
    assert "已交接 1 件" in administrator.text
    assert "账户已停用" in administrator.text
    assert browse("yanglao").visit(f"/tasks/{task}").status == 200
