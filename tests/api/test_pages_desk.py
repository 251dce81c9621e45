"""The task page as a desk, without scripts: operations, seats, comments, phrases, signatures."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engine.model.keys import Key
from engine.service.absence.proxies import name_proxy
from engine.service.app import App
from engine.service.notifications.fan_out import fan_out
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.complete_task import complete_task
from engine.service.worklists.phrases import MOST, add_phrase
from tests.api.browsing import Browser
from tests.api.conftest import Browse
from tests.api.desk import desk, put, started, task_of
from tests.driver import Driver
from tests.service.files import PDF, PNG

YES = {"outcome": "approve", "opinion": "同意。", "then": "inbox"}


@pytest.fixture
def countersign(driver: Driver) -> Key:
    """A task that kezhang, lingdao and caiwu have to sign."""
    put(driver.app, desk())
    case = started(driver)
    complete_task(
        driver.app, driver.person("cishan"), key=task_of(driver, case, "draft"), submission={}
    )
    return task_of(driver, case, "countersign")


def refusal(browser: Browser, label: str) -> str:
    found = browser.page.xpath(f"//dl[@class='refused']/div[contains(dt, '{label}')]/dd")
    assert found, f"no word on {label}"
    return str(found[0].text_content())


def seats(browser: Browser) -> list[str]:
    return [
        " ".join(seat.text_content().split())
        for seat in browser.page.xpath("//ul[@class='seats']/li")
    ]


def test_who_stands_where(browse: Browse, countersign: Key) -> None:
    """given a countersign, when one has signed, then the page says the rule, the votes, the turn
    and each seat."""
    path = f"/tasks/{countersign}"
    lingdao = browse("lingdao").visit(path)
    assert "会签：须全部同意，有一人不同意即不通过。" in lingdao.text
    assert "同意 0，不同意 0，弃权 0；应到 3，未表态 3。" in lingdao.text
    assert "现在轮到您办理，同时还有" in lingdao.text
    assert len(seats(lingdao)) == 3
    lingdao.send(path, YES)
    assert "已办结" in lingdao.text
    caiwu = browse("caiwu").visit(path)
    assert "同意 1，不同意 0，弃权 0；应到 3，未表态 2。" in caiwu.text
    (done,) = [seat for seat in seats(caiwu) if "同意 " in seat or "同意今" in seat]
    assert "同意。" in done
    lingdao.visit(path)
    assert "您在此任务中的席位已经办结" in lingdao.text


def test_a_delegation_is_given_back(browse: Browse, countersign: Key) -> None:
    """given a delegation with what is half-typed carried along, then the other gives it back and
    what was typed is still there."""
    path = f"/tasks/{countersign}"
    caiwu = browse("caiwu").visit(path)
    person = caiwu.one("//form[contains(@action, '/delegate')]//input[@value='cishan']")
    assert person.get("type") == "radio"
    caiwu.send(
        f"{path}/delegate",
        {
            "assignee": "cishan",
            "reason": "请核资金来源",
            "__carried": "outcome=approve&opinion=%E5%8D%8A%E5%8F%A5",
        },
    )
    assert "请" in caiwu.text
    assert "办理后归还" in caiwu.text
    assert caiwu.path == path
    assert refusal(caiwu, "办理归还")
    cishan = browse("cishan").visit(path)
    assert "请用“办理归还”交回委派人" in cishan.text
    cishan.send(f"{path}/resolve", {"opinion": "资金已落实。"})
    assert "已归还" in cishan.text
    caiwu.visit(path)
    assert caiwu.one("//textarea[@name='opinion' and @id]").text.strip() == "半句"
    assert "资金已落实。" in caiwu.text


def test_a_delegation_is_called_back(browse: Browse, countersign: Key) -> None:
    path = f"/tasks/{countersign}"
    caiwu = browse("caiwu").visit(path)
    caiwu.send(f"{path}/delegate", {"assignee": "cishan"})
    cishan = browse("cishan").visit(path)
    page = cishan.page
    caiwu.send(f"{path}/call-back", {"reason": "我自己办"})
    assert "已收回委派" in caiwu.text
    assert "现在轮到您办理" in caiwu.text
    cishan.page = page
    cishan.send(f"{path}/resolve")
    assert "操作没有生效" in cishan.text


def test_signs_are_added_and_removed(browse: Browse, countersign: Key) -> None:
    """given a sign added before, then the holder waits and is told why; taken away, it is his."""
    path = f"/tasks/{countersign}"
    caiwu = browse("caiwu").visit(path)
    caiwu.send(f"{path}/add-sign", {"mode": "before", "people": ["cishan"], "reason": "先看"})
    assert "已加签" in caiwu.text
    assert "须等前面的人员" in caiwu.text
    (added,) = [seat for seat in seats(caiwu) if "前加签" in seat]
    assert "加签" in added
    seat = caiwu.one("//form[contains(@action, '/remove-sign')]//input[@name='seat']")
    caiwu.send(f"{path}/remove-sign", {"seat": seat.get("value")})
    assert "已减签" in caiwu.text
    assert "须等前面的人员" not in caiwu.text


def test_what_is_refused_stays_open_as_typed(browse: Browse, countersign: Key) -> None:
    """given an operation without its choices, then its form comes back open with what was typed
    and what is missing, and the half-typed decision is kept."""
    path = f"/tasks/{countersign}"
    caiwu = browse("caiwu").visit(path)
    for name, fields, error in (
        ("delegate", {"reason": "请核"}, "请选择委派给谁。"),
        ("add-sign", {"mode": "after", "reason": "请核"}, "请选择加签人员。"),
        ("add-sign", {"people": ["cishan"]}, "请选择加签方式。"),
        ("assign", {"reason": "出差"}, "请选择转办给谁。"),
        ("return", {"reason": "退"}, "请选择退回到哪个环节。"),
    ):
        caiwu.visit(path)
        caiwu.send(f"{path}/{name}", {**fields, "__carried": "opinion=kept"})
        assert caiwu.status == 422
        form = caiwu.one(f"//details[@id='operation-{name}' and @open]/form")
        assert error in form.text_content()
        summary = caiwu.one("//*[@data-error-summary]//a")
        assert (summary.text, summary.get("href")) == (error, f"#operation-{name}")
        if "reason" in fields:
            assert form.xpath(".//textarea[@name='reason']")[0].text.strip() == fields["reason"]
        assert caiwu.one("//textarea[@name='opinion' and @id]").text.strip() == "kept"
    caiwu.visit(path)
    targets = caiwu.page.xpath("//form[contains(@action, '/return')]//input[@name='target']")
    caiwu.send(f"{path}/return", {"target": targets[0].get("value"), "reason": " "})
    assert "请填写退回原因。" in caiwu.text


def test_return_and_withdrawal(browse: Browse, driver: Driver, countersign: Key) -> None:
    """given a return to the draft, then it is its drafter's again; done anew, he can take it back."""
    path = f"/tasks/{countersign}"
    caiwu = browse("caiwu").visit(path)
    target = caiwu.one("//form[contains(@action, '/return')]//input[@name='target']")
    assert "拟稿" in target.getparent().text_content()
    caiwu.send(f"{path}/return", {"target": target.get("value"), "reason": "数字有误"})
    assert "已退回" in caiwu.text
    case = countersign - countersign % (1 << 22)
    draft = task_of(driver, Key(case), "draft")
    cishan = browse("cishan").visit(f"/tasks/{draft}")
    assert "退到“拟稿”" in cishan.text
    assert "数字有误" in cishan.text
    cishan.send(f"/tasks/{draft}", {"then": "inbox"})
    cishan.visit(f"/tasks/{draft}")
    cishan.send(f"/tasks/{draft}/withdraw", {"reason": "再改改"})
    assert "已撤回" in cishan.text
    assert cishan.path == f"/tasks/{task_of(driver, Key(case), 'draft')}"


