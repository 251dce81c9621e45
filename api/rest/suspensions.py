"""暂停、恢复: let a case stand still, and go on."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import auth
from api.exact import ExactRoute
from api.rest.answers import done
from api.rest.parameters import Administrator, Once
from api.rest.shapes import (
    Ask,
    KeyText,
    Text,
    Whole,
)
from engine.service.administration.suspend_case import resume_case, suspend_case

router = APIRouter(tags=["流程实例"], route_class=ExactRoute, prefix="/process-instances")


class ReasonAsk(Ask):
    reason: Text = ""
    operation_reference: Whole | None = None


@router.post("/{processInstanceKey}/suspension", summary="暂停事项", status_code=204)
def suspend(
    request: Request,
    actor: Administrator,
    processInstanceKey: KeyText,  # noqa: N803
    ask: ReasonAsk,
    idempotency_key: Once = None,
) -> Response:
    """Nothing in it moves until it is resumed (ours)."""
    suspend_case(
        auth.application(request),
        actor,
        key=processInstanceKey,
        reason=ask.reason,
        idempotency_key=idempotency_key,
    )
    return done()


@router.post("/{processInstanceKey}/resumption", summary="恢复事项", status_code=204)
def resume(
    request: Request,
    actor: Administrator,
    processInstanceKey: KeyText,  # noqa: N803
    ask: ReasonAsk,
    idempotency_key: Once = None,
) -> Response:
    """What fell due meanwhile happens now (ours)."""
    resume_case(
        auth.application(request),
        actor,
        key=processInstanceKey,
        reason=ask.reason,
        idempotency_key=idempotency_key,
    )
    return done()
