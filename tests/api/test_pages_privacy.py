"""The pages of privacy and the record, in a browser without scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from fastapi import FastAPI

from api.app import create_app
from engine.model.records import Instance
from engine.service.app import App
from engine.service.archive.disposal import carry_out_disposals
from engine.service.cases.end_case import cancel_case
from engine.service.cases.start_case import start_case
from engine.service.history.checkpoints import make_checkpoint
from engine.service.privacy.unmask import unmask
from tests.api.browsing import Browser
from tests.conftest import SettableClock
from tests.service.people import PASSWORD, actor, person
from tests.service.privacy import secrets

Browse = Callable[[str], Browser]


@pytest.fixture
def case(home: App) -> Instance:
    person(home, "shenqing", "citizen@weicheng-xiguan")
    person(home, "shencha", "leader@weifang")
    secrets.put(home, role="leader")
    submission = secrets.SUBMISSION
    return start_case(home, actor(home, "shenqing"), process_id="secrets", submission=submission)


@pytest.fixture
def server(home: App) -> FastAPI:
    return create_app(home)


@pytest.fixture
def browse(server: FastAPI, case: Instance) -> Iterator[Browse]:
    opened: list[Browser] = []

    def browser(username: str) -> Browser:
        made = Browser(server)
        opened.append(made)
        return made.log_in(username, PASSWORD) if username else made

    yield browser
    for each in opened:
        each.client.close()


class TestUnmasking:
    def test_purpose_then_clear_then_the_audit_list(
        self, browse: Browse, case: Instance, clock: SettableClock
    ) -> None:
        clerk, here = browse("shencha"), f"/cases/{case.key}"
        clerk.visit(here)
        assert secrets.ID not in clerk.text
        assert "已隐去：证件号码、银行账号、联系方式、其他敏感信息、特殊敏感信息。" in clerk.text
        refused = clerk.send(f"{here}/unmasking", {"purpose": "", "note": "核对"})
        assert refused.status == 422
        assert "请选择查看的目的" in refused.text
        shown = clerk.send(
            f"{here}/unmasking",
            {"purpose": "核实身份", "note": "核对申请人", "kinds": ["identity"]},
        )
        assert shown.path == here
        assert secrets.ID in shown.text
        assert secrets.PHONE not in shown.text
        assert "正在显示完整信息" in shown.text
        clock.advance(timedelta(minutes=15))
        assert secrets.ID not in clerk.visit(here).text
        listed = browse("guanli").visit(f"/admin/unmaskings?person=shencha&case={case.number}")
        assert "核实身份：核对申请人" in listed.text
        assert "证件号码" in listed.text
        assert "没有查阅记录" in browse("guanli").visit("/admin/unmaskings?person=nobody").text

    def test_nobody_is_led_away(self, browse: Browse, case: Instance) -> None:
        clerk, here = browse("shencha"), f"/cases/{case.key}"
        clerk.visit(here)
        away = {"purpose": "核实身份", "note": "x", "back": "https://evil.example/"}
        assert clerk.send(f"{here}/unmasking", away).path == here

    def test_the_applicant_is_offered_nothing(self, browse: Browse, case: Instance) -> None:
        own = browse("shenqing").visit(f"/cases/{case.key}")
        assert secrets.ID in own.text
        assert "已隐去" not in own.text

    def test_a_task_page_shows_masks(self, browse: Browse, case: Instance) -> None:
        clerk = browse("shencha").visit("/tasks")
        link = next(a for a in clerk.page.xpath("//a/@href") if str(a).startswith("/tasks/"))
        page = clerk.visit(str(link).partition("?")[0])
        assert secrets.ID not in page.text
        assert "370***********0013" in page.text


class TestOwnData:
    def test_the_applicant_takes_his_data_with_him(
        self, home: App, browse: Browse, case: Instance
    ) -> None:
        unmask(
            home, actor(home, "shencha"), key=case.key, purpose="核实身份", note="核对", kinds=()
        )
        own = browse("shenqing").visit(f"/cases/{case.key}")
        (link,) = own.page.xpath("//a[contains(@href, '/my-data')]/@href")
        found = own.client.get(link)
        assert "attachment" in found.headers["content-disposition"]
        data = found.json()
        filed = {field["name"]: field["value"] for field in data["filed"]}
        assert filed["idNumber"] == secrets.ID
        assert filed["members.0.name"] == "王五"
        (seen,) = data["unmaskings"]
        assert (seen["who"], seen["purpose"]) == ("shencha先生", "核实身份")
        assert (
            own.client.get(f"/v2/process-instances/{case.key}/personal-data").json()["case"]
            == data["case"]
        )

    def test_nobody_elses(self, browse: Browse, case: Instance) -> None:
        for who, status in (("shencha", 403), ("guanli", 403), ("qunzhong", 404)):
            assert browse(who).visit(f"/cases/{case.key}/my-data").status == status
        assert "下载我的数据" not in browse("shencha").visit(f"/cases/{case.key}").text


class TestRecord:
    def test_downloaded_and_checked_by_anybody(
        self, home: App, browse: Browse, case: Instance
    ) -> None:
        make_checkpoint(home)
        applicant = browse("shenqing")
        data = applicant.client.get(f"/cases/{case.key}/record")
        assert data.headers["content-disposition"] == (
            f'attachment; filename="record-{case.number}.json"'
        )
        anybody = browse("")
        anybody.visit("/verify-record")
        files = [("file", ("record.json", data.content, "application/json"))]
        sound = anybody.send("/verify-record", files=files)
        assert sound.status == 200
        assert "核验通过" in sound.text
        assert case.number in sound.text
        forged = data.content.replace(b'"kind":"start"', b'"kind":"claim"')
        files = [("file", ("record.json", forged, "application/json"))]
        broken = anybody.send("/verify-record", files=files)
        assert broken.status == 422
        assert "核验不通过" in broken.text
        assert "不成立" in broken.text
        files = [("file", ("x.json", b"<script>alert(1)</script>", "application/json"))]
        assert "<script>alert" not in anybody.send("/verify-record", files=files).response.text

    def test_not_anybodys_record(self, browse: Browse, case: Instance) -> None:
        assert browse("qunzhong").visit(f"/cases/{case.key}/record").status == 404

    def test_checkpoints_are_public(self, home: App, browse: Browse, case: Instance) -> None:
        make_checkpoint(home)
        client = browse("").client
        (made,) = client.get("/v2/checkpoints").json()["items"]
        assert made["number"] == 1
        asked = "/v2/checkpoints/consistency?first=1&second=1"
        assert client.get(asked).json()["proof"] == []
        assert client.get(asked.replace("second=1", "second=2")).status_code == 404


class TestDisposal:
    def test_two_administrators(
        self, home: App, browse: Browse, case: Instance, clock: SettableClock
    ) -> None:
        cancel_case(home, actor(home, "guanli"), key=case.key, reason="重复申请")
        clock.advance(timedelta(days=366 * 11))
        first, here = browse("guanli"), "/admin/disposals"
        first.visit(here)
        listed = first.send(f"{here}/propose")
        assert "待核对" in listed.text
        key = next(str(a) for a in listed.page.xpath("//a/@href") if str(a).startswith(f"{here}/"))
        first.visit(key)
        assert case.number in first.text
        confirmed = first.send(f"{key}/confirm", {"note": "已核对"})
        assert "须由另一位管理员批准" in confirmed.text
        assert not [f for f in confirmed.page.forms if f.action == f"{key}/approve"]
        second = browse("guanli2").visit(key)
        assert "正在销毁" in second.send(f"{key}/approve").text
        carry_out_disposals(home)
        assert "已销毁" in second.visit(key).text
        assert case.number in second.visit(f"{here}?number={case.number}").text
        assert second.visit(f"/cases/{case.key}").status == 404

    def test_holds(self, browse: Browse, case: Instance) -> None:
        page, here = browse("guanli"), "/admin/disposals"
        page.visit(here)
        page.send(f"{here}/holds", {"number": "none", "reason": "审计"})
        assert page.status == 422
        assert "没有找到事项" in page.text
        page.send(f"{here}/holds", {"number": case.number, "reason": "审计调阅"})
        assert "审计调阅" in page.text
        page.send(f"{here}/holds/{case.key}/release", {"reason": "审计结束"})
        assert "审计调阅" not in page.text
