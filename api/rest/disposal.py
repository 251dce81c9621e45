"""Lists of cases to be destroyed, the register of what was, and holds (ours)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api import auth
from api.exact import ExactRoute
from api.rest.answers import answer
from api.rest.parameters import Administrator
from api.rest.shapes import Answer, Ask, KeyOut, KeyText, Text
from engine.model.retention import (
    Disposal,
    DisposalList,
    ItemState,
    LegalHold,
    ListState,
    Stage,
)
from engine.service.archive.disposal import (
    approve_disposal,
    confirm_disposal,
    discard_disposal,
    disposal_list,
    disposal_lists,
    disposals,
    propose_disposal,
)
from engine.service.archive.legal_hold import lift_hold, list_holds, place_hold

router = APIRouter(tags=["销毁"], route_class=ExactRoute)

Limit = Annotated[int, Query(ge=1, le=1_000)]


class ReasonAsk(Ask):
    reason: Text


class NoteAsk(Ask):
    note: Text = ""


class DisposalListOut(Answer):
    """``stage``: PERSONAL, what is personal in the cases; WHOLE, all but their line here."""

    disposal_list_key: KeyOut
    stage: Stage
    state: ListState
    count: int
    proposed_at: datetime
    confirmed_by_name: str
    confirmed_at: datetime | None
    approved_by_name: str
    approved_at: datetime | None
    done_at: datetime | None
    note: str


class DisposalListsOut(Answer):
    items: list[DisposalListOut]


class DisposalOut(Answer):
    """``journalDigest``: hex; the head of the case's journal, as checkpoints prove it."""

    disposal_key: KeyOut
    disposal_list_key: KeyOut
    process_instance_key: KeyOut
    case_number: str
    process_definition_id: str
    process_name: str
    stage: Stage
    state: ItemState
    rule: str
    ended_at: datetime
    journal_number: int
    journal_digest: str
    done_at: datetime | None
    reason: str
    held: bool


class DisposalsOut(Answer):
    items: list[DisposalOut]


class LegalHoldOut(Answer):
    process_instance_key: KeyOut
    case_number: str
    reason: str
    placed_by_name: str
    placed_at: datetime
    lifted_by_name: str
    lifted_at: datetime | None


class LegalHoldsOut(Answer):
    items: list[LegalHoldOut]


@router.get("/disposal-lists", summary="销毁清册", response_model=DisposalListsOut)
def lists(
    request: Request, actor: Administrator, before: KeyText | None = None, limit: Limit = 50
) -> Response:
    found = disposal_lists(auth.application(request), actor, before=before, limit=limit)
    return answer(DisposalListsOut(items=[list_out(each) for each in found]))


@router.post("/disposal-lists", summary="提出销毁清册", response_model=DisposalListsOut)
def propose(request: Request, actor: Administrator) -> Response:
    """Of what has had its time and is on no list yet; empty where there is nothing."""
    app = auth.application(request)
    made = propose_disposal(app, actor, now_please=True)
    found = [disposal_list(app, actor, key=key) for key in made]
    return answer(DisposalListsOut(items=[list_out(each) for each in found]))


@router.get(
    "/disposal-lists/{disposalListKey}/disposals", summary="清册内容", response_model=DisposalsOut
)
def of_list(
    request: Request,
    actor: Administrator,
    disposalListKey: KeyText,  # noqa: N803
    after: KeyText | None = None,
    limit: Limit = 100,
) -> Response:
    app = auth.application(request)
    disposal_list(app, actor, key=disposalListKey)
    found = disposals(app, actor, list_key=disposalListKey, after=after, limit=limit)
    return answer(DisposalsOut(items=[disposal_out(each) for each in found]))


@router.post(
    "/disposal-lists/{disposalListKey}/confirmation",
    summary="核对清册",
    response_model=DisposalListOut,
)
def confirm(
    request: Request,
    actor: Administrator,
    disposalListKey: KeyText,  # noqa: N803
    ask: NoteAsk | None = None,
) -> Response:
    note = ask.note if ask else ""
    made = confirm_disposal(auth.application(request), actor, key=disposalListKey, note=note)
    return answer(list_out(made))


