"""Operations on the seats of a user task: 委派、归还、收回、加签、减签、退回、撤回."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from api import auth
from api.exact import ExactRoute
from api.language import said
from api.rest.answers import answer, done
from api.rest.parameters import Caller, Once
from api.rest.shapes import Answer, Ask, KeyOut, KeyText, Name, Text
from engine.service.cases.pages import SeatView, TaskPage
from engine.service.seats.add_sign import add_sign
from engine.service.seats.remove_sign import remove_sign
from engine.service.tasks.assign_task import assign_task
from engine.service.tasks.call_back_task import call_back_task
from engine.service.tasks.delegate_task import delegate_task
from engine.service.tasks.resolve_task import resolve_task
from engine.service.tasks.return_to_node import return_to_node
from engine.service.tasks.task_page import task_page
from engine.service.tasks.withdraw_step import withdraw_step

router = APIRouter(tags=["待办任务"], route_class=ExactRoute, prefix="/user-tasks")


class DelegationAsk(Ask):
    assignee: Name
    reason: Text = ""


class ResolutionAsk(Ask):
    opinion: Text = ""


class DelegationRecallAsk(Ask):
    reason: Text = ""


class SignAdditionAsk(Ask):
    """``mode``: before 前加签, after 后加签, parallel 并加签."""

    mode: Literal["before", "after", "parallel"]
    people: Annotated[list[Name], Field(min_length=1, max_length=20)]
    reason: Text = ""


class SignRemovalAsk(Ask):
    seat_key: KeyText
    reason: Text = ""


class SeatAssignmentAsk(Ask):
    assignee: Name
    reason: Text = ""


class ReturnAsk(Ask):
    """One of the two: an element (its latest visit), or one visit of it."""

    target_element_id: Name | None = None
    target_element_instance_key: KeyText | None = None
    reason: Text


class WithdrawalAsk(Ask):
    reason: Text = ""


class SeatOut(Answer):
    """``delegatedBy``: who gets it back, the next one last."""

    seat_key: KeyOut
    ordinal: int
    kind: str
    state: str
    holder: str | None
    holder_name: str
    first_holder_name: str
    group: str
    delegated_by: list[str]
    added_by_name: str
    weight: str
    outcome: str | None
    opinion: str
    opening_date: datetime | None
    end_date: datetime | None
    reason: str
    mine: bool
    removable: bool


class VotesOut(Answer):
    yes: int
    no: int
    abstain: int
    total: int


class ReturnTargetOut(Answer):
    element_instance_key: KeyOut
    element_id: str
    name: str
    by_name: str


class OperationsOut(Answer):
    """``refusals``: why not, for each operation that is not allowed."""

    allowed: list[str]
    refusals: dict[str, str]
    completion_rule: str | None
    votes: VotesOut | None
    seats: list[SeatOut]
    return_targets: list[ReturnTargetOut]


@router.get("/{userTaskKey}/operations", summary="可用操作与席位", response_model=OperationsOut)
def operations(request: Request, actor: Caller, userTaskKey: KeyText) -> Response:  # noqa: N803
    """What one may do with the task now, why not the rest, and who stands where in it."""
    return answer(operations_out(task_page(auth.application(request), actor, key=userTaskKey)))


@router.post("/{userTaskKey}/delegation", summary="委派", status_code=204)
def delegation(
    request: Request,
    actor: Caller,
    userTaskKey: KeyText,  # noqa: N803
    ask: DelegationAsk,
    idempotency_key: Once = None,
) -> Response:
    """Hand one's seat to a colleague who gives it back; delegations nest."""
    delegate_task(
        auth.application(request),
        actor,
        key=userTaskKey,
        to=ask.assignee,
        reason=ask.reason,
        idempotency_key=idempotency_key,
    )
    return done()


@router.post("/{userTaskKey}/resolution", summary="办理归还", status_code=204)
def resolution(
    request: Request,
    actor: Caller,
    userTaskKey: KeyText,  # noqa: N803
    ask: ResolutionAsk | None = None,
    idempotency_key: Once = None,
) -> Response:
    """Give what was delegated back to whoever delegated it last."""
    resolve_task(
        auth.application(request),
        actor,
        key=userTaskKey,
        opinion=ask.opinion if ask else "",
        idempotency_key=idempotency_key,
    )
    return done()


