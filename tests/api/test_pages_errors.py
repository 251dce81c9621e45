"""What goes wrong is said in plain words, with a way on; never a trace, never half a page."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.requests import Request

from api.pages.error import error_page
from engine.service.app import App
from engine.service.worklists import inbox as service
from tests.api.browsing import Browser
from tests.api.conftest import Browse

NAUGHTY = [
    "' or 1=1 --",
    "<script>alert(1)</script>",
    "%",
    "\\",
    "_" * 300,
    "😀" * 50,
    "\u202e反转",
    "{{ 7*7 }}",
    "${7*7}",
    "null",
]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503])
def test_each_status_has_its_words(status: int, site: FastAPI) -> None:
    """given a fault, when its page is drawn, then it has a heading, the message and a way on."""

    request = Request(
        {
            "type": "http",
            "method": "POST",
            "path": "/x",
            "query_string": b"",
            "headers": [(b"host", b"testserver")],
            "app": site,
            "server": ("testserver", 80),
            "scheme": "http",
            "root_path": "",
            "state": {},
        }
    )
    number = "7f3a" if status == 500 else None
    response = error_page(request, status=status, message="这里说明原因。", error_id=number)
    assert response.status_code == status
    text = bytes(response.body).decode()
    assert "这里说明原因。" in text
    assert "<h1" in text
    assert 'href="/login"' in text
    assert ("7f3a" in text) == (status == 500)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/tasks/abc", 400),
        ("/tasks/99999999999999999999999", 400),
        ("/tasks/1", 404),
        ("/cases/1", 404),
        ("/cases/-1", 400),
        ("/documents/1", 404),
        ("/documents/1/preview", 404),
        ("/services/nothing", 404),
        ("/tasks?view=junk", 422),
        ("/tasks?sort=junk", 422),
        ("/tasks?view=done&due=junk", 422),
        ("/tasks?view=started&state=junk", 422),
        ("/tasks?view=copies&unread=junk", 422),
        ("/tasks?urgent=yes", 422),
        ("/cases?state=junk", 422),
        ("/nowhere", 404),
        ("/admin/people", 403),
        ("/notices?before=x", 400),
    ],
)
def test_addresses_that_lead_nowhere(path: str, status: int, browse: Browse) -> None:
    citizen = browse("qunzhong").visit(path)
    assert citizen.status == status, citizen.text
    assert "Traceback" not in citizen.response.text
    assert citizen.one("//h1").text_content().strip()
    assert "回到首页" in citizen.text


def test_naughty_searches(browse: Browse) -> None:
    """given strings that break careless programs, when searched for, then nothing is found, and the
    string is shown as it is."""
    clerk, admin = browse("cishan"), browse("guanli")
    for text in NAUGHTY:
        for browser, path in (
            (clerk, "/tasks"),
            (clerk, "/cases"),
            (clerk, "/"),
            (admin, "/admin/people"),
            (admin, "/admin/instances"),
        ):
            browser._shown(browser.client.get(path, params={"q": text}))
            assert browser.status == 200, (path, text)
            shown = browser.page.xpath("//input[@name='q' and not(@type='hidden')]/@value")
            assert shown in ([text], []), (path, shown)
            assert not browser.page.xpath("//script[contains(text(), 'alert')]")


@pytest.mark.parametrize("cursor", ["x", "'", "AAAA", "e30=", "\u202e", "1" * 5000])
def test_made_up_cursors(cursor: str, browse: Browse) -> None:
    """given a cursor nobody gave out, when used, then it is refused in words or taken as none."""
    clerk, admin = browse("cishan"), browse("guanli")
    for browser, path in ((clerk, "/tasks"), (clerk, "/cases"), (admin, "/admin/instances")):
        browser._shown(browser.client.get(path, params={"cursor": cursor}))
        assert browser.status in {200, 400, 422}, (path, browser.status)


def test_too_many_wrong_passwords(site: FastAPI, browse: Browse, shipped: App) -> None:
    """given wrong passwords, when there are too many, then one is asked to wait, right or wrong."""
    browse("cishan")
    with Browser(site) as browser:
        for _ in range(shipped.settings.log_in_attempts):
            browser.log_in("cishan", "wrong")
            assert browser.status == 401
            assert "用户名或密码不正确" in browser.text
            assert browser.one("//input[@id='username']").value == "cishan"
        browser.log_in("cishan", "wrong")
        assert browser.status == 429
        assert "分钟后再试" in browser.text


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/\\evil", "javascript:x"]
)
def test_log_in_leads_nowhere_else(site: FastAPI, browse: Browse, target: str) -> None:
    """given an address of another host as where to go next, when logged in, then it is not gone to."""
    browse("cishan")
    with Browser(site) as browser:
        browser.client.follow_redirects = False
        browser._shown(browser.client.get("/login", params={"next": target}))
        assert browser.one("//form[.//input[@id='username']]").fields["next"] == "/"


def test_uploads_are_looked_at(browse: Browse, shipped: App) -> None:
    """given files, when uploaded by the page's script, then a PDF gets a key, a program is refused
    in words, and so is what is too large."""
    zuzhi = browse("zuzhi").visit("/services/venture-grants")
    secret = zuzhi.page.xpath("//meta[@name='csrf-token']")[0].get("content")
    headers = {"X-CSRF-Token": secret, "Accept": "application/json, application/problem+json;q=0.9"}

    def upload(name: str, content: bytes) -> Any:
        return zuzhi.client.post("/documents", files={"file": (name, content)}, headers=headers)

    taken = upload(
        "说明.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
    )
    assert taken.status_code == 201
    assert taken.json()["key"].isdigit()
    program = upload("说明.pdf", b"MZ" + bytes(2000))
    assert program.status_code == 415
    assert "detail" in program.json()
    large = upload(
        "大.pdf", b"%PDF-1.7\n" + bytes(shipped.settings.document_limit_mb * 1024 * 1024 + 10)
    )
    assert large.status_code == 413
    assert zuzhi.client.post("/documents", files={"file": ("a.pdf", b"x")}).status_code == 403


def test_a_preview_may_run_nothing(browse: Browse) -> None:
    """given my own upload, when looked at, then as an attachment; and in a frame of ours with
    nothing allowed."""
    zuzhi = browse("zuzhi").visit("/services/venture-grants")
    secret = zuzhi.page.xpath("//meta[@name='csrf-token']")[0].get("content")
    pdf = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
    key = zuzhi.client.post(
        "/documents", files={"file": ("说明.pdf", pdf)}, headers={"X-CSRF-Token": secret}
    ).json()["key"]
    saved = zuzhi.client.get(f"/documents/{key}")
    assert saved.content == pdf
    assert saved.headers["content-disposition"].startswith("attachment")
    shown = zuzhi.client.get(f"/documents/{key}/preview")
    assert shown.headers["content-type"] == "application/pdf"
    assert shown.headers["content-security-policy"].startswith("default-src 'none'")
    assert "frame-ancestors 'self'" in shown.headers["content-security-policy"]
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert browse("cishan").client.get(f"/documents/{key}").status_code == 404


def test_a_fault_of_the_program(
    browse: Browse, site: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """given a page that breaks, when it is visited, then there is an error number and no trace."""
    clerk = browse("cishan")

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr("api.pages.inbox.inbox", broken)
    clerk.client = TestClient(site, cookies=clerk.client.cookies, raise_server_exceptions=False)
    clerk.visit("/tasks")
    assert clerk.status == 500
    assert "错误编号" in clerk.text
    assert "secret inside" not in clerk.response.text
    assert service.inbox is not broken
