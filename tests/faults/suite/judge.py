"""What is in the store against what was answered: asked of PostgreSQL, never of the API."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b

from ioc import audit
from ioc.centre import Centre
from ioc.upkeep import recount
from tests.faults.suite.answered import SOURCE, Answer, ask

KEPT = ("recorded", "repeated")


@dataclass(frozen=True)
class Sentence:
    """What was found: nothing may be lost, kept twice or refused; `faults` says it in words."""

    acknowledged: int
    lost: int
    twice: int
    faults: tuple[str, ...]


def judge(centre: Centre, attempts: Iterable[Answer], *, may_refuse: bool = False) -> Sentence:
    """Count what these attempts were answered, in the store."""
    told = [(a.kind, one) for a in attempts for one in a.answers or ()]
    reads = {one["id"] for kind, one in told if kind == "read" and one["status"] in KEPT}
    scans = {one["id"] for kind, one in told if kind == "scan" and one["status"] in KEPT}
    alerts = {str(one["alert"]) for _, one in told if one.get("alert")}
    kept_reads = Counter(row[0] for row in ask(centre, READS, source=SOURCE, ids=list(reads)))
    keys = {_key(name): name for name in scans}
    kept_scans = Counter(str(row[0]) for row in ask(centre, SCANS, keys=list(keys)))
    counted = [kept_reads[name] for name in reads] + [kept_scans[key] for key in keys]
    lost, twice = counted.count(0), sum(1 for n in counted if n > 1)
    known = {str(row[0]) for row in ask(centre, ALERTS, ids=sorted(alerts))}
    faults = []
    if lost:
        faults.append(f"{lost} acknowledged items are not in the store")
    if twice:
        faults.append(f"{twice} items are in the store more than once")
    if alerts - known:
        faults.append(f"{len(alerts - known)} alerts that were answered are not in the store")
    refused = Counter(one.get("why", "?") for _, one in told if one["status"] == "refused")
    if refused and not may_refuse:
        faults.append(f"refused: {dict(refused.most_common(3))}")
    return Sentence(len(reads) + len(scans), lost, twice, tuple(faults))


def judge_all(centre: Centre, attempts: Iterable[Answer]) -> list[str]:
    """Return everything that is wrong in the whole store at the end of a round."""
    faults = list(judge(centre, attempts, may_refuse=True).faults)
    faults += [f"recount: {difference}" for difference in recount(centre)[:5]]
    twice = [*ask(centre, READS_TWICE), *ask(centre, SCANS_TWICE)]
    if twice:
        faults.append(f"{len(twice)} ids are in the store more than once: {twice[:3]}")
    told = ask(centre, TOLD_TWICE)
    faults += [f"{plate} at {camera} was told {n} times" for camera, plate, n in told]
    faults += [f"picture {name} {why}" for name, why in _bad_pictures(centre)]
    audit.seal(centre)
    audit.verify(centre)
    return faults


def _bad_pictures(centre: Centre) -> Iterator[tuple[str, str]]:
    for (name,) in ask(centre, PICTURES):
        file = centre.settings.evidence_dir / name[:2] / name[2:4] / f"{name}.jpg"
        try:
            content = file.read_bytes()
        except FileNotFoundError:
            yield name, "is named and not there"
            continue
        if hashlib.sha256(content).hexdigest() != name:
            yield name, "is not what its name says"


def _key(name: str) -> str:
    """Return the key of a scan, in the form PostgreSQL writes a uuid."""
    raw = blake2b(f"{SOURCE}\0{name}".encode(), digest_size=16).hexdigest()
    return f"{raw[:8]}-{raw[8:12]}-{raw[12:16]}-{raw[16:20]}-{raw[20:]}"


READS = "SELECT read_id FROM sightings WHERE source = :source AND read_id = ANY(:ids)"
SCANS = "SELECT key FROM scans WHERE key = ANY(CAST(:keys AS uuid[]))"
ALERTS = "SELECT id FROM alerts WHERE CAST(id AS text) = ANY(:ids)"
READS_TWICE = "SELECT source, read_id FROM sightings GROUP BY 1, 2 HAVING count(*) > 1"
SCANS_TWICE = "SELECT key FROM scans GROUP BY 1 HAVING count(*) > 1"
# Its clip shows each vehicle once in ten seconds, and nobody makes it play faster.
TOLD_TWICE = """
    SELECT camera, plate, count(*) FROM (
        SELECT camera, plate,
            seen_at - lag(seen_at) OVER (PARTITION BY plate ORDER BY seen_at) AS gap
        FROM sightings WHERE camera = 'cam-002' AND source = 'vision'
    ) AS told WHERE gap < interval '5 seconds' GROUP BY 1, 2
"""
PICTURES = "SELECT sha256 FROM evidence"
