"""What the gallery shows of cases: the wall's cards, the desk's rows, the strip of certainty."""

from datetime import datetime, timedelta

from dashboards.markup import Html, el, join
from dashboards.panels import case, queue, wall_alerts
from dashboards.panels.queue import Row
from dashboards.words import Words
from ioc.alerts.model import Alert, AlertState, Desk, Priority, Step, StepTaken
from ioc.permits.model import PermitClass
from ioc.places import City
from ioc.snapshot import TickerLine
from ioc.vehicles.model import Ground, Layout, PlateCharacter, PlateRead, Reason

LIMIT = timedelta(minutes=20)
SURE = (0.99, 0.99, 0.98, 0.97, 0.99, 0.96, 0.54, 0.99)
STAGES = (
    ("raise", AlertState.NEW),
    (Step.ACKNOWLEDGE, AlertState.ACKNOWLEDGED),
    (Step.ASSIGN, AlertState.ASSIGNED),
)


def cards(city: City, now: datetime, words: Words) -> Html:
    """Return the cards of the wall: P1 that runs, P2 overdue, P2 that runs, and a quiet line."""
    lines = (
        _line(Priority.P1, Reason.RED_OFF_ROUTE, "51C-•••.07", now - LIMIT / 5, city),
        _line(Priority.P2, Reason.YELLOW_ON_MAIN, "43C-•••.39", now - LIMIT * 1.2, city),
        _line(Priority.P2, Reason.NO_PERMIT, "74C-•••.52", now - LIMIT / 2, city),
    )
    shown = [wall_alerts.cards([line], city, now, words) for line in lines]
    return el("div", *shown, wall_alerts.cards([], city, now, words), cls="wall")


def _line(
    priority: Priority, reason: Reason, plate: str, since: datetime, city: City
) -> TickerLine:
    return TickerLine(
        id=plate,
        desk=Desk.POLICE,
        priority=priority,
        state=AlertState.NEW,
        plate=plate,
        reason=reason,
        camera=next(iter(city.cameras)),
        raised_at=since,
        due_at=since + LIMIT,
        sightings=1,
        is_overdue=priority is Priority.P2 and reason is Reason.YELLOW_ON_MAIN,
    )


def rows(city: City, now: datetime, words: Words) -> Html:
    """Return the rows of a desk's queue: waiting, overdue, in work; then an empty one."""
    place = next(iter(city.cameras.values())).name
    found = [
        Row(_alert("2", Priority.P2, now - LIMIT * 1.2), "43C-168.39", place,
            PermitClass.YELLOW, Ground.YELLOW, Layout.TWO_LINE),
        Row(_alert("1", Priority.P1, now - LIMIT / 5, reason=Reason.RED_OFF_ROUTE), "51C-247.07",
            place, PermitClass.RED, Ground.YELLOW, Layout.ONE_LINE),
        Row(_alert("3", Priority.P3, now - LIMIT / 2, AlertState.ASSIGNED, Reason.EXPIRED),
            "75-F1 284.56", place, PermitClass.GREEN, Ground.WHITE, Layout.TWO_LINE),
    ]  # fmt: skip
    return el("div", queue.queue(found, words), queue.queue([], words), cls="desk")


def _alert(
    name: str,
    priority: Priority,
    since: datetime,
    state: AlertState = AlertState.NEW,
    reason: Reason = Reason.YELLOW_ON_MAIN,
) -> Alert:
    return Alert(
        id=name,
        desk=Desk.POLICE,
        priority=priority,
        state=state,
        plate="43C16839",
        reason=reason,
        rule="R-V1",
        camera="",
        sighting=name,
        first_seen_at=since,
        last_seen_at=since,
        raised_at=since,
        due_at=since + LIMIT,
        sightings=1,
        unit="3" if state is AlertState.ASSIGNED else None,
    )


def strip(now: datetime, words: Words) -> Html:
    """Return the strip of certainty with a doubtful character, and one without a permit."""
    characters = tuple(map(PlateCharacter, "43C16889", SURE))
    read = PlateRead("gallery", "", "43C16889", 0.9, now, characters=characters)
    shown = [case.strip(read, "43C-168.89", permit, words) for permit in ("43C-168.39", None)]
    return el("div", *shown, cls="desk")


def life(now: datetime, words: Words) -> Html:
    """Return the life of a case that waits for its unit, and of one that is closed."""
    since = now - LIMIT / 2
    log = [
        StepTaken("1", step, since + timedelta(minutes=n), "", state)
        for n, (step, state) in enumerate(STAGES)
    ]
    closed = StepTaken("1", Step.CLOSE, now, "", AlertState.CLOSED)
    return join(
        [
            case.life(_alert("1", Priority.P2, since, AlertState.ASSIGNED), log, words),
            case.life(_alert("1", Priority.P2, since, AlertState.CLOSED), [*log, closed], words),
        ]
    )
