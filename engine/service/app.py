"""What every use case is given: the parts of a running banshi, put together by bootstrap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from engine.config import Secrets, Settings
from engine.storage.database import Database
from engine.storage.files import FileStore


def wall_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class App:
    """``clock`` is the only clock of the service; tests set their own."""

    settings: Settings
    secrets: Secrets
    database: Database
    files: FileStore
    clock: Callable[[], datetime] = field(default=wall_clock)

    def now(self) -> datetime:
        """The present moment, timezone-aware, in UTC."""
        return self.clock().astimezone(UTC)

    def local_now(self) -> datetime:
        """The present moment in the time zone of business dates."""
        return self.clock().astimezone(self.settings.timezone)
