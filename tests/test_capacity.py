"""The capacity model keeps to the laws of queues, and foretells what was measured."""

import json
from dataclasses import replace

import pytest

from tests.benchmarks.capacity import (
    HELD,
    MEASURED,
    PER_MINUTE,
    RESULTS,
    WITHIN,
    centre_of,
    checked,
    load_costs,
    plan,
)
from tests.benchmarks.sites import Centre, Load, VisionMachine

COSTS = load_costs()


def test_an_idle_machine_uses_what_its_cameras_cost() -> None:
    costs, rate = COSTS, PER_MINUTE
    used = VisionMachine(costs, 4, 16).run(300, rate)
    a_vehicle = costs.vehicle_taking_core_s + costs.look_core_s * costs.looks_a_vehicle
    each = costs.quiet_camera_cores + costs.rest_cores_a_camera + a_vehicle * rate / 60
    assert used.cores == pytest.approx(4 * each, rel=0.05)
    assert used.looks_a_vehicle == pytest.approx(costs.looks_a_vehicle, rel=0.1)


def test_a_busy_machine_uses_all_it_has_and_no_more_and_looks_more_seldom() -> None:
    looks = []
    for cameras in (5, 20, 40):
        found = VisionMachine(COSTS, cameras, 2).run(30, PER_MINUTE)
        assert found.cores <= 2.0
        looks.append(found.looks_a_vehicle)
    assert found.cores > 1.9
    assert looks == sorted(looks, reverse=True)


def test_one_thread_looks_however_many_cores_there_are() -> None:
    one = VisionMachine(COSTS, 40, 64).run(15, PER_MINUTE)
    four = VisionMachine(COSTS, 40, 64, processes=4).run(15, PER_MINUTE)
    assert four.looks_a_vehicle > 1.5 * one.looks_a_vehicle


def test_answers_wait_as_the_theory_of_queues_says() -> None:
    """One core, one kind of work: M/D/1, whose mean wait is rho s / (2 (1 - rho))."""
    costs = replace(COSTS, read_core_s=0.01, commit_s=0.0)
    for rho in (0.3, 0.7):
        site = Centre(costs, 1)
        served = site.run(Load(rho / 0.01, 0, 0, 0), 400)
        assert served.cores == pytest.approx(rho, rel=0.05)
        waited = sum(site.answers["read"]) / len(site.answers["read"]) - 0.01
        assert waited == pytest.approx(rho * 0.01 / (2 * (1 - rho)), rel=0.15)


def test_a_plan_has_room_and_answers_in_time() -> None:
    made = plan(COSTS, 200, 100_000, 20)
    assert made.vision_machines * made.vision.cameras >= 200
    assert made.vision.cores < 16
    assert made.vision.share_told > 0.98
    assert made.centre.read_p95_s < 0.1
    with pytest.raises(ValueError, match="spread the store"):
        centre_of(COSTS, Load(1e6, 0, 0, 0))


def test_what_twenty_cameras_do_is_foretold_from_four() -> None:
    measured = json.loads(RESULTS.read_text(encoding="utf-8"))[MEASURED]["figures"]
    assert measured["cameras"] == 20
    found = checked(COSTS, measured)
    for name in HELD:
        told, seen, off_by = found[name]
        assert off_by <= WITHIN, (name, told, seen)
    # Planned by, not foretold: never less than it takes.
    assert found["memory_mb"][0] >= found["memory_mb"][1]
