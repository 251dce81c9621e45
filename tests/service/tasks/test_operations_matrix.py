"""Every state of a task × every operation × every pair of roles (who acts, whom it concerns).

The table below is written from approval.md, not from the rules: for each state, who may do what.
Everything that is not in it must be refused and leave every table as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from engine.model.actor import Actor
from engine.model.errors import BanshiError
from engine.model.keys import Key
from engine.service.absence.proxies import name_proxy
from engine.service.app import App
from engine.service.cases.copy_case import copy_case
from engine.service.cases.end_case import cancel_case
from engine.service.cases.start_case import start_case
from engine.service.history.record import verify_record
from engine.service.recusal.recuse import declare_recusal
from engine.service.seats.add_sign import add_sign
from engine.service.seats.remove_sign import remove_sign
from engine.service.tasks.assign_task import assign_task
from engine.service.tasks.call_back_task import call_back_task
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.comment_task import comment_task
from engine.service.tasks.complete_task import complete_task
from engine.service.tasks.delegate_task import delegate_task
from engine.service.tasks.release_task import release_task
from engine.service.tasks.resolve_task import resolve_task
from engine.service.tasks.return_to_node import return_to_node
from engine.service.tasks.task_page import task_page
from engine.service.tasks.update_task import update_task
from engine.service.tasks.withdraw_step import withdraw_step
from engine.service.worklists.inbox import inbox
from tests.service import diagrams
from tests.service.positions import require_consistent
from tests.world import World, add_person

TWO = diagrams.process(
    "two",
    diagrams.start(),
    diagrams.user_task("first", "初审", groups="street-clerk@weicheng-xiguan"),
    diagrams.user_task("work", "办理", groups="clerk@weifang"),
    diagrams.user_task("last", "审批", groups="leader@weifang"),
    diagrams.end("end"),
    diagrams.flow("start", "first"),
    diagrams.flow("first", "work"),
    diagrams.flow("work", "last"),
    diagrams.flow("last", "end"),
)
TABLES = ("instance", "user_task", "seat", "task_candidate", "candidate_user", "journal", "visit")

#: Who acts: ``holder`` lisi, ``peer`` wangwu and ``third`` clerk3 (clerks like him), the applicant,
#: somebody of another unit, and an administrator; a clerk who is recused from the case, and the
#: holder's proxy, who is no clerk himself.
ROLES = {
    "holder": "lisi",
    "peer": "wangwu",
    "third": "clerk3",
    "applicant": "zhangsan",
    "stranger": "quxian",
    "administrator": "guanli",
    "recused": "clerk5",
    "proxy": "daili",
}


class Stage:
    """A case whose task stands in one of the states; ``added``: a seat named beforehand."""

    added = Key(1)

    def __init__(self, app: App, world: World) -> None:
        self.app, self.world = app, world
        self.people: dict[str, Actor] = dict(world.actors)
        self.people["clerk3"] = add_person(app, "clerk3", "经办三", "clerk@weifang")
        self.people["clerk4"] = add_person(app, "clerk4", "经办四", "clerk@weifang")
        diagrams.put(app, TWO)
        self.case = start_case(app, world.zhangsan, process_id="two", submission={}).key
        (first,) = inbox(app, world.jiedao).items
        complete_task(app, world.jiedao, key=first.key, submission={})
        self.task = self.row("select key from user_task where element_id = 'work'")

    def row(self, query: str) -> Any:
        with self.app.database.unit_of_work() as work:
            found = work.hot(query).fetchone()
        return found[0] if found else None

    def seat(self, username: str) -> Key:
        return Key(
            self.row(f"select key from seat where holder = '{username}' order by key limit 1") or 1
        )

    def everything(self) -> Any:
        with self.app.database.unit_of_work() as work:
            return [
                work.hot(f"select r::text from {table} r order by 1").fetchall() for table in TABLES
            ]


def _unclaimed(_s: Stage) -> None:
    pass


def _held(s: Stage) -> None:
    claim_task(s.app, s.people["lisi"], key=s.task)


def _delegated(s: Stage) -> None:
    _held(s)
    delegate_task(s.app, s.people["lisi"], key=s.task, to="wangwu")


def _returned(s: Stage) -> None:
    _delegated(s)
    resolve_task(s.app, s.people["wangwu"], key=s.task)


def _added(mode: str) -> Callable[[Stage], None]:
    def put(s: Stage) -> None:
        _held(s)
        add_sign(s.app, s.people["lisi"], key=s.task, mode=mode, people=["wangwu"])

    return put


def _advised(s: Stage) -> None:
    _added("before")(s)
    complete_task(s.app, s.people["wangwu"], key=s.task, submission={})


def _confirming(s: Stage) -> None:
    _added("after")(s)
    complete_task(s.app, s.people["lisi"], key=s.task, submission={})


def _one_voted(s: Stage) -> None:
    _added("parallel")(s)
    complete_task(s.app, s.people["wangwu"], key=s.task, submission={})


def _completed(s: Stage) -> None:
    _held(s)
    complete_task(s.app, s.people["lisi"], key=s.task, submission={})


def _completed_by_proxy(s: Stage) -> None:
    _held(s)
    complete_task(s.app, s.people["daili"], key=s.task, submission={})


def _canceled(s: Stage) -> None:
    _held(s)
    cancel_case(s.app, s.people["guanli"], key=s.case, reason="终止")


STATES: Mapping[str, Callable[[Stage], None]] = {
    "unclaimed": _unclaimed,
    "held": _held,
    "delegated": _delegated,
    "given-back": _returned,
    "before": _added("before"),
    "advised": _advised,
    "after": _added("after"),
    "confirming": _confirming,
    "parallel": _added("parallel"),
    "one-voted": _one_voted,
    "completed": _completed,
    "completed-by-proxy": _completed_by_proxy,
    "canceled": _canceled,
}

Act = Callable[[Stage, Actor, str], Any]
#: Operations that concern nobody else, and those that are about a second person.
ALONE: Mapping[str, Act] = {
    "claim": lambda s, a, _: claim_task(s.app, a, key=s.task),
    "release": lambda s, a, _: release_task(s.app, a, key=s.task),
    "update": lambda s, a, _: update_task(s.app, a, key=s.task, priority=7),
    "complete": lambda s, a, _: complete_task(s.app, a, key=s.task, submission={}),
    "resolve": lambda s, a, _: resolve_task(s.app, a, key=s.task),
    "call-back": lambda s, a, _: call_back_task(s.app, a, key=s.task),
    "comment": lambda s, a, _: comment_task(s.app, a, key=s.task, text="请看附件"),
    "return": lambda s, a, _: return_to_node(s.app, a, key=s.task, target="first", reason="退"),
    "withdraw-step": lambda s, a, _: withdraw_step(s.app, a, key=s.task),
}
WITH: Mapping[str, Act] = {
    "assign": lambda s, a, to: assign_task(
        s.app, a, key=s.task, assignee=to, seat=_their_seat(s, a)
    ),
    "delegate": lambda s, a, to: delegate_task(s.app, a, key=s.task, to=to),
    "add-sign": lambda s, a, to: add_sign(
        s.app, a, key=s.task, mode=_mode(s) or "before", people=[to]
    ),
    "remove-sign": lambda s, a, to: remove_sign(s.app, a, key=s.task, seat=s.seat(to), reason="减"),
    "copy": lambda s, a, to: copy_case(s.app, a, task_key=s.task, people=[to]),
}


def _mode(s: Stage) -> str | None:
    kind = s.row("select lower(kind) from seat where kind <> 'ORIGINAL' and state <> 'CANCELED'")
    return str(kind) if kind else None


def _their_seat(s: Stage, actor: Actor) -> Key | None:
    """The seat that an administrator hands on: the first that is live."""
    if not actor.administrator:
        return None
    live = s.row("select key from seat where state in ('OPEN', 'WAITING') order by ordinal")
    return Key(live) if live else None


#: State → who → what he may do alone.
MAY: Mapping[str, Mapping[str, set[str]]] = {
    "unclaimed": {
        "holder": {"claim", "complete"},
        "peer": {"claim", "complete"},
        "third": {"claim", "complete"},
        "administrator": {"update"},
    },
    "held": {
        "holder": {"release", "complete", "return"},
        "administrator": {"release", "update"},
    },
    "delegated": {
        "holder": {"call-back"},
        "peer": {"resolve"},
        "administrator": {"update"},
    },
    "given-back": {"holder": {"complete", "return"}, "administrator": {"update"}},
    "before": {"peer": {"complete", "return"}, "administrator": {"update"}},
    "advised": {"holder": {"complete", "return"}, "administrator": {"update"}},
    "after": {"holder": {"complete", "return"}, "administrator": {"update"}},
    "confirming": {"peer": {"complete", "return"}, "administrator": {"update"}},
    "parallel": {
        "holder": {"complete", "return"},
        "peer": {"complete", "return"},
        "administrator": {"update"},
    },
    "one-voted": {"holder": {"complete", "return"}, "administrator": {"update"}},
    "completed": {"holder": {"withdraw-step"}},
    "completed-by-proxy": {"holder": {"withdraw-step"}, "proxy": {"withdraw-step", "comment"}},
    "canceled": {},
}

#: Whoever handles the case may say something, for as long as it runs; the applicant may not.
SPEAKERS = {"holder", "peer", "third", "administrator"}


#: States in which the task is over.
OVER = {"completed", "completed-by-proxy", "canceled"}


def may_alone(state: str, who: str) -> set[str]:
    if who == "recused":
        return set()
    if who == "proxy" and state not in OVER:  # in what is open, whatever the holder may do
        return may_alone(state, "holder")
    said = {"comment"} if who in SPEAKERS and state != "canceled" else set()
    return MAY[state].get(who, set()) | said


#: State → whose turn it is; who has or had a seat (nobody sits twice); whom the holder added.
TURN = {
    "held": {"holder"},
    "delegated": {"peer"},
    "given-back": {"holder"},
    "before": {"peer"},
    "advised": {"holder"},
    "after": {"holder"},
    "confirming": {"peer"},
    "parallel": {"holder", "peer"},
    "one-voted": {"holder"},
}
SEATED = {
    "held": {"holder"},
    "delegated": {"holder", "peer"},
    "given-back": {"holder"},
    **{
        state: {"holder", "peer"}
        for state in ("before", "advised", "after", "confirming", "parallel", "one-voted")
    },
}
REMOVABLE = {"before", "after", "confirming", "parallel"}


def may(state: str, operation: str, who: str, whom: str) -> bool:
    """The table for operations that are about somebody else."""
    if "recused" in {who, whom}:
        return False
    itself = who == whom or (who, whom) == ("proxy", "holder")
    who = "holder" if who == "proxy" else who
    turn, seated = TURN.get(state, set()), SEATED.get(state, set())
    if (state, operation) == ("held", "assign"):
        seated = set()  # a plain task may go to whoever has it: only the record changes
    fit = whom in {"peer", "third", "holder"} and whom not in seated
    anybody = whom in {"peer", "third", "holder", "stranger", "administrator", "proxy"} - seated
    match operation:
        case "assign":
            if who == "administrator":
                return state not in OVER and anybody
            return who in turn and fit
        case "delegate" | "add-sign":
            return who in turn and fit and (state, operation) != ("delegated", "add-sign")
        case "copy":
            return who in turn and whom != "applicant" and not itself
    assert operation == "remove-sign"
    return state in REMOVABLE and whom == "peer" and who in {"holder", "administrator"}


@pytest.fixture
def stage(app: App, world: World) -> Stage:
    """With everybody there: one is recused already, one stands in for the holder."""
    stage = Stage(app, world)
    stage.people["clerk5"] = add_person(app, "clerk5", "经办五", "clerk@weifang")
    stage.people["daili"] = add_person(app, "daili", "代理人", "county-reviewer@kuiwen")
    declare_recusal(app, stage.people["clerk5"], key=stage.case, reason="与申请人有利害关系")
    name_proxy(
        app,
        stage.people["lisi"],
        principal="lisi",
        proxy="daili",
        starts_at=app.now(),
        ends_at=app.now() + timedelta(days=7),
    )
    return stage


def attempt(stage: Stage, act: Callable[[], Any], *, legal: bool) -> None:
    """Allowed: it is written once. Refused: nothing at all has changed."""
    before = stage.everything()
    if legal:
        act()
        assert stage.everything() != before
    else:
        with pytest.raises(BanshiError):
            act()
        assert stage.everything() == before
    require_consistent(stage.app.database, stage.case)
    assert verify_record(stage.app, stage.people["guanli"], key=stage.case) == ()


@pytest.mark.parametrize("operation", ALONE)
@pytest.mark.parametrize("state", STATES)
def test_alone(stage: Stage, state: str, operation: str) -> None:
    STATES[state](stage)
    legal = [who for who in ROLES if operation in may_alone(state, who)]
    for who in [*(w for w in ROLES if w not in legal), *legal[:1]]:
        actor = stage.people[ROLES[who]]
        attempt(stage, lambda a=actor: ALONE[operation](stage, a, ""), legal=who in legal)  # type: ignore[misc]


@pytest.mark.parametrize("operation", WITH)
@pytest.mark.parametrize("state", STATES)
def test_about_somebody(stage: Stage, state: str, operation: str) -> None:
    STATES[state](stage)
    pairs = [(who, whom) for who in ROLES for whom in ROLES]
    legal = [pair for pair in pairs if may(state, operation, *pair)]
    for who, whom in pairs:
        if (who, whom) not in legal:
            actor, other = stage.people[ROLES[who]], ROLES[whom]
            attempt(stage, lambda a=actor, o=other: WITH[operation](stage, a, o), legal=False)  # type: ignore[misc]
    if legal:
        who, whom = legal[0]
        actor = stage.people[ROLES[who]]
        attempt(stage, lambda: WITH[operation](stage, actor, ROLES[whom]), legal=True)


EACH = [
    (state, operation, who, whom)
    for state in STATES
    for operation in WITH
    for who in ROLES
    for whom in ROLES
    if may(state, operation, who, whom)
]


@pytest.mark.parametrize(("state", "operation", "who", "whom"), EACH)
def test_each_allowed_pair(stage: Stage, state: str, operation: str, who: str, whom: str) -> None:
    STATES[state](stage)
    actor = stage.people[ROLES[who]]
    attempt(stage, lambda: WITH[operation](stage, actor, ROLES[whom]), legal=True)


@pytest.mark.parametrize("state", STATES)
def test_the_page_offers_what_is_allowed_and_says_why_the_rest_is_not(
    stage: Stage, state: str
) -> None:
    STATES[state](stage)
    for who, username in ROLES.items():
        actor = stage.people[username]
        alone = may_alone(state, who)
        others = {o for o in WITH if any(may(state, o, who, whom) for whom in ROLES)}
        try:
            page = task_page(stage.app, actor, key=stage.task)
        except BanshiError:
            assert not alone | others, who
            continue
        offered = page.allowed_actions - ({"assign"} if who == "administrator" else set())
        assert offered == alone | (others - ({"assign"} if who == "administrator" else set())), who
        assert page.refusals.keys() == {*ALONE, *WITH} - page.allowed_actions
        assert all(reason.endswith("。") for reason in page.refusals.values())
