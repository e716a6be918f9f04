"""How well every camera does its work: against what is usual, how sure, how timely, how right.

Asked of tallies, of the newest reads of each camera by their index, and of a month of answers: it
costs the same on day 1 and on day 1,000.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median, quantiles
from typing import Any

from sqlalchemy import Connection, text

from ioc import sums
from ioc.camera_states import HOUR, camera_states, reads_of_last_hour
from ioc.centre import Centre
from ioc.clock import BUCKET, bucket_of, day_bounds, local_day
from ioc.db import array_literal, transact
from ioc.snapshot import CameraState
from ioc.usual import LEAST_WEEKS, MOST_WEEKS, WEEK, Band, Hours, like_days, usual_band

READ, DOUBTFUL = "read", "verdict.review"
MONTH = timedelta(days=30)
MINUTES = 60
# So many of a camera's newest reads of the last hour speak for it.
SAMPLE = 60


@dataclass(frozen=True)
class Sample:
    """What the newest reads of a camera say: how many, how many sure, how long each took to come.

    `delays` are seconds from when a vehicle was seen until the centre knew it; below nought the
    camera's clock goes ahead.
    """

    reads: int
    sure: int
    delays: tuple[float, ...]

    @property
    def share_sure(self) -> float | None:
        """Return the share of reads that were sure, None without a read."""
        return self.sure / self.reads if self.reads else None

    @property
    def skew_s(self) -> float | None:
        """Return by how many seconds its clock goes ahead at least: 0 when nothing says so."""
        return max(0.0, -min(self.delays)) if self.delays else None

    @property
    def delay_s(self) -> float | None:
        """Return after how many seconds half of its reads were known."""
        return median(self.delays) if self.delays else None


@dataclass(frozen=True)
class Answers:
    """What people, or a second camera, said of a camera's questions: how many, how many misread."""

    given: int = 0
    misread: int = 0

    @property
    def share(self) -> float | None:
        """Return the share misread, None without an answer."""
        return self.misread / self.given if self.given else None


NONE = Sample(0, 0, ())


@dataclass(frozen=True)
class Scorecard:
    """One camera: its state, and how it does.

    Attributes:
        usual: reads a minute of this hour in past weeks (P10, P90), None while too few are known.
        sample: its newest reads of the last hour.
        today, doubtful: reads of today, and those of them that went to review.
        answers: of the last MONTH.
    """

    state: CameraState
    usual: tuple[float, float] | None
    sample: Sample
    today: int
    doubtful: int
    answers: Answers

    @property
    def share_doubtful(self) -> float | None:
        """Return the share of today's reads that went to review, None without a read."""
        return self.doubtful / self.today if self.today else None

    @property
    def is_below_usual(self) -> bool:
        """Tell whether it reads less than is usual at this hour."""
        return self.usual is not None and self.state.reads_per_minute < self.usual[0]


@dataclass(frozen=True)
class CameraDay:
    """The day of one camera by the hour, and what is usual; `days` its reads of the last days."""

    hours: Hours
    doubtful: Hours
    band: Band | None
    days: tuple[tuple[date, int], ...]


def scorecards(centre: Centre, cameras: Sequence[str] | None = None) -> list[Scorecard]:
    """Return the scorecard of every camera in force today, or of those named, by id."""
    now = centre.now()
    today = local_day(now, centre.city.zone)

    def work(conn: Connection) -> list[Scorecard]:
        reads = reads_of_last_hour(conn, now)
        states = camera_states(centre, reads)
        shown = [one for one in states if cameras is None or one.id in set(cameras)]
        usual = _usual(conn, now, [one.id for one in shown])
        samples = _samples(conn, centre, [one.id for one in shown], now)
        counted = sums.between(conn, [READ, DOUBTFUL], today, today, centre.city.zone)
        answers = _answers(conn, now - MONTH)
        return [
            Scorecard(
                one,
                usual.get(one.id),
                samples.get(one.id, NONE),
                counted.get((READ, one.id), 0),
                counted.get((DOUBTFUL, one.id), 0),
                answers.get(one.id, Answers()),
            )
            for one in shown
        ]

    return transact(centre.engine, work)


def day_of(centre: Centre, camera: str) -> CameraDay:
    """Return the day of one camera."""
    now, zone = centre.now(), centre.city.zone
    today = local_day(now, zone)
    days = [today - timedelta(days=n) for n in range(MONTH.days)]

    def work(conn: Connection) -> CameraDay:
        past = like_days(today)
        reads = _hours(conn, centre, READ, camera, [today, *past])
        counted = _days(conn, camera, days)
        # What is not folded yet is of today, but for minutes around midnight.
        counted[today] = sum(reads[today])
        return CameraDay(
            reads[today],
            _hours(conn, centre, DOUBTFUL, camera, [today])[today],
            usual_band({day: reads[day] for day in past}),
            tuple((day, counted.get(day, 0)) for day in reversed(days)),
        )

    return transact(centre.engine, work)


