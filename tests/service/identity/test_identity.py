"""Log-in, sessions and rights, on the real database."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from engine.model.actor import SYSTEM, Membership
from engine.model.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    NotAuthenticated,
    NotFound,
    Throttled,
    WrongCredentials,
)
from engine.model.keys import Key
from engine.service.access import tokens
from engine.service.access.authenticate import authenticate, verify_session
from engine.service.access.change_password import change_password, reset_password
from engine.service.access.log_in import log_in
from engine.service.access.log_out import log_out
from engine.service.access.refresh import refresh
from engine.service.app import App
from engine.service.identity.create_person import create_person
from engine.service.identity.list_people import (
    get_person,
    list_people,
    memberships_of,
    people_with_role,
)
from engine.service.identity.set_memberships import set_memberships
from engine.service.identity.units import create_unit, list_units
from engine.service.identity.update_person import update_person
from engine.storage.history import acts
from engine.storage.identity import units
from tests.conftest import SettableClock
from tests.service.people import PASSWORD, actor, furnish, logged_in, person


@pytest.fixture
def home(app: App) -> App:
    furnish(app)
    return app


def try_in(app: App, username: str, password: str, address: str = "10.0.0.1") -> None:
    log_in(app, username=username, password=password, address=address)


def test_the_token_says_who_it_is(home: App) -> None:
    """Given a clerk, when he logs in, then his token names him with his memberships."""
    made = person(home, "jiedao", "street-clerk@weicheng-xiguan")
    me = actor(home, "jiedao")
    assert (me.key, me.username, me.name) == (made.key, "jiedao", made.name)
    assert me.memberships == {Membership(role="street-clerk", unit="weicheng-xiguan")}
    assert not me.administrator
    assert verify_session(home, me) == me


def test_user_names_are_taken_as_people_type_them(home: App) -> None:
    """Capitals, blanks and full-width letters do not matter."""
    person(home, "jiedao")
    assert log_in(home, username="  ＪieDao ", password=PASSWORD, address="").person.username


@pytest.mark.parametrize(
    "username", ["nobody", "jiedao", "closed", "no-password", "", "a\x00b", "x" * 5000]
)
def test_every_failure_reads_the_same(home: App, username: str) -> None:
    """Nobody learns from the answer whether an account exists."""
    person(home, "jiedao")
    closed = person(home, "closed")
    update_person(home, SYSTEM, person_key=closed.key, active=False)
    create_person(home, SYSTEM, username="no-password", name="无密码", password=None)
    password = PASSWORD if username in {"closed", "no-password"} else "wrong"
    with pytest.raises(WrongCredentials) as failure:
        try_in(home, username, password)
    assert failure.value.message == "用户名或密码不正确。"


def test_a_very_long_password_is_not_hashed(home: App) -> None:
    person(home, "jiedao")
    with pytest.raises(WrongCredentials):
        try_in(home, "jiedao", "x" * 1_000_000)


def test_throttled_after_five_failures_then_again_allowed(home: App, clock: SettableClock) -> None:
    """The right password does not help during the wait, and the wait is said in seconds."""
    person(home, "jiedao")
    for _ in range(5):
        with pytest.raises(WrongCredentials):
            try_in(home, "jiedao", "wrong")
    with pytest.raises(Throttled) as wait:
        try_in(home, "jiedao", PASSWORD)
    assert 14 * 60 < wait.value.seconds <= 15 * 60 + 1
    clock.advance(timedelta(seconds=wait.value.seconds))
    try_in(home, "jiedao", PASSWORD)


def test_the_throttle_is_of_the_account_at_the_address(home: App) -> None:
    """Somebody elsewhere is not shut out by an attacker's failures."""
    person(home, "jiedao")
    for _ in range(5):
        with pytest.raises(WrongCredentials):
            try_in(home, "jiedao", "wrong", "10.0.0.66")
    try_in(home, "jiedao", PASSWORD, "10.0.0.1")


def test_a_success_forgives_earlier_failures(home: App) -> None:
    person(home, "jiedao")
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(WrongCredentials):
                try_in(home, "jiedao", "wrong")
        try_in(home, "jiedao", PASSWORD)


