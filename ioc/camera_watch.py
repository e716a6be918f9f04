"""What is wrong with each camera now: by its pictures, its reads, and the answers about them."""

from datetime import datetime, timedelta

from ioc.camera_health.model import SEEN, CameraFault
from ioc.camera_health.service import note_faults
from ioc.centre import Centre
from ioc.limits import CameraLimits
from ioc.scorecards import Scorecard, scorecards

# Fewer reads, or answers, say nothing of a camera.
LEAST_READS, LEAST_ANSWERS = 20, 5
MINUTES = 60


def faults_of(card: Scorecard, limits: CameraLimits) -> tuple[CameraFault, ...]:
    """Return what is wrong with a camera; what its pictures say explains that it reads little."""
    found = []
    state = card.state
    if state.state in ("lost", "connecting") and is_gone(card, limits):
        found.append(CameraFault.LOST)
    elif state.fault in {fault.value for fault in SEEN}:
        found.append(CameraFault(str(state.fault)))
    if not found and reads_few(card, limits):
        found.append(CameraFault.FEW_READS)
    share, skew = card.sample.share_sure, card.sample.skew_s
    enough = card.sample.reads >= LEAST_READS
    if not found and share is not None and enough and share < limits.least_sure:
        found.append(CameraFault.UNSURE)
    if enough and skew is not None and skew > limits.skew_s:
        found.append(CameraFault.CLOCK)
    wrong = card.answers.share
    if wrong is not None and card.answers.given >= LEAST_ANSWERS and wrong > limits.most_misread:
        found.append(CameraFault.MISREAD)
    return tuple(found)


def is_gone(card: Scorecard, limits: CameraLimits) -> bool:
    """Tell whether no picture has come for longer than a line may stumble."""
    age = card.state.picture_age_s
    return age is not None and age > limits.lost_s


def reads_few(card: Scorecard, limits: CameraLimits) -> bool:
    """Tell whether it reads so much less than is usual that chance does not explain it.

    One hour in ten lies below the usual range: that alone is no fault.
    """
    if card.usual is None or card.usual[0] * MINUTES < limits.least_usual:
        return False
    return card.state.reads_per_minute < limits.few_share * card.usual[0]


def watch_cameras(centre: Centre) -> int:
    """Note which cameras have begun or ceased to lie; return how many changes there were."""
    if not centre.live.is_reachable():
        return 0  # nobody hears the workers: that says nothing of the cameras
    limits, now = centre.city.limits.cameras, centre.now()
    found = {
        (card.state.id, fault): _since(card, fault, now)
        for card in scorecards(centre)
        for fault in faults_of(card, limits)
    }
    return note_faults(centre, found)


def _since(card: Scorecard, fault: CameraFault, now: datetime) -> datetime:
    """Return since when: its pictures know it, of the others the time they were found."""
    state = card.state
    if fault is CameraFault.LOST and state.picture_age_s is not None:
        return now - timedelta(seconds=state.picture_age_s)
    if state.fault == fault and state.fault_since is not None:
        return min(state.fault_since, now)
    return now