def test_transfer_and_release(browse: Browse, driver: Driver, shipped: App) -> None:
    put(shipped, desk())
    key = task_of(driver, started(driver), "draft")
    cishan = browse("cishan")
    claim_task(shipped, driver.person("cishan"), key=key)
    cishan.visit(f"/tasks/{key}")
    cishan.send(f"/tasks/{key}/release")
    assert "已退签" in cishan.text
    cishan.visit(f"/tasks/{key}")
    assert refusal(cishan, "转办")
    guanli = browse("guanli").visit(f"/tasks/{key}")
    guanli.send(f"/tasks/{key}/assign", {"named": "kezhang", "reason": "急件"})
    assert "已转办" in guanli.text
    kezhang = browse("kezhang").visit(f"/tasks/{key}")
    assert "急件" in kezhang.text


def test_a_proxy_is_told_whose_turn_he_takes(
    browse: Browse, driver: Driver, shipped: App, countersign: Key
) -> None:
    """given a proxy, when he opens and signs, then page and record say for whom."""
    caiwu = driver.person("caiwu")
    name_proxy(
        shipped,
        caiwu,
        principal="caiwu",
        proxy="cishan",
        starts_at=shipped.now(),
        ends_at=shipped.now() + timedelta(days=3),
    )
    path = f"/tasks/{countersign}"
    cishan = browse("cishan").visit(path)
    assert f"您正在代{caiwu.name}办理" in cishan.text
    assert "现在轮到您办理" in cishan.text
    cishan.send(path, YES)
    cishan.visit(path)
    (seat,) = [seat for seat in seats(cishan) if "同意。" in seat]
    assert f"{driver.person('cishan').name}（代 {caiwu.name}）" in seat
    assert f"代 {caiwu.name}" in " ".join(cishan.one("//ol[@class='way']").text_content().split())


