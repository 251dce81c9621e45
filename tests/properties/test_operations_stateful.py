"""A crowd at random diagrams: allowed and forbidden operations in any order, restarts in between.

After each step: one outcome per seat, no task without somebody or a reason, counts as in the
journal, an unbroken chain of holders, tables that agree; at the end the chain of digests holds.
What a person's page offers must succeed, and what it refuses must be refused and change nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from engine import bootstrap
from engine.model.actor import Actor
from engine.model.errors import BanshiError
from engine.model.keys import Key
from engine.service.absence.proxies import name_proxy
from engine.service.app import App
from engine.service.cases.start_case import start_case
from engine.service.history.record import verify_record
from engine.service.recusal.decide_recusal import lift_recusal
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
from engine.service.tasks.withdraw_step import withdraw_step
from engine.service.worklists.inbox import inbox
from tests.conftest import SettableClock
from tests.service import diagrams
from tests.service.positions import require_consistent
from tests.service.seat_invariants import require_seats
from tests.world import World, add_person

CLERKS = ("lisi", "wangwu", "clerk3", "clerk4", "clerk5")
CROWD = (*CLERKS, "zhangsan", "zhuanjia1", "guanli")
RULES: tuple[dict[str, str], ...] = (
    {},
    {"completionRule": "any"},
    {"completionRule": "any", "veto": "true"},
    {"completionRule": "all"},
    {"completionRule": "all", "abstentions": "ignore"},
    {"completionRule": "ratio", "threshold": ">1/2", "quorum": "2/3"},
    {"completionRule": "ratio", "threshold": "2/3", "veto": "true"},
    {"completionRule": "sequential"},
    {"completionRule": "weighted", "threshold": "3", "weights": "={lisi: 2, wangwu: 1, clerk3: 1}"},
)
SEATS = ('=["lisi", "wangwu", "clerk3"]', '=["lisi", "clerk@weifang"]', "")
OPERATIONS = (
    "claim",
    "release",
    "complete",
    "delegate",
    "resolve",
    "call-back",
    "comment",
    "assign",
    "add-sign",
    "remove-sign",
    "return",
    "withdraw-step",
)
OUTCOMES = ("approve", "reject", "return", "abstain")


def task(name: str, how: dict[str, str], seats: str) -> str:
    values = {**how, **({"seats": seats} if how and seats else {})}
    return diagrams.user_task(name, groups="clerk@weifang", **values)


def diagram(name: str, shape: str, how: list[dict[str, str]], seats: str) -> bytes:
    """a → b → c, or a → b ∥ c → d, or a → [b → c] → d, with a rule each."""
    a, b, c, d = (task(n, h, seats) for n, h in zip("abcd", how, strict=True))
    head, tail = (diagrams.start(), a), (diagrams.end("end"),)
    links: list[tuple[str, str]]
    parts: tuple[str, ...]
    if shape == "line":
        parts = (*head, b, c, *tail)
        links = [("start", "a"), ("a", "b"), ("b", "c"), ("c", "end")]
    elif shape == "fork":
        gates = '<bpmn:parallelGateway id="split"/><bpmn:parallelGateway id="join"/>'
        parts = (*head, gates, b, c, d, *tail)
        links = [("start", "a"), ("a", "split"), ("split", "b"), ("split", "c")]
        links += [("b", "join"), ("c", "join"), ("join", "d"), ("d", "end")]
    else:
        inner = "".join(
            (
                diagrams.start("in"),
                b,
                c,
                diagrams.end("out"),
                diagrams.flow("in", "b"),
                diagrams.flow("b", "c"),
                diagrams.flow("c", "out"),
            )
        )
        parts = (*head, f'<bpmn:subProcess id="sub">{inner}</bpmn:subProcess>', d, *tail)
        links = [("start", "a"), ("a", "sub"), ("sub", "d"), ("d", "end")]
    return diagrams.process(name, *parts, *(diagrams.flow(x, y) for x, y in links))


def _refusal(act: Callable[[], Any]) -> BanshiError | None:
    try:
        act()
    except BanshiError as refusal:
        return refusal
    return None


class Crowd(RuleBasedStateMachine):
    """One case, and everybody who has or has not to do with it."""

    app: App
    people: dict[str, Actor]
    restart: Callable[[], App]
    names = 0
    tried: ClassVar[Counter[tuple[str, bool]]] = Counter()

    @initialize(
        shape=st.sampled_from(["line", "fork", "nested"]),
        how=st.lists(st.sampled_from(RULES), min_size=4, max_size=4),
        seats=st.sampled_from(SEATS),
    )
    def open(self, shape: str, how: list[dict[str, str]], seats: str) -> None:
        with self.app.database.unit_of_work() as work:
            work.hot("delete from proxy")  # of the case before
            work.commit()
        Crowd.names += 1
        self.process = name = f"crowd{Crowd.names}"
        diagrams.put(self.app, diagram(name, shape, how, seats))
        applicant = self.people["zhangsan"]
        self.case = start_case(self.app, applicant, process_id=name, submission={}).key

    def ask(self, query: str) -> list[Any]:
        with self.app.database.unit_of_work() as work:
            return list(work.hot(query, {"case": self.case}))

    def tasks(self, *, ended: bool = False) -> list[Key]:
        wanted = "state <> 'CREATED'" if ended else "state = 'CREATED'"
        found = self.ask(
            f"select key from user_task where instance_key = %(case)s and {wanted} order by key"
        )
        return [key for (key,) in found]

    def attempt(
        self, name: str, actor: Actor, key: Key, act: Callable[[], Any], *, fit: bool = False
    ) -> None:
        """``fit``: nothing but the actor's own standing decides, so the page foretells it."""
        try:
            page = task_page(self.app, actor, key=key)
        except BanshiError:
            allowed = False
        else:
            allowed = name in page.allowed_actions
        before = self.ask("select revision from instance where key = %(case)s")
        refusal = _refusal(act)
        self.tried[name, refusal is None] += 1
        if refusal is None:
            assert allowed, f"{name} was refused on the page and done"
        else:
            assert not (allowed and fit), f"{name} was offered and refused: {refusal}"
            assert self.ask("select revision from instance where key = %(case)s") == before

    def pick(self, data: st.DataObject, *, ended: bool = False) -> tuple[Actor, Key] | None:
        """Mostly somebody whose turn it is, so that things move on; sometimes anybody."""
        tasks = self.tasks(ended=ended)
        if not tasks:
            return None
        actor = self.people[data.draw(st.sampled_from(CROWD))]
        key = data.draw(st.sampled_from(tasks))
        if not ended and data.draw(st.integers(0, 3)):
            turns = self.ask(
                "select task_key, holder from seat where instance_key = %(case)s and state = 'OPEN'"
                " and holder is not null union select key, assignee from user_task"
                " where instance_key = %(case)s and state = 'CREATED' and assignee is not null"
                " order by 1, 2"
            )
            known = [(k, who) for k, who in turns if who in self.people]
            if known:
                key, who = known[data.draw(st.integers(0, len(known) - 1))]
                actor = self.people[who]
        return actor, key

    @rule(data=st.data())
    def claim(self, data: st.DataObject) -> None:
        if picked := self.pick(data):
            actor, key = picked
            self.attempt(
                "claim", actor, key, lambda: claim_task(self.app, actor, key=key), fit=True
            )

    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        if picked := self.pick(data):
            actor, key = picked
            self.attempt(
                "release", actor, key, lambda: release_task(self.app, actor, key=key), fit=True
            )

    @rule(data=st.data(), outcome=st.sampled_from(OUTCOMES))
    def complete(self, data: st.DataObject, outcome: str) -> None:
        if picked := self.pick(data):
            actor, key = picked
            said = {"outcome": outcome, "opinion": "…"}
            self.attempt(
                "complete",
                actor,
                key,
                lambda: complete_task(self.app, actor, key=key, submission=said),
                fit=True,
            )

    @rule(data=st.data(), to=st.sampled_from(CROWD))
    def delegate(self, data: st.DataObject, to: str) -> None:
        if picked := self.pick(data):
            actor, key = picked
            self.attempt(
                "delegate", actor, key, lambda: delegate_task(self.app, actor, key=key, to=to)
            )

    @rule(data=st.data())
    def resolve(self, data: st.DataObject) -> None:
        if picked := self.pick(data):
            actor, key = picked
            self.attempt(
                "resolve", actor, key, lambda: resolve_task(self.app, actor, key=key), fit=True
            )

    @rule(data=st.data())
    def call_back(self, data: st.DataObject) -> None:
        lent = self.ask(
            "select task_key, stack from seat where instance_key = %(case)s and stack <> '{}'"
            " and state in ('OPEN', 'WAITING') order by key"
        )
        known = [(k, who) for k, stack in lent for who in stack if who in self.people]
        if known and data.draw(st.booleans()):
            key, who = known[data.draw(st.integers(0, len(known) - 1))]
            picked: tuple[Actor, Key] | None = (self.people[who], key)
        else:
            picked = self.pick(data)
        if picked:
            actor, key = picked
            self.attempt(
                "call-back", actor, key, lambda: call_back_task(self.app, actor, key=key), fit=True
            )

    @rule(data=st.data(), ended=st.booleans())
    def comment(self, data: st.DataObject, *, ended: bool) -> None:
        if picked := self.pick(data, ended=ended):
            actor, key = picked
            self.attempt(
                "comment",
                actor,
                key,
                lambda: comment_task(self.app, actor, key=key, text="请核"),
                fit=True,
            )

    @rule(data=st.data(), to=st.sampled_from(CROWD))
    def assign(self, data: st.DataObject, to: str) -> None:
        if picked := self.pick(data):
            actor, key = picked
            self.attempt(
                "assign", actor, key, lambda: assign_task(self.app, actor, key=key, assignee=to)
            )

    @rule(
        data=st.data(),
        mode=st.sampled_from(["before", "after", "parallel"]),
        people=st.lists(st.sampled_from(CLERKS), min_size=1, max_size=2, unique=True)
        | st.lists(st.sampled_from(CROWD), min_size=1, max_size=2),
    )
    def add(self, data: st.DataObject, mode: str, people: list[str]) -> None:
        if picked := self.pick(data):
            actor, key = picked
            self.attempt(
                "add-sign",
                actor,
                key,
                lambda: add_sign(self.app, actor, key=key, mode=mode, people=people),
            )

    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        found = self.ask(
            "select s.task_key, s.key, s.added_by from seat s join user_task t on"
            " t.instance_key = s.instance_key and t.key = s.task_key where t.state = 'CREATED'"
            " and s.instance_key = %(case)s order by s.key"
        )
        added = [row for row in found if row[2]]
        prefer = data.draw(st.booleans())
        if prefer and added:
            found = added
        if found:
            key, seat, by = found[data.draw(st.integers(0, len(found) - 1))]
            who = by if by and data.draw(st.booleans()) else data.draw(st.sampled_from(CROWD))
            actor = self.people[who]
            self.attempt(
                "remove-sign",
                actor,
                key,
                lambda: remove_sign(self.app, actor, key=key, seat=seat, reason="减"),
            )

    @rule(data=st.data(), node=st.sampled_from("abcd"))
    def send_back(self, data: st.DataObject, node: str) -> None:
        if picked := self.pick(data):
            actor, key = picked
            self.attempt(
                "return",
                actor,
                key,
                lambda: return_to_node(self.app, actor, key=key, target=node, reason="退"),
            )

    @rule(data=st.data())
    def take_back(self, data: st.DataObject) -> None:
        if picked := self.pick(data, ended=True):
            actor, key = picked
            self.attempt(
                "withdraw-step", actor, key, lambda: withdraw_step(self.app, actor, key=key)
            )

    @rule(who=st.sampled_from(CLERKS))
    def recuse(self, who: str) -> None:
        """At most two of the five, so that somebody is left."""
        if len(self.recused()) < 2:
            refusal = _refusal(
                lambda: declare_recusal(self.app, self.people[who], key=self.case, reason="亲戚")
            )
            self.tried["recuse", refusal is None] += 1
            assert refusal is not None or who in self.recused(), refusal

    @rule()
    def lift(self) -> None:
        for (key,) in self.ask(
            "select key from recusal where instance_key = %(case)s and state = 'IN_FORCE' limit 1"
        ):
            lift_recusal(self.app, self.people["guanli"], key=key, reason="误")

    @rule(who=st.sampled_from(CLERKS), proxy=st.sampled_from((*CLERKS, "zhuanjia1", "zhangsan")))
    def stand_in(self, who: str, proxy: str) -> None:
        now = self.app.now()
        refusal = _refusal(
            lambda: name_proxy(
                self.app,
                self.people[who],
                principal=who,
                proxy=proxy,
                starts_at=now,
                ends_at=now + timedelta(days=1),
            )
        )
        self.tried["stand-in", refusal is None] += 1

    def recused(self) -> set[str]:
        found = self.ask(
            "select username from recusal where instance_key = %(case)s and state = 'IN_FORCE'"
        )
        return {who for (who,) in found}

    @invariant()
    def who_is_recused_sees_and_has_nothing(self) -> None:
        for who in self.recused():
            actor = self.people[who]
            assert not inbox(self.app, actor, process_id=self.process).items
            for key in self.tasks()[:2]:
                assert _refusal(lambda at=key, me=actor: task_page(self.app, me, key=at))  # type: ignore[misc]
        stuck = self.ask(
            "select t.key from user_task t where t.instance_key = %(case)s and t.state = 'CREATED'"
            " and (t.assignee in (select username from recusal where state = 'IN_FORCE'"
            " and instance_key = t.instance_key) or exists (select from seat s join recusal r"
            " on r.instance_key = s.instance_key and r.state = 'IN_FORCE'"
            " and (r.username = s.holder or r.username = any(s.stack))"
            " where s.instance_key = t.instance_key and s.task_key = t.key"
            " and s.state in ('OPEN', 'WAITING')))"
        )
        troubled = self.ask(
            "select element_key from incident where instance_key = %(case)s and state = 'ACTIVE'"
        )
        assert set(stuck) <= set(troubled), "he has what nobody was told of"

    @rule()
    def start_again(self) -> None:
        self.app = self.restart()

    @invariant()
    def all_agrees(self) -> None:
        require_consistent(self.app.database, self.case)
        require_seats(self.app, self.case)

    @invariant()
    def whose_turn_it_is_finds_it(self) -> None:
        """Each open seat stands in exactly its holder's list; a task without anybody has a reason."""
        turns = self.ask(
            "select task_key, holder from seat where instance_key = %(case)s and state = 'OPEN'"
            " and holder is not null"
        )
        principals = self.ask("select proxy, principal from proxy where revoked_at is null")
        recused = self.recused()
        for name in CLERKS:
            if name in recused:
                continue
            found = inbox(self.app, self.people[name], process_id=self.process, limit=100)
            mine = {task.key for task in found.items}
            for_whom = {p for proxy, p in principals if proxy == name} - recused | {name}
            assert {key for key, holder in turns if holder in for_whom} <= mine
            assert mine & {k for k, _ in turns} <= {k for k, h in turns if h in for_whom} | {
                k
                for (k,) in self.ask(
                    "select task_key from task_candidate where instance_key = %(case)s"
                )
            }

    def teardown(self) -> None:
        if hasattr(self, "case"):
            assert verify_record(self.app, self.people["guanli"], key=self.case) == ()


def test_a_crowd(app: App, world: World, clock: SettableClock) -> None:
    people = dict(world.actors)
    for n in (3, 4, 5):
        people[f"clerk{n}"] = add_person(app, f"clerk{n}", f"经办{n}", "clerk@weifang")

    class Here(Crowd):
        pass

    Here.app = app
    Here.people = people
    Here.tried = Counter()
    Here.restart = staticmethod(
        lambda: bootstrap.build(app.settings, database=app.database, clock=clock)
    )
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=40,
            stateful_step_count=40,
            deadline=None,
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    done = {name for name in OPERATIONS if Here.tried[name, True]}
    refused = {name for name in OPERATIONS if Here.tried[name, False]}
    assert Here.tried["recuse", True]
    assert Here.tried["stand-in", True]
    assert len(done) >= 8, f"the crowd only did {done}"
    assert len(refused) >= 9, f"the crowd was only refused {refused}"
