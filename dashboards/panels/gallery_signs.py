"""What the gallery shows of the small parts: passes, priorities, ages, limits, keys, plates."""

from datetime import datetime, timedelta

from dashboards.components import age_badge, badge, index_disc, key_cap, priority_tag, time_bar
from dashboards.markup import Html, el, join
from dashboards.plates import plate_chip, plate_text
from dashboards.words import Words
from ioc.alerts.model import Priority
from ioc.permits.model import PermitClass
from ioc.vehicles.model import Ground, Layout

SIZES = (66, 40, 34, 22, 17)
HOUR = timedelta(hours=1)
# How long each age has lasted, and how often its number is read: fresh, late, stale.
AGES = (
    (timedelta(seconds=8), 3600),
    (timedelta(minutes=12), 600),
    (timedelta(minutes=84), 600),
)
# How long each case has waited of its twenty minutes: begun, close to its limit, over it.
WAITS = (timedelta(minutes=4), timedelta(minutes=18), timedelta(minutes=24))
LIMIT = timedelta(minutes=20)
CHIPS = (
    ("75A-123.45", Ground.WHITE, Layout.ONE_LINE),
    ("75A-123.45", Ground.WHITE, Layout.TWO_LINE),
    ("43C-168.39", Ground.YELLOW, Layout.TWO_LINE),
    ("75A-008.35", Ground.BLUE, Layout.TWO_LINE),
    ("75-F1 284.56", Ground.WHITE, Layout.TWO_LINE),
    ("43C-168.39", Ground.YELLOW, Layout.ONE_LINE),
    ("KP-72-15", Ground.RED, Layout.TWO_LINE),
    ("80-256-NG-07", Ground.WHITE, Layout.TWO_LINE),
    ("75A-008.35", Ground.BLUE, Layout.ONE_LINE),
    ("43C-•••.39", Ground.UNKNOWN, None),
)


def passes(words: Words) -> Html:
    """Return the signs of the passes in every size they are used in."""
    return join(
        [
            el(
                "p",
                [badge(permit_class, words, size) for permit_class in PermitClass],
                el("small", f"{size} px, ", words.say(f"gallery.size_{size}")),
                cls="in-line",
            )
            for size in SIZES
        ]
    )


def priorities(words: Words) -> Html:
    """Return the tags of priority, and the number that ties a card to the map."""
    tags = [priority_tag(priority) for priority in Priority]
    told = el("small", words.say("gallery.priorities_told"))
    return el("p", tags, index_disc(3), told, cls="in-line")


def ages(now: datetime, words: Words) -> Html:
    """Return an age while it is fresh, late, stale, and where there is no number yet."""
    known = [age_badge(now - age, period_s, words) for age, period_s in AGES]
    return el("p", [*known, age_badge(None, 0, words)], cls="in-line")


def limits(now: datetime, words: Words) -> Html:
    """Return time against a limit: running, close, over, and taken by somebody."""
    bars = [time_bar(now - wait, now - wait + LIMIT, words) for wait in WAITS]
    return join([*bars, time_bar(now - WAITS[0], now - WAITS[0] + LIMIT, words, taken=True)])


def keys(words: Words) -> Html:
    """Return keys as they are printed, and an action in each of its states."""
    caps = [key_cap(cap) for cap in ("1", "Enter", "↑", "X", "V", "D", "/", "?")]
    rows = [
        _action("0", "step.false_read", ("is-open", "gallery.action_open"), words),
        _action("1", "step.acknowledge", ("is-next", "gallery.action_next"), words),
        _action("2", "step.assign", ("is-open is-focused", "gallery.action_focused"), words),
        _action("9", "step.close", ("is-locked", "desk_lock.close"), words),
    ]
    return join([el("p", caps, cls="in-line"), el("div", rows, cls="actions-shown")])


def _action(cap: str, step: str, state: tuple[str, str], words: Words) -> Html:
    kind, hint = state
    return el(
        "button",
        key_cap(cap),
        el("b", words.say(step)),
        el("small", words.say(hint)),
        type="button",
        disabled=kind == "is-locked",
        cls=f"action {kind}",
    )


def plates(words: Words) -> Html:
    """Return plates of every ground and shape, and masked as a room may see them."""
    chips = [
        el("figure", plate_chip(text, ground, layout), el("figcaption", words.say(ground)))
        for text, ground, layout in CHIPS
    ]
    texts = [plate_text(text) for text in ("43C-•••.39", "75-F1 •••.56")]
    masked = el("p", texts, el("small", words.say("gallery.masked")), cls="in-line masked-shown")
    return join([el("div", chips, cls="chips-shown"), masked])
