"""The demonstration's people and units."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from engine.model.actor import SYSTEM, Membership
from engine.model.errors import Forbidden
from engine.model.keys import Key
from engine.service.access.log_in import log_in
from engine.service.app import App
from engine.service.demo import ROLES, demo_accounts, seed_demo
from engine.service.identity.list_people import get_person, list_people, memberships_of
from engine.service.identity.set_memberships import set_memberships
from engine.service.identity.units import list_units


@pytest.fixture
def demo(app: App) -> App:
    return with_settings(app, demo=True)


def with_settings(app: App, **settings: object) -> App:
    from dataclasses import replace  # noqa: PLC0415 - one use

    return replace(app, settings=app.settings.model_copy(update=settings))


def test_everybody_can_log_in_and_is_what_is_said(demo: App) -> None:
    accounts = seed_demo(demo)
    assert len(accounts) == len({a.username for a in accounts}) == 29
    for account in accounts[:3] + accounts[-2:]:
        granted = log_in(
            demo, username=account.username, password=account.password, address="127.0.0.1"
        )
        assert granted.person.name == account.name
        assert granted.person.administrator == account.username.startswith("guanli")
    assert {a.username: a.role_text for a in accounts}["jiedao"] == "西关街道 · 乡镇街道民政经办"


def test_every_role_has_somebody(demo: App) -> None:
    seed_demo(demo)
    for role, _, _ in ROLES:
        assert list_people(demo, SYSTEM, role=role).items, role


def test_the_tree_has_sixteen_counties_and_zones(demo: App) -> None:
    seed_demo(demo)
    units = list_units(demo, SYSTEM)
    assert sum(unit.level == "county" for unit in units) == 16
    parents = {unit.key: unit for unit in units}
    assert all(unit.parent is None or unit.parent in parents for unit in units)


def test_seeding_again_changes_nothing_that_people_changed(demo: App) -> None:
    seed_demo(demo)
    clerk = get_person(demo, SYSTEM, username="jiedao")
    moved = Membership(role="street-clerk", unit="kuiwen-dongguan")
    set_memberships(demo, SYSTEM, person_key=clerk.key, memberships=[moved])
    count = len(list_units(demo, SYSTEM))
    seed_demo(demo)
    assert memberships_of(demo, SYSTEM, key=Key(clerk.key)) == {moved}
    assert len(list_units(demo, SYSTEM)) == count


def test_a_new_password_holds_after_the_next_seeding(demo: App) -> None:
    seed_demo(demo)
    other = with_settings(demo, demo_password=SecretStr("Tian-an 2026 x"))
    assert {a.password for a in seed_demo(other)} == {"Tian-an 2026 x"}
    assert log_in(other, username="guanli", password="Tian-an 2026 x", address="")


def test_there_is_no_demonstration_unless_asked_for(app: App) -> None:
    assert demo_accounts(app) == ()
    with pytest.raises(Forbidden, match="BANSHI_DEMO"):
        seed_demo(app)
