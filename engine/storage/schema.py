"""All tables at once: for tests, and as what the migrations are compared with."""

from __future__ import annotations

import importlib
import pkgutil

import sqlalchemy as sa

from engine.storage import migrate, tables
from engine.storage.database import Database
from engine.storage.tables.base import METADATA


def metadata() -> sa.MetaData:
    """The metadata with every table module imported."""
    for module in pkgutil.iter_modules(tables.__path__):
        importlib.import_module(f"{tables.__name__}.{module.name}")
    return METADATA


def create_all(database: Database) -> None:
    """Create every table in an empty database."""
    with database.engine.begin() as connection:
        metadata().create_all(connection)
        migrate.install_queue(connection)
