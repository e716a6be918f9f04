"""A city on an afternoon, made up: what came in on thirty-five days, and what is open now.

Counts of streams are put where the recorders count them; vehicles, alerts, reports and
registrations go in by the real core, and their pictures are drawn by the scene that trains the
reader.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from io import BytesIO
from math import exp

import cv2
import numpy as np
from PIL import Image

from ioc import evidence, tally
from ioc.alerts.model import Desk, Step
from ioc.alerts.service import Act, open_alerts, take_step
from ioc.briefings.service import freeze, sign
from ioc.centre import Centre
from ioc.clock import day_bounds, local_day
from ioc.db import transact
from ioc.permits.model import Permit, PermitClass
from ioc.permits.service import grant_permits
from ioc.places import Camera, Direction, PlaceKind, RoadClass
from ioc.reports.model import Report, Spot
from ioc.reports.service import place_report, receive
from ioc.vehicles.model import Ground, Heading, Layout, PlateCharacter, PlateRead
from ioc.vehicles.recording import record_reads
from ioc.vehicles.service import make_days
from ioc.venues.service import make_days as make_scan_days
from tests.pictures.comers import ask_leave, declare
from vision.scene.still import training_picture

Rng = np.random.Generator
DAYS, LAST_HOUR = 35, 23
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
# What comes in on a day by metric, and the sort of place that counts it.
STREAMS = {
    "scan.in": (64_000, "point"),
    "scan.out": (52_000, "point"),
    "entry.person": (5_200, "gate"),
    "entry.vehicle": (2_050, "gate"),
    "entry.vehicle.green": (1_390, "gate"),
    "entry.vehicle.yellow": (565, "gate"),
    "entry.vehicle.red": (95, "gate"),
    "read": (46_000, "camera"),
    "verdict.pass": (41_000, "camera"),
    "verdict.note": (4_400, "camera"),
    "verdict.review": (380, "camera"),
    "reason.yellow_on_main": (74, "camera"),
    "reason.red_off_route": (9, "camera"),
    "reason.expired": (51, "camera"),
    "reason.no_permit": (16, "gate"),
    "dose": (8_300, "giving"),
    "paper.dose": (8_470, "giving"),
    "test": (400, "testing"),
    "call": (1_480, "line"),
    "card.issued": (18_000, "desk"),
}
SERVICES = (
    ("street-light", "Đèn đường không sáng"),
    ("road-damage", "Mặt đường lún, có hố sâu"),
    ("waste-water", "Nước thải chảy ra đường"),
)
SIGNERS = (
    ("shift_lead", "Trần Hải"),
    ("health", "Lê Thu Hà"),
    ("transport", "Hồ Văn Nam"),
    ("leader", "Nguyễn Xuân Sơn"),
)
AGES_D = (19, 16, 14, 13, 11, 10, 6, 5, 4, 4, 3, 2, 2, 1, 1, 1)


def fill(centre: Centre, set_clock: Callable[[datetime], None], now: datetime) -> None:
    """Fill an empty centre with everything up to `now`, at which its clock is left."""
    rng = np.random.default_rng(2021)
    days = [now.date() + timedelta(days=n) for n in range(-2, 2)]
    make_days(centre, days)
    make_scan_days(centre, days)
    _streams(centre, now, rng)
    for number, age in enumerate(AGES_D):
        set_clock(now - age * DAY)
        _report(centre, number, rng)
    set_clock(now)
    _briefings(centre, set_clock, now)
    ask_leave(centre, now, rng)
    declare(centre, set_clock, now, rng)
    _vehicles(centre, set_clock, now, rng)
    set_clock(now)


def _streams(centre: Centre, now: datetime, rng: Rng) -> None:
    places = _places(centre, now.date())
    counts: Counter[tuple[str, str, datetime]] = Counter()
    present: list[tuple[str, str, date]] = []
    today = local_day(now, centre.city.zone)
    for back in range(DAYS):
        day = today - back * DAY
        like = 1 - 0.004 * back + rng.normal(0, 0.03)
        for metric, place, at, n in _counted(day_bounds(day, centre.city.zone)[0], places, rng):
            if at < now - 10 * MINUTE:
                counts[metric, place, at] += round(n * like + rng.random() - 0.5)
        present += [("scan", place, day) for place, _ in places["point"]]
        present += [("test", place, day) for place, _ in places["testing"]]

    def put(conn) -> None:
        tally.mark_present(conn, present)
        tally.add(conn, +counts)

    transact(centre.engine, put)
    while transact(centre.engine, lambda conn: tally.fold(conn, now, centre.city.zone)):
        pass


def _counted(
    start: datetime, places: dict[str, list[tuple[str, float]]], rng: Rng
) -> Iterator[tuple[str, str, datetime, float]]:
    """Yield metric, place, hour and how many of them on a day that is like all others."""
    for metric, (whole, sort) in STREAMS.items():
        for at, n in _hours(start, whole, rng):
            for place, share in places[sort]:
                yield metric, place, at, n * share


def _hours(start: datetime, whole: float, rng: Rng) -> Iterator[tuple[datetime, float]]:
    """Yield the hours of a day with a rush in the morning and one at the end of work."""
    shape = [exp(-((h - 8) ** 2) / 7) + 0.75 * exp(-((h - 17) ** 2) / 8) + 0.1 for h in range(24)]
    for hour, weight in enumerate(shape):
        noise = 1 + rng.normal(0, 0.06)
        # The last of a day come as it ends: what ended before that is told as late.
        at = start + hour * HOUR + (45 * MINUTE if hour == LAST_HOUR else timedelta())
        yield at, max(0.0, whole * weight / sum(shape) * noise)


def _places(centre: Centre, day: date) -> dict[str, list[tuple[str, float]]]:
    city = centre.city
    cameras = [c for c in city.cameras.values() if isinstance(c, Camera)]
    gates = [c.id for c in cameras if c.road_class is RoadClass.GATE]
    of = {
        "point": [p.id for p in city.of_kind(PlaceKind.POINT, day)][:48],
        "gate": gates,
        "camera": [c.id for c in cameras][:24],
        "giving": [p.id for p in city.of_kind(PlaceKind.FACILITY, day)][:12],
        "testing": [p.id for p in city.of_kind(PlaceKind.FACILITY, day)][:24],
        "line": ["1"],
        "desk": ["desk"],
    }
    return {sort: _shared(names) for sort, names in of.items()}


def _shared(names: Sequence[str]) -> list[tuple[str, float]]:
    weights = [1 / (n + 2) for n in range(len(names))]
    return [(name, weight / sum(weights)) for name, weight in zip(names, weights, strict=True)]


def _briefings(centre: Centre, set_clock: Callable[[datetime], None], now: datetime) -> None:
    """Freeze the reports of the last days, each in the morning after; the room signs them."""
    today = local_day(now, centre.city.zone)
    for back in (3, 2, 1):
        day = today - timedelta(days=back)
        morning = day_bounds(day, centre.city.zone)[1] + 6 * HOUR
        set_clock(morning)
        issue = freeze(centre, day, "timekeeper")
        for n, (role, name) in enumerate(SIGNERS):
            set_clock(morning + (n + 1) * 4 * MINUTE)
            sign(centre, f"{issue.number}-{issue.version}", role, role, name)
    set_clock(now)


def _report(centre: Centre, number: int, rng: Rng) -> None:
    service, text = SERVICES[number % len(SERVICES)]
    spot = Spot(16.4637 + rng.normal(0, 0.02), 107.5909 + rng.normal(0, 0.02))
    report = Report(f"r-{number}", service, spot, text)
    receive(centre, "hue-s", [place_report(centre, report)])


def _vehicles(
    centre: Centre, set_clock: Callable[[datetime], None], now: datetime, rng: Rng
) -> None:
    """Let vehicles pass: one by one those that become alerts, each at its own time."""
    cameras = [c for c in centre.city.cameras.values() if isinstance(c, Camera)]
    gates = [
        c.id for c in cameras if c.road_class is RoadClass.GATE and c.direction is not Direction.OUT
    ]
    main = [c.id for c in cameras if c.road_class is RoadClass.MAIN]
    usual = [f"{38 + n % 40}{'ABCDFH'[n % 6]}{10_000 + 977 * n}" for n in range(60)]
    grant_permits(centre, "transport", [_permit(p, PermitClass.GREEN, now) for p in usual])
    for n, plate in reversed(list(enumerate(usual))):
        at = now - n * MINUTE / 2
        set_clock(at)  # each is known as it passes: told all at once, most came too late
        record_reads(centre, "box", [_read(f"u{n}", plate, at, gates[n % len(gates)])])
    kinds = (PermitClass.YELLOW, PermitClass.RED, None, PermitClass.YELLOW)
    for number in range(9):
        at = now - (9 - number) * 22 * timedelta(seconds=1)
        set_clock(at)
        _stop(centre, number, kinds[number % 4], (gates, main), at, rng)
    set_clock(now - 5 * timedelta(seconds=1))
    for number in range(4):
        _doubtful(centre, number, gates[number], now, rng)
    for alert in open_alerts(centre, Desk.POLICE)[-3:]:
        take_step(centre, alert.id, Act(Step.ACKNOWLEDGE, "police"))


def _stop(
    centre: Centre,
    number: int,
    permit_class: PermitClass | None,
    cameras: tuple[list[str], list[str]],
    at: datetime,
    rng: Rng,
) -> None:
    gates, main = cameras
    frame, crop, plate, ground, layout = _drawn(rng)
    if permit_class is not None:
        grant_permits(centre, "transport", [_permit(plate, permit_class, at)])
    camera = gates[number % len(gates)] if permit_class is None else main[number % len(main)]
    read = PlateRead(
        f"s{number}",
        camera,
        plate,
        0.98,
        at,
        Heading.IN,
        characters=tuple(PlateCharacter(char, 0.97) for char in plate),
        colour=ground,
        layout=layout,
        plate_picture=_kept(centre, crop, "plate", camera, at),
        frame_picture=_kept(centre, frame, "frame", camera, at),
    )
    record_reads(centre, "box", [read])


def _doubtful(centre: Centre, number: int, camera: str, now: datetime, rng: Rng) -> None:
    frame, crop, plate, ground, layout = _drawn(rng)
    doubt = {3: 0.58, len(plate) - 1: 0.71}
    characters = [PlateCharacter(char, doubt.get(n, 0.97)) for n, char in enumerate(plate)]
    like = plate[:3] + str((int(plate[3]) + 5) % 10 if plate[3].isdigit() else 5) + plate[4:]
    grant_permits(centre, "transport", [_permit(like, PermitClass.GREEN, now)])
    read = PlateRead(
        f"d{number}",
        camera,
        plate,
        0.61,
        now - 4 * timedelta(seconds=1),
        Heading.IN,
        characters=tuple(characters),
        colour=ground,
        layout=layout,
        plate_picture=_kept(centre, crop, "plate", camera, now),
        frame_picture=_kept(centre, frame, "frame", camera, now),
    )
    record_reads(centre, "box", [read])


def _drawn(rng: Rng) -> tuple[np.ndarray, np.ndarray, str, Ground, Layout]:
    """Return a picture, the cut of one plate in it, and what stands on that plate."""
    while True:
        picture, labelled = training_picture(rng, 1280, 720)
        large = [one for one in labelled if one[0][2] >= 90]
        if large:
            (x, y, width, height), plate, layout, ground = large[0]
            edge = int(width * 0.12)
            cut = picture[
                max(0, int(y) - edge) : int(y + height) + edge,
                max(0, int(x) - edge) : int(x + width) + edge,
            ]
            return picture, cut, plate, ground, layout


def _kept(centre: Centre, picture: np.ndarray, kind: str, camera: str, at: datetime) -> str:
    out = BytesIO()
    Image.fromarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)).save(out, "JPEG", quality=88)
    return evidence.keep(centre, out.getvalue(), kind, camera, at)


def _permit(plate: str, permit_class: PermitClass, now: datetime) -> Permit:
    return Permit(f"p-{plate}", plate, permit_class, now - DAY, now + DAY, holder="Vận tải Nam Sơn")


def _read(name: str, plate: str, at: datetime, camera: str) -> PlateRead:
    return PlateRead(name, camera, plate, 0.99, at, Heading.IN)
