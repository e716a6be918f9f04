"""How a clock is measured and repaired, how a claim becomes a probability. Pure.

Calibration is Platt's: a logistic function of the claim's logit, fitted to labelled reads with a
prior at the city's belief, so that few of them move it little. (J. Platt, Probabilistic outputs for
support vector machines, 1999; the targets that are smoothed there are the prior here.)
"""

import base64
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from math import exp, log
from statistics import median

from ioc.readers.model import Arrival, Calibration, Clock, ClockState, Labelled
from ioc.vendors import Belief

# A clock within this is right; what a message takes on its way, usually.
TOLERANCE, USUAL_DELAY = timedelta(seconds=2), timedelta(milliseconds=500)
# Beyond this a clock says nothing: it was never set.
FARTHEST = timedelta(days=2)
# A message that comes this much later than the others of its camera was stored meanwhile.
STORED = timedelta(seconds=60)
LEAST, MOST = 3, 51
# A clock that was set: so many messages agree on another time, over a span in which it went on.
STEP, STEP_SPAN, STEP_AGREES = 5, timedelta(seconds=20), timedelta(seconds=5)
KEY_LENGTH = 24
LEAST_SHARE, MOST_SHARE = 0.01, 0.995
ROUNDS = 25
# Without labels for it no camera is surer than the city's belief.
LEAST_LABELLED = 20


def clock_of(arrivals: Sequence[Arrival]) -> Clock:
    """Return how a clock goes by the camera's live messages, newest first.

    >>> from ioc.clock import utc_now
    >>> now = utc_now()
    >>> lags = [timedelta(hours=7, seconds=n % 3) for n in range(9)]
    >>> clock_of([Arrival(now - lag, now) for lag in lags]).behind
    datetime.timedelta(seconds=25200, microseconds=500000)
    """
    recent = list(arrivals[:MOST])
    if len(recent) < LEAST:
        return Clock(ClockState.UNKNOWN, timedelta(0), len(recent))
    newest = recent[:STEP]
    if _was_set(newest, recent):
        recent = newest
    lag = _middle([one.lag for one in recent])
    if abs(lag) > FARTHEST:
        return Clock(ClockState.UNKNOWN, timedelta(0), len(recent))
    if -TOLERANCE <= lag <= TOLERANCE:
        return Clock(ClockState.RIGHT, timedelta(0), len(recent))
    return Clock(ClockState.REPAIRED, lag - USUAL_DELAY, len(recent))


def _was_set(newest: Sequence[Arrival], recent: Sequence[Arrival]) -> bool:
    lags = [one.lag for one in newest]
    span = newest[0].arrived_at - newest[-1].arrived_at
    is_steady = max(lags) - min(lags) <= STEP_AGREES and span >= STEP_SPAN
    usual = _middle([one.lag for one in recent])
    return len(newest) == STEP and is_steady and abs(_middle(lags) - usual) > STEP_AGREES


def _middle(lags: Sequence[timedelta]) -> timedelta:
    return timedelta(seconds=median([lag.total_seconds() for lag in lags]))


def repaired(
    claimed_at: datetime | None, arrived_at: datetime, clock: Clock, *, is_late: bool | None
) -> tuple[datetime, bool]:
    """Return when a read was seen by our clock, and whether it was stored on the way.

    `is_late` is what the camera says of that, None where it says nothing. What is live is never
    seen long before it arrives, nor after; where no clock can be believed, it was seen on arrival.
    """
    live = arrived_at - USUAL_DELAY
    if claimed_at is None:
        return live, bool(is_late)
    is_believed = clock.state is not ClockState.UNKNOWN
    seen_at = claimed_at + clock.behind
    lag = arrived_at - seen_at
    if is_late or (is_late is None and is_believed and lag > STORED):
        far = not is_believed and abs(lag) > FARTHEST
        return (live if far or lag < timedelta(0) else seen_at), True
    if not -TOLERANCE <= lag <= STORED:
        return live, False
    return min(seen_at, arrived_at), False


def believed(calibration: Calibration, claimed: float | None) -> float:
    """Return the probability that a plate is right of which its camera claims so much."""
    if claimed is None:
        return calibration.unsaid
    return _logistic(calibration.slope * _logit(claimed) + calibration.shift)


def prior_of(belief: Belief) -> Calibration:
    """Return the calibration that stands in before a camera was measured.

    >>> prior = prior_of(Belief(at_half=0.4, at_top=0.93))
    >>> [round(believed(prior, share), 2) for share in (0.5, 0.99)]
    [0.4, 0.93]
    """
    shift = _logit(belief.at_half)
    slope = (_logit(belief.at_top) - shift) / _logit(0.99)
    return Calibration(slope, shift, belief.unsaid)


def fitted(labelled: Sequence[Labelled], belief: Belief, at: datetime) -> Calibration:
    """Return the calibration that labelled reads show; few of them move the belief little."""
    prior = prior_of(belief)
    said = [(_logit(one.claimed), one.is_right) for one in labelled if one.claimed is not None]
    silent = [one.is_right for one in labelled if one.claimed is None]
    slope, shift = _fit(said, prior, belief.weight)
    unsaid = (belief.unsaid * belief.weight + sum(silent)) / (belief.weight + len(silent))
    if len(said) < LEAST_LABELLED:
        slope, shift = _no_surer(slope, shift, prior)
    right = sum(one.is_right for one in labelled)
    return Calibration(slope, shift, unsaid, len(labelled), right, at)


def key_of(secret: str, camera: str, version: int) -> str:
    """Return the key of a camera: derived, so that it is kept nowhere."""
    message = f"camera-key:{camera}:{version}".encode()
    digest = hmac.new(secret.encode(), message, sha256).digest()
    return base64.b32encode(digest).decode().lower()[:KEY_LENGTH]


def _no_surer(slope: float, shift: float, prior: Calibration) -> tuple[float, float]:
    """Return a calibration that is nowhere surer than the prior between half and all."""
    top = _logit(0.99)
    over_half = max(0.0, shift - prior.shift)
    over_top = max(0.0, slope * top + shift - (prior.slope * top + prior.shift))
    return slope, shift - max(over_half, over_top)


def _fit(
    said: Sequence[tuple[float, bool]], prior: Calibration, weight: int
) -> tuple[float, float]:
    """Return slope and shift by Newton's method on the penalised likelihood, which is concave."""
    slope, shift = prior.slope, prior.shift
    # The prior weighs as much as so many reads in the middle of the scale, where each tells most.
    hold = weight / 4
    for _ in range(ROUNDS):
        by_slope, by_shift = hold * (prior.slope - slope), hold * (prior.shift - shift)
        a, b, c = hold, 0.0, hold
        for x, is_right in said:
            p = _logistic(slope * x + shift)
            by_slope += (is_right - p) * x
            by_shift += is_right - p
            spread = p * (1 - p)
            a, b, c = a + spread * x * x, b + spread * x, c + spread
        step = a * c - b * b
        move = (c * by_slope - b * by_shift) / step, (a * by_shift - b * by_slope) / step
        slope, shift = slope + move[0], shift + move[1]
        if max(map(abs, move)) < 1e-9:
            break
    # A camera that is the less right the surer it is tells nothing by its claim.
    return max(slope, 0.0), shift


def _logit(share: float) -> float:
    held = min(max(share, LEAST_SHARE), MOST_SHARE)
    return log(held / (1 - held))


def _logistic(x: float) -> float:
    return 1 / (1 + exp(-x)) if x >= 0 else exp(x) / (1 + exp(x))
