"""A Bundle is taken in: its Immunizations become doses, its Observations tests; each is answered.

Patients, Specimens and DiagnosticReports are read with what refers to them. Of a transaction all is
recorded or nothing; of a batch or a collection whatever is sound.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ingest.batch import refusal_of
from ingest.fhir.bundle import Bundle, Entry
from ingest.fhir.outcomes import Issue, Resource, outcome, refusal
from ingest.fhir.reading import dose_item, test_item
from ingest.fhir.tree import each
from ingest.health_payloads import Of, parse_dose, parse_test
from ioc.centre import Centre
from ioc.errors import InvalidInput
from ioc.intake import IntakeStatus, Receipt, refuse
from ioc.interchange import record_together
from ioc.persons.model import Identity

Read = Callable[[Bundle, Entry, Centre], dict[str, object]]
Parse = Callable[[object, Centre], Of]
READ: Mapping[str, tuple[str, Read, Parse]] = {
    "Immunization": ("dose", dose_item, parse_dose),
    "Observation": ("test", test_item, parse_test),
}
BESIDE = frozenset({"Patient", "Specimen", "DiagnosticReport", "Location", "Organization"})
KEPT = (
    *("status", "vaccineCode", "lotNumber", "protocolApplied", "occurrenceDateTime"),
    *("code", "valueCodeableConcept", "effectiveDateTime", "issued"),
)
CREATED, KNOWN, REFUSED = "201 Created", "200 OK", "422 Unprocessable Content"


@dataclass
class Taken:
    """What became of a bundle: receipts and refusals by the entry's position."""

    receipts: dict[int, Receipt] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    items: dict[int, Mapping[str, object]] = field(default_factory=dict)


def receive(centre: Centre, source: str, bundle: Bundle) -> Taken:
    """Record what a bundle holds, of `source`; what is refused is kept for inspection."""
    taken = Taken()
    parsed: dict[int, Of] = {}
    for i, entry in enumerate(bundle.entries):
        try:
            one = _parsed(centre, bundle, entry, taken, i)
        except InvalidInput as fault:
            taken.issues[i] = refusal(entry.place, entry.kind, str(fault))
            continue
        if one is not None:
            parsed[i] = one
    is_whole = bundle.kind == "transaction"
    if parsed and not (is_whole and taken.issues):
        _record(centre, source, bundle, (parsed, taken), is_whole=is_whole)
    _keep_refused(centre, source, bundle, taken)
    return taken


def response(bundle: Bundle, taken: Taken) -> tuple[int, Resource]:
    """Return status and resource that answer a bundle; of a refused transaction its outcome."""
    if bundle.kind == "transaction" and taken.issues:
        return 422, outcome([taken.issues[i] for i in sorted(taken.issues)])
    kind = "transaction-response" if bundle.kind == "transaction" else "batch-response"
    told: Resource = {"resourceType": "Bundle", "type": kind}
    entries = [{"response": _answer(entry, taken, i)} for i, entry in enumerate(bundle.entries)]
    # FHIR knows no empty list.
    return 200, {**told, "entry": entries} if entries else told


def _parsed(centre: Centre, bundle: Bundle, entry: Entry, taken: Taken, i: int) -> Of | None:
    if entry.kind == "DiagnosticReport":
        _require_results(bundle, entry)
    if entry.kind in BESIDE:
        return None
    if entry.kind not in READ:
        known = ", ".join(sorted({*READ, *BESIDE}))
        raise InvalidInput("resourceType", f"{entry.kind!r} is none of {known}")
    _, read, parse = READ[entry.kind]
    taken.items[i] = read(bundle, entry, centre)
    return parse(taken.items[i], centre)


def _record(
    centre: Centre,
    source: str,
    bundle: Bundle,
    known: tuple[dict[int, Of], Taken],
    *,
    is_whole: bool,
) -> None:
    parsed, taken = known
    doses = {i: one for i, one in parsed.items() if bundle.entries[i].kind == "Immunization"}
    tests = {i: one for i, one in parsed.items() if i not in doses}

    found = record_together(
        centre,
        source,
        [one.fact for one in doses.values()],
        [one.fact for one in tests.values()],
        _who(parsed),
        as_a_whole=is_whole,
    )
    receipts = dict(zip((*doses, *tests), found.all, strict=True))
    taken.issues |= {
        i: refusal(bundle.entries[i].place, bundle.entries[i].kind, str(receipt.why))
        for i, receipt in receipts.items()
        if receipt.status is IntakeStatus.REFUSED
    }
    if found.is_kept:
        taken.receipts = receipts


def _who(parsed: Mapping[int, Of]) -> dict[str, Identity]:
    return {one.fact.person: one.identity for one in parsed.values()}


def _require_results(bundle: Bundle, entry: Entry) -> None:
    for number, reference in enumerate(each(entry.resource, "result")):
        if bundle.referred(entry, reference) is None:
            raise InvalidInput(f"result[{number}]", "refers to no Observation of this bundle")


def _keep_refused(centre: Centre, source: str, bundle: Bundle, taken: Taken) -> None:
    kinds: dict[str, list[int]] = {}
    for i in sorted(taken.issues):
        read = READ.get(bundle.entries[i].kind)
        kinds.setdefault("fhir" if read is None else read[0], []).append(i)
    for kind, numbers in kinds.items():
        kept = [
            refusal_of(taken.items.get(i) or _kept(bundle.entries[i]), taken.issues[i].text)
            for i in numbers
        ]
        refuse(centre, source, kind, kept)


def _kept(entry: Entry) -> dict[str, object]:
    """Return what is kept of a refused resource: nothing in which a person could stand."""
    told = {name: entry.resource[name] for name in KEPT if name in entry.resource}
    return {"id": entry.identity, "resourceType": entry.kind, **told}


def _answer(entry: Entry, taken: Taken, i: int) -> Resource:
    if i in taken.issues:
        return {"status": REFUSED, "outcome": outcome([taken.issues[i]])}
    receipt = taken.receipts.get(i)
    if receipt is None:
        told = Issue("information", "informational", "read with what refers to it", entry.place)
        return {"status": KNOWN, "outcome": outcome([told])}
    status = CREATED if receipt.status is IntakeStatus.RECORDED else KNOWN
    return {"status": status, "location": f"{entry.kind}/{receipt.ref}"}
