"""A record that somebody uploads is checked against this installation's keys, and forgotten."""

from __future__ import annotations

from typing import BinaryIO

from engine.service.app import App
from engine.service.history.checkpoints import trusted_keys
from engine.service.history.findings import Report
from engine.service.history.record_verification import LARGEST, verify_record_file
from engine.service.letters.verifying import count_check


def verify_upload(app: App, *, file: BinaryIO, address: str) -> Report:
    """Raises Throttled: checks are counted by address, like those of letters."""
    count_check(app, address, wrong=False)
    return verify_record_file(file.read(LARGEST + 1), trusted=trusted_keys(app))
