"""Search requests (``filter``, ``sort``, ``page``) and their answers, as Camunda 8 has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import Field, model_validator

from api.rest.shapes import Answer, Ask, Flag, KeyText, Moment, ShortText, Text, Whole
from engine.model.page import Page
from engine.model.search import LARGEST_PAGE, USUAL_PAGE, Condition, Operator, Order, Query, Window
from engine.text import tell

T = TypeVar("T")
Item = TypeVar("Item", bound=Answer)

_MANY = 1_000


class _Conditions(Ask):
    """Operators on one field; all that are given must hold."""


class TextConditions(_Conditions):
    eq: ShortText | None = Field(None, validation_alias="$eq")
    neq: ShortText | None = Field(None, validation_alias="$neq")
    exists: Flag | None = Field(None, validation_alias="$exists")
    in_: list[ShortText] | None = Field(None, validation_alias="$in", max_length=_MANY)
    not_in: list[ShortText] | None = Field(None, validation_alias="$notIn", max_length=_MANY)
    like: ShortText | None = Field(None, validation_alias="$like")


class WholeConditions(_Conditions):
    eq: Whole | None = Field(None, validation_alias="$eq")
    neq: Whole | None = Field(None, validation_alias="$neq")
    exists: Flag | None = Field(None, validation_alias="$exists")
    gt: Whole | None = Field(None, validation_alias="$gt")
    gte: Whole | None = Field(None, validation_alias="$gte")
    lt: Whole | None = Field(None, validation_alias="$lt")
    lte: Whole | None = Field(None, validation_alias="$lte")
    in_: list[Whole] | None = Field(None, validation_alias="$in", max_length=_MANY)


class MomentConditions(_Conditions):
    eq: Moment | None = Field(None, validation_alias="$eq")
    neq: Moment | None = Field(None, validation_alias="$neq")
    exists: Flag | None = Field(None, validation_alias="$exists")
    gt: Moment | None = Field(None, validation_alias="$gt")
    gte: Moment | None = Field(None, validation_alias="$gte")
    lt: Moment | None = Field(None, validation_alias="$lt")
    lte: Moment | None = Field(None, validation_alias="$lte")
    in_: list[Moment] | None = Field(None, validation_alias="$in", max_length=_MANY)


class KeyConditions(_Conditions):
    eq: KeyText | None = Field(None, validation_alias="$eq")
    neq: KeyText | None = Field(None, validation_alias="$neq")
    exists: Flag | None = Field(None, validation_alias="$exists")
    in_: list[KeyText] | None = Field(None, validation_alias="$in", max_length=_MANY)
    not_in: list[KeyText] | None = Field(None, validation_alias="$notIn", max_length=_MANY)


TextFilter = ShortText | TextConditions
WholeFilter = Whole | WholeConditions
MomentFilter = Moment | MomentConditions
KeyFilter = KeyText | KeyConditions

_OPERATORS = {
    "eq": Operator.EQ,
    "neq": Operator.NEQ,
    "exists": Operator.EXISTS,
    "gt": Operator.GT,
    "gte": Operator.GTE,
    "lt": Operator.LT,
    "lte": Operator.LTE,
    "in_": Operator.IN,
    "not_in": Operator.NOT_IN,
    "like": Operator.LIKE,
}


class Filter(Ask):
    """A resource's filter: one field per thing that can be asked for."""

    def conditions(self) -> Iterator[Condition]:
        for name in sorted(self.model_fields_set):
            field = type(self).model_fields[name].alias or name
            value = getattr(self, name)
            if isinstance(value, _Conditions):
                yield from _spelled_out(field, value)
            elif value is not None:
                yield Condition(field=field, value=value)


class Sort(Ask):
    field: ShortText
    order: Literal["ASC", "DESC"] = "ASC"


class PageAsk(Ask):
    """``limit`` with ``from``, with ``after`` (the ``endCursor`` of the page before), or with
    ``before`` (the ``startCursor`` of the page behind)."""

    limit: Annotated[Whole, Field(ge=0, le=LARGEST_PAGE)] = USUAL_PAGE
    from_: Annotated[Whole, Field(ge=0, le=1_000_000_000)] = Field(
        default=0, validation_alias="from"
    )
    after: Text | None = None
    before: Text | None = None

    @model_validator(mode="after")
    def _one_way(self) -> PageAsk:
        if self.after and self.before:
            raise ValueError(tell("after 与 before 不能同时给出"))
        return self


class SearchAsk(Ask):
    """What every search takes; each resource adds its ``filter``."""

    sort: list[Sort] = Field(default=[], max_length=10)
    page: PageAsk = PageAsk()

    def query(self, *more: Condition) -> Query:
        given: Filter | None = getattr(self, "filter", None)
        return Query(
            conditions=(*(given.conditions() if given else ()), *more),
            order=tuple(
                Order(field=sort.field, descending=sort.order == "DESC") for sort in self.sort
            ),
            window=Window(
                limit=self.page.limit,
                offset=self.page.from_,
                after=self.page.after or None,
                before=self.page.before or None,
            ),
        )


class PageOut(Answer):
    total_items: int
    has_more_total_items: bool
    start_cursor: str | None
    end_cursor: str | None


class Found(Answer, Generic[Item]):
    """A page of a search."""

    items: list[Item]
    page: PageOut


def found(page: Page[T], build: Callable[[T], Item]) -> Found[Item]:
    return Found(
        items=[build(item) for item in page.items],
        page=PageOut(
            total_items=page.total,
            has_more_total_items=page.total_capped,
            start_cursor=page.start_cursor,
            end_cursor=page.end_cursor,
        ),
    )


def _spelled_out(field: str, conditions: _Conditions) -> Iterator[Condition]:
    for name in sorted(conditions.model_fields_set):
        value: Any = getattr(conditions, name)
        if value is None:
            continue
        yield Condition(
            field=field,
            operator=_OPERATORS[name],
            value=tuple(value) if isinstance(value, list) else value,
        )
