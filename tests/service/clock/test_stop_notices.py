"""行政许可法 arts. 32, 45: a stop of the clock shows the letter that told the applicant of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from engine.jobs import run_due_jobs
from engine.model import chain
from engine.model.clock import StopKind
from engine.model.keys import Key
from engine.service.app import App
from engine.service.cases.case_page import case_page
from engine.service.cases.start_case import start_case
from engine.service.clock.case_clock import list_clock_stops
from engine.service.clock.stop_clock import resume_clock, stop_clock
from engine.service.history.record import export_record
from engine.service.history.record_verification import verify_record_file
from engine.service.letters.making import make_letters
from engine.service.letters.register import letters_of_case
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.complete_task import complete_task
from engine.storage.worklists import tasks
from tests.conftest import SettableClock
from tests.service import diagrams
from tests.service.letters.test_letters import TEMPLATE, in_force
from tests.world import World

NOTICE = replace(TEMPLATE, id="notice", name="补正告知书", title="告知书", body="请补正。")
RETURNED = '=if outcome = "return" then "notice" else null'
DAY = timedelta(days=1)


def case(
    app: App,
    world: World,
    *parts: str,
    review: str = RETURNED,
    accept: str = "",
    again: str = "review",
) -> Key:
    """Accept → review → (return) supplement, which stops the clock → ``again`` …; ``parts`` lead
    from a return to the supplement."""
    in_force(app, NOTICE)
    in_force(app, replace(NOTICE, id="other", name="受理通知书", series="潍民受"))
    values = {"letter": review} if review else {}
    diagrams.put(
        app,
        diagrams.process(
            "told",
            diagrams.start(),
            diagrams.user_task("accept", "受理", **({"letter": accept} if accept else {})),
            diagrams.user_task("review", "审查", **values),
            '<bpmn:exclusiveGateway id="decided" default="decided-done"/>',
            diagrams.user_task("supplement", "补正", stopsClock="supplement"),
            diagrams.end("done", "办结"),
            diagrams.flow("start", "accept"),
            diagrams.flow("accept", "review"),
            diagrams.flow("review", "decided"),
            diagrams.flow("decided", "done"),
            *(parts or (diagrams.flow("decided", "supplement", 'outcome = "return"'),)),
            diagrams.flow("supplement", again),
            lanes=(("applicant", "", ("supplement",)), ("clerk", "city", ("accept", "review"))),
            statutoryPeriod="20",
        ),
    )
    started = start_case(app, world.zhangsan, process_id="told", submission={"title": "读书会"})
    return started.key


def do(app: App, world: World, key: Key, element: str, **values: str) -> None:
    with app.database.unit_of_work() as work:
        task = next(t for t in tasks.open_tasks_of(work, key) if t.element_id == element)
    who = world.zhangsan if element == "supplement" else world.lisi
    complete_task(app, who, key=task.key, submission=values)


def told(app: App, world: World, key: Key) -> list[str]:
    """Number of the letter of each stop, as everybody concerned is shown it; "" = none."""
    found = [
        t.letter.symbol if t.letter else "" for t in list_clock_stops(app, world.lisi, key=key)
    ]
    for who in (world.lisi, world.zhangsan, world.guanli):
        page = case_page(app, who, key=key)
        assert [s.letter.symbol if s.letter else "" for s in page.clock.stops] == found
        record = export_record(app, who, key=key)
        assert [stop["letter"] for stop in record.document["clockStops"]] == found
        assert verify_record_file(chain.canonical(record.document).encode()).sound
    return found


def test_each_round_shows_the_letter_of_its_own_decision(
    app: App, world: World, clock: SettableClock
) -> None:
    key = case(app, world)
    do(app, world, key, "accept")
    do(app, world, key, "review", outcome="return")
    assert told(app, world, key) == ["潍民试〔2025〕1号"]
    clock.advance(2 * DAY)
    do(app, world, key, "supplement")
    do(app, world, key, "review", outcome="return")
    do(app, world, key, "supplement")
    assert told(app, world, key) == ["潍民试〔2025〕1号", "潍民试〔2025〕2号"]


def test_a_letter_from_before_the_decision_is_not_it(app: App, world: World) -> None:
    key = case(app, world, review="", accept="other")
    do(app, world, key, "accept")
    assert len(letters_of_case(app, world.lisi, instance_key=key)) == 1
    do(app, world, key, "review", outcome="return")
    assert told(app, world, key) == [""]


def test_the_letter_of_an_earlier_round_is_not_it(
    app: App, world: World, clock: SettableClock
) -> None:
    key = case(app, world, review='=if round = "1" then "notice" else null')
    do(app, world, key, "accept")
    do(app, world, key, "review", outcome="return", round="1")
    clock.advance(DAY)
    do(app, world, key, "supplement")
    do(app, world, key, "review", outcome="return", round="2")
    assert told(app, world, key) == ["潍民试〔2025〕1号", ""]


@pytest.mark.parametrize("inside", [False, True])
def test_a_task_in_between_may_write_it(app: App, world: World, inside: bool) -> None:
    """The clerk writes the letter in a step of its own, and hands it over in another."""
    write = diagrams.user_task("write", "制作通知书", groups="clerk@weifang", letter="notice")
    if inside:
        write = (
            f'<bpmn:subProcess id="inner">{diagrams.start("in")}{write}{diagrams.end("out")}'
            f"{diagrams.flow('in', 'write')}{diagrams.flow('write', 'out')}</bpmn:subProcess>"
        )
    at = "inner" if inside else "write"
    key = case(
        app,
        world,
        write,
        diagrams.user_task("serve", "送达", groups="clerk@weifang"),
        diagrams.flow("decided", at, 'outcome = "return"'),
        diagrams.flow(at, "serve"),
        diagrams.flow("serve", "supplement"),
        review="",
    )
    do(app, world, key, "accept")
    do(app, world, key, "review", outcome="return")
    do(app, world, key, "write")
    do(app, world, key, "serve")
    assert told(app, world, key) == ["潍民试〔2025〕1号"]


def test_what_another_branch_sends_is_not_it(app: App, world: World) -> None:
    key = case(
        app,
        world,
        '<bpmn:parallelGateway id="fork"/>',
        diagrams.user_task("write", "另行通知", groups="clerk@weifang", letter="other"),
        diagrams.user_task("wait", "等待", groups="clerk@weifang"),
        diagrams.end("aside"),
        diagrams.flow("decided", "fork", 'outcome = "return"'),
        diagrams.flow("fork", "write"),
        diagrams.flow("fork", "wait"),
        diagrams.flow("write", "aside"),
        diagrams.flow("wait", "supplement"),
        review="",
    )
    do(app, world, key, "accept")
    do(app, world, key, "review", outcome="return")
    do(app, world, key, "write")
    do(app, world, key, "wait")
    assert told(app, world, key) == [""]


def test_a_service_task_may_send_it(app: App, world: World) -> None:
    key = case(
        app,
        world,
        '<bpmn:serviceTask id="letter"><bpmn:extensionElements>'
        '<zeebe:taskDefinition type="banshi.letter"/><zeebe:taskHeaders>'
        '<zeebe:header key="template" value="notice"/></zeebe:taskHeaders>'
        "</bpmn:extensionElements></bpmn:serviceTask>",
        diagrams.flow("decided", "letter", 'outcome = "return"'),
        diagrams.flow("letter", "supplement"),
        review="",
    )
    do(app, world, key, "accept")
    do(app, world, key, "review", outcome="return")
    run_due_jobs(app)
    assert told(app, world, key) == ["潍民试〔2025〕1号"]


def test_who_stops_it_by_hand_names_the_letter(app: App, world: World) -> None:
    key = case(app, world, accept="other")
    do(app, world, key, "accept")
    make_letters(app)
    (letter,) = letters_of_case(app, world.lisi, instance_key=key)
    with app.database.unit_of_work() as work:
        (task,) = tasks.open_tasks_of(work, key)
    claim_task(app, world.lisi, key=task.key)
    for document in (letter.document_key, None):
        stop_clock(
            app,
            world.lisi,
            key=key,
            kind=StopKind.INSPECTION,
            reason="送检",
            document=document,
        )
        resume_clock(app, world.lisi, key=key, reason="结果已出")
    assert told(app, world, key) == ["潍民受〔2025〕1号", ""]


def test_what_told_of_one_stop_does_not_tell_of_the_next(
    app: App, world: World, clock: SettableClock
) -> None:
    """No decision lies between the two, but the first stop does."""
    key = case(
        app,
        world,
        diagrams.user_task("sort", "登记", groups="clerk@weifang"),
        diagrams.user_task("inspect", "核查", groups="clerk@weifang", stopsClock="inspection"),
        diagrams.flow("decided", "supplement", 'outcome = "return"'),
        diagrams.flow("decided", "sort", 'outcome = "sort"'),
        diagrams.flow("sort", "inspect"),
        diagrams.flow("inspect", "review"),
        again="sort",
    )
    do(app, world, key, "accept")
    do(app, world, key, "review", outcome="return")
    clock.advance(DAY)
    do(app, world, key, "supplement")
    clock.advance(DAY)
    do(app, world, key, "sort")
    assert told(app, world, key) == ["潍民试〔2025〕1号", ""]
