"""Identity numbers, codes, accounts: specimens, what is refused and why, no false refusals."""

from __future__ import annotations

import string
from datetime import date
from decimal import Decimal

import pytest

from engine.forms.problems import Severity
from engine.forms.value_types import TEXT_TYPES, bank, credit_code, money, resident_id
from engine.forms.value_types.finding import Checked
from engine.forms.value_types.resident_id import Person, Sex

TODAY = date(2026, 3, 2)

SPECIMENS = [
    ("resident-id", "370705195505200013"),
    ("resident-id", "37072419400815003X"),
    ("resident-id", "370702201207010026"),
    # valid cards that lists of area codes refuse
    ("resident-id", "370783198503020046"),
    ("resident-id", "440524188001010014"),
    ("civil-uscc", "51370700MJE000013H"),
    ("civil-uscc", "52370700MJE123451T"),
    ("civil-uscc", "53370700MJE000101R"),
    ("uscc", "51370700MJE000013H"),
    ("mobile", "13812345678"),
    ("phone", "13812345678"),
    ("phone", "05368888888"),
    ("phone", "8888888"),
    ("bank-card", "6222021602000000002"),
    ("bank-account", "1607001009200123456"),
    ("postcode", "261061"),
    ("person-name", "张三"),
    ("person-name", "阿卜杜拉·买买提"),
    ("address", "潍坊市奎文区东风东街 1 号"),
    ("school-year", "2025-2026"),
    ("email", "clerk@example.cn"),
]


def check(kind: str, text: str) -> Checked:
    return TEXT_TYPES[kind].check(text, TODAY)


@pytest.mark.parametrize(("kind", "text"), SPECIMENS)
def test_specimens_pass_unchanged(kind: str, text: str) -> None:
    assert check(kind, text) == Checked(value=text)


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        ("resident-id", "37072419400815003x", "37072419400815003X"),
        ("resident-id", "370705 19550520 0013", "370705195505200013"),
        ("resident-id", "３７０７０５１９５５０５２０００１３", "370705195505200013"),
        ("civil-uscc", "51370700mje000013h", "51370700MJE000013H"),
        ("mobile", "+86 138-1234-5678", "13812345678"),
        ("phone", "0536-8888888", "05368888888"),
        ("bank-card", "6222 0216 0200 0000 002", "6222021602000000002"),
        ("person-name", "阿卜杜拉•买买提", "阿卜杜拉·买买提"),
        ("school-year", "2025年—2026学年", "2025-2026"),
    ],
)
def test_what_people_type_is_brought_to_one_spelling(kind: str, typed: str, value: str) -> None:
    assert check(kind, typed) == Checked(value=value)


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [
        ("resident-id", "37070519550520001", "resident-id-shape"),
        ("resident-id", "370705550520001", "resident-id-old"),
        ("resident-id", "370705195502300013", "resident-id-date"),
        ("resident-id", "370705195513200013", "resident-id-date"),
        ("resident-id", "370705195505200014", "resident-id-check"),
        ("uscc", "51370700MJE000013", "uscc-shape"),
        ("uscc", "51370700MJI000013H", "uscc-shape"),
        ("uscc", "51370700MJE000013J", "uscc-check"),
        ("mobile", "12812345678", "mobile"),
        ("mobile", "1381234567", "mobile"),
        ("phone", "110", "phone"),
        ("bank-card", "6222021602000000003", "bank-card-check"),
        ("bank-card", "622202160200000", "bank-card-shape"),
        ("bank-account", "12345678", "bank-account"),
        ("postcode", "26106", "postcode"),
        ("person-name", "张", "person-name"),
        ("person-name", "张3", "person-name"),
        ("person-name", "<b>张三</b>", "person-name"),
        ("address", "潍坊", "address"),
        ("school-year", "2025-2027", "school-year"),
        ("school-year", "2025", "school-year"),
        ("email", "clerk@example", "email"),
        ("email", "a b@example.cn", "email"),
    ],
)
def test_faults_are_named(kind: str, text: str, code: str) -> None:
    findings = check(kind, text).findings
    assert [finding.code for finding in findings] == [code]
    assert findings[0].message.endswith("。")


@pytest.mark.parametrize("kind", sorted(TEXT_TYPES))
@pytest.mark.parametrize("text", ["", "x", "１", "😀" * 20, "0" * 60, "²" * 18, "१" * 18])
def test_no_text_breaks_a_check(kind: str, text: str) -> None:
    """Digits of other scripts are not digits here, whatever str.isdigit says."""
    checked = check(kind, text)
    assert isinstance(checked, Checked)


def mutations(text: str, alphabet: str) -> list[str]:
    return [
        text[:n] + other + text[n + 1 :]
        for n in range(len(text))
        for other in alphabet
        if other != text[n]
    ]


