"""walls.toml: what a screen shows is read, and whatever is wrong in it is named with its line."""

from pathlib import Path

import pytest

from ioc.errors import ConfigFault
from ioc.labels import CONFIG_DIR, Language
from ioc.walls import (
    COLUMN,
    COLUMNS,
    GAP,
    GUTTER,
    HEIGHT,
    ROOM,
    Tile,
    WallPage,
    from_afar,
    load_walls,
    read_walls,
)

HUE = CONFIG_DIR / "hue"
SCREEN = '\n[[screen]]\nid = "main"\nvi = "a"\nen = "b"\npages = ["one"]\n'


def of(folder: Path, columns: str, screen: str = SCREEN) -> list[str]:
    page = f'[[page]]\nid = "one"\nvi = "a"\nen = "b"\ncolumns = {columns}\n'
    (folder / "walls.toml").write_text(page + screen, encoding="utf-8")
    return [f"{fault.line}: {fault.fault}" for fault in read_walls(folder)[1]]


def test_the_walls_of_hue_can_be_shown() -> None:
    walls = load_walls(HUE)
    assert next(iter(walls)) == "main"
    assert len(walls["lobby"].pages) > 1
    for wall in walls.values():
        assert set(wall.name) == set(Language)
        for page in wall.pages:
            assert sum(page.widths()) == COLUMNS
            for pile in page.columns:
                tall = sum(max(ROOM[tile][1] for tile in row) for row in pile)
                assert tall + GAP * (len(pile) - 1) <= HEIGHT


def tiles_of(pages: tuple[WallPage, ...]) -> list[Tile]:
    return [tile for page in pages for pile in page.columns for row in pile for tile in row]


@pytest.mark.parametrize("scale", [1.0, 1.1, 1.25, 1.38])
def test_from_afar_the_same_tiles_stand_larger_on_more_pages(scale) -> None:
    width = (COLUMNS * COLUMN + (COLUMNS - 1) * GUTTER) / scale
    for wall in load_walls(HUE).values():
        seen = from_afar(wall, scale)
        assert sorted(tiles_of(seen.pages)) == sorted(tiles_of(wall.pages))
        assert (len(seen.pages) > len(wall.pages)) is (scale > 1)
        for page in seen.pages:
            columns = sum(page.widths())
            assert columns * COLUMN + (columns - 1) * GUTTER <= width
            for pile in page.columns:
                tall = sum(max(ROOM[tile][1] for tile in row) for row in pile)
                assert tall + GAP * (len(pile) - 1) <= HEIGHT / scale


def test_every_tile_has_its_room() -> None:
    assert set(ROOM) == set(Tile)


@pytest.mark.parametrize(
    ("columns", "faults"),
    [
        ('[["map"], ["load"], ["reports"]]', []),
        ('[["map"], ["load"]]', ["5: columns: take 3 of the 4 columns of a page"]),
        ('[["map"], ["load"], ["laod"]]', ["5: columns: there is no tile 'laod'"]),
        ('[["map", "load"], ["reports"], ["tests"]]', ["column 1 differ in width"]),
        ('[["map"], ["entries", "gates"], ["load"]]', ["column 2 needs 975 px of the 761"]),
        ('[["map"], ["load"], ["load"]]', ["5: columns: load stands there twice"]),
        ('[["map"], ["load"], []]', ["needs lists of rows"]),
        ('"map"', ["needs lists of rows"]),
        ("[[1]]", ["needs lists of rows"]),
    ],
)
def test_a_page_that_cannot_be_laid_out_says_why(tmp_path, columns, faults) -> None:
    told = of(tmp_path, columns)
    assert bool(told) is bool(faults)
    for fault in faults:
        assert any(fault in line for line in told), told


@pytest.mark.parametrize(
    ("screen", "why"),
    [
        ("", "has no [[screen]]"),
        (SCREEN.replace('["one"]', '["two"]'), "there is no page 'two'"),
        (SCREEN.replace('["one"]', '["one", "one"]'), "a page stands there twice"),
        (SCREEN.replace('"main"', '"Main Hall"'), "needs 1 to 40 characters"),
        (SCREEN + SCREEN, "'main' stands twice"),
        (SCREEN + "turn_s = 2\n", "2 does not lie between 10 and 600"),
        (SCREEN + "turn = 20\n", "is not known here"),
    ],
)
def test_a_screen_that_cannot_be_says_why(tmp_path, screen, why) -> None:
    assert any(why in line for line in of(tmp_path, '[["map"], ["load"], ["tests"]]', screen))


def test_a_wrong_file_stops_whoever_opens_it(tmp_path) -> None:
    of(tmp_path, '[["map"]]')
    with pytest.raises(ConfigFault):
        load_walls(tmp_path)
