"""Recusal (回避) and the relations it is found by; ours, in Camunda's style."""

from __future__ import annotations

from datetime import date, datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import auth
from api.exact import ExactRoute
from api.rest.answers import answer, done
from api.rest.parameters import Administrator, Caller, Once
from api.rest.shapes import (
    Answer,
    Ask,
    Flag,
    KeyOut,
    KeyText,
    Name,
    Text,
)
from engine.model.recusals import Recusal, Relation, RelationKind
from engine.service.recusal.decide_recusal import decide_recusal, lift_recusal
from engine.service.recusal.list_recusals import case_recusals, my_recusals, pending_recusals
from engine.service.recusal.recuse import ask_recusal, declare_recusal
from engine.service.recusal.relations import add_relation, list_relations, revoke_relation

router = APIRouter(tags=["回避与代理"], route_class=ExactRoute)


class RecusalAsk(Ask):
    """``username``: whose recusal is asked for; without it the caller declares his own."""

    username: Name | None = None
    reason: Text


class RecusalSearchAsk(Ask):
    """Of a case; or (``pending``) those that wait for the caller's decision; else his own."""

    process_instance_key: KeyText | None = None
    pending: Flag = False


class DecisionAsk(Ask):
    granted: Flag
    reason: Text


class LiftAsk(Ask):
    reason: Text


class RecusalOut(Answer):
    """``kind``: DECLARED, ASKED, RULE; ``state``: ASKED, IN_FORCE, REFUSED, LIFTED."""

    recusal_key: KeyOut
    process_instance_key: KeyOut
    case_number: str
    username: str
    name: str
    kind: str
    state: str
    asked_by: str
    asked_date: datetime
    reason: str
    decided_by: str | None
    decision_date: datetime | None
    decision_reason: str


class RecusalsOut(Answer):
    items: list[RecusalOut]


class RelationAsk(Ask):
    username: Name
    other: Name
    kind: RelationKind
    since: date
    until: date | None = None
    note: Text = ""


class RelationSearchAsk(Ask):
    username: Name | None = None


class RelationOut(Answer):
    relation_key: KeyOut
    username: str
    name: str
    other: str
    other_name: str
    kind: str
    since: date
    until: date | None
    note: str


class RelationsOut(Answer):
    items: list[RelationOut]


@router.post(
    "/process-instances/{processInstanceKey}/recusals",
    summary="声明或申请回避",
    status_code=201,
    response_model=RecusalOut,
)
def recuse(
    request: Request,
    actor: Caller,
    processInstanceKey: KeyText,  # noqa: N803
    ask: RecusalAsk,
    idempotency_key: Once = None,
) -> Response:
    """One's own takes effect at once; somebody else's waits for a decision."""
    app = auth.application(request)
    if ask.username is None or ask.username == actor.username:
        made = declare_recusal(
            app,
            actor,
            key=processInstanceKey,
            reason=ask.reason,
            idempotency_key=idempotency_key,
        )
    else:
        made = ask_recusal(
            app,
            actor,
            key=processInstanceKey,
            username=ask.username,
            reason=ask.reason,
            idempotency_key=idempotency_key,
        )
    return answer(recusal_out(made), status=201)


@router.post("/recusals/search", summary="查询回避", response_model=RecusalsOut)
def search(request: Request, actor: Caller, ask: RecusalSearchAsk | None = None) -> Response:
    app, asked = auth.application(request), ask or RecusalSearchAsk()
    if asked.process_instance_key is not None:
        listed = case_recusals(app, actor, key=asked.process_instance_key)
    elif asked.pending:
        listed = pending_recusals(app, actor)
    else:
        listed = my_recusals(app, actor)
    return answer(RecusalsOut(items=[recusal_out(each) for each in listed]))


@router.post("/recusals/{recusalKey}/decision", summary="决定是否回避", response_model=RecusalOut)
def decide(
    request: Request,
    actor: Caller,
    recusalKey: KeyText,  # noqa: N803
    ask: DecisionAsk,
) -> Response:
    """By an administrator or a leader of the case; never by whom it concerns."""
    decided = decide_recusal(
        auth.application(request), actor, key=recusalKey, grant=ask.granted, note=ask.reason
    )
    return answer(recusal_out(decided))


@router.post("/recusals/{recusalKey}/lift", summary="解除回避", response_model=RecusalOut)
def lift(
    request: Request,
    actor: Administrator,
    recusalKey: KeyText,  # noqa: N803
    ask: LiftAsk,
) -> Response:
    lifted = lift_recusal(auth.application(request), actor, key=recusalKey, reason=ask.reason)
    return answer(recusal_out(lifted))


@router.post(
    "/relations", summary="登记亲属与任职关系", status_code=201, response_model=RelationOut
)
def relate(request: Request, actor: Administrator, ask: RelationAsk) -> Response:
    made = add_relation(
        auth.application(request),
        actor,
        username=ask.username,
        other=ask.other,
        kind=ask.kind,
        since=ask.since,
        until=ask.until,
        note=ask.note,
    )
    return answer(relation_out(made), status=201)


@router.post("/relations/search", summary="查询亲属与任职关系", response_model=RelationsOut)
def relations(
    request: Request, actor: Administrator, ask: RelationSearchAsk | None = None
) -> Response:
    username = ask.username if ask else None
    listed = list_relations(auth.application(request), actor, username=username)
    return answer(RelationsOut(items=[relation_out(each) for each in listed]))


@router.delete("/relations/{relationKey}", summary="撤销登记的关系", status_code=204)
def unrelate(
    request: Request,
    actor: Administrator,
    relationKey: KeyText,  # noqa: N803
) -> Response:
    revoke_relation(auth.application(request), actor, key=relationKey)
    return done()


def recusal_out(recusal: Recusal) -> RecusalOut:
    return RecusalOut(
        recusal_key=recusal.key,
        process_instance_key=recusal.instance_key,
        case_number=recusal.case_number,
        username=recusal.username,
        name=recusal.name,
        kind=recusal.kind,
        state=recusal.state,
        asked_by=recusal.asked_by,
        asked_date=recusal.asked_at,
        reason=recusal.reason,
        decided_by=recusal.decided_by,
        decision_date=recusal.decided_at,
        decision_reason=recusal.note,
    )


def relation_out(relation: Relation) -> RelationOut:
    return RelationOut(
        relation_key=relation.key,
        username=relation.username,
        name=relation.name,
        other=relation.other,
        other_name=relation.other_name,
        kind=relation.kind,
        since=relation.since,
        until=relation.until,
        note=relation.note,
    )
