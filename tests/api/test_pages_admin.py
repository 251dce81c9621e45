"""The administrators' pages: people, units, calendar, publishing by a second person, incidents."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from api.app import create_app
from api.pages.admin.calendar import parse_days
from api.pages.routes import PAGES
from engine.model.actor import SYSTEM, Actor
from engine.model.definitions import ResourceKind
from engine.model.people import Person
from engine.service.app import App
from engine.service.identity.list_people import get_person
from engine.service.publishing.drafts import open_draft
from engine.service.publishing.read_definitions import list_definitions, list_versions
from tests.api.browsing import Browser
from tests.api.conftest import Browse
from tests.service.people import PASSWORD

#: Open to everybody: logging in, and checking a letter by its code.
PUBLIC = re.compile(r"/(login|verify)\b")


def pages() -> list[str]:
    """Every page that is looked at, without those that need a key."""
    found = {
        route.path
        for page in PAGES
        for route in iter_route_contexts(page.router.routes)
        if "GET" in (route.methods or ()) and route.path and "{" not in route.path
    }
    return sorted(found)


def test_there_are_pages() -> None:
    assert {"/", "/tasks", "/cases", "/admin/services", "/admin/people"} <= set(pages())


@pytest.mark.parametrize("path", pages())
def test_who_may_look(path: str, browse: Browse, site: FastAPI) -> None:
    """given nobody, a citizen and an administrator, when each opens a page, then nobody is asked to
    log in and brought back, and a citizen sees no administrators' page."""
    if not PUBLIC.search(path):
        with Browser(site) as nobody:
            nobody.visit(path)
            assert nobody.path == "/login"
            assert (
                nobody.one("//form[@action='/login'][.//input[@id='username']]").fields["next"]
                == path
            )
    citizen = browse("qunzhong").visit(path)
    assert citizen.status == (403 if path.startswith("/admin") else 200), citizen.text
    assert browse("guanli").visit(path).status == 200


def routes() -> list[tuple[str, str]]:
    """Every page and act, with 1 for its key."""
    found = {
        (method, re.sub(r"\{[^}]*\}", "1", route.path))
        for page in PAGES
        for route in iter_route_contexts(page.router.routes)
        for method in route.methods or ()
        if route.path
    }
    return sorted(found)


def test_nobody_and_a_stranger_do_nothing(browse: Browse, site: FastAPI) -> None:
    """given any page or act, when nobody asks for it, then it is the log-in page or a refusal; and
    a citizen gets nothing of the administrators', and does nothing without the secret."""
    walked = [route for route in routes() if not PUBLIC.search(route[1])]
    assert len(walked) > 60
    citizen = browse("qunzhong").visit("/profile")
    secret = citizen.page.xpath("//meta[@name='csrf-token']")[0].get("content")
    with Browser(site) as nobody:
        for method, path in walked:
            answer = nobody.client.request(method, path, follow_redirects=False)
            led = answer.headers.get("location", "").startswith("/login")
            assert answer.status_code == (303 if led else 401), (method, path)
            if method != "GET":
                assert citizen.client.request(method, path).status_code == 403, (method, path)
            if path == "/logout":
                continue
            answer = citizen.client.request(
                method, path, headers={"X-CSRF-Token": secret}, follow_redirects=False
            )
            refused = path.startswith("/admin")
            assert (answer.status_code == 403) if refused else (answer.status_code < 500), path


def test_a_new_person_gets_a_post(browse: Browse, shipped: App) -> None:
    """given an administrator, when a person is added and given a post, then that person can log in
    and is shown the post; a bad password comes back beside its field."""
    guanli = browse("guanli").visit("/admin/people")
    new = {"username": "xinren", "name": "新人甲", "password": "123", "phone": "13800000000"}
    guanli.send("/admin/people", new)
    assert guanli.status == 422
    assert guanli.one("//input[@name='username']").value == "xinren"
    assert guanli.one("//input[@name='password']").value in {None, ""}
    assert "密码至少" in guanli.one("//*[@id='password-note']").text_content()
    guanli.send("/admin/people", {**new, "password": PASSWORD})
    assert "已新增人员：新人甲" in guanli.text
    page = guanli.path
    guanli.send(f"{page}/posts", {"role": "street-clerk", "unit": ""})
    assert guanli.status == 422
    guanli.send(f"{page}/posts", {"role": "street-clerk", "unit": "weicheng-xiguan"})
    assert "西关街道 · 乡镇街道民政经办" in guanli.text
    with Browser(create_app(shipped)) as xinren:
        xinren.log_in("xinren", PASSWORD).visit("/profile")
        assert "西关街道 · 乡镇街道民政经办" in xinren.text
        guanli.send(page, {"active": None})
        xinren.visit("/profile")
        assert xinren.client.post("/profile/password").status_code in {401, 403}


def test_a_new_unit(browse: Browse) -> None:
    """given the tree, when a village is added below a street, then it is there; below a village
    it is refused with the reason."""
    guanli = browse("guanli").visit("/admin/units")
    new = {"key": "weicheng-xiguan-dongfeng", "name": "东风社区", "level": "village"}
    guanli.send("/admin/units", {**new, "parent": "weicheng-xiguan-beigong"})
    assert guanli.status == 422
    assert "级别" in guanli.one("//section[contains(@class, 'error-summary')]").text_content()
    guanli.send("/admin/units", {**new, "parent": "weicheng-xiguan"})
    assert "已新增单位：东风社区" in guanli.text
    assert "weicheng-xiguan-dongfeng" in guanli.text


