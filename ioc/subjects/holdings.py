"""Where data on a person or a plate lie: what is told of them, and how the tie to him is cut.

Facts are counted, and numbers never change: a row stays, and what says whose it was is replaced by
a pseudonym of nobody, another in every row, so that rows tie to one another no more than to him.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ioc.subjects.model import About, HoldReason

# A reference as persons have one, of nobody.
NOBODY = "replace(CAST(gen_random_uuid() AS text), '-', '')"
NO_PLATE = "ERASED"
REFS = "ANY(CAST(:refs AS text[]))"
UUIDS = "ANY(CAST(:refs AS uuid[]))"


@dataclass(frozen=True)
class Holding:
    """One table: `where` finds the rows, `at` is their time, `columns` is what is told of them.

    `cut` are the statements that cut the tie, with `{rows}` for which rows; none where the law
    keeps them all. `stays` says which rows stay for the `reason`; `law` by the law of which
    kind, where it is not its own. `is_told`: false where the law forbids to tell.
    """

    kind: str
    table: str
    at: str
    where: str
    columns: tuple[str, ...]
    cut: tuple[str, ...] = ()
    stays: str | None = None
    reason: HoldReason = HoldReason.LAW
    law: str | None = None
    is_told: bool = True

    @property
    def rows(self) -> str:
        """Return which rows can be cut."""
        return self.where if self.stays is None else f"({self.where}) AND NOT ({self.stays})"

    @property
    def staying(self) -> str:
        """Return which rows stay."""
        if not self.cut:
            return self.where
        return "false" if self.stays is None else f"({self.where}) AND ({self.stays})"


def _others(column: str) -> str:
    """Return a list of references in which those of the person are nobody's."""
    return (
        f"{column} = (SELECT coalesce(array_agg(CASE WHEN one = {REFS} THEN {NOBODY} ELSE one END),"
        f" '{{}}') FROM unnest({column}) AS one)"
    )


def _anew(table: str, kept: str, changed: Mapping[str, str]) -> str:
    """Return what takes rows out and puts them in anew, changed; `kept` are all other columns.

    No UPDATE: where the table is spread over servers, the row of another key lies on another.
    """
    names, values = ", ".join(changed), ", ".join(changed.values())
    return (
        f"WITH gone AS (DELETE FROM {table} WHERE {{rows}} RETURNING *)"
        f" INSERT INTO {table} ({kept}, {names}) OVERRIDING SYSTEM VALUE"
        f" SELECT {kept}, {values} FROM gone"
    )


SCAN_KEPT = "key, point, is_in, scanned_at, known_at, format, proof, admit, reason, source"
SIGHTING_KEPT = (
    "no, ref, source, read_id, camera, confidence, colour, layout, direction, lane, seen_at,"
    " known_at, outcome, reason, rule, permit_class, alert, is_entry, permit_version, not_read,"
    " rule_version"
)
PLATE_CUT = {
    "plate": f"'{NO_PLATE}'",
    "characters": "CAST('[]' AS jsonb)",
    **dict.fromkeys(("permit", "plate_picture", "frame_picture", "rests_on"), "NULL"),
}
OPEN_DECLARATION = (
    "state IN ('received', 'approved', 'came') OR EXISTS (SELECT 1 FROM tasks AS t"
    " WHERE t.declaration = declarations.ref AND t.state = 'open')"
)
HIS_DECLARATIONS = (
    f"ref IN (SELECT declaration FROM declaration_people WHERE person = {REFS})"
    f" OR declared_by = {REFS}"
)
DECLARED = (
    *("received_at", "state", "origin", "route", "unit", "address", "phone", "plate", "means"),
    *("expected_at", "arrived_at"),
)
# Reads are taken from 45 days back, and judged by what held then: without the permit of that time a
# vehicle that had one would be accused.
IN_FORCE = (
    "p.valid_until > CAST(:now AS timestamptz) - interval '45 days'"
    " AND p.superseded_at IS NULL AND p.revoked_at IS NULL"
)
PERMIT_IN_FORCE = f"EXISTS (SELECT 1 FROM permits AS p WHERE p.ref = permits.ref AND {IN_FORCE})"
REGISTRATION_OPEN = (
    "decided_at IS NULL OR EXISTS (SELECT 1 FROM permits AS p"
    f" WHERE p.registration = registrations.ref AND {IN_FORCE})"
)
PERMITTED = ("valid_from", "valid_until", "permit_class", "plate", "holder", "destination", "roads")
REGISTERED = (
    *("received_at", "state", "plate", "kind", "holder", "driver", "phone", "mail", "origin"),
    *("destination", "from_at", "until_at"),
)

