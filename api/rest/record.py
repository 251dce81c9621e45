"""A case's journal, and its record for whoever checks it elsewhere (ours)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import auth
from api.exact import ExactRoute
from api.language import said
from api.rest.answers import answer
from api.rest.parameters import Caller
from api.rest.shapes import Answer, KeyOut, KeyText, VariablesOut
from engine.model.chain import canonical
from engine.model.records import Entry
from engine.service.cases.case_page import case_page
from engine.service.history.record import export_record

router = APIRouter(tags=["流程实例"], route_class=ExactRoute, prefix="/process-instances")


class EntryOut(Answer):
    """``said``: what was said, as far as one may see it. ``digest``: the link of the chain, hex."""

    number: int
    at: datetime
    actor_name: str
    on_behalf_of: str | None
    kind: str
    element_id: str | None
    element_name: str
    summary: str
    said: VariablesOut
    digest: str


class JournalOut(Answer):
    items: list[EntryOut]


class BreakOut(Answer):
    number: int
    reason: str


class RecordOut(Answer):
    """What goes over the wire is the signed document itself, of which these are the fields.

    ``entries``: as they are hashed, in order; ``algorithm`` says how all of it is checked.
    """

    format: str
    algorithm: str
    exported_at: datetime
    process_instance_key: KeyOut
    case_number: str
    title: str
    case: Mapping[str, Any]
    sound: bool
    breaks: list[BreakOut]
    entries: list[Mapping[str, Any]]
    head: Mapping[str, Any]
    documents: list[Mapping[str, Any]]
    letters: list[Mapping[str, Any]]
    inclusion: Mapping[str, Any] | None
    checkpoint: Mapping[str, Any] | None
    public_key: str
    signature: str


@router.get("/{processInstanceKey}/journal", summary="办理记录", response_model=JournalOut)
def journal(request: Request, actor: Caller, processInstanceKey: KeyText) -> Response:  # noqa: N803
    """Every step of the case, oldest first."""
    page = case_page(auth.application(request), actor, key=processInstanceKey)
    return answer(JournalOut(items=[_entry(entry) for entry in page.entries]))


@router.get("/{processInstanceKey}/record", summary="可验证的存档", response_model=RecordOut)
def record(request: Request, actor: Caller, processInstanceKey: KeyText) -> Response:  # noqa: N803
    """The whole chain with its digests, to be checked by whoever does not trust this server."""
    exported = export_record(auth.application(request), actor, key=processInstanceKey)
    # exactly what was signed: written out by nobody else
    return Response(canonical(exported.document).encode(), media_type="application/json")


def _entry(entry: Entry) -> EntryOut:
    return EntryOut(
        number=entry.number,
        at=entry.at,
        actor_name=entry.actor_name,
        on_behalf_of=entry.on_behalf_of,
        kind=entry.kind,
        element_id=entry.element_id,
        element_name=entry.element_name,
        summary=said(entry.summary),
        said=dict(entry.said),
        digest=entry.digest,
    )
