"""What the gallery shows of colour and type: each token with its contrast, each eye, each size."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from dashboards.components import badge, priority_tag
from dashboards.figures.colours import EYES, contrast, seen_by, tokens
from dashboards.markup import Html, el, join
from dashboards.words import Words
from ioc.alerts.model import Priority
from ioc.permits.model import PermitClass

STYLES = Path(__file__).resolve().parents[1] / "assets" / "2-tokens.css"
SHOWN = (
    *("bg0", "bg1", "bg2", "bg3", "line2", "band", "t3", "t2", "t1", "dl", "unit", "inv"),
    *("px", "pv", "pd", "al", "road", "roadm", "land", "land2", "land3", "land4"),
)
CODES = ("px", "pv", "pd", "al")
# What is written, and how: the class of the sample, its size and weight on a wall.
TYPES = (
    ("hero", "100 / 600"),
    ("name", "32 / 600"),
    ("title", "26 / 600"),
    ("floor", "22 / 500"),
    ("row", "17 / 600"),
    ("label", "16 / 500"),
    ("prose", "16,6"),
    ("code", "14"),
)


@cache
def theme_tokens(theme: str) -> Mapping[str, str]:
    """Return the colours of a theme as the pages get them."""
    return tokens(STYLES.read_text(encoding="utf-8"), theme)


def swatches(theme: str, words: Words) -> Html:
    """Return every token: its name, its value, its contrast on the canvas."""
    found = theme_tokens(theme)
    ground = found["bg0"]
    return el(
        "ul",
        [
            el(
                "li",
                el("i", style=f"background:{found[name]}"),
                el("code", name),
                el("span", found[name].upper(), cls="mono"),
                el("span", words.number(contrast(found[name], ground), 1)),
            )
            for name in SHOWN
        ],
        cls="swatches",
    )


def eyes(theme: str, words: Words) -> Html:
    """Return the signs of passes and alarms as four kinds of eyes see them."""
    found = theme_tokens(theme)
    return join([_eye(name, found, words) for name in EYES])


def _eye(name: str, found: Mapping[str, str], words: Words) -> Html:
    seen = ";".join(f"--{code}:{seen_by(found[code], name)}" for code in CODES)
    signs = [badge(permit_class, words, 34) for permit_class in PermitClass]
    tags = [priority_tag(priority) for priority in (Priority.P1, Priority.P2)]
    return el(
        "p", el("span", words.say(f"gallery.eye_{name}"), cls="caption"), signs, tags,
        cls="in-line", style=seen,
    )  # fmt: skip


def types(words: Words) -> Html:
    """Return the sizes of type, each as it is used."""
    rows = [
        el(
            "p",
            el("small", size),
            el("span", words.say(f"gallery.type_{name}"), cls=f"type-{name}"),
        )
        for name, size in TYPES
    ]
    return el("div", rows, cls="types")
