"""The container files: valid by the Compose specification, and true to the program."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import AliasChoices

from engine.cli import cli
from engine.config import Settings

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def test_compose_file_is_valid_by_the_specifications_own_schema() -> None:
    subprocess.run(
        [
            sys.executable,
            "-m",
            "check_jsonschema",
            "--builtin-schema",
            "vendor.compose-spec",
            str(ROOT / "docker-compose.yml"),
        ],
        check=True,
    )


def test_compose_has_what_a_bureau_needs() -> None:
    services = COMPOSE["services"]
    apis = [name for name, s in services.items() if s.get("command") == ["banshi", "serve"]]
    assert len(apis) == 2
    assert services["postgres"]["image"].startswith("postgres:18")
    assert services["worker"]["command"] == ["banshi", "worker"]
    assert "443:443" in services["proxy"]["ports"]
    assert all("ports" not in s for name, s in services.items() if name != "proxy")


def test_compose_runs_commands_that_exist() -> None:
    known = {c.name or c.callback.__name__ for c in cli.registered_commands if c.callback}
    for service in COMPOSE["services"].values():
        command = service.get("command")
        if command is not None:
            assert command[0] == "banshi"
            assert command[1] in known


def test_compose_sets_settings_that_exist() -> None:
    known = {f"BANSHI_{name.upper()}" for name in Settings.model_fields}
    for field in Settings.model_fields.values():
        if isinstance(field.validation_alias, AliasChoices):
            known |= {str(choice) for choice in field.validation_alias.choices}
    assert set(COMPOSE["x-banshi"]["environment"]) <= known


def test_compose_keeps_secrets_out_of_the_file() -> None:
    for name, value in COMPOSE["x-banshi"]["environment"].items():
        if "KEY" in name or "PASSWORD" in name:
            assert re.fullmatch(r"\$\{\w+:\?.+\}", value), name


@pytest.mark.parametrize("name", sorted(re.findall(r"\$\{(\w+):\?", yaml.dump(COMPOSE))))
def test_every_secret_is_named_in_the_example(name: str) -> None:
    assert f"{name}=" in (ROOT / ".env.example").read_text()


def test_image_is_built_in_stages_and_runs_as_an_ordinary_user() -> None:
    stages = re.findall(r"^FROM ", DOCKERFILE, flags=re.MULTILINE)
    last = DOCKERFILE[DOCKERFILE.rindex("FROM ") :]
    assert len(stages) == 2
    assert re.search(r"^USER (?!root|0)\w+", last, flags=re.MULTILINE)
