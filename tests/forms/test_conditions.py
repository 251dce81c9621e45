"""What depends on the data: hidden parts, computed values, options, defaults, rules across fields."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine.feel import STANDARD
from engine.forms import Form
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

other_funding = form(
    field("radio", "funded", "其他资助", values=choices("yes", "no"), validate=REQUIRED),
    text("funder", "资助方", hide='= funded != "yes"', validate=REQUIRED),
    group(
        money("share", "资助额", validate=REQUIRED),
        rows("papers", text("name", validate=REQUIRED), banshi={"minRows": "1"}),
        conditional={"hide": '= funded != "yes"'},
    ),
)


def test_hidden_fields_are_dropped_and_named() -> None:
    typed = {"funded": "no", "funder": "x", "share": "not a number", "papers": [{"name": ""}]}
    validated = other_funding.validate(typed, context())
    assert validated.ok
    assert validated.data == {"funded": "no"}
    assert validated.hidden == {"funder", "share", "papers"}


def test_what_is_shown_again_is_checked_again() -> None:
    assert check(other_funding, {"funded": "yes"}) == [
        ("funder", "required"),
        ("share", "required"),
        ("papers", "min-rows"),
    ]


def test_a_stale_value_of_the_case_does_not_count_once_hidden() -> None:
    found = form(
        field("checkbox", "married"),
        text("spouse", hide="= married = false"),
        text("note", hide="= spouse = null"),
    )
    validated = found.validate({"note": "x"}, context({"spouse": "旧值"}))
    assert validated.data == {"married": False}
    assert validated.hidden == {"spouse", "note"}


def test_chains_of_conditions_settle() -> None:
    chain = [text("k0", hide="= go != true")]
    chain += [text(f"k{n}", hide=f"= k{n - 1} = null") for n in range(1, 8)]
    found = form(field("checkbox", "go"), *reversed(chain))
    typed = {f"k{n}": "x" for n in range(8)}
    assert found.validate({"go": True, **typed}, context()).hidden == frozenset()
    assert found.validate(typed, context()).hidden == {f"k{n}" for n in range(8)}


def test_contradicting_conditions_end_somewhere() -> None:
    found = form(text("a", hide="= b != null"), text("b", hide="= a != null"))
    submission = {"a": "x", "b": "y"}
    first = found.validate(submission, context())
    assert found.validate(submission, context()) == first


def test_computed_values_follow_each_other_and_can_be_used() -> None:
    found = form(
        field("expression", "double", expression="= total * 2"),
        field("expression", "total", expression="= sum(list.n)", banshi={"type": "money"}),
        rows("list", number("n")),
        text("why", hide="= double < 10", validate=REQUIRED),
    )
    submission = {"list": [{"n": "3"}, {"n": "4"}]}
    validated = found.validate(submission, context())
    assert codes(validated.problems) == [("why", "required")]
    assert validated.data["total"] == Decimal(7)
    assert validated.data["double"] == Decimal(14)


def test_rows_see_themselves_their_parent_and_their_number() -> None:
    found = form(
        text("kind"),
        rows(
            "list",
            number("count"),
            number("price"),
            field("expression", "sum", expression="= this.count * this.price"),
            field("expression", "place", expression="= i[1]"),
            text("why", hide='= this.sum < 100 or parent.kind = "free"', validate=REQUIRED),
        ),
    )
    rows_ = [{"count": "2", "price": "10"}, {"count": "20", "price": "10"}]
    validated = found.validate({"list": rows_}, context())
    assert codes(validated.problems) == [("list.1.why", "required")]
    assert [row["sum"] for row in validated.data["list"]] == [Decimal(20), Decimal(200)]
    assert [row["place"] for row in validated.data["list"]] == [Decimal(1), Decimal(2)]
    assert "why" not in validated.data["list"][0]
    assert check(found, {"kind": "free", "list": rows_}) == []


@pytest.mark.parametrize(
    ("source", "data", "good", "bad"),
    [
        ({"valuesKey": "units"}, {"units": ["潍城区", "奎文区"]}, "奎文区", "青州市"),
        (
            {"valuesExpression": "= for u in units return {label: u.name, value: u.key}"},
            {"units": [{"name": "潍城", "key": "weicheng"}]},
            "weicheng",
            "潍城",
        ),
        ({"valuesExpression": "= [1, 2, 3]"}, {}, "2", "4"),
        ({"valuesExpression": "= null"}, {}, "", "x"),
    ],
)
def test_options_from_the_data(
    source: dict[str, str], data: dict[str, Any], good: str, bad: str
) -> None:
    found = form(field("select", "a", **source))
    assert check(found, {"a": good}, data=data) == []
    assert check(found, {"a": bad}, data=data) == [("a", "option")]


def test_an_option_keeps_its_type() -> None:
    found = form(field("select", "a", valuesExpression='= [1, "2", true]'))
    for sent, value in (("1", Decimal(1)), ("2", "2"), ("true", True), (Decimal(1), Decimal(1))):
        kept = found.validate({"a": sent}, context()).data["a"]
        assert (kept, type(kept)) == (value, type(value))


class TestSums:
    """The budget's rows must sum to the amount asked for."""

    grant = form(
        money("asked", "申请额", validate=REQUIRED, banshi={"sumEquals": "budget.amount"}),
        rows("budget", text("item"), money("amount", "金额"), label="预算明细"),
    )

    def check(self, asked: str, *amounts: str) -> list[tuple[str, str]]:
        return check(self.grant, {"asked": asked, "budget": [{"amount": a} for a in amounts]})

    def test_equal(self) -> None:
        assert self.check("0.30", "0.1", "0.20") == []
        assert self.check("0") == []

    def test_unequal_says_by_how_much(self) -> None:
        submission = {"asked": "50000", "budget": [{"amount": "48000"}]}
        (problem,) = self.grant.validate(submission, context()).problems
        assert (problem.path, problem.code) == ("asked", "sum")
        assert "合计 48,000.00" in problem.message
        assert "少 2,000.00" in problem.message

    def test_a_faulty_row_is_mended_first(self) -> None:
        assert self.check("50000", "x") == [("budget.0.amount", "number")]


