"""What leaves by the machine's doors: searches by message, and jobs for outside workers."""

from __future__ import annotations

from base64 import b64decode
from datetime import timedelta
from typing import Any

import pytest

from engine.model.actor import SYSTEM, Actor
from engine.model.errors import Forbidden, InvalidInput
from engine.model.keys import Key
from engine.model.records import Instance, Job
from engine.model.search import Condition, Operator, Order, Query, Window
from engine.service.app import App
from engine.service.cases.case_page import case_page
from engine.service.cases.start_case import start_case
from engine.service.exchange.work_jobs import activate_jobs, complete_job, fail_job
from engine.service.history.checkpoints import make_checkpoint
from engine.service.identity.units import create_role
from engine.service.privacy.unmask import search_unmaskings, unmaskings_of
from engine.service.searching import search_incidents, search_jobs
from engine.storage.history import acts
from tests.conftest import SettableClock
from tests.service import diagrams
from tests.service.privacy import secrets
from tests.service.privacy.secrets import BANK, ID, PHONE
from tests.world import World, add_person

OFTEN = timedelta(minutes=5)


def put(app: App) -> None:
    """The application with its secrets, then a job for a worker outside."""
    secrets.put(app)
    diagrams.put(
        app,
        diagrams.process(
            "secrets",
            diagrams.start().replace(
                "></bpmn:startEvent>",
                "><bpmn:extensionElements>"
                '<zeebe:formDefinition formId="secret-application"/></bpmn:extensionElements>'
                "</bpmn:startEvent>",
            ),
            '<bpmn:serviceTask id="check"><bpmn:extensionElements>'
            '<zeebe:taskDefinition type="check" retries="3"/></bpmn:extensionElements>'
            "</bpmn:serviceTask>",
            diagrams.end("done"),
            diagrams.flow("start", "check"),
            diagrams.flow("check", "done"),
            series="SC",
        ),
    )


@pytest.fixture
def case(app: App, world: World) -> Instance:
    put(app)
    return start_case(app, world.zhangsan, process_id="secrets", submission=secrets.SUBMISSION)


def take(app: App, who: Actor, *, names: tuple[str, ...] | None = None) -> tuple[Job, ...]:
    return activate_jobs(
        app, who, type="check", worker="银行", timeout=OFTEN, max_jobs=10, fetch_variables=names
    )


def disclosed(app: App) -> list[acts.Act]:
    with app.database.unit_of_work() as work:
        return list(acts.read(work, "disclosures"))


class TestJobs:
    def test_what_is_personal_leaves_a_trace_for_the_bureau_and_the_applicant(
        self, app: App, world: World, case: Instance
    ) -> None:
        (job,) = take(app, world.guanli)
        assert (job.variables["idNumber"], job.variables["bank"]) == (ID, BANK)
        (row,) = search_unmaskings(app, world.guanli, query=Query()).items
        assert (row.username, row.purpose, row.instance_key) == ("guanli", "系统对接", case.key)
        assert row.note == (
            "系统任务 check（银行）：bank、home、idNumber、illness、income、members、phone"
        )
        assert set(row.kinds) == {"identity", "bank", "phone", "address", "personal", "special"}
        assert unmaskings_of(app, world.zhangsan, key=case.key).items == (row,)
        (act,) = disclosed(app)
        assert (act.kind, act.actor_key) == ("activate", world.guanli.key)
        for name in ("idNumber", "bank", str(case.key), "银行"):
            assert name in act.facts
        for secret in secrets.CLEAR:
            assert secret not in act.facts
            assert secret not in row.note

    def test_it_takes_no_mask_off_the_pages(
        self, app: App, world: World, case: Instance, clock: SettableClock
    ) -> None:
        take(app, world.guanli)
        clock.advance(timedelta(milliseconds=1))
        page = case_page(app, world.guanli, key=case.key)
        assert page.privacy.until is None
        assert "identity" in page.privacy.masked

    def test_a_worker_gets_what_it_asks_for_and_no_more(
        self, app: App, world: World, case: Instance
    ) -> None:
        (job,) = take(app, world.guanli, names=("title", "phone"))
        assert dict(job.variables) == {"title": "救助", "phone": PHONE}
        (row,) = search_unmaskings(app, world.guanli, query=Query()).items
        assert row.kinds == ("phone",)
        assert row.note.endswith("：phone")

    def test_what_tells_nothing_of_people_leaves_no_trace(
        self, app: App, world: World, case: Instance
    ) -> None:
        take(app, world.guanli, names=("title",))
        assert search_unmaskings(app, world.guanli, query=Query()).items == ()
        assert disclosed(app) == []

    def test_each_hand_over_is_one_act_and_the_chain_holds(
        self, app: App, world: World, case: Instance
    ) -> None:
        more = start_case(app, world.zhangsan, process_id="secrets", submission=secrets.SUBMISSION)
        assert len(take(app, world.guanli, names=("idNumber",))) == 2
        (act,) = disclosed(app)
        assert str(case.key) in act.facts
        assert str(more.key) in act.facts
        assert act.digest == act.linked_to(bytes(32))
        make_checkpoint(app)

    def test_workers_have_a_right_of_their_own(
        self, app: App, world: World, case: Instance
    ) -> None:
        """A system that is connected is given jobs, and nothing else of an administrator's."""
        create_role(app, SYSTEM, key="job-worker", name="系统对接账号", level="city")
        bank = add_person(app, "bank", "银行接口", "job-worker@weifang")
        (job,) = take(app, bank, names=("title",))
        fail_job(app, bank, key=job.key, retries=2, back_off=timedelta(0), message="停机")
        (job,) = take(app, bank, names=("title",))
        complete_job(app, bank, key=job.key)
        for act in (search_jobs, search_incidents):
            with pytest.raises(Forbidden):
                act(app, bank, query=Query())
        with pytest.raises(Forbidden):
            take(app, world.lisi)


