"""Messages and signals from outside."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from api import auth
from api.exact import ExactRoute
from api.rest.answers import answer
from api.rest.parameters import Administrator
from api.rest.shapes import TENANT, Answer, Ask, KeyOut, Name, ShortText, Tenant, Variables, Whole
from engine.service.exchange.publish_message import (
    broadcast_signal,
    correlate_message,
    publish_message,
)

router = APIRouter(tags=["消息与信号"], route_class=ExactRoute)


#: A message is not kept for longer than a year.
_LONGEST = 366 * 24 * 3600 * 1000


class PublicationAsk(Ask):
    """``timeToLive`` in milliseconds: so long it waits for whoever subscribes later."""

    name: Name
    correlation_key: ShortText = ""
    time_to_live: Annotated[Whole, Field(ge=0, le=_LONGEST)] = 0
    message_id: ShortText | None = None
    variables: Variables = Field(default_factory=dict)
    tenant_id: Tenant = "<default>"


class PublicationOut(Answer):
    message_key: KeyOut
    tenant_id: str = TENANT


class CorrelationAsk(Ask):
    name: Name
    correlation_key: ShortText = ""
    variables: Variables = Field(default_factory=dict)
    tenant_id: Tenant = "<default>"


class CorrelationOut(Answer):
    message_key: KeyOut
    process_instance_key: KeyOut
    tenant_id: str = TENANT


class SignalAsk(Ask):
    signal_name: Name
    variables: Variables = Field(default_factory=dict)
    tenant_id: Tenant = "<default>"


class SignalOut(Answer):
    signal_key: KeyOut
    tenant_id: str = TENANT


@router.post("/messages/publication", summary="发布消息", response_model=PublicationOut)
def publish(request: Request, actor: Administrator, ask: PublicationAsk) -> Response:
    """To whoever waits for it, or will within its time to live."""
    key = publish_message(
        auth.application(request),
        actor,
        name=ask.name,
        correlation_key=ask.correlation_key,
        variables=ask.variables,
        ttl=timedelta(milliseconds=ask.time_to_live),
        message_id=ask.message_id or None,
    )
    return answer(PublicationOut(message_key=key))


@router.post("/messages/correlation", summary="关联消息", response_model=CorrelationOut)
def correlate(request: Request, actor: Administrator, ask: CorrelationAsk) -> Response:
    """To whoever waits for it now; 404 where nobody does."""
    correlated = correlate_message(
        auth.application(request),
        actor,
        name=ask.name,
        correlation_key=ask.correlation_key,
        variables=ask.variables,
    )
    return answer(
        CorrelationOut(
            message_key=correlated.message_key, process_instance_key=correlated.instance_key
        )
    )


@router.post("/signals/broadcast", summary="广播信号", response_model=SignalOut)
def broadcast(request: Request, actor: Administrator, ask: SignalAsk) -> Response:
    """To all who wait for it."""
    key = broadcast_signal(
        auth.application(request), actor, name=ask.signal_name, variables=ask.variables
    )
    return answer(SignalOut(signal_key=key))