OF_PERSON = (
    Holding(
        *("declarations", "declarations", "received_at", HIS_DECLARATIONS, DECLARED),
        cut=(
            # Phone, address and plate are his who declared; companions have none of their own.
            "UPDATE declarations SET phone = NULL, address = NULL, plate = NULL, declared_by = NULL"
            f" WHERE ({{rows}}) AND (declared_by = {REFS} OR people[1] = {REFS})",
            "UPDATE declaration_people AS d SET person = "
            + NOBODY
            + f" WHERE d.person = {REFS} AND"
            " d.declaration IN (SELECT ref FROM declarations WHERE {rows})",
            f"UPDATE declarations SET {_others('people')} WHERE people && CAST(:refs AS text[])"
            f" AND NOT ({OPEN_DECLARATION})",
        ),
        stays=OPEN_DECLARATION,
        reason=HoldReason.UNDER_WAY,
    ),
    Holding(
        *("passages", "passages", "at", f"person = {REFS} OR head = {REFS}", ("at", "place")),
        cut=(
            f"UPDATE passages SET person = {NOBODY}, head = {NOBODY} WHERE {{rows}}",
            f"DELETE FROM entrants WHERE head = {REFS}",
        ),
    ),
    Holding(
        *("lodgings", "lodgings", "from_at", f"person = {REFS}"),
        ("from_at", "until_at", "lodging", "unit"),
        cut=(f"UPDATE lodgings SET person = {NOBODY} WHERE {{rows}}",),
        stays="until_at > :now",
        reason=HoldReason.UNDER_WAY,
    ),
    Holding(
        *("scans", "scans", "scanned_at", f"person = {UUIDS}", ("scanned_at", "point", "is_in")),
        cut=(_anew("scans", SCAN_KEPT, {"person": "gen_random_uuid()"}),),
    ),
    Holding(
        *("cards", "cards", "issued_at", f"person = {REFS}"),
        ("issued_at", "qid", "medium", "state", "ended_at"),
        cut=(f"UPDATE cards SET person = {NOBODY} WHERE {{rows}}",),
        stays="state = 'issued'",
        reason=HoldReason.IN_FORCE,
    ),
    Holding(
        *("doses", "doses", "given_at", f"person = {REFS}"),
        ("given_at", "product", "lot", "number", "facility"),
    ),
    Holding(
        *("tests", "tests", "taken_at", f"person = {REFS}"),
        ("taken_at", "kind", "facility", "result", "resulted_at"),
    ),
    Holding(
        *("tests", "cases", "opened_at", f"person = {REFS}"),
        ("positive_at", "state", "facility", "unit"),
    ),
    Holding(
        *("permits", "permits", "known_at", "people && CAST(:refs AS text[])", PERMITTED),
        cut=(f"UPDATE permits SET {_others('people')} WHERE {{rows}}",),
        stays=PERMIT_IN_FORCE,
        reason=HoldReason.IN_FORCE,
    ),
    Holding(
        *("permits", "registrations", "received_at", "people && CAST(:refs AS text[])", REGISTERED),
        cut=(f"UPDATE registrations SET {_others('people')} WHERE {{rows}}",),
        stays=REGISTRATION_OPEN,
        reason=HoldReason.IN_FORCE,
    ),
    Holding(
        *("persons", "person_pairs", "found_at", f"one = {REFS} OR other = {REFS}"),
        ("found_at", "state"),
        cut=(
            "DELETE FROM person_pair_steps"
            " WHERE pair IN (SELECT ref FROM person_pairs WHERE {rows})",
            "DELETE FROM person_pairs WHERE {rows}",
        ),
    ),
)
# Who he is goes last, and only where nothing that stays needs to say whose it is.
IDENTITY = (
    Holding(
        *("persons", "persons", "met_at", f"ref = {REFS}"),
        ("name", "kind", "born_on", "birth_year", "sex", "unit", "met_at", "last_met_on"),
        cut=(
            f"DELETE FROM person_numbers WHERE person = {REFS}",
            f"DELETE FROM persons_fresh WHERE person = {REFS}",
            "DELETE FROM persons WHERE {rows}",
        ),
        reason=HoldReason.NEEDED,
    ),
    Holding(
        *("persons", "person_variants", "said_at", f"person = {REFS}"),
        ("name", "born_on", "birth_year", "said_at"),
        cut=("DELETE FROM person_variants WHERE {rows}",),
        reason=HoldReason.NEEDED,
    ),
)
OF_PLATE = (
    Holding(
        *("sightings", "sightings", "seen_at", "plate = :plate"),
        ("seen_at", "camera", "direction", "outcome", "reason", "permit_class"),
        cut=(
            _anew("sightings", SIGHTING_KEPT, PLATE_CUT),
            "DELETE FROM plates_seen WHERE plate = :plate",
        ),
        stays="alert IS NOT NULL",
        law="alerts",
    ),
    Holding(
        *("sightings", "readings", "known_at", "plate = :plate"),
        ("read_at", "camera"),
        cut=("DELETE FROM readings WHERE {rows}",),
    ),
    Holding(
        *("alerts", "alerts", "raised_at", "plate = :plate"),
        ("raised_at", "reason", "camera", "state", "outcome", "closed_at"),
    ),
    Holding(
        *("permits", "permits", "known_at", "plate = :plate", PERMITTED),
        cut=(
            f"UPDATE permits SET plate = '{NO_PLATE}', holder = NULL, people = '{{}}'"
            " WHERE {rows}",
        ),
        stays=PERMIT_IN_FORCE,
        reason=HoldReason.IN_FORCE,
    ),
    Holding(
        *("permits", "registrations", "received_at", "plate = :plate", REGISTERED),
        cut=(
            f"UPDATE registrations SET plate = '{NO_PLATE}', holder = NULL, driver = NULL,"
            " phone = NULL, mail = NULL, people = '{}' WHERE {rows}",
        ),
        stays=REGISTRATION_OPEN,
        reason=HoldReason.IN_FORCE,
    ),
    Holding(
        *("permits", "journeys", "entered_at", "plate = :plate", ("entered_at", "site", "due_at")),
        cut=("DELETE FROM journeys WHERE {rows}",),
        stays="ended_at IS NULL OR alert IS NOT NULL",
        reason=HoldReason.UNDER_WAY,
    ),
    Holding(
        *("declarations", "declarations", "received_at", "plate = :plate"),
        ("received_at", "state", "plate", "unit", "expected_at"),
        cut=("UPDATE declarations SET plate = NULL WHERE {rows}",),
        stays=OPEN_DECLARATION,
        reason=HoldReason.UNDER_WAY,
    ),
    Holding(
        *("refused", "refused", "received_at", "content LIKE '%' || :plate || '%'"),
        ("received_at", "kind", "field", "why"),
        cut=("UPDATE refused SET content = NULL WHERE {rows}",),
    ),
)
# That somebody is looked for, or was looked up, is told to nobody; it stays until its day.
UNTOLD = (
    Holding(*("permits", "list_entries", "known_at", "plate = :plate", ()), is_told=False),
    Holding(*("audit", "trail_requests", "asked_at", "plate = :plate", ()), is_told=False),
    Holding(*("alerts", "doubts", "known_at", "plate = :plate", ()), is_told=False),
    Holding(*("alerts", "reviews", "decided_at", "plate = :plate", ()), is_told=False),
)


def told(about: About) -> Sequence[Holding]:
    """Return what is told to somebody who asks what is held."""
    return (*IDENTITY, *OF_PERSON) if about is About.PERSON else OF_PLATE


def erasable(about: About) -> Sequence[Holding]:
    """Return what an erasure goes through, in its order; who he is comes last, apart."""
    return OF_PERSON if about is About.PERSON else OF_PLATE