def test_successes_are_not_counted(home: App) -> None:
    """A whole office logs in from one address, one person again and again."""
    person(home, "jiedao")
    few = home.settings.model_copy(
        update={"log_in_attempts_per_account": 3, "log_in_attempts_per_address": 4}
    )
    strict = replace(home, settings=few)
    for _ in range(6):
        try_in(strict, "jiedao", PASSWORD)
    for n in range(3):
        with pytest.raises(WrongCredentials):
            try_in(strict, f"nobody{n}", "wrong")
    try_in(strict, "jiedao", PASSWORD)
    with pytest.raises(WrongCredentials):
        try_in(strict, "nobody4", "wrong")
    with pytest.raises(Throttled):
        try_in(strict, "jiedao", PASSWORD)


def test_guessing_over_many_addresses_is_throttled(home: App) -> None:
    """An account has a limit of its own, wherever the guesses come from."""
    person(home, "jiedao")
    for n in range(home.settings.log_in_attempts_per_account):
        with pytest.raises(WrongCredentials):
            try_in(home, "jiedao", "wrong", f"10.0.1.{n}")
    with pytest.raises(Throttled):
        try_in(home, "jiedao", "wrong", "10.0.2.1")


def test_parallel_guesses_count_each(home: App) -> None:
    """Ten at the same instant: five are looked at, five are refused."""
    person(home, "jiedao")
    outcomes: list[type[Exception]] = []
    start = threading.Barrier(10)

    def guess() -> None:
        start.wait()
        try:
            try_in(home, "jiedao", "wrong")
        except (WrongCredentials, Throttled) as error:
            outcomes.append(type(error))

    threads = [threading.Thread(target=guess) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(o.__name__ for o in outcomes) == ["Throttled"] * 5 + ["WrongCredentials"] * 5


def test_the_token_ends_after_ten_minutes(home: App, clock: SettableClock) -> None:
    person(home, "jiedao")
    token = logged_in(home, "jiedao").access_token
    clock.advance(timedelta(minutes=9, seconds=59))
    authenticate(home, token=token)
    clock.advance(timedelta(seconds=1))
    with pytest.raises(NotAuthenticated):
        authenticate(home, token=token)


def segment(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    header, claims, signature = token.split(".")
    decode = lambda s: json.loads(base64.urlsafe_b64decode(s + "=" * (-len(s) % 4)))  # noqa: E731
    return decode(header), decode(claims), signature


def signed(app: App, header: dict[str, Any], claims: dict[str, Any]) -> str:
    text = f"{segment(header)}.{segment(claims)}"
    made = hmac.new(app.secrets.token_key.encode(), text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64.urlsafe_b64encode(made).decode().rstrip('=')}"


Forgery = Callable[[App, dict[str, Any], dict[str, Any], str], str]
FORGERIES: dict[str, Forgery] = {
    "no algorithm": lambda app, h, c, s: f"{segment({**h, 'alg': 'none'})}.{segment(c)}.",
    "none with signature": lambda app, h, c, s: signed(app, {**h, "alg": "none"}, c),
    "another algorithm": lambda app, h, c, s: signed(app, {**h, "alg": "HS512"}, c),
    "RS256": lambda app, h, c, s: signed(app, {**h, "alg": "RS256"}, c),
    "another key id": lambda app, h, c, s: signed(app, {**h, "kid": "other"}, c),
    "no key id": lambda app, h, c, s: signed(app, {"alg": "HS256", "typ": "JWT"}, c),
    "changed claims": lambda app, h, c, s: f"{segment(h)}.{segment({**c, 'adm': True})}.{s}",
    "another audience": lambda app, h, c, s: signed(app, h, {**c, "aud": "other"}),
    "another issuer": lambda app, h, c, s: signed(app, h, {**c, "iss": "other"}),
    "no end": lambda app, h, c, s: signed(app, h, {k: v for k, v in c.items() if k != "exp"}),
    "no audience": lambda app, h, c, s: signed(app, h, {k: v for k, v in c.items() if k != "aud"}),
    "subject no key": lambda app, h, c, s: signed(app, h, {**c, "sub": "DROP TABLE"}),
    "end no number": lambda app, h, c, s: signed(app, h, {**c, "exp": "tomorrow"}),
    "claims a list": lambda app, h, c, s: signed(app, h, [1]),  # type: ignore[arg-type]
    "header a list": lambda app, h, c, s: signed(app, [1], c),  # type: ignore[arg-type]
    "empty": lambda app, h, c, s: "",
    "not a token": lambda app, h, c, s: "a.b.c",
    "not ascii": lambda app, h, c, s: "令牌",
}


def test_forged_tokens_are_refused(home: App) -> None:
    """Only HS256 under our key, with all its claims, is a token."""
    person(home, "jiedao")
    token = logged_in(home, "jiedao").access_token
    header, claims, signature = parts(token)
    assert authenticate(home, token=signed(home, header, claims))
    let_in = []
    for kind, forge in FORGERIES.items():
        try:
            authenticate(home, token=forge(home, header, claims, signature))
        except NotAuthenticated:
            continue
        let_in.append(kind)
    assert let_in == []


def test_many_memberships_stay_out_of_the_token(home: App) -> None:
    """A token fits a cookie; the memberships are then read from the database."""
    for n in range(80):
        create_unit(
            home, SYSTEM, key=f"street-number-{n}", name=f"街道{n}", level="street", parent="kuiwen"
        )
    person(home, "duo", *(f"street-clerk@street-number-{n}" for n in range(80)))
    token = logged_in(home, "duo").access_token
    assert len(token) < 3_500
    assert not tokens.read(home, token).complete
    assert len(authenticate(home, token=token).memberships) == 80


def test_refresh_turns_the_token_over(home: App, clock: SettableClock) -> None:
    person(home, "jiedao")
    first = logged_in(home, "jiedao")
    clock.advance(timedelta(minutes=11))
    second = refresh(home, refresh_token=first.refresh_token)
    assert second.session_key == first.session_key
    assert second.refresh_token != first.refresh_token
    assert second.csrf == first.csrf
    assert second.session_ends_at == first.session_ends_at
    assert authenticate(home, token=second.access_token).session == first.session_key


def test_a_refresh_token_used_twice_ends_the_session(home: App, clock: SettableClock) -> None:
    """Thief and owner both hold it: whoever comes second unmasks it, and both are out."""
    person(home, "jiedao")
    first = logged_in(home, "jiedao")
    second = refresh(home, refresh_token=first.refresh_token)
    clock.advance(timedelta(minutes=1))
    with pytest.raises(NotAuthenticated, match="重复使用"):
        refresh(home, refresh_token=first.refresh_token)
    with pytest.raises(NotAuthenticated):
        refresh(home, refresh_token=second.refresh_token)
    with pytest.raises(NotAuthenticated):
        verify_session(home, authenticate(home, token=second.access_token))


def test_two_tabs_may_refresh_at_once(home: App) -> None:
    person(home, "jiedao")
    first = logged_in(home, "jiedao")
    second = refresh(home, refresh_token=first.refresh_token)
    third = refresh(home, refresh_token=first.refresh_token)
    assert refresh(home, refresh_token=second.refresh_token)
    assert refresh(home, refresh_token=third.refresh_token)


def test_refresh_stops_with_the_session(home: App, clock: SettableClock) -> None:
    person(home, "jiedao")
    granted = logged_in(home, "jiedao")
    clock.advance(timedelta(hours=home.settings.session_hours))
    with pytest.raises(NotAuthenticated):
        refresh(home, refresh_token=granted.refresh_token)


@pytest.mark.parametrize("token", ["", "nonsense", "x" * 100_000, "\x00"])
def test_unknown_refresh_tokens_are_refused(home: App, token: str) -> None:
    with pytest.raises(NotAuthenticated):
        refresh(home, refresh_token=token)


def test_log_out_ends_writing_and_refreshing(home: App) -> None:
    person(home, "jiedao")
    granted = logged_in(home, "jiedao")
    me = authenticate(home, token=granted.access_token)
    log_out(home, me)
    log_out(home, me)
    with pytest.raises(NotAuthenticated):
        verify_session(home, me)
    with pytest.raises(NotAuthenticated):
        refresh(home, refresh_token=granted.refresh_token)


def test_lost_rights_are_lost_for_the_next_write(home: App) -> None:
    """The token still says administrator; the database does not."""
    guanli = person(home, "guanli", administrator=True)
    person(home, "guanli2", administrator=True)
    me = actor(home, "guanli")
    update_person(home, SYSTEM, person_key=guanli.key, administrator=False)
    assert me.administrator
    with pytest.raises(Forbidden):
        create_person(home, me, username="neu", name="新人", password=None)


def test_a_closed_account_is_out_at_once(home: App) -> None:
    made = person(home, "jiedao")
    me = actor(home, "jiedao")
    update_person(home, SYSTEM, person_key=made.key, active=False)
    with pytest.raises(NotAuthenticated):
        verify_session(home, me)
    update_person(home, SYSTEM, person_key=made.key, active=True)
    with pytest.raises(NotAuthenticated):
        verify_session(home, me)
    assert actor(home, "jiedao")


def test_the_last_administrator_stays(home: App) -> None:
    only = person(home, "guanli", administrator=True)
    with pytest.raises(Conflict, match="至少要保留一位"):
        update_person(home, SYSTEM, person_key=only.key, active=False)
    with pytest.raises(Conflict):
        update_person(home, SYSTEM, person_key=only.key, administrator=False)


def test_changing_the_password_ends_the_other_sessions(home: App) -> None:
    person(home, "jiedao")
    elsewhere, here = actor(home, "jiedao"), actor(home, "jiedao")
    with pytest.raises(WrongCredentials):
        change_password(home, here, current="wrong", new="Another-pass 9")
    change_password(home, here, current=PASSWORD, new="Another-pass 9")
    verify_session(home, here)
    with pytest.raises(NotAuthenticated):
        verify_session(home, elsewhere)
    with pytest.raises(WrongCredentials):
        try_in(home, "jiedao", PASSWORD)
    try_in(home, "jiedao", "Another-pass 9")


def test_an_administrator_resets_a_password(home: App) -> None:
    made = person(home, "jiedao")
    person(home, "guanli", administrator=True)
    me = actor(home, "jiedao")
    with pytest.raises(Forbidden):
        reset_password(home, me, person_key=made.key, new="Another-pass 9")
    reset_password(home, actor(home, "guanli"), person_key=made.key, new="Another-pass 9")
    with pytest.raises(NotAuthenticated):
        verify_session(home, me)
    try_in(home, "jiedao", "Another-pass 9")


@pytest.mark.parametrize(
    ("password", "rule"),
    [
        ("Aa1!", "password-short"),
        ("lowercaseonly", "password-simple"),
        ("Password-2025", "password-guessable"),
        ("Jiedao-2025!x", "password-guessable"),
        ("Aa1!Aa1!Aa1!", "password-guessable"),
        ("A1" + "b" * 200, "password-long"),
        ("Huang-he\n2025", "password-control"),
    ],
)
def test_weak_passwords_are_named(home: App, password: str, rule: str) -> None:
    with pytest.raises(InvalidInput) as found:
        create_person(home, SYSTEM, username="jiedao", name="街道", password=password)
    assert rule in {problem.rule for problem in found.value.problems}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "王"),
        ("username", "A"),
        ("username", "a' or 1=1"),
        ("username", "x" * 33),
        ("name", "  "),
        ("name", "换\n行"),
        ("name", "名" * 65),
        ("name", "a\x00b"),
        ("name", "\ud800"),
        ("phone", "12345678901"),
        ("phone", "+8613800000000"),
        ("email", "a@b"),
        ("email", "a b@c.cn"),
    ],
)
def test_bad_details_are_refused_by_field(home: App, field: str, value: str) -> None:
    details = {"username": "neu", "name": "新人", "phone": "", "email": "", field: value}
    with pytest.raises(InvalidInput) as found:
        create_person(home, SYSTEM, password=None, **details)
    assert {problem.element_id for problem in found.value.problems} == {field}


