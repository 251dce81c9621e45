"""Half-filled forms: kept exactly as typed, for their owner alone, unreadable at rest."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from engine.model.errors import Conflict, NotAuthenticated, TooLarge, Unreadable
from engine.model.keys import Key
from engine.service.access.log_out import log_out
from engine.service.app import App
from engine.service.papers.form_drafts import (
    delete_form_draft,
    load_form_draft,
    my_drafts,
    save_form_draft,
)
from engine.service.papers.sweep_documents import sweep_traces
from engine.storage.tables.drafts import FORM_DRAFT
from tests.conftest import SettableClock
from tests.service.people import actor, furnish, person

NAUGHTY = {
    "empty": "",
    "nul": "a\x00b",
    "surrogate": "\ud800",
    "html": "<script>alert(1)</script>",
    "sql": "'; drop table person; --",
    "template": "{{ 7*7 }} ${7*7} #{7*7}",
    "tag": {"@": "number", "v": "1"},
    "rtl": "\u202eabc",
    "emoji": "👨‍👩‍👧‍👦",
    "amount": Decimal("0.10"),
    "rows": [{"item": "桌椅", "sum": Decimal("12345678901234567890.12")}, {}],
    "half": None,
    "名 称": True,
}


@pytest.fixture
def home(app: App) -> App:
    furnish(app)
    person(app, "zuzhi", "citizen@kuiwen")
    person(app, "other", "citizen@kuiwen")
    return app


def test_what_was_typed_comes_back_as_it_was(home: App) -> None:
    me = actor(home, "zuzhi")
    save_form_draft(home, me, process_id="venture-grants", fields=NAUGHTY)
    draft = load_form_draft(home, me, process_id="venture-grants")
    assert draft is not None
    assert draft.fields == NAUGHTY
    assert str(draft.fields["amount"]) == "0.10"


def test_one_draft_per_place_the_last_one_saved(home: App, clock: SettableClock) -> None:
    me = actor(home, "zuzhi")
    first = save_form_draft(home, me, process_id="p", fields={"a": "1"})
    clock.advance(timedelta(minutes=1))
    second = save_form_draft(home, me, process_id="p", fields={"a": "2"})
    task = save_form_draft(home, me, process_id="p", task_key=Key(5), fields={"a": "3"})
    assert first.key == second.key != task.key
    assert second.saved_at - first.saved_at == timedelta(minutes=1)
    assert {d.fields["a"] for d in my_drafts(home, me)} == {"2"}  # there is no such task
    delete_form_draft(home, me, process_id="p")
    delete_form_draft(home, me, process_id="p")
    assert load_form_draft(home, me, process_id="p") is None
    assert load_form_draft(home, me, process_id="p", task_key=Key(5)) is not None


def test_two_windows_do_not_overwrite_each_other(home: App) -> None:
    me = actor(home, "zuzhi")
    first = save_form_draft(home, me, process_id="p", fields={"a": "1"}, revision=0)
    assert first.revision == 1
    assert save_form_draft(home, me, process_id="p", fields={"a": "2"}, revision=1).revision == 2
    for stale in (0, 1, 3):
        with pytest.raises(Conflict, match="另一个窗口"):
            save_form_draft(home, me, process_id="p", fields={"a": "3"}, revision=stale)
    kept = load_form_draft(home, me, process_id="p")
    assert kept is not None
    assert (kept.fields, kept.revision) == ({"a": "2"}, 2)
    assert save_form_draft(home, me, process_id="p", fields={"a": "4"}).revision == 3


def test_a_draft_is_its_owners(home: App) -> None:
    me, other = actor(home, "zuzhi"), actor(home, "other")
    save_form_draft(home, me, process_id="p", fields={"a": "secret"})
    assert load_form_draft(home, other, process_id="p") is None
    assert my_drafts(home, other) == ()
    delete_form_draft(home, other, process_id="p")
    assert load_form_draft(home, me, process_id="p") is not None


def test_the_database_holds_no_plain_text(home: App) -> None:
    """And a draft copied to another owner's row does not open there."""
    me, other = actor(home, "zuzhi"), actor(home, "other")
    save_form_draft(home, me, process_id="p", fields={"id": "370705195505200013"})
    save_form_draft(home, other, process_id="p", fields={"id": ""})
    with home.database.unit_of_work() as work:
        contents = work.connection.execute(sa.select(FORM_DRAFT.c.content)).scalars().all()
        assert all(b"370705195505200013" not in content for content in contents)
        mine = sa.select(FORM_DRAFT.c.content).where(FORM_DRAFT.c.owner_key == me.key)
        work.connection.execute(
            sa.update(FORM_DRAFT)
            .where(FORM_DRAFT.c.owner_key == other.key)
            .values(content=mine.scalar_subquery())
        )
        work.commit()
    with pytest.raises(Unreadable):
        load_form_draft(home, other, process_id="p")


def test_limits(home: App) -> None:
    me = actor(home, "zuzhi")
    with pytest.raises(TooLarge):
        save_form_draft(home, me, process_id="p", fields={"a": "x" * (1 << 20)})
    log_out(home, me)
    with pytest.raises(NotAuthenticated):
        save_form_draft(home, me, process_id="p", fields={})


def test_forgotten_drafts_go(home: App, clock: SettableClock) -> None:
    me = actor(home, "zuzhi")
    save_form_draft(home, me, process_id="p", fields={})
    clock.advance(timedelta(days=home.settings.draft_days, seconds=-1))
    sweep_traces(home)
    assert my_drafts(home, me)
    clock.advance(timedelta(seconds=2))
    sweep_traces(home)
    assert not my_drafts(home, me)
