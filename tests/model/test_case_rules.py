"""The rules for cases and tasks over every combination of facts (approval.md, Who may not act)."""

from __future__ import annotations

import itertools
from dataclasses import fields
from typing import Any

import pytest

from engine.model import case_rules
from engine.model.actor import Actor
from engine.model.case_rules import CaseFacts, TaskFacts
from engine.model.errors import Forbidden
from engine.model.keys import Key
from engine.model.permissions import Action, may, require

CLERK = Actor(key=Key(1), username="lisi", name="李四")
ADMINISTRATOR = Actor(key=Key(2), username="guanli", name="管理员", administrator=True)

_FLAGS = [f.name for f in fields(TaskFacts) if f.name != "assignee"]
EVERY = [
    TaskFacts(assignee=assignee, **dict(zip(_FLAGS, values, strict=True)))
    for assignee in (None, "lisi", "wangwu")
    for values in itertools.product((False, True), repeat=len(_FLAGS))
]
ACTS = (
    Action.CLAIM_TASK,
    Action.COMPLETE_TASK,
    Action.RELEASE_TASK,
    Action.ASSIGN_TASK,
    Action.UPDATE_TASK,
)


def allowed(action: Action, actor: Actor = CLERK) -> list[TaskFacts]:
    return [facts for facts in EVERY if may(actor, action, facts)]


def test_nothing_is_done_to_what_is_over_or_stands_still() -> None:
    for action in ACTS:
        for actor in (CLERK, ADMINISTRATOR):
            for facts in allowed(action, actor):
                assert facts.open
                assert facts.running


def test_nobody_decides_his_own_case_nor_looks_twice() -> None:
    for action in (Action.CLAIM_TASK, Action.COMPLETE_TASK):
        for actor in (CLERK, ADMINISTRATOR):
            for facts in allowed(action, actor):
                assert not facts.separated
                assert not facts.applicant or facts.applicants_own


def test_only_the_assignee_or_a_candidate_completes() -> None:
    for facts in allowed(Action.COMPLETE_TASK):
        assert facts.assignee == "lisi" or (facts.assignee is None and facts.candidate)
    for facts in allowed(Action.CLAIM_TASK):
        assert facts.assignee is None
        assert facts.candidate


def test_an_administrator_has_no_way_round_the_rules() -> None:
    """He may hand a task over, but does not complete it by being one."""
    for facts in allowed(Action.COMPLETE_TASK, ADMINISTRATOR):
        assert facts.assignee is None
        assert facts.candidate


def test_a_task_is_released_only_to_somebody() -> None:
    for facts in allowed(Action.RELEASE_TASK):
        assert facts.returnable
        assert facts.assignee == "lisi"


def test_what_is_refused_says_why() -> None:
    for action in (*ACTS, Action.READ_TASK):
        for facts in EVERY:
            verdict = may(CLERK, action, facts)
            assert bool(verdict) != bool(verdict.reason)
            assert verdict.reason == "" or verdict.reason.endswith("。")
    with pytest.raises(Forbidden, match="候选办理人"):
        require(CLERK, Action.COMPLETE_TASK, TaskFacts())


@pytest.mark.parametrize(("running", "applicant"), list(itertools.product((False, True), repeat=2)))
def test_only_the_applicant_withdraws_what_still_runs(running: bool, applicant: bool) -> None:
    facts = CaseFacts(running=running, applicant=applicant)
    assert bool(may(ADMINISTRATOR, Action.WITHDRAW_CASE, facts)) == (running and applicant)
    assert bool(may(ADMINISTRATOR, Action.CANCEL_CASE, facts)) == running
    assert not may(CLERK, Action.CANCEL_CASE, facts)


def test_an_action_without_a_rule_is_refused() -> None:
    from engine.model import permissions  # noqa: PLC0415

    assert set(permissions._RULES) == set(Action), "every action has its rule"
    assert not may(ADMINISTRATOR, "no such action")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("lane", "properties", "own"),
    [
        ("applicant", {}, True),
        ("role", {}, False),
        (None, {}, False),
        ("role", {"banshi:ownCases": "allowed"}, True),
        ("role", {"banshi:ownCases": "true"}, False),
    ],
)
def test_which_tasks_are_the_applicants_own(
    lane: str | None, properties: dict[str, Any], own: bool
) -> None:
    assert case_rules.applicants_own(lane, properties) is own
