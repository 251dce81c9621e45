"""What has had its time is destroyed by two people, and by nobody alone."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import pytest

from engine.model.actor import Actor
from engine.model.errors import Conflict, Forbidden, InvalidInput, NotFound
from engine.model.keys import Key
from engine.model.records import Instance
from engine.model.retention import (
    LIST_TRANSITIONS,
    ItemState,
    ListState,
    Period,
    Stage,
    period,
)
from engine.service.app import App
from engine.service.archive.disposal import (
    approve_disposal,
    carry_out_disposals,
    confirm_disposal,
    discard_disposal,
    disposal_list,
    disposal_lists,
    disposals,
    propose_disposal,
)
from engine.service.archive.legal_hold import lift_hold, list_holds, place_hold
from engine.service.cases.case_page import case_page
from engine.service.cases.start_case import start_case
from engine.service.history.checkpoints import inclusion_of, make_checkpoint
from engine.service.history.record import export_record, verify_record
from engine.service.notifications.fan_out import fan_out
from engine.service.papers.stage_document import stage_document
from engine.service.privacy.unmask import unmask
from engine.service.tasks.complete_task import complete_task
from engine.service.worklists.inbox import inbox
from engine.storage.archive import erasing
from engine.storage.schema import metadata
from tests.conftest import SettableClock
from tests.service.privacy import secrets
from tests.world import World, add_person

YEAR = timedelta(days=366)


@pytest.fixture
def second(app: App, world: World) -> Actor:
    return add_person(app, "guanli2", "第二管理员")


def put(app: App, **values: str) -> None:
    """The process with secrets, kept by these rules."""
    from engine.model.actor import SYSTEM  # noqa: PLC0415 - here only
    from engine.service.publishing.deploy import Resource, deploy  # noqa: PLC0415 - idem
    from tests.service.diagrams import properties  # noqa: PLC0415 - idem

    plain = secrets.diagram()
    listed = properties(**values).removeprefix("<zeebe:properties>")
    content = plain.replace(
        b"<zeebe:properties>",
        f"<zeebe:properties>{listed}".replace("</zeebe:properties>", "").encode(),
        1,
    )
    resources = [secrets.APPLICATION, secrets.REVIEW]
    deploy(app, SYSTEM, resources=[*resources, Resource(name="secrets.bpmn", content=content)])


def ended(app: App, world: World, *, file: bool = False) -> Instance:
    """A case gone all its way, with a file, words, notices and an unmasking."""
    submission: dict[str, Any] = dict(secrets.SUBMISSION)
    if file:
        staged = stage_document(
            app, world.zhangsan, name="病历.pdf", stream=io.BytesIO(b"%PDF-1.7 scan")
        )
        submission["papers"] = [str(staged.key)]
    case = start_case(app, world.zhangsan, process_id="secrets", submission=submission)
    task = next(t for t in inbox(app, world.lisi).items if t.instance_key == case.key)
    words = {"outcome": "approve", "opinion": "情况属实", "members": [{"name": "王五"}]}
    complete_task(app, world.lisi, key=task.key, submission=words)
    unmask(app, world.lisi, key=case.key, purpose="发放资金", note="核对账号")
    task = next(t for t in inbox(app, world.zhaoliu).items if t.instance_key == case.key)
    complete_task(app, world.zhaoliu, key=task.key, submission={})
    fan_out(app)
    return case


def destroy(app: App, world: World, second: Actor) -> Key:
    (key,) = propose_disposal(app)
    confirm_disposal(app, world.guanli, key=key, note="已逐件核对")
    approve_disposal(app, second, key=key)
    carry_out_disposals(app)
    return key


def rows(app: App, case: Instance) -> dict[str, int]:
    """Table → rows of this case."""
    found = {}
    with app.database.unit_of_work() as work:
        for table in metadata().tables.values():
            if "instance_key" in table.c:
                statement = f"select count(*) from {table.name} where instance_key = %s"
                count = work.hot(statement, [case.key]).fetchone()
                if count and count[0]:
                    found[table.name] = count[0]
    return found


class TestPeriods:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("P10Y", date(2015, 3, 3)),
            ("P1Y6M", date(2023, 9, 3)),
            ("P6M", date(2024, 9, 3)),
            ("P30D", date(2025, 2, 1)),
            ("permanent", None),
            ("P999Y", date(1026, 3, 3)),
        ],
    )
    def test_read_and_counted_by_the_calendar(self, text: str, expected: date | None) -> None:
        assert period(text).before(date(2025, 3, 3)) == expected

    def test_month_ends(self) -> None:
        assert Period(months=1).before(date(2025, 3, 31)) == date(2025, 2, 28)

    @pytest.mark.parametrize("text", ["", "P", "P0Y", "10Y", "P10", "PT5H", "P-1Y", "forever"])
    def test_what_is_none(self, text: str) -> None:
        with pytest.raises(ValueError, match=text or None):
            period(text)


class TestWhole:
    def test_nothing_before_its_time(self, app: App, world: World, clock: SettableClock) -> None:
        put(app, retention="P1Y")
        ended(app, world)
        start_case(app, world.zhangsan, process_id="secrets", submission=secrets.SUBMISSION)
        clock.advance(timedelta(days=364))
        assert propose_disposal(app) == []
        clock.advance(timedelta(days=2))
        (key,) = propose_disposal(app)
        assert disposal_list(app, world.guanli, key=key).count == 1  # not the one that runs

    def test_two_people_and_it_is_gone(
        self, app: App, world: World, clock: SettableClock, second: Actor
    ) -> None:
        put(app, retention="P1Y")
        case = ended(app, world, file=True)
        other = ended(app, world)
        make_checkpoint(app)
        assert {"journal", "journal_said", "variable", "document", "notice"} <= rows(
            app, case
        ).keys()
        with app.database.unit_of_work() as work:
            (stored,) = work.hot("select store_key from document").fetchone() or ("",)
            head = work.hot(
                "select journal_number, journal_digest from instance where key = %s", [case.key]
            ).fetchone()
        assert b"".join(app.files.get(stored))
        clock.advance(YEAR)
        place_hold(app, world.guanli, key=other.key, reason="诉讼中")
        key = destroy(app, world, second)
        assert rows(app, case).keys() <= erasing.STAY
        with pytest.raises(FileNotFoundError):
            list(app.files.get(stored))
        with pytest.raises(NotFound):
            case_page(app, world.guanli, key=case.key)
        found = disposal_list(app, world.guanli, key=key)
        assert found.state is ListState.DONE
        (line,) = disposals(app, world.guanli, number=case.number)
        assert (line.number, line.state, line.rule) == (case.number, ItemState.DONE, "P1Y")
        assert head is not None
        assert (line.journal_number, line.journal_digest) == (head[0], bytes(head[1]))
        with app.database.unit_of_work() as work:
            proof = inclusion_of(work, case.key)
        assert proof is not None
        assert proof.leaf.digest == line.journal_digest  # the checkpoint still knows of it
        assert verify_record(app, world.guanli, key=other.key) == ()

    def test_its_number_is_never_used_again(
        self, app: App, world: World, clock: SettableClock, second: Actor
    ) -> None:
        put(app, retention="P1D")
        case = ended(app, world)
        clock.advance(timedelta(days=3))
        destroy(app, world, second)
        assert ended(app, world).number > case.number

    def test_nothing_is_left_of_the_secrets(
        self, app: App, world: World, clock: SettableClock, second: Actor
    ) -> None:
        put(app, retention="P1D")
        ended(app, world)
        clock.advance(timedelta(days=3))
        destroy(app, world, second)
        with app.database.unit_of_work() as work:
            for table in metadata().tables.values():
                for row in work.hot(f"select t::text from {table.name} t"):
                    for secret in (*secrets.CLEAR, "情况属实", "核对账号"):
                        assert secret not in row[0], table.name

    def test_permanent_is_for_good(self, app: App, world: World, clock: SettableClock) -> None:
        put(app, retention="permanent")
        ended(app, world)
        clock.advance(YEAR * 200)
        assert propose_disposal(app) == []

    def test_the_settings_hold_where_the_process_is_silent(
        self, app: App, world: World, clock: SettableClock
    ) -> None:
        put(app)
        ended(app, world)
        clock.advance(YEAR * 9)
        assert propose_disposal(app) == []
        clock.advance(YEAR * 2)
        (key,) = propose_disposal(app)
        (line,) = disposals(app, world.guanli, list_key=key)
        assert line.rule == "P10Y"

    def test_in_batches(
        self, app: App, world: World, clock: SettableClock, second: Actor, monkeypatch: Any
    ) -> None:
        monkeypatch.setattr("engine.service.archive.disposal._BATCH", 2)
        put(app, retention="P1D")
        for _ in range(5):
            ended(app, world)
        clock.advance(timedelta(days=3))
        (key,) = propose_disposal(app)
        confirm_disposal(app, world.guanli, key=key)
        approve_disposal(app, second, key=key)
        assert carry_out_disposals(app, limit=2) == 2
        assert disposal_list(app, second, key=key).state is ListState.APPROVED
        assert carry_out_disposals(app) == 3
        assert disposal_list(app, second, key=key).state is ListState.DONE


class TestPersonal:
    def test_the_personal_goes_first_and_the_chain_stands(
        self, app: App, world: World, clock: SettableClock, second: Actor
    ) -> None:
        put(app, retention="P10Y", personalRetention="P2Y")
        case = ended(app, world, file=True)
        clock.advance(YEAR * 2)
        destroy(app, world, second)
        record = export_record(app, world.guanli, key=case.key)
        assert record.sound
        assert not any(entry["parts"] for entry in record.entries)
        assert record.case.number == case.number
        page = case_page(app, world.guanli, key=case.key)
        assert page.instance.applicant_name == erasing.GONE
        assert page.documents == ()
        assert "370" not in page.instance.title
        assert {"journal_said", "variable", "document", "notice"}.isdisjoint(rows(app, case))
        with app.database.unit_of_work() as work:
            for table in ("instance", "seat", "user_task", "letter", "incident"):
                for row in work.hot(f"select t::text from {table} t"):
                    for secret in (*secrets.CLEAR, "情况属实"):
                        assert secret not in row[0], table
        clock.advance(YEAR * 9)
        destroy(app, world, second)
        assert rows(app, case).keys() <= erasing.STAY


class TestFourEyes:
    def listed(self, app: App, world: World, clock: SettableClock) -> Key:
        put(app, retention="P1D")
        ended(app, world)
        clock.advance(timedelta(days=3))
        (key,) = propose_disposal(app)
        return key

    def test_nobody_does_it_alone(
        self, app: App, world: World, clock: SettableClock, second: Actor
    ) -> None:
        key = self.listed(app, world, clock)
        with pytest.raises(Forbidden):
            approve_disposal(app, world.guanli, key=key)  # nobody has confirmed
        confirm_disposal(app, world.guanli, key=key)
        with pytest.raises(Forbidden):
            approve_disposal(app, world.guanli, key=key)  # the same person
        assert carry_out_disposals(app) == 0
        approve_disposal(app, second, key=key)
        assert carry_out_disposals(app) == 1

    def test_not_for_clerks(self, app: App, world: World, clock: SettableClock) -> None:
        key = self.listed(app, world, clock)
        for act in (
            lambda: propose_disposal(app, world.lisi),
            lambda: confirm_disposal(app, world.lisi, key=key),
            lambda: approve_disposal(app, world.lisi, key=key),
            lambda: discard_disposal(app, world.lisi, key=key, reason="x"),
            lambda: disposal_lists(app, world.lisi),
            lambda: disposals(app, world.lisi),
            lambda: list_holds(app, world.lisi),
        ):
            with pytest.raises(Forbidden):
                act()

    @pytest.mark.parametrize("state", ListState)
    @pytest.mark.parametrize("to", ["confirm", "approve", "discard"])
    def test_only_what_the_table_allows(
        self,
        app: App,
        world: World,
        clock: SettableClock,
        second: Actor,
        state: ListState,
        to: str,
    ) -> None:
        key = self.listed(app, world, clock)
        with app.database.unit_of_work() as work:
            work.hot(
                "update disposal_list set state = %s, confirmed_by = %s, approved_by = %s"
                " where key = %s",
                [state, world.guanli.key, world.lisi.key, key],
            )
            work.commit()
        target = {
            "confirm": ListState.CONFIRMED,
            "approve": ListState.APPROVED,
            "discard": ListState.DISCARDED,
        }[to]
        acts = {
            "confirm": lambda: confirm_disposal(app, second, key=key),
            "approve": lambda: approve_disposal(app, second, key=key),
            "discard": lambda: discard_disposal(app, second, key=key, reason="留存备查"),
        }
        if target in LIST_TRANSITIONS[state]:
            acts[to]()
            assert disposal_list(app, second, key=key).state is target
        else:
            with pytest.raises(Conflict):
                acts[to]()
            assert disposal_list(app, second, key=key).state is state

    def test_what_is_discarded_comes_up_again(
        self, app: App, world: World, clock: SettableClock
    ) -> None:
        key = self.listed(app, world, clock)
        with pytest.raises(InvalidInput):
            discard_disposal(app, world.guanli, key=key, reason=" ")
        discard_disposal(app, world.guanli, key=key, reason="移交市档案馆前暂不销毁")
        assert propose_disposal(app) == []  # not every hour
        clock.advance(timedelta(days=app.settings.disposal_days))
        (again,) = propose_disposal(app)
        assert again != key
        assert disposal_list(app, world.guanli, key=again).stage is Stage.WHOLE


class TestHolds:
    def test_a_hold_keeps_a_case_off_and_out_of_lists(
        self, app: App, world: World, clock: SettableClock, second: Actor
    ) -> None:
        put(app, retention="P1D")
        case, other = ended(app, world), ended(app, world)
        place_hold(app, world.guanli, key=case.key, reason="行政复议未结")
        clock.advance(timedelta(days=3))
        (key,) = propose_disposal(app)
        (line,) = disposals(app, world.guanli, list_key=key)
        assert line.instance_key == other.key
        confirm_disposal(app, world.guanli, key=key)
        approve_disposal(app, second, key=key)
        place_hold(app, world.guanli, key=other.key, reason="审计调阅")  # at the last moment
        assert carry_out_disposals(app) == 0
        (line,) = disposals(app, world.guanli, list_key=key)
        assert (line.state, line.reason) == (ItemState.KEPT, "暂缓销毁")
        assert case_page(app, world.guanli, key=other.key)
        assert {hold.instance_key for hold in list_holds(app, world.guanli)} == {
            case.key,
            other.key,
        }

    def test_lifted_it_is_due_again(
        self, app: App, world: World, clock: SettableClock, second: Actor
    ) -> None:
        put(app, retention="P1D")
        case = ended(app, world)
        place_hold(app, world.guanli, key=case.key, reason="信访核查")
        clock.advance(timedelta(days=3))
        assert propose_disposal(app) == []
        lift_hold(app, world.guanli, key=case.key, reason="核查已结")
        destroy(app, world, second)
        with pytest.raises(NotFound):
            case_page(app, world.guanli, key=case.key)

    def test_it_is_journalled_and_there_is_one_at_a_time(self, app: App, world: World) -> None:
        put(app)
        case = ended(app, world)
        place_hold(app, world.guanli, key=case.key, reason="信访核查")
        with pytest.raises(Conflict):
            place_hold(app, world.guanli, key=case.key, reason="再来")
        with pytest.raises(Forbidden):
            place_hold(app, world.lisi, key=case.key, reason="x")
        entry = case_page(app, world.guanli, key=case.key).entries[-1]
        assert (entry.kind, entry.said) == ("hold", {"reason": "信访核查"})
        lift_hold(app, world.guanli, key=case.key, reason="已结")
        with pytest.raises(Conflict):
            lift_hold(app, world.guanli, key=case.key, reason="已结")
        assert verify_record(app, world.guanli, key=case.key) == ()
