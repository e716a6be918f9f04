"""Make an evidence pack of an alert, and check one."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Connection

from ioc import audit, evidence
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.db import transact
from ioc.errors import IocError, NotFound
from ioc.packs.archive import PackWriter, read_archive
from ioc.packs.model import ARCHIVE, MANIFEST, SIGNATURE, Differs, Manifest, PackOrder
from ioc.packs.models import weights_facts
from ioc.packs.rules import chained, first_difference, head_of, read_manifest, write_manifest
from ioc.packs.store import Case, load_case
from ioc.packs.summary import summary
from ioc.signing import is_signed, public_text, signing_key
from ioc.vehicles.rulebook import Rule
from ioc.vehicles.service import rulebook


def make_pack(centre: Centre, alert_id: str, order: PackOrder, out: BinaryIO) -> Manifest:
    """Write the evidence pack of an alert to `out`; who asks, and what for, is noted first.

    Raises:
        NotFound: there is no such alert.
        InvalidInput: it has more evidence than fits into a pack, or the signing key is none.
    """
    if not alert_id.isascii() or not alert_id.isdigit() or len(alert_id) > 18:
        raise NotFound("alert", alert_id[:40])
    key = signing_key(centre.settings)

    def note(conn: Connection) -> Case:
        load_case(conn, int(alert_id), centre.city.limits.incident)
        about = f"alert:{alert_id}"
        audit.record(conn, order.actor, "pack_made", about, order.purpose, {"case": order.case})
        return load_case(conn, int(alert_id), centre.city.limits.incident)

    case = transact(centre.engine, note)
    archive, members = PackWriter(out), []
    unknown: list[str] = []
    for name, content, doubts in _files(centre, case, order):
        members.append(archive.add(name, content))
        unknown.extend(doubts)
    linked = chained(members)
    manifest = Manifest(
        alert=alert_id,
        city=centre.city.id,
        made_at=centre.now(),
        made_by=order.actor,
        purpose=order.purpose,
        case=order.case,
        public_key=public_text(key),
        members=linked,
        head=head_of(linked),
        unknown=tuple(unknown),
    )
    signed = write_manifest(manifest)
    archive.add(MANIFEST, signed)
    archive.add(SIGNATURE, key.sign(signed).hex().encode())
    archive.close()
    return manifest


def check_pack(file: Path, public: str) -> Manifest:
    """Return the manifest of a pack of which every byte is as it was signed.

    Raises:
        Differs: one is not; the first file at which it shows is named.
        InvalidInput: `public` is no key.
        NotFound: there is no such file.
    """
    if not file.is_file():
        raise NotFound("file", str(file))
    with file.open("rb") as source:
        read = list(read_archive(source, file.stat().st_size))
    if len(read) < 2 or [member.name for member, _ in read[-2:]] != [MANIFEST, SIGNATURE]:
        raise Differs(ARCHIVE, "does not end with its manifest and signature")
    (_, signed), (_, signature) = read[-2:]
    if not is_signed(signed, _signature(signature), public):
        raise Differs(MANIFEST, "is not signed by this key, or it or its signature was changed")
    manifest = read_manifest(signed)
    first_difference(manifest, [member for member, _ in read[:-2]])
    return manifest


def _signature(content: bytes) -> bytes:
    try:
        found = bytes.fromhex(content.decode("ascii"))
    except ValueError:
        found = b""
    if found.hex().encode() != content:
        raise Differs(SIGNATURE, "is no signature")
    return found


def _files(
    centre: Centre, case: Case, order: PackOrder
) -> Iterator[tuple[str, bytes, Sequence[str]]]:
    """Yield name, content and what is unknown of each file, in the order of the pack."""
    pictures, missing = _pictures(centre, case)
    rules = _rules(centre, case)
    weights, unknown = weights_facts(case.sightings)
    made_at = centre.now()
    yield "summary.pdf", summary(case, order, rules, pictures, centre.city, made_at), missing
    yield "alert.json", _json(asdict(case.alert)), ()
    yield "reads.json", _json([asdict(one) for one in case.sightings]), ()
    yield "permits.json", _json([asdict(one) for one in case.permits]), ()
    gone = () if rules else (f"rule {case.alert.rule}: the registry no longer holds it",)
    yield "rule.json", _json([_rule(rule) for rule in rules]), gone
    yield "models.json", _json(weights), unknown
    yield "steps.json", _json([asdict(step) for step in case.steps]), ()
    yield "notices.json", _json([_letter(one) for one in map(asdict, case.letters)]), ()
    yield "audit.json", _json(case.looks), ()
    for name, content in pictures.items():
        yield f"pictures/{name}.jpg", content, ()


def _pictures(centre: Centre, case: Case) -> tuple[Mapping[str, bytes], list[str]]:
    named = [case.alert.frame_picture, case.alert.plate_picture]
    for one in case.sightings:
        named += [one.read.frame_picture, one.read.plate_picture]
    pictures, missing = {}, []
    for name in dict.fromkeys(name for name in named if name):
        try:
            pictures[name] = evidence.load(centre, name)
        except IocError as fault:
            missing.append(f"picture {name}: {fault}")
    return pictures, missing


def _rules(centre: Centre, case: Case) -> list[Rule]:
    """Return the rule of the alert as it stood on the day of the first sighting."""
    book = rulebook(centre)
    day = local_day(case.alert.first_seen_at, centre.city.zone)
    known = [rule for rule in book.all_rules if rule.id == case.alert.rule]
    return [rule for rule in known if rule.holds_on(day)] or known


def _rule(rule: Rule) -> dict[str, Any]:
    return {**vars(rule), **rule.plain()}


def _letter(letter: dict[str, Any]) -> dict[str, Any]:
    """Return how a notice fared, without the address it went to."""
    notice = letter.pop("notice")
    return {**letter, "topic": notice["topic"]}


def _json(value: object) -> bytes:
    text = json.dumps(value, ensure_ascii=False, indent=1, default=str)
    return text.encode() + b"\n"
