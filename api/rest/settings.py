"""Switches of the whole installation; ours."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import auth
from api.exact import ExactRoute
from api.rest.answers import answer, done
from api.rest.parameters import Caller
from api.rest.shapes import Answer, Ask, Flag
from engine.service.tasks.deduplicate import deduplication, switch_deduplication

router = APIRouter(tags=["集群"], route_class=ExactRoute, prefix="/settings")


class DeduplicationAsk(Ask):
    enabled: Flag


class DeduplicationOut(Answer):
    enabled: bool


@router.get("/deduplication", summary="自动去重的开关", response_model=DeduplicationOut)
def show(request: Request, actor: Caller) -> Response:
    return answer(DeduplicationOut(enabled=deduplication(auth.application(request), actor)))


@router.put("/deduplication", summary="开关自动去重", status_code=204)
def switch(request: Request, actor: Caller, ask: DeduplicationAsk) -> Response:
    """Administrators only; off by default."""
    switch_deduplication(auth.application(request), actor, on=ask.enabled)
    return done()
