"""The made-up people and their days: the same at every start, in order, and by the clock."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest

from ingest.simulator.client import Client, Outbox
from ingest.simulator.life import Life
from ingest.simulator.morning import FEW, morning
from ingest.simulator.people import People
from ingest.simulator.rhythm import load_habits
from ioc.labels import CONFIG_DIR
from ioc.persons.codes import CodeFormat, open_code, read_code
from ioc.persons.rules import identify
from ioc.roads import CityRoads

DAY = date(2021, 10, 4)
MONDAY_8 = datetime(2021, 10, 4, 1, tzinfo=UTC)
FOLDER = CONFIG_DIR / "hue"
WHEN = {"scans": "scanned_at", "doses": "given_at", "tests": "taken_at", "calls": "at"}


@pytest.fixture(scope="module")
def people(hue_roads: CityRoads) -> People:
    return People(hue_roads.city, FOLDER, DAY)


def life(people: People, city, seed: int = 1) -> Life:
    return Life(city, people, load_habits(FOLDER / "rhythm.toml"), DAY, (seed, "run"))


def test_the_census_lives_in_its_units_and_no_two_have_one_number(people: People) -> None:
    assert people.count == 1_128_620
    some = [people.person(n) for n in range(0, people.count, 97)]
    numbers = {one.number for one in some}
    assert len(numbers) == len(some)
    assert all(number.startswith("999") for number in numbers)
    # Those who share the last six digits differ by sex.
    pairs = [(people.person(n).number, people.person(n + 1_000_000).number) for n in range(2000)]
    assert all(one != other for one, other in pairs)
    by_unit = Counter(one.unit for one in some)
    assert len(by_unit) == 141
    assert by_unit["19750-2021"] == pytest.approx(23_033 / 97, rel=0.2)
    assert people.person(people.count + 5).unit is None
    for k in range(50):
        assert people.person(people.of_unit("19750-2021", k)).unit == "19750-2021"


def test_numbers_names_and_codes_are_in_order(people: People) -> None:
    for n in range(0, 3000, 7):
        one = people.person(n)
        assert one == people.person(n)
        said = identify(one.number, one.name, one.born_on.isoformat())
        assert said.born_on == one.born_on <= DAY
        formats = (CodeFormat.PERSONAL_QR, CodeFormat.CITIZEN_CARD, CodeFormat.INSURANCE_CARD)
        codes = (one.personal_qr(), one.citizen_card(), one.insurance_card())
        for wanted, code in zip(formats, codes, strict=True):
            assert open_code(code).format is wanted
            assert read_code(code).born_on == one.born_on
        assert read_code(codes[0]).number == read_code(codes[1]).number == one.number


def test_a_day_brings_what_the_rhythm_says_and_the_same_again(people: People, hue_roads) -> None:
    city = hue_roads.city

    def day(seed: int) -> list:
        made = life(people, city, seed)
        return [
            happened
            for hour in range(24)
            for happened in made.happen(3600, MONDAY_8 + timedelta(hours=hour), city.zone, 0.05)
        ]

    happened = day(1)
    assert happened == day(1)
    assert happened != day(2)
    counts = Counter(name for name, _ in happened)
    rhythm = load_habits(FOLDER / "rhythm.toml").streams
    for name in ("cards", "doses", "tests", "calls", "declarations"):
        monday = rhythm[name].per_day * rhythm[name].weekdays[0] * 0.05
        assert counts[name] == pytest.approx(monday, rel=0.3, abs=25), name
    scans = [item for name, item in happened if name == "scans"]
    assert len(scans) > 94_800 * 0.05 * 1.4
    assert len({item["id"] for _, item in happened if "id" in item}) == sum(
        "id" in item for _, item in happened
    )
    # Whoever is scanned as he leaves came in at the same point with the same code before.
    came = {(s["point"], s["code"]): s["scanned_at"] for s in scans if s["direction"] == "in"}
    for scan in scans:
        if scan["direction"] == "out":
            assert came[scan["point"], scan["code"]] <= scan["scanned_at"]
    doses = [item for name, item in happened if name == "doses"]
    assert all(dose["facility"].startswith("tc-") for dose in doses)


def test_what_waits_is_sent_in_order_with_the_same_ids() -> None:
    seen: list[list[str]] = []
    answers = iter([503, 200, 503, 200])

    def centre(request: httpx.Request) -> httpx.Response:
        import json

        items = json.loads(request.content)["items"]
        seen.append([item["id"] for item in items])
        status = next(answers)
        return httpx.Response(status, json={"results": [{"status": "recorded"} for _ in items]})

    client = Client("http://centre", "ioc_x")
    client._client = httpx.Client(base_url="http://centre", transport=httpx.MockTransport(centre))
    outbox = Outbox(client, "/v1/scans", batch=2)
    outbox.waiting.extend({"id": str(n)} for n in range(4))
    from ioc.errors import Unavailable

    sent = 0
    for _ in range(3):
        try:
            sent += len(outbox.send())
        except Unavailable:
            continue
    assert seen == [["0", "1"], ["0", "1"], ["2", "3"], ["2", "3"]]
    assert not outbox.waiting


def test_a_morning_lies_before_the_start_and_what_has_no_time_of_its_own_is_little(
    people: People, hue_roads: CityRoads
) -> None:
    zone = hue_roads.city.zone
    begun = datetime(2021, 10, 4, tzinfo=zone)
    noon = begun + timedelta(hours=12, minutes=3)
    happened = list(morning(life(people, hue_roads.city), (begun, noon), zone, 0.2))
    counts = Counter(name for name, _ in happened)
    assert counts["cards"] == FEW["cards"]
    assert all(0 < counts[name] <= few for name, few in FEW.items())
    stamps = [item.get(WHEN[name]) for name, item in happened if name in WHEN]
    assert len(stamps) > 94_800 * 0.2 * 0.4
    instants = [datetime.fromisoformat(stamp) for stamp in stamps]
    assert begun <= min(instants) < max(instants) <= noon