@router.post(
    "/disposal-lists/{disposalListKey}/approval",
    summary="批准清册",
    response_model=DisposalListOut,
)
def approve(request: Request, actor: Administrator, disposalListKey: KeyText) -> Response:  # noqa: N803
    """By another administrator than who confirmed it."""
    return answer(list_out(approve_disposal(auth.application(request), actor, key=disposalListKey)))


@router.post(
    "/disposal-lists/{disposalListKey}/rejection",
    summary="退回清册",
    response_model=DisposalListOut,
)
def reject(
    request: Request,
    actor: Administrator,
    disposalListKey: KeyText,  # noqa: N803
    ask: ReasonAsk,
) -> Response:
    made = discard_disposal(
        auth.application(request), actor, key=disposalListKey, reason=ask.reason
    )
    return answer(list_out(made))


@router.get("/disposals", summary="销毁登记", response_model=DisposalsOut)
def register(
    request: Request,
    actor: Administrator,
    caseNumber: Annotated[str, Query(max_length=100)] = "",  # noqa: N803
    after: KeyText | None = None,
    limit: Limit = 100,
) -> Response:
    """By the start of a case's number."""
    app = auth.application(request)
    found = disposals(app, actor, number=caseNumber, after=after, limit=limit)
    return answer(DisposalsOut(items=[disposal_out(each) for each in found]))


@router.get("/legal-holds", summary="暂缓销毁的事项", response_model=LegalHoldsOut)
def holds(request: Request, actor: Administrator) -> Response:
    found = list_holds(auth.application(request), actor)
    return answer(LegalHoldsOut(items=[hold_out(each) for each in found]))


@router.post(
    "/process-instances/{processInstanceKey}/legal-hold",
    summary="暂缓销毁",
    response_model=LegalHoldOut,
)
def hold(
    request: Request,
    actor: Administrator,
    processInstanceKey: KeyText,  # noqa: N803
    ask: ReasonAsk,
) -> Response:
    made = place_hold(auth.application(request), actor, key=processInstanceKey, reason=ask.reason)
    return answer(hold_out(made))


@router.post(
    "/process-instances/{processInstanceKey}/legal-hold/release",
    summary="解除暂缓销毁",
    response_model=LegalHoldOut,
)
def release(
    request: Request,
    actor: Administrator,
    processInstanceKey: KeyText,  # noqa: N803
    ask: ReasonAsk,
) -> Response:
    made = lift_hold(auth.application(request), actor, key=processInstanceKey, reason=ask.reason)
    return answer(hold_out(made))


def list_out(found: DisposalList) -> DisposalListOut:
    return DisposalListOut(
        disposal_list_key=found.key,
        stage=found.stage,
        state=found.state,
        count=found.count,
        proposed_at=found.proposed_at,
        confirmed_by_name=found.confirmed_by_name,
        confirmed_at=found.confirmed_at,
        approved_by_name=found.approved_by_name,
        approved_at=found.approved_at,
        done_at=found.done_at,
        note=found.note,
    )


def disposal_out(found: Disposal) -> DisposalOut:
    return DisposalOut(
        disposal_key=found.key,
        disposal_list_key=found.list_key,
        process_instance_key=found.instance_key,
        case_number=found.number,
        process_definition_id=found.process_id,
        process_name=found.process_name,
        stage=found.stage,
        state=found.state,
        rule=found.rule,
        ended_at=found.ended_at,
        journal_number=found.journal_number,
        journal_digest=found.journal_digest.hex(),
        done_at=found.done_at,
        reason=found.reason,
        held=found.held,
    )


def hold_out(found: LegalHold) -> LegalHoldOut:
    return LegalHoldOut(
        process_instance_key=found.instance_key,
        case_number=found.number,
        reason=found.reason,
        placed_by_name=found.placed_by_name,
        placed_at=found.placed_at,
        lifted_by_name=found.lifted_by_name,
        lifted_at=found.lifted_at,
    )
