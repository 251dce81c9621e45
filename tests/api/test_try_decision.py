"""The page on which administrators try decisions, without scripts."""

from __future__ import annotations

import pytest

from engine.model.actor import SYSTEM
from engine.service.app import App
from engine.service.publishing.read_definitions import list_decisions
from tests.api.browsing import Browser
from tests.api.trying import (
    DECISION,
    control,
    filled,
    marked,
    opened,
    outcome,
    put,
    texts,
)
from tests.dmn.build import Column, Table, decision, input_data, item, model
from tests.dmn.build import feel as literal


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
