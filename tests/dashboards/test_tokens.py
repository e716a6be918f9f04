"""The colours are those of the design, can be read, and stay apart for every kind of eye."""

import re

import pytest

from dashboards.app import ASSETS
from dashboards.figures.colours import EYES, contrast, nearest
from dashboards.figures.colours import tokens as tokens_of

THEMES = ("night", "day")
# Token: night, its contrast on bg0 and bg1, day, its contrast on bg0 and bg1; None: it only
# separates, and nothing may depend on it.
TABLE = {
    "bg0": ("#16191d", None, "#e4e7ea", None),
    "bg1": ("#1d2126", None, "#f4f5f6", None),
    "bg2": ("#282d34", None, "#ffffff", None),
    "bg3": ("#343b44", (1.6, 1.4), "#d5dadf", (1.1, None)),
    "line": ("#343b44", (1.6, 1.4), "#c3c9d0", (None, 1.5)),
    "line2": ("#606c7a", (3.3, 3.0), "#78828d", (3.1, 3.6)),
    "t1": ("#eef1f4", (15.6, 14.3), "#14181c", (14.4, 16.3)),
    "t2": ("#b9c1ca", (9.7, 8.9), "#3c454f", (7.8, 8.9)),
    "t3": ("#8d97a3", (6.0, 5.5), "#57616c", (5.1, 5.8)),
    "dl": ("#9aa5b1", (7.0, 6.5), "#59636e", (4.9, 5.6)),
    "band": ("#313841", None, "#cdd3d9", None),
    "px": ("#57cba2", (8.8, 8.1), "#00734f", (4.7, 5.4)),
    "pv": ("#f6d84a", (12.5, 11.4), "#f2c200", None),
    "pd": ("#f2553a", (5.2, 4.7), "#c4261a", (4.6, 5.3)),
    "al": ("#e56df2", (6.6, 6.0), "#9b1fb5", (5.2, 5.9)),
    "unit": ("#a9c7e8", (10.1, 9.3), "#2e5f94", (5.3, 6.0)),
    "inv": ("#eef1f4", (15.6, None), "#14181c", (14.4, None)),
    "land": ("#22272d", None, "#f4f5f6", None),
    "land2": ("#2c333b", None, "#e6e9ec", None),
    "land3": ("#3a434d", None, "#d3d8dd", None),
    "land4": ("#4e5966", None, "#bcc4cc", None),
    "road": ("#6b7683", (3.8, None), "#78828d", (3.1, None)),
    "roadm": ("#a7b1bc", (8.1, None), "#4a545f", (6.2, None)),
}
INK_ON_ALARM = {"night": 7.2, "day": 6.4}
TEXTS, SHAPES = ("t1", "t2", "t3", "dl", "al", "unit"), ("line2", "px", "pv", "pd", "road", "roadm")
GROUNDS = ("bg0", "bg1")
PASSES = ("px", "pv", "pd", "al")
# The least distance of the design over all four kinds of eyes, OKLab x 100.
LEAST = {"night": 13.4, "day": 9.9}


def tokens(theme: str) -> dict[str, str]:
    return tokens_of((ASSETS / "2-tokens.css").read_text(encoding="utf-8"), theme)


@pytest.mark.parametrize("theme", THEMES)
def test_every_colour_is_that_of_the_design(theme) -> None:
    found, at = tokens(theme), 2 * THEMES.index(theme)
    assert {name: found.get(name) for name in TABLE} == {n: row[at] for n, row in TABLE.items()}


@pytest.mark.parametrize("theme", THEMES)
def test_every_contrast_is_that_of_the_design(theme) -> None:
    found, at = tokens(theme), 2 * THEMES.index(theme) + 1
    wrong = {}
    for name, row in TABLE.items():
        for ground, told in zip(GROUNDS, row[at] or (None, None), strict=True):
            measured = contrast(found[name], found[ground])
            if told is not None and abs(measured - told) > 0.06:
                wrong[name, ground] = (round(measured, 2), told)
    assert not wrong
    assert contrast(found["al"], found["ali"]) == pytest.approx(INK_ON_ALARM[theme], abs=0.06)


@pytest.mark.parametrize("theme", THEMES)
def test_everything_can_be_read(theme) -> None:
    found = tokens(theme)
    edges = {"pv": found.get("pv-edge", found["pv"]), "band": found["line2"]}
    needs = [(name, 4.5) for name in TEXTS] + [(name, 3.0) for name in (*SHAPES, "band")]
    weak = {
        (name, ground): round(contrast(edges.get(name, found[name]), found[ground]), 2)
        for name, least in needs
        for ground in GROUNDS
        # The map's ground is bg0: a road lies on no card.
        if not (name == "road" and ground == "bg1")
        and contrast(edges.get(name, found[name]), found[ground]) < least - 0.05
    }
    assert not weak
    inks = {"px": "px-ink", "pv": "pv-ink", "pd": "pd-ink", "al": "ali", "inv": "invt"}
    assert not {a: b for a, b in inks.items() if contrast(found[a], found[b]) < 4.5}
    # A picture is of any brightness: what is written on it stands on a ground of its own.
    assert contrast(found["over-ink"], found["over"]) >= 7


@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("theme", THEMES)
def test_passes_and_alarm_stay_apart_for_every_eye(theme, eyes) -> None:
    found = tokens(theme)
    distance, *between = nearest({name: found[name] for name in PASSES}, eyes)
    assert distance >= LEAST[theme] - 0.05, between


@pytest.mark.parametrize("theme", THEMES)
def test_the_least_distance_is_that_of_the_design(theme) -> None:
    found = {name: tokens(theme)[name] for name in PASSES}
    assert min(nearest(found, eyes)[0] for eyes in EYES) == pytest.approx(LEAST[theme], abs=0.05)


def test_no_colour_stands_outside_the_tokens() -> None:
    """A colour written into a part would miss one theme, and no test would weigh it."""
    raw = re.compile(r"#[0-9a-fA-F]{3,8}\b(?=[;, )])|\brgba?\(|\bhsla?\(")
    styles = [file for file in sorted(ASSETS.glob("*.css")) if file.name != "2-tokens.css"]
    assert len(styles) > 15
    found = {file.name: raw.findall(file.read_text(encoding="utf-8")) for file in styles}
    assert not {name: colours for name, colours in found.items() if colours}


def test_a_class_is_styled_by_one_component() -> None:
    """A name that two components use would lay out both as whichever comes last."""
    owners: dict[str, set[str]] = {}
    for file in sorted(ASSETS.glob("[3-9]-*.css")):
        plain = re.sub(
            r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}|/\*.*?\*/",
            "",
            file.read_text(),
            flags=re.S,
        )
        component = file.stem.split("-")[1]
        for selectors in re.findall(r"([^{}]+)\{", plain):
            for name in re.findall(r"^\s*(\.[\w-]+)\s*$", selectors.replace(",", "\n"), re.M):
                owners.setdefault(name, set()).add(component)
    assert len(owners) > 150
    assert not {name: sorted(found) for name, found in owners.items() if len(found) > 1}
