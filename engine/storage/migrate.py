"""Brings a database to this version's structure, step by step, in one transaction."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from procrastinate.schema import SchemaManager

from engine.storage.database import Database

#: Two programs that start at once must not both migrate; the number is arbitrary and ours.
_LOCK = 7_305_001

#: Where the migrations are.
FOLDER = Path(__file__).parent / "migrations"


def configuration(connection: sa.Connection) -> Config:
    """Alembic's configuration for this package's migrations, on a given connection."""
    config = _located()
    config.attributes["connection"] = connection
    return config


def upgrade(database: Database) -> str:
    """Run what is missing; returns the revision reached. Safe to call from several programs."""
    with database.engine.connect() as connection:
        connection.execute(sa.text("set statement_timeout = 0"))
        connection.execute(sa.text("set lock_timeout = 0"))
        connection.execute(sa.text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        config = configuration(connection)
        command.upgrade(config, "head")
        install_queue(connection)
        connection.commit()
        connection.invalidate()  # its time-outs were lifted
    return latest()


def latest() -> str:
    """The revision that this version of the program was written for."""
    return ScriptDirectory.from_config(_located()).get_current_head() or ""


def install_queue(connection: sa.Connection) -> None:
    """The job queue's own tables (Procrastinate), unless they are there."""
    if connection.scalar(sa.text("select to_regclass('procrastinate_jobs')")) is None:
        driver = connection.connection.driver_connection
        driver.execute(SchemaManager.get_schema())  # type: ignore[union-attr]


def revise(database: Database, message: str) -> None:
    """Write the next migration: what the tables have that this database, at head, lacks."""
    with database.engine.connect() as connection:
        command.revision(
            configuration(connection),
            message=message,
            autogenerate=True,
            rev_id=f"{int(latest() or 0) + 1:04}",
        )


def _located() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return config
