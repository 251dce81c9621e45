"""The validator: types in and out, required, ranges, lists, what is unknown or not allowed."""

from __future__ import annotations

import datetime as host
from decimal import Decimal
from typing import Any, ClassVar

import pytest

from engine.feel.values import Date, DateTime, Time
from engine.forms import Document, Kind, Severity
from tests.forms.building import (
    REQUIRED,
    check,
    choices,
    codes,
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


def data_of(component_: dict[str, Any], submission: dict[str, object]) -> dict[str, Any]:
    validated = form(component_).validate(submission, context())
    assert validated.ok, validated.problems
    return validated.data


@pytest.mark.parametrize(
    ("component_", "given", "value"),
    [
        (text("a"), "  潍坊 ", "潍坊"),
        (text("a"), "e\u0301", "é"),
        (text("a", banshi={"type": "resident-id"}), "37072419400815003x", "37072419400815003X"),
        (field("textarea", "a"), "一\r\n二", "一\n二"),
        (number("a"), "1,234.50", Decimal("1234.50")),
        (number("a"), 5, Decimal(5)),
        (number("a"), Decimal("5.0"), Decimal("5.0")),
        (money("a"), "50000", Decimal("50000.00")),
        (
            component("datetime", key="a", dateLabel="x", subtype="date"),
            "2026-03-02",
            Date(2026, 3, 2),
        ),
        (component("datetime", key="a", dateLabel="x"), host.date(2026, 3, 2), Date(2026, 3, 2)),
        (component("datetime", key="a", dateLabel="x"), Date(2026, 3, 2), Date(2026, 3, 2)),
        (
            component("datetime", key="a", dateLabel="x", subtype="datetime"),
            "2026-03-02T08:30",
            DateTime.parse("2026-03-02T08:30:00+08:00"),
        ),
        (
            component(
                "datetime",
                key="a",
                timeLabel="x",
                subtype="time",
                timeSerializingFormat="no_timezone",
            ),
            "08:30",
            Time.parse("08:30:00"),
        ),
        (field("checkbox", "a"), True, True),
        (field("radio", "a", values=choices("x", "y")), "y", "y"),
        (field("select", "a", values=[{"value": 2, "label": "二"}]), "2", Decimal(2)),
        (field("checklist", "a", values=choices("x", "y")), ["y", "x", "y"], ["y", "x"]),
        (field("taglist", "a", values=choices("x", "y")), "y", ["y"]),
        (text("a.b.c"), "x", None),
    ],
)
def test_values_come_out_typed(component_: dict[str, Any], given: object, value: object) -> None:
    if component_["key"] == "a.b.c":
        assert data_of(component_, {"a": {"b": {"c": given}}}) == {"a": {"b": {"c": "x"}}}
        return
    found = data_of(component_, {"a": given})["a"]
    assert found == value
    assert type(found) is type(value)
    # what came out may go in again
    assert data_of(component_, {"a": found}) == {"a": value}


@pytest.mark.parametrize(
    ("component_", "value"),
    [
        (text("a"), None),
        (number("a"), None),
        (component("datetime", key="a", dateLabel="x"), None),
        (field("checkbox", "a"), False),
        (field("radio", "a", values=choices("x")), None),
        (field("checklist", "a", values=choices("x")), []),
        (field("filepicker", "a"), []),
        (rows("a", text("b")), []),
    ],
)
@pytest.mark.parametrize("submission", [{}, {"a": None}, {"a": ""}])
def test_what_is_empty_is_in_the_data_all_the_same(
    component_: dict[str, Any], value: object, submission: dict[str, object]
) -> None:
    """So that an emptied field replaces what the case held before."""
    assert data_of(component_, submission) == {"a": value}


@pytest.mark.parametrize(
    ("component_", "given"),
    [
        (text("a"), 5),
        (text("a"), ["x"]),
        (text("a"), {"x": 1}),
        (text("a"), True),
        (number("a"), 1.5),
        (number("a"), True),
        (number("a"), ["1"]),
        (component("datetime", key="a", dateLabel="x"), 20260302),
        (field("checkbox", "a"), "yes"),
        (field("checkbox", "a"), 1),
        (field("radio", "a", values=choices("x")), ["x"]),
        (field("checklist", "a", values=choices("x")), {"x": True}),
        (field("checklist", "a", values=choices("x")), [["x"]]),
        (field("filepicker", "a"), [5]),
        (rows("a", text("b")), "x"),
        (rows("a", text("b")), {"0": {"b": "x"}}),
        (rows("a", text("b")), ["x"]),
        (text("a.b"), "x"),
        (text("a.b"), ["x"]),
    ],
)
def test_wrong_types_are_refused_whatever_they_are(
    component_: dict[str, Any], given: object
) -> None:
    problems = form(component_).validate({"a": given}, context()).problems
    assert [problem.code for problem in problems] in (["type"], ["moment"]), problems


@pytest.mark.parametrize(
    ("component_", "given", "code", "words"),
    [
        (text("a", validate={"minLength": 3}), "ab", "min-length", "至少 3 字"),
        (text("a", validate={"maxLength": 3}), "abcd", "max-length", "最多 3 字，现在有 4 字"),
        (text("a", validate={"maxLength": "= 2 + 1"}), "abcd", "max-length", "最多 3 字"),
        (text("a", validate={"pattern": "^[A-Z]+$"}), "abc", "pattern", "格式"),
        (
            text("a", validate={"pattern": "^x", "patternErrorMessage": "要以 x 开头。"}),
            "y",
            "pattern",
            "x 开头",
        ),
        (text("a"), "x" * 1001, "max-length", "1000"),
        (text("a"), "x" * 5000, "max-length", "1000"),
        (text("a"), "a\nb", "characters", "换行"),
        (text("a"), "a\x00b", "characters", "U+0000"),
        (text("a"), "a\u202eb", "characters", "方向"),
        (text("a", validate={"validationType": "email"}), "x@y", "email", "邮箱"),
        (text("a", validate={"validationType": "phone"}), "12", "phone", "座机"),
        (number("a"), "五", "number", "数字"),
        (number("a"), "1e3", "number", "数字"),
        (number("a"), Decimal("NaN"), "number", "太大"),
        (number("a", decimalDigits=0), "1.5", "decimals", "整数"),
        (number("a", decimalDigits=1), "1.55", "decimals", "1 位小数"),
        (number("a", increment="0.5"), "1.3", "increment", "1.0 和 1.5"),
        (number("a", validate={"min": 1}), "0", "min", "不能小于 1"),
        (number("a", validate={"max": "= 2 * 5"}), "11", "max", "不能大于 10"),
        (money("a"), "1.999", "money-cents", "两位小数"),
        (money("a"), "-1", "min", "不能小于 0.00"),
        (money("a", validate={"max": 100000}), "100000.01", "max", "100,000.00，现在是 100,000.01"),
        (component("datetime", key="a", dateLabel="x"), "2026-02-30", "moment", "真实的日期"),
        (
            component("datetime", key="a", dateLabel="x", disallowPassedDates=True),
            "2026-03-01",
            "past",
            "今天",
        ),
        (
            field("datetime", "a", subtype="date", banshi={"max": "= today()"}),
            "2026-03-03",
            "max",
            "2026年3月2日",
        ),
        (
            field("datetime", "a", subtype="date", banshi={"min": "2026-01-01"}),
            "2025-12-31",
            "min",
            "2026年1月1日",
        ),
        (field("datetime", "a", subtype="time", banshi={"max": "17:00"}), "17:30", "max", "17:00"),
        (field("radio", "a", values=choices("x")), "z", "option", "选项"),
        (field("checklist", "a", values=choices("x")), ["x", "z"], "option", "选项"),
        (field("filepicker", "a"), ["nowhere"], "document", "重新上传"),
        (field("filepicker", "a"), [str(n) for n in range(200)], "size", "最多"),
    ],
)
def test_rules_of_single_fields(
    component_: dict[str, Any], given: object, code: str, words: str
) -> None:
    problems = form(component_).validate({"a": given}, context()).problems
    assert codes(problems) == [("a", code)]
    assert words in problems[0].message
    assert problems[0].message.endswith("。")


@pytest.mark.parametrize(
    ("component_", "given"),
    [
        (text("a", validate={"minLength": 3, "maxLength": 3}), "潍坊市"),
        (text("a", validate={"pattern": r"^[\u4e00-\u9fa5]{2,4}$"}), "潍坊"),
        (text("a", validate={"pattern": r"^\d{4}\/\d{2}$"}), "2026/03"),
        (number("a", increment="0.1"), "0.3"),
        (number("a", validate={"min": 0, "max": 0}), "0"),
        (money("a", validate={"min": -5}), "-5"),
        (component("datetime", key="a", dateLabel="x", disallowPassedDates=True), "2026-03-02"),
        (field("datetime", "a", subtype="date", banshi={"max": "= today()"}), "2026-03-02"),
        (number("a", validate={"max": "= no_such_variable"}), "99"),
    ],
)
def test_what_lies_on_the_edge_passes(component_: dict[str, Any], given: object) -> None:
    assert check(form(component_), {"a": given}) == []


@pytest.mark.parametrize(
    ("component_", "verb"),
    [
        (text("a", "姓名", validate=REQUIRED), "请填写“姓名”。"),
        (number("a", "姓名", validate=REQUIRED), "请填写“姓名”。"),
        (field("checkbox", "a", "承诺", validate=REQUIRED), "请勾选“承诺”。"),
        (field("radio", "a", "领域", values=choices("x"), validate=REQUIRED), "请选择“领域”。"),
        (field("checklist", "a", "领域", values=choices("x"), validate=REQUIRED), "请选择“领域”。"),
        (field("filepicker", "a", "证书", validate=REQUIRED), "请上传“证书”。"),
        (text("a", "姓名", validate={"required": "= 1 < 2"}), "请填写“姓名”。"),
    ],
)
@pytest.mark.parametrize("given", [None, "", "  \u200b", "missing"])
def test_required_fields_say_what_to_do(
    component_: dict[str, Any], verb: str, given: object
) -> None:
    if (
        isinstance(given, str)
        and given.strip()
        and component_["type"] not in ("textfield", "number")
    ):
        given = None
    submission = {} if given == "missing" else {"a": given}
    problems = form(component_).validate(submission, context()).problems
    assert [(p.path, p.code, p.message) for p in problems] == [("a", "required", verb)]


def test_a_required_box_must_be_ticked() -> None:
    promised = form(field("checkbox", "a", validate=REQUIRED))
    assert check(promised, {"a": False}) == [("a", "required")]
    assert check(promised, {"a": True}) == []


def test_unknown_fields_are_refused_wherever_they_stand() -> None:
    found = form(text("a"), text("org.name"), rows("list", text("b")))
    submission = {
        "a": "x",
        "status": "approved",
        "org": {"name": "y", "balance": "1"},
        "list": [{"b": "1", "c": "2"}],
    }
    assert sorted(check(found, submission)) == [
        ("list.0.c", "unknown-field"),
        ("org.balance", "unknown-field"),
        ("status", "unknown-field"),
    ]


def test_an_unknown_name_is_shown_only_in_part() -> None:
    (problem,) = form(text("a")).validate({"x" * 5000: 1}, context()).problems
    assert len(problem.message) < 300


def test_warnings_do_not_keep_a_form_from_being_sent() -> None:
    code = text("uscc", "代码", banshi={"type": "civil-uscc", "registrar": "370100"})
    validated = form(code).validate({"uscc": "51370700MJE000013H"}, context())
    assert validated.ok
    assert validated.data == {"uscc": "51370700MJE000013H"}
    assert [(p.code, p.severity) for p in validated.problems] == [
        ("uscc-registrar", Severity.WARNING)
    ]
    assert validated.errors == ()


def test_problems_come_in_the_order_of_the_form() -> None:
    found = form(
        text("one", validate=REQUIRED),
        rows("list", text("b", validate=REQUIRED), number("c")),
        text("two", validate=REQUIRED),
    )
    submission = {"list": [{"c": "x"}, {"b": "1", "c": "y"}], "zzz": 1}
    assert check(found, submission) == [
        ("zzz", "unknown-field"),
        ("one", "required"),
        ("list.0.b", "required"),
        ("list.0.c", "number"),
        ("list.1.c", "number"),
        ("two", "required"),
    ]


class TestRows:
    """dynamiclist."""

    budget = form(
        rows(
            "budget",
            text("item", "用途", validate=REQUIRED),
            money("amount", "金额", validate=REQUIRED),
            label="预算明细",
            banshi={"minRows": "1", "maxRows": "2"},
        )
    )

    def test_rows_come_out_typed(self) -> None:
        rows_ = [{"item": "课酬", "amount": "100"}, {"item": "教材", "amount": "50.5"}]
        validated = self.budget.validate({"budget": rows_}, context())
        assert validated.ok
        assert validated.data["budget"] == [
            {"item": "课酬", "amount": Decimal("100.00")},
            {"item": "教材", "amount": Decimal("50.50")},
        ]

    def test_blank_rows_do_not_count_and_places_keep_their_numbers(self) -> None:
        rows_ = [{}, {"item": " ", "amount": ""}, {"item": "课酬", "amount": "x"}]
        validated = self.budget.validate({"budget": rows_}, context())
        assert codes(validated.problems) == [("budget.2.amount", "number")]
        rows_[2] = {"item": "课酬", "amount": "1"}
        validated = self.budget.validate({"budget": rows_}, context())
        assert validated.ok
        assert len(validated.data["budget"]) == 1

    def test_too_few_and_too_many(self) -> None:
        assert check(self.budget, {}) == [("budget", "min-rows")]
        assert check(self.budget, {"budget": [{}]}) == [("budget", "min-rows")]
        three = [{"item": "x", "amount": "1"}] * 3
        assert check(self.budget, {"budget": three}) == [("budget", "max-rows")]

    def test_more_rows_than_any_form_has(self) -> None:
        many = [{"item": "x", "amount": "1"}] * 501
        assert ("budget", "max-rows") in check(self.budget, {"budget": many})

    def test_rows_in_rows(self) -> None:
        nested = form(rows("families", text("name"), rows("members", number("age"))))
        submission = {
            "families": [
                {"name": "张", "members": [{"age": "7"}, {"age": "x"}]},
                {"name": "", "members": [{"age": "1"}]},
            ]
        }
        validated = nested.validate(submission, context())
        assert codes(validated.problems) == [("families.0.members.1.age", "number")]
        submission["families"][0]["members"] = []  # type: ignore[index]
        assert nested.validate(submission, context()).data == {
            "families": [
                {"name": "张", "members": []},
                {"name": None, "members": [{"age": Decimal(1)}]},
            ]
        }

    def test_the_whole_tree_is_bounded(self) -> None:
        nested = form(rows("a", rows("b", text("c"), text("d"))))
        bomb = {"a": [{"b": [{"c": "x"}] * 500}] * 500}
        assert ("a", "size") in check(nested, bomb)


class TestNotEditable:
    """Read-only, disabled, masked and computed values come from the case, never from outside."""

    case: ClassVar[dict[str, object]] = {
        "org": "社会组织",
        "secret": "370705195505200013",
        "fee": Decimal(5),
    }

    def test_a_read_only_value_is_the_case_s(self) -> None:
        found = form(text("org", "机构", readonly=True), text("note"))
        validated = found.validate({"note": "x"}, context(self.case))
        assert validated.data == {"org": "社会组织", "note": "x"}
        assert check(found, {"org": "社会组织"}, data=self.case) == []
        (problem,) = found.validate({"org": "别的"}, context(self.case)).problems
        assert (problem.path, problem.code) == ("org", "readonly")
        assert "不能修改" in problem.message

    def test_read_only_may_depend_on_the_data(self) -> None:
        found = form(field("checkbox", "fixed"), text("org", readonly="= fixed"))
        assert check(found, {"org": "别的"}, data=self.case) == []
        assert check(found, {"org": "别的", "fixed": True}, data=self.case) == [("org", "readonly")]

    def test_a_read_only_default_is_worked_out(self) -> None:
        found = form(
            field("datetime", "day", subtype="date", readonly=True, defaultValue="= today()")
        )
        assert found.validate({}, context()).data == {"day": Date(2026, 3, 2)}

    def test_a_disabled_value_is_neither_taken_nor_given(self) -> None:
        found = form(text("org", disabled=True))
        assert found.validate({}, context(self.case)).data == {}
        assert check(found, {"org": "x"}, data=self.case) == [("org", "readonly")]

    def test_a_masked_value_can_not_be_overwritten(self) -> None:
        secret = text("secret", banshi={"type": "resident-id", "privacy": "L3"}, validate=REQUIRED)
        found = form(secret)
        blind = context(self.case, masked=frozenset(Kind))
        assert found.validate({}, blind).ok
        assert found.validate({}, blind).data == {}
        problems = found.validate({"secret": "37072419400815003X"}, blind).problems
        assert codes(problems) == [("secret", "readonly")]
        assert found.validate({"secret": "37072419400815003X"}, context(self.case)).ok

    def test_a_computed_value_can_not_be_sent(self) -> None:
        found = form(number("a"), number("b"), field("expression", "sum", expression="=a + b"))
        validated = found.validate({"a": "1", "b": "2"}, context())
        assert validated.data == {"a": Decimal(1), "b": Decimal(2), "sum": Decimal(3)}
        assert check(found, {"a": "1", "b": "2", "sum": Decimal(3)}) == []
        assert check(found, {"a": "1", "b": "2", "sum": Decimal(4)}) == [("sum", "readonly")]


class TestFiles:
    """filepicker: keys of documents the caller vouches for."""

    pdf = Document(key="k1", name="证书.PDF", size=1000, media_type="application/pdf")
    big = Document(key="k2", name="照片.jpg", size=11 * 1024 * 1024, media_type="image/jpeg")
    exe = Document(key="k3", name="证书.pdf.exe", size=10, media_type="application/x-dosexec")
    field = field(
        "filepicker",
        "files",
        "材料",
        multiple=True,
        accept=".pdf, image/*",
        banshi={"maxFiles": "2", "maxSize": "10 MB"},
    )

    def check(self, *keys: str) -> list[str]:
        documents = (self.pdf, self.big, self.exe)
        found = form(self.field).validate({"files": list(keys)}, context(documents=documents))
        return [problem.code for problem in found.problems]

    def test_what_is_acceptable(self) -> None:
        assert self.check("k1") == []
        assert self.check("k2") == ["file-size"]
        assert self.check("k3") == ["file-type"]
        assert self.check("k1", "nowhere") == ["document"]
        assert self.check("k1", "k2", "k3") == ["max-files", "file-size", "file-type"]

    def test_one_file_means_one(self) -> None:
        single = form(field("filepicker", "f"))
        documents = (self.pdf, self.big)
        assert check(single, {"f": ["k1", "k2"]}, documents=documents) == [("f", "max-files")]
        validated = single.validate({"f": "k1"}, context(documents=documents))
        assert validated.data == {"f": ["k1"]}


def test_groups_with_a_path_nest_their_values() -> None:
    found = form(group(text("name"), group(text("phone"), path="contact"), path="applicant"))
    submission = {"applicant": {"name": "张三", "contact": {"phone": "1"}}}
    assert found.validate(submission, context()).data == submission


def test_evil_patterns_end_quickly() -> None:
    """Linear-time matching: this one would take ages in a backtracking matcher."""
    found = form(text("a", validate={"pattern": "^(a+)+$"}))
    assert check(found, {"a": "a" * 900 + "!"}) == [("a", "pattern")]