@router.post("/{userTaskKey}/delegation-recall", summary="收回委派", status_code=204)
def delegation_recall(
    request: Request,
    actor: Caller,
    userTaskKey: KeyText,  # noqa: N803
    ask: DelegationRecallAsk | None = None,
    idempotency_key: Once = None,
) -> Response:
    """Take back what one delegated, before it is given back."""
    call_back_task(
        auth.application(request),
        actor,
        key=userTaskKey,
        reason=ask.reason if ask else "",
        idempotency_key=idempotency_key,
    )
    return done()


@router.post("/{userTaskKey}/sign-additions", summary="加签", status_code=204)
def sign_addition(
    request: Request,
    actor: Caller,
    userTaskKey: KeyText,  # noqa: N803
    ask: SignAdditionAsk,
    idempotency_key: Once = None,
) -> Response:
    """Add people before, after or beside one's own seat; the modes do not mix on one task."""
    add_sign(
        auth.application(request),
        actor,
        key=userTaskKey,
        mode=ask.mode,
        people=ask.people,
        reason=ask.reason,
        idempotency_key=idempotency_key,
    )
    return done()


@router.post("/{userTaskKey}/sign-removals", summary="减签", status_code=204)
def sign_removal(
    request: Request,
    actor: Caller,
    userTaskKey: KeyText,  # noqa: N803
    ask: SignRemovalAsk,
    idempotency_key: Once = None,
) -> Response:
    """Take an added seat away, with what was added to it; administrators give a reason."""
    remove_sign(
        auth.application(request),
        actor,
        key=userTaskKey,
        seat=ask.seat_key,
        reason=ask.reason,
        idempotency_key=idempotency_key,
    )
    return done()


@router.post("/{userTaskKey}/seats/{seatKey}/assignment", summary="转办一个席位", status_code=204)
def seat_assignment(
    request: Request,
    actor: Caller,
    userTaskKey: KeyText,  # noqa: N803
    seatKey: KeyText,  # noqa: N803
    ask: SeatAssignmentAsk,
) -> Response:
    """Hand a seat on for good: one's own, or (administrators) any that is open."""
    assign_task(
        auth.application(request),
        actor,
        key=userTaskKey,
        assignee=ask.assignee,
        reason=ask.reason,
        seat=seatKey,
    )
    return done()


@router.post("/{userTaskKey}/return", summary="退回到先前的环节", status_code=204)
def return_(
    request: Request,
    actor: Caller,
    userTaskKey: KeyText,  # noqa: N803
    ask: ReturnAsk,
    idempotency_key: Once = None,
) -> Response:
    """Back to a node already passed; effects that are outside already are barriers."""
    key = ask.target_element_instance_key
    return_to_node(
        auth.application(request),
        actor,
        key=userTaskKey,
        target=str(key) if key is not None else ask.target_element_id or "",
        reason=ask.reason,
        idempotency_key=idempotency_key,
    )
    return done()


@router.post("/{userTaskKey}/withdrawal", summary="撤回", status_code=204)
def withdrawal(
    request: Request,
    actor: Caller,
    userTaskKey: KeyText,  # noqa: N803
    ask: WithdrawalAsk | None = None,
    idempotency_key: Once = None,
) -> Response:
    """Take one's own last completed step back, while nothing downstream of it is finished."""
    withdraw_step(
        auth.application(request),
        actor,
        key=userTaskKey,
        reason=ask.reason if ask else "",
        idempotency_key=idempotency_key,
    )
    return done()


def operations_out(page: TaskPage) -> OperationsOut:
    counts = page.votes
    return OperationsOut(
        allowed=sorted(page.allowed_actions),
        refusals={act: said(why) for act, why in page.refusals.items()},
        completion_rule=page.rule,
        votes=VotesOut(yes=counts.yes, no=counts.no, abstain=counts.abstain, total=counts.total)
        if counts
        else None,
        seats=[seat_out(seat) for seat in page.seats],
        return_targets=[
            ReturnTargetOut(
                element_instance_key=target.visit,
                element_id=target.element_id,
                name=target.name,
                by_name=target.by_name,
            )
            for target in page.return_targets
        ],
    )


def seat_out(seat: SeatView) -> SeatOut:
    return SeatOut(
        seat_key=seat.key,
        ordinal=seat.ordinal,
        kind=seat.kind.value,
        state=seat.state.value,
        holder=seat.holder,
        holder_name=seat.holder_name,
        first_holder_name=seat.first_holder_name,
        group=seat.group,
        delegated_by=list(seat.delegated_by),
        added_by_name=seat.added_by_name,
        weight=str(seat.weight),
        outcome=seat.outcome,
        opinion=seat.opinion,
        opening_date=seat.opened_at,
        end_date=seat.ended_at,
        reason=seat.reason,
        mine=seat.mine,
        removable=seat.removable,
    )
