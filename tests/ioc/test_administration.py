"""What an administrator may do to whom: never beyond his own scope, never to himself."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from ioc import audit, config_versions, intake
from ioc.access import managing
from ioc.access.model import Right, Role, User
from ioc.access.service import create_key, create_user, key_of, list_users, sign_in
from ioc.administration import registers, service
from ioc.administration.model import Officer
from ioc.centre import Centre
from ioc.errors import Conflict, Forbidden, InvalidInput, IocError, NotFound
from ioc.listing import Ask

PASSWORD = "a long word of the tests"
WHOLE, DISTRICT = Officer("chief"), Officer("phu-vang", "478")
INSIDE, OUTSIDE = "19900", "474"
HERE = "203.0.113.7"


@pytest.fixture
def people(centre: Centre) -> Centre:
    """A chief, an administrator of a district, and accounts within it, beside it, above it."""
    commune = next(u for u in centre.city.units.values() if u.district_code == "478")
    for name, role, scope in (
        ("chief", Role.ADMIN, None),
        ("phu-vang", Role.ADMIN, "478"),
        ("inside", Role.HEALTH, commune.code),
        ("outside", Role.HEALTH, OUTSIDE),
        ("above", Role.POLICE, None),
    ):
        create_user(centre, name, PASSWORD, role, name.title(), scope)
    return centre


def ref_of(centre: Centre, name: str) -> str:
    rows = service.rows_of(centre, registers.ACCOUNTS, Ask(), WHOLE).rows
    return next(str(row["ref"]) for row in rows if row["account"] == name)


def names(centre: Centre, officer: Officer) -> list[str]:
    return [
        row["account"] for row in service.rows_of(centre, registers.ACCOUNTS, Ask(), officer).rows
    ]


def test_an_officer_sees_the_accounts_of_his_scope_alone(people: Centre) -> None:
    assert names(people, WHOLE) == ["above", "chief", "inside", "outside", "phu-vang"]
    assert names(people, DISTRICT) == ["inside", "phu-vang"]
    for name in ("inside", "outside", "above"):
        sign_in(people, name, PASSWORD, HERE)
    seen = service.rows_of(people, registers.SESSIONS, Ask(), DISTRICT).rows
    standing = service.standing(people, DISTRICT.scope)
    assert (len(seen), standing.accounts, standing.sessions) == (standing.sessions, 2, len(seen))
    assert {row["account"] for row in seen} <= {"inside"}


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (User("new", Role.POLICE, "New"), "scope"),
        (User("new", Role.POLICE, "New", OUTSIDE), "scope"),
        (User("new", Role.ADMIN, "New"), "scope"),
        (User("new", Role.AUDITOR, "New", "478"), "role"),
        (User("new", Role.AGENCY, "New", "478"), "agency"),
        (User("new", Role.POLICE, "New", "478", agency="so-gtvt"), "agency"),
        (User("New One", Role.POLICE, "New", "478"), "name"),
        (User("new", Role.POLICE, "", "478"), "display_name"),
        (User("new", Role.POLICE, "New", "nowhere"), "scope"),
    ],
)
def test_no_account_reaches_beyond_who_makes_it(people: Centre, wish: User, field: str) -> None:
    before = list_users(people)
    with pytest.raises(InvalidInput) as caught:
        service.open_account(people, DISTRICT, wish)
    assert caught.value.field == field
    assert list_users(people) == before


def test_an_officer_makes_an_account_and_hands_its_password_out_once(people: Centre) -> None:
    given = service.open_account(people, DISTRICT, User("new", Role.LEADER, "New", "478"))
    assert sign_in(people, "new", given.secret, HERE).user.scope == "478"
    assert given.secret not in repr(given)
    with pytest.raises(Conflict):
        service.open_account(people, DISTRICT, User("new", Role.LEADER, "New", "478"))
    renewed = service.renew_password(people, WHOLE, ref_of(people, "new"))
    assert renewed.secret != given.secret
    assert sign_in(people, "new", renewed.secret, HERE)
    assert ("phu-vang", "user_created", "new") in audited(people)
    assert ("chief", "password_set", "new") in audited(people)


def test_an_account_is_changed_shut_and_opened_within_the_scope(people: Centre) -> None:
    token = sign_in(people, "inside", PASSWORD, HERE).token
    inside = ref_of(people, "inside")
    wish = User("ignored", Role.REVIEWER, "Soát biển", "478")
    assert service.change_account(people, DISTRICT, inside, wish) == "inside"
    changed = next(user for user in list_users(people) if user.name == "inside")
    assert (changed.role, changed.scope, changed.display_name) == (
        Role.REVIEWER,
        "478",
        "Soát biển",
    )
    from ioc.access.sessions import session_of

    assert session_of(people, token) is None
    service.shut_account(people, DISTRICT, inside)
    with pytest.raises(NotFound):
        service.shut_account(people, DISTRICT, inside)
    service.reopen_account(people, DISTRICT, inside)
    with pytest.raises(InvalidInput, match="scope"):
        service.change_account(people, DISTRICT, inside, User("x", Role.POLICE, "X"))


ACTS = {
    "shut": service.shut_account,
    "reopen": service.reopen_account,
    "renew": service.renew_password,
    "forget": service.forget_factor,
    "unlock": service.unlock_account,
    "change": lambda c, o, ref: service.change_account(
        c, o, ref, User("x", Role.POLICE, "X", "478")
    ),
}


def test_what_lies_outside_a_scope_is_not_there(people: Centre, subtests) -> None:
    before = list_users(people)
    for name in ("outside", "above", "chief"):
        for deed, act in ACTS.items():
            with subtests.test(name=name, deed=deed):
                with pytest.raises(NotFound):
                    act(people, DISTRICT, ref_of(people, name))
                with pytest.raises(NotFound):
                    act(people, WHOLE, "' OR true --")
                assert list_users(people) == before


def test_nobody_lifts_or_locks_out_himself(people: Centre) -> None:
    own = ref_of(people, "chief")
    for act in (service.shut_account, service.renew_password, service.forget_factor):
        with pytest.raises(InvalidInput, match="your own account"):
            act(people, WHOLE, own)
    with pytest.raises(InvalidInput, match="your own account"):
        service.change_account(people, WHOLE, own, User("chief", Role.POLICE, "X"))


def test_a_session_is_ended_within_the_scope(people: Centre) -> None:
    sign_in(people, "above", PASSWORD, HERE)
    open_now = managing.open_sessions(people)
    ref = next((one.id for one in open_now if one.user.name == "above"), None)
    rows = service.rows_of(people, registers.SESSIONS, Ask(), WHOLE).rows
    assert [row["ref"] for row in rows] == [one.id for one in open_now]
    if ref is None:  # it still waits for its second factor, and opens nothing
        return
    with pytest.raises(NotFound):
        service.end_session(people, DISTRICT, ref)
    service.end_session(people, WHOLE, ref)
    assert managing.open_sessions(people, "above") == []


def test_keys_belong_to_the_whole_province(people: Centre) -> None:
    given = service.make_key(people, WHOLE, "box", ["reads"])
    key = key_of(people, given.secret)
    assert ("chief", "key_created", key.id) in audited(people)
    for act in (
        lambda: service.make_key(people, DISTRICT, "box", ["reads"]),
        lambda: service.end_key(people, DISTRICT, key.id),
        lambda: service.try_letter_again(people, DISTRICT, "x"),
    ):
        with pytest.raises(Forbidden):
            act()
    for rights, points, field in (
        (["fly"], (), "rights"),
        ([], (), "rights"),
        (["reads"], ("x",), "points"),
    ):
        with pytest.raises(InvalidInput) as caught:
            service.make_key(people, WHOLE, "box", rights, points)
        assert caught.value.field == field
    assert service.rows_of(people, registers.KEYS, Ask(), DISTRICT).rows == []
    service.end_key(people, WHOLE, key.id)
    with pytest.raises(IocError):
        key_of(people, given.secret)


def test_a_key_tells_when_it_was_last_used(centre: Centre, clock) -> None:
    secret = create_key(centre, "box", [Right.READS])
    used = "SELECT used_at FROM api_keys"
    assert scalar(centre, used) is None
    key_of(centre, secret)
    first = scalar(centre, used)
    assert first == clock.at
    clock.advance(seconds=30)
    key_of(centre, secret)
    assert scalar(centre, used) == first, "written at most once a minute"
    clock.advance(minutes=1)
    key_of(centre, secret)
    assert scalar(centre, used) == clock.at


def test_the_files_in_force_are_noted_once_and_what_they_were_before(
    centre: Centre, clock, tmp_path
) -> None:
    import shutil
    from dataclasses import replace

    config = shutil.copytree(centre.settings.config_dir, tmp_path / "config")
    moved = replace(centre, settings=replace(centre.settings, config_dir=config))
    first = config_versions.note_versions(moved)
    assert first > 20
    assert config_versions.note_versions(moved) == 0
    file = config / "hue" / "cards.toml"
    file.write_text(file.read_text(encoding="utf-8") + "\n# another\n", encoding="utf-8")
    (config / "hue" / "replay.toml").unlink()
    clock.advance(hours=1)
    assert config_versions.note_versions(moved) == 2
    known = [one for one in config_versions.versions(moved) if one.file == "hue/cards.toml"]
    assert [one.until for one in known] == [None, clock.at]
    assert known[1].since == clock.at - timedelta(hours=1)
    assert known[0].digest == config_versions.digest_now(moved, "hue/cards.toml")
    gone = [one for one in config_versions.versions(moved) if one.file == "hue/replay.toml"]
    assert [one.until for one in gone] == [clock.at]


def test_lists_are_read_under_the_role_of_the_pages(people: Centre, under) -> None:
    intake.refuse(people, "portal", "declaration", [intake.Refusal("1", "number", "bad", "{}")])
    pages = under("dashboards")
    for source in (
        *(registers.ACCOUNTS, registers.SESSIONS, registers.KEYS),
        *(registers.AUDIT, registers.REFUSED, registers.LETTERS),
    ):
        service.rows_of(pages, source, Ask(), WHOLE)
    audit.seal(people)
    assert service.verify_chain(pages, WHOLE) > 0
    given = service.make_key(pages, WHOLE, "box", ["reads"])
    service.end_key(pages, WHOLE, key_of(people, given.secret).id)
    service.standing(pages, None)
    with pytest.raises(Conflict):
        service.try_letter_again(pages, WHOLE, "x")
    config_versions.note_versions(under("timekeeper"))
    assert config_versions.versions(pages)
    key_of(under("ingest"), service.make_key(pages, WHOLE, "box", ["reads"]).secret)


def audited(centre: Centre) -> list[tuple[str, str, str]]:
    query = text("SELECT actor, action, subject FROM audit ORDER BY no")
    with centre.engine.connect() as conn:
        return [tuple(row) for row in conn.execute(query)]


def scalar(centre: Centre, query: str) -> object:
    with centre.engine.connect() as conn:
        return conn.execute(text(query)).scalar_one()