def test_user_names_are_unique(home: App) -> None:
    person(home, "jiedao")
    with pytest.raises(Conflict, match="jiedao"):
        person(home, "jiedao")


def test_memberships_are_checked_against_tree_and_roles(home: App) -> None:
    made = person(home, "jiedao")
    wrong = [
        Membership(role="street-clerk", unit="weicheng"),
        Membership(role="king", unit="weifang"),
        Membership(role="leader", unit="atlantis"),
    ]
    with pytest.raises(InvalidInput) as found:
        set_memberships(home, SYSTEM, person_key=made.key, memberships=wrong)
    assert len(found.value.problems) == 3
    with pytest.raises(NotFound):
        set_memberships(home, SYSTEM, person_key=Key(1), memberships=[])
    assert memberships_of(home, SYSTEM, key=made.key) == frozenset()


def test_memberships_are_replaced_and_recorded(home: App) -> None:
    made = person(home, "jiedao", "street-clerk@weicheng-xiguan", "citizen@kuiwen")
    person(home, "guanli", administrator=True)
    kept = Membership(role="citizen", unit="kuiwen")
    new = Membership(role="leader", unit="weifang")
    set_memberships(home, actor(home, "guanli"), person_key=made.key, memberships=[kept, new])
    assert memberships_of(home, SYSTEM, key=made.key) == {kept, new}
    with home.database.unit_of_work() as work:
        last = acts.read(work, "roles")[-1]
    assert json.loads(last.facts) == {
        "person": str(made.key),
        "given": ["leader@weifang"],
        "taken": ["street-clerk@weicheng-xiguan"],
    }
    assert last.actor_name == "guanli先生"


