"""What keeps an element instance from going on: it stands still with an incident."""

from __future__ import annotations


class Fault(Exception):
    """``kind``: Camunda's error type; ``message``: Chinese."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(kind, message)
        self.kind = kind
        self.message = message


class BpmnError(Exception):
    """A BPMN error thrown while an element is executed; it looks for who catches it."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
