"""The rules of recusal and proxies, and for how long a relation counts."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model import case_rules, permissions, proxies, recusals, seat_rules, seats
from engine.model.actor import Actor, Principal
from engine.model.errors import Conflict
from engine.model.keys import Key
from engine.model.permissions import Action, may
from engine.model.proxies import Proxy, ProxyFacts
from engine.model.recusals import (
    RECUSED,
    Recusal,
    RecusalFacts,
    RecusalKind,
    RecusalState,
    Relation,
    RelationKind,
    Term,
)
from engine.model.seats import Seat, SeatState

NOW = datetime(2025, 3, 3, 1, 0, tzinfo=UTC)
CLERK = Actor(key=Key(1), username="lisi", name="李四")
ADMIN = Actor(key=Key(2), username="guanli", name="管理员", administrator=True)
TERM = Term(years=2, source="…")


def facts_about_a_case() -> list[type[Any]]:
    """Every value that a rule can be asked about and that can be somebody's whose case it is not."""
    found = [
        each
        for module in (case_rules, seat_rules, recusals, permissions)
        for each in vars(module).values()
        if isinstance(each, type)
        and is_dataclass(each)
        and each.__module__.startswith("engine.model")
        and any(f.name == "recused" for f in fields(each))
    ]
    return list(dict.fromkeys(found))


def test_a_recused_person_may_do_nothing_whatever_he_is() -> None:
    """The one place: whatever the action and the subject, administrators included."""
    kinds = facts_about_a_case()
    assert {case_rules.TaskFacts, case_rules.CaseFacts, seat_rules.StepFacts} <= set(kinds)
    for action in Action:
        for facts in (
            case_rules.TaskFacts(recused=True, assignee="lisi", candidate=True),
            case_rules.CaseFacts(recused=True, takes_part=True),
        ):
            for actor in (CLERK, ADMIN):
                verdict = may(actor, action, facts)
                assert not verdict
                assert verdict.reason == RECUSED
    removal = seat_rules.RemovalFacts(
        task=case_rules.TaskFacts(recused=True), added_by="lisi", live=True, given=True
    )
    assert may(CLERK, Action.REMOVE_SIGN, removal).reason == RECUSED


@pytest.mark.parametrize(
    ("since", "until", "kind", "on", "counts"),
    [
        ("2020-01-01", None, "FAMILY", "2025-03-03", True),
        ("2020-01-01", "2024-12-31", "FAMILY", "2025-03-03", False),
        ("2020-01-01", "2023-03-03", "ORGANISATION", "2025-03-02", True),
        ("2020-01-01", "2023-03-03", "ORGANISATION", "2025-03-03", False),
        ("2020-01-01", "2024-02-29", "ORGANISATION", "2026-02-27", True),
        ("2020-01-01", "2024-02-29", "ORGANISATION", "2026-02-28", False),
        ("2025-03-04", None, "ORGANISATION", "2025-03-03", False),
    ],
)
def test_how_long_a_relation_counts(
    since: str, until: str | None, kind: str, on: str, counts: bool
) -> None:
    """《社会组织评估管理办法》第十九条：离职不满2年的应当回避。"""
    relation = Relation(
        key=Key(1),
        username="a",
        other="b",
        kind=RelationKind(kind),
        since=date.fromisoformat(since),
        until=date.fromisoformat(until) if until else None,
    )
    assert relation.counts(date.fromisoformat(on), TERM) is counts


def _facts(**changed: Any) -> RecusalFacts:
    return RecusalFacts(**{"running": True, "person": "wangwu", "takes_part": True, **changed})


def test_who_decides_on_a_recusal() -> None:
    """Administrators and the case's leaders; never whom it concerns, whatever he is."""
    asked = RecusalState.ASKED
    assert may(ADMIN, Action.DECIDE_RECUSAL, _facts(standing=asked))
    assert may(CLERK, Action.DECIDE_RECUSAL, _facts(standing=asked, leads=True))
    assert not may(CLERK, Action.DECIDE_RECUSAL, _facts(standing=asked))
    assert not may(ADMIN, Action.DECIDE_RECUSAL, _facts(standing=asked, person="guanli"))
    assert not may(ADMIN, Action.DECIDE_RECUSAL, _facts(standing=RecusalState.IN_FORCE))
    assert not may(ADMIN, Action.DECIDE_RECUSAL, _facts(standing=None))


def test_who_asks_and_who_declares() -> None:
    assert may(CLERK, Action.ASK_RECUSAL, _facts())
    assert not may(CLERK, Action.ASK_RECUSAL, _facts(takes_part=False))
    assert may(ADMIN, Action.ASK_RECUSAL, _facts(takes_part=False))
    assert not may(CLERK, Action.ASK_RECUSAL, _facts(person="lisi"))
    assert not may(CLERK, Action.ASK_RECUSAL, _facts(applicant=True))
    assert not may(CLERK, Action.ASK_RECUSAL, _facts(standing=RecusalState.ASKED))
    assert may(CLERK, Action.DECLARE_RECUSAL, _facts(person="lisi"))
    assert may(CLERK, Action.DECLARE_RECUSAL, _facts(person="lisi", standing=RecusalState.ASKED))
    assert not may(CLERK, Action.DECLARE_RECUSAL, _facts(person="lisi", takes_part=False))
    assert not may(CLERK, Action.DECLARE_RECUSAL, _facts(person="lisi", running=False))


