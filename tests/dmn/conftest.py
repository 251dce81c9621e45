"""Prints the table of the compatibility kit at the end of a run."""

from __future__ import annotations

import pytest

from tests.dmn import tck


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for each directory that was run."""
    if tck.RESULTS:
        terminalreporter.section("DMN TCK")
        for line in tck.summary():
            terminalreporter.write_line(line)
    elif not tck.directories():
        terminalreporter.write_line(f"DMN TCK: not at {tck.ROOT}, not run (BANSHI_DMN_TCK)")
