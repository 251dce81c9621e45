"""Pages of a search by cursor: forwards and back again, in any order, over values that are null."""

from __future__ import annotations

from itertools import pairwise

import pytest

from engine.model.errors import InvalidInput
from engine.model.search import Order, Query, Window
from engine.service.app import App
from engine.service.cases.end_case import cancel_case
from engine.service.cases.start_case import start_case
from engine.service.searching import search_instances
from tests.service import diagrams
from tests.service.administration.line_cases import line
from tests.world import World

ORDERS = {
    "by key": (Order(field="processInstanceKey"),),
    "the latest first": (Order(field="startDate", descending=True),),
    "nulls last": (Order(field="endDate"),),
    "nulls last, descending": (Order(field="endDate", descending=True),),
    "two columns": (Order(field="state"), Order(field="endDate", descending=True)),
}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("size", [1, 3, 20])
def test_back_is_the_way_that_was_come(app: App, world: World, order: str, size: int) -> None:
    diagrams.put(app, line("a"))
    cases = [
        start_case(app, world.zhangsan, process_id="line", submission={}).key for _ in range(8)
    ]
    for case in cases[::3]:
        cancel_case(app, world.guanli, key=case, reason="终止")

    def page(**where: str | None) -> Query:
        return Query(order=ORDERS[order], window=Window(limit=size, **where))  # type: ignore[arg-type]

    pages = [search_instances(app, world.guanli, query=page())]
    while len(pages[-1].items) == size:
        pages.append(search_instances(app, world.guanli, query=page(after=pages[-1].end_cursor)))
    keys = [case.key for found in pages for case in found.items]
    assert sorted(keys) == cases
    full = [found for found in pages if found.items]
    for earlier, later in pairwise(full):
        back = search_instances(app, world.guanli, query=page(before=later.start_cursor))
        assert [c.key for c in back.items] == [c.key for c in earlier.items]
        assert (back.start_cursor, back.end_cursor) == (earlier.start_cursor, earlier.end_cursor)
        assert back.total == len(cases)
    first = search_instances(app, world.guanli, query=page(before=full[0].start_cursor))
    assert first.items == ()
    with pytest.raises(InvalidInput):
        search_instances(app, world.guanli, query=page(before="W10"))