def test_a_recusal_by_rule_is_not_lifted_while_the_relation_counts() -> None:
    force = RecusalState.IN_FORCE
    assert may(ADMIN, Action.LIFT_RECUSAL, _facts(standing=force))
    assert not may(ADMIN, Action.LIFT_RECUSAL, _facts(standing=force, by_rule=True))
    assert not may(ADMIN, Action.LIFT_RECUSAL, _facts(standing=force, person="guanli"))
    assert not may(CLERK, Action.LIFT_RECUSAL, _facts(standing=force, leads=True))


@pytest.mark.parametrize("state", RecusalState)
@pytest.mark.parametrize("to", RecusalState)
def test_every_move_of_a_recusal(state: RecusalState, to: RecusalState) -> None:
    legal = {
        (RecusalState.ASKED, RecusalState.IN_FORCE),
        (RecusalState.ASKED, RecusalState.REFUSED),
        (RecusalState.IN_FORCE, RecusalState.LIFTED),
    }
    recusal = Recusal(
        instance_key=Key(1),
        key=Key(2),
        username="lisi",
        kind=RecusalKind.ASKED,
        state=state,
        asked_by="zhangsan",
        asked_at=NOW,
        reason="…",
    )
    if (state, to) in legal:
        assert recusal.moved(to, by="guanli", at=NOW, note="…").state is to
    else:
        with pytest.raises(Conflict):
            recusal.moved(to, by="guanli", at=NOW, note="…")


def test_what_becomes_of_a_recused_persons_seats() -> None:
    """Back to the delegator, to the group, or left for an administrator; votes stay."""
    done = Seat(key=Key(1), ordinal=1, state=SeatState.DONE, holder="lisi", actor="lisi", cast=1)
    lent = Seat(key=Key(2), ordinal=2, holder="lisi", stack=("a", "b"))
    between = Seat(key=Key(3), ordinal=3, holder="b", stack=("lisi", "c"))
    group = Seat(key=Key(4), ordinal=4, holder="lisi", role="clerk", unit="weifang")
    named = Seat(key=Key(5), ordinal=5, holder="lisi")
    after = seats.without((done, lent, between, group, named), "lisi")
    assert after[0] == done
    assert (after[1].holder, after[1].stack) == ("b", ("a",))
    assert (after[2].holder, after[2].stack) == ("b", ("c",))
    assert after[3].holder is None
    assert after[4].holder == "lisi"


names = st.sampled_from(["a", "b", "c", "lisi"])


@given(
    st.lists(
        st.builds(
            lambda holder, stack, group: (holder, tuple(s for s in stack if s != holder), group),
            names,
            st.lists(names, unique=True, max_size=3),
            st.booleans(),
        ),
        max_size=5,
    )
)
def test_nobody_else_loses_a_seat(drawn: list[tuple[str, tuple[str, ...], bool]]) -> None:
    """Whatever the seats, only the recused person stands nowhere that is anybody else's too."""
    before = tuple(
        Seat(
            key=Key(n),
            ordinal=n,
            holder=holder,
            stack=stack,
            role="clerk" if group else None,
            unit="weifang" if group else None,
        )
        for n, (holder, stack, group) in enumerate(drawn, 1)
    )
    after = seats.without(before, "lisi")
    assert len(after) == len(before)
    for was, is_ in zip(before, after, strict=True):
        assert was.people() - {"lisi"} <= is_.people()
        assert "lisi" not in is_.stack
        assert is_.holder != "lisi" or is_ == was or not was.group
        assert is_.holder is None or is_.holder not in is_.stack


def test_a_proxy_stands_where_his_principal_does() -> None:
    principal = Principal(key=Key(9), username="zhaoliu", name="赵六")
    acting = CLERK.standing_in_for(principal)
    assert (acting.username, acting.natural, acting.on_behalf_of) == ("zhaoliu", "lisi", "zhaoliu")
    assert (acting.key, acting.name) == (CLERK.key, CLERK.name)
    assert CLERK.on_behalf_of is None


def test_who_names_and_revokes_a_proxy() -> None:
    own, others = ProxyFacts(principal="lisi"), ProxyFacts(principal="wangwu")
    assert may(CLERK, Action.NAME_PROXY, own)
    assert not may(CLERK, Action.NAME_PROXY, others)
    assert may(ADMIN, Action.NAME_PROXY, others)
    assert may(CLERK, Action.REVOKE_PROXY, own)
    assert not may(CLERK, Action.REVOKE_PROXY, others)
    assert not may(ADMIN, Action.REVOKE_PROXY, ProxyFacts(principal="lisi", over=True))


def test_a_proxy_ends_by_itself() -> None:
    proxy = Proxy(
        key=Key(1),
        principal="a",
        proxy="b",
        starts_at=NOW,
        ends_at=NOW + timedelta(days=1),
        created_by="a",
        created_at=NOW,
    )
    assert proxy.state(NOW - timedelta(seconds=1)) == "planned"
    assert proxy.state(NOW) == "live"
    assert proxy.state(NOW + timedelta(days=1)) == "over"
    assert proxies.name(CLERK, ProxyFacts(principal="lisi"))


def test_nobody_votes_twice_for_himself_and_for_another() -> None:
    facts = case_rules.TaskFacts(assignee="lisi", seated=True, spoken=True)
    assert not may(CLERK, Action.COMPLETE_TASK, facts)
