"""Alembic's entry: runs on the connection that ``engine.storage.migrate`` hands over."""

from __future__ import annotations

from typing import Any

from alembic import context

from engine.storage.checks import add_changed_checks
from engine.storage.schema import metadata


def ours(_object: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
    """Not the queue's own tables: Procrastinate brings and changes those."""
    return not (kind == "table" and (name or "").startswith("procrastinate_"))


def complete(_context: Any, _revision: Any, directives: list[Any]) -> None:
    """Add to what Alembic found the CHECK constraints that it does not compare."""
    connection = context.config.attributes["connection"]
    add_changed_checks(connection, metadata(), directives[0].upgrade_ops)


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata(),
    include_object=ours,
    compare_type=True,
    compare_server_default=True,
    transaction_per_migration=False,
    process_revision_directives=complete,
)
with context.begin_transaction():
    context.run_migrations()