def test_two_fields_that_must_agree() -> None:
    found = form(text("payee"), text("holder", "户名", banshi={"mustEqual": "payee"}))
    assert check(found, {"payee": "某社 ", "holder": " 某社"}) == []
    assert check(found, {"payee": "某社", "holder": "某某社"}) == [("holder", "must-equal")]
    assert check(found, {"payee": "某社"}) == []


class TestRules:
    """banshi:validate."""

    def rule(self, condition: str, **more: str) -> Form:
        banshi = {"validate": condition, "message": "管理费 {{fee}} 超过 {{total * 0.1}}。", **more}
        return form(number("total"), number("fee", "管理费", banshi=banshi))

    def test_true_passes_and_everything_else_does_not(self) -> None:
        found = self.rule("= fee <= total * 0.1")
        assert check(found, {"total": "100", "fee": "10"}) == []
        (problem,) = found.validate({"total": "100", "fee": "11"}, context()).problems
        assert (problem.path, problem.code) == ("fee", "rule")
        assert problem.message == "管理费 11 超过 10.0。"
        # without a total the rule is null: not true
        assert check(found, {"fee": "11"}) == [("fee", "rule")]

    def test_an_empty_field_is_not_judged(self) -> None:
        assert check(self.rule("= fee <= total"), {"total": "1"}) == []

    def test_a_faulty_field_is_mended_first(self) -> None:
        assert check(self.rule("= fee <= total"), {"total": "x", "fee": "1"}) == [
            ("total", "number")
        ]

    def test_a_rule_may_only_warn(self) -> None:
        found = self.rule("= fee <= total", severity="warning")
        assert found.validate({"total": "1", "fee": "2"}, context()).ok

    def test_several_rules_on_a_list_and_a_group(self) -> None:
        list_rules = {
            "validate": "= count(distinct values(list.id)) = count(list)",
            "message": "有人写了两次。",
            "validate-2": "= count(list) <= limit",
            "message-2": "最多 {{limit}} 人。",
        }
        found = form(
            group(
                rows("list", text("id"), banshi=list_rules),
                id="Group_all",
                banshi={"validate": '= some m in list satisfies m.id = "1"', "message": "缺 1。"},
            )
        )
        two = {"list": [{"id": "2"}, {"id": "2"}]}
        validated = found.validate(two, context({"limit": Decimal(1)}))
        assert codes(validated.problems) == [
            ("#Group_all", "rule"),
            ("list", "rule"),
            ("list", "rule"),
        ]
        assert validated.problems[2].message == "最多 1 人。"

    def test_functions_of_the_host_can_be_used(self) -> None:
        functions = STANDARD.with_function("always", ["x: Any"], lambda _: True, "true")
        banshi = {"validate": "= always(a)", "message": "x"}
        assert check(form(text("a", banshi=banshi), functions=functions), {"a": "1"}) == []


def test_runaway_rules_are_an_error_of_the_form_not_a_hang() -> None:
    endless = "= count(for x in 1..9999, y in 1..9999 return x) > 0"
    found = form(text("a", banshi={"validate": endless, "message": "x"}))
    validated = found.validate({"a": "1"}, context())
    assert {problem.code for problem in validated.problems} == {"rule", "budget"}
    assert not validated.ok


def test_today_is_the_business_day_of_the_context() -> None:
    """01:30 UTC on Monday is Monday in Shanghai, and the host's clock is never read."""
    found = form(
        component(
            "datetime",
            key="day",
            dateLabel="日期",
            subtype="date",
            properties={
                "banshi:validate": '= day of week(day) = "Monday" and day = today()',
                "banshi:message": "只能选今天。",
            },
        )
    )
    assert check(found, {"day": "2026-03-02"}) == []
    assert check(found, {"day": "2026-03-03"}) == [("day", "rule")]
