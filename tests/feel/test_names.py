"""Names: several words, operators and keywords inside, Chinese; the longest in scope wins."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine import feel
from engine.feel import FeelSyntaxError
from engine.feel.types import parse_type
from tests.feel.evaluating import value


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        ("申请金额 * 2", {"申请金额": 3}, 6),
        ("Monthly  Income - Expenses", {"Monthly Income": 5, "Expenses": 2}, 3),
        ("a-b", {"a": 5, "b": 2}, 3),
        ("a - b", {"a": 5, "b": 2, "a-b": 9}, 9),
        ("(a)-(b)", {"a": 5, "b": 2, "a-b": 9}, 3),
        ("profit and loss + 1", {"profit and loss": 1, "profit": True, "loss": True}, 2),
        ("if in stock then 1 else 2", {"in stock": True}, 1),
        ("Approved/Declined", {"Approved/Declined": 7, "Approved": 1, "Declined": 1}, 7),
        ("Extra days case 1 + 1", {"Extra days case 1": 4}, 5),
        ("Person's age", {"Person's age": 30}, 30),
        ("金额（元） + 1", {"金额（元）": 1}, 2),
        ("date", {"date": 4}, 4),
        ('date("2024-02-29").day + date', {"date": 1}, 30),
        ('date and time("2024-02-29T00:00:00").day', {"date": 1, "time": 2}, 29),
        ("count([1, 2]) + count", {"count": 3}, 5),
        ("用户.收入 合计", {"用户": {"收入 合计": 8}}, 8),
        ("a.b.c d", {"a": {"b": {"c d": 8}}}, 8),
        ("item", {"item": 3}, 3),
        ("[1,2][item > 1][1] + item", {"item": 3}, 5),
    ],
)
def test_variables(text: str, names: dict[str, object], expected: int) -> None:
    """Each name is read as the longest one in scope."""
    assert value(text, names) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{a b: 1, c: a b + 1}.c", 2),
        ("{a-b: 1, c: a-b + 1}.c", 2),
        ('{"a b": 1}.a b', 1),
        ("{foo+bar: 3}.foo+bar", 3),
        ("for 第 i 项 in [1, 2] return 第 i 项 * 2", [2, 4]),
        ("(function(年 龄: number) 年 龄 + 1)(年 龄: 2)", 3),
        ("[{单 价: 2}, {单 价: 4}][单 价 > 3].单 价", [4]),
        ("{a: {a: 1, b: a + 1}, b: a.b}.b", 2),
        ("{x: 1, y: {x: 2, z: x}}.y.z", 2),
        ("{partial: 5, r: partial}.r", 5),
    ],
)
def test_names_that_an_expression_brings(text: str, expected: object) -> None:
    """Keys, loop variables, parameters and entries of items are in scope where they should be."""
    assert value(text) == expected


def test_names_of_typed_entries() -> None:
    """The entries that a variable's type declares are names after a dot and in filters."""
    kind = parse_type("list<context<借-贷: number, 合 计: number>>")
    expression = feel.compile("账[借-贷 > 1].合 计", names={"账": kind})
    rows = [{"借-贷": 1, "合 计": 2}, {"借-贷": 3, "合 计": 4}]
    assert expression.evaluate({"账": rows}) == [Decimal(4)]


def test_free_names() -> None:
    """An expression tells the variables it reads, and only those."""
    expression = feel.compile(
        "for x in 清单 return x.单价 * 数量 + sum([未知])", names=["清单", "数量", "别的"]
    )
    assert expression.names == {"清单", "数量", "未知"}


def test_names_that_must_be_variables() -> None:
    """What may be an entry of an item, or a function, is no unknown variable."""
    expression = feel.compile("rows[price > limit + 1].x + total + count", names=["rows", "limit"])
    assert expression.names == {"rows", "price", "limit", "total", "count"}
    assert expression.variables == {"rows", "limit", "total"}


def test_keys_that_no_name_can_spell() -> None:
    """Any text can be a key, and any key a variable's name."""
    assert value('{"a\\"b": 1, "/*": 2, "": 3, c: 4}.c') == 4
    assert value("x", {'"': 1, "/*": 1, "": 1, "x": 2}) == 2


def test_unknown_names_are_null() -> None:
    """A single word that nothing explains compiles and is null; two words are a mistake."""
    warnings: list[str] = []
    assert feel.compile("未知 = null").evaluate({}, warnings=warnings) is True
    assert "未知" in warnings[0]
    with pytest.raises(FeelSyntaxError):
        feel.compile("未知 变量")


def test_undeclared_variables_are_read_from_the_context() -> None:
    """What the context holds counts, even if it was not announced; functions stay callable."""
    assert feel.compile("amount + count").evaluate({"amount": 1, "count": 2}) == 3
    assert feel.compile("count(list)").evaluate({"list": [1, 2], "count": 9}) == 2


def test_item_entries_hide_variables() -> None:
    """In a filter an entry of the item comes before a variable of the same name."""
    context = {"rows": [{"x": 1}, {"y": 2}], "x": 1}
    assert value("count(rows[x = 1])", context) == 2
    assert value("count(rows[x = 2])", {**context, "x": 2}) == 1
    assert value("[{item: 1}, {item: 2}][item >= 2]") == [{"item": 2}]
