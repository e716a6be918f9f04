"""The first page a judge reads: the case on paper, in words, with its pictures."""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo

from reportlab.platypus import Flowable

from ioc import printing
from ioc.labels import Language, label
from ioc.packs.model import PackOrder
from ioc.packs.store import Case
from ioc.places import City
from ioc.vehicles.plate import display
from ioc.vehicles.rulebook import Rule

MOST_ROWS = 40


def summary(
    case: Case,
    order: PackOrder,
    rules: Sequence[Rule],
    pictures: Mapping[str, bytes],
    city: City,
    made_at: datetime,
) -> bytes:
    """Return the summary of a pack as PDF, in Vietnamese."""
    alert, zone = case.alert, city.zone
    parts: list[Flowable] = [
        printing.facts(_alert_facts(case, order, city, made_at)),
        *_pictures(case, pictures),
        printing.heading(_say("pack.reads")),
        _reads(case, city),
        printing.heading(_say("pack.rule")),
        *[printing.facts(_rule_facts(rule)) for rule in rules],
        printing.heading(_say("pack.permit")),
        *_permits(case, zone),
        printing.heading(_say("pack.steps")),
        _steps(case, zone),
        printing.heading(_say("pack.checking")),
        printing.sentence(_say("pack.how_to_check")),
    ]
    title = _say("pack.title", id=alert.id)
    return printing.sheet(title, parts, _say("pack.foot", id=alert.id, city=city.name))


def _alert_facts(
    case: Case, order: PackOrder, city: City, made_at: datetime
) -> list[tuple[str, str]]:
    alert, zone = case.alert, city.zone
    camera = city.cameras.get(alert.camera)
    place = f"{camera.name} ({camera.id})" if camera else alert.camera
    ended = "" if alert.outcome is None else f", {label(alert.outcome)}"
    found = [
        ("pack.plate", display(alert.plate)),
        ("pack.reason", _say(f"reason.{alert.reason}")),
        ("pack.priority", alert.priority.value),
        ("pack.place", place),
        ("pack.first_seen", _time(alert.first_seen_at, zone)),
        ("pack.last_seen", _time(alert.last_seen_at, zone)),
        ("pack.raised", _time(alert.raised_at, zone)),
        ("pack.state", label(alert.state) + ended),
        ("pack.made", f"{_time(made_at, zone)}, {order.actor}"),
        ("pack.purpose", order.purpose),
        ("pack.case", order.case),
    ]
    return [(_say(key), value) for key, value in found if value]


def _pictures(case: Case, pictures: Mapping[str, bytes]) -> list[Flowable]:
    frame = pictures.get(case.alert.frame_picture or "")
    plate = pictures.get(case.alert.plate_picture or "")
    shown = [
        printing.picture(content, width, height)
        for content, width, height in ((frame, 120, 80), (plate, 60, 30))
        if content
    ]
    head = printing.heading(_say("pack.pictures"))
    return [head, *(shown or [printing.sentence(_say("pack.no_pictures"))])]


def _reads(case: Case, city: City) -> Flowable:
    lines = [
        (
            _time(one.read.seen_at, city.zone),
            city.cameras[one.read.camera].name
            if one.read.camera in city.cameras
            else one.read.camera,
            display(one.read.plate),
            f"{one.read.confidence:.2f}".replace(".", ","),
            label(one.verdict.outcome),
        )
        for one in case.sightings[:MOST_ROWS]
    ]
    head = [_say(f"pack.{name}") for name in ("time", "place", "plate", "certainty", "verdict")]
    return printing.rows(head, lines, (38, 52, 30, 24))


def _rule_facts(rule: Rule) -> list[tuple[str, str]]:
    until = "" if rule.valid_until is None else f" – {rule.valid_until:%d/%m/%Y}"
    return [
        (f"{rule.id} v{rule.version}", rule.texts[Language.VI.value]),
        (_say("pack.basis"), rule.legal_basis),
        (_say("pack.in_force"), f"{rule.valid_from:%d/%m/%Y}{until}"),
    ]


def _permits(case: Case, zone: tzinfo) -> list[Flowable]:
    if not case.permits:
        return [printing.sentence(_say("pack.no_permit"))]
    lines = [
        (
            f"{one.permit.ref[:8]} v{one.permit.version}",
            label(one.permit.permit_class),
            f"{_time(one.permit.valid_from, zone)} – {_time(one.permit.valid_until, zone)}",
            _time(one.known_at, zone),
        )
        for one in case.permits
    ]
    head = [_say(f"pack.{name}") for name in ("version", "class", "valid", "known")]
    return [printing.rows(head, lines, (28, 26, 80))]


def _steps(case: Case, zone: tzinfo) -> Flowable:
    lines = [
        (
            _time(step.at, zone),
            _say(f"step.{step.step}"),
            step.actor,
            " ".join(part for part in (step.unit, step.note) if part),
        )
        for step in case.steps
    ]
    head = [_say(f"pack.{name}") for name in ("time", "step", "actor", "note")]
    return printing.rows(head, lines, (38, 36, 36))


def _time(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%H:%M:%S %d/%m/%Y}"


def _say(key: str, **values: object) -> str:
    return label(key, Language.VI).format(**values)
