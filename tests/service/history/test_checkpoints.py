"""Checkpoints: what they cover, that they chain, and that they cost what is new only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from api.rest.checkpoints import checkpoint_out
from engine.model import checkpoints, merkle
from engine.model.errors import NotFound
from engine.model.records import Instance
from engine.service.app import App
from engine.service.cases.start_case import start_case
from engine.service.history.checkpoints import (
    inclusion_of,
    list_checkpoints,
    make_checkpoint,
    prove_consistency,
    trusted_keys,
)
from engine.service.history.consistency_verification import verify_consistency_file
from engine.service.signing import holds, public_key
from engine.service.tasks.claim_task import claim_task
from engine.service.worklists.inbox import inbox
from tests.conftest import SettableClock
from tests.service import diagrams
from tests.world import World


@pytest.fixture(autouse=True)
def _grant(app: App, world: World) -> None:
    diagrams.put(app, diagrams.grant())


def start(app: App, world: World, number: int = 1) -> Instance:
    submission = {"title": f"项目{number}", "amount": number}
    return start_case(app, world.zhangsan, process_id="grant", submission=submission)


@contextmanager
def counted(app: App) -> Iterator[list[str]]:
    """The statements that are sent meanwhile."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    sa.event.listen(app.database.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(app.database.engine, "before_cursor_execute", note)


def test_nothing_new_no_checkpoint(app: App, world: World, clock: SettableClock) -> None:
    assert make_checkpoint(app) is not None  # publishing left its stream of acts
    clock.advance(timedelta(hours=2))
    assert make_checkpoint(app) is None
    start(app, world)
    assert make_checkpoint(app) is not None
    assert make_checkpoint(app) is None


def test_each_is_signed_and_chained(app: App, world: World, clock: SettableClock) -> None:
    made = []
    for number in range(4):
        start(app, world, number)
        clock.advance(timedelta(hours=1))
        made.append(make_checkpoint(app))
    listed = list_checkpoints(app)
    assert listed == tuple(reversed(made))
    previous = checkpoints.START
    for each in reversed(listed):
        assert each.previous == previous
        assert each.key == public_key(app.secrets.signing_key)
        assert holds(each.key, each.signature, each.body)
        previous = each.digest
    assert trusted_keys(app) == {public_key(app.secrets.signing_key)}
    assert list_checkpoints(app, before=listed[1].number, limit=1) == (listed[2],)


def test_it_is_made_when_it_is_due(app: App, world: World, clock: SettableClock) -> None:
    start(app, world, 1)
    assert make_checkpoint(app) is not None
    start(app, world, 2)
    clock.advance(timedelta(minutes=app.settings.checkpoint_minutes - 1))
    assert make_checkpoint(app) is None
    clock.advance(timedelta(minutes=1))
    assert make_checkpoint(app) is not None


def test_every_case_is_included(app: App, world: World, clock: SettableClock) -> None:
    cases = []
    for number in range(5):
        cases.append(start(app, world, number))
        if number % 2:
            clock.advance(timedelta(hours=1))
            make_checkpoint(app)
    make_checkpoint(app, due_only=False)
    for case in cases:
        with app.database.unit_of_work() as work:
            found = inclusion_of(work, case.key)
        assert found is not None
        assert found.leaf.subject == f"case:{case.key}"
        leaf = merkle.leaf(found.leaf.data)
        root, size = found.checkpoint.root, found.checkpoint.size
        assert merkle.holds_inclusion(leaf, found.position, size, found.proof, root)


def test_a_case_that_goes_on_is_covered_anew(app: App, world: World, clock: SettableClock) -> None:
    case = start(app, world)
    make_checkpoint(app)
    claim_task(app, world.lisi, key=inbox(app, world.lisi).items[0].key)
    clock.advance(timedelta(hours=1))
    make_checkpoint(app)
    with app.database.unit_of_work() as work:
        found = inclusion_of(work, case.key)
    assert found is not None
    assert found.leaf.number == 2


def test_what_was_committed_late_is_covered_next_time(
    app: App, world: World, clock: SettableClock
) -> None:
    """The row bears a moment before the checkpoint that did not see it."""
    clock.advance(timedelta(minutes=30))
    make_checkpoint(app)
    now = clock()
    clock.set(now - timedelta(minutes=20))
    case = start(app, world)
    clock.set(now + timedelta(hours=1))
    make_checkpoint(app)
    with app.database.unit_of_work() as work:
        assert inclusion_of(work, case.key) is not None


