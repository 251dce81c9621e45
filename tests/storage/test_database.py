"""The base of storage: keys, units of work, the pool, the embedded server."""

from __future__ import annotations

import sqlalchemy as sa

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
