"""Absence proxies (代理) and handing over (离岗交接); ours, in Camunda's style."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from pydantic import Field

from api import auth
from api.exact import ExactRoute
from api.language import said
from api.rest.answers import answer, done
from api.rest.parameters import Administrator, Caller
from api.rest.shapes import Answer, Ask, Flag, KeyOut, KeyText, Moment, Name, Text
from engine.model.proxies import Proxy
from engine.model.records import UserTask
from engine.service.absence.hand_over import HandedOver, LeaversWork, hand_over, leavers_work
from engine.service.absence.proxies import list_proxies, name_proxy, revoke_proxy

router = APIRouter(tags=["回避与代理"], route_class=ExactRoute)

Username = Annotated[str, Path(max_length=64)]


class ProxyAsk(Ask):
    """``principal``: the caller where it is left out; no ``processDefinitionIds``: all services."""

    principal: Name | None = None
    proxy: Name
    start_date: Moment
    end_date: Moment
    process_definition_ids: Annotated[list[Name], Field(max_length=100)] = Field(
        default_factory=list
    )
    reason: Text = ""


class ProxySearchAsk(Ask):
    username: Name | None = None
    live: Flag = False


class ProxyOut(Answer):
    """``state``: planned, live, over, revoked."""

    proxy_key: KeyOut
    principal: str
    principal_name: str
    proxy: str
    proxy_name: str
    process_definition_ids: list[str]
    start_date: datetime
    end_date: datetime
    reason: str
    created_by: str
    state: str


class ProxiesOut(Answer):
    items: list[ProxyOut]


class HandOverAsk(Ask):
    """``successors``: process id → username, where a service has a successor of its own."""

    successor: Name
    successors: Annotated[dict[Name, Name], Field(max_length=200)] = Field(default_factory=dict)
    reason: Text
    end_memberships: Flag = False
    close_account: Flag = False


class StandingOut(Answer):
    """How the leaver stands in a task: ``holds``, ``waits``, ``lent``, ``added``, ``candidate``."""

    user_task_key: KeyOut
    process_instance_key: KeyOut
    process_definition_id: str
    name: str
    case_number: str
    standing: list[str]


class LeaversWorkOut(Answer):
    username: str
    name: str
    total: int
    items: list[StandingOut]


class FailureOut(Answer):
    user_task_key: KeyOut
    name: str
    case_number: str
    reason: str


class HandedOverOut(Answer):
    """``left``: open tasks in which the leaver still stands."""

    handed_over: list[KeyOut]
    failed: list[FailureOut]
    left: int
    account_closed: bool


@router.post("/proxies", summary="设置代理", status_code=201, response_model=ProxyOut)
def name(request: Request, actor: Caller, ask: ProxyAsk) -> Response:
    app = auth.application(request)
    made = name_proxy(
        app,
        actor,
        principal=ask.principal or actor.username,
        proxy=ask.proxy,
        starts_at=ask.start_date,
        ends_at=ask.end_date,
        process_ids=ask.process_definition_ids,
        reason=ask.reason,
    )
    return answer(proxy_out(made, app.now()), status=201)


@router.post("/proxies/search", summary="查询代理", response_model=ProxiesOut)
def search(request: Request, actor: Caller, ask: ProxySearchAsk | None = None) -> Response:
    app, asked = auth.application(request), ask or ProxySearchAsk()
    listed = list_proxies(app, actor, username=asked.username, live=asked.live)
    return answer(ProxiesOut(items=[proxy_out(each, app.now()) for each in listed]))


@router.delete("/proxies/{proxyKey}", summary="撤销代理", status_code=204)
def revoke(
    request: Request,
    actor: Caller,
    proxyKey: KeyText,  # noqa: N803
) -> Response:
    revoke_proxy(auth.application(request), actor, key=proxyKey)
    return done()


@router.get("/users/{username}/hand-over", summary="离岗交接清单", response_model=LeaversWorkOut)
def preview(request: Request, actor: Administrator, username: Username) -> Response:
    return answer(_work_out(leavers_work(auth.application(request), actor, username=username)))


@router.post("/users/{username}/hand-over", summary="离岗交接", response_model=HandedOverOut)
def carry_out(
    request: Request, actor: Administrator, username: Username, ask: HandOverAsk
) -> Response:
    """Always 200: what could not be handed over stands in ``failed``, with the reason."""
    handed = hand_over(
        auth.application(request),
        actor,
        username=username,
        successor=ask.successor,
        successors=ask.successors,
        reason=ask.reason,
        end_memberships=ask.end_memberships,
        close_account=ask.close_account,
    )
    return answer(_handed_out(handed))


def proxy_out(proxy: Proxy, now: datetime) -> ProxyOut:
    return ProxyOut(
        proxy_key=proxy.key,
        principal=proxy.principal,
        principal_name=proxy.principal_name,
        proxy=proxy.proxy,
        proxy_name=proxy.proxy_name,
        process_definition_ids=list(proxy.process_ids),
        start_date=proxy.starts_at,
        end_date=proxy.ends_at,
        reason=proxy.reason,
        created_by=proxy.created_by,
        state=proxy.state(now),
    )


def _work_out(found: LeaversWork) -> LeaversWorkOut:
    return LeaversWorkOut(
        username=found.leaver.username,
        name=found.leaver.name,
        total=found.total,
        items=[
            StandingOut(
                user_task_key=each.task.key,
                process_instance_key=each.task.instance_key,
                process_definition_id=each.task.process_id,
                name=each.task.name,
                case_number=each.task.case_number,
                standing=list(each.place.ways),
            )
            for each in found.shown
        ],
    )


def _handed_out(handed: HandedOver) -> HandedOverOut:
    return HandedOverOut(
        handed_over=[task.key for task in handed.done],
        failed=[_failure_out(each.task, each.reason) for each in handed.failed],
        left=handed.left,
        account_closed=handed.closed,
    )


def _failure_out(task: UserTask, reason: str) -> FailureOut:
    return FailureOut(
        user_task_key=task.key, name=task.name, case_number=task.case_number, reason=said(reason)
    )
