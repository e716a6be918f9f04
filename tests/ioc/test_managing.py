"""Whoever manages access: sessions that end at once, doors, profiles, the last of their kind."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from ioc.access import managing, rules, service, sessions
from ioc.access.model import Role, User, Way
from ioc.centre import Centre
from ioc.errors import Conflict, InvalidInput, IocError, NotFound, TooMany, Unauthorised
from tests.accounts import an_account

PASSWORD, HERE, THERE = "a long word of the tests", "192.0.2.7", "198.51.100.9"
BOSS = "quan-tri"


@pytest.fixture
def people(centre: Centre) -> tuple[User, User]:
    return (
        an_account(centre, BOSS, PASSWORD, Role.ADMIN),
        an_account(centre, "truc-ban", PASSWORD, Role.POLICE),
    )


def test_sessions_are_told_without_what_opens_them(centre: Centre, people, clock) -> None:
    first = service.sign_in(centre, "truc-ban", PASSWORD, HERE, "Firefox\x00\n on a desk")
    clock.advance(minutes=1)
    second = service.sign_in(centre, BOSS, PASSWORD, THERE)
    listed = managing.open_sessions(centre)
    assert [(one.user.name, one.came.origin) for one in listed] == [
        (BOSS, THERE),
        ("truc-ban", HERE),
    ]
    assert listed[1].came.agent == "Firefox on a desk"
    assert listed[1].came.way is Way.PASSWORD
    assert [one.user.name for one in managing.open_sessions(centre, BOSS)] == [BOSS]
    assert first.token not in repr(listed)
    assert second.token not in repr(listed)
    clock.advance(minutes=31)
    assert managing.open_sessions(centre) == [], "idle ones are over"


def test_a_revoked_session_is_over_at_once_and_alone(centre: Centre, people) -> None:
    tokens = [service.sign_in(centre, "truc-ban", PASSWORD, HERE).token for _ in range(2)]
    listed = managing.open_sessions(centre)
    managing.revoke_session(centre, listed[0].id, actor=BOSS)
    assert [one.id for one in managing.open_sessions(centre)] == [listed[1].id]
    assert sorted(sessions.session_of(centre, token) is None for token in tokens) == [False, True]
    for unknown in (listed[0].id, "0" * 12, "", "%"):
        with pytest.raises(NotFound):
            managing.revoke_session(centre, unknown, actor=BOSS)
    managing.end_sessions(centre, "truc-ban", actor=BOSS)
    assert not any(sessions.session_of(centre, token) for token in tokens)


def test_a_room_is_not_shut_out_by_one_who_mistypes(centre: Centre, people) -> None:
    for n in range(rules.MAX_FAILURES_OF_ORIGIN):
        with pytest.raises(Unauthorised):
            service.sign_in(centre, f"guess-{n}", PASSWORD, HERE)
        assert (managing.lockouts(centre) == []) is (n < rules.MAX_FAILURES_OF_ORIGIN - 1)
    with pytest.raises(TooMany):
        service.sign_in(centre, BOSS, PASSWORD, HERE)
    [shut] = managing.lockouts(centre)
    assert (shut.name, shut.origin) == (None, HERE)
    assert shut.until == centre.now() + rules.LOCKED_FOR


@pytest.mark.parametrize(
    "change",
    [
        {"role": Role.HEALTH},
        {"scope": "474"},
        {"scope": "19750", "display_name": "Phường Tây Lộc"},
        {"agency": "so-y-te"},
        {"subject": "sub-1"},
    ],
)
def test_a_change_is_kept_and_ends_what_it_makes_untrue(centre: Centre, people, change) -> None:
    token = service.sign_in(centre, "truc-ban", PASSWORD, HERE).token
    managing.change_user(centre, replace(people[1], **change), actor=BOSS)
    assert sessions.session_of(centre, token) is None
    [kept] = [user for user in service.list_users(centre) if user.name == "truc-ban"]
    assert kept == replace(people[1], **change)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"scope": "99999"}, "scope"),
        ({"scope": "a b"}, "scope"),
        ({"role": Role.AGENCY}, "agency"),
        ({"agency": "so y te"}, "agency"),
        ({"display_name": ""}, "display_name"),
        ({"subject": ""}, "subject"),
        ({"subject": "x" * 256}, "subject"),
    ],
)
def test_what_cannot_be_is_refused_and_named(centre: Centre, people, change, field) -> None:
    with pytest.raises(InvalidInput) as fault:
        managing.change_user(centre, replace(people[1], **change), actor=BOSS)
    assert fault.value.field == field


def test_an_identity_belongs_to_one_account(centre: Centre, people) -> None:
    managing.bind_subject(centre, "truc-ban", "sub-1", actor=BOSS)
    with pytest.raises(Conflict):
        managing.bind_subject(centre, BOSS, "sub-1", actor=BOSS)
    managing.bind_subject(centre, "truc-ban", None, actor=BOSS)
    managing.bind_subject(centre, BOSS, "sub-1", actor=BOSS)
    assert service.sign_in_as(centre, "sub-1", HERE).user.name == BOSS


def test_a_shut_account_opens_by_no_door(centre: Centre, people) -> None:
    managing.bind_subject(centre, "truc-ban", "sub-1", actor=BOSS)
    service.disable_user(centre, "truc-ban", actor=BOSS)
    with pytest.raises(Unauthorised):
        service.sign_in_as(centre, "sub-1", HERE)
    managing.enable_user(centre, "truc-ban", actor=BOSS)
    assert service.sign_in_as(centre, "sub-1", HERE)
    with pytest.raises(NotFound):
        managing.enable_user(centre, "truc-ban", actor=BOSS)


def test_somebody_always_manages_access(centre: Centre, people) -> None:
    boss = people[0]
    last: list[Callable[[], None]] = [
        lambda: service.disable_user(centre, BOSS, actor=BOSS),
        lambda: managing.change_user(centre, replace(boss, role=Role.LEADER), actor=BOSS),
    ]
    for act in last:
        with pytest.raises(Conflict):
            act()
    an_account(centre, "second", PASSWORD, Role.ADMIN)

    def shut(name: str) -> bool:
        try:
            service.disable_user(centre, name, actor="test")
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(shut, (BOSS, "second"))) == [False, True]


def test_every_act_names_its_actor_in_the_audit_and_no_identity(centre: Centre, people) -> None:
    service.sign_in(centre, "truc-ban", PASSWORD, HERE)
    [one] = managing.open_sessions(centre)
    managing.revoke_session(centre, one.id, actor=BOSS)
    managing.end_sessions(centre, "truc-ban", actor=BOSS)
    managing.unlock(centre, "truc-ban", actor=BOSS)
    managing.bind_subject(centre, "truc-ban", "an-identity", actor=BOSS)
    service.disable_user(centre, "truc-ban", actor=BOSS)
    managing.enable_user(centre, "truc-ban", actor=BOSS)
    with centre.engine.connect() as conn:
        query = "SELECT action, detail::text FROM audit WHERE actor = :boss ORDER BY no"
        told = conn.execute(text(query), {"boss": BOSS}).all()
    assert [row[0] for row in told] == [
        *("session_revoked", "sessions_ended", "user_unlocked", "user_changed"),
        *("user_disabled", "user_enabled"),
    ]
    assert "an-identity" not in str(told)


@pytest.mark.parametrize(
    "act",
    [managing.end_sessions, managing.unlock, managing.drop_factor, managing.enable_user],
)
def test_an_unknown_account_is_not_found(centre: Centre, act) -> None:
    with pytest.raises(NotFound):
        act(centre, "nobody", actor=BOSS)
    assert issubclass(NotFound, IocError)
    assert timedelta(0) < rules.WAITS_FOR_PROOF < rules.LOCKED_FOR
