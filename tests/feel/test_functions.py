"""Built-in functions beyond the standard's examples, and functions of the host."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from engine import feel
from engine.feel import STANDARD, BudgetExceeded
from tests.feel.evaluating import means, value

SAME = """
string length("") => 0
substring("abc", 0) => null
substring("abc", 4) => null
substring("abc", 2, 9) => "bc"
substring("abc", 1, 0) => null
upper case(["a"]) => "A"
upper case(1) => null
contains("", "") => true
substring before("abc", "") => ""
split("", ";") => [""]
split("a", "") => null
matches("a", "[") => null
string join(["a", 1]) => null
number("12") => 12
number("-1.5e3") => -1500
number("1 2", null, null) => null
number("１", null, null) => null
number("+1", null, null) => null
number("") => null
sum(1, null) => null
sum([1, "a"]) => null
min("b", "a") => "a"
max([@"2024-01-01", @"2024-02-01"]) => @"2024-02-01"
min([1, "a"]) => null
min() => null
median([1, 2]) => 1.5
mode([1, 1.0, 2]) => [1]
stddev([1, 1, 1]) => 0
count(null) => null
count(1) => 1
list contains([1, null], null) => true
list contains([[1]], [1]) => true
index of([null, 1, null], null) => [1, 3]
append(1, 2) => [1, 2]
append([], null) => [null]
concatenate(1, [2]) => [1, 2]
concatenate([1], null) => null
insert before([1], 2, 3) => null
insert before([1, 2], -1, 3) => [1, 3, 2]
remove([1, 2], 3) => null
remove([1, 2], -1) => [1]
sublist([1, 2, 3], -2) => [2, 3]
sublist([1, 2, 3], 2, 3) => null
sublist([1, 2, 3], 4) => null
reverse([]) => []
distinct values([1, 1.0, "1", null, null, [1], [1]]) => [1, "1", null, [1]]
union([1, 2], 2, [3]) => [1, 2, 3]
flatten([]) => []
flatten([[[[1]]], [[]]]) => [1]
list replace([1, 2], 5, 1) => null
list replace([1, 2], function(a) true, 1) => null
list replace([1, 2], function(a, b) "x", 1) => null
list replace(list: [1, 2], match: function(a, b) a = 2, newItem: 9) => [1, 9]
sort([2, "a"]) => null
sort([2, 1], function(a) true) => null
sort([], function(a, b) a < b) => []
decimal(2.5, -1) => 0
decimal(25, -1) => 20
decimal(1, 7000) => null
decimal(1.2, 0.5) => null
round half up(0.5, 0) => 1
ceiling(-0.5) => 0
floor(-5.5, -1) => -10
modulo(10**30 + 1, 7) => modulo(1000000000000000000000000000001, 7)
modulo(1, 0) => null
sqrt(-1) => null
sqrt(2) => 1.414213562373095048801688724209698
log(0) => null
exp(100000) => null
odd(1.5) => null
even(10**40) => true
abs("x") => null
day of year(@"2024-12-31") => 366
week of year(@"2024-12-30T10:00:00") => 1
date(2024, 2, 30) => null
date(2024.5, 1, 1) => null
date(@"2024-01-01") => @"2024-01-01"
date("x") => null
time(12, 30, 15.25) => @"12:30:15.25"
time(12, 30, 60) => null
time(24, 0, 0) => null
time(1, 2, 3, @"PT20H") => null
time(@"2024-01-01") => @"00:00:00Z"
date and time(@"2024-01-01", @"10:00:00@Asia/Shanghai").timezone => "Asia/Shanghai"
date and time(@"2024-01-01T09:00:00", @"10:00:00") => @"2024-01-01T10:00:00"
years and months duration(@"2024-03-31", @"2024-02-29") => @"-P1M"
years and months duration(@"2024-01-31", @"2024-02-29") => @"P0M"
years and months duration(@"2024-02-29", @"2023-02-28") => @"-P1Y"
years and months duration(@"2024-02-28", @"2023-03-01") => @"-P11M"
duration("P1Y1D") => null
duration(@"P1D") => @"P1D"
range("[1..2]").start => 1
range("[1..2") => null
range("[1..x]") => null
range("[date(\\"2024-01-01\\")..@\\"2024-01-02\\"]").end => @"2024-01-02"
range("[-2..-1]").start => -2
context([]) => {}
context([{key: "a", value: 1}, {key: "a", value: 2}]) => null
context([{key: 1, value: 1}]) => null
context merge([]) => {}
context merge([{a: 1}, null]) => null
context put({a: 1}, ["a", "b"], 2) => null
get value({a: 1}, null) => null
get entries({}) => []
is(null, null) => true
is(1, 1.0) => true
is([1], [1]) => true
not(1) => null
before((< 3), 3) => true
before((<= 3), 3) => false
during(5, (> 3)) => true
overlaps((> 3), (< 4)) => true
overlaps((> 4), (< 3)) => false
includes([@"2024-01-01"..@"2024-12-31"], @"2024-06-01") => true
before(1, "a") => null
before(1, (!= 3)) => null
meets([1..5], 5) => null
coincides([1..5], 5) => null
after(null, 1) => null
"""

PAIRS = [tuple(line.split(" => ")) for line in SAME.splitlines() if line]


@pytest.mark.parametrize(("left", "right"), PAIRS)
def test_value(left: str, right: str) -> None:
    """Left has the value of right."""
    assert means(left, right), f"{left} is {value(left)!r}"


@pytest.mark.parametrize("name", sorted(STANDARD.functions))
def test_each_function_names_its_section(name: str) -> None:
    """The documentation of every built-in function says which table of the standard defines it."""
    doc = STANDARD.functions[name].doc
    assert f"{name}(" in doc
    assert "DMN 1.5, table 7" in doc or "DMN 1.5, table 8" in doc


@pytest.mark.parametrize("name", sorted(STANDARD.functions))
def test_each_function_refuses_what_it_cannot_take(name: str) -> None:
    """Too many arguments and unknown names give null, never an error."""
    variadic = {"append", "concatenate", "union", "min", "max", "sum", "mean", "all", "any",
                "product", "median", "stddev", "mode"}  # fmt: skip
    if name not in variadic:
        assert value(f"{name}(1, 2, 3, 4, 5, 6, 7)") is None
    assert value(f"{name}(nosuchparameter: 1)") is None


def workdays(start: date, count: int) -> date:
    """A function of the host with Python values on both sides."""
    if count > 100:
        raise ValueError("天数太多")
    return start + timedelta(days=count)


def test_functions_of_the_host() -> None:
    """They are called by their names, spaces and Chinese included, with checked arguments."""
    registry = STANDARD.with_function(
        "工作日 之后",
        ["从: date", "天数: number", "备注?: string"],
        lambda start, count, note=None: workdays(start.to_python(), int(count)),
        "几个工作日之后",
    )
    assert registry.functions["工作日 之后"].doc == "几个工作日之后"
    assert "工作日 之后" not in STANDARD.functions
    cases = {
        '工作日 之后(@"2024-01-01", 3)': date(2024, 1, 4),
        '工作日 之后(天数: 3, 从: @"2024-01-01")': date(2024, 1, 4),
        '工作日 之后("2024", 3)': None,
        '工作日 之后(@"2024-01-01")': None,
        '工作日 之后(@"2024-01-01", 3, "x", 4)': None,
        "工作日 之后(x: 3)": None,
    }
    for text, expected in cases.items():
        found = feel.compile(text, functions=registry).evaluate({})
        assert found == (feel.from_host(expected)), text


def test_faults_of_the_host() -> None:
    """ValueError is a fault of the arguments and gives null; any other error is the host's own."""
    registry = STANDARD.with_function("f", ["n: number"], lambda n: workdays(date.min, int(n)))
    warnings: list[str] = []
    compiled = feel.compile("f(200)", functions=registry)
    assert compiled.evaluate({}, warnings=warnings) is None
    assert warnings == ["函数“f”：天数太多"]
    broken = STANDARD.with_function("g", [], lambda: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        feel.compile("g()", functions=broken).evaluate({})


def test_host_functions_are_paid_for() -> None:
    """Calling them in a loop uses up the budget."""
    registry = STANDARD.with_function("one", [], lambda: 1)
    with pytest.raises(BudgetExceeded):
        feel.compile("count(for i in 1..50000 return one())", functions=registry).evaluate({})


def test_variadic_host_function() -> None:
    """The last parameter can take all further arguments."""
    registry = STANDARD.with_function("total", ["n...: number"], lambda *n: sum(n, Decimal(0)))
    assert feel.compile("total(1, 2, 3)", functions=registry).evaluate({}) == 6
