"""What surrounds a form when it is shown or checked: the moment, the case, the viewer's rights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from types import MappingProxyType
from zoneinfo import ZoneInfo

from engine.forms.masks import Kind
from engine.forms.veil import Veil

SHANGHAI = ZoneInfo("Asia/Shanghai")


def _empty() -> Mapping[str, object]:
    return MappingProxyType({})


def _no_documents() -> Mapping[str, Document]:
    return MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Document:
    """An uploaded file that the case or the person filling in may refer to, by its key."""

    key: str
    name: str
    #: Bytes.
    size: int
    #: As sniffed by the server, never as the browser said.
    media_type: str
    #: Where it can be fetched; empty when it can't.
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Context:
    """Given by the caller for each use; nothing here comes from the person filling in."""

    #: Aware. What `now()` and `today()` answer.
    now: datetime
    #: Business dates are in this zone.
    zone: tzinfo = SHANGHAI
    #: Variables of the case: visible to expressions, the values of fields that can't be edited,
    #: and what an empty form starts with.
    data: Mapping[str, object] = field(default_factory=_empty)
    #: Files that may be named in file fields, by key.
    documents: Mapping[str, Document] = field(default_factory=_no_documents)
    #: Kinds this viewer may see only masked. A field that holds a value can't be edited then.
    masked: frozenset[Kind] = frozenset()
    #: Masks what expressions, tables and texts would tell of masked values.
    veil: Veil | None = None

    def __post_init__(self) -> None:
        if self.now.tzinfo is None:
            raise ValueError("Context.now must be aware")

    @property
    def local_now(self) -> datetime:
        return self.now.astimezone(self.zone)

    @property
    def today(self) -> date:
        """The business date."""
        return self.local_now.date()
