"""Operations on many cases at once: ordered by a filter, worked off in the background."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from api import auth
from api.exact import ExactRoute
from api.rest.answers import answer, done
from api.rest.migrations import MigrationPlanAsk
from api.rest.parameters import Administrator, Once
from api.rest.process_instances import InstanceFilter
from api.rest.searching import Filter, Found, KeyFilter, MomentFilter, SearchAsk, TextFilter, found
from api.rest.shapes import Answer, Ask, KeyOut, KeyText, Name, Text, Whole
from engine.model.actor import Actor
from engine.model.batches import Batch, BatchItem, BatchKind, ItemState
from engine.service.administration import batches
from engine.service.administration.start_batch import Order, start_batch
from engine.service.app import App

router = APIRouter(tags=["批量处理"], route_class=ExactRoute)


class BatchAsk(Ask):
    """``filter``: as in the search for cases; states are overridden by what the operation needs.
    ``reason`` is ours: it goes into the record of every case."""

    filter: InstanceFilter
    operation_reference: Whole | None = None
    reason: Text = ""


class MoveAsk(Ask):
    source_element_id: Name
    target_element_id: Name


class ModificationBatchAsk(BatchAsk):
    move_instructions: list[MoveAsk] = Field(max_length=1_000)


class MigrationBatchAsk(BatchAsk):
    migration_plan: MigrationPlanAsk


class CreatedOut(Answer):
    batch_operation_key: KeyOut
    batch_operation_type: str


class BatchOut(Answer):
    """``operationsSkippedCount``, ``selection`` and ``reason`` are ours; those skipped are counted
    among the completed ones, as there was nothing to do."""

    batch_operation_key: KeyOut
    state: str
    batch_operation_type: str
    start_date: datetime
    end_date: datetime | None
    actor_type: str = "USER"
    actor_id: str
    operations_total_count: int
    operations_failed_count: int
    operations_completed_count: int
    operations_skipped_count: int
    errors: list[str]
    selection: str
    reason: str


class ItemOut(Answer):
    batch_operation_key: KeyOut
    item_key: KeyOut
    process_instance_key: KeyOut
    root_process_instance_key: KeyOut
    operation_type: str
    state: str
    processed_date: datetime | None
    error_message: str | None


class BatchFilter(Filter):
    batch_operation_key: KeyFilter | None = None
    operation_type: TextFilter | None = None
    state: TextFilter | None = None
    start_date: MomentFilter | None = None
    end_date: MomentFilter | None = None


class BatchSearch(SearchAsk):
    filter: BatchFilter = BatchFilter()


class ItemFilter(Filter):
    batch_operation_key: KeyFilter | None = None
    item_key: KeyFilter | None = None
    process_instance_key: KeyFilter | None = None
    operation_type: TextFilter | None = None
    state: TextFilter | None = None
    processed_date: MomentFilter | None = None


class ItemSearch(SearchAsk):
    filter: ItemFilter = ItemFilter()


@router.post("/process-instances/migration", summary="批量迁移版本", response_model=CreatedOut)
def migrate(
    request: Request,
    actor: Administrator,
    ask: MigrationBatchAsk,
    idempotency_key: Once = None,
) -> Response:
    plan = ask.migration_plan
    order = Order(
        kind=BatchKind.MIGRATE,
        definition_key=plan.target_process_definition_key,
        mapping=plan.mapping(),
    )
    return _start(auth.application(request), actor, ask, order, idempotency_key)


@router.post("/process-instances/modification", summary="批量修改位置", response_model=CreatedOut)
def modify(
    request: Request,
    actor: Administrator,
    ask: ModificationBatchAsk,
    idempotency_key: Once = None,
) -> Response:
    moves = tuple((m.source_element_id, m.target_element_id) for m in ask.move_instructions)
    order = Order(kind=BatchKind.MODIFY, moves=moves)
    return _start(auth.application(request), actor, ask, order, idempotency_key)


@router.post("/process-instances/cancellation", summary="批量终止", response_model=CreatedOut)
def cancel(
    request: Request, actor: Administrator, ask: BatchAsk, idempotency_key: Once = None
) -> Response:
    order = Order(kind=BatchKind.CANCEL)
    return _start(auth.application(request), actor, ask, order, idempotency_key)


@router.post(
    "/process-instances/incident-resolution", summary="批量重试异常", response_model=CreatedOut
)
def resolve(
    request: Request, actor: Administrator, ask: BatchAsk, idempotency_key: Once = None
) -> Response:
    order = Order(kind=BatchKind.RESOLVE_INCIDENT)
    return _start(auth.application(request), actor, ask, order, idempotency_key)


@router.post("/process-instances/suspension", summary="批量暂停", response_model=CreatedOut)
def suspend_cases(
    request: Request, actor: Administrator, ask: BatchAsk, idempotency_key: Once = None
) -> Response:
    order = Order(kind=BatchKind.SUSPEND)
    return _start(auth.application(request), actor, ask, order, idempotency_key)


@router.post("/process-instances/resumption", summary="批量恢复", response_model=CreatedOut)
def resume_cases(
    request: Request, actor: Administrator, ask: BatchAsk, idempotency_key: Once = None
) -> Response:
    order = Order(kind=BatchKind.RESUME)
    return _start(auth.application(request), actor, ask, order, idempotency_key)


@router.post("/batch-operations/search", summary="查询批量处理", response_model=Found[BatchOut])
def search(request: Request, actor: Administrator, ask: BatchSearch | None = None) -> Response:
    query = (ask or BatchSearch()).query()
    return answer(
        found(batches.search_batches(auth.application(request), actor, query=query), batch_out)
    )


@router.post(
    "/batch-operation-items/search", summary="批量处理中的事项", response_model=Found[ItemOut]
)
def items(request: Request, actor: Administrator, ask: ItemSearch | None = None) -> Response:
    query = (ask or ItemSearch()).query()
    return answer(
        found(batches.search_batch_items(auth.application(request), actor, query=query), item_out)
    )


@router.get("/batch-operations/{batchOperationKey}", summary="批量处理", response_model=BatchOut)
def get(request: Request, actor: Administrator, batchOperationKey: KeyText) -> Response:  # noqa: N803
    return answer(
        batch_out(batches.get_batch(auth.application(request), actor, key=batchOperationKey))
    )


@router.post("/batch-operations/{batchOperationKey}/suspension", summary="暂停", status_code=204)
def suspend(request: Request, actor: Administrator, batchOperationKey: KeyText) -> Response:  # noqa: N803
    batches.suspend_batch(auth.application(request), actor, key=batchOperationKey)
    return done()


@router.post("/batch-operations/{batchOperationKey}/resumption", summary="继续", status_code=204)
def resume(request: Request, actor: Administrator, batchOperationKey: KeyText) -> Response:  # noqa: N803
    batches.resume_batch(auth.application(request), actor, key=batchOperationKey)
    return done()


@router.post("/batch-operations/{batchOperationKey}/cancellation", summary="停止", status_code=204)
def stop(request: Request, actor: Administrator, batchOperationKey: KeyText) -> Response:  # noqa: N803
    batches.cancel_batch(auth.application(request), actor, key=batchOperationKey)
    return done()


@router.post("/batch-operations/{batchOperationKey}/retry", summary="重试失败", status_code=204)
def retry(request: Request, actor: Administrator, batchOperationKey: KeyText) -> Response:  # noqa: N803
    batches.retry_batch(auth.application(request), actor, key=batchOperationKey)
    return done()


def _start(
    app: App, actor: Actor, ask: BatchAsk, order: Order, idempotency_key: str | None
) -> Response:
    key = start_batch(
        app,
        actor,
        order=order,
        conditions=tuple(ask.filter.conditions()),
        reason=ask.reason,
        idempotency_key=idempotency_key,
    )
    return answer(CreatedOut(batch_operation_key=key, batch_operation_type=order.kind.value))


def batch_out(batch: Batch) -> BatchOut:
    return BatchOut(
        batch_operation_key=batch.key,
        state=batch.state.value,
        batch_operation_type=batch.kind.value,
        start_date=batch.created_at,
        end_date=batch.ended_at,
        actor_id=batch.created_by,
        operations_total_count=batch.total,
        operations_failed_count=batch.failed,
        operations_completed_count=batch.completed,
        operations_skipped_count=batch.counts.get(ItemState.SKIPPED, 0),
        errors=[],
        selection=batch.selection,
        reason=batch.reason,
    )


def item_out(item: BatchItem) -> ItemOut:
    return ItemOut(
        batch_operation_key=item.batch_key,
        item_key=item.instance_key,
        process_instance_key=item.instance_key,
        root_process_instance_key=item.instance_key,
        operation_type=item.kind.value,
        state=item.state.value,
        processed_date=item.processed_at,
        error_message=item.message or None,
    )
