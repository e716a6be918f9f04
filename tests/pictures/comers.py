"""Who wants to come to the city of the pictures: vehicles and people; and what cameras say."""

from collections.abc import Callable
from datetime import datetime, timedelta

import numpy as np

from ioc.camera_states import BOX_TTL_S, BoxBeat, PictureState, hear_box
from ioc.centre import Centre
from ioc.people.model import Declaration, DeclarationStep, Means
from ioc.people.service import Order, decide, record_declarations
from ioc.persons.rules import identify
from ioc.registrations.model import Registration, VehicleKind
from ioc.registrations.service import record_registrations

Rng = np.random.Generator
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Võ", "Đặng", "Bùi")
GIVEN = (
    "Văn An",
    "Thị Bình",
    "Quang Cường",
    "Thị Dung",
    "Minh Đức",
    "Thị Hà",
    "Hữu Khánh",
    "Thu Mai",
)
ORIGINS = ("Đà Nẵng", "Quảng Trị", "TP. Hồ Chí Minh", "Hà Nội", "Quảng Bình", "Bình Dương")
WHERE_TO = ("Chợ Đông Ba", "KCN Phú Bài", "Cảng Chân Mây", "Bệnh viện Trung ương Huế")
GOODS = (
    "rau, thực phẩm",
    "vật liệu xây dựng",
    "thuốc, vật tư y tế",
    "hàng bưu chính",
    "cá, hải sản",
)
KINDS = (VehicleKind.LORRY, VehicleKind.LORRY, VehicleKind.CAR, VehicleKind.BUS)
FILINGS, DECLARATIONS, DECIDED = 14, 60, 22
LOST, NOT_YET = 4, 7
SERVICES = ("vision", "ingest", "timekeeper")


def ask_leave(centre: Centre, now: datetime, rng: Rng) -> None:
    """Let carriers register vehicles that wait for Transport."""
    wanted = []
    for n in range(FILINGS):
        plate = f"{rng.choice((43, 74, 92, 38))}C{rng.integers(10_000, 99_999)}"
        begin = now + int(rng.integers(2, 20)) * HOUR
        wanted.append(
            Registration(
                f"x-{n}",
                plate,
                KINDS[n % len(KINDS)],
                holder=f"Vận tải {FAMILY[n % 8]} {('Phát', 'Thành', 'Hưng', 'Lợi')[n % 4]}",
                driver=_name(n + 3),
                origin=ORIGINS[n % len(ORIGINS)],
                destination=WHERE_TO[n % len(WHERE_TO)],
                route=("Quốc lộ 1A", "Đường tránh Huế", "Đường Hồ Chí Minh")[n % 3],
                from_at=begin,
                until_at=begin + 3 * DAY,
                goods=GOODS[n % len(GOODS)],
                companions=n % 3,
            )
        )
    record_registrations(centre, "portal", wanted)


def declare(centre: Centre, set_clock: Callable[[datetime], None], now: datetime, rng: Rng) -> None:
    """Let people say that they come, since the morning; Health answered those who came first."""
    communes = [unit.id for unit in centre.city.units_on(now.date())]
    kept = []
    for n in range(DECLARATIONS):
        set_clock(now - (DECLARATIONS - n) * 6 * MINUTE)
        means = (Means.ROAD, Means.ROAD, Means.COACH, Means.TRAIN)[n % 4]
        one = Declaration(
            f"d-{n}",
            identify(f"0460{80 + n % 19}{n:06}", _name(n), f"19{80 + n % 19}"),
            communes[int(rng.integers(len(communes)))],
            origin=ORIGINS[n % len(ORIGINS)],
            phone=f"0905{n:06}",
            plate=f"43A{20_000 + 131 * n}" if means is Means.ROAD else None,
            means=means,
            expected_at=now + int(rng.integers(1, 60)) * HOUR,
        )
        kept += record_declarations(centre, "portal", [one])
    for receipt in kept[:DECIDED]:
        decide(centre, str(receipt.ref), Order(DeclarationStep.APPROVE, "health"))
    set_clock(now)


def breathe(centre: Centre) -> None:
    """Let the cameras send pictures and the services live; it stands for a minute."""
    for service in SERVICES:
        centre.live.beat(f"service:{service}", {}, BOX_TTL_S)
    cameras = sorted(one.id for one in centre.city.cameras.values())
    beats = []
    for n, camera in enumerate(cameras[:-NOT_YET]):
        is_lost = n % 50 == LOST
        state = PictureState.LOST if is_lost else PictureState.LIVE
        age_s = 720.0 if is_lost else 0.2 + n % 7 / 5
        beats.append(
            BoxBeat(f"b-{n}", camera, state, f"box-{n // 20}", age_s, 0 if is_lost else 12.5)
        )
    hear_box(centre, beats)


def _name(n: int) -> str:
    return f"{FAMILY[n % 8]} {GIVEN[n * 3 % 8]}"