def test_the_next_year_is_published(browse: Browse) -> None:
    """given the published years, when the next is entered, then it is shown with its days."""
    guanli = browse("guanli").visit("/admin/calendar")
    year = {"year": "2027", "source": "国办发明电〔2026〕1号", "published": "2026-11-10"}
    guanli.send("/admin/calendar", {**year, "rest": "春节放假", "work": ""})
    assert guanli.status == 422
    assert "看不懂这一行：“春节放假”" in guanli.text
    assert guanli.one("//textarea[@name='rest']").value == "春节放假"
    days = {
        "rest": "元旦 2027-01-01 至 2027-01-03\n春节：2027年2月6日至2027年2月12日",
        "work": "2027-02-14",
    }
    guanli.send("/admin/calendar", {**year, **days})
    assert "已公布2027年工作日历" in guanli.text
    assert len(guanli.page.xpath("//td[@class='rest']")) == 10
    assert len(guanli.page.xpath("//td[@class='work']")) == 1


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2027-01-01", [date(2027, 1, 1)]),
        ("元旦 2027.1.1-2027.1.2", [date(2027, 1, 1), date(2027, 1, 2)]),
        ("2027年1月2日（周六）；2027/1/3", [date(2027, 1, 2), date(2027, 1, 3)]),
        ("", []),
    ],
)
def test_days_as_people_write_them(text: str, days: list[date]) -> None:
    assert list(parse_days(text)) == days


@pytest.mark.parametrize(
    "text", ["元旦", "2027-02-30", "2027-01-05 至 2027-01-01", "2027-01-01 至 2027-12-31"]
)
def test_days_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match=text):
        parse_days(text)


def put(browser: Browser, path: str, **body: Any) -> Any:
    """What an editor's script sends."""
    secret = browser.page.xpath("//meta[@name='csrf-token']")[0].get("content")
    headers = {"X-CSRF-Token": secret, "Accept": "application/problem+json"}
    version = body.pop("if_match", None)
    if version is not None:
        headers["If-Match"] = f'"{version}"'
    method = "PUT" if version is not None else "POST"
    return browser.client.request(method, path, json=body, headers=headers)


def test_publishing_takes_a_second_person(browse: Browse, shipped: App) -> None:
    """given a diagram, when one administrator changes and proposes it, then only another one can
    publish it; running cases and the list say so."""
    first = browse("guanli").visit("/admin/services/venture-grants")
    first.send("/admin/drafts")
    editor = first.path
    content = first.client.get(f"{editor}/content")
    assert content.headers["etag"] == '"1"'
    changed = content.text.replace("形式审查", "形式审核")
    saved = put(first, editor, content=changed, if_match=1)
    assert saved.json()["version"] == 2
    assert put(first, editor, content=changed, if_match=1).status_code == 409
    found = put(first, f"{editor}/lint", content=changed).json()["problems"]
    assert not [problem for problem in found if problem["severity"] == "error"]
    broken = put(first, f"{editor}/lint", content=changed[: len(changed) // 2]).json()
    assert broken["problems"]
    answer = put(first, f"{editor}/publish", content=changed, version=2, note="改名")
    assert answer.json()["url"] == "/admin/publications"
    first.visit("/admin/publications")
    assert "须由另一位管理员确认" in first.text
    assert (
        first.client.post(
            f"{editor}/confirm",
            data={"csrf_token": first.page.xpath("//input[@name='csrf_token']")[0].value},
        ).status_code
        == 403
    )
    second = browse("guanli2").visit("/admin/publications")
    assert "改名" in second.text
    second.send(f"{editor}/confirm")
    assert "已发布" in second.text
    versions = list_versions(shipped, SYSTEM, process_id="venture-grants")
    assert [version.version for version in versions] == [2, 1]
    second.visit("/admin/services/venture-grants")
    assert "v2" in second.text
    assert (
        second.client.get(f"/admin/definitions/{versions[0].key}/diagram?download=true")
        .headers["content-disposition"]
        .endswith('"venture-grants-v2.bpmn"')
    )


@pytest.mark.parametrize("kind", list(ResourceKind))
def test_something_new(browse: Browse, kind: ResourceKind, shipped: App) -> None:
    """given name and id, when something new is begun, then its editor opens; without, it says what
    is missing; and a file that is none is refused."""
    guanli = browse("guanli").visit(f"/admin/new/{kind}")
    action = f"/admin/new/{kind}"
    guanli.send(action, {"new_name": "试一试", "new_id": "1 2"})
    assert guanli.status == 422
    assert "字母开头" in guanli.text
    guanli.send(action, {"new_name": "试一试", "new_id": "try-it"})
    assert guanli.path.startswith("/admin/drafts/")
    assert "试一试" in guanli.text
    guanli.visit(action)
    guanli.send(action, files=[("file", (f"x.{kind}", b"\xff\xfe\x00", "text/xml"))])
    assert guanli.status == 422
    assert "UTF-8" in guanli.text


def test_editors_offer_what_exists(browse: Browse, shipped: App) -> None:
    """given the editor's page, then its drop-downs have the roles and forms that exist."""
    definition = list_definitions(shipped, SYSTEM).items[0]
    guanli = browse("guanli")
    admin = get_person(shipped, SYSTEM, username="guanli")
    draft = open_draft(
        shipped,
        _actor(admin),
        kind=ResourceKind.BPMN,
        definition_key=definition.key,
    )
    guanli.visit(f"/admin/drafts/{draft.key}")
    choices = guanli.one("//script[@data-choices]").text
    assert "county-reviewer" in choices
    assert "venture-application" in choices


def _actor(person: Person) -> Actor:
    return Actor(key=person.key, username=person.username, name=person.name, administrator=True)
