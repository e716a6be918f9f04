"""Movement at quarantine sites in quiet hours: told, once a while, and to nobody but health."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from ioc.centre import Centre
from ioc.limits import SiteLimits
from ioc.site_watch import is_quiet, watch_sites
from tests.conftest import Clock

AT_SITE, AT_GATE = "cam-177", "cam-001"
NIGHT = datetime(2021, 10, 4, 17, 30, tzinfo=UTC)  # half past midnight in Huế
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.mark.parametrize(
    ("hours", "hour", "quiet"),
    [((22, 5), 21, False), ((22, 5), 22, True), ((22, 5), 0, True), ((22, 5), 4, True),
     ((22, 5), 5, False), ((1, 4), 0, False), ((1, 4), 1, True), ((1, 4), 4, False)],
)  # fmt: skip
def test_quiet_hours_may_span_midnight(hours, hour, quiet) -> None:
    limits = SiteLimits(*hours, 3.0, timedelta(minutes=10))
    assert is_quiet(datetime(2021, 10, 4, hour, 59, tzinfo=ZONE), limits) is quiet


def beat(centre: Centre, camera: str, moving_s: float, ago_s: float = 1.0) -> None:
    moved_at = centre.now() - timedelta(seconds=ago_s)
    state = {"state": "live", "moved_at": moved_at.isoformat(), "moving_s": moving_s}
    centre.live.beat(f"camera:{camera}", state)


@pytest.mark.parametrize(
    ("camera", "moved", "after", "told"),
    [
        (AT_SITE, (4.0, 1), timedelta(), 1),
        (AT_SITE, (2.0, 1), timedelta(), 0),  # a moth
        (AT_SITE, (4.0, 60), timedelta(), 0),  # told a minute ago, or before the quiet hours
        (AT_GATE, (4.0, 1), timedelta(), 0),
        (AT_SITE, (4.0, 1), timedelta(hours=6), 0),
    ],
)
def test_what_is_told(centre: Centre, clock: Clock, camera, moved, after, told) -> None:
    clock.at = NIGHT + after
    beat(centre, camera, *moved)
    assert watch_sites(centre) == told
    assert watch_sites(centre) == 0
    with centre.engine.connect() as conn:
        channels = list(conn.execute(text("SELECT channel FROM notices")).scalars())
    assert channels == ["health-duty"] * told


def test_it_is_told_again_after_a_while(centre: Centre, clock: Clock) -> None:
    clock.at = NIGHT
    beat(centre, AT_SITE, 9.0)
    assert watch_sites(centre) == 1
    clock.at += timedelta(minutes=11)
    beat(centre, AT_SITE, 9.0)
    assert watch_sites(centre) == 1