def test_only_staff_see_people_and_only_administrators_change_them(home: App) -> None:
    person(home, "qunzhong", "citizen@kuiwen")
    person(home, "jiedao", "street-clerk@weicheng-xiguan")
    citizen, clerk = actor(home, "qunzhong"), actor(home, "jiedao")
    with pytest.raises(Forbidden):
        list_people(home, citizen)
    with pytest.raises(Forbidden):
        people_with_role(home, citizen, role="street-clerk")
    with pytest.raises(Forbidden):
        get_person(home, citizen, username="jiedao")
    assert get_person(home, citizen, username="qunzhong").key == citizen.key
    assert [p.username for p in list_people(home, clerk).items] == ["jiedao", "qunzhong"]
    for change in (
        lambda: create_person(home, clerk, username="neu", name="新", password=None),
        lambda: update_person(home, clerk, person_key=clerk.key, administrator=True),
        lambda: set_memberships(home, clerk, person_key=clerk.key, memberships=[]),
        lambda: create_unit(home, clerk, key="neu", name="新", level="street", parent="kuiwen"),
    ):
        with pytest.raises(Forbidden):
            change()


def test_people_are_found_by_name_unit_and_role_page_by_page(home: App) -> None:
    for n in range(7):
        person(home, f"clerk{n}", "street-clerk@weicheng-xiguan")
    person(home, "quxian", "county-reviewer@weicheng")
    first = list_people(home, SYSTEM, role="street-clerk", limit=3)
    second = list_people(home, SYSTEM, role="street-clerk", limit=3, cursor=first.end_cursor)
    third = list_people(home, SYSTEM, role="street-clerk", limit=3, cursor=second.end_cursor)
    found = [p.username for page in (first, second, third) for p in page.items]
    assert found == [f"clerk{n}" for n in range(7)]
    assert first.total == 7
    assert [p.username for p in list_people(home, SYSTEM, unit="weicheng").items] == ["quxian"]
    assert [p.username for p in list_people(home, SYSTEM, search="CLERK3").items] == ["clerk3"]
    assert list_people(home, SYSTEM, search="100%_").items == ()
    with pytest.raises(InvalidInput, match="游标"):
        list_people(home, SYSTEM, cursor="bm9uc2Vuc2U")


