"""All commands that can meet on one case."""

from __future__ import annotations

from tests.service.meeting.case_commands import CASE_COMMANDS
from tests.service.meeting.commands import Command
from tests.service.meeting.task_commands import TASK_COMMANDS

COMMANDS: tuple[Command, ...] = (*TASK_COMMANDS, *CASE_COMMANDS)
