"""回避: no route leads a recused person to the case, and nobody gives him anything of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.model import recusals as rules
from engine.model.actor import Actor
from engine.model.errors import Forbidden, InvalidInput, NotFound
from engine.model.keys import Key
from engine.model.search import Query
from engine.service.absence.proxies import name_proxy
from engine.service.administration.set_variables import set_variables
from engine.service.cases.case_page import case_page
from engine.service.cases.copy_case import copy_case
from engine.service.cases.end_case import cancel_case
from engine.service.cases.get_case import get_case, search_instances
from engine.service.history.record import export_record, verify_record
from engine.service.recusal.list_recusals import case_recusals
from engine.service.recusal.recuse import ask_recusal, declare_recusal
from engine.service.searching import search_incidents, search_jobs, search_tasks, search_variables
from engine.service.seats.add_sign import add_sign
from engine.service.seats.remove_sign import remove_sign
from engine.service.tasks.assign_task import assign_task
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.comment_task import comment_task
from engine.service.tasks.complete_task import complete_task
from engine.service.tasks.delegate_task import delegate_task
from engine.service.tasks.get_task import get_task
from engine.service.tasks.release_task import release_task
from engine.service.tasks.resolve_task import resolve_task
from engine.service.tasks.return_to_node import return_to_node
from engine.service.tasks.task_page import task_page
from engine.service.tasks.update_task import update_task
from engine.service.tasks.withdraw_step import withdraw_step
from engine.service.worklists.desk import badges
from engine.service.worklists.inbox import inbox, inbox_counts, inbox_services
from tests.service.recusal.recused import recuse
from tests.service.tasks.test_operations_matrix import Stage
from tests.world import add_person

#: Every way in which a person could act on a task or case: route → attempt by ``lisi``.
ACTS: Mapping[str, Callable[[Stage, Actor], Any]] = {
    "see the task": lambda s, a: get_task(s.app, a, key=s.task),
    "see its page": lambda s, a: task_page(s.app, a, key=s.task),
    "see the case": lambda s, a: get_case(s.app, a, key=s.case),
    "see its case page": lambda s, a: case_page(s.app, a, key=s.case),
    "export the record": lambda s, a: export_record(s.app, a, key=s.case),
    "verify the record": lambda s, a: verify_record(s.app, a, key=s.case),
    "see the recusals": lambda s, a: case_recusals(s.app, a, key=s.case),
    "claim": lambda s, a: claim_task(s.app, a, key=s.task),
    "complete": lambda s, a: complete_task(s.app, a, key=s.task, submission={}),
    "complete past the form": lambda s, a: complete_task(
        s.app, a, key=s.task, submission={}, raw_variables=True
    ),
    "release": lambda s, a: release_task(s.app, a, key=s.task),
    "assign": lambda s, a: assign_task(s.app, a, key=s.task, assignee="clerk3"),
    "take by assigning": lambda s, a: assign_task(s.app, a, key=s.task, assignee=a.username),
    "update": lambda s, a: update_task(s.app, a, key=s.task, priority=9),
    "delegate": lambda s, a: delegate_task(s.app, a, key=s.task, to="clerk3"),
    "resolve": lambda s, a: resolve_task(s.app, a, key=s.task),
    "add a sign": lambda s, a: add_sign(s.app, a, key=s.task, mode="before", people=["clerk3"]),
    "remove a sign": lambda s, a: remove_sign(s.app, a, key=s.task, seat=Key(1), reason="…"),
    "return": lambda s, a: return_to_node(s.app, a, key=s.task, target="first", reason="…"),
    "withdraw a step": lambda s, a: withdraw_step(s.app, a, key=s.task),
    "comment": lambda s, a: comment_task(s.app, a, key=s.task, text="…"),
    "copy": lambda s, a: copy_case(s.app, a, task_key=s.task, people=["clerk3"]),
    "cancel the case": lambda s, a: cancel_case(s.app, a, key=s.case, reason="…"),
    "correct data": lambda s, a: set_variables(
        s.app, a, scope_key=s.case, variables={"x": "1"}, reason="…"
    ),
    "declare again": lambda s, a: declare_recusal(s.app, a, key=s.case, reason="…"),
    "ask for another's": lambda s, a: ask_recusal(
        s.app, a, key=s.case, username="clerk3", reason="…"
    ),
}


@pytest.mark.parametrize("who", ["lisi", "guanli"])
@pytest.mark.parametrize("route", ACTS)
def test_a_recused_person_does_nothing(stage: Stage, route: str, who: str) -> None:
    """Whatever he tries, and administrators no less: nothing is written, nothing is shown."""
    if who == "guanli":
        stage.people["guanli2"] = add_person(stage.app, "guanli2", "管理员二")
    recuse(stage, who)
    actor = stage.people[who]
    before = stage.everything()
    with pytest.raises((Forbidden, NotFound)) as refusal:
        ACTS[route](stage, actor)
    assert stage.everything() == before
    if isinstance(refusal.value, Forbidden):
        assert rules.RECUSED in refusal.value.reason


#: Every way in which somebody could be given something: route → attempt to give it to ``wangwu``.
GIFTS: Mapping[str, Callable[[Stage], Any]] = {
    "assign": lambda s: assign_task(s.app, s.people["lisi"], key=s.task, assignee="wangwu"),
    "assign by an administrator": lambda s: assign_task(
        s.app, s.people["guanli"], key=s.task, assignee="wangwu"
    ),
    "delegate": lambda s: delegate_task(s.app, s.people["lisi"], key=s.task, to="wangwu"),
    "add before": lambda s: add_sign(
        s.app, s.people["lisi"], key=s.task, mode="before", people=["wangwu"]
    ),
    "add after": lambda s: add_sign(
        s.app, s.people["lisi"], key=s.task, mode="after", people=["clerk3", "wangwu"]
    ),
    "add beside": lambda s: add_sign(
        s.app, s.people["lisi"], key=s.task, mode="parallel", people=["wangwu"]
    ),
    "name as candidate": lambda s: update_task(
        s.app, s.people["guanli"], key=s.task, candidate_users=["wangwu"]
    ),
    "copy": lambda s: copy_case(s.app, s.people["lisi"], task_key=s.task, people=["wangwu"]),
    "mention": lambda s: comment_task(
        s.app, s.people["lisi"], key=s.task, text="…", mentions=["wangwu"]
    ),
}


@pytest.mark.parametrize("route", GIFTS)
def test_nobody_gives_a_recused_person_anything(stage: Stage, route: str) -> None:
    claim_task(stage.app, stage.people["lisi"], key=stage.task)
    recuse(stage, "wangwu")
    before = stage.everything()
    with pytest.raises((Forbidden, InvalidInput)):
        GIFTS[route](stage)
    assert stage.everything() == before


def test_what_a_page_offers_leaves_recused_people_out(stage: Stage) -> None:
    claim_task(stage.app, stage.people["lisi"], key=stage.task)
    offered = task_page(stage.app, stage.people["lisi"], key=stage.task).assignees
    assert "wangwu" in {p.username for p in offered}
    recuse(stage, "wangwu")
    offered = task_page(stage.app, stage.people["lisi"], key=stage.task).assignees
    assert "wangwu" not in {p.username for p in offered}


def test_no_list_shows_the_case(stage: Stage) -> None:
    """Inbox, counts, services and every search, for a clerk and for an administrator."""
    app, people = stage.app, stage.people
    add_person(app, "guanli2", "管理员二")
    for who in ("lisi", "guanli"):
        actor = people[who]
        assert search_instances(app, actor, query=Query()).items
        assert search_tasks(app, actor, query=Query()).items
        recuse(stage, who)
        assert inbox(app, actor).items == ()
        assert inbox(app, actor, sort="created").items == ()
        assert inbox(app, actor, search="测试").items == ()
        assert inbox(app, actor, view="done").items == ()
        counts = inbox_counts(app, actor)
        assert (counts.todo, counts.claimable, badges(app, actor)[0]) == (0, 0, 0)
        assert search_instances(app, actor, query=Query()).items == ()
        assert search_tasks(app, actor, query=Query()).items == ()
        assert search_variables(app, actor, query=Query()).items == ()
    assert search_incidents(app, people["guanli"], query=Query()).items == ()
    assert search_jobs(app, people["guanli"], query=Query()).items == ()
    assert inbox(app, people["wangwu"]).items


def test_a_recused_principal_bars_his_proxy_and_a_recused_proxy_does_nothing(stage: Stage) -> None:
    app, people = stage.app, stage.people
    name_proxy(
        app,
        people["lisi"],
        principal="lisi",
        proxy="quxian",
        starts_at=app.now(),
        ends_at=app.now() + timedelta(days=7),
    )
    assert [t.key for t in inbox(app, people["quxian"]).items] == [stage.task]
    recuse(stage, "lisi")
    assert inbox(app, people["quxian"]).items == ()
    for act in (claim_task, get_task):
        with pytest.raises((Forbidden, NotFound)):
            act(app, people["quxian"], key=stage.task)


def test_services_of_a_recused_person_are_no_business_of_his(stage: Stage) -> None:
    assert inbox_services(stage.app, stage.people["lisi"])


#: Parts of commands whose use case has asked before it calls them.
_ASKED_BEFORE = {"asking", "standing_aside", "taking_back"}


def test_every_command_that_locks_a_case_asks_who_acts() -> None:
    """``as_of_now`` refuses recused people: no command may go past it."""
    folder = Path(__file__).parents[3] / "engine" / "service"
    locking, missing = 0, []
    for module in sorted(folder.rglob("*.py")):
        text = module.read_text()
        locks = re.search(
            r"^from engine\.storage\.commands\.locking import .*\block\b", text, re.MULTILINE
        )
        locking += bool(locks)
        asks = "as_of_now(" in text or "actor=SYSTEM," in text
        if locks and not asks and module.stem not in _ASKED_BEFORE:
            missing.append(module.stem)
    assert locking > 20
    assert missing == []
