"""Make checkpoints, list them, and prove that each begins with the ones before it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from engine.model import checkpoints as model
from engine.model import merkle
from engine.model.checkpoints import Checkpoint, Leaf
from engine.model.errors import NotFound
from engine.model.keys import Key
from engine.service.app import App
from engine.service.signing import public_key, sign
from engine.storage.database import UnitOfWork
from engine.storage.history import checkpoints
from engine.text import tell

#: A transaction may commit so much later than the moment that its rows bear.
_LATE = timedelta(hours=1)
#: Leaves of one checkpoint; what is left over comes into the next one, at once.
_MOST = 20_000
LARGEST_PAGE = 1_000


@dataclass(frozen=True, kw_only=True)
class Inclusion:
    """That a leaf is in the tree of a checkpoint."""

    leaf: Leaf
    position: int
    proof: tuple[bytes, ...]
    checkpoint: Checkpoint


@dataclass(frozen=True, kw_only=True)
class Consistency:
    """That the tree of one checkpoint begins with that of an earlier one."""

    first: Checkpoint
    second: Checkpoint
    proof: tuple[bytes, ...]


def make_checkpoint(app: App, *, due_only: bool = True) -> Checkpoint | None:
    """Cover everything written since the last checkpoint; None where there is nothing new.

    ``due_only``: not before the setting's interval is over. Costs what was written since, never
    what was written before; safe to run in several processes.
    """
    made: Checkpoint | None = None
    while True:
        following, more = _one(app, due_only=due_only and made is None)
        if following is None:
            return made
        made = following
        if not more:
            return made


def list_checkpoints(
    app: App, *, before: int | None = None, limit: int = 100
) -> tuple[Checkpoint, ...]:
    """The newest first; public."""
    with app.database.unit_of_work() as work:
        return checkpoints.listed(work, before=before, limit=max(1, min(limit, LARGEST_PAGE)))


def prove_consistency(app: App, *, first: int, second: int) -> Consistency:
    """Public. Raises NotFound where there is no such checkpoint, or the first is the later one."""
    with app.database.unit_of_work() as work:
        older, newer = checkpoints.get(work, first), checkpoints.get(work, second)
        if older is None or newer is None or older.size > newer.size:
            raise NotFound(what=tell("检查点"), key=f"{first}–{second}")
        proof = merkle.consistency(_reader(work), older.size, newer.size)
    return Consistency(first=older, second=newer, proof=proof)


def inclusion_of(work: UnitOfWork, key: Key) -> Inclusion | None:
    """Of a case's latest covered entry in the earliest checkpoint that has it."""
    found = checkpoints.leaf_of(work, model.case_subject(key))
    if found is None:
        return None
    position, leaf = found
    checkpoint = checkpoints.first_covering(work, position)
    if checkpoint is None:
        return None
    proof = merkle.inclusion(_reader(work), position, checkpoint.size)
    return Inclusion(leaf=leaf, position=position, proof=proof, checkpoint=checkpoint)


def trusted_keys(app: App) -> frozenset[bytes]:
    """This installation's own public keys: today's, and those of its checkpoints."""
    with app.database.unit_of_work() as work:
        return checkpoints.keys(work) | {public_key(app.secrets.signing_key)}


def _one(app: App, *, due_only: bool) -> tuple[Checkpoint | None, bool]:
    now = app.now()
    with app.database.unit_of_work() as work:
        if not checkpoints.lock(work):
            return None, False
        last = checkpoints.latest(work)
        interval = timedelta(minutes=app.settings.checkpoint_minutes)
        if due_only and last is not None and now - last.at < interval:
            return None, False
        seen = checkpoints.seen(work) or datetime(1970, 1, 2, tzinfo=UTC)
        leaves = checkpoints.moved_heads(work, since=seen - _LATE, limit=_MOST)
        if not leaves:
            return None, False
        size = last.size if last is not None else 0
        known = checkpoints.nodes(work, merkle.frontier(size))
        hashes = [merkle.leaf(each.data) for each in leaves]
        made = list(merkle.appended(_reader(work, known), size, hashes))
        known |= {(level, place): value for level, place, value in made}
        checkpoint = _signed(
            app,
            Checkpoint(
                number=last.number + 1 if last is not None else 1,
                size=size + len(leaves),
                root=merkle.root(_reader(work, known), size + len(leaves)),
                previous=last.digest if last is not None else model.START,
                at=now,
                key=public_key(app.secrets.signing_key),
            ),
        )
        checkpoints.append(
            work,
            first=size,
            leaves=leaves,
            made=made,
            checkpoint=checkpoint,
            # a round that did not get through all of them leaves the rest to the next one
            seen=seen if len(leaves) == _MOST else now,
        )
        work.commit()
    return checkpoint, len(leaves) == _MOST


def _signed(app: App, checkpoint: Checkpoint) -> Checkpoint:
    return replace(checkpoint, signature=sign(app.secrets.signing_key, checkpoint.body))


def _reader(
    work: UnitOfWork, found: dict[tuple[int, int], bytes] | None = None
) -> Callable[[int, int], bytes]:
    known = dict(found or {})

    def read(level: int, place: int) -> bytes:
        if (level, place) not in known:
            known.update(checkpoints.nodes(work, [(level, place)]))
        return known[level, place]

    return read
