"""Accounts by level: of the province, a department, a district, a commune.

The model city had 194 of them. A level follows from what an account is bound to, so it cannot
disagree with it: an area is a district's or a commune's, an agency that governs none a
department's.
"""

from dataclasses import replace

from ioc.access.managing import change_user
from ioc.access.model import User
from ioc.access.service import create_user
from ioc.centre import Centre
from ioc.errors import Forbidden, InvalidInput
from ioc.reports.offered import Catalogue, Level
from ioc.reports.service import catalogue


def open_account(
    centre: Centre, user: User, password: str, *, actor: str, within: str | None = None
) -> User:
    """Create the account of `user` and return it, its scope taken from its agency if it names none.

    `within` is the scope of who opens it: nobody gives what he does not see himself.

    Raises:
        InvalidInput: a value cannot be used, or there is no such agency.
        Forbidden: the account would see more than who opens it.
        Conflict: the name is taken.
    """
    made = settled(centre, user, within)
    return create_user(
        centre,
        made.name,
        password,
        made.role,
        made.display_name,
        made.scope,
        agency=made.agency,
        actor=actor,
    )


def change_account(centre: Centre, user: User, *, actor: str, within: str | None = None) -> User:
    """Give an account the values of `user` and return it as it is now; its sessions end.

    Raises:
        InvalidInput: a value cannot be used, or there is no such agency.
        Forbidden: the account would see more than who changes it.
        NotFound: there is no such user.
        Conflict: the identity is another's, or nobody would manage access any more.
    """
    made = settled(centre, user, within)
    change_user(centre, made, actor=actor)
    return made


def settled(centre: Centre, user: User, within: str | None = None) -> User:
    """Return `user` with the scope of its agency, once both are known and within bounds.

    Raises:
        InvalidInput: there is no such agency, or it acts elsewhere than the scope.
        Forbidden: the account would see more than a scope of `within`.
    """
    known = catalogue(centre)
    if user.agency is not None:
        area = _area_of(centre, known, user.agency)
        if user.scope is None:
            user = replace(user, scope=area)
        elif area is not None and not centre.reach(area).holds(centre.reach(user.scope)):
            raise InvalidInput("scope", f"lies outside the area of the agency {user.agency!r}")
    if not centre.reach(within).holds(centre.reach(user.scope)):
        raise Forbidden("an account cannot see more than who opens it")
    return user


def level_of(centre: Centre, user: User) -> Level:
    """Return at which level an account stands (`Level.WARD` is a commune or a ward)."""
    if user.scope is not None:
        districts = {unit.district_code for unit in centre.city.units.values()}
        return Level.DISTRICT if user.scope in districts else Level.WARD
    known = catalogue(centre)
    agency = known.agencies.get(user.agency or "")
    return Level.PROVINCE if agency is None or agency.id == known.centre else agency.level


def _area_of(centre: Centre, known: Catalogue, name: str) -> str | None:
    """Return the code of the area an agency governs; None for one that acts everywhere."""
    agency = known.agencies.get(name)
    if agency is None:
        raise InvalidInput("agency", f"there is no agency {name!r}")
    if agency.unit is not None:
        return centre.city.units[agency.unit].code
    if agency.district is None:
        return None
    units = centre.city.units.values()
    return next(unit.district_code for unit in units if unit.district == agency.district)
