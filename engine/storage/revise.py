"""``python -m engine.storage.revise "what changes"``: writes the next migration (``make migration``).

A throw-away PostgreSQL is brought to the newest migration and compared with the tables. Read what
is written before committing it: Alembic sees no sequences or triggers.
``tests/storage/test_migrations.py`` holds migrations and tables to each other.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from engine.storage import migrate
from engine.storage.database import Database
from engine.storage.embedded import NOT_DURABLE, EmbeddedPostgres


def main(message: str) -> None:
    """Write ``migrations/versions/NNNN_<message>.py``."""
    with (
        tempfile.TemporaryDirectory(prefix="banshi-revise-", ignore_cleanup_errors=True) as folder,
        EmbeddedPostgres(Path(folder), settings=NOT_DURABLE) as server,
    ):
        database = Database(server.url("postgres"))
        try:
            migrate.upgrade(database)
            migrate.revise(database, message)
        finally:
            database.close()


if __name__ == "__main__":
    if len(sys.argv) != 2 or not sys.argv[1].strip():
        sys.exit('请用一句话说明改动：make migration m="add something"')
    main(sys.argv[1])