def test_the_tree_of_units(home: App) -> None:
    keys = [unit.key for unit in list_units(home, SYSTEM)]
    assert keys == ["weifang", "weicheng", "kuiwen", "weicheng-xiguan", "weicheng-xiguan-beigong"]
    with home.database.unit_of_work() as work:
        county = units.ancestor_on_level(work, "weicheng-xiguan-beigong", "county")
        assert county is not None
        assert county.key == "weicheng"
        assert units.ancestor_on_level(work, "weicheng", "street") is None
    with pytest.raises(InvalidInput):
        create_unit(home, SYSTEM, key="x", name="倒挂", level="county", parent="weicheng-xiguan")
    with pytest.raises(InvalidInput):
        create_unit(home, SYSTEM, key="Ost", name="东", level="street", parent="kuiwen")
    with pytest.raises(NotFound):
        create_unit(home, SYSTEM, key="ost", name="东", level="street", parent="nowhere")
    with pytest.raises(Conflict):
        create_unit(home, SYSTEM, key="kuiwen", name="奎文", level="county", parent="weifang")


def test_the_acts_form_a_chain(home: App) -> None:
    """Whoever changes, drops or inserts an act is found out."""
    person(home, "jiedao")
    with home.database.unit_of_work() as work:
        stream = acts.read(work, "roles")
    assert [act.number for act in stream] == list(range(1, len(stream) + 1))
    previous = bytes(32)
    for act in stream:
        assert act.linked_to(previous) == act.digest
        previous = act.digest
    assert stream[1].linked_to(bytes(32)) != stream[1].digest
