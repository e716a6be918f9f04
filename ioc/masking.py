"""What each role sees of a plate or a person on a screen: one table, which every desk asks.

As Decision 1405/QD-BTTTT has it the first six characters of a number are hidden; of a birth the
year is shown, of a plate the middle is hidden. A number stands in clear on no list: who may look a
person up sees it there, one at a time, with a purpose.
"""

from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum

from ioc.access.model import Role
from ioc.privacy import HIDDEN, mask_name, mask_number, mask_phone, mask_plate


class Trait(StrEnum):
    """What may be shown of somebody."""

    PLATE = "plate"
    PICTURE = "picture"
    NAME = "name"
    NUMBER = "number"
    BORN_ON = "born_on"
    PHONE = "phone"
    ADDRESS = "address"
    HEALTH = "health"
    REPORTER = "reporter"


class Sight(StrEnum):
    """How much of it: all, what is left after masking, or nothing."""

    CLEAR = "clear"
    MASKED = "masked"
    HIDDEN = "hidden"


NOTHING: Mapping[Trait, Sight] = dict.fromkeys(Trait, Sight.HIDDEN)
_PLATE_MASKED = {**NOTHING, Trait.PLATE: Sight.MASKED}
_PLATE_CLEAR = {**NOTHING, Trait.PLATE: Sight.CLEAR}
_PERSON_MASKED = dict.fromkeys(
    (Trait.NAME, Trait.NUMBER, Trait.BORN_ON, Trait.PHONE),
    Sight.MASKED,
)
_CASE = {**_PLATE_CLEAR, **_PERSON_MASKED, Trait.PICTURE: Sight.CLEAR}

SIGHTS: Mapping[Role, Mapping[Trait, Sight]] = {
    Role.OPERATOR: _PLATE_MASKED,
    Role.LEADER: _PLATE_MASKED,
    Role.POLICE: _CASE,
    Role.SHIFT_LEAD: {**_CASE, Trait.REPORTER: Sight.CLEAR},
    # Holder and driver are called about their registration.
    Role.TRANSPORT: {
        **_PLATE_CLEAR,
        Trait.NAME: Sight.CLEAR,
        Trait.PHONE: Sight.CLEAR,
    },
    Role.REVIEWER: {**_PLATE_CLEAR, Trait.PICTURE: Sight.CLEAR},
    Role.HEALTH: {
        **_PLATE_MASKED,
        **_PERSON_MASKED,
        Trait.NAME: Sight.CLEAR,
        Trait.PHONE: Sight.CLEAR,
        Trait.ADDRESS: Sight.CLEAR,
        Trait.HEALTH: Sight.CLEAR,
    },
    Role.AGENCY: {**_PLATE_MASKED, Trait.REPORTER: Sight.CLEAR},
    Role.AUDITOR: NOTHING,
    Role.ADMIN: {
        **dict.fromkeys(Trait, Sight.CLEAR),
        Trait.NUMBER: Sight.MASKED,
        Trait.BORN_ON: Sight.MASKED,
    },
}


def sight(role: Role, field: Trait) -> Sight:
    """Return how much `role` sees of `field`.

    >>> sight(Role.LEADER, Trait.PLATE), sight(Role.AUDITOR, Trait.NAME)
    (<Sight.MASKED: 'masked'>, <Sight.HIDDEN: 'hidden'>)
    """
    return SIGHTS[role][field]


def shown(role: Role, field: Trait, value: str | date | int | None) -> str | None:
    """Return a value as `role` sees it; None where nothing is known.

    A plate is given as it is displayed, a birth as its day or its year.

    >>> [shown(role, Trait.PLATE, "43C-168.39") for role in (Role.POLICE, Role.LEADER)]
    ['43C-168.39', '43C-•••.39']
    >>> shown(Role.HEALTH, Trait.BORN_ON, date(1985, 3, 2)), shown(Role.HEALTH, Trait.NAME, None)
    ('1985', None)
    """
    if value is None or value == "":
        return None
    match sight(role, field):
        case Sight.CLEAR:
            return str(value)
        case Sight.MASKED:
            return MASKS[field](str(value))
    return HIDDEN


def _year(text: str) -> str:
    return text[:4]


MASKS: Mapping[Trait, Callable[[str], str]] = {
    Trait.PLATE: mask_plate,
    Trait.NUMBER: mask_number,
    Trait.NAME: mask_name,
    Trait.PHONE: mask_phone,
    Trait.BORN_ON: _year,
}
