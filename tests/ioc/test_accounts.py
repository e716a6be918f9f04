"""Accounts by level: what an agency brings with it, and that nobody gives more than he sees."""

from dataclasses import replace

import pytest

from ioc.access.model import Role, User
from ioc.access.service import list_users
from ioc.accounts import change_account, level_of, open_account, settled
from ioc.centre import Centre
from ioc.errors import Forbidden, InvalidInput
from ioc.reports.offered import Level

PASSWORD, BOSS = "a long word of the tests", "quan-tri"
HUE, NAM_DONG, TAY_LOC = "474", "483", "19750"


@pytest.mark.parametrize(
    ("role", "scope", "agency", "level", "gets"),
    [
        (Role.LEADER, None, None, Level.PROVINCE, None),
        (Role.AGENCY, None, "ioc", Level.PROVINCE, None),
        (Role.HEALTH, None, "so-y-te", Level.DEPARTMENT, None),
        (Role.AGENCY, None, "district-474", Level.DISTRICT, HUE),
        (Role.POLICE, HUE, None, Level.DISTRICT, HUE),
        (Role.AGENCY, None, "19750-2021", Level.WARD, TAY_LOC),
        (Role.AGENCY, TAY_LOC, "district-474", Level.WARD, TAY_LOC),
        (Role.AGENCY, HUE, "so-gtvt", Level.DISTRICT, HUE),
    ],
)
def test_a_level_follows_from_what_an_account_is_bound_to(
    centre: Centre, role, scope, agency, level, gets
) -> None:
    made = open_account(centre, User("an", role, "An", scope, agency=agency), PASSWORD, actor=BOSS)
    assert made.scope == gets
    assert level_of(centre, made) is level
    assert list_users(centre) == [made]


@pytest.mark.parametrize(
    ("scope", "agency", "field"),
    [
        (None, "so-nao-do", "agency"),
        (NAM_DONG, "district-474", "scope"),
        (NAM_DONG, "19750-2021", "scope"),
        ("99999", None, "scope"),
    ],
)
def test_what_is_not_there_or_lies_elsewhere_is_refused(centre, scope, agency, field) -> None:
    user = User("an", Role.AGENCY if agency else Role.POLICE, "An", scope, agency=agency)
    with pytest.raises(InvalidInput) as fault:
        open_account(centre, user, PASSWORD, actor=BOSS)
    assert fault.value.field == field


@pytest.mark.parametrize(
    ("within", "scope", "may"),
    [
        (None, None, True),
        (None, TAY_LOC, True),
        (HUE, HUE, True),
        (HUE, TAY_LOC, True),
        (HUE, None, False),
        (HUE, NAM_DONG, False),
        (TAY_LOC, HUE, False),
        ("99999", None, False),
    ],
)
def test_nobody_gives_more_than_he_sees(centre: Centre, within, scope, may) -> None:
    user = User("an", Role.POLICE, "An", scope)
    if may:
        assert settled(centre, user, within) == user
        return
    with pytest.raises(Forbidden):
        open_account(centre, user, PASSWORD, actor=BOSS, within=within)


def test_a_change_is_bound_the_same_way(centre: Centre) -> None:
    made = open_account(centre, User("an", Role.POLICE, "An", TAY_LOC), PASSWORD, actor=BOSS)
    with pytest.raises(Forbidden):
        change_account(centre, replace(made, scope=None), actor=BOSS, within=HUE)
    wider = change_account(centre, replace(made, scope=HUE), actor=BOSS, within=HUE)
    assert list_users(centre) == [wider]
