"""Settings come from the environment; secrets are made once, kept to oneself, and shared on demand."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest
from pydantic import ValidationError

from engine.config import Secrets, Settings, load_secrets


def test_the_three_that_an_operator_meets_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://db/banshi")
    monkeypatch.setenv("BANSHI_HOME", str(tmp_path))
    monkeypatch.setenv("PORT", "9123")
    monkeypatch.setenv("BANSHI_DEMO", "true")
    settings = Settings()
    assert (settings.database_url, settings.home, settings.port, settings.demo) == (
        "postgresql://db/banshi",
        tmp_path,
        9123,
        True,
    )


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "x"), ("PORT", "70000"), ("BANSHI_ZONE", "Mars/Olympus")]
)
def test_what_makes_no_sense_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises((ValidationError, KeyError)):
        Settings()


def test_secrets_are_made_once_and_readable_by_nobody_else(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    first = load_secrets(settings)
    assert load_secrets(settings) == first
    home = tmp_path / "home"
    files = {home / "secrets.json", home / "signing-key.json"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    keys = (first.data_key, first.lookup_key, first.signing_key)
    assert {len(key) for key in keys} == {32}
    assert len(set(keys)) == len(keys)
    assert first.token_key not in repr(first)
    assert set(home.iterdir()) == files, "no temporary file is left"


def test_processes_that_start_at_once_agree(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    found: list[Secrets] = []
    barrier = threading.Barrier(8)

    def start() -> None:
        barrier.wait()
        found.append(load_secrets(settings))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({(secrets.token_key, secrets.signing_key) for secrets in found}) == 1


def test_secrets_given_by_the_operator_need_no_file(tmp_path: Path) -> None:
    names = ("token_key", "data_key", "lookup_key", "signing_key")
    given = dict.fromkeys(names, "ab" * 32)
    secrets = load_secrets(Settings(home=tmp_path / "nowhere", **given))  # type: ignore[arg-type]
    assert secrets.data_key == bytes.fromhex("ab" * 32)
    assert not (tmp_path / "nowhere").exists()
    with pytest.raises(ValueError, match="32 字节"):
        load_secrets(Settings(home=tmp_path, **{**given, "data_key": "abcd"}))  # type: ignore[arg-type]
