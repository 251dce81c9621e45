"""Signed checkpoints, and the Merkle tree that they are the roots of. All append-only."""

from __future__ import annotations

import sqlalchemy as sa

from engine.storage.tables.base import METADATA, moment

#: ``seen``: everything that was written before then is in the tree.
CHECKPOINT = sa.Table(
    "checkpoint",
    METADATA,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("root", sa.LargeBinary, nullable=False),
    sa.Column("previous", sa.LargeBinary, nullable=False),
    moment("at"),
    sa.Column("key", sa.LargeBinary, nullable=False),
    sa.Column("signature", sa.LargeBinary, nullable=False),
    moment("seen"),
    sa.CheckConstraint("number > 0 and size > 0", name="numbers_positive"),
    sa.CheckConstraint(
        "octet_length(root) = 32 and octet_length(previous) = 32 and octet_length(key) = 32"
        " and octet_length(signature) = 64",
        name="lengths",
    ),
)

#: The head of a journal at the time of a checkpoint (``engine.model.checkpoints.Leaf``).
CHECKPOINT_LEAF = sa.Table(
    "checkpoint_leaf",
    METADATA,
    sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("subject", "number"),
)

#: Full nodes of the tree: they never change.
MERKLE_NODE = sa.Table(
    "merkle_node",
    METADATA,
    sa.Column("level", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("place", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
)
