"""What is destroyed takes two people, and nothing that is under a hold."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.model.actor import Actor
from engine.model.errors import Conflict, Forbidden, InvalidInput, NotFound
from engine.model.keys import Key
from engine.model.retention import (
    LIST_TRANSITIONS,
    ItemState,
    ListState,
    Stage,
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
from engine.service.history.record import verify_record
from tests.conftest import SettableClock
from tests.service.archive.destroying import destroy, ended, put
from tests.world import World


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