def ask(field: str, value: Any, operator: Operator = Operator.LIKE) -> Condition:
    return Condition(field=field, value=value, operator=operator)


class TestMessages:
    """A message that quotes a secret is found neither by the secret nor by its place in an order."""

    @pytest.fixture
    def failed(self, app: App, world: World, case: Instance) -> Key:
        (job,) = take(app, world.guanli, names=("title",))
        message = f"账号 {BANK} 不存在"
        fail_job(app, world.guanli, key=job.key, retries=0, back_off=timedelta(0), message=message)
        return case.key

    @pytest.mark.parametrize("search", [search_incidents, search_jobs])
    @pytest.mark.parametrize("value", [f"*{BANK}*", "*6222*", "账号 6*", "*不存在"])
    def test_nobody_can_guess(
        self, app: App, world: World, failed: Key, search: Any, value: str
    ) -> None:
        asked = ask("errorMessage", value)
        with pytest.raises(InvalidInput, match="processInstanceKey"):
            search(app, world.guanli, query=Query(conditions=(asked,)))
        of_case = ask("processInstanceKey", failed, Operator.EQ)
        found = search(app, world.guanli, query=Query(conditions=(asked, of_case)))
        assert (found.items, found.total) == ((), 0)

    @pytest.mark.parametrize("search", [search_incidents, search_jobs])
    def test_neither_by_its_order_nor_by_a_cursor(
        self, app: App, world: World, failed: Key, search: Any
    ) -> None:
        order = (Order(field="errorMessage"),)
        with pytest.raises(InvalidInput):
            search(app, world.guanli, query=Query(order=order))
        of_case = (ask("processInstanceKey", failed, Operator.EQ),)
        page = search(
            app,
            world.guanli,
            query=Query(conditions=of_case, order=order, window=Window(limit=1)),
        )
        assert page.items == ()
        (shown,) = search(app, world.guanli, query=Query(conditions=of_case)).items
        text = getattr(shown, "message", "") or getattr(shown, "error_message", "")
        assert "账号 " in text
        assert BANK not in text
        for cursor in (page.start_cursor, page.end_cursor):
            assert cursor is None or BANK not in b64decode(cursor + "==").decode()

    def test_what_quotes_nothing_is_found_by_its_message(
        self, app: App, world: World, case: Instance
    ) -> None:
        (job,) = take(app, world.guanli, names=("title",))
        fail_job(app, world.guanli, key=job.key, retries=0, back_off=timedelta(0), message="停机")
        asked = (ask("errorMessage", "*停*"), ask("processInstanceKey", case.key, Operator.EQ))
        assert search_incidents(app, world.guanli, query=Query(conditions=asked)).total == 1
        assert search_jobs(app, world.guanli, query=Query(conditions=asked)).total == 1