def usual_rates(
    weeks: Sequence[Mapping[str, int]], cameras: Sequence[str]
) -> dict[str, tuple[float, float]]:
    """Return P10 and P90 of reads a minute by camera, of an hour in past weeks.

    A week in which no camera at all counted is left out: then nobody counted.

    >>> usual_rates([{"a": 60}, {"a": 120}, {"a": 60}, {"a": 60}, {}], ["a"])["a"][0]
    1.0
    """
    counted = [week for week in weeks if week]
    if len(counted) < LEAST_WEEKS:
        return {}
    found = {}
    for camera in cameras:
        rates = [week.get(camera, 0) / MINUTES for week in counted]
        deciles = quantiles(rates, n=10, method="inclusive")
        found[camera] = (deciles[0], deciles[8])
    return found


def _usual(
    conn: Connection, now: datetime, cameras: Sequence[str]
) -> dict[str, tuple[float, float]]:
    """Return what is usual of the hour that `reads_of_last_hour` looks at."""
    first = bucket_of(now - HOUR) + BUCKET
    buckets = {
        first + BUCKET * n - WEEK * week: week
        for week in range(1, MOST_WEEKS + 1)
        for n in range(HOUR // BUCKET)
    }
    weeks: list[dict[str, int]] = [{} for _ in range(MOST_WEEKS)]
    for row in conn.execute(AT_BUCKETS, {"metric": READ, "buckets": sorted(buckets)}):
        week = weeks[buckets[row.bucket] - 1]
        week[row.place] = week.get(row.place, 0) + int(row.n)
    return usual_rates(weeks, cameras)


def _samples(
    conn: Connection, centre: Centre, cameras: Sequence[str], now: datetime
) -> dict[str, Sample]:
    values = {
        "cameras": array_literal(cameras),
        "since": now - HOUR,
        "until": now + HOUR,
        "sure": centre.city.limits.sure_confidence,
        "most": SAMPLE,
    }
    rows = conn.execute(SAMPLES, values)
    return {row.camera: Sample(row.reads, row.sure, tuple(row.delays)) for row in rows}


def _answers(conn: Connection, since: datetime) -> dict[str, Answers]:
    rows = conn.execute(ANSWERS, {"since": since})
    return {row.camera: Answers(row.given, row.misread) for row in rows}


def _hours(
    conn: Connection, centre: Centre, metric: str, camera: str, days: Sequence[date]
) -> dict[date, Hours]:
    """Return the 24 hourly counts of a camera on each of some days, by their quarter-hours."""
    places: dict[datetime, tuple[date, int]] = {}
    for day in days:
        start, end = day_bounds(day, centre.city.zone)
        for n in range((end - start) // BUCKET):
            places[start + BUCKET * n] = (day, min(23, BUCKET * n // HOUR))
    hours = {day: [0] * 24 for day in days}
    values: dict[str, Any] = {"metric": metric, "place": camera, "buckets": list(places)}
    for row in conn.execute(OF_PLACE, values):
        day, hour = places[row.bucket]
        hours[day][hour] += int(row.n)
    return {day: tuple(counts) for day, counts in hours.items()}


def _days(conn: Connection, camera: str, days: Sequence[date]) -> dict[date, int]:
    values = {"metric": READ, "place": camera, "days": list(days)}
    return {row.day: int(row.n) for row in conn.execute(DAYS, values)}


AT_BUCKETS = text("""
    SELECT place, bucket, sum(n) AS n FROM tally
    WHERE metric = :metric AND bucket = ANY(:buckets) GROUP BY place, bucket
""")
OF_PLACE = text("""
    SELECT bucket, sum(n) AS n FROM tally
    WHERE metric = :metric AND place = :place AND bucket = ANY(:buckets) GROUP BY bucket
""")
DAYS = text("""
    SELECT day, n FROM tally_day
    WHERE metric = :metric AND place = :place AND day = ANY(:days)
""")
SAMPLES = text("""
    SELECT c.camera, count(*) AS reads, count(*) FILTER (WHERE s.confidence >= :sure) AS sure,
        array_agg(CAST(extract(epoch FROM s.known_at - s.seen_at) AS double precision)) AS delays
    FROM unnest(CAST(:cameras AS text[])) AS c (camera)
    CROSS JOIN LATERAL (
        SELECT confidence, known_at, seen_at FROM sightings
        WHERE camera = c.camera AND seen_at >= :since AND seen_at < :until
        ORDER BY seen_at DESC LIMIT :most
    ) AS s
    GROUP BY c.camera
""")
ANSWERS = text("""
    SELECT camera, count(*) AS given, count(*) FILTER (WHERE answer <> 'as_read') AS misread
    FROM reviews WHERE decided_at >= :since AND undone_at IS NULL GROUP BY camera
""")
