"""What can be made to happen: every scenario ends in the alerts it says, whoever plays it."""

import json
import os
import pty
import subprocess
import sys
import textwrap
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import text

from ingest.simulator.box import Box
from ingest.simulator.client import Client
from ingest.simulator.scenario import open_stage, play
from ioc.access.model import Right
from ioc.access.service import create_key
from ioc.alerts.model import Desk
from ioc.alerts.service import open_alerts
from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import ConfigFault, NotFound
from ioc.lookups.model import Purpose
from ioc.overview import figures
from ioc.people.lodgings import find_waves
from ioc.reports.model import Wanted
from ioc.reports.service import near
from ioc.reports.service import search as search_reports
from ioc.samples.facts import cases_in
from ioc.samples.model import CaseState
from ioc.scenarios import find_scenario, load_scenarios
from ioc.seeding import seed_demo
from ioc.tracing import trace
from ioc.upkeep import recount
from ioc.vehicles.service import latest_sightings


@pytest.fixture
def known(centre: Centre) -> list:
    return load_scenarios(centre.settings.city_dir / "scenarios.toml", centre.city)


@pytest.fixture
def box(stranger: httpx.Client, centre: Centre):
    seed_demo(centre, lambda name: f"{name}-secret-of-a-test")
    box = Box(str(stranger.base_url), create_key(centre, "drill", [Right.READS, Right.FIGURES]))
    yield box
    box.close()


@pytest.mark.parametrize(
    ("name", "ends"),
    [
        ("S5", ("43C57425", "yellow_on_main", "P2", Desk.POLICE)),
        ("S6", ("38C54747", "red_off_route", "P1", Desk.POLICE)),
        ("S7", ("43A57533", "cloned", "P2", Desk.POLICE)),
    ],
)
def test_a_scenario_ends_in_one_alert_of_the_right_reason(
    box: Box, centre: Centre, known: list, name: str, ends: tuple
) -> None:
    scenario = find_scenario(known, name.lower())
    answers = play(scenario, box, speed=100)
    assert [a["status"] for a in answers] == ["recorded"] * len(scenario.appearances)
    [alert] = open_alerts(centre)
    assert (alert.plate, alert.reason, alert.priority.value, alert.desk) == ends


@pytest.fixture
def client(stranger: httpx.Client, centre: Centre) -> Iterator[Client]:
    """A sender that may do everything."""
    client = Client(str(stranger.base_url), create_key(centre, "drill", list(Right)))
    yield client
    client.close()


def played(client: Client, centre: Centre, known: list, name: str) -> Counter[str]:
    """Play a scenario and return how many of its items were answered how."""
    stage = open_stage(centre.city, centre.settings.city_dir, centre.now())
    answers = play(find_scenario(known, name), client, stage, speed=100)
    return Counter(answer["status"] for answer in answers)


def test_a_wave_with_permits_enters_and_alarms_nobody(
    client: Client, centre: Centre, known: list
) -> None:
    assert played(client, centre, known, "S2") == {"recorded": 120 + 120 + 236}
    sightings = latest_sightings(centre, limit=1000)
    assert {sighting.verdict.outcome for sighting in sightings} == {"pass"}
    assert figures(centre).values["entries_vehicles_today"] == 120
    assert open_alerts(centre) == []


def test_a_cut_line_catches_up_and_a_fast_clock_is_refused_and_kept(
    client: Client, centre: Centre, known: list
) -> None:
    assert played(client, centre, known, "S8") == {"recorded": 60, "refused": 10}
    assert figures(centre).values["reads_today"] == 60
    fields = text("SELECT field, count(*) FROM refused GROUP BY field")
    kept = transact(centre.engine, lambda conn: conn.execute(fields).all())
    assert kept == [("seen_at", 10)]


def test_a_dirty_lens_calls_no_police_and_loses_no_read(
    box: Box, centre: Centre, known: list
) -> None:
    scenario = find_scenario(known, "S10")
    answers = play(scenario, box, speed=100)
    assert len(answers) == len(scenario.appearances)
    assert {a["verdict"]["outcome"] for a in answers} <= {"review", "note", "pass"}
    assert {alert.desk for alert in open_alerts(centre)} <= {Desk.REVIEW}
    assert len(latest_sightings(centre, limit=1000)) == len(answers)


def test_an_unknown_scenario_is_refused_by_name(known: list) -> None:
    with pytest.raises(NotFound, match="S5"):
        find_scenario(known, "S99")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (('camera = "cam-066"', 'camera = "cam-999"'), "camera"),
        (('key = "6"', 'key = "5"'), "key"),
        (('key = "6"', 'key = "55"'), "key"),
        (('scenario = "S7"', 'scenario = "S77"'), "read"),
        (("confidence = 0.994", "confidence = 1.2"), "confidence"),
        (('plate = "43A57533"', 'plate = "43-A"'), "plate"),
        (("count = 60", "count = 0"), "count"),
        (('direction = "in"', 'direction = "up"'), "direction"),
        (("at_s = 6", "at = 6"), "at"),
    ],
)
def test_a_wrong_file_is_refused_with_the_name_of_what_is_wrong(
    centre: Centre, tmp_path, change: tuple[str, str], word: str
) -> None:
    text = (centre.settings.city_dir / "scenarios.toml").read_text(encoding="utf-8")
    assert change[0] in text
    file = tmp_path / "scenarios.toml"
    file.write_text(text.replace(*change), encoding="utf-8")
    with pytest.raises(ConfigFault, match=word):
        load_scenarios(file, centre.city)


