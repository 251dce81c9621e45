"""Odd things typed into the pages' forms: refused in words, never a fault of the program, and what
was typed beside them is still there."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from engine.model.actor import SYSTEM
from engine.service.app import App
from engine.service.identity.list_people import get_person
from tests.api.browsing import Browser
from tests.api.conftest import Browse
from tests.driver import Driver
from tests.filled import filled

#: Pages with forms; whatever is posted from them is posted once for each odd value.
PAGES = {
    "guanli": (
        "/admin/relations",
        "/admin/disposals",
        "/admin/units",
        "/admin/people",
        "/admin/calendar",
        "/admin/outgoing",
        "/admin/wordings",
        "/admin/letter-templates",
        "/admin/automation",
        "/admin/new-batch?kind=SUSPEND&process=venture-grants",
        "/admin/try-out",
        "/admin/new/bpmn",
        "/profile/notices",
        "/recusals",
    ),
    "cishan": ("/profile/phrases", "/profile/proxies", "/tasks/filters", "/recusals"),
}
#: Digits to ``str.isdigit`` and not to ``int``; days beside which there is none; surrogates are
#: nothing a browser sends.
ODD = ("²", "9999-12-31", "0001-01-01", "9" * 18, "-1", "😀 ' \" <b>", "1e400", "24:00")
#: These end the session, or send mail.
SPARED = ("/logout", "/profile/password", "/admin/outgoing/mail/try")
TYPED = {"text", "date", "number", "search", "time", "email", "url", None}


def fill(form: object, odd: str) -> dict[str, str]:
    """Every control that takes text, with the odd value in it."""
    fields: dict[str, str] = {}
    for control in form.inputs:  # type: ignore[attr-defined]
        typed = control.tag == "textarea" or (
            control.tag == "input" and control.get("type") in TYPED
        )
        if control.name and typed:
            fields[control.name] = odd
    return fields


@pytest.mark.parametrize("odd", ODD)
def test_no_form_meets_a_fault(odd: str, browse: Browse) -> None:
    """given every form of the pages, when something odd is typed everywhere, then the answer is a
    page that says so."""
    sent = 0
    for username, paths in PAGES.items():
        browser = browse(username)
        for path in paths:
            assert browser.visit(path).status == 200, path
            for form in [f for f in browser.page.forms if f.method == "POST"]:
                if form.action in SPARED or "lang" in form.action:
                    continue
                browser.visit(path).send(form.action, fill(form, odd))
                assert browser.status in {200, 403, 404, 409, 413, 422}, (form.action, odd)
                sent += 1
    assert sent >= 15


def value(browser: Browser, name: str) -> str:
    """What stands in the one control of that name."""
    (control,) = [c for c in browser.page.xpath("//main//*[@name]") if c.get("name") == name]
    return str(control.value)


def test_a_proxys_form_is_as_it_was(browse: Browse) -> None:
    clerk = browse("cishan").visit("/profile/proxies")
    clerk.send(
        "/profile/proxies",
        {"proxy": "yanglao", "since": "2025-03-03", "until": "9999-12-31", "reason": "学习"},
    )
    assert clerk.status == 422
    assert "请填写日期" in clerk.text
    assert [value(clerk, name) for name in ("proxy", "since", "reason")] == [
        "yanglao",
        "2025-03-03",
        "学习",
    ]


def test_the_term_of_relations_is_as_it_was(browse: Browse) -> None:
    administrator = browse("guanli").visit("/admin/relations")
    fields = {"years": "²", "source": "本局规定", "effective": "2025-01-01"}
    administrator.send("/admin/relations/term", fields)
    assert administrator.status == 422
    assert "0–20" in administrator.text
    assert {name: value(administrator, name) for name in fields} == fields


def test_a_hold_is_as_it_was(browse: Browse) -> None:
    administrator = browse("guanli").visit("/admin/disposals")
    administrator.send("/admin/disposals/holds", {"number": "没有的", "reason": "诉讼未结"})
    assert administrator.status == 422
    error = administrator.one("//*[@id='hold-error']")
    assert "没有的" in error.text_content()
    (form,) = [f for f in administrator.page.forms if f.action == "/admin/disposals/holds"]
    assert (form.fields["number"], form.fields["reason"]) == ("没有的", "诉讼未结")


def test_a_hand_over_is_as_it_was(browse: Browse, driver: Driver, shipped: App) -> None:
    case = driver.start("venture-grants", as_="zuzhi", form=filled("venture-application"))
    task = case.task_for("formal-review", "cishan").key
    browse("cishan").visit(f"/tasks/{task}").send(f"/tasks/{task}/claim")
    key = get_person(shipped, SYSTEM, username="cishan").key
    page = f"/admin/people/{key}/hand-over"
    administrator = browse("guanli").visit(page)
    administrator.send(page, {"successor": "yanglao", "reason": "", "close_account": "true"})
    assert administrator.status == 422
    form = administrator.form(page)
    assert form.fields["successor"] == "yanglao"
    assert form.fields["close_account"] == "true"
    assert "end_memberships" not in dict(form.form_values())


@pytest.mark.parametrize("tag", ['"²"', '"' + "9" * 5000 + '"', '"' + "9" * 20 + '"', '"x"', ""])
def test_a_revision_that_is_none(tag: str, browse: Browse) -> None:
    """given a draft in the editor, when it is saved over a revision that is none, then 409."""
    administrator = browse("guanli").visit("/admin/services/venture-grants").send("/admin/drafts")
    secret = administrator.one("//meta[@name='csrf-token']").get("content")
    response = administrator.client.put(
        administrator.path,
        json={"content": "<x/>"},
        headers={"X-CSRF-Token": secret, "If-Match": tag.encode("latin-1")},
    )
    assert response.status_code == 409


def test_an_unmasking_is_as_it_was(browse: Browse, driver: Driver) -> None:
    case = driver.start("venture-grants", as_="zuzhi", form=filled("venture-application"))
    clerk = browse("cishan").visit(f"/cases/{case.key}")
    clerk.send(f"/cases/{case.key}/unmasking", {"purpose": "", "note": "核对联系人电话"})
    assert clerk.status == 422
    assert clerk.form(f"/cases/{case.key}/unmasking").fields["note"] == "核对联系人电话"


def test_a_form_sent_twice_is_done_once(browse: Browse, driver: Driver) -> None:
    """given a form that a browser sends again, then what it asks for has happened once."""
    case = driver.start("venture-grants", as_="zuzhi", form=filled("venture-application"))
    task = case.task_for("formal-review", "cishan").key
    clerk = browse("cishan").visit(f"/tasks/{task}").send(f"/tasks/{task}/claim")
    form = clerk.form(f"/tasks/{task}/comments")
    fields = {**dict(form.form_values()), "text": "预算第二项请核对"}
    for _again in range(2):
        assert clerk.client.post(form.action, data=fields).status_code == 200
    said = clerk.visit(f"/tasks/{task}").one("//section[@aria-labelledby='comments-title']")
    assert said.text_content().count("预算第二项请核对") == 1


def test_what_a_newer_page_kept_is_not_written_over(browse: Browse, driver: Driver) -> None:
    """given a draft that is kept from two windows, when the older one keeps its own, then 409."""
    case = driver.start("venture-grants", as_="zuzhi", form=filled("venture-application"))
    task = case.task_for("formal-review", "cishan").key
    clerk = browse("cishan").visit(f"/tasks/{task}").send(f"/tasks/{task}/claim")
    secret = clerk.one("//meta[@name='csrf-token']").get("content")

    def keep(path: str, client: TestClient, csrf: str, version: int, **fields: str) -> int:
        headers = {"X-CSRF-Token": csrf, "If-Match": f'"{version}"'}
        return client.post(path, data=fields, headers=headers).status_code

    path = f"/tasks/{task}/draft"
    assert keep(path, clerk.client, secret, 0, opinion="一") == 200
    assert keep(path, clerk.client, secret, 1, opinion="二") == 200
    assert keep(path, clerk.client, secret, 1, opinion="三") == 409
    applicant = browse("zuzhi").visit("/services/venture-grants")
    own = applicant.one("//meta[@name='csrf-token']").get("content")
    path = "/services/venture-grants/draft"
    assert keep(path, applicant.client, own, 0, projectName="一") == 200
    assert keep(path, applicant.client, own, 0, projectName="二") == 409


def test_a_recusal_is_as_it_was(browse: Browse, driver: Driver) -> None:
    case = driver.start("venture-grants", as_="zuzhi", form=filled("venture-application"))
    clerk = browse("cishan").visit(f"/cases/{case.key}/recusal")
    reason = "申请人是我表弟。" * 200
    clerk.send(f"/cases/{case.key}/recusals", {"who": "self", "reason": reason})
    assert clerk.status == 422
    assert clerk.form(f"/cases/{case.key}/recusals").fields["reason"] == reason
