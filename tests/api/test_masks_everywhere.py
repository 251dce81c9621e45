"""Every route that could give a case's data away, walked by those who may see masks only.

The walk takes every route that there is, fills in the case's own keys, and looks for the clear
values in whatever comes back. A new route is walked as soon as it is there; one whose path names
something that is not known here has to be entered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import access_of_routes, create_app
from api.auth import ACCESS_COOKIE
from engine.model.records import Instance
from engine.service.app import App
from engine.service.cases.start_case import start_case
from engine.service.notifications.fan_out import fan_out
from engine.service.privacy.unmask import unmask
from engine.service.tasks.complete_task import complete_task
from engine.service.worklists.inbox import inbox
from engine.storage.worklists import tasks
from tests.service.people import actor, logged_in, person
from tests.service.privacy import secrets

#: A worker is given what its job needs, in clear: that is its purpose (engine.service.privacy).
#: Whoever may take jobs may read them; here no job is open.
WALKED_POSTS = re.compile(r"(/search|/evaluation|/draft|/batch-[a-z-]+)$")

Client = Callable[[str], TestClient]


@pytest.fixture
def server(home: App) -> FastAPI:
    return create_app(home)


@pytest.fixture
def case(home: App) -> Instance:
    """Applied for, reviewed with words that quote the secrets; the next step is open."""
    person(home, "shenqing", "citizen@weicheng-xiguan")
    person(home, "shencha", "leader@weifang")
    person(home, "shencha2", "leader@weifang")
    secrets.put(home, role="leader")
    applicant = actor(home, "shenqing")
    opened = start_case(home, applicant, process_id="secrets", submission=secrets.SUBMISSION)
    reviewer = actor(home, "shencha")
    task = inbox(home, reviewer).items[0]
    words = f"电话 {secrets.PHONE}，身份证 {secrets.ID}，账号 {secrets.BANK}"
    submission = {"outcome": "approve", "opinion": words, "members": [{"name": "王五"}]}
    complete_task(home, reviewer, key=task.key, submission=submission)
    fan_out(home)
    return opened


@pytest.fixture
def places(home: App, case: Instance) -> dict[str, str]:
    """What stands in the places of paths."""
    with home.database.unit_of_work() as work:
        (task,) = tasks.open_tasks_of(work, case.key)
        variable = work.hot(
            "select abs(hashtextextended(scope_key::text || ':' || name, 0) / 2) from variable"
            " where name = 'idNumber'"
        ).fetchone()
        definition = work.hot("select key from process_definition").fetchone()
        form = work.hot("select key from form_definition limit 1").fetchone()
    assert variable
    assert definition
    assert form
    instance = str(case.key)
    return {
        "key": instance,
        "processInstanceKey": instance,
        "processDefinitionKey": str(definition[0]),
        "elementInstanceKey": instance,
        "userTaskKey": str(task.key),
        "taskKey": str(task.key),
        "variableKey": str(variable[0]),
        "process_id": "secrets",
        "processId": "secrets",
    }


@pytest.fixture
def client(home: App, server: FastAPI) -> Iterator[Client]:
    opened: list[TestClient] = []

    def made(username: str) -> TestClient:
        granted = logged_in(home, username)
        client = TestClient(server, follow_redirects=True)
        client.cookies.set(ACCESS_COOKIE, granted.access_token)
        client.headers["X-CSRF-Token"] = granted.csrf
        opened.append(client)
        return client

    yield made
    for each in opened:
        each.close()


def walk(server: FastAPI) -> Iterator[tuple[str, str]]:
    for method, path in sorted(access_of_routes(server)):
        if "logout" in path or path.endswith("/session") or "/events" in path:
            continue
        if method == "GET" or (method == "POST" and WALKED_POSTS.search(path)):
            yield method, path


def filled(path: str, places: dict[str, str]) -> str:
    """The path with the case's keys; ``{key}`` of pages is a case's, below ``/tasks`` a task's."""
    path = re.sub(r"/tasks/\{\w+\}", f"/tasks/{places['userTaskKey']}", path)
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda at: places.get(at[1], places["key"]), path)


def answers(
    client: TestClient, server: FastAPI, places: dict[str, str]
) -> Iterator[tuple[str, str, int]]:
    for method, path in walk(server):
        body: dict[str, Any] = {} if method == "GET" else {"json": {}}
        response = client.request(method, filled(path, places), **body)
        yield f"{method} {path}", response.text, response.status_code


@pytest.mark.parametrize("who", ["shencha", "shencha2", "guanli"])
def test_no_route_gives_a_masked_value_away(
    home: App, server: FastAPI, client: Client, case: Instance, places: dict[str, str], who: str
) -> None:
    walked, told = 0, set()
    for route, text, status in answers(client(who), server, places):
        walked += 1
        assert status < 500, route
        for secret in secrets.CLEAR:
            assert secret not in text, (route, secret)
        if "370***********0013" in text or case.number in text:
            told.add(route)
    assert walked > 80
    # the walk has really been where the case is shown
    for route in (
        "GET /cases/{key}",
        "GET /tasks/{key}",
        "POST /v2/variables/search",
        "GET /v2/variables/{variableKey}",
        "POST /v2/user-tasks/{userTaskKey}/variables/search",
        "POST /v2/process-instances/search",
        "GET /v2/process-instances/{processInstanceKey}/record",
    ):
        assert route in told or (who == "shencha" and "task" in route), route


def test_the_walk_would_notice(
    home: App, server: FastAPI, client: Client, case: Instance, places: dict[str, str]
) -> None:
    """With a live unmasking the same routes show the values; an applicant sees his own."""
    unmask(home, actor(home, "guanli"), key=case.key, purpose="核实身份", note="抽查", kinds=())
    shown = {
        route
        for route, text, _ in answers(client("guanli"), server, places)
        if secrets.ID in text and secrets.PHONE in text
    }
    assert {
        "GET /cases/{key}",
        "GET /tasks/{key}",
        "POST /v2/variables/search",
        "GET /v2/process-instances/{processInstanceKey}/record",
        "GET /v2/process-instances/{processInstanceKey}/journal",
    } <= shown
    for secret in secrets.CLEAR:
        assert not any(secret in text for _, text, _ in answers(client("guanli2"), server, places))
    own = client("shenqing").get(f"/cases/{case.key}").text
    assert secrets.ID in own