def test_keys_are_told_one_by_one_and_the_terminal_is_given_back() -> None:
    program = textwrap.dedent("""
        import json, sys, termios, time
        from ioc.keyboard import pressed_keys
        before, keys = termios.tcgetattr(0), []
        with pressed_keys(keys.append) as has_keys:
            print("ready", flush=True)
            until = time.monotonic() + 10
            while len(keys) < 2 and time.monotonic() < until:
                time.sleep(0.05)
        print(json.dumps([has_keys, keys, before == termios.tcgetattr(0)]))
    """)
    master, slave = pty.openpty()
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdin=slave, stdout=subprocess.PIPE, text=True) as run:
        os.close(slave)
        assert run.stdout is not None
        assert run.stdout.readline() == "ready\n"
        os.write(master, b"5x")
        assert json.loads(run.stdout.readline()) == [True, ["5", "x"], True]
    os.close(master)


def test_without_a_terminal_no_key_is_waited_for() -> None:
    program = (
        "from ioc.keyboard import pressed_keys\n"
        "with pressed_keys(print) as has_keys: print(has_keys)"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True)
    assert done.stdout == b"False\n"


def test_a_normal_day_alarms_nobody(client: Client, centre: Centre, known: list) -> None:
    assert set(played(client, centre, known, "S1")) == {"recorded"}
    now = figures(centre).values
    assert now["scans_total"] == pytest.approx(948 * 1.7, rel=0.2)
    assert now["cards_total"] == pytest.approx(263 * 1.1, rel=0.3)
    assert now["doses_total"] == pytest.approx(100 * 1.1, rel=0.4)
    assert open_alerts(centre) == []


def test_returnees_all_declare_and_stations_are_told_to_call(
    client: Client, centre: Centre, known: list
) -> None:
    count = 368 + 239
    assert played(client, centre, known, "S3") == {"recorded": 2 + 2 * count}
    arrived = {one.wave.name: (one.wave.expected, one.arrived) for one in find_waves(centre)}
    assert arrived == {"SE38": (368, 368), "Hai chuyến bay": (239, 239)}
    assert figures(centre).values["entries_people_today"] == count
    counted = text("SELECT count(*) FROM tasks WHERE kind = 'call'")
    assert transact(centre.engine, lambda conn: conn.execute(counted).scalar_one()) == count


def test_a_cluster_is_traced_within_a_minute(client: Client, centre: Centre, known: list) -> None:
    assert set(played(client, centre, known, "S4")) == {"recorded"}
    [case] = cases_in(centre, [CaseState.CONFIRMED], "cdc", "cluster")
    span = (centre.now() - timedelta(days=14), centre.now())
    began = time.monotonic()
    found = trace(centre, case.person, span, Purpose("cdc", "cluster", "S4"))
    assert time.monotonic() - began < 60
    assert [visit.point for visit in found.visits] == ["dong-ba-07"] * 2
    # Half an hour before and after he came in, and before he left: one each half minute.
    assert len(found.contacts) == pytest.approx(180, abs=2)
    assert max(contact.gap for contact in found.contacts) <= timedelta(minutes=30)
    assert case.person not in {contact.person for contact in found.contacts}
    noted = text("SELECT purpose FROM audit WHERE action = 'person_traced'")
    assert transact(centre.engine, lambda conn: conn.execute(noted).scalars().all()) == ["cluster"]


def test_late_paper_and_doses_sent_again_end_in_the_share_that_was_entered(
    client: Client, centre: Centre, known: list
) -> None:
    assert played(client, centre, known, "S9") == {"recorded": 149, "repeated": 148}
    now = figures(centre).values
    assert (now["doses_total"], now["doses_reported_total"]) == (148, 151)
    assert round(100 * now["doses_total"] / now["doses_reported_total"], 2) == 98.01


def test_a_night_of_flood_is_routed_and_doubles_are_shown(
    client: Client, centre: Centre, known: list
) -> None:
    assert played(client, centre, known, "S11") == {"recorded": 200}
    assert figures(centre).values["reports_open"] == 200
    cases = search_reports(centre, Wanted(), limit=200)
    assert all(case.agency and case.due_at for case in cases)
    lights = [case for case in cases if case.report.service == "street-light"]
    assert len(lights) == 20
    assert all(near(centre, case) for case in lights)


def test_a_feed_that_stopped_leaves_no_gap_and_nothing_twice(
    client: Client, centre: Centre, known: list
) -> None:
    assert played(client, centre, known, "S12") == {"recorded": 690, "repeated": 100}
    assert figures(centre).values["tests_total"] == 690
    assert recount(centre) == []
