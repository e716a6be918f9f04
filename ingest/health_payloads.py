"""Doses, tests, results, paper totals: untrusted JSON becomes values, or a named refusal."""

from datetime import date
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints, model_validator

from ingest.payloads import STRICT, Id, Instant, Line, Word, require_place, validated
from ingest.person_payloads import PersonItem, parse_person
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.doses.model import MOST_NUMBER, Dose, DoseCorrection
from ioc.errors import InvalidInput
from ioc.paper.model import MOST, PaperKind, PaperTotal
from ioc.persons.model import Identity
from ioc.persons.rules import reference_of
from ioc.places import PlaceKind
from ioc.samples.model import CaseStep, Finding, Outcome, Sample, TubeResult

FIRST_DAY = date(2000, 1, 1)
Note = Annotated[str, StringConstraints(min_length=1, max_length=2_000, pattern=r"^[^\x00]*$")]
Ref = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{1,64}$")]
Items = Field(max_length=1_000)


def _day(value: object) -> date:
    text = value if isinstance(value, str) and len(value) == 10 else ""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError("must be a day like 2021-10-03") from None
    if not FIRST_DAY <= day <= date(2199, 12, 31):
        raise ValueError(f"the year {day.year} cannot be meant")
    return day


def _singular(value: object) -> object:
    return value.removesuffix("s") if isinstance(value, str) else value


Day = Annotated[date, BeforeValidator(_day, json_schema_input_type=str)]
Kind = Annotated[PaperKind, Word, BeforeValidator(_singular)]


class DoseItem(BaseModel):
    """One injection; `number` is its place in the person's series, `unit` where he lives."""

    model_config = STRICT
    id: Id
    person: PersonItem
    product: Line
    lot: Line
    number: Annotated[int, Field(ge=1, le=MOST_NUMBER)]
    facility: Id
    given_at: Instant
    unit: Id | None = None


class TestItem(BaseModel):
    """One sample: its tube and whose it is; it may come again with its result."""

    model_config = STRICT
    id: Id
    person: PersonItem
    kind: Line
    tube: Line
    facility: Id
    taken_at: Instant
    result: Annotated[Finding, Word] | None = None
    resulted_at: Instant | None = None
    unit: Id | None = None


class ResultItem(BaseModel):
    """A result by the barcode of the tube, or by the centre's id of the test.

    `why` corrects a result that stands already.
    """

    model_config = STRICT
    id: Id
    tube: Line | None = None
    test: Ref | None = None
    result: Annotated[Finding, Word]
    resulted_at: Instant | None = None
    why: Note | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> "ResultItem":
        if (self.tube is None) == (self.test is None):
            raise ValueError("names its tube or its test: one of the two")
        return self


class PaperTotalItem(BaseModel):
    """How many doses or tests a facility did on a day, as it says on paper."""

    model_config = STRICT
    id: Id
    facility: Id
    day: Day
    kind: Kind
    n: Annotated[int, Field(ge=0, le=MOST)]


class DoseBatch(BaseModel):
    """Up to 1,000 doses."""

    items: Annotated[list[DoseItem], Items]


class TestBatch(BaseModel):
    """Up to 1,000 tests."""

    items: Annotated[list[TestItem], Items]


class ResultBatch(BaseModel):
    """Up to 1,000 results."""

    items: Annotated[list[ResultItem], Items]


class PaperTotalBatch(BaseModel):
    """Up to 1,000 paper totals."""

    items: Annotated[list[PaperTotalItem], Items]


class CorrectionBody(BaseModel):
    """What is said of an entered dose: an error, an injection of its own, or as it was."""

    model_config = STRICT
    correction: Annotated[DoseCorrection, Word]
    why: Note


class ResultBody(BaseModel):
    """The result of one test; `why` corrects one that stands."""

    model_config = STRICT
    result: Annotated[Finding, Word]
    resulted_at: Instant | None = None
    why: Note | None = None


class CaseStepBody(BaseModel):
    """What is done with a case; discarding, reopening and a death need a note."""

    model_config = STRICT
    step: Annotated[CaseStep, Word]
    note: Note | None = None


BODIES: tuple[type[BaseModel], ...] = (
    *(DoseBatch, TestBatch, ResultBatch, PaperTotalBatch),
    *(CorrectionBody, ResultBody, CaseStepBody),
)


class Of(NamedTuple):
    """A fact and who it is about."""

    fact: Any
    identity: Identity


def parse_dose(item: object, centre: Centre) -> Of:
    """Return the dose and the person; its facility is looked at later.

    Raises:
        InvalidInput: a field is wrong.
    """
    given = validated(DoseItem, item)
    who = _person(given.person, centre)
    return Of(
        Dose(
            given.id,
            reference_of(centre.settings.secret, who),
            given.product,
            given.lot,
            given.number,
            given.facility,
            given.given_at,
            who.born_on,
            who.birth_year,
            given.unit or who.unit,
        ),
        who,
    )


def parse_test(item: object, centre: Centre) -> Of:
    """Return the sample and the person.

    Raises:
        InvalidInput: a field is wrong.
    """
    given = validated(TestItem, item)
    if given.result is None and given.resulted_at is not None:
        raise InvalidInput("resulted_at", "has no result")
    who = _person(given.person, centre)
    return Of(
        Sample(
            given.id,
            reference_of(centre.settings.secret, who),
            given.kind,
            given.tube,
            given.facility,
            given.taken_at,
            None if given.result is None else Outcome(given.result, given.resulted_at),
            given.unit or who.unit,
        ),
        who,
    )


def parse_result(item: object) -> TubeResult:
    """Return a result by tube or by test.

    Raises:
        InvalidInput: a field is wrong.
    """
    given = validated(ResultItem, item)
    outcome = Outcome(given.result, given.resulted_at)
    return TubeResult(given.id, outcome, given.tube, given.test, given.why)


def parse_total(item: object, centre: Centre) -> PaperTotal:
    """Return a paper total; its facility must be known, its day not ahead.

    Raises:
        InvalidInput: a field is wrong.
    """
    given = validated(PaperTotalItem, item)
    require_place(centre.city, "facility", given.facility, PlaceKind.FACILITY)
    if given.day > local_day(centre.now(), centre.city.zone):
        raise InvalidInput("day", "lies ahead of today")
    return PaperTotal(given.id, given.facility, given.day, given.kind, given.n)


def parse_correction(body: object) -> tuple[DoseCorrection, str]:
    """Return what is said of a dose, and why.

    Raises:
        InvalidInput: a field is wrong.
    """
    given = validated(CorrectionBody, body)
    return given.correction, given.why


def parse_outcome(body: object) -> tuple[Outcome, str | None]:
    """Return the result of one test, and why it corrects another, if it does.

    Raises:
        InvalidInput: a field is wrong.
    """
    given = validated(ResultBody, body)
    return Outcome(given.result, given.resulted_at), given.why


def parse_case_step(body: object) -> tuple[CaseStep, str | None]:
    """Return which step is taken with a case, and what is said.

    Raises:
        InvalidInput: a field is wrong.
    """
    given = validated(CaseStepBody, body)
    return given.step, given.note


def _person(given: PersonItem, centre: Centre) -> Identity:
    return parse_person(given, local_day(centre.now(), centre.city.zone))