def test_colleagues_are_told_of_a_comment(browse: Browse, shipped: App, countersign: Key) -> None:
    """given a task with seats, when somebody comments, then he can tick those who take part, and who
    was ticked is told; neither himself nor the applicant is offered."""
    path = f"/tasks/{countersign}"
    caiwu = browse("caiwu").visit(path)
    offered = caiwu.page.xpath("//section[@id='comments']//input[@name='mentions']/@value")
    assert "lingdao" in offered
    assert not {"caiwu", "zuzhi"} & set(offered)
    legend = caiwu.one("//section[@id='comments']//fieldset[.//input[@name='mentions']]/legend")
    assert (legend.text, legend.get("class")) == ("提醒谁看", "optional")
    caiwu.send(f"{path}/comments", {"text": " ", "mentions": ["lingdao"]})
    assert caiwu.status == 422
    ticked = caiwu.page.xpath("//input[@name='mentions'][@checked]/@value")
    assert ticked == ["lingdao"]
    caiwu.send(f"{path}/comments", {"text": "请看资金来源", "mentions": ["lingdao"]})
    assert caiwu.status == 200, caiwu.text
    fan_out(shipped)
    notices = browse("lingdao").visit("/notices").one("//main").text_content()
    assert "评论提到了您" in notices


def test_comments_with_files(browse: Browse, countersign: Key) -> None:
    """given a comment with a picture, then colleagues see both on the page, and a preview."""
    path = f"/tasks/{countersign}"
    caiwu = browse("caiwu").visit(path)
    caiwu.send(
        f"{path}/comments",
        {"text": "预算表见附件。"},
        files=[("__file.comment", ("预算.png", PNG, "image/png"))],
    )
    assert "评论已发表" in caiwu.text
    lingdao = browse("lingdao").visit(path)
    card = lingdao.one("//section[@id='comments']")
    assert "预算表见附件。" in card.text_content()
    source = card.xpath(".//details[@class='preview']/img")[0].get("src")
    shown = lingdao.client.get(source)
    assert shown.status_code == 200
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in shown.headers["content-security-policy"]
    caiwu.send(f"{path}/comments", {"text": " "})
    assert caiwu.status == 422
    assert "请填写评论内容。" in caiwu.text
    stranger = browse("qunzhong").visit(path)
    assert stranger.status == 404


def test_usual_phrases(browse: Browse, shipped: App, driver: Driver, countersign: Key) -> None:
    """given an opinion kept as a phrase, then it is offered next time; and taken away on its page."""
    path = f"/tasks/{countersign}"
    caiwu = browse("caiwu").visit(path)
    token = caiwu.form(path).fields["csrf_token"]
    fields = {"csrf_token": token, "outcome": "approve", "opinion": "同意按程序\n办理。"}
    caiwu._shown(caiwu.client.post(f"{path}/phrases", data=fields))
    assert "已存为常用语：同意按程序 办理。" in caiwu.text
    assert caiwu.page.xpath("//button[@data-insert-text='同意按程序 办理。']")
    assert caiwu.one("//textarea[@name='opinion' and @id]").text.strip().endswith("办理。")
    assert (
        not browse("lingdao")
        .visit(path)
        .page.xpath("//button[@data-insert-text='同意按程序 办理。']")
    )
    caiwu.visit("/profile/phrases").send("/profile/phrases", {"text": "请抓紧办理。"})
    assert "请抓紧办理。" in caiwu.text
    caiwu.send("/profile/phrases", {"text": " "})
    assert "请填写常用语。" in caiwu.text
    removal = caiwu.page.xpath("//form[contains(@action, '/removal')]")[0].action
    theirs = browse("lingdao").visit("/profile/phrases")
    token = theirs.form("/profile/phrases").fields["csrf_token"]
    assert theirs.client.post(removal, data={"csrf_token": token}).status_code == 404
    caiwu.send(removal)
    assert len(caiwu.page.xpath("//form[contains(@action, '/removal')]")) == 1
    for n in range(MOST - 1):
        add_phrase(shipped, driver.person("caiwu"), text=f"第 {n} 条")
    caiwu.send("/profile/phrases", {"text": "再来一条"})
    assert f"最多 {MOST} 条" in caiwu.text


