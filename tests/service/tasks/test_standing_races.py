"""Recusals and proxies that meet other commands, staged on PostgreSQL: one wins, the late one is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from engine.model.errors import AlreadyHandled, Conflict, Forbidden
from engine.service.absence.hand_over import hand_over
from engine.service.absence.proxies import name_proxy
from engine.service.app import App
from engine.service.history.record import verify_record
from engine.service.recusal.decide_recusal import decide_recusal
from engine.service.recusal.recuse import ask_recusal, declare_recusal
from engine.service.recusal.relations import add_relation
from engine.service.tasks.assign_task import assign_task
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.complete_task import complete_task
from engine.service.tasks.delegate_task import delegate_task
from engine.service.tasks.resolve_task import resolve_task
from tests.service.positions import require_consistent
from tests.service.seat_invariants import require_seats
from tests.service.staging import race
from tests.service.tasks.test_operations_matrix import STATES, Stage
from tests.world import World

REFUSALS = (AlreadyHandled, Conflict, Forbidden)
Act = Callable[[Stage], Any]


@pytest.fixture
def stage(app: App, world: World) -> Stage:
    return Stage(app, world)


def recuse(stage: Stage, username: str = "lisi") -> Any:
    return declare_recusal(
        stage.app, stage.people[username], key=stage.case, reason="与申请人有利害关系"
    )


#: What a recusal can meet: the state before, and what is done at the same instant.
MEETING: dict[str, tuple[str, Act]] = {
    "claims": ("unclaimed", lambda s: claim_task(s.app, s.people["lisi"], key=s.task)),
    "completes": (
        "held",
        lambda s: complete_task(s.app, s.people["lisi"], key=s.task, submission={}),
    ),
    "is given it": (
        "unclaimed",
        lambda s: assign_task(s.app, s.people["guanli"], key=s.task, assignee="lisi"),
    ),
    "is given it back": (
        "delegated",
        lambda s: resolve_task(s.app, s.people["wangwu"], key=s.task),
    ),
    "delegates": (
        "held",
        lambda s: delegate_task(s.app, s.people["lisi"], key=s.task, to="wangwu"),
    ),
    "gets it by hand-over": (
        "unclaimed",
        lambda s: hand_over(
            s.app, s.people["guanli"], username="wangwu", successor="lisi", reason="调离"
        ),
    ),
}


def standing(stage: Stage) -> int:
    """In how many open tasks the recused person still stands."""
    with stage.app.database.unit_of_work() as work:
        row = work.hot(
            "select count(*) from user_task t left join seat s on s.instance_key = t.instance_key"
            " and s.task_key = t.key and s.state in ('OPEN', 'WAITING') where t.state = 'CREATED'"
            " and 'lisi' = any(array[t.assignee, s.holder] || s.stack)"
        ).fetchone()
    return int(row[0])


@pytest.mark.parametrize("recusal_first", [True, False])
@pytest.mark.parametrize("meeting", MEETING)
def test_a_recusal_meets(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, meeting: str, recusal_first: bool
) -> None:
    """Whoever is first: afterwards he stands nowhere, and nothing was done twice or lost."""
    state, act = MEETING[meeting]
    STATES[state](stage)
    calls: list[Callable[[], Any]] = [lambda: recuse(stage) or True, lambda: act(stage) or True]
    first, late = race(monkeypatch, stage.app.database, *(calls if recusal_first else calls[::-1]))
    assert first.error is None, first.error
    assert late.error is None or isinstance(late.error, REFUSALS), late.error
    if recusal_first and meeting in {"claims", "completes", "is given it", "delegates"}:
        assert isinstance(late.error, Forbidden)
    assert standing(stage) == 0
    require_consistent(stage.app.database, stage.case)
    require_seats(stage.app, stage.case)
    assert verify_record(stage.app, stage.people["guanli"], key=stage.case) == ()


def test_two_decide_on_one_request(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    app, people = stage.app, stage.people
    asked = ask_recusal(app, people["zhangsan"], key=stage.case, username="lisi", reason="纠纷")
    first, late = race(
        monkeypatch,
        app.database,
        lambda: decide_recusal(app, people["guanli"], key=asked.key, grant=True, note="属实"),
        lambda: decide_recusal(app, people["zhaoliu"], key=asked.key, grant=False, note="不实"),
    )
    assert first.error is None
    assert isinstance(late.error, AlreadyHandled)
    assert late.error.by == "管理员"
    require_consistent(app.database, stage.case)


def test_declaring_meets_a_decision(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """He agrees while somebody decides: recused once."""
    app, people = stage.app, stage.people
    asked = ask_recusal(app, people["zhangsan"], key=stage.case, username="lisi", reason="纠纷")
    first, late = race(
        monkeypatch,
        app.database,
        lambda: recuse(stage),
        lambda: decide_recusal(app, people["guanli"], key=asked.key, grant=False, note="不实"),
    )
    assert first.error is None
    assert isinstance(late.error, AlreadyHandled)
    assert stage.row("select count(*) from recusal where state = 'IN_FORCE'") == 1


@pytest.mark.parametrize("proxy_first", [True, False])
@pytest.mark.parametrize("state", ["unclaimed", "held", "given-back"])
def test_a_proxy_and_his_principal_at_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, proxy_first: bool, state: str
) -> None:
    """One completes it, the other is told by whom."""
    app, people = stage.app, stage.people
    STATES[state](stage)
    name_proxy(
        app,
        people["lisi"],
        principal="lisi",
        proxy="quxian",
        starts_at=app.now(),
        ends_at=app.now() + timedelta(days=1),
    )
    order = ["quxian", "lisi"] if proxy_first else ["lisi", "quxian"]
    first, late = race(
        monkeypatch,
        app.database,
        *(
            lambda who=who: complete_task(app, people[who], key=stage.task, submission={})
            for who in order
        ),
    )
    assert first.error is None
    assert isinstance(late.error, AlreadyHandled)
    assert late.error.by == people[order[0]].name
    assert stage.row("select count(*) from journal where kind = 'complete'") == 2
    require_consistent(app.database, stage.case)


def test_naming_the_same_proxy_twice_at_once(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    app, people = stage.app, stage.people

    def name() -> Any:
        return name_proxy(
            app,
            people["lisi"],
            principal="lisi",
            proxy="quxian",
            starts_at=app.now(),
            ends_at=app.now() + timedelta(days=1),
        )

    first, late = race(monkeypatch, app.database, name, name)
    assert first.error is None
    assert late.error is not None
    assert stage.row("select count(*) from proxy") == 1


def test_a_relation_meets_a_claim(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The relation waits for the case, or the claim does: he does not keep the task."""
    app, people = stage.app, stage.people
    _, late = race(
        monkeypatch,
        app.database,
        lambda: add_relation(
            app,
            people["guanli"],
            username="lisi",
            other="zhangsan",
            kind="FAMILY",
            since=date(2000, 1, 1),
        ),
        lambda: claim_task(app, people["lisi"], key=stage.task),
    )
    assert isinstance(late.error, Forbidden)
    assert standing(stage) == 0
    require_consistent(app.database, stage.case)
