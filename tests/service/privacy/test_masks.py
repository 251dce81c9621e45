"""Masks by role and purpose: who sees what, what a form gives back, what unmasking leaves behind."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest

from engine.forms import Kind
from engine.model.actor import Actor
from engine.model.errors import Forbidden, InvalidInput, NotFound
from engine.model.records import Instance
from engine.model.search import Condition, Operator, Order, Query
from engine.service.administration.set_variables import set_variables
from engine.service.app import App
from engine.service.cases.case_page import case_page
from engine.service.cases.start_case import start_case
from engine.service.history.record import export_record, verify_record
from engine.service.papers.open_document import open_document
from engine.service.papers.stage_document import stage_document
from engine.service.privacy.unmask import search_unmaskings, unmask, unmaskings_of
from engine.service.searching import search_variables
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.complete_task import complete_task
from engine.service.tasks.task_page import task_page
from engine.service.worklists.inbox import inbox
from tests.conftest import SettableClock
from tests.service.privacy import secrets
from tests.service.privacy.secrets import BANK, CLEAR, ID, PHONE
from tests.world import World


@pytest.fixture
def case(app: App, world: World) -> Instance:
    secrets.put(app)
    return start_case(app, world.zhangsan, process_id="secrets", submission=secrets.SUBMISSION)


def told(app: App, actor: Actor, case: Instance) -> str:
    """Everything the case page would show, in one text."""
    page = case_page(app, actor, key=case.key)
    assert page.submitted is not None
    view = page.submitted.form.view(context=page.submitted.context, readonly=True)
    return repr((view, page.entries, page.decisions, page.documents, page.instance))


def task_of(app: App, actor: Actor) -> Any:
    return inbox(app, actor).items[0]


def look(app: App, actor: Actor, case: Instance, **more: Any) -> None:
    unmask(app, actor, key=case.key, **({"purpose": "核实身份", "note": "核对申请人身份"} | more))


class TestWhoSeesWhat:
    def test_the_applicant_sees_his_own_case(self, app: App, world: World, case: Instance) -> None:
        shown = told(app, world.zhangsan, case)
        for secret in (ID, PHONE, BANK, "54,321", secrets.ILLNESS, secrets.ADDRESS):
            assert secret in shown

    @pytest.mark.parametrize("who", ["lisi", "guanli"])
    def test_others_see_masks(self, app: App, world: World, case: Instance, who: str) -> None:
        shown = told(app, world.actors[who], case)
        for secret in CLEAR:
            assert secret not in shown
        assert "370***********0013" in shown
        assert "138****5678" in shown

    def test_handlers_see_the_address_administrators_do_not(
        self, app: App, world: World, case: Instance
    ) -> None:
        assert secrets.ADDRESS in told(app, world.lisi, case)
        assert secrets.ADDRESS not in told(app, world.guanli, case)

    def test_the_title_and_the_search_hold_no_secrets(
        self, app: App, world: World, case: Instance
    ) -> None:
        assert case.title == "救助 370***********0013 138****5678"

    def test_a_node_shows_what_it_needs_to_whoever_has_its_task(
        self, app: App, world: World
    ) -> None:
        secrets.put(app, privacy="identity;bank")
        case = start_case(app, world.zhangsan, process_id="secrets", submission=secrets.SUBMISSION)
        task = task_of(app, world.lisi)
        assert ID not in told(app, world.lisi, case)  # may take it, has not
        claim_task(app, world.lisi, key=task.key)
        shown = told(app, world.lisi, case)
        assert ID in shown
        assert BANK in shown
        assert PHONE not in shown
        assert ID not in told(app, world.wangwu, case)  # a colleague, not his task

    def test_what_is_hidden_is_said(self, app: App, world: World, case: Instance) -> None:
        page = case_page(app, world.lisi, key=case.key)
        expected = {Kind.IDENTITY, Kind.BANK, Kind.PHONE, Kind.PERSONAL, Kind.SPECIAL}
        assert set(page.privacy.masked) == expected
        assert page.privacy.may_unmask
        own = case_page(app, world.zhangsan, key=case.key).privacy
        assert not own.masked
        assert not own.may_unmask


class TestUnmasking:
    def test_it_shows_and_hides_again(
        self, app: App, world: World, case: Instance, clock: SettableClock
    ) -> None:
        look(app, world.lisi, case)
        assert ID in told(app, world.lisi, case)
        assert ID not in told(app, world.wangwu, case)
        assert case_page(app, world.lisi, key=case.key).privacy.until is not None
        clock.advance(timedelta(minutes=app.settings.unmask_minutes))
        assert ID not in told(app, world.lisi, case)
        assert case_page(app, world.lisi, key=case.key).privacy.until is None

    def test_only_the_kinds_that_were_asked_for(
        self, app: App, world: World, case: Instance
    ) -> None:
        look(app, world.guanli, case, kinds=("phone",))
        shown = told(app, world.guanli, case)
        assert PHONE in shown
        assert ID not in shown
        assert secrets.ADDRESS not in shown

    def test_it_leaves_an_audit_row_and_a_journal_row(
        self, app: App, world: World, case: Instance, clock: SettableClock
    ) -> None:
        look(app, world.lisi, case, kinds=("bank",), note="  核对账号  ")
        (row,) = search_unmaskings(app, world.guanli, query=Query()).items
        assert (row.username, row.purpose, row.note) == ("lisi", "核实身份", "核对账号")
        assert row.kinds == ("bank",)
        assert row.at == clock()
        assert row.until - row.at == timedelta(minutes=15)
        entry = case_page(app, world.lisi, key=case.key).entries[-1]
        assert (entry.kind, entry.actor_name) == ("unmask", "李四")
        assert entry.said == {"reason": "核对账号"}
        assert verify_record(app, world.lisi, key=case.key) == ()
        assert unmaskings_of(app, world.zhangsan, key=case.key).items == (row,)
        with pytest.raises(NotFound):
            unmaskings_of(app, world.lisi, key=case.key)
        with pytest.raises(Forbidden):
            search_unmaskings(app, world.lisi, query=Query())

    def test_it_works_when_the_case_is_over(
        self, app: App, world: World, case: Instance, clock: SettableClock
    ) -> None:
        submission = {"outcome": "approve", "members": [{"name": "王五"}]}
        complete_task(app, world.lisi, key=task_of(app, world.lisi).key, submission=submission)
        complete_task(app, world.zhaoliu, key=task_of(app, world.zhaoliu).key, submission={})
        assert ID not in told(app, world.lisi, case)
        over = case_page(app, world.lisi, key=case.key).instance
        clock.advance(timedelta(days=1))
        look(app, world.lisi, case)
        assert ID in told(app, world.lisi, case)
        again = case_page(app, world.lisi, key=case.key).instance
        assert (again.ended_at, again.result) == (over.ended_at, over.result)

    @pytest.mark.parametrize(
        ("wrong", "where"),
        [
            ({"purpose": "好奇"}, "purpose"),
            ({"purpose": ""}, "purpose"),
            ({"note": "  "}, "reason"),
            ({"note": "x" * 501}, "reason"),
            ({"kinds": ("everything",)}, "kinds"),
        ],
    )
    def test_it_needs_a_purpose(
        self, app: App, world: World, case: Instance, wrong: dict[str, Any], where: str
    ) -> None:
        with pytest.raises(InvalidInput) as refused:
            look(app, world.lisi, case, **wrong)
        assert refused.value.problems[0].element_id == where
        assert not search_unmaskings(app, world.guanli, query=Query()).items

    def test_not_for_strangers_nor_the_applicant(
        self, app: App, world: World, case: Instance
    ) -> None:
        with pytest.raises(NotFound):
            look(app, world.quxian, case)
        with pytest.raises(Forbidden):
            look(app, world.zhangsan, case)


class TestForms:
    """What a form hides it neither loses nor overwrites."""

    def variables(self, app: App, world: World, case: Instance) -> dict[str, Any]:
        look(app, world.guanli, case)
        query = Query(conditions=(Condition(field="processInstanceKey", value=case.key),))
        return {v.name: v.value for v in search_variables(app, world.guanli, query=query).items}

    def sent(self, app: App, world: World, **more: Any) -> None:
        key = task_of(app, world.lisi).key
        submission = {"outcome": "approve", "members": [{"name": "王五（长子）"}], **more}
        complete_task(app, world.lisi, key=key, submission=submission)

    def test_the_page_shows_a_masked_field_fixed(
        self, app: App, world: World, case: Instance
    ) -> None:
        page = task_page(app, world.lisi, key=task_of(app, world.lisi).key)
        assert page.form is not None
        view = repr(page.form.form.view(context=page.form.context))
        for secret in (*CLEAR, "37072419400815003X"):
            assert secret not in view
        assert "账号 **** **** **** 0002" in view
        again = repr(page.form.form.view({"phone": "1"}, context=page.form.context))
        assert PHONE not in again

    def test_nothing_hidden_is_lost(self, app: App, world: World, case: Instance) -> None:
        self.sent(app, world)
        found = self.variables(app, world, case)
        assert found["phone"] == PHONE
        assert found["members"] == [{"name": "王五（长子）", "memberId": "37072419400815003X"}]

    @pytest.mark.parametrize("given", ["138****5678", "******", ""])
    def test_a_mask_that_comes_back_changes_nothing(
        self, app: App, world: World, case: Instance, given: str
    ) -> None:
        row = {"name": "王五（长子）", "memberId": "370***********003X"}
        self.sent(app, world, phone=given, members=[row])
        found = self.variables(app, world, case)
        assert found["phone"] == PHONE
        assert found["members"][0]["memberId"] == "37072419400815003X"

    @pytest.mark.parametrize("given", [PHONE, "13912345678"])
    def test_a_guess_is_refused_right_or_wrong(
        self, app: App, world: World, case: Instance, given: str
    ) -> None:
        with pytest.raises(InvalidInput) as refused:
            self.sent(app, world, phone=given)
        (problem,) = refused.value.problems
        assert problem.element_id == "phone"
        assert given not in problem.message

    def test_rows_with_something_hidden_stay_in_their_places(
        self, app: App, world: World, case: Instance
    ) -> None:
        for rows in ([], [{"name": "甲"}, {"name": "乙"}]):
            with pytest.raises(InvalidInput) as refused:
                self.sent(app, world, members=rows)
            assert "不能增减行" in refused.value.problems[0].message

    def test_what_is_empty_may_be_filled_in(self, app: App, world: World, case: Instance) -> None:
        self.sent(app, world, officePhone="13700000001")
        assert self.variables(app, world, case)["officePhone"] == "13700000001"

    def test_unmasked_it_may_be_mended(self, app: App, world: World, case: Instance) -> None:
        look(app, world.lisi, case, kinds=("phone",))
        self.sent(app, world, phone="13912345678")
        assert self.variables(app, world, case)["phone"] == "13912345678"


class TestSearches:
    def of(self, case: Instance, *more: Condition, **how: Any) -> Query:
        mine = Condition(field="processInstanceKey", value=case.key)
        return Query(conditions=(mine, *more), **how)

    @pytest.mark.parametrize("who", ["lisi", "guanli"])
    def test_variables_are_masked(self, app: App, world: World, case: Instance, who: str) -> None:
        found = search_variables(app, world.actors[who], query=self.of(case)).items
        text = repr(found)
        for secret in CLEAR:
            assert secret not in text
        assert {v.name: v.value for v in found}["idNumber"] == "370***********0013"

    @pytest.mark.parametrize(
        "asked",
        [
            Condition(field="value", value=f'"{PHONE}"'),
            Condition(field="value", operator=Operator.LIKE, value='"138*'),
            Condition(field="value", operator=Operator.GT, value='"137'),
        ],
    )
    def test_nobody_guesses_what_is_behind_a_mask(
        self, app: App, world: World, case: Instance, asked: Condition
    ) -> None:
        found = search_variables(app, world.guanli, query=self.of(case, asked))
        assert not {"phone", "idNumber"} & {v.name for v in found.items}
        look(app, world.guanli, case)
        assert search_variables(app, world.guanli, query=self.of(case, asked)).items
        with pytest.raises(InvalidInput):
            search_variables(app, world.guanli, query=Query(conditions=(asked,)))

    def test_masks_fall_again_when_the_time_is_over(
        self, app: App, world: World, case: Instance, clock: SettableClock
    ) -> None:
        look(app, world.guanli, case)
        assert ID in repr(search_variables(app, world.guanli, query=self.of(case)).items)
        clock.advance(timedelta(minutes=app.settings.unmask_minutes))
        assert ID not in repr(search_variables(app, world.guanli, query=self.of(case)).items)

    def test_an_order_by_value_tells_nothing(self, app: App, world: World, case: Instance) -> None:
        by_value = self.of(case, order=(Order(field="value"),))
        found = search_variables(app, world.guanli, query=by_value)
        assert "phone" not in {v.name for v in found.items}


def test_words_that_quote_a_secret_are_masked(app: App, world: World, case: Instance) -> None:
    """An opinion that gives the number away is read with the number masked."""
    key = task_of(app, world.lisi).key
    words = f"已电话 {PHONE} 联系，账号{BANK}无误，身份证 370705195505200013。"
    submission = {"outcome": "approve", "opinion": words, "members": [{"name": "王五"}]}
    complete_task(app, world.lisi, key=key, submission=submission)
    shown = told(app, world.zhaoliu, case)
    for secret in (PHONE, BANK, ID):
        assert secret not in shown
    assert "已电话 138****5678 联系" in shown


def test_files_of_masked_fields_are_masked_whole(app: App, world: World) -> None:
    """A scan cannot be masked in part: it is not listed, and not opened."""
    secrets.put(app)
    data = b"%PDF-1.7 scan"
    staged = stage_document(app, world.zhangsan, name="病历.pdf", stream=io.BytesIO(data))
    case = start_case(
        app,
        world.zhangsan,
        process_id="secrets",
        submission={**secrets.SUBMISSION, "papers": [str(staged.key)]},
    )
    for who in (world.lisi, world.guanli):
        assert "病历.pdf" not in told(app, who, case)
        with pytest.raises(Forbidden):
            open_document(app, who, key=staged.key)
        assert not export_record(app, who, key=case.key).document["documents"]
    look(app, world.lisi, case, kinds=("special",))
    assert "病历.pdf" in told(app, world.lisi, case)
    assert b"".join(open_document(app, world.lisi, key=staged.key)[1]) == data
    assert b"".join(open_document(app, world.zhangsan, key=staged.key)[1]) == data


class TestCorrections:
    """An administrator corrects variables that he sees masked."""

    def values(self, app: App, who: Actor, case: Instance) -> dict[str, Any]:
        query = Query(conditions=(Condition(field="processInstanceKey", value=case.key),))
        return {v.name: v.value for v in search_variables(app, who, query=query).items}

    def test_what_comes_back_masked_stays_clear(
        self, app: App, world: World, case: Instance
    ) -> None:
        seen = self.values(app, world.guanli, case)
        members = [{**seen["members"][0], "name": "王五（更正）"}]
        names = ("idNumber", "phone", "bank", "home", "income", "illness", "title")
        given = {name: seen[name] for name in names} | {"members": members}
        set_variables(app, world.guanli, scope_key=case.key, variables=given, reason="更正姓名")
        look(app, world.guanli, case)
        clear = self.values(app, world.guanli, case)
        for name in names:
            assert clear[name] == secrets.SUBMISSION[name]
        assert clear["members"] == [{"name": "王五（更正）", "memberId": "37072419400815003X"}]

    @pytest.mark.parametrize(
        "given",
        [
            {"phone": "139****5678"},
            {"members": [{"memberId": "370***********003X"}, {"memberId": "370***********003X"}]},
            {"note": "身份证 ******"},
        ],
    )
    def test_a_mask_that_stands_for_nothing_is_refused(
        self, app: App, world: World, case: Instance, given: dict[str, Any]
    ) -> None:
        with pytest.raises(InvalidInput):
            set_variables(app, world.guanli, scope_key=case.key, variables=given, reason="x")

    def test_new_values_are_taken(self, app: App, world: World, case: Instance) -> None:
        given = {"phone": "13900000000"}
        set_variables(app, world.guanli, scope_key=case.key, variables=given, reason="换号")
        look(app, world.guanli, case)
        assert self.values(app, world.guanli, case)["phone"] == "13900000000"
