"""Going through a long list by cursor, keeping search and filters in the address."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import Request

from engine.model.page import Page


@dataclass(frozen=True, kw_only=True)
class Pager:
    """``first`` and ``next``: addresses, "" where there is nothing to go to."""

    first: str
    next: str


def pager(request: Request, found: Page[Any], size: int) -> Pager:
    """The way on from a page of a search, ``size`` long unless it is the last one."""
    return Pager(
        first=with_query(request, cursor=None) if request.query_params.get("cursor") else "",
        next=with_query(request, cursor=found.end_cursor)
        if found.end_cursor and len(found.items) >= size
        else "",
    )


def with_query(request: Request, **changes: str | None) -> str:
    """This page's address with some of its query changed (None = left out)."""
    kept = {
        name: value
        for name, value in request.query_params.items()
        if name not in {*changes, "lang"} and value
    }
    query = urlencode({**kept, **{k: v for k, v in changes.items() if v}})
    return request.url.path + (f"?{query}" if query else "")


def total(found: Page[Any]) -> str:
    """How many there are: “37”, or “99+” where counting was cut short."""
    return f"{found.total}+" if found.total_capped else str(found.total)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """An option of a drop-down or a row of chips."""

    value: str
    label: str
    chosen: bool
    href: str = ""


def choices(listed: Iterable[tuple[str, str]], chosen: str) -> tuple[Choice, ...]:
    """Values and labels as the options of a drop-down."""
    return tuple(
        Choice(value=value, label=label, chosen=value == chosen) for value, label in listed
    )
