"""How random traffic drives: fast, two abreast, and now and then at rest beside the road."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.scene.traffic import Manner, RandomTraffic
from vision.scene.vehicles import Kind


@given(st.integers(0, 200), st.sampled_from([6.0, 12.0, 26.0]), st.floats(60, 300))
def test_who_parks_stands_at_the_kerb_alone_and_drives_on(seed, per_minute, t_s):
    traffic = RandomTraffic(seed, per_minute, direction="both", manner=Manner(parking=0.12))
    standing = [
        run for run in traffic.present(t_s) if run.at_s <= t_s <= run.at_s + run.stands_s > run.at_s
    ]
    assert len({run.lane for run in standing}) == len(standing)  # no two at one kerb
    for run in standing:
        assert run.place(t_s).y_m == pytest.approx(run.place(run.at_s).y_m)
        assert abs(run.place(t_s).x_m) > 2.5


def test_one_in_so_many_parks_and_stays_in_the_picture():
    traffic = RandomTraffic(9, 12, direction="both", manner=Manner(parking=0.12))
    everybody = traffic.runs(0, 2000)
    assert 0.05 < np.mean([run.stands_s > 0 for run in everybody]) < 0.15
    parked = [run for run in everybody if run.stands_s]
    assert all(run in traffic.present(run.at_s + run.stands_s) for run in parked)


def test_two_abreast_are_two_motorbikes_that_do_not_touch():
    traffic = RandomTraffic(4, 30, direction="in", manner=Manner(abreast=1))
    runs = traffic.runs(0, 300)
    pairs = [(one, two) for one in runs for two in runs if two.number == -1 - one.number >= 0]
    assert len(pairs) > 30
    for one, two in pairs:
        assert one.vehicle.kind is two.vehicle.kind is Kind.MOTORBIKE
        assert one.vehicle.face.text != two.vehicle.face.text
        assert abs(one.place(one.at_s).x_m - two.place(one.at_s).x_m) > 0.75
        assert abs(one.at_s - two.at_s) < 0.25


def test_the_speed_of_a_car_is_as_asked_and_others_keep_their_proportion():
    fast = RandomTraffic(4, 12, direction="in", manner=Manner(kmh=50)).runs(0, 900)
    slow = RandomTraffic(4, 12, direction="in").runs(0, 900)
    assert np.mean([r.speed_kmh for r in fast if r.vehicle.kind is Kind.CAR]) == pytest.approx(
        50, rel=0.05
    )
    ratios = [f.speed_kmh / s.speed_kmh for f, s in zip(fast, slow, strict=True)]
    assert np.ptp(ratios) < 1e-9
