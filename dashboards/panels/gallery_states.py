"""What the gallery shows of states: one tile in all six, a frozen screen, the keys of review."""

from datetime import datetime, timedelta

from dashboards.components import age_badge, key_cap, tile
from dashboards.markup import Html, el, join
from dashboards.notices import brand
from dashboards.shell import frozen_sign
from dashboards.states import failed, loading, nothing
from dashboards.words import Words

SAMPLES = 11_791
RETRY_S = 20


def tiles(now: datetime, words: Words) -> Html:
    """Return one tile fresh, late, stale, empty, while it loads, and after its source failed."""
    ages = (
        (timedelta(seconds=8), 3600),
        (timedelta(minutes=12), 600),
        (timedelta(minutes=84), 600),
    )
    title = words.say("wall.tests")
    figure = el("span", words.number(SAMPLES), cls="figure-value")
    unit = el("p", words.say("wall.tests_unit"), cls="context")
    known = [
        tile(title, figure, unit, age=age_badge(now - age, period_s, words))
        for age, period_s in ages
    ]
    others = [
        nothing(words.say("wall.alerts_open"), now - timedelta(minutes=14), words),
        loading(title, 4, words),
        failed(title, words.number(SAMPLES), now - timedelta(minutes=84), RETRY_S, words),
    ]
    return el("div", *known, *others, cls="tiles-shown")


def frozen(now: datetime, words: Words) -> Html:
    """Return the banner of a screen whose data stopped."""
    at = words.time(now - timedelta(minutes=3))
    told = words.say(
        "state.frozen_for",
        why=words.say("state.no_store"),
        age=words.age(timedelta(minutes=3)),
        next=8,
    )
    texts = el("div", el("b", words.say("state.frozen_at", time=at)), el("span", told))
    return el("div", frozen_sign(), texts, cls="frozen-shown")


def hands(words: Words) -> Html:
    """Return the keys of review: the likeliest answer stands out."""
    rows = (("Enter", "review_key.as_read", "is-next"), ("↓", "review_key.none", ""))
    drawn = [
        el(
            "button",
            key_cap(cap),
            el("b", words.say(key)),
            type="button",
            cls=f"hand {kind}".strip(),
        )
        for cap, key, kind in rows
    ]
    return join([el("div", drawn, cls="hands"), el("p", brand(88), cls="in-line")])
