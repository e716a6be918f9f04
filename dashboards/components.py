"""The small parts every page is made of: badges, tags, ages, bars of time, keys, tiles.

Ages and running times tick in the browser (assets/centre.js): the server writes the instant, the
page counts from it, so a number that is no longer fed grows old in front of everybody.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from dashboards.markup import Html, el, join
from dashboards.words import Words, running
from ioc.alerts.model import Priority
from ioc.geometry import Xy
from ioc.permits.model import PermitClass

# Circle, triangle, square: the class is told by shape and letter, never by colour alone.
_SHAPES = {
    PermitClass.GREEN: ("px", el("circle", cx=16, cy=16, r=13.6)),
    PermitClass.YELLOW: ("pv", el("path", d="M16 1.6 31.2 29H.8Z", stroke_linejoin="round")),
    PermitClass.RED: ("pd", el("rect", x=3, y=3, width=26, height=26, rx=2)),
}


def badge(permit_class: PermitClass, words: Words, size: int = 22) -> Html:
    """Return the sign of a pass: X in a circle, V in a triangle, Đ in a square."""
    name, parts = _sign(permit_class, words)
    return el(
        "svg",
        parts,
        cls=f"badge {name}",
        viewBox="0 0 32 32",
        width=size,
        height=size,
        role="img",
        aria_label=words.say(permit_class),
    )


def badge_mark(permit_class: PermitClass, words: Words, middle: Xy, size: float) -> Html:
    """Return the sign of a pass as a part of a map, its middle at `middle`."""
    name, parts = _sign(permit_class, words)
    x, y = middle[0] - size / 2, middle[1] - size / 2
    place = f"translate({x:.1f} {y:.1f}) scale({size / 32:.3f})"
    return el("g", parts, cls=f"badge {name}", transform=place)


def _sign(permit_class: PermitClass, words: Words) -> tuple[str, Html]:
    name, shape = _SHAPES[permit_class]
    foot = 25.5 if permit_class is PermitClass.YELLOW else 22.2
    return name, join([shape, el("text", words.say(f"pass_letter.{permit_class}"), x=16, y=foot)])


def priority_tag(priority: Priority, *, is_any: bool = True) -> Html:
    """Return the tag of a priority: P1 filled, P2 outlined, P3 grey, as is what nothing has."""
    return el("span", priority.value, cls=f"tag {priority.value.lower()}" if is_any else "tag")


def index_disc(number: int) -> Html:
    """Return the number that ties a card to its mark on the map."""
    return el("span", number, cls="disc")


def key_cap(key: str) -> Html:
    """Return a key as it is printed on the control it drives."""
    return el("kbd", key)


def key_bar(keys: Sequence[tuple[Sequence[str], str]], words: Words) -> Html:
    """Return what the keys of a desk do: caps and the label of what they do, each in its order."""
    return el(
        "ul",
        [
            el("li", [key_cap(cap) for cap in caps], el("span", words.say(label)))
            for caps, label in keys
        ],
    )


def age_badge(at: datetime | None, period_s: int, words: Words) -> Html:
    """Return the age of a number: a ring while fresh, hatched when late, inverse when stale.

    `period_s`: how often the number is read; late after one period, stale after two; 0: never.
    """
    if at is None:
        return el("span", words.say("state.no_data"), cls="age is-none")
    return el(
        "span",
        el("i"),
        el("b", cls="age-text"),
        cls="age",
        data_age=at.isoformat(),
        data_period=period_s,
        data_clock=words.minute(at),
    )


def live_age(period_s: int) -> Html:
    """Return the age of a number that was read for this very picture.

    The browser takes it from the push, so that a tile whose number did not change is not sent.
    """
    return el(
        "span",
        el("i"),
        el("b", cls="age-text"),
        cls="age",
        data_live=True,
        data_period=period_s,
    )


def time_bar(since: datetime, due: datetime, words: Words, *, taken: bool = False) -> Html:
    """Return how long something has waited, as a running time, a bar and its limit."""
    limit = running(due - since)
    return el(
        "div",
        el("b", cls="run-time"),
        el("span", el("i"), cls="track"),
        el("span", words.say("alert.limit", limit=limit), cls="limit"),
        cls="run is-taken" if taken else "run",
        data_since=since.isoformat(),
        data_due=due.isoformat(),
    )


def late_mark(late_s: int, words: Words, seen_at: datetime | None = None) -> Html:
    """Return that something became known too late, by how much, and when it was; nothing runs."""
    return el(
        "div",
        el("small", words.say("alert.late")),
        el("b", words.age(timedelta(seconds=late_s))),
        el("small", words.say("alert.passed", time=words.moment(seen_at))) if seen_at else None,
        cls="run is-known-late",
    )


def tile(title: str, *content: object, age: object = None, name: str = "") -> Html:
    """Return one tile: a rule, its title left, its age right, the content below."""
    head = el("header", el("h2", title), age)
    return el("section", head, *content, cls=f"tile {name}".strip())


def choices(rows: Sequence[Html], title: str, cls: str | None = None, **more: object) -> Html:
    """Return rows of which one is chosen by the arrow keys; each row is an option."""
    return el("ol", rows, cls=cls, role="listbox", tabindex=0, aria_label=title, **more)


def icon(name: StrEnum | str) -> Html:
    """Return a sign of 24 px for a row of verdicts; its meaning stands beside it in words."""
    paths = {
        "pass": "M4 13l5 5L20 6",
        "note": "M6 4h9l4 4v12H6zM9 12h7M9 16h7",
        "review": "M9.2 9.3a2.9 2.9 0 1 1 4.3 2.6c-1 .6-1.5 1.1-1.5 2.3M12 17.4v.6",
        "stop": "M8 3h8l5 5v8l-5 5H8l-5-5V8zM8 12h8",
        "clock": "M12 7v5.4l3.4 2M12 3a9 9 0 1 0 .01 0",
        "none": "M4 7v-2h3M10 5h4M17 5h3v2M20 10v4M20 17v2h-3M14 19h-4M7 19h-3v-2M4 14v-4",
    }
    ring = el("circle", cx=12, cy=12, r=9.6, stroke_dasharray="3.4 2.6")
    return el(
        "svg",
        ring if name == "review" else None,
        el("path", d=paths[str(name)]),
        cls="icon",
        viewBox="0 0 24 24",
        aria_hidden="true",
    )
