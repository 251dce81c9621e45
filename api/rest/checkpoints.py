"""Signed checkpoints over all journals: public, so that anybody can keep them (ours)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from api import auth
from api.exact import ExactRoute
from api.rest.answers import answer
from api.rest.shapes import Answer
from engine.model.checkpoints import Checkpoint, fingerprint, moment_text
from engine.service.history.checkpoints import LARGEST_PAGE, list_checkpoints, prove_consistency

router = APIRouter(
    tags=["检查点"],
    route_class=ExactRoute,
    prefix="/checkpoints",
    dependencies=[Depends(auth.public)],
)

Number = Annotated[int, Query(ge=1, lt=1 << 63)]


class CheckpointOut(Answer):
    """``root``, ``previous``, ``publicKey``, ``signature``: hex; ``at`` in the very form that is
    signed. ``fingerprint``: of the key."""

    number: int
    size: int
    root: str
    previous: str
    at: str
    public_key: str
    signature: str
    fingerprint: str


class CheckpointsOut(Answer):
    items: list[CheckpointOut]


class ConsistencyOut(Answer):
    """``proof``: RFC 6962, section 2.1.2, hex."""

    first: CheckpointOut
    second: CheckpointOut
    proof: list[str]


@router.get("", summary="检查点", response_model=CheckpointsOut)
def listed(
    request: Request,
    before: Annotated[int | None, Query(ge=1, lt=1 << 63)] = None,
    limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = 100,
) -> Response:
    """The newest first; ``before``: only those with a smaller number."""
    found = list_checkpoints(auth.application(request), before=before, limit=limit)
    return answer(CheckpointsOut(items=[checkpoint_out(each) for each in found]))


@router.get("/consistency", summary="检查点一致性证明", response_model=ConsistencyOut)
def consistency(request: Request, first: Number, second: Number) -> Response:
    """That the later checkpoint covers all that the earlier one does, unchanged."""
    found = prove_consistency(auth.application(request), first=first, second=second)
    return answer(
        ConsistencyOut(
            first=checkpoint_out(found.first),
            second=checkpoint_out(found.second),
            proof=[each.hex() for each in found.proof],
        )
    )


def checkpoint_out(checkpoint: Checkpoint) -> CheckpointOut:
    return CheckpointOut(
        number=checkpoint.number,
        size=checkpoint.size,
        root=checkpoint.root.hex(),
        previous=checkpoint.previous.hex(),
        at=moment_text(checkpoint.at),
        public_key=checkpoint.key.hex(),
        signature=checkpoint.signature.hex(),
        fingerprint=fingerprint(checkpoint.key),
    )
