"""Forms as pages: labels, errors, rows, what was typed; never a script of anyone's."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any, ClassVar

import pytest

from engine.feel.values import Date
from engine.forms import Document, Form, Kind
from tests.forms.browsing import pairs, render, texts
from tests.forms.building import (
    REQUIRED,
    choices,
    component,
    context,
    field,
    form,
    group,
    money,
    number,
    rows,
    text,
)

EVIL = "\"'><script>alert(1)</script>{{ 7*7 }}{% raw %}"


def sample() -> Form:
    """One of everything."""
    return form(
        component("text", text="# 须知\n请**如实**填写，见[办法](https://example.cn/rule)。"),
        group(
            text("name", "机构名称", validate=REQUIRED, layout={"row": "R1", "columns": 10}),
            text("uscc", "代码", banshi={"type": "civil-uscc"}, layout={"row": "R1", "columns": None}),
            field("textarea", "plan", "方案", description="500 字以内"),
            label="机构",
        ),
        money("asked", "申请额", banshi={"sumEquals": "budget.amount", "capitals": "true"}, validate=REQUIRED, appearance={"suffixAdorner": "元"}),
        rows(
            "budget",
            text("item", "用途", validate=REQUIRED),
            money("amount", "金额", validate=REQUIRED),
            label="预算明细",
            banshi={"minRows": "1", "maxRows": "5"},
        ),
        rows("members", text("who", "姓名"), field("textarea", "role", "分工"), label="团队", banshi={"layout": "cards"}),
        field("datetime", "start", "开始日期", subtype="date", disallowPassedDates=True),
        field("radio", "kind", "领域", values=choices("a", "b"), validate=REQUIRED),
        field("select", "county", "县区", values=choices("a", "b")),
        field("checklist", "topics", "主题", values=choices("a", "b", "c")),
        field("checkbox", "promise", "我承诺", validate=REQUIRED),
        text("why", "原因", hide='= kind != "b"'),
        field("expression", "total", "合计", expression="= sum(budget.amount)", banshi={"type": "money"}),
        field("filepicker", "files", "材料", multiple=True, accept=".pdf", banshi={"maxFiles": "3", "maxSize": "10MB"}),
        component("table", label="往年", dataSource="= past", columns=[{"label": "年度", "key": "year"}]),
        component("separator"),
        component("spacer", height=60),
        component("documentPreview", title="附件", dataSource="= papers"),
    )  # fmt: skip


PDF = Document(
    key="k1", name="证书.pdf", size=2048, media_type="application/pdf", url="/documents/k1"
)
CASE = {"past": [{"year": Decimal(2024)}], "papers": ["k1"], "name": "某社"}


def page(
    form_: Form, data: dict[str, Any] | None = None, *, checked: bool = False, **view: Any
) -> Any:
    around = context(CASE, documents=(PDF,))
    problems = form_.validate(data or {}, around).problems if checked else ()
    return render(form_.view(data, problems, context=around, **view))


def test_every_control_has_a_label_and_every_reference_a_target() -> None:
    for data in (None, {"budget": [{}, {"item": "x"}], "members": [{}], "files": ["k1"]}):
        found = page(sample(), data, checked=data is not None, upload_url="/documents")
        ids = found.xpath("//@id")
        assert len(ids) == len(set(ids)), sorted(i for i in ids if ids.count(i) > 1)
        controls = found.xpath("//input[not(@type='hidden')]|//select|//textarea")
        assert len(controls) > 15
        for control in controls:
            labelled = found.xpath("//label[@for=$id]", id=control.get("id")) or control.xpath(
                "ancestor::label"
            )
            assert labelled, control.attrib
            assert texts(labelled[0])
        for attribute in ("aria-describedby", "for"):
            for value in found.xpath(f"//@{attribute}"):
                assert set(value.split()) <= set(ids), value
        for fieldset in found.xpath("//fieldset"):
            assert texts(fieldset.xpath("./legend")[0])


def test_errors_stand_beside_fields_and_in_the_summary_with_links() -> None:
    view = sample().view({}, sample().validate({}, context(CASE)).problems, context=context(CASE))
    texts_ = [problem.text for problem in view.errors]
    assert texts_ == [
        "请填写“机构名称”。",
        "请填写“申请额”。",
        "“预算明细”至少填写 1 行，现在有 0 行。",
        "请选择“领域”。",
        "请勾选“我承诺”。",
    ]
    found = render(view)
    for problem in view.errors:
        (target,) = found.xpath("//*[@id=$id]", id=problem.href.removeprefix("#"))
        assert target.tag in ("input", "fieldset")
    (name,) = found.xpath("//input[@name='name']")
    assert name.get("aria-invalid") == "true"
    assert name.get("required") is not None
    (note,) = found.xpath("//*[@data-error-for='name']")
    assert note.get("id") in name.get("aria-describedby").split()
    assert texts(note) == "请填写“机构名称”。"
    (fine,) = found.xpath("//*[@data-error-for='uscc']")
    assert fine.get("hidden") is not None


def test_a_row_s_error_says_which_row() -> None:
    data = {"budget": [{"item": "a", "amount": "1"}, {"item": "b", "amount": "x"}]}
    view = sample().view(
        data, sample().validate(data, context(CASE)).problems, context=context(CASE)
    )
    assert [p.text for p in view.errors if p.href == "#f-budget-1-item"] == []
    problem = next(p for p in view.errors if p.href == "#f-budget-1-amount")
    assert problem.text == "预算明细第 2 行，金额：应填数字，如 1234.50，不带单位。"


def test_a_row_s_required_field_says_which_row_too() -> None:
    data = {"budget": [{"item": "a"}]}
    view = sample().view(
        data, sample().validate(data, context(CASE)).problems, context=context(CASE)
    )
    problem = next(p for p in view.errors if p.href == "#f-budget-0-amount")
    assert problem.text == "预算明细第 1 行：请填写“金额”。"


def test_nothing_typed_is_lost() -> None:
    """Half-filled and wrong values come back exactly as they were typed."""
    typed = {
        "name": "  某 社\u200b ",
        "plan": "\n第一行\n  第二行",
        "asked": "五万",
        "start": "2026-02-30",
        "budget": [{"item": "<b>", "amount": "1,00"}, {}],
        "kind": "gone",
        "county": "gone too",
        "topics": ["a", "gone three"],
        "why": "藏起来的也在",
        "files": ["k1", "nowhere"],
    }
    found = page(sample(), typed, checked=True)
    sent = sample().from_html(pairs(found))
    assert sent == {**typed, "plan": str(typed["plan"]).replace("\n", "\r\n")}
    # a browser's own date input can't show what is no date
    assert found.xpath("//input[@name='start']/@type") == ["text"]
    assert "已不在选项中" in texts(found)


def test_a_fresh_form_starts_with_the_case_and_the_defaults() -> None:
    found = form(
        text("name", "名称"),
        field("datetime", "day", "日期", subtype="date", defaultValue="= today()"),
        number("count", "数量", defaultValue=3),
        field("select", "kind", "类别", values=choices("a", "b"), defaultValue="b"),
        field("checkbox", "box", "框", defaultValue=True),
        rows("list", text("x", "甲"), defaultRepetitions=2),
        rows("held", text("x", "乙")),
    )
    view = found.view(
        context=context({"name": "某社", "held": [{"x": "1"}, {"x": "2"}, {"x": "3"}]})
    )
    sent = found.from_html(pairs(render(view)))
    assert sent == {
        "name": "某社",
        "day": "2026-03-02",
        "count": "3",
        "kind": "b",
        "box": True,
        "list": [{}, {}],
        "held": [{"x": "1"}, {"x": "2"}, {"x": "3"}],
    }
    assert found.validate(sent, context()).data["day"] == Date(2026, 3, 2)
    # once something was handed in, an emptied field stays empty
    again = found.from_html(pairs(render(found.view({}, context=context({"name": "某社"})))))
    assert again == {}


def test_nothing_from_anyone_becomes_markup() -> None:
    found = form(
        text("a", "<i>甲</i>", description="<script>alert(2)</script>"),
        component(
            "text",
            text="<img src=x onerror=alert(1)> {{ a }} [x](javascript:alert(1)) [ok](/rule)",
        ),
        field("select", "b", "乙", valuesExpression="= [{label: a, value: a}]"),
        rows("list", text("c", "丙")),
    )
    data = {"a": EVIL, "b": EVIL, "list": [{"c": EVIL}]}
    problems = found.validate(data, context()).problems
    for readonly in (False, True):
        page_ = render(found.view(data, problems, context=context(), readonly=readonly))
        assert not page_.xpath("//script|//img|//i|//b|//@onerror")
        assert page_.xpath("//a/@href") == ["/rule"]
        assert "{{ 7*7 }}" in texts(page_)


def test_values_in_texts_are_plain_text() -> None:
    """What an applicant typed can't become a link or a heading of the page."""
    found = form(
        text("a", "甲"), component("text", text="您填的是：{{ a }}"), component("text", text="= a")
    )
    page_ = render(found.view({"a": "[点我](https://evil.example) **粗** # 题"}, context=context()))
    assert not page_.xpath("//a|//strong|//h3")
    assert (
        texts(page_.xpath("//div[@class='prose mb-3']")[0])
        == "您填的是：[点我](https://evil.example) **粗** # 题"
    )


