"""亲属与任职关系: whom the rule keeps away, and for how long."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from engine.model.errors import Forbidden, NotFound
from engine.model.keys import Key
from engine.model.recusals import RecusalKind, RecusalState
from engine.service.app import App
from engine.service.cases.case_page import case_page
from engine.service.cases.get_case import get_case
from engine.service.cases.start_case import start_case
from engine.service.recusal.decide_recusal import lift_recusal
from engine.service.recusal.list_recusals import case_recusals
from engine.service.recusal.relations import add_relation, revoke_relation, set_term
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.get_task import get_task
from engine.service.worklists.inbox import inbox
from engine.storage.recusal import barring, relations
from tests.conftest import SettableClock
from tests.service import diagrams
from tests.service.positions import require_consistent
from tests.service.recusal.recused import ask
from tests.service.tasks.test_operations_matrix import TWO, Stage
from tests.world import World


@pytest.mark.parametrize("assigned", ["assignee", "users", "groups"])
def test_tasks_open_without_whoever_is_related(app: App, world: World, assigned: str) -> None:
    """The only person who could do it is the applicant's sister: an incident from the start."""
    who = {"assignee": "quxian", "users": "quxian", "groups": "county-reviewer@weicheng"}[assigned]
    diagrams.put(
        app,
        diagrams.process(
            "one",
            diagrams.start(),
            diagrams.user_task("work", "办理", **{assigned: who}),
            diagrams.end(),
            diagrams.flow("start", "work"),
            diagrams.flow("work", "end"),
        ),
    )
    add_relation(
        app,
        world.guanli,
        username="quxian",
        other="zhangsan",
        kind="FAMILY",
        since=date(2000, 1, 1),
    )
    start_case(app, world.zhangsan, process_id="one", submission={})
    with app.database.unit_of_work() as work:
        kinds = work.hot("select kind from incident where state = 'ACTIVE'").fetchall()
    assert kinds == [("NO_ELIGIBLE_HANDLER",)]
    assert inbox(app, world.quxian).items == ()
    start_case(app, world.jiedao, process_id="one", submission={})
    assert len(inbox(app, world.quxian).items) == 1


def test_a_relation_that_is_found_takes_effect_in_running_cases(stage: Stage) -> None:
    app, people = stage.app, stage.people
    claim_task(app, people["lisi"], key=stage.task)
    add_relation(
        app,
        people["guanli"],
        username="zhangsan",
        other="lisi",
        kind="FAMILY",
        since=date(2000, 1, 1),
        note="表兄弟",
    )
    (found,) = case_recusals(app, people["guanli"], key=stage.case)
    assert (found.kind, found.state, found.username) == (
        RecusalKind.RULE,
        RecusalState.IN_FORCE,
        "lisi",
    )
    assert get_task(app, people["wangwu"], key=stage.task).assignee is None
    with pytest.raises(Forbidden):
        claim_task(app, people["lisi"], key=stage.task)
    with pytest.raises(Forbidden, match="关系仍然有效"):
        lift_recusal(app, people["guanli"], key=found.key, reason="误")
    (relation,) = ask(stage, "select key from relation")[0]
    revoke_relation(app, people["guanli"], key=Key(relation))
    with pytest.raises(Forbidden):
        claim_task(app, people["lisi"], key=stage.task)
    lift_recusal(app, people["guanli"], key=found.key, reason="关系登记有误")
    claim_task(app, people["lisi"], key=stage.task)
    require_consistent(app.database, stage.case)


def test_two_years_after_leaving(app: App, world: World, clock: SettableClock) -> None:
    """《社会组织评估管理办法》第十九条第（二）项; the term is the bureau's to set, from a day on."""
    diagrams.put(app, TWO)
    left = app.local_now().date() - timedelta(days=1)
    add_relation(
        app,
        world.guanli,
        username="jiedao",
        other="zhangsan",
        kind="ORGANISATION",
        since=date(2020, 1, 1),
        until=left,
    )

    def recused() -> bool:
        with app.database.unit_of_work() as work:
            return relations.related(work, "zhangsan", "jiedao")

    assert recused()
    clock.set(clock.at.replace(year=2027))
    assert not recused()
    clock.set(clock.at.replace(year=2026))
    assert recused()
    set_term(app, world.guanli, years=1, source="本局规定", effective_from=date(2026, 4, 1))
    assert recused()
    clock.advance(timedelta(days=60))
    assert not recused()
    start_case(app, world.zhangsan, process_id="two", submission={})
    assert len(inbox(app, world.jiedao).items) == 1


@pytest.mark.parametrize(
    ("since", "until", "kind"),
    [
        ("2020-01-01", None, "FAMILY"),
        ("2020-01-01", "2025-03-02", "FAMILY"),
        ("2020-01-01", "2025-03-03", "FAMILY"),
        ("2020-01-01", "2023-03-03", "ORGANISATION"),
        ("2020-01-01", "2023-03-04", "ORGANISATION"),
        ("2020-01-01", "2025-03-02", "ORGANISATION"),
        ("2025-03-03", None, "ORGANISATION"),
        ("2025-03-04", None, "ORGANISATION"),
    ],
)
def test_the_condition_in_sql_says_what_the_rule_says(
    app: App, world: World, since: str, until: str | None, kind: str
) -> None:
    entered = add_relation(
        app,
        world.guanli,
        username="lisi",
        other="zhangsan",
        kind=kind,
        since=date.fromisoformat(since),
        until=date.fromisoformat(until) if until else None,
    )
    with app.database.unit_of_work() as work:
        expected = entered.counts(work.today, relations.term(work))
        assert relations.related(work, "lisi", "zhangsan") is expected
        assert ("lisi" in barring.related_people(work, "zhangsan")) is expected
        assert ("zhangsan" in barring.related_people(work, "lisi")) is expected


def test_strangers_learn_nothing(stage: Stage) -> None:
    """Somebody who is related to the applicant, and has nothing to do with it, finds no such case."""
    add_relation(
        stage.app,
        stage.people["guanli"],
        username="quxian",
        other="zhangsan",
        kind="FAMILY",
        since=date(2000, 1, 1),
    )
    with pytest.raises(NotFound):
        get_case(stage.app, stage.people["quxian"], key=stage.case)
    with pytest.raises(NotFound):
        case_page(stage.app, stage.people["quxian"], key=stage.case)
