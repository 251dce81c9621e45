"""What only the log said before: no deadline, no end of it, no copy. Each is an incident now."""

from __future__ import annotations

import pytest

from engine.model.clock import StopKind
from engine.model.errors import Conflict, Forbidden
from engine.model.keys import Key
from engine.model.records import Incident
from engine.model.search import Condition, Query
from engine.model.states import IncidentState
from engine.service.administration.resolve_incident import resolve_incident
from engine.service.administration.set_variables import set_variables
from engine.service.app import App
from engine.service.cases.copies import case_copies
from engine.service.cases.start_case import start_case
from engine.service.clock.expire_task import expire_tasks
from engine.service.clock.stop_clock import resume_clock, stop_clock
from engine.service.history.record import verify_record
from engine.service.searching import search_incidents
from engine.service.tasks.assign_task import assign_task
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.complete_task import complete_task
from engine.service.tasks.update_task import update_task
from tests.conftest import SettableClock
from tests.service import diagrams
from tests.service.clock.test_clock import DAY, at, due_days, open_task, rows
from tests.service.letters.test_letters import in_force
from tests.world import World


def put(app: App, *, ended: dict[str, str] | None = None, **work: str) -> None:
    inside = diagrams.extension(diagrams.properties(**ended)) if ended else ""
    diagrams.put(
        app,
        diagrams.process(
            "plain",
            diagrams.start(),
            diagrams.user_task("work", "核查", groups=work.pop("groups", "clerk@weifang"), **work),
            diagrams.end("done", "办结", inside),
            diagrams.flow("start", "work"),
            diagrams.flow("work", "done"),
            statutoryPeriod="10个工作日",
        ),
    )


def start(app: App, world: World, **values: object) -> Key:
    return start_case(app, world.zhangsan, process_id="plain", submission=values).key


def open_incidents(app: App, world: World) -> dict[str, Incident]:
    """Kind → the open incident of that kind."""
    query = Query(conditions=(Condition(field="state", value=IncidentState.ACTIVE),))
    return {each.kind: each for each in search_incidents(app, world.guanli, query=query).items}


@pytest.mark.parametrize(
    ("source", "why"), [("= n + 1", "整数"), ("= n / 2", "整数"), ('= date("x") - n', "整数")]
)
def test_a_deadline_that_fails_is_an_incident_and_stands_after_the_retry(
    app: App, world: World, clock: SettableClock, source: str, why: str
) -> None:
    clock.set(at("2025-03-03"))
    put(app, deadline=source)
    key = start(app, world, n=3 if "/" in source else None)
    (found,) = open_incidents(app, world).values()
    assert (found.kind, found.instance_key, found.element_id, found.element_name) == (
        "DEADLINE_ERROR",
        key,
        "work",
        "核查",
    )
    assert f"“核查”的办理期限“{source}”" in found.message
    assert why in found.message
    assert due_days(app) == {"work": "-"}
    with pytest.raises(Conflict, match="仍"):
        resolve_incident(app, world.guanli, key=found.key)
    assert list(open_incidents(app, world)) == ["DEADLINE_ERROR"]


def test_it_counts_from_the_day_on_which_the_task_began(
    app: App, world: World, clock: SettableClock
) -> None:
    clock.set(at("2025-03-03"))
    put(app, deadline="= n + 1")
    key = start(app, world)
    clock.set(at("2025-03-05"))
    set_variables(app, world.guanli, scope_key=key, variables={"n": 4}, reason="补录")
    resolve_incident(app, world.guanli, key=open_incidents(app, world)["DEADLINE_ERROR"].key)
    assert due_days(app) == {"work": "2025-03-10"}
    assert open_incidents(app, world) == {}
    (kept,) = rows(app, "select due_rule ->> 'number' from user_task")
    assert kept == ("5",)


def test_stops_meanwhile_do_not_count(app: App, world: World, clock: SettableClock) -> None:
    clock.set(at("2025-03-03"))
    put(app, deadline="= n + 1")
    key = start(app, world)
    claim_task(app, world.lisi, key=open_task(app, "work"))
    stop_clock(app, world.lisi, key=key, kind=StopKind.OTHER, reason="等待")
    clock.set(at("2025-03-05"))
    resume_clock(app, world.lisi, key=key, reason="已到")
    stop_clock(app, world.lisi, key=key, kind=StopKind.OTHER, reason="又等")
    set_variables(app, world.guanli, scope_key=key, variables={"n": 4}, reason="补录")
    resolve_incident(app, world.guanli, key=open_incidents(app, world)["DEADLINE_ERROR"].key)
    assert due_days(app) == {"work": "stopped"}
    clock.set(at("2025-03-06"))
    resume_clock(app, world.lisi, key=key, reason="已到")
    assert due_days(app) == {"work": "2025-03-13"}


