"""Operations on many cases at once: what kinds there are, and where one stands (Camunda 8's names)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from engine.model.keys import Key


class BatchKind(StrEnum):
    """The last two are ours."""

    MIGRATE = "MIGRATE_PROCESS_INSTANCE"
    MODIFY = "MODIFY_PROCESS_INSTANCE"
    CANCEL = "CANCEL_PROCESS_INSTANCE"
    RESOLVE_INCIDENT = "RESOLVE_INCIDENT"
    SUSPEND = "SUSPEND_PROCESS_INSTANCE"
    RESUME = "RESUME_PROCESS_INSTANCE"


class BatchState(StrEnum):
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    COMPLETED = "COMPLETED"
    PARTIALLY_COMPLETED = "PARTIALLY_COMPLETED"
    CANCELED = "CANCELED"


#: Failed items of a batch that is over can be tried again: it is then active once more.
BATCH_TRANSITIONS: Mapping[BatchState, frozenset[BatchState]] = {
    BatchState.ACTIVE: frozenset(
        {
            BatchState.SUSPENDED,
            BatchState.COMPLETED,
            BatchState.PARTIALLY_COMPLETED,
            BatchState.CANCELED,
        }
    ),
    BatchState.SUSPENDED: frozenset({BatchState.ACTIVE, BatchState.CANCELED}),
    BatchState.PARTIALLY_COMPLETED: frozenset({BatchState.ACTIVE}),
    BatchState.COMPLETED: frozenset(),
    BatchState.CANCELED: frozenset(),
}


class ItemState(StrEnum):
    """``SKIPPED``: there was nothing to do any more (ended meanwhile, or there already)."""

    ACTIVE = "ACTIVE"
    COMPLETED = "COMPLETED"
    SKIPPED = "SKIPPED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"


@dataclass(frozen=True, kw_only=True)
class Batch:
    """``plan``: what is done to each case; ``selection``: how they were chosen, in words."""

    key: Key
    kind: BatchKind
    state: BatchState
    plan: Mapping[str, Any]
    selection: str
    reason: str
    created_by_key: Key
    created_by: str
    created_at: datetime
    ended_at: datetime | None
    total: int
    counts: Mapping[ItemState, int] = field(default_factory=dict)

    @property
    def completed(self) -> int:
        return self.counts.get(ItemState.COMPLETED, 0) + self.counts.get(ItemState.SKIPPED, 0)

    @property
    def failed(self) -> int:
        return self.counts.get(ItemState.FAILED, 0)

    @property
    def open(self) -> int:
        return self.counts.get(ItemState.ACTIVE, 0)


@dataclass(frozen=True, kw_only=True)
class BatchItem:
    """One case of a batch. ``message``: why it failed or was skipped, in words."""

    batch_key: Key
    kind: BatchKind
    instance_key: Key
    number: str
    title: str
    state: ItemState
    processed_at: datetime | None
    message: str
