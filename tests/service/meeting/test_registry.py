"""The registry of what can meet is whole: held against the use cases, the routes and the menus."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from api.app import access_of_routes, create_app
from engine.service.app import App
from engine.service.tasks.task_page import TASK_ACTIONS
from tests.service.meeting.registry import COMMANDS

SERVICE = Path(__file__).parents[3] / "engine" / "service"

#: Through these every command comes to a case: it locks it, or leaves that to one of the others.
WAYS = {"lock", "change_standing", "change_seats", "go_back", "settle", "record", "advance", "hold"}

#: Modules that come to a case and are no command of their own: part of which commands they are.
PARTS: Mapping[str, str] = {
    "asking": "listeners of claim, assign, delegate and others: on diagrams that have any",
    "asked_tasks": "the same, when the listeners have agreed",
    "task_standing": "claim, release, assign, delegate, resolve, call-back, update, hand-over",
    "deciding": "complete, add-sign and remove-sign of a task with seats",
    "complete_seat": "complete of a task with seats",
    "taking_back": "return and withdraw-step",
    "standing_aside": "declare-recusal, decide-recusal and add-relation",
    "deduplicate": "deduplication, which is a complete",
    "leased_job": "complete-job, fail-job and throw-error",
    "run_job": "complete-job of what is done inside",
    "opening": "start of a case: nobody can meet in what is not there yet",
}

#: Routes about a case or what belongs to one, by which no command of the registry is given.
ELSEWHERE: Mapping[str, str] = {
    "POST /v2/process-instances/{processInstanceKey}/migration-report": "changes nothing",
    "POST /v2/process-instances/{processInstanceKey}/modification-preview": "changes nothing",
    "POST /v2/disposal-lists/{disposalListKey}/confirmation": "before the list can be approved",
    "DELETE /v2/relations/{relationKey}": "takes nothing back in any case",
    "POST /v2/letters/{letterKey}/revocation": "changes the register of letters alone",
}
_OF_A_CASE = (
    "{userTaskKey}",
    "{processInstanceKey}",
    "{elementInstanceKey}",
    "{jobKey}",
    "{incidentKey}",
    "{recusalKey}",
    "{proxyKey}",
    "{relationKey}",
    "{letterKey}",
    "{disposalListKey}",
)


def modules_that_come_to_a_case() -> Iterator[str]:
    for path in sorted(SERVICE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and WAYS & {a.name for a in node.names}:
                source = node.module or ""
                if "service" in source or source.endswith("commands.locking"):
                    yield path.stem


def test_every_use_case_that_comes_to_a_case_is_there() -> None:
    found = set(modules_that_come_to_a_case())
    commands = {command.uses.__module__.rpartition(".")[2] for command in COMMANDS}
    assert len(found) > 25
    assert found - commands == PARTS.keys(), "a command, or a part of which?"


def test_every_operation_of_a_task_is_there() -> None:
    names = {command.name for command in COMMANDS}
    for action in (*TASK_ACTIONS, "remove-sign", "withdraw-step", "comment"):
        assert any(n == action or n.startswith(f"{action}-") for n in names), action


def test_every_route_about_a_case_is_there(app: App) -> None:
    routes = {f"{method} {path}" for method, path in access_of_routes(create_app(app, pages=False))}
    asked = {
        route
        for route in routes
        if route.startswith(("POST /v2", "PUT /v2", "PATCH /v2", "DELETE /v2"))
        and any(part in route for part in _OF_A_CASE)
        and not route.endswith("/search")
    }
    given = {route for command in COMMANDS for route in command.routes}
    assert given <= routes, given - routes
    assert asked - given == ELSEWHERE.keys(), "no command of the registry comes by this route"


def test_no_two_commands_have_one_label() -> None:
    labels = [command.label for command in COMMANDS]
    assert len(labels) == len(set(labels))