def test_the_case_goes_on_and_its_end_ends_the_incident(app: App, world: World) -> None:
    put(app, deadline="= n + 1")
    start(app, world)
    complete_task(app, world.lisi, key=open_task(app, "work"), submission={})
    assert rows(app, "select state from instance") == [("COMPLETED",)]
    assert open_incidents(app, world) == {}


def test_a_deadline_that_somebody_sets_meanwhile_stays(
    app: App, world: World, clock: SettableClock
) -> None:
    clock.set(at("2025-03-03"))
    put(app, deadline="= n + 1")
    key = start(app, world)
    update_task(app, world.guanli, key=open_task(app, "work"), due_at=at("2025-03-20"))
    set_variables(app, world.guanli, scope_key=key, variables={"n": 4}, reason="补录")
    resolve_incident(app, world.guanli, key=open_incidents(app, world)["DEADLINE_ERROR"].key)
    assert due_days(app) == {"work": "2025-03-20"}


def test_a_task_without_people_and_without_a_deadline_is_two_incidents(
    app: App, world: World
) -> None:
    put(app, deadline="= n + 1", groups="nobody@weifang")
    start(app, world)
    assert sorted(open_incidents(app, world)) == ["DEADLINE_ERROR", "NO_ELIGIBLE_HANDLER"]
    assign_task(app, world.guanli, key=open_task(app, "work"), assignee="lisi", reason="指定")
    assert list(open_incidents(app, world)) == ["DEADLINE_ERROR"]


def test_what_holds_at_the_deadline_and_fails_is_an_incident(
    app: App, world: World, clock: SettableClock
) -> None:
    """The task that fails owes a letter of which there is no template: told once, tried again."""
    clock.set(at("2025-03-03"))
    in_force(app)
    put(app, deadline="1", onExpiry="fail", expiryOutcome="reject", letter="= kind")
    key = start(app, world, kind="gone")
    clock.advance(3 * DAY)
    expire_tasks(app, limit=10)
    (found,) = open_incidents(app, world).values()
    assert (found.kind, found.element_id) == ("EXPIRY_FAILED", "work")
    assert "gone" in found.message
    clock.advance(DAY)
    assert expire_tasks(app, limit=10) == 1
    assert rows(app, "select count(*) from incident") == [(1,)]
    set_variables(
        app, world.guanli, scope_key=key, variables={"kind": "grant-letter"}, reason="更正"
    )
    resolve_incident(app, world.guanli, key=found.key)
    assert expire_tasks(app, limit=10) == 1
    assert rows(app, "select state from instance") == [("COMPLETED",)]
    assert open_incidents(app, world) == {}


def test_a_copy_to_nobody_can_tell_whom_is_an_incident_and_is_sent_by_the_retry(
    app: App, world: World
) -> None:
    put(app, ended={"copyTo": "=who"})
    key = start(app, world, who=5)
    complete_task(app, world.lisi, key=open_task(app, "work"), submission={})
    assert rows(app, "select state from instance") == [("COMPLETED",)]
    (found,) = open_incidents(app, world).values()
    assert (found.kind, found.element_id, found.element_name) == ("COPY_ERROR", "done", "办结")
    assert "列表" in found.message
    with pytest.raises(Conflict, match="仍"):
        resolve_incident(app, world.guanli, key=found.key)
    with app.database.unit_of_work() as work:
        work.hot("update variable set value = '\"wangwu\"' where instance_key = %s", [key])
        work.commit()
    resolve_incident(app, world.guanli, key=found.key)
    assert open_incidents(app, world) == {}
    (copy,) = case_copies(app, world.guanli, key=key)
    assert (copy.username, copy.element_id, copy.by_name) == ("wangwu", "done", "")
    assert verify_record(app, world.guanli, key=key) == ()


def test_who_may_not_mend_it(app: App, world: World) -> None:
    put(app, deadline="= n + 1", ended={"copyTo": "=who"})
    start(app, world, n=2, who=5)
    complete_task(app, world.lisi, key=open_task(app, "work"), submission={})
    with pytest.raises(Forbidden):
        resolve_incident(app, world.lisi, key=open_incidents(app, world)["COPY_ERROR"].key)
