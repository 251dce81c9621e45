"""Who may import whom (design.md, Rooms) holds, and every room is named in it."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]

#: Modules that stand beside the layers: anybody may read the settings.
BESIDE = {"engine.config"}


def configuration() -> dict[str, object]:
    found: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"][
        "importlinter"
    ]
    return found


def test_the_contracts_are_kept() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 broken" in done.stdout


def test_every_room_has_its_layer() -> None:
    contracts = configuration()["contracts"]
    assert isinstance(contracts, list)
    (layers,) = (contract["layers"] for contract in contracts if contract["type"] == "layers")
    named = {room.strip() for layer in layers for room in layer.split("|")}
    rooms = {
        f"engine.{path.stem}"
        for path in (ROOT / "engine").iterdir()
        if (path.suffix == ".py" and path.stem != "__init__") or (path / "__init__.py").exists()
    }
    assert rooms - BESIDE == named


def test_no_room_knows_the_token_engine_or_the_database_but_its_own() -> None:
    """The linter sees imports; this sees the words, in strings and late imports too."""
    for room in ("model", "feel", "calendar", "dmn", "forms", "storage", "service"):
        for path in (ROOT / "engine" / room).rglob("*.py"):
            assert "SpiffWorkflow" not in path.read_text(), path
    for room in ("model", "feel", "calendar", "dmn", "forms", "runtime", "service"):
        for path in (ROOT / "engine" / room).rglob("*.py"):
            text = path.read_text()
            assert "import sqlalchemy" not in text, path
            assert "import psycopg" not in text, path
