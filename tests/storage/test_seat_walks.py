"""Lists of what waits for a person stay index walks when seats are among it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.model.actor import Membership
from engine.storage.database import Database, UnitOfWork
from engine.storage.worklists import inbox
from engine.storage.worklists.inbox import Narrowing, Worker

_SPAN = 4194304
_SEATS = f"""insert into seat (instance_key, key, task_key, process_id, ordinal, kind, state, holder,
    stack, weight, opinion, reason_code, "cast", submission, due_at, reason, actor, ended_at)
    select n::bigint * {_SPAN}, n::bigint * {_SPAN} + 2, n::bigint * {_SPAN} + 1, 'p' || n / 10 %% 2, 1, 'ORIGINAL',
    case when n %% 3 = 0 then 'DONE' else 'OPEN' end, 'u' || n %% 10, '{{}}', 1, '', '',
    case when n %% 3 = 0 then 1 else 0 end, '{{}}',
    timestamptz '2025-01-01' + n * interval '1 minute', '',
    case when n %% 3 = 0 then 'u' || n %% 10 end, case when n %% 3 = 0 then now() end
    from generate_series(1, 20000) n"""


@pytest.fixture
def full(database: Database) -> Database:
    with database.unit_of_work() as work:
        work.hot(_SEATS, {})
        work.commit()
    with database.unit_of_work() as work:
        work.hot("analyze seat", {})
        work.commit()
    return database


def plans(work: UnitOfWork, statement: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    """Every node of the plan that reads the table of seats."""
    row = work.hot(f"explain (analyze, format json) {statement}", parameters).fetchone()
    found: list[dict[str, Any]] = []

    def visit(node: dict[str, Any]) -> None:
        if node.get("Relation Name") == "seat":
            found.append(node)
        for inner in node.get("Plans", []):
            visit(inner)

    top = row[0] if isinstance(row[0], list) else json.loads(row[0])
    visit(top[0]["Plan"])
    return found


@pytest.mark.parametrize(
    ("narrowing", "index"),
    [
        (Narrowing(), "ix_seat_walk"),
        (Narrowing(process_id="p1"), "ix_seat_service_walk"),
    ],
)
def test_a_page_reads_its_rows_and_no_more(
    full: Database, narrowing: Narrowing, index: str
) -> None:
    worker = Worker(username="u7", memberships=[Membership(role="clerk", unit="weifang")])
    parameters = inbox.parameters_of(worker, narrowing, 21)
    statement = inbox.statement_of(inbox.BY_DUE, True, True, frozenset(parameters), "")
    with full.unit_of_work() as work:
        (node,) = plans(work, statement, parameters)
        rows = inbox.walk(work, worker, narrowing, own=True, claimable=True, limit=21)
    assert node["Node Type"] in {"Index Only Scan", "Index Scan"}
    assert node["Index Name"] == index
    assert node["Actual Rows"] <= 21
    assert node.get("Rows Removed by Filter", 0) == 0
    assert len(rows) == 21
    assert [due for _, due in rows] == sorted(due for _, due in rows if due)


def test_counts_stop_at_their_cap(full: Database) -> None:
    worker = Worker(username="u7", memberships=[])
    with full.unit_of_work() as work:
        assert inbox.count(work, worker, Narrowing(), own=True, claimable=True) == inbox.COUNT_CAP
        parameters = inbox.parameters_of(worker, Narrowing(), inbox.COUNT_CAP)
        statement = inbox.statement_of(inbox.COUNT, True, True, frozenset(parameters), "")
        (node,) = plans(work, statement, parameters)
    assert node["Index Name"] == "ix_seat_walk"
    assert node["Actual Rows"] <= inbox.COUNT_CAP


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("outcome = 'approve' where state = 'OPEN'", "outcome_when_done"),
        ("state = 'DONE' where state = 'OPEN'", "ck_seat"),
        ("state = 'CANCELED', ended_at = now() where state = 'OPEN'", "reason_when_canceled"),
        ("stack = array[holder] where state = 'OPEN'", "delegated_to_another"),
        ("holder = null where state = 'OPEN'", "somebody_s"),
        ("kind = 'BEFORE' where state = 'OPEN'", "added_to_a_seat"),
        ("weight = -1 where state = 'OPEN'", "weight_not_negative"),
    ],
)
def test_the_table_refuses_what_cannot_be(full: Database, change: str, constraint: str) -> None:
    with full.unit_of_work() as work, pytest.raises(Exception, match=constraint):
        work.hot(f"update seat set {change}", {})
