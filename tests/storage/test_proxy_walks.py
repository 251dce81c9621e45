"""Lists of proxies and of recused people stay index walks; everybody else's are as they were."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from engine.model.actor import Membership
from engine.model.keys import Key
from engine.storage.absence import proxies
from engine.storage.absence.proxies import Represented
from engine.storage.database import Database, UnitOfWork
from engine.storage.worklists import inbox
from engine.storage.worklists.inbox import Narrowing, Worker

_SPAN = 4194304
_NOW = datetime(2025, 3, 3, tzinfo=UTC)
_SEATS = f"""insert into seat (instance_key, key, task_key, process_id, ordinal, kind, state, holder,
    stack, weight, opinion, reason_code, "cast", submission, due_at, reason)
    select n::bigint * {_SPAN}, n::bigint * {_SPAN} + 2, n::bigint * {_SPAN} + 1,
    'p' || n / 10 %% 2, 1, 'ORIGINAL', 'OPEN', 'u' || n %% 10, '{{}}', 1, '', '', 0, '{{}}',
    timestamptz '2025-01-01' + n * interval '1 minute', '' from generate_series(1, 20000) n"""
_GROUPS = f"""insert into task_candidate (instance_key, task_key, role, unit, process_id, due_at)
    select n::bigint * {_SPAN}, n::bigint * {_SPAN} + 1, 'r' || n %% 5, 'weifang',
    'p' || n / 10 %% 2, timestamptz '2025-01-01' + n * interval '1 minute'
    from generate_series(20001, 40000) n"""
_NAMED = f"""insert into candidate_user (instance_key, task_key, username, process_id, due_at)
    select n::bigint * {_SPAN}, n::bigint * {_SPAN} + 1, 'u' || n %% 10,
    'p' || n / 10 %% 2, timestamptz '2025-01-01' + n * interval '1 minute'
    from generate_series(40001, 60000) n"""
_HELD = f"""insert into user_task (instance_key, key, scope_key, process_id, element_id, name, state,
    assignee, candidate_groups, candidate_users, priority, created_at, due_at, headers, properties)
    select n::bigint * {_SPAN}, n::bigint * {_SPAN} + 1, n::bigint * {_SPAN},
    'p' || n / 10 %% 2, 'e', 'e', 'CREATED', 'u' || n %% 10, '{{}}', '{{}}', 50,
    timestamptz '2025-01-01', timestamptz '2025-01-01' + n * interval '1 minute', '{{}}', '{{}}'
    from generate_series(60001, 80000) n"""
_TABLES = {"seat", "task_candidate", "candidate_user", "user_task"}

_OTHERS = (
    (
        "insert into person (key, username, name, created_at) select n, 'u' || n, '某人', now()"
        " from generate_series(1, 10000) n"
    ),
    "insert into unit (key, name, level, path) values ('weifang', '潍坊市', 'city', '{weifang}')",
    "insert into role (key, name) values ('clerk', '经办人')",
    (
        "insert into membership (person_key, role, unit, since) select n, 'clerk', 'weifang', now()"
        " from generate_series(1, 10000) n"
    ),
    f"""insert into instance (key, definition_key, bundle_key, process_id, number, title, search,
        state, applicant_key, applicant, applicant_name, unit, started_at, journal_digest)
        select n::bigint * {_SPAN}, 1, 1, 'p', 'N' || n, '申请', '', 'ACTIVE', n, 'u' || n, '某人',
        'weifang', now(), '' from generate_series(1, 10000) n""",
    (
        "insert into recusal_term (effective_from, years, source, entered_by, entered_at)"
        " select date '1990-01-01' + n, 2, '', 'a', now() from generate_series(1, 10000) n"
    ),
)

PRINCIPAL = Represented(
    username="u7",
    memberships=(Membership(role="r1", unit="weifang"), Membership(role="r2", unit="weifang")),
    process_ids=(),
)
ONE_SERVICE = Represented(username="u3", memberships=(), process_ids=("p1",))


@pytest.fixture
def full(database: Database) -> Database:
    with database.unit_of_work() as work:
        work.hot("alter table user_task disable trigger all", {})
        for statement in (_SEATS, _GROUPS, _NAMED, _HELD):
            work.hot(statement, {})
        work.commit()
    with database.unit_of_work() as work:
        work.hot("analyze seat, task_candidate, candidate_user, user_task", {})
        work.commit()
    return database


def nodes(work: UnitOfWork, statement: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    """Every node of the plan that reads one of the tables of work."""
    row = work.hot(f"explain (analyze, format json) {statement}", parameters).fetchone()
    found: list[dict[str, Any]] = []

    def visit(node: dict[str, Any]) -> None:
        if node.get("Relation Name") in _TABLES:
            found.append(node)
        for inner in node.get("Plans", []):
            visit(inner)

    top = row[0] if isinstance(row[0], list) else json.loads(row[0])
    visit(top[0]["Plan"])
    return found


def read(node: dict[str, Any]) -> float:
    """How many rows a node looked at, over all its loops."""
    rows = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
    return float(rows * node["Actual Loops"])


@pytest.mark.parametrize("shape", ["page", "count"])
def test_a_proxys_list_is_index_walks(full: Database, shape: str) -> None:
    """Over all his principal has and may take, and no more rows than are shown."""
    worker = Worker(
        username="u1",
        memberships=[Membership(role="r0", unit="weifang")],
        recused=[Key(_SPAN * 11)],
        principals=(PRINCIPAL, ONE_SERVICE),
        away=[("u7", Key(_SPAN * 17))],
    )
    limit = 21 if shape == "page" else inbox.COUNT_CAP
    text = inbox.BY_DUE if shape == "page" else inbox.COUNT
    parameters = inbox.parameters_of(worker, Narrowing(), limit)
    statement = inbox.statement_of(text, True, True, frozenset(parameters), "")
    with full.unit_of_work() as work:
        found = nodes(work, statement, parameters)
    assert len(found) == 8  # four walks of his own, four of his principals'
    for node in found:
        assert node["Node Type"] in {"Index Only Scan", "Index Scan"}, node
        assert read(node) <= 3 * 2 * (limit + 12), node


def test_a_proxys_page_is_in_order_and_leaves_out_what_is_barred(full: Database) -> None:
    first = Key(_SPAN * 7 + 1)  # the first of his principal's
    worker = Worker(username="nobody", memberships=[], principals=(PRINCIPAL,))
    with full.unit_of_work() as work:
        rows = inbox.walk(work, worker, Narrowing(), own=True, claimable=True, limit=50)
        assert rows[0][0] == first
        assert [due for _, due in rows] == sorted(due for _, due in rows if due)
        away = Worker(
            username="nobody",
            memberships=[],
            principals=(PRINCIPAL,),
            away=[("u7", Key(_SPAN * 7))],
        )
        barred = inbox.walk(work, away, Narrowing(), own=True, claimable=True, limit=50)
        assert first not in {key for key, _ in barred}
        recused = Worker(
            username="nobody", memberships=[], principals=(PRINCIPAL,), recused=[Key(_SPAN * 7)]
        )
        kept = inbox.walk(work, recused, Narrowing(), own=True, claimable=True, limit=50)
        assert first not in {key for key, _ in kept}
        one = Worker(username="nobody", memberships=[], principals=(ONE_SERVICE,))
        found = inbox.walk(work, one, Narrowing(), own=True, claimable=True, limit=50)
        assert {key // _SPAN // 10 % 2 for key, _ in found} == {1}


def test_nobody_else_pays(full: Database) -> None:
    """Without principals and recusals the statement has no word of either."""
    worker = Worker(username="u7", memberships=[Membership(role="r1", unit="weifang")])
    parameters = inbox.parameters_of(worker, Narrowing(), 21)
    assert parameters.keys() == {"username", "roles", "units", "limit"}
    statement = inbox.statement_of(inbox.BY_DUE, True, True, frozenset(parameters), "")
    for word in ("for_names", "away", "recused"):
        assert word not in statement
    with full.unit_of_work() as work:
        found = nodes(work, statement, parameters)
        assert len(found) == 4
        assert all(read(node) <= 21 for node in found)


def test_what_is_asked_beforehand_are_look_ups(database: Database) -> None:
    """Ten thousand people with proxies, recusals, roles and cases cost the person nothing: each
    table is as large as that, so that the planner's choice means something."""
    with database.unit_of_work() as work:
        for statement in _OTHERS:
            work.hot(statement, {})
        work.hot(
            "insert into proxy (key, principal, proxy, process_ids, starts_at, ends_at, reason,"
            " created_by, created_at) select n, 'a' || n, 'b' || n, '{}', %(now)s,"
            " %(now)s + interval '1 day', '', 'a', %(now)s from generate_series(1, 10000) n",
            {"now": _NOW},
        )
        work.hot(
            "insert into recusal (instance_key, key, username, kind, state, asked_by, asked_at,"
            " reason) select n, n, 'a' || n, 'DECLARED', 'IN_FORCE', 'a', %(now)s, ''"
            " from generate_series(1, 10000) n",
            {"now": _NOW},
        )
        work.hot(
            "insert into relation (key, username, other, kind, since, note, entered_by, entered_at)"
            " select n, 'a' || n, 'b' || n, 'FAMILY', '2000-01-01', '', 'a', %(now)s"
            " from generate_series(1, 10000) n",
            {"now": _NOW},
        )
        work.commit()
    with database.unit_of_work() as work:
        work.hot("analyze proxy, recusal, relation, person, membership, instance, recusal_term", {})
        work.commit()
        row = work.hot(
            f"explain (format json) {proxies._AROUND}",
            {"username": "u7", "now": _NOW, "today": _NOW.date()},
        ).fetchone()
    plan = json.dumps(row[0])
    for table in ("proxy", "recusal", "relation"):
        assert f'"Relation Name": "{table}"' in plan
    assert '"Seq Scan"' not in plan
