"""Stops of a case's statutory clock (中止计时): intervals that do not count; ours."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import auth
from api.exact import ExactRoute
from api.rest.answers import answer
from api.rest.parameters import Caller, Once
from api.rest.shapes import Answer, Ask, KeyOut, KeyText, Text
from engine.model.clock import ClockStop, StopKind
from engine.model.letters import Letter
from engine.service.clock.case_clock import list_clock_stops
from engine.service.clock.stop_clock import resume_clock, stop_clock

router = APIRouter(tags=["流程实例"], route_class=ExactRoute, prefix="/process-instances")

Kind = Literal["SUPPLEMENT", "ANNOUNCEMENT", "INSPECTION", "EXPERT", "OTHER"]


class ClockStopAsk(Ask):
    """``documentKey``: the written notice, among the case's documents."""

    kind: Kind
    reason: Text
    document_key: KeyText | None = None


class ClockResumptionAsk(Ask):
    reason: Text


class ClockStopOut(Answer):
    """``stoppedBy``: null where the diagram stopped it; ``resumptionDate``: null = still stopped;
    ``letterKey``, ``letterNumber`` (文号): of the letter that told the applicant of it."""

    clock_stop_key: KeyOut
    kind: str
    reason: str
    stopped_by: str | None
    stop_date: datetime
    resumed_by: str | None
    resumption_date: datetime | None
    document_key: KeyOut | None
    letter_key: KeyOut | None = None
    letter_number: str | None = None


class ClockStopsOut(Answer):
    items: list[ClockStopOut]


@router.post("/{processInstanceKey}/clock-stops", summary="中止计时", response_model=ClockStopOut)
def stop(
    request: Request,
    actor: Caller,
    processInstanceKey: KeyText,  # noqa: N803
    ask: ClockStopAsk,
    idempotency_key: Once = None,
) -> Response:
    """By whoever has an open task of the case, or an administrator; the applicant is told."""
    made = stop_clock(
        auth.application(request),
        actor,
        key=processInstanceKey,
        kind=StopKind(ask.kind),
        reason=ask.reason,
        document=ask.document_key,
        idempotency_key=idempotency_key,
    )
    return answer(clock_stop_out(made))


@router.post(
    "/{processInstanceKey}/clock-stops/resumption",
    summary="恢复计时",
    response_model=ClockStopOut,
)
def resume(
    request: Request,
    actor: Caller,
    processInstanceKey: KeyText,  # noqa: N803
    ask: ClockResumptionAsk,
    idempotency_key: Once = None,
) -> Response:
    """What was left of each period counts from the day after, in its own unit."""
    over = resume_clock(
        auth.application(request),
        actor,
        key=processInstanceKey,
        reason=ask.reason,
        idempotency_key=idempotency_key,
    )
    return answer(clock_stop_out(over))


@router.post(
    "/{processInstanceKey}/clock-stops/search",
    summary="计时中止的记录",
    response_model=ClockStopsOut,
)
def search(request: Request, actor: Caller, processInstanceKey: KeyText) -> Response:  # noqa: N803
    """All stops of the case, the first one first."""
    stops = list_clock_stops(auth.application(request), actor, key=processInstanceKey)
    listed = [clock_stop_out(each.stop, each.letter) for each in stops]
    return answer(ClockStopsOut(items=listed))


def clock_stop_out(stop: ClockStop, letter: Letter | None = None) -> ClockStopOut:
    return ClockStopOut(
        clock_stop_key=stop.key,
        kind=stop.kind.value,
        reason=stop.reason,
        stopped_by=stop.by or None,
        stop_date=stop.stopped_at,
        resumed_by=stop.resumed_by or None,
        resumption_date=stop.resumed_at,
        document_key=stop.document or (letter.document_key if letter else None),
        letter_key=letter.key if letter else None,
        letter_number=letter.symbol if letter else None,
    )
