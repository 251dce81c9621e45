"""Operators, control, lists, contexts, functions: what the standard's examples leave open."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine import feel
from tests.feel.evaluating import means, value, warned

SAME = """
1 + 2 * 3 ** 2 => 19
2 ** 3 ** 2 => 64
10 - 4 - 3 => 3
100 / 10 / 5 => 2
--3 => 3
- -3 => 3
-(-3) => 3
1 - -1 => 2
2 ** -2 => 0.25
0.1 + 0.2 => 0.3
1/3*3 => 0.9999999999999999999999999999999999
12345678901234567890123456789012345 => 12345678901234567890123456789012340
1 < 2 and 2 < 3 or false => true
true or "x" => true
1 = 1 = true => true
1 + 1 instance of number => null
(1 + 1) instance of number => true
-1 instance of number => true
5 between 1 and 10 and true => true
5 between null and 3 => false
null between 1 and 3 => null
5 in (1, > 3) => true
5 in [1, > 3] => true
5 in (> 6, null) => false
5 in 5 => true
null in null => true
3 in ]1..3] => true
3 in [1..3[ => false
[1..3[.end included => false
"b" in ["a".."c"] => true
5 in not(5) => false
5 in (? > 4) => true
5 in (even(?), ? > 4) => true
if null then 1 else 2 => 2
if false then 1 else if true then 2 else 3 => 2
for x in 1..3, y in x..3 return x*10+y => [11,12,13,22,23,33]
for x in [1..3] return x => [1,2,3]
for x in (1..4) return x => [2,3]
for x in 7 return x => [7]
for x in null return x => null
for x in 1.5..3 return x => null
some x in [1,2], y in [2,3] satisfies x = y => true
every x in 1..3 satisfies x > 0 => true
every x in [1, "a"] satisfies x > 0 => null
[1,2,3][2] => 2
[1,2,3][0] => null
[1,2,3][1.5] => null
[1,2,3][-3] => 1
[1,2,3]["a"] => null
[1,2,3][null] => []
[][1] => null
[][item > 1] => []
[[1],[2]][1][1] => 1
null[1] => null
null[item > 1] => null
{i: 2, r: [5,6,7][i]}.r => 6
{a: 1}[a = 1] => [{a: 1}]
[{a:1, b: [{c: 1}, {c: 2}]}][a = 1].b[1] => [{c:1},{c:2}]
{a: 1}.b => null
null.b => null
{a: 1, "b c": {d: 2}}.b c.d => 2
{} => {}
{"": 1} => context put({}, "", 1)
(function(a, b) a - b)(5, 3) => 2
(function(a, b) a - b)(b: 5, a: 3) => -2
(function(a) a)() => null
(function(a) a)(b: 1) => null
(function(a: number) a)("x") => null
(function(a: number) a)([7]) => 7
(function(a: list<number>) a)(7) => [7]
(function(a: date and time) a)(@"2024-02-29") => @"2024-02-29T00:00:00Z"
(function(x) external {java: {class: "java.lang.Math", method signature: "cos(double)"}})(1) => null
{fact: function(n) if n < 2 then 1 else n * fact(n - 1), r: fact(20)}.r => 2432902008176640000
{add: function(a) function(b) a + b, r: add(1)(2)}.r => 3
{fs: for i in 1..3 return function(x) x + i, r: for f in fs return f(10)}.r => [11, 12, 13]
"a"(1) => null
1 /* one */ + // two
1 => null
sort([3,1,2]) => [1,2,3]
sort([{k:1,v:1},{k:0,v:2},{k:1,v:3}], function(x,y) x.k < y.k).v => [2,1,3]
abs(n: -1) => 1
abs(x: -1) => null
@"2024-01-31" + @"P1M" => @"2024-02-29"
@"2024-03-31" - @"P1M" => @"2024-02-29"
@"2024-01-01" + @"PT25H" => @"2024-01-02"
@"2024-01-01" - @"PT1H" => @"2023-12-31"
@"P1Y" * 1.5 => @"P1Y6M"
2 * @"PT1H" => @"PT2H"
@"P1Y" / @"P1M" => 12
@"P1D" / 0 => null
@"PT1H" / @"PT0S" => null
@"P1Y" + @"P1D" => null
@"10:00:00" - @"09:30:00" => @"PT30M"
@"10:00:00Z" - @"09:30:00" => null
@"23:30:00" + @"PT1H" => @"00:30:00"
@"2024-03-31T01:30:00@Europe/Berlin" + @"PT1H" => @"2024-03-31T03:30:00@Europe/Berlin"
@"2024-01-01T00:00:00Z" - @"2023-12-31" => @"P1D"
@"2024-01-01T00:00:00" - @"2023-12-31" => null
@"2024-01-01T08:00:00@Asia/Shanghai" => @"2024-01-01T00:00:00Z"
@"2024-01-01T08:00:00@Asia/Shanghai".time offset => @"PT8H"
@"10:00:00@Etc/UTC" => @"10:00:00Z"
@"10:00:00@Etc/GMT".timezone => "Etc/GMT"
@"2024-01-01T08:00:00@Asia/Shanghai".timezone => "Asia/Shanghai"
@"-P1Y2M".years => -1
@"2024-01-01" < @"2024-01-01T00:00:00" => null
[1..3] = [1..3] => true
[3..1] => null
[1.."a"] => null
"a" < "B" => false
"金" < "银" => true
true < false => null
now() => @"2024-02-29T12:00:00Z"
today() => @"2024-02-29"
"""

PAIRS = [
    tuple(line.split(" => ", 1))
    for line in SAME.splitlines()
    if " => " in line and "// two" not in line
]
PAIRS.remove(("1", "null"))


@pytest.mark.parametrize(("left", "right"), PAIRS)
def test_value(left: str, right: str) -> None:
    """Left has the value of right."""
    assert means(left, right), f"{left} is {value(left)!r}"


def test_comments_and_white_space() -> None:
    """Java's comments and any white space separate tokens."""
    assert value("1 /* one */ + // two\n　2") == 3


def test_division_by_zero_says_so() -> None:
    """Faults give null and say why."""
    assert warned("1 / 0") == (None, ["除数为零"])
    assert warned('1 + "a"')[1] == ["数字与文本之间不能做“+”运算"]
    assert "不是日期" in warned('@"foo"')[1][0]


def test_out_of_range_is_null() -> None:
    """A number beyond decimal128 is null (table 60)."""
    assert warned("9**99999999") == (None, ["数字运算的结果超出范围"])
    assert value("10**6144 * 10") is None
    assert value("10**6144") == Decimal(10) ** 6144


def test_results_are_values_of_their_own() -> None:
    """Changing a result never changes what the caller gave."""
    given = {"a": [1, {"b": 2}]}
    found = value("a", given)
    found[1]["b"] = 99
    assert given == {"a": [1, {"b": 2}]}


def test_clock_is_read_once() -> None:
    """`now()` is one moment within an evaluation; without a clock there is none."""
    assert feel.compile("now() = null and today() = null").evaluate({}) is True
    assert value("now() - now()").nanoseconds == 0