def test_hidden_fields_are_there_but_hidden() -> None:
    found = page(sample(), {"kind": "a"})
    (box,) = found.xpath("//*[@data-field='why']")
    assert box.get("hidden") is not None
    (shown,) = page(sample(), {"kind": "b"}).xpath("//*[@data-field='why']")
    assert shown.get("hidden") is None


class TestRows:
    """Repeating rows work with scripts and without."""

    def test_template_and_buttons(self) -> None:
        found = page(sample(), {"budget": [{"item": "a"}]})
        (box,) = found.xpath("//*[@data-repeat='budget']")
        assert (box.get("data-min"), box.get("data-max")) == ("1", "5")
        (template,) = box.xpath("./template")
        assert set(template.xpath(".//@name")) == {
            "budget.__index__", "budget.__index__.item", "budget.__index__.amount", "__remove",
        }  # fmt: skip
        assert box.xpath(".//button[@name='__add']/@value") == ["budget"]
        (add,) = box.xpath(".//button[@data-add-row]")
        assert add.get("formnovalidate") is not None
        (remove,) = box.xpath("./table//button[@name='__remove']")
        assert remove.get("value") == "budget.0"
        assert remove.get("disabled") is not None  # one row is the least

    def test_rows_at_their_most(self) -> None:
        found = page(sample(), {"budget": [{"item": "a"}] * 5})
        assert found.xpath("//button[@name='__add' and @value='budget']/@disabled")

    def test_pressing_enter_presses_no_row_button(self) -> None:
        """The form's default button is its first submit button; a disabled one does nothing."""
        first = page(sample()).xpath("//button[@type='submit' or not(@type)]")[0]
        assert first.get("disabled") is not None
        assert first.get("name") is None

    def test_totals_follow_and_compare(self) -> None:
        found = page(sample(), {"budget": [{"amount": "1000"}, {"amount": "234.5"}]})
        (total,) = found.xpath("//output[@data-sum-of]")
        assert total.get("data-sum-of") == "budget.*.amount"
        assert total.get("data-sum-equals") == "asked"
        assert texts(total) == "1,234.50"

    def test_rows_that_can_not_change_have_no_buttons(self) -> None:
        fixed = form(rows("list", text("a", "甲"), allowAddRemove=False))
        found = render(fixed.view({"list": [{"a": "1"}]}, context=context()))
        assert not found.xpath("//template|//button[@name]")

    def test_rows_in_rows_have_a_template_in_the_template(self) -> None:
        nested = form(rows("a", text("x", "甲"), rows("b", text("y", "乙"))))
        found = render(nested.view({}, context=context()))
        names = found.xpath("//template//template//@name")
        assert "a.__index__.b.__index__.y" in names