def test_every_two_are_consistent(app: App, world: World, clock: SettableClock) -> None:
    for number in range(5):
        start(app, world, number)
        clock.advance(timedelta(hours=1))
        make_checkpoint(app)
    for second in range(1, 6):
        for first in range(1, second + 1):
            found = prove_consistency(app, first=first, second=second)
            assert merkle.holds_consistency(
                found.first.size,
                found.second.size,
                found.first.root,
                found.second.root,
                found.proof,
            )
    for first, second in ((2, 1), (1, 6), (0, 1)):
        with pytest.raises(NotFound):
            prove_consistency(app, first=first, second=second)


def test_what_was_changed_afterwards_no_longer_fits(
    app: App, world: World, clock: SettableClock
) -> None:
    """Somebody rewrites a case and rebuilds the tree: the old checkpoint gives him away."""
    start(app, world, 1)
    make_checkpoint(app)
    (kept, *_) = list_checkpoints(app)
    with app.database.unit_of_work() as work:
        work.hot("delete from checkpoint; delete from checkpoint_leaf; delete from merkle_node")
        work.hot("update journal set digest = sha256(digest)")
        work.commit()
    clock.advance(timedelta(minutes=10))
    start(app, world, 2)
    rebuilt = make_checkpoint(app)
    assert rebuilt is not None
    proof = prove_consistency(app, first=1, second=1).proof
    for size in range(1, rebuilt.size + 1):
        assert not merkle.holds_consistency(kept.size, size, kept.root, rebuilt.root, proof)


def test_it_costs_what_is_new(app: App, world: World, clock: SettableClock) -> None:
    """As many statements for the tenth checkpoint as for the second, and few."""
    spent = []
    for number in range(12):
        start(app, world, number)
        clock.advance(timedelta(hours=2))
        with counted(app) as sent:
            make_checkpoint(app)
        spent.append(len(sent))
    assert max(spent[6:]) <= min(spent[1:4]) + 4


def test_old_entries_are_not_read(app: App, world: World) -> None:
    """With many rows in it, the journal is read by its index on time."""
    with app.database.unit_of_work() as work:
        work.hot(
            """insert into journal (instance_key, number, at, actor_key, kind, facts, said, digest)
               select 1, n, '2020-01-01'::timestamptz + n * interval '1 minute', 0, 'x', '{}', '{}',
                 sha256('') from generate_series(1, 60000) n"""
        )
        work.hot("analyze journal")
        plan = work.hot(
            "explain select max(number) from journal where at > '2020-02-11' group by instance_key"
        ).fetchall()
    assert any("ix_journal_at" in row[0] for row in plan), plan


def test_a_proof_is_checked_offline(app: App, world: World, clock: SettableClock) -> None:
    """The answer over HTTP, kept as a file; whatever is changed in it is found."""
    for number in range(3):
        start(app, world, number)
        clock.advance(timedelta(hours=1))
        make_checkpoint(app)
    found = prove_consistency(app, first=1, second=3)
    answer: dict[str, Any] = {
        "first": checkpoint_out(found.first).model_dump(by_alias=True, mode="json"),
        "second": checkpoint_out(found.second).model_dump(by_alias=True, mode="json"),
        "proof": [each.hex() for each in found.proof],
    }
    key = public_key(app.secrets.signing_key)
    assert verify_consistency_file(json.dumps(answer).encode(), trusted={key}).sound
    assert not verify_consistency_file(json.dumps(answer).encode(), trusted={bytes(32)}).sound
    for at in ("first", "second"):
        for name in ("number", "size", "root", "previous", "at", "publicKey", "signature"):
            value = answer[at][name]
            other = value + 1 if isinstance(value, int) else value[:-1] + "0"
            other = other if other != value else value[:-1] + "1"
            forged = answer | {at: answer[at] | {name: other}}
            assert not verify_consistency_file(json.dumps(forged).encode(), trusted={key}).sound
    assert not verify_consistency_file(json.dumps(answer | {"proof": []}).encode()).sound
    assert not verify_consistency_file(b"{}").sound
