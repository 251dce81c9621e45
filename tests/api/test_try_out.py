"""The page on which administrators try expressions, without scripts."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html
from markupsafe import escape

from tests.api.browsing import Browser
from tests.api.trying import (
    outcome,
    texts,
    tried,
)
from tests.yardstick import within

#: Parts of expressions, to be put together in any order.
WORDS = st.sampled_from(
    [
        "1",
        "a",
        '"x"',
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ":",
        ",",
        ".",
        "..",
        "+",
        "-",
        "**",
        "=",
        "<",
        "if",
        "then",
        "else",
        "for",
        "in",
        "return",
        "some",
        "satisfies",
        "null",
        "item",
        "?",
        "function",
        "instance",
        "of",
        '@"P1D"',
        "sum",
        "not",
        "and",
        "between",
    ]
)


def test_an_expression_gives_value_type_and_parts(administrator: Browser) -> None:
    tried(
        administrator,
        'if 金额 <= 上限 then "科长" else "分管领导"',
        ("金额", "98000.5"),
        ("上限", "1e5"),
    )
    assert administrator.status == 200
    assert outcome(administrator) == ['"科长"', "文本"]
    parts = administrator.page.xpath("//ul[@class='why']//code/text()")
    values = texts(administrator, "//ul[@class='why']//*[@class='why-value']")
    assert dict(zip(parts, values, strict=True)) == {
        'if 金额 <= 上限 then "科长" else "分管领导"': '= 等于"科长"',
        "金额 <= 上限": "= 等于true",
        "金额": "= 等于98000.5",
        "上限": "= 等于100000",
    }
    assert administrator.one("//textarea[@id='expression']").text.strip().startswith("if 金额")


def test_parts_nest_as_they_were_worked_out(administrator: Browser) -> None:
    tried(administrator, "1 + 金额 * 2", ("金额", "3"))
    (outer,) = administrator.page.xpath("//ul[@class='why']/li")
    inner = outer.xpath("./ul/li/code/text()")
    assert outer.xpath("./code/text()") == ["1 + 金额 * 2"]
    assert inner == ["金额 * 2"]
    assert outer.xpath("./ul/li/ul/li/code/text()") == ["金额"]


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ("=1 + 1", ["2", "数字"]),
        (' = "a" + "b"', ['"ab"', "文本"]),
        ("0.1 + 0.2", ["0.3", "数字"]),
        ('date("2025-01-01") + duration("P1D")', ["2025-01-02", "日期"]),
        ("today()", ["2025-03-03", "日期"]),
        ("now()", ["2025-03-03T09:00:00@Asia/Shanghai", "日期时间"]),
        ("working days after(today(), 5)", ["2025-03-10", "日期"]),
        ("[1, null, {a: true}]", ["[1, null, {a: true}]", "列表"]),
        ("1 / 0", ["null", "空值"]),
        ("[1..5)", ["[1..5)", "区间"]),
        ("function(x) x", ["function(x)", "函数"]),
        ("true", ["true", "布尔值"]),
    ],
)
def test_kinds_of_values(administrator: Browser, expression: str, shown: list[str]) -> None:
    """The clock is the business clock, and the bureau's functions are at hand."""
    assert outcome(tried(administrator, expression)) == shown


def test_what_became_null_is_told_once(administrator: Browser) -> None:
    tried(administrator, "不存在 + 不存在")
    assert outcome(administrator) == ["null", "空值"]
    notes = texts(administrator, "//ul[contains(@class,'notes-warning')]/li")
    assert notes[0] == "没有变量“不存在”，按空值处理"
    assert len(notes) == len(set(notes))


def test_a_fault_is_marked_where_it_is(administrator: Browser) -> None:
    tried(administrator, "=if a\nthen 1 + * 2")
    assert administrator.status == 422
    assert "第 2 行第 10 列" in administrator.text
    lines = administrator.page.xpath("//ol[@class='source']/li")
    assert [line.get("value") for line in lines] == ["1", "2"]
    assert administrator.page.xpath("//ol[@class='source']//mark/text()") == ["*"]
    summary = administrator.page.xpath("//*[@data-error-summary]//a/@href")
    assert summary == ["#expression"]
    assert administrator.one("//textarea[@id='expression']").get("aria-invalid") == "true"


def test_the_column_counts_the_equals_sign(administrator: Browser) -> None:
    tried(administrator, "= 1 + )")
    assert "第 1 行第 7 列" in administrator.text
    assert administrator.page.xpath("//ol[@class='source']//mark/text()") == [")"]


