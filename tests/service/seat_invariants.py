"""What must hold of the seats of a case after every command, whatever it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import orjson

from engine.model import counting, seats
from engine.model.keys import Key
from engine.model.seats import SeatKind, Seats, SeatState
from engine.service.app import App
from engine.storage.commands import seats as rows


def require_seats(app: App, case: Key) -> None:
    """Seats, tasks, lists and journal say the same."""
    with app.database.unit_of_work() as work:
        tasks = list(
            work.hot(
                "select key, state, seated, assignee, properties::text"
                " from user_task where instance_key = %s",
                [case],
            )
        )
        journal = [
            (kind, key, orjson.loads(facts))
            for kind, key, facts in work.hot(
                "select kind, element_key, facts from journal where instance_key = %s"
                " order by number",
                [case],
            )
        ]
        shown = {
            (key, f"{role}@{unit}")
            for key, role, unit in work.hot(
                "select task_key, role, unit from task_candidate where instance_key = %s", [case]
            )
        }
        troubled = {
            key
            for (key,) in work.hot(
                "select element_key from incident where instance_key = %s and state = 'ACTIVE'",
                [case],
            )
        }
        found = {t[0]: rows.of_task(work, instance_key=case, task_key=t[0]) for t in tasks}
    for key, state, seated, assignee, properties in tasks:
        mine = found[key]
        assert seated == bool(mine), "seats are rows exactly where the task says so"
        if not seated:
            continue
        assert assignee is None
        plan = counting.plan_of(orjson.loads(properties))
        acts = [(kind, facts) for kind, of, facts in journal if of == key]
        require_places(mine, open_=state == "CREATED")
        require_holders(mine, acts)
        require_votes(mine, acts, plan)
        if state == "CREATED":
            assert counting.decide(plan, mine) is None, "a decided task stands open"
            if not any(s.state is SeatState.DONE for s in mine) and counting.hopeless(plan, mine):
                assert key in troubled, "it cannot be met, and nobody was told"
            listed = {group for task, group in shown if task == key}
            assert listed == {f"{r}@{u}" for r, u in seats.shown_groups(mine)}
            again = seats.arranged(mine, now=app.now(), sequential=plan.sequential)
            assert again == mine, "whose turn it is"
            assert any(s.state is SeatState.OPEN for s in mine), "a task without anybody"
        elif state == "COMPLETED":
            assert any(s.state is SeatState.DONE for s in mine), "ended without a vote"


def require_places(mine: Seats, *, open_: bool) -> None:
    """Nobody sits twice; added seats hang on a seat; modes do not mix; ends have reasons."""
    people = Counter(name for s in mine if s.live for name in s.people())
    assert all(n == 1 for n in people.values()), people
    voters = Counter(s.actor for s in mine if s.state is SeatState.DONE)
    assert all(n == 1 for n in voters.values()), "one outcome per seat, one seat per person"
    by_key = {s.key: s for s in mine}
    kinds = {s.kind for s in mine if s.kind is not SeatKind.ORIGINAL and s.state != "CANCELED"}
    assert len(kinds) <= 1, kinds
    for seat in mine:
        assert (seat.parent_key is None) == (seat.kind is SeatKind.ORIGINAL)
        assert seat.parent_key is None or seat.parent_key in by_key
        assert open_ or not seat.live, "an open seat in a task that is over"
        assert bool(seat.reason) == (seat.state is SeatState.CANCELED)


def require_holders(mine: Seats, acts: Iterable[tuple[str, dict[str, Any]]]) -> None:  # noqa: PLR0912
    """The journal, read from its beginning, leads to each seat's holder and stack."""
    holder: dict[str, str | None] = {}
    stack: dict[str, list[str]] = {}
    for kind, facts in acts:
        seat = facts.get("seat", "")
        match kind:
            case "delegate":
                assert holder.get(seat, facts["from"]) == facts["from"], "a former holder acted"
                stack.setdefault(seat, []).append(facts["from"])
                holder[seat] = facts["to"]
            case "resolve":
                assert holder[seat] == facts["from"]
                assert stack[seat].pop() == facts["to"], "it went back to somebody else"
                holder[seat] = facts["to"]
            case "call-back":
                assert holder[seat] == facts["from"], "taken from somebody who had it no more"
                place = stack[seat].index(facts["to"])
                assert stack[seat][place + 1 :] == facts["past"]
                del stack[seat][place:]
                holder[seat] = facts["to"]
            case "assign" if seat:
                assert holder.get(seat, facts["from"]) in {facts["from"], None}
                holder[seat] = facts["to"]
            case "hand-over":
                for moved, now in facts.get("seats", {}).items():
                    holder[moved], stack[moved] = now["holder"] or None, list(now["stack"])
            case "stand-aside":
                _stood_aside(facts, holder, stack)
            case "release" | "claim" if seat:
                holder.pop(seat, None)  # the group's again, or whoever took it
            case "add-sign":
                holder.update(zip(facts["seats"], facts["people"], strict=True))
    for seat_row in mine:
        key = str(seat_row.key)
        if key in holder:
            assert seat_row.holder == holder[key], "the chain of holders is broken"
        if seat_row.live:
            assert list(seat_row.stack) == stack.get(key, [])


def _stood_aside(
    facts: dict[str, Any], holder: dict[str, str | None], stack: dict[str, list[str]]
) -> None:
    """A recused person left the seats: each has whoever the journal says, and he gets none back."""
    (gone,) = facts["people"]
    for key, given_to in facts.get("seats", {}).items():
        was = stack.get(key, [])
        if was and was[-1] == given_to and holder.get(key) in {gone, None}:
            was = was[:-1]
        stack[key] = [name for name in was if name != gone]
        if given_to:
            holder[key] = given_to
        else:
            holder.pop(key, None)


def require_votes(
    mine: Seats, acts: Iterable[tuple[str, dict[str, Any]]], plan: counting.Plan
) -> None:
    """One entry of the journal for each seat that is done, and the same counts."""
    said = Counter(
        facts["seat"] for kind, facts in acts if kind in {"vote", "complete"} and "seat" in facts
    )
    done = {str(s.key) for s in mine if s.state is SeatState.DONE}
    assert said == Counter(done), "votes are counted from the ledger, once each"
    written = Counter(
        facts["vote"] for kind, facts in acts if kind in {"vote", "complete"} and "vote" in facts
    )
    counted = Counter(
        plan.choice(s.outcome).value for s in mine if s.state is SeatState.DONE and s.counts
    )
    assert written == counted