@pytest.mark.parametrize("number", [text for kind, text in SPECIMENS if kind == "resident-id"])
def test_every_single_wrong_digit_of_a_resident_id_is_caught(number: str) -> None:
    wrong = mutations(number, string.digits + "X")
    assert len(wrong) >= 180
    assert all(check("resident-id", text).findings for text in wrong)


@pytest.mark.parametrize("number", [text for kind, text in SPECIMENS if kind == "resident-id"])
def test_swapped_neighbours_of_a_resident_id_are_caught(number: str) -> None:
    for n in range(16):
        swapped = number[:n] + number[n + 1] + number[n] + number[n + 2 :]
        assert swapped == number or check("resident-id", swapped).findings


@pytest.mark.parametrize("code", [text for kind, text in SPECIMENS if kind == "civil-uscc"])
def test_every_single_wrong_character_of_a_credit_code_is_caught(code: str) -> None:
    wrong = mutations(code, string.digits + string.ascii_uppercase)
    assert len(wrong) == 18 * 35
    assert all(check("uscc", text).findings for text in wrong)


def test_every_single_wrong_digit_of_a_bank_card_is_caught() -> None:
    wrong = mutations("6222021602000000002", string.digits)
    assert len(wrong) == 19 * 9
    assert all(check("bank-card", text).findings for text in wrong)


def test_the_organisation_code_inside_has_its_own_check_character() -> None:
    """A code whose last character fits and whose character 17 does not."""
    body = "51370700MJE000014"
    forged = body + credit_code.check_character(body)
    assert credit_code.organisation_check_character(forged[8:16]) == "3"
    assert [f.code for f in check("uscc", forged).findings] == ["uscc-check"]


def test_kinds_and_registrar_of_a_social_organisation() -> None:
    body = "91370700MJE000013"
    company = body + credit_code.check_character(body)
    assert check("uscc", company) == Checked(value=company)
    assert [f.code for f in check("civil-uscc", company).findings] == ["uscc-kind"]
    elsewhere = credit_code.check_civil("51370700MJE000013H", TODAY, registrar="370100")
    assert elsewhere.value == "51370700MJE000013H"
    assert [(f.code, f.severity) for f in elsewhere.findings] == [
        ("uscc-registrar", Severity.WARNING)
    ]
    assert not credit_code.check_civil("51370700MJE000013H", TODAY, registrar="370700").findings
    assert credit_code.kind("53370700MJE000101R") == "基金会"
    assert credit_code.kind(company) is None


def test_a_birth_date_after_today_is_refused_on_that_day_only() -> None:
    body = "37070220260303002"
    number = body + resident_id.check_character(body)
    assert [f.code for f in check("resident-id", number).findings] == ["resident-id-future"]
    assert not TEXT_TYPES["resident-id"].check(number, date(2026, 3, 3)).findings


@pytest.mark.parametrize(
    ("number", "born", "sex", "age"),
    [
        ("370705195505200013", date(1955, 5, 20), Sex.MALE, 70),
        ("37072419400815003X", date(1940, 8, 15), Sex.MALE, 85),
        ("370702201207010026", date(2012, 7, 1), Sex.FEMALE, 13),
    ],
)
def test_a_resident_id_tells_birth_sex_and_age(number: str, born: date, sex: Sex, age: int) -> None:
    person = resident_id.person(number)
    assert person == Person(birth_date=born, sex=sex)
    assert person is not None
    assert person.age_on(TODAY) == age


def test_age_changes_on_the_birthday_itself() -> None:
    """The marriageable age counts on the day of registration."""
    born = date(2004, 2, 29)
    assert resident_id.age_on(born, date(2026, 2, 28)) == 21
    assert resident_id.age_on(born, date(2026, 3, 1)) == 22
    assert resident_id.age_on(date(2004, 5, 20), date(2026, 5, 19)) == 21
    assert resident_id.age_on(date(2004, 5, 20), date(2026, 5, 20)) == 22


@pytest.mark.parametrize("text", ["", "370705195505200014", "abc", "370705195502300013"])
def test_no_person_of_a_wrong_number(text: str) -> None:
    assert resident_id.person(text) is None


def test_luhn() -> None:
    assert bank.luhn("79927398713")
    assert not bank.luhn("79927398710")


@pytest.mark.parametrize(
    ("amount", "codes"),
    [
        ("0", []),
        ("999999999999.99", []),
        ("-999999999999.99", []),
        ("1000000000000", ["money-size"]),
        ("1.999", ["money-cents"]),
        ("1.990", []),
        ("1E+30", ["money-size"]),
    ],
)
def test_money_is_decimal_14_2(amount: str, codes: list[str]) -> None:
    assert [finding.code for finding in money.check(Decimal(amount))] == codes


def test_money_as_kept_and_as_read() -> None:
    assert str(money.normal(Decimal("5E+4"))) == "50000.00"
    assert money.text(Decimal("1234567.5")) == "1,234,567.50"