def test_files_already_there_can_be_seen_and_removed() -> None:
    found = page(sample(), {"files": ["k1"]}, upload_url="/documents")
    (zone,) = found.xpath("//*[@data-upload]")
    assert zone.get("data-upload") == "/documents"
    assert (zone.get("data-name"), zone.get("data-max"), zone.get("data-max-size")) == (
        "files",
        "3",
        str(10 * 1024 * 1024),
    )
    (item,) = zone.xpath(".//li[@data-document='k1']")
    assert item.xpath(".//a/@href") == ["/documents/k1"]
    assert "2 KB" in texts(item)
    assert item.xpath(".//button[@name='__drop']/@value") == ["files=k1"]
    assert zone.xpath("./input[@type='file']/@accept") == [".pdf"]
    (hint,) = found.xpath("//*[@id='f-files-help']")
    assert texts(hint) == "最多 3 个文件。可以上传：.pdf。每个不超过 10 MB。"


class TestReading:
    """The read-only view."""

    data: ClassVar[dict[str, object]] = {
        "name": "某社",
        "asked": Decimal("50000.00"),
        "budget": [{"item": "课酬", "amount": Decimal("50000.00")}],
        "start": Date(2026, 5, 1),
        "kind": "a",
        "topics": ["a", "c"],
        "promise": True,
        "files": ["k1"],
        "total": Decimal(50000),
    }  # fmt: skip

    def test_values_in_words(self) -> None:
        found = page(sample(), self.data, readonly=True)
        shown = {
            texts(d.xpath("./dt")[0]): texts(d.xpath("./dd")[0]) for d in found.xpath("//dl/div")
        }
        assert shown["机构名称"] == "某社"
        assert shown["申请额"] == "50,000.00 元"
        assert shown["开始日期"] == "2026年5月1日"
        assert shown["领域"] == "A"
        assert shown["主题"] == "A、C"
        assert shown["我承诺"] == "是"
        assert shown["县区"] == "—未填写"
        assert shown["合计"] == "50,000.00"
        assert "证书.pdf" in shown["材料"]
        assert "原因" not in shown  # hidden now
        assert not found.xpath("//input|//select|//textarea|//button|//template")
        assert "课酬" in texts(found.xpath("//table[1]")[0])

    def test_everything_may_come_from_the_case(self) -> None:
        around = context({**CASE, **self.data, "unrelated": "x"}, documents=(PDF,))
        view = sample().view(context=around, readonly=True)
        assert not view.errors
        assert "50,000.00" in texts(render(view))

    def test_masks(self) -> None:
        found = form(
            text("id_number", "身份证", banshi={"type": "resident-id", "privacy": "L3"}),
            text("phone", "手机", banshi={"type": "mobile", "privacy": "L2"}),
            money("income", "月收入", banshi={"privacy": "L3"}),
            field("radio", "marital", "婚姻", values=choices("a", "b"), banshi={"privacy": "L3"}),
            field("filepicker", "papers", "病历", banshi={"privacy": "L4"}),
            field("checkbox", "minor", "未成年", banshi={"privacy": "L4"}),
        )
        data = {
            "id_number": "370705195505200013",
            "phone": "13812345678",
            "income": Decimal("5000.00"),
            "marital": "a",
            "papers": ["k1"],
            "minor": True,
        }
        around = context(data, documents=(PDF,), masked=frozenset(Kind))
        for readonly in (True, False):
            shown = render(found.view(context=around, readonly=readonly))
            whole = shown.text_content() + "".join(str(v) for v in shown.xpath("//@value|//@href"))
            assert "370***********0013" in whole
            assert "138****5678" in whole
            assert whole.count("******") >= 4
            for secret in ("195505", "13812345678", "5,000", "5000", "证书", "k1", "A"):
                assert secret not in whole, secret
            assert not shown.xpath("//input[@checked]")
        clear = render(found.view(context=replace(around, masked=frozenset()), readonly=True))
        assert "370705195505200013" in texts(clear)


