"""What a reader is given of a case, with everything masked that he may not see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from engine.forms import Veil
from engine.model.effects import MatchedRule
from engine.model.records import Document, Entry
from engine.service.cases.pages import SeatView, TakenDecision


def veiled_entries(entries: tuple[Entry, ...], veil: Veil) -> tuple[Entry, ...]:
    """The timeline."""
    return tuple(
        replace(entry, said=veil.value(entry.said), summary=veil.text(entry.summary))
        for entry in entries
    )


def veiled_documents(documents: tuple[Document, ...], veil: Veil) -> tuple[Document, ...]:
    """Files, without those that a masked field names."""
    return tuple(
        replace(document, name=veil.text(document.name))
        for document in documents
        if str(document.key) not in veil.files
    )


def veiled_decisions(decisions: tuple[TakenDecision, ...], veil: Veil) -> tuple[TakenDecision, ...]:
    """Decisions taken by table: what went in and what came out."""
    return tuple(
        replace(
            taken,
            inputs=_values(taken.inputs, veil),
            output=veil.value(taken.output),
            matched=tuple(_rule(rule, veil) for rule in taken.matched),
        )
        for taken in decisions
    )


def veiled_seats(seats: tuple[SeatView, ...], veil: Veil) -> tuple[SeatView, ...]:
    """What was said at each seat."""
    return tuple(
        replace(seat, opinion=veil.text(seat.opinion), reason=veil.text(seat.reason))
        for seat in seats
    )


def _rule(rule: MatchedRule, veil: Veil) -> MatchedRule:
    return replace(
        rule,
        inputs=_values(rule.inputs, veil),
        outputs=_values(rule.outputs, veil),
        annotation=veil.text(rule.annotation),
    )


def _values(values: Mapping[str, Any], veil: Veil) -> dict[str, Any]:
    """By names as tables give them: paths (``applicant.income``) or labels."""
    return {name: veil.value(value, tuple(name.split("."))) for name, value in values.items()}
