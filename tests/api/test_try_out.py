"""The pages on which administrators try expressions and decisions, without scripts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html
from markupsafe import escape

from api.app import create_app
from api.pages.admin import explained
from engine import dmn
from engine.model.actor import SYSTEM
from engine.model.definitions import Resource
from engine.service.access.change_password import reset_password
from engine.service.app import App
from engine.service.identity.list_people import get_person
from engine.service.publishing.deploy import deploy
from engine.service.publishing.read_definitions import list_decisions
from tests.api.browsing import Browser
from tests.dmn.build import Column, Table, decision, input_data, item, model
from tests.dmn.build import feel as literal
from tests.service.people import PASSWORD
from tests.yardstick import measured

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

EXPRESSION = "/admin/try-out#result"
DECISION = "/admin/try-out/decision#result"


@pytest.fixture
def administrator(shipped: App) -> Iterator[Browser]:
    person = get_person(shipped, SYSTEM, username="guanli")
    reset_password(shipped, SYSTEM, person_key=person.key, new=PASSWORD)
    server: FastAPI = create_app(shipped)
    with Browser(server) as browser:
        yield browser.log_in("guanli", PASSWORD)


def tried(
    browser: Browser, expression: str, *variables: tuple[str, str], json: str = ""
) -> Browser:
    """Open the page and try the expression; as many rows as there are variables are sent."""
    fields: dict[str, Any] = {"expression": expression, "json": json}
    for number, (name, value) in enumerate(variables):
        fields |= {f"variables[{number}].name": name, f"variables[{number}].value": value}
    return browser.visit("/admin/try-out").send(EXPRESSION, fields)


def texts(browser: Browser, path: str) -> list[str]:
    return [" ".join(found.text_content().split()) for found in browser.page.xpath(path)]


def outcome(browser: Browser) -> list[str]:
    """The value and what it is."""
    return texts(browser, "//*[@id='result']//*[@class='outcome']/*")


def put(app: App, xml: str, name: str = "tried.dmn") -> str:
    """Deploy a decision; the key of its latest version."""
    done = deploy(app, SYSTEM, resources=[Resource(name=name, content=xml.encode())])
    return str(done.decisions[0].key)


def opened(browser: Browser, key: str) -> Browser:
    return browser.visit(f"/admin/try-out/decision?key={key}")


def control(browser: Browser, label: str) -> Any:
    """The control of the input with this label."""
    (found,) = browser.page.xpath(
        "//label[contains(@class,'form-label')][starts-with(normalize-space(.), $label)]",
        label=label,
    )
    return browser.page.get_element_by_id(found.get("for"))


def filled(browser: Browser, **inputs: str) -> Browser:
    return browser.send(DECISION, {control(browser, k).get("name"): v for k, v in inputs.items()})


def marked(browser: Browser) -> Sequence[str]:
    """Of each table, the numbers of the rows that are marked as hit."""
    return [
        "、".join(text.removeprefix("命中：") for text in texts_in(table))
        for table in browser.page.xpath("//table[@class='rules']")
    ]


def texts_in(table: Any) -> list[str]:
    rows = table.xpath(".//tr[@class='rule-hit']/th")
    return ["".join(row.text_content().split()) for row in rows]


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
    assert measured(lambda: tried(administrator, expression), times=1) < 42
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


def test_from_the_list_of_decisions_to_a_result(administrator: Browser, shipped: App) -> None:
    """Every decision that is shipped can be opened from the list."""
    administrator.visit("/admin/decisions")
    links = administrator.page.xpath(
        "//a[starts-with(@href, '/admin/try-out/decision?key=')]/@href"
    )
    assert len(links) == len(list_decisions(shipped, SYSTEM)) > 10
    for link in links:
        assert administrator.visit(link).status == 200
        assert administrator.send(DECISION).status == 200
        assert outcome(administrator)


def test_rows_that_hold_are_marked_and_told(administrator: Browser) -> None:
    administrator.visit("/admin/try-out/decision")
    key = administrator.page.xpath("//option[normalize-space(.)='评定优先级']/@value")[0]
    opened(administrator, key)
    assert control(administrator, "countyReview").text.strip() == "{\n  meals: null\n}"
    filled(
        administrator,
        **{
            "辖区 60 岁以上老年人": "900",
            "村集体年收入（元）": "5",
            "参与意愿": "strong",
            "policy": "{focusScore: 60, supportScore: 40}",
        },
    )
    assert outcome(administrator)[1] == "上下文"
    hits = texts(administrator, "//ul[contains(@class,'notes-hit')]/li")
    assert any(
        hit.startswith("优先级得分：命中第 1 行：辖区 60 岁以上老年人 = 900") for hit in hits
    )
    assert marked(administrator) == ["1", "1、7、9"]
    looked_at = texts(administrator, "//table[@class='rules'][.//caption]//*[@class='rule-value']")
    assert "本次的值：900" in looked_at
    elements = texts(administrator, "//ul[@class='why']/li/ul/li/code")
    assert "优先级得分" in elements


def test_versions_can_be_chosen(administrator: Browser, shipped: App) -> None:
    def level(limit: str) -> str:
        rules = [[f"< {limit}", '"小"'], [f">= {limit}", '"大"']]
        column = Column(text="amount", label="金额", type_ref="number")
        return model(decision("档次", str(Table(inputs=[column], outputs=["档次"], rules=rules))))

    first, second = put(shipped, level("10")), put(shipped, level("100"))
    assert outcome(filled(opened(administrator, first), 金额="50"))[0] == '"大"'
    assert outcome(filled(opened(administrator, second), 金额="50"))[0] == '"小"'
    options = texts(administrator, "//select[@id='version']/option")
    assert options == ["v2（现行）", "v1"]


@pytest.fixture
def typed_decision(shipped: App) -> str:
    """A decision with an input of each kind."""
    kinds = {
        "人数": "number",
        "姓名": "string",
        "属实": "boolean",
        "日期": "date",
        "时刻": "time",
        "时点": "date and time",
        "时长": "days and time duration",
        "年限": "years and months duration",
        "级别": "tLevel",
        "各项": "tItems",
        "任意": "",
    }
    entries = ", ".join(f"{name}: {name}" for name in kinds)
    return put(
        shipped,
        model(
            item("tLevel", "string", allowed='"高", "低"'),
            item("tItems", "number", many=True),
            *(input_data(name, kind) for name, kind in kinds.items()),
            decision("决定", literal(f"{{{entries}}}"), needs=[f"i_{name}" for name in kinds]),
        ),
    )


def test_each_kind_has_its_control(administrator: Browser, typed_decision: str) -> None:
    opened(administrator, typed_decision)
    kinds = {
        name: control(administrator, name).get("type") or control(administrator, name).tag
        for name in ("姓名", "属实", "日期", "时刻", "时点", "级别", "各项", "任意")
    }
    assert kinds == {
        "姓名": "text",
        "属实": "select",
        "日期": "date",
        "时刻": "time",
        "时点": "datetime-local",
        "级别": "select",
        "各项": "textarea",
        "任意": "textarea",
    }
    assert texts(administrator, "//select[@id='input-8']/option") == ["（空）", "高", "低"]


def test_each_kind_is_read(administrator: Browser, typed_decision: str) -> None:
    given = {
        "人数": "12.50",
        "姓名": ' 张"三',
        "属实": "false",
        "日期": "2025-03-01",
        "时刻": "09:30",
        "时点": "2025-03-01T09:30",
        "时长": "P3DT4H",
        "年限": "P1Y6M",
        "级别": '"低"',
        "各项": "[1, 2]",
        "任意": '{a: "b"}',
    }
    filled(opened(administrator, typed_decision), **given)
    assert administrator.status == 200, administrator.text
    assert outcome(administrator)[0] == (
        '{人数: 12.5, 姓名: " 张\\"三", 属实: false, 日期: 2025-03-01, 时刻: 09:30:00, '
        '时点: 2025-03-01T09:30:00, 时长: P3DT4H, 年限: P1Y6M, 级别: "低", 各项: [1, 2], '
        '任意: {a: "b"}}'
    )
    for name, text in given.items():
        shown = control(administrator, name)
        value = shown.value if shown.tag == "select" else shown.get("value") or shown.text.strip()
        assert value == text, name


def test_nothing_typed_is_null(administrator: Browser, typed_decision: str) -> None:
    opened(administrator, typed_decision).send(DECISION)
    assert administrator.status == 200
    assert outcome(administrator)[0].count("null") == 11


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("人数", "abc", "应为数字"),
        ("人数", "NaN", "应为数字"),
        ("人数", "1e99999999", "数字太大"),
        ("日期", "2025-02-30", "应为日期"),
        ("时刻", "25:00", "应为时间"),
        ("时点", "明天", "应为日期时间"),
        ("时长", "三天", "应为时长"),
        ("年限", "P3D", "应为年月时长"),
        ("级别", '"中" +', "没有写完"),
        ("各项", '["甲"]', "应为 list<number> 类型的值"),
        ("任意", "张三", "文本要加英文双引号"),
    ],
)
def test_wrong_inputs_are_told_beside_their_field(
    administrator: Browser, typed_decision: str, name: str, text: str, says: str
) -> None:
    filled(opened(administrator, typed_decision), **{name: text})
    assert administrator.status == 422, outcome(administrator)
    field = control(administrator, name)
    assert field.get("aria-invalid") == "true"
    note = administrator.page.get_element_by_id(f"{field.get('id')}-note")
    assert says in note.text_content()
    assert administrator.page.xpath("//*[@data-error-summary]//a/@href") == [f"#{field.get('id')}"]


def test_values_that_are_not_allowed_become_null_and_it_is_said(
    administrator: Browser, typed_decision: str
) -> None:
    filled(opened(administrator, typed_decision), 级别='"中"')
    assert administrator.status == 200
    assert "级别: null" in outcome(administrator)[0]
    assert "“级别”的值不符合类型" in administrator.text


def test_what_the_analysis_found_is_shown(administrator: Browser, shipped: App) -> None:
    rules = [["[0..10]", '"甲"'], ["[5..20]", '"乙"']]
    column = Column(text="n", label="人数", type_ref="number")
    table = str(Table(inputs=[column], outputs=["级"], rules=rules, policy="FIRST"))
    opened(administrator, put(shipped, model(decision("有漏", table))))
    found = texts(administrator, "//section[@aria-labelledby='findings-title']//li")
    assert any("有遗漏" in text for text in found)
    assert any(text.startswith("说明") for text in found)


def test_long_tables_are_cut_but_rows_hit_are_shown(administrator: Browser, shipped: App) -> None:
    rules = [[str(n), f'"{n}档"'] for n in range(400)]
    column = Column(text="n", label="号", type_ref="number")
    key = put(
        shipped, model(decision("长表", str(Table(inputs=[column], outputs=["档"], rules=rules))))
    )
    filled(opened(administrator, key), 号="350")
    assert marked(administrator) == ["351"]
    assert texts(administrator, "//tr[@class='rule-skipped']") == ["省略 150 行", "省略 49 行"]


def test_unknown_decisions(administrator: Browser) -> None:
    assert opened(administrator, "4194304").status == 404
    assert opened(administrator, "x").status == 400


def test_an_element_that_many_need_is_explained_once() -> None:
    """A ladder of forty rungs, each required twice by the next, has 2^40 ways through it."""
    rungs = [decision("a0", literal("1")), decision("b0", literal("1"))]
    for n in range(1, 40):
        needs = [f"d_a{n - 1}", f"d_b{n - 1}"]
        rungs += [
            decision(f"{side}{n}", literal(f"a{n - 1} + b{n - 1}"), needs=needs) for side in "ab"
        ]
    result = dmn.load(model(*rungs)).evaluate("a39", {})
    assert result.value == 2**39
    assert result.explanation.text.count("\n") < 400
    assert len(explained.elements(result.explanation)) < 200


def test_excerpts_are_bounded() -> None:
    """given values of all shapes, then what is shown of them is short."""
    wide: Any = [["x" * 50] * 50] * 50
    for value in (wide, {"k" * 40 + str(n): wide for n in range(50)}, "x" * 10_000, [[]] * 9_999):
        assert len(explained.excerpt(value, 200)) < 500
    assert explained.excerpt({"a b": [Decimal(1), "x"]}, 100) == '{a b: [1, "x"]}'
