"""批量审批、批量签收: many user tasks at once, each by a command of its own."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from api import auth
from api.errors import kind_of
from api.exact import ExactRoute
from api.language import said
from api.rest.answers import answer
from api.rest.parameters import Caller, Once
from api.rest.shapes import Answer, Ask, KeyOut, KeyText, Name, Text
from engine.model.errors import BanshiError
from engine.service.tasks.batch import LARGEST, BatchLine, batch_claim, batch_complete

router = APIRouter(tags=["待办任务"], route_class=ExactRoute, prefix="/user-tasks")


Keys = Annotated[list[KeyText], Field(min_length=1, max_length=LARGEST)]


class BatchCompletionAsk(Ask):
    user_task_keys: Keys
    outcome: Name
    opinion: Text = ""


class BatchClaimAsk(Ask):
    user_task_keys: Keys


class RefusalOut(Answer):
    """As in a problem document: why this one was not handled."""

    status: int
    type: str
    title: str
    detail: str


class BatchLineOut(Answer):
    user_task_key: KeyOut
    done: bool
    outcome: str | None
    problem: RefusalOut | None


class BatchOut(Answer):
    """In the order asked for; ``done``: how many were handled."""

    done: int
    items: list[BatchLineOut]


@router.post("/batch-completion", summary="批量审批", response_model=BatchOut)
def completion(
    request: Request,
    actor: Caller,
    ask: BatchCompletionAsk,
    idempotency_key: Once = None,
) -> Response:
    """Always 200: what came of each stands in its line."""
    lines = batch_complete(
        auth.application(request),
        actor,
        keys=ask.user_task_keys,
        outcome=ask.outcome,
        opinion=ask.opinion,
        idempotency_key=idempotency_key,
    )
    return answer(_out(lines))


@router.post("/batch-claim", summary="批量签收", response_model=BatchOut)
def claim(request: Request, actor: Caller, ask: BatchClaimAsk) -> Response:
    """Always 200: what came of each stands in its line."""
    return answer(_out(batch_claim(auth.application(request), actor, keys=ask.user_task_keys)))


def _out(lines: tuple[BatchLine, ...]) -> BatchOut:
    return BatchOut(
        done=sum(line.done for line in lines),
        items=[
            BatchLineOut(
                user_task_key=line.key,
                done=line.done,
                outcome=line.task.outcome if line.done and line.task else None,
                problem=None if line.done else _refusal(line),
            )
            for line in lines
        ],
    )


def _refusal(line: BatchLine) -> RefusalOut:
    kind = kind_of(line.error or BanshiError())
    return RefusalOut(
        status=kind.status,
        type=f"urn:banshi:problem:{kind.name}",
        title=said(kind.title),
        detail=said(line.reason),
    )
