"""What every use case is given: the parts of a running banshi, put together by bootstrap."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from engine.config import Secrets, Settings
from engine.feel import Registry
from engine.runtime import Environment
from engine.service.bundles import Bundles
from engine.service.clock.calendars import Calendars
from engine.service.directory import Directory
from engine.storage.database import Database
from engine.storage.exchange.queue import JobQueue
from engine.storage.papers.files import FileStore

if TYPE_CHECKING:
    from engine.service.exchange.handlers import Handler


def wall_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class App:
    """``clock`` is the only clock of the service; tests set their own.

    ``functions``: what FEEL can call, in diagrams, decisions and forms alike. ``handlers``: the
    job types that are worked off inside, each with what does it.
    """

    settings: Settings
    secrets: Secrets
    database: Database
    files: FileStore
    functions: Registry
    calendars: Calendars
    directory: Directory
    bundles: Bundles
    queue: JobQueue
    handlers: Mapping[str, Handler] = field(default_factory=dict)
    clock: Callable[[], datetime] = field(default=wall_clock)

    def now(self) -> datetime:
        """The present moment, timezone-aware, in UTC."""
        return self.clock().astimezone(UTC)

    def local_now(self) -> datetime:
        """The present moment in the time zone of business dates."""
        return self.clock().astimezone(self.settings.timezone)

    def environment(self) -> Environment:
        """What FEEL may know of the world during a step."""
        return Environment(now=self.local_now(), zone=self.settings.zone)
