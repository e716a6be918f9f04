"""The seeds' totals, a thousandth of them: sent, broken off, sent again, and held to the figure."""

import json
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from click.testing import Result
from typer.testing import CliRunner

from ingest.cli import app
from ingest.simulator.client import Client
from ingest.simulator.history import History
from ingest.simulator.people import People
from ingest.simulator.replay import held_against, open_course, replay
from ingest.simulator.totals import STREAMS, load_totals
from ioc.access.model import Right
from ioc.access.service import create_key
from ioc.centre import Centre
from ioc.errors import ConfigFault, InvalidInput
from ioc.labels import CONFIG_DIR
from ioc.upkeep import recount
from tests.conftest import Clock

FOLDER = CONFIG_DIR / "hue"
SEEDS = {
    "vehicles_approved_total": 64_009,
    "cards_total": 525_880,
    "scans_total": 1_896_116,
    "doses_total": 262_167,
    "doses_reported_total": 267_490,
    "tests_total": 11_791,
    "calls_total": 231_267,
    "points_active": 1_368,
    "facilities_reporting": 156,
}
NOON = datetime(2021, 10, 3, 5, tzinfo=UTC)

SENT = set(STREAMS)


def test_the_totals_are_those_of_the_articles() -> None:
    totals = load_totals(FOLDER / "replay.toml")
    assert totals.figures() == SEEDS
    assert totals.scaled(1000).figures()["scans_total"] == 1896
    assert round(100 * totals.counts["doses"] / totals.counts["paper"], 2) == 98.01


@pytest.mark.parametrize("change", [("262_167", "362_167"), ("[paper]", "[papers]"), ("20", "x")])
def test_wrong_totals_are_refused(tmp_path: Path, change: tuple[str, str]) -> None:
    file = tmp_path / "replay.toml"
    file.write_text((FOLDER / "replay.toml").read_text(encoding="utf-8").replace(*change))
    with pytest.raises(ConfigFault):
        load_totals(file)


@pytest.fixture
def history(hue_roads) -> History:
    totals = load_totals(FOLDER / "replay.toml").scaled(1000)
    people = People(hue_roads.city, FOLDER, totals.as_of)
    return History(hue_roads.city, people, totals, NOON)


def test_what_is_replayed_adds_up_and_is_the_same_again(history: History) -> None:
    totals = load_totals(FOLDER / "replay.toml").scaled(1000)
    for name, told in history.streams().items():
        items = list(told.items())
        assert items == list(told.items())
        assert len({item["id"] for item in items}) == len(items)
        counted = sum(item["n"] for item in items) if name == "paper" else len(items)
        assert counted == totals.counts[name], name
    scans = list(history.streams()["scans"].items())
    assert max(scan["scanned_at"] for scan in scans) < NOON.isoformat()
    last = [s for s in scans if s["scanned_at"] >= "2021-10-02T17:00"]
    assert len({scan["point"] for scan in last}) == totals.points == len(last)
    doses = list(history.streams()["doses"].items())
    first = {d["person"]["number"]: d["given_at"] for d in doses if d["number"] == 1}
    for dose in doses:
        if dose["number"] == 2:
            given = datetime.fromisoformat(dose["given_at"])
            assert (given - datetime.fromisoformat(first[dose["person"]["number"]])).days == 35
    assert max(d["given_at"] for d in doses) < "2021-10-03"
    assert len(first) == len(doses) - 92


class Broken(Exception):
    """What breaks a replay off in the middle."""


def test_a_replay_that_was_broken_off_ends_in_the_same_figures(
    stranger: httpx.Client, centre: Centre, clock: Clock, history: History, tmp_path: Path
) -> None:
    totals = load_totals(FOLDER / "replay.toml").scaled(1000)
    client = Client(str(stranger.base_url), create_key(centre, "replay", list(Right)))
    file = tmp_path / "replay.json"
    with pytest.raises(InvalidInput, match="--as-of 2021-10-03"):
        open_course(file, "x", client, totals.as_of, centre.city.zone)
    clock.at = NOON

    def break_off(_name: str, _done: int) -> None:
        raise Broken

    course = open_course(file, "x", client, totals.as_of, centre.city.zone)
    with pytest.raises(Broken):
        replay(history, course, client, break_off, SENT)
    sent = json.loads(file.read_text())["sent"]
    assert sum(sent.values()) > 0
    course = open_course(file, "x", client, totals.as_of, centre.city.zone)
    assert dict(course.sent) == sent
    replay(history, course, client, lambda _name, _done: None, SENT)
    assert course.refused == []
    held = held_against(totals, course, client.figures(), SENT)
    assert [one for one in held if not one.is_equal] == []
    assert recount(centre) == []
    # Without the file all of it is sent again, and changes nothing.
    file.unlink()
    course = open_course(file, "x", client, totals.as_of, centre.city.zone)
    course.before = {}
    replay(history, course, client, lambda _name, _done: None, SENT)
    assert set(course.statuses) == {"repeated"}
    assert all(one.is_equal for one in held_against(totals, course, client.figures(), SENT))
    client.close()


def test_the_command_tells_each_figure_and_fails_where_one_differs(
    stranger: httpx.Client, centre: Centre, clock: Clock, tmp_path: Path
) -> None:
    clock.at = NOON
    key = create_key(centre, "replay", list(Right))

    def run(*words: str) -> Result:
        told = ["replay", "--scale", "1000", "--api", str(stranger.base_url), *words]
        return CliRunner().invoke(app, told, env={"IOC_API_KEY": key})

    first = ("--only", "vehicles", "--bookmark", str(tmp_path / "first.json"))
    done = run(*first)
    assert (done.exit_code, done.stdout.splitlines()) == (
        0,
        ["64 recorded", f"{'vehicles_approved_total':26} {64:>12} = 64"],
    )
    again = run("--only", "vehicles", "--bookmark", str(tmp_path / "second.json"))
    assert again.exit_code == 1
    assert "64 repeated" in again.stdout
    assert "64 != 128" in again.stdout
    assert isinstance(run("--only", "dreams").exception, InvalidInput)
