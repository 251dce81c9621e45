"""What one process commits, others hear a moment later; what it does not commit, nobody."""

from __future__ import annotations

import json
import queue
import time
from collections.abc import Iterator

import psycopg
import pytest

from engine.storage.database import Database
from engine.storage.exchange.signals import EVERYBODY, Listener, Teller, payloads, topics_of

Heard = queue.Queue[frozenset[str]]


@pytest.fixture
def heard(database: Database) -> Iterator[Heard]:
    """What another process hears; its first words (“anything may have happened”) are taken out."""
    said: Heard = queue.Queue()
    listener = Listener(database.conninfo, said.put)
    listener.start()
    assert listener.ready.wait(10)
    assert said.get(timeout=10) == {EVERYBODY}
    database.signals.start()
    yield said
    database.signals.stop()
    listener.stop()


def test_what_is_committed_is_told(database: Database, heard: Heard) -> None:
    """given two commands at once, when both are committed, then one message names both."""
    for topic in ("u:张三", "g:clerk@weifang"):
        with database.unit_of_work() as work:
            work.touch([topic])
            work.commit()
    assert heard.get(timeout=5) == {"u:张三", "g:clerk@weifang"}
    assert heard.empty()


def test_what_is_not_committed_is_not(database: Database, heard: Heard) -> None:
    with database.unit_of_work() as work:
        work.touch(["u:lisi"])
    with database.unit_of_work() as work:
        work.touch(["u:wangwu"])
        work.commit()
    assert heard.get(timeout=5) == {"u:wangwu"}


def test_nobody_is_told_before_it_is_started(database: Database) -> None:
    """given a program that told nobody so far, then nothing has piled up when it starts."""
    with database.unit_of_work() as work:
        work.touch(["u:lisi"])
        work.commit()
    assert database.signals._marked == set()


def test_a_listener_that_was_cut_off_comes_back(database: Database, heard: Heard) -> None:
    """given a listener, when its connection breaks, then it listens again and takes it that
    anything may have happened."""
    with psycopg.connect(database.conninfo, autocommit=True) as connection:
        cut = connection.execute(
            """select count(pg_terminate_backend(pid)) from pg_stat_activity
               where application_name = 'banshi listener' and datname = current_database()"""
        ).fetchone()
    assert cut == (1,)
    assert heard.get(timeout=10) == {EVERYBODY}
    with database.unit_of_work() as work:
        work.touch(["u:lisi"])
        work.commit()
    assert heard.get(timeout=5) == {"u:lisi"}


def test_a_teller_that_was_cut_off_goes_on(database: Database, heard: Heard) -> None:
    """given a connection that breaks, when things are touched, then at worst one message is lost."""

    def touch(topic: str) -> None:
        with database.unit_of_work() as work:
            work.touch([topic])
            work.commit()

    touch("u:first")
    assert heard.get(timeout=5) == {"u:first"}
    with psycopg.connect(database.conninfo, autocommit=True) as connection:
        connection.execute(
            """select pg_terminate_backend(pid) from pg_stat_activity
               where application_name = 'banshi signals' and datname = current_database()"""
        )
    touch("u:lost")
    time.sleep(0.3)
    touch("u:second")
    assert heard.get(timeout=5) == {"u:second"}


def test_what_is_left_is_told_at_the_end(database: Database, heard: Heard) -> None:
    with database.unit_of_work() as work:
        work.touch(["u:last"])
        work.commit()
    database.signals.stop()
    assert heard.get(timeout=5) == {"u:last"}


def test_telling_never_blocks_a_command() -> None:
    """given a database that cannot be reached, when a command tells, then it is none the wiser."""
    teller = Teller(lambda: "host=127.0.0.1 port=1 connect_timeout=1")
    teller.start()
    begun = time.perf_counter()
    teller.tell(["u:lisi"])
    assert time.perf_counter() - begun < 0.1
    teller.stop()


def test_messages_keep_to_what_the_database_takes() -> None:
    topics = {f"u:{'长' * 60}{n}" for n in range(500)}
    told = list(payloads(topics))
    assert len(told) > 1
    assert all(len(text.encode()) < 8000 for text in told)
    assert frozenset().union(*map(topics_of, told)) == topics


def test_too_much_is_everybodys() -> None:
    topics = {f"u:{n}" for n in range(2000)} | {"j:pay"}
    assert [topics_of(text) for text in payloads(topics)] == [{EVERYBODY, "j:pay"}]
    assert list(payloads(set())) == []


@pytest.mark.parametrize("payload", ["", "no json", "{}", "[1]", json.dumps("u:lisi")])
def test_a_message_that_cannot_be_read_may_mean_anything(payload: str) -> None:
    assert topics_of(payload) == {EVERYBODY}
