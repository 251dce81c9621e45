"""A person's list of copies is an index walk, however many there are."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from engine.storage.database import Database
from engine.storage.instances import copies

_COPIES = """insert into carbon_copy (instance_key, username, key, element_id, created_at, read_at)
    select n::bigint * 4194304, 'u' || n %% 5, n, 'review',
    timestamptz '2025-01-01' + n * interval '1 minute',
    case when n %% 4 > 0 then timestamptz '2026-01-01' end
    from generate_series(1, 20000) n"""


@pytest.fixture
def full(database: Database) -> Database:
    with database.unit_of_work() as work:
        work.hot(_COPIES, {})
        work.commit()
    with database.unit_of_work() as work:
        work.hot("analyze carbon_copy", {})
        work.commit()
    return database


@pytest.mark.parametrize(
    ("unread", "index"), [(None, "ix_carbon_copy_walk"), (True, "ix_carbon_copy_unread")]
)
def test_a_page_reads_its_rows_and_no_more(full: Database, unread: bool | None, index: str) -> None:
    with full.unit_of_work() as work:
        query = (
            copies._walk(work, "u3", unread=unread, search="")
            .order_by(*copies._LATEST_FIRST)
            .limit(21)
        )
        text = query.compile(
            dialect=postgresql.dialect(),  # type: ignore[no-untyped-call]
            compile_kwargs={"literal_binds": True},
        )
        row = work.connection.execute(sa.text(f"explain (analyze, format json) {text}")).scalar()
    plan = row if isinstance(row, list) else json.loads(str(row))
    way = way_to("carbon_copy", plan[0]["Plan"])
    assert way[-1]["Index Name"] == index
    assert way[-1]["Actual Rows"] <= 21
    assert "Sort" not in {node["Node Type"] for node in way}


def way_to(table: str, node: dict[str, Any]) -> list[dict[str, Any]]:
    """The nodes of the plan from the top down to where the table is read."""
    if node.get("Relation Name") == table:
        return [node]
    below = (way_to(table, inner) for inner in node.get("Plans", []))
    found = next((way for way in below if way), [])
    return [node, *found] if found else []


def test_the_badge_stops_at_its_cap(full: Database) -> None:
    with full.unit_of_work() as work:
        assert copies.unread_of(work, "u4") == copies.UNREAD_CAP
        assert copies.unread_of(work, "nobody") == 0