def test_an_unfinished_expression_is_marked_at_its_end(administrator: Browser) -> None:
    tried(administrator, "1 +")
    (line,) = administrator.page.xpath("//ol[@class='source']/li/code")
    assert line.text_content() == "1 + "


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("张三", "文本要加英文双引号"),
        ("1 +", "表达式没有写完"),
        ('date("2025-02-30")', "文本要加英文双引号"),
        ("count(for i in 1..100000000 return i)", "超出上限"),
    ],
)
def test_a_wrong_value_is_told_beside_its_row(
    administrator: Browser, value: str, says: str
) -> None:
    tried(administrator, "a", ("b", "1"), ("a", value))
    assert administrator.status == 422
    assert says in administrator.one("//*[@id='variables-1-error']").text_content()
    assert administrator.page.xpath("//*[@data-error-summary]//a/@href") == ["#variables-1-value"]
    assert administrator.one("//input[@id='variables-1-value']").get("value") == value
    assert not administrator.page.xpath("//*[@id='result']")


def test_names_must_be_there_once(administrator: Browser) -> None:
    tried(administrator, "a", ("a", "1"), ("a", "2"), ("", "3"))
    assert "变量“a”给了两次" in administrator.text
    assert "请填写变量名" in administrator.text


def test_json_and_rows_go_together(administrator: Browser) -> None:
    tried(administrator, "a.b * c", ("c", "2"), json='{"a": {"b": 1.10}}')
    assert outcome(administrator) == ["2.2", "数字"]


@pytest.mark.parametrize(
    ("json", "says"),
    [
        ("{", "JSON 第 1 行第 2 列写得不对"),
        ("[1]", "最外层应是对象"),
        ('{"a": NaN}', "不是 JSON 数字"),
        ('{"a": 1' + "0" * 40 + "}", "最多 34 位有效数字"),
        ("[" * 100_000, "嵌套过深"),
    ],
)
def test_wrong_json(administrator: Browser, json: str, says: str) -> None:
    tried(administrator, "1", json=json)
    assert administrator.status == 422
    assert says in administrator.one("//*[@id='json-error']").text_content()


def test_an_empty_expression_is_asked_for(administrator: Browser) -> None:
    tried(administrator, "  ")
    assert administrator.status == 422
    assert "请填写表达式" in administrator.text


@pytest.mark.parametrize(
    "expression",
    [
        "9**99999999 + 1",
        "count(for i in 1..99999, j in 1..99999 return i * j)",
        'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "(a+)+$")',
        "{f: function(n) f(n + 1), r: f(0)}.r",
        "for x in 1..100000 return x",
        "[[1..100000]]",
        "(" * 3000 + "1" + ")" * 3000,
        "concatenate(" * 30 + "[1]" + ")" * 30,
        'string join(for i in 1..50000 return "x" + string(i), "")',
    ],
)
def test_evil_expressions_end_soon(administrator: Browser, expression: str) -> None:
    """Whatever comes of them, it comes soon, and as a page of a size that can be read."""
    assert within(42, lambda: tried(administrator, expression), times=1)
    assert administrator.status in {200, 422}
    assert len(administrator.response.text) < 300_000


def test_markup_in_values_stays_text(administrator: Browser) -> None:
    tried(administrator, 'x + "<script>alert(1)</script>"', ("x", '"<b>"'))
    assert "<script>alert" not in administrator.response.text
    assert outcome(administrator)[0] == '"<b><script>alert(1)</script>"'


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    expression=st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=25).map(" ".join)),
    name=st.text(max_size=10),
    text=st.one_of(st.text(max_size=20), st.lists(WORDS, max_size=6).map(" ".join)),
)
def test_whatever_is_typed_gives_a_page(
    administrator: Browser, expression: str, name: str, text: str
) -> None:
    """Never a fault of the program; what was typed is on the page that comes back."""
    tried(administrator, expression, (name, text), json=text)
    assert administrator.status in {200, 422}
    shown = administrator.one("//textarea[@id='expression']").text or ""
    assert "".join(shown.split()) == "".join(html_text(expression).split())


def html_text(text: str) -> str:
    """What a browser's form and a parser of HTML leave of a text."""
    page = html.fromstring(f"<textarea>\n{escape(text)}</textarea>".replace("\x00", "\ufffd"))
    return page.text or ""


def test_functions_are_listed_with_what_they_do(administrator: Browser) -> None:
    administrator.visit("/admin/try-out")
    listed = texts(administrator, "//dl[@class='functions']/dt")
    assert {"sum(list)", "working days after(date, n)"} <= set(listed)
    assert all(texts(administrator, "//dl[@class='functions']/dd"))


def test_every_example_can_be_evaluated(administrator: Browser) -> None:
    administrator.visit("/admin/try-out")
    examples = administrator.page.xpath("//button/@data-insert-text")
    assert len(examples) > 5
    for example in examples:
        assert tried(administrator, example).status == 200, example
