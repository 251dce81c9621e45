"""What a step is given besides the instance: the pinned definitions, and the world's values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from engine import dmn
from engine.runtime.definition import Definition


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """An instance's definition with everything it calls, as pinned when it started.

    ``process_id``: the instance's own process among ``processes`` (by process id);
    ``decisions``: decision id → the model that holds it; ``forms``: ids that exist
    (None: not checked).
    """

    processes: Mapping[str, Definition]
    process_id: str
    decisions: Mapping[str, dmn.Model] = field(default_factory=dict)
    forms: frozenset[str] | None = None

    @cached_property
    def cancels(self) -> bool:
        """Whether a task of any process has ``canceling`` listeners."""
        nodes = (node for process in self.processes.values() for node in process.nodes.values())
        return any("canceling" in node.listeners for node in nodes)


@dataclass(frozen=True, kw_only=True)
class Environment:
    """``now``: aware; ``zone``: of business dates and of times without an offset;
    ``parameters``: names visible to every expression, below all variables."""

    now: datetime
    zone: str = "Asia/Shanghai"
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def zone_info(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def clock(self) -> datetime:
        """``now`` on the zone's calendar, for FEEL."""
        return self.now.astimezone(self.zone_info)