@pytest.mark.parametrize("readonly", [False, True])
@pytest.mark.parametrize(
    "junk", [None, 5, "x", [], {}, [[]], {"0": {}}, True, Decimal("1E+9"), Date(2026, 1, 1)]
)
def test_a_draft_of_any_shape_can_be_shown(junk: object, readonly: bool) -> None:
    """An old draft may not fit the form any more: the page comes up all the same."""
    keys = ("name", "asked", "budget", "start", "kind", "topics", "promise", "files", "uscc")
    data: dict[str, object] = dict.fromkeys(keys, junk)
    assert (
        render(
            sample().view(
                data,
                sample().validate(data, context(CASE)).problems,
                context=context(CASE),
                readonly=readonly,
            )
        )
        is not None
    )


def test_the_evaluation_says_what_the_page_needs() -> None:
    data = {"kind": "b", "asked": "5", "budget": [{"item": "a", "amount": "7"}]}
    answer = sample().evaluate(data, context(CASE))
    assert answer.hidden == ()
    assert answer.computed == {"total": "7.00"}
    assert set(answer.errors) == {"name", "asked", "promise"}
    assert "合计 7.00" in answer.errors["asked"]
    hidden = sample().evaluate({"kind": "a"}, context(CASE)).hidden
    assert hidden == ("why",)
    fields = set(page(sample(), data).xpath("//@data-field"))
    assert set(hidden) | set(answer.errors) <= fields
    assert set(answer.computed) <= set(page(sample(), data).xpath("//@data-computed"))
