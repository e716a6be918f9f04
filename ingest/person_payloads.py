"""Who an item is about: a QR text or number, name and birth become an identity, or a refusal."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, StringConstraints

from ingest.payloads import STRICT, Line, Printable, Word
from ioc.errors import InvalidInput
from ioc.persons.codes import LONGEST, read_code
from ioc.persons.model import Identity, Sex
from ioc.persons.rules import identify, require_born

Code = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)]
Number = Annotated[str, StringConstraints(min_length=1, max_length=64), Printable]
Birth = Annotated[str, StringConstraints(min_length=4, max_length=32), Printable]


class PersonItem(BaseModel):
    """A person: the text of a QR code, or number, name and birth (a day, or its year).

    The number is that of a citizen's card (12 digits), an identity card (9), social or health
    insurance (10, 15) or a passport.
    """

    model_config = STRICT
    code: Code | None = None
    number: Number | None = None
    name: Line | None = None
    born_on: Birth | None = None
    sex: Annotated[Sex, Word] | None = None


def parse_person(given: PersonItem, today: date, field: str = "person") -> Identity:
    """Return who is meant; `today` is the city's day, ahead of which nobody is born.

    Raises:
        InvalidInput: something is wrong; it names `person.number` and the like.
    """
    try:
        return require_born(_identity(given), today)
    except InvalidInput as fault:
        raise InvalidInput(f"{field}.{fault.field}", fault.why) from None


def _identity(given: PersonItem) -> Identity:
    if given.code is not None:
        if given.number is not None:
            raise InvalidInput("code", "stands beside a number: send one of the two")
        return read_code(given.code)
    if given.number is None:
        raise InvalidInput("number", "is missing, and there is no code")
    if given.name is None:
        raise InvalidInput("name", "is missing")
    return identify(given.number, given.name, given.born_on, sex=given.sex)
