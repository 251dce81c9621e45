"""What has had its time is destroyed, and a line in the register stays."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from engine.model.actor import Actor
from engine.model.errors import NotFound
from engine.model.retention import (
    ItemState,
    ListState,
    Period,
    period,
)
from engine.service.app import App
from engine.service.archive.disposal import (
    approve_disposal,
    carry_out_disposals,
    confirm_disposal,
    disposal_list,
    disposals,
    propose_disposal,
)
from engine.service.archive.legal_hold import place_hold
from engine.service.cases.case_page import case_page
from engine.service.cases.start_case import start_case
from engine.service.history.checkpoints import inclusion_of, make_checkpoint
from engine.service.history.record import export_record, verify_record
from engine.storage.archive import erasing
from engine.storage.schema import metadata
from tests.conftest import SettableClock
from tests.service.archive.destroying import YEAR, destroy, ended, put, rows
from tests.service.privacy import secrets
from tests.world import World


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
