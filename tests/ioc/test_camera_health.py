"""Cameras that lie: what is a fault, when it began and ended, who is told, who lied longest."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from typer.testing import CliRunner

from ioc.admin import app
from ioc.camera_health.model import CameraFault, FaultSpell
from ioc.camera_health.rules import changes, liars
from ioc.camera_health.service import drop_faults, liars_of, note_faults, spells_between
from ioc.camera_watch import faults_of, watch_cameras
from ioc.centre import Centre
from ioc.scorecards import Answers, Sample, Scorecard
from ioc.snapshot import CameraState
from tests.conftest import NOW, Clock
from tests.dashboards.makers import GATE, MAIN

F = CameraFault
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LIVE = CameraState(GATE, "live", 1.0, 2.0)
WELL = Scorecard(LIVE, (1.0, 3.0), Sample(60, 59, (0.4,) * 60), 100, 3, Answers(20, 1))


@pytest.mark.parametrize(
    ("card", "faults"),
    [
        (WELL, ()),
        (replace(WELL, state=replace(LIVE, state="silent", picture_age_s=None)), ()),
        # a line that stumbles is not lost yet
        (replace(WELL, state=replace(LIVE, state="lost", picture_age_s=100)), ()),
        (replace(WELL, state=replace(LIVE, state="lost", picture_age_s=121)), (F.LOST,)),
        (replace(WELL, state=replace(LIVE, fault="frozen")), (F.FROZEN,)),
        (replace(WELL, state=replace(LIVE, fault="a word of tomorrow")), ()),
        # below the usual range is no fault, half of it is; what the picture says explains it
        (replace(WELL, state=replace(LIVE, reads_per_minute=0.6)), ()),
        (replace(WELL, state=replace(LIVE, reads_per_minute=0.4)), (F.FEW_READS,)),
        (replace(WELL, state=replace(LIVE, reads_per_minute=0, fault="covered")), (F.COVERED,)),
        # of few reads an hour, half can be chance
        (replace(WELL, usual=(0.3, 1), state=replace(LIVE, reads_per_minute=0)), ()),
        (replace(WELL, usual=None, state=replace(LIVE, reads_per_minute=0)), ()),
        (replace(WELL, sample=Sample(60, 50, (0.4,) * 60)), (F.UNSURE,)),
        (replace(WELL, sample=Sample(5, 1, (0.4,) * 5)), ()),
        (replace(WELL, sample=Sample(60, 60, (-9.0,) * 60)), (F.CLOCK,)),
        (replace(WELL, answers=Answers(20, 5)), (F.MISREAD,)),
        (replace(WELL, answers=Answers(4, 4)), ()),
    ],
)
def test_what_is_a_fault(hue_roads, card, faults) -> None:
    assert faults_of(card, hue_roads.city.limits.cameras) == faults


def test_a_fault_is_noted_once_told_once_and_ends(centre: Centre, clock: Clock) -> None:
    found = {(GATE, F.BLACK): NOW - MINUTE}
    assert note_faults(centre, found) == 1
    assert note_faults(centre, {(GATE, F.BLACK): NOW}) == 0
    clock.at = NOW + HOUR
    assert note_faults(centre, {}) == 1
    [spell] = spells_between(centre, NOW - HOUR, NOW + 2 * HOUR)
    assert spell == FaultSpell(GATE, F.BLACK, NOW - MINUTE, NOW + HOUR)
    with centre.engine.connect() as conn:
        told = conn.execute(text("SELECT channel, facts FROM notices")).all()
    assert [(row.channel, row.facts["desk"]) for row in told] == [("camera-care", "cameras")]
    assert drop_faults(centre, NOW + 2 * HOUR) == 1


def test_a_street_without_power_is_one_letter(centre: Centre) -> None:
    cameras = list(centre.city.cameras)[:9]
    note_faults(centre, dict.fromkeys(((camera, F.LOST) for camera in cameras), NOW))
    with centre.engine.connect() as conn:
        words = conn.execute(text("SELECT words FROM notices")).scalars().all()
    assert [one["n"] for one in words] == ["9"]


def test_the_timekeeper_hears_what_workers_say_of_pictures(centre: Centre) -> None:
    beat = {"state": "live", "frame_at": NOW.isoformat(), "fault": "moved",
            "fault_since": (NOW - 3 * MINUTE).isoformat()}  # fmt: skip
    centre.live.beat(f"camera:{GATE}", beat)
    centre.live.beat(f"camera:{MAIN}", {"state": "live", "frame_at": NOW.isoformat()})
    assert watch_cameras(centre) == 1
    [liar] = liars_of(centre, date(2021, 10, 4))
    assert (liar.camera, liar.faults, liar.is_on) == (GATE, {F.MOVED: 3 * MINUTE}, True)
    assert liars_of(centre, date(2021, 10, 5)) == []


SPELLS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from(list(F)),
        st.integers(-300, 300),
        st.one_of(st.none(), st.integers(0, 300)),
    ),
    max_size=12,
    unique_by=lambda spell: spell[:2],
)


@given(SPELLS)
def test_nobody_lies_longer_than_a_day_lasts(given_spells) -> None:
    spells = [
        FaultSpell(camera, fault, NOW + start * MINUTE,
                   None if lasts is None else NOW + (start + lasts) * MINUTE)
        for camera, fault, start, lasts in given_spells
    ]  # fmt: skip
    found = liars(spells, NOW, NOW + HOUR)
    assert all(timedelta() < lasted <= HOUR for one in found for lasted in one.faults.values())
    assert [one.longest for one in found] == sorted((one.longest for one in found), reverse=True)
    assert {one.camera for one in found if one.is_on} == {
        spell.camera for spell in spells if spell.until is None and spell.since < NOW + HOUR
    }


@given(SPELLS, SPELLS)
def test_what_began_and_ended_makes_the_one_into_the_other(before, after) -> None:
    on = [FaultSpell(camera, fault, NOW) for camera, fault, *_ in before]
    found = {(camera, fault): NOW for camera, fault, *_ in after}
    begun, over = changes(found, on)
    left = {(one.camera, one.fault) for one in on} - {(one.camera, one.fault) for one in over}
    assert left | {(one.camera, one.fault) for one in begun} == set(found)
    assert not left & {(one.camera, one.fault) for one in begun}


def test_the_command_lists_who_lied(centre: Centre, service_env, monkeypatch) -> None:
    note_faults(centre, {(GATE, F.COVERED): NOW - HOUR})
    note_faults(centre, {})
    for name, value in service_env.items():
        monkeypatch.setenv(name, value)
    run = CliRunner().invoke(app, ["cameras", "--day", "2021-10-04", "--json"])
    assert run.exit_code == 0, run.output
    [liar] = json.loads(run.stdout)["cameras"]
    assert (liar["camera"], liar["minutes"], liar["lies_now"]) == (GATE, {"covered": 60.0}, False)
    shown = CliRunner().invoke(app, ["cameras", "--day", "2021-10-04"])
    assert "covered" in shown.output
