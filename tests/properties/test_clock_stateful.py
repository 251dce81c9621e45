"""A case whose clock stops and goes on in any order, by its diagram and by hand, over weeks.

After each step: rows agree with one another, and every deadline is what its rule and the stops say.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from engine.model.clock import StopKind
from engine.model.errors import BanshiError
from engine.model.keys import Key
from engine.service.app import App
from engine.service.cases.start_case import start_case
from engine.service.clock.deadlines import Rule, days_stopped
from engine.service.clock.stop_clock import resume_clock, stop_clock
from engine.service.exchange.sweep import sweep
from engine.service.history.record import verify_record
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.complete_task import complete_task
from engine.storage.clock import clocks
from tests.conftest import SettableClock
from tests.service import diagrams
from tests.world import World

BEGINS = datetime.fromisoformat("2025-01-06T09:00:00+08:00")


def diagram() -> bytes:
    """Review (extended once) ⇄ supplement (stops), beside an expert review (stops) and a timer."""
    timer = (
        '<bpmn:timerEventDefinition id="td"><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">'
        "P40D</bpmn:timeDuration></bpmn:timerEventDefinition>"
    )
    return diagrams.process(
        "weeks",
        diagrams.start(),
        '<bpmn:parallelGateway id="fork"/>',
        diagrams.user_task(
            "review", "审查", groups="clerk@weifang", deadline="8", onExpiry="extend", extendBy="3"
        ),
        '<bpmn:exclusiveGateway id="how" default="how-done"/>',
        diagrams.user_task(
            "supplement", "补正", groups="expert@weifang", deadline="5", stopsClock="supplement"
        ),
        diagrams.user_task(
            "experts",
            "评审",
            seats='=["zhuanjia1", "zhuanjia2"]',
            completionRule="all",
            deadline="10",
            deadlineUnit="natural-day",
            stopsClock="expert",
        ),
        diagrams.user_task(
            "after", "汇总", groups="clerk@weifang", deadline="1", deadlineUnit="month"
        ),
        '<bpmn:intermediateCatchEvent id="limit">'
        f"{diagrams.extension(diagrams.properties(statutory='true'))}{timer}"
        "</bpmn:intermediateCatchEvent>",
        diagrams.end("done"),
        diagrams.end("summed"),
        diagrams.end("late"),
        *(
            diagrams.flow(a, b)
            for a, b in (
                ("start", "fork"),
                ("fork", "review"),
                ("fork", "experts"),
                ("fork", "limit"),
                ("review", "how"),
                ("how", "done"),
                ("supplement", "review"),
                ("experts", "after"),
                ("after", "summed"),
                ("limit", "late"),
            )
        ),
        diagrams.flow("how", "supplement", 'outcome = "return"'),
        statutoryPeriod="30",
    )


def _attempt(act: Callable[[], Any]) -> bool:
    try:
        act()
    except BanshiError:
        return False
    return True


class Weeks(RuleBasedStateMachine):
    """One case; everybody does what he may, at any hour."""

    app: App
    world: World
    clock: SettableClock
    done: set[str]

    @initialize()
    def open(self) -> None:
        self.clock.set(BEGINS)
        self.case = start_case(self.app, self.world.zhangsan, process_id="weeks", submission={}).key

    def ask(self, query: str) -> list[Any]:
        with self.app.database.unit_of_work() as work:
            return list(work.hot(query, {"case": self.case}))

    @rule(hours=st.sampled_from([1, 5, 15, 24, 50, 170]))
    def time_passes(self, hours: int) -> None:
        self.clock.advance(timedelta(hours=hours))
        if sweep(self.app).deadlines:
            self.done.add("expired")

    @rule(
        who=st.sampled_from(["lisi", "zhuanjia1", "zhuanjia2"]),
        outcome=st.sampled_from(["approve", "return"]),
        data=st.data(),
    )
    def complete(self, who: str, outcome: str, data: st.DataObject) -> None:
        tasks = self.ask(
            "select key from user_task where instance_key = %(case)s and state = 'CREATED'"
            " order by key"
        )
        if tasks:
            (key,) = data.draw(st.sampled_from(tasks))
            actor = self.world.actors[who]
            _attempt(
                lambda: complete_task(
                    self.app, actor, key=Key(key), submission={"outcome": outcome}
                )
            )

    @rule(data=st.data())
    def claim(self, data: st.DataObject) -> None:
        tasks = self.ask(
            "select key from user_task where instance_key = %(case)s and state = 'CREATED'"
            " order by key"
        )
        if tasks:
            (key,) = data.draw(st.sampled_from(tasks))
            _attempt(lambda: claim_task(self.app, self.world.lisi, key=Key(key)))

    @rule(kind=st.sampled_from(StopKind))
    def stop(self, kind: StopKind) -> None:
        if _attempt(
            lambda: stop_clock(self.app, self.world.guanli, key=self.case, kind=kind, reason="停")
        ):
            self.done.add("stopped")

    @rule()
    def resume(self) -> None:
        if _attempt(lambda: resume_clock(self.app, self.world.guanli, key=self.case, reason="续")):
            self.done.add("resumed")

    @invariant()
    def the_stop_has_a_reason(self) -> None:
        ((stopped_at, kind, state),) = self.ask(
            "select clock_stopped_at, clock_stop_kind, state from instance where key = %(case)s"
        )
        with self.app.database.unit_of_work() as work:
            stops = clocks.stops_of(work, self.case)
        running = [stop for stop in stops if stop.open]
        assert [(s.stopped_at, s.kind) for s in running] == (
            [(stopped_at, kind)] if stopped_at else []
        )
        active = {
            key
            for (key,) in self.ask(
                "select key from visit where instance_key = %(case)s and state = 'ACTIVE'"
            )
        }
        for stop in running:
            assert state == "ACTIVE"
            assert stop.manual or stop.holders
            assert set(stop.holders) <= active, "a node that was left keeps the clock stopped"

    @invariant()
    def every_deadline_is_what_its_rule_says(self) -> None:
        zone, calendar = self.app.settings.timezone, self.app.calendars.current
        with self.app.database.unit_of_work() as work:
            stops = clocks.stops_of(work, self.case)
            rows = clocks.dues_of(work, self.case)
            own = clocks.statutory_of(work, self.case)
        still = next((stop for stop in stops if stop.open), None)
        days = days_stopped(stops, zone)
        for row in rows:
            assert row.due.due_rule is not None
            rule_, runs_on = Rule.read(row.due.due_rule), "banshi:stopsClock" in row.properties
            expected = rule_.due(calendar, () if runs_on else days, zone)
            if row.due.due_stopped:
                assert still is not None
                assert not runs_on
                assert row.due.expiry_at is None
            else:
                assert row.due.due_at == expected.at
                passed = row.due.due_at is not None and still and row.due.due_at <= still.stopped_at
                assert still is None or runs_on or passed
        assert own is not None
        assert own.rule is not None
        if own.due_at is not None:
            assert own.due_at == Rule.read(own.rule).due(calendar, days, zone).at
        else:
            assert still is not None

    @invariant()
    def lists_and_timers_agree(self) -> None:
        assert (
            self.ask(
                "select t.key from user_task t join seat s on s.instance_key = t.instance_key"
                " and s.task_key = t.key where t.instance_key = %(case)s and t.state = 'CREATED'"
                " and s.state in ('OPEN', 'WAITING')"
                " and s.due_at <> coalesce(t.due_at, 'infinity')"
                " union all select t.key from user_task t join task_candidate c"
                " on c.instance_key = t.instance_key and c.task_key = t.key"
                " where t.instance_key = %(case)s and t.state = 'CREATED'"
                " and c.due_at <> coalesce(t.due_at, 'infinity')"
            )
            == []
        )
        ((stopped_at,),) = self.ask("select clock_stopped_at from instance where key = %(case)s")
        held = self.ask("select fire_at = 'infinity' from timer where instance_key = %(case)s")
        assert held in ([], [(stopped_at is not None,)])

    def teardown(self) -> None:
        if hasattr(self, "case"):
            assert verify_record(self.app, self.world.guanli, key=self.case) == ()


def test_weeks(app: App, world: World, clock: SettableClock) -> None:
    diagrams.put(app, diagram())

    class Here(Weeks):
        pass

    Here.app, Here.world, Here.clock, Here.done = app, world, clock, set()
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert Here.done == {"expired", "stopped", "resumed"}