def signing(driver: Driver) -> Key:
    put(driver.app, desk(signature="required"))
    case = started(driver)
    complete_task(
        driver.app, driver.person("cishan"), key=task_of(driver, case, "draft"), submission={}
    )
    return task_of(driver, case, "countersign")


def test_a_signature_is_asked_for(browse: Browse, driver: Driver) -> None:
    """given a task to be signed, when sent without, with another's name, by hand, then only the
    last is taken; and the way shows it."""
    path = f"/tasks/{signing(driver)}"
    caiwu = browse("caiwu").visit(path)
    caiwu.send(path, YES)
    assert caiwu.status == 422
    assert "此环节须签名" in caiwu.text
    assert caiwu.one("//textarea[@name='opinion' and @id]").text.strip() == "同意。"
    caiwu.send(path, {**YES, "__signature_name": "张三"})
    assert "姓名与登录人不一致" in caiwu.text
    beside = caiwu.one("//*[@id='signature']//*[contains(@class, 'field-error')]")
    assert "姓名与登录人不一致" in beside.text_content()
    picture: list[Any] = [("__signature", ("signature.png", PNG, "image/png"))]
    caiwu.send(path, YES, files=picture)
    assert "已办结" in caiwu.text
    lingdao = browse("lingdao").visit(path)
    assert "已手写签名" in lingdao.text
    assert (
        lingdao.client.get(lingdao.one("//img[@class='way-signature']").get("src")).content == PNG
    )
    lingdao.send(path, {**YES, "__signature_name": driver.person("lingdao").name})
    assert "已办结" in lingdao.text


def test_a_picture_that_signed_nothing_is_thrown_away(browse: Browse, driver: Driver) -> None:
    path = f"/tasks/{signing(driver)}"
    caiwu = browse("caiwu").visit(path)
    for content, name in ((PNG, "signature.png"), (PDF, "signature.pdf")):
        files: list[Any] = [("__signature", (name, content, "image/png"))]
        caiwu.send(path, {"then": "inbox", "outcome": "", "opinion": ""}, files=files)
        assert caiwu.status == 422
    with driver.app.database.unit_of_work() as work:
        found = work.hot("select count(*) from document where name = '签名.png'").fetchone()
    assert found == (0,)


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        ({"completionRule": "any"}, "或签：有一人同意即通过。"),
        (
            {"completionRule": "any", "veto": "true"},
            "或签：有一人同意即通过。一票否决：有一人不同意即不通过。",
        ),
        ({"completionRule": "sequential"}, "依次审批：按顺序逐个同意，有一人不同意即不通过。"),
        (
            {"completionRule": "ratio", "threshold": "2/3", "quorum": "2/3"},
            "票签：同意的达到 2/3即通过。表态的达到 2/3才有效。",
        ),
        (
            {"completionRule": "ratio", "threshold": ">1/2", "quorum": "2"},
            "票签：同意的过半数即通过。表态的达到 2 人才有效。",
        ),
        (
            {"completionRule": "ratio", "threshold": "1/2", "abstentions": "ignore"},
            "票签：同意的达到半数即通过。弃权的不计入总数。",
        ),
        (
            {"completionRule": "weighted", "threshold": "2"},
            "权重票签：同意的权重合计达到 2即通过。",
        ),
    ],
)
def test_rules_in_words(
    browse: Browse, driver: Driver, properties: dict[str, str], said: str
) -> None:
    rest = {name: value for name, value in properties.items() if name != "completionRule"}
    put(driver.app, desk(properties["completionRule"], **rest))
    case = started(driver)
    complete_task(
        driver.app, driver.person("cishan"), key=task_of(driver, case, "draft"), submission={}
    )
    key = task_of(driver, case, "countersign")
    page = browse("kezhang").visit(f"/tasks/{key}")
    card = page.one("//section[@aria-labelledby='seats-title']")
    assert said in "".join(card.text_content().split("\n"))
