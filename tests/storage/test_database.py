"""The base of storage: keys, units of work, the pool, the embedded server."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from engine.model.errors import Conflict, Unavailable
from engine.model.keys import SPAN
from engine.storage.database import Database, next_key, next_keys


def test_keys_are_multiples_of_the_span_and_never_repeat(database: Database) -> None:
    with database.unit_of_work() as work:
        first = next_key(work)
        others = next_keys(work, 3)
    assert len({first, *others}) == 4
    assert all(key % SPAN == 0 and key > 0 for key in (first, *others))


def test_leaving_without_commit_rolls_back(database: Database) -> None:
    with database.unit_of_work() as work:
        work.connection.execute(sa.text("create table t (n int)"))
        work.commit()
        work.connection.execute(sa.text("insert into t values (1)"))
    with database.unit_of_work() as work:
        assert work.connection.execute(sa.text("select count(*) from t")).scalar_one() == 0


def test_time_is_utc(database: Database) -> None:
    with database.unit_of_work() as work:
        assert work.connection.execute(sa.text("show timezone")).scalar_one() == "UTC"


def test_after_the_database_came_back_one_request_fails_and_no_more(database: Database) -> None:
    with database.unit_of_work() as first, database.unit_of_work() as second:
        first.hot("select 1")
        second.hot("select 1")
    with database.unit_of_work() as work:
        work.hot(
            """select pg_terminate_backend(pid) from pg_stat_activity
               where datname = current_database() and pid <> pg_backend_pid()
               and application_name = 'banshi'"""
        )
    lost = 0
    for _ in range(3):
        try:
            with database.unit_of_work() as one, database.unit_of_work() as other:
                one.hot("select 1")
                other.hot("select 1")
        except Unavailable:
            lost += 1
    assert lost == 1
    for _ in range(3):
        with database.unit_of_work() as work:
            assert work.hot("select 1").fetchone() == (1,)


def test_who_waits_too_long_for_a_lock_is_told_so(database: Database) -> None:
    def wait() -> None:
        with database.unit_of_work() as second:
            second.hot("set local lock_timeout = '50ms'")
            second.hot("select pg_advisory_xact_lock(7)")

    with database.unit_of_work() as first:
        first.hot("select pg_advisory_xact_lock(7)")
        with pytest.raises(Conflict):
            wait()


def test_a_database_that_is_not_there(tmp_path: object) -> None:
    nowhere = Database(f"postgresql://nobody@/nothing?host={tmp_path}")
    assert not nowhere.answers()
    with pytest.raises(Unavailable), nowhere.unit_of_work():
        pass
    nowhere.close()
