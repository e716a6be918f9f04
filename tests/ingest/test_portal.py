"""Registrations of a demo: made up by its seed, taken by the API, some decided when it opens."""

import tomllib
from collections import Counter
from datetime import timedelta

import httpx
import pytest

from ingest.simulator.portal import Portal, item_of
from ioc.applicants import Applicants
from ioc.centre import Centre
from ioc.demo_desk import seed_registrations
from ioc.errors import InvalidInput, Unavailable
from ioc.overview import figures
from ioc.registrations.model import Choice, RegistrationState
from ioc.registrations.rules import WAITING
from ioc.registrations.service import search, waiting
from ioc.vehicles.upkeep import recount
from tests.ingest.makers import post


@pytest.fixture
def demo(centre: Centre) -> dict:
    return tomllib.loads((centre.settings.city_dir / "demo.toml").read_text(encoding="utf-8"))


def test_applicants_are_repeatable_and_the_api_takes_them(
    api: httpx.Client, centre: Centre, demo
) -> None:
    one, other = Applicants(demo, 7), Applicants(demo, 7)
    made = [one.next(f"r-{n}", centre.now()) for n in range(200)]
    assert made == [other.next(f"r-{n}", centre.now()) for n in range(200)]
    results = post(api, "/v1/registrations", *[item_of(each) for each in made])
    assert {result["status"] for result in results} == {"recorded"}
    assert len({each.plate for each in made}) > 100
    assert 0 < sum(each.until_at is None for each in made) < 40
    kept = {
        filing.registration.id: filing.registration for filing in search(centre, Choice(WAITING))
    }
    assert kept == {each.id: each for each in made}


def test_a_portal_sends_as_many_as_the_hour_has(centre: Centre, demo) -> None:
    sent: list[object] = []
    portal = Portal(Applicants(demo, 1), sent.extend)
    for _ in range(360):
        portal.pass_time(10, 2, centre.now())
    assert len(sent) == pytest.approx(2 * demo["registrations"]["per_hour"], abs=1)
    assert portal.pass_time(10_000, 1, centre.now()) <= 1, "nobody registers while it sleeps"
    assert Portal(Applicants({}, 1), sent.extend).pass_time(60, 100, centre.now()) == 0


def test_a_portal_goes_on_when_it_is_refused_and_waits_when_nobody_answers(centre, demo) -> None:
    def fail(fault: Exception) -> Portal:
        def send(_items: object) -> None:
            raise fault

        return Portal(Applicants(demo, 1), send)

    assert fail(InvalidInput("key", "lacks the right")).pass_time(60, 10, centre.now()) > 0
    with pytest.raises(Unavailable):
        fail(Unavailable("away")).pass_time(60, 10, centre.now())


def test_a_demo_opens_with_work_on_the_desk_the_same_all_day(centre: Centre, clock, demo) -> None:
    seed_registrations(centre, demo)
    told = waiting(centre)
    assert told.by_state[RegistrationState.RECEIVED] == 27
    assert told.by_state[RegistrationState.ASKED] == 2
    assert told.by_state[RegistrationState.APPEALED] == 1
    assert centre.now() - told.oldest_at > timedelta(hours=4)
    approved = search(
        centre,
        Choice((RegistrationState.APPROVED,), decided_since=centre.now() - timedelta(days=1)),
    )
    assert Counter(filing.decided_by for filing in approved) == {"transport": 5}
    assert figures(centre).values["vehicles_approved_total"] == 5
    clock.advance(hours=1)
    seed_registrations(centre, demo)
    assert waiting(centre).last_step == told.last_step
    assert recount(centre) == []
    seed_registrations(centre, {})
