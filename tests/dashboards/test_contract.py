"""What holds for every page: ids, callbacks, words, colours."""

import ast
import re
from pathlib import Path

from dashboards.app import SCREENS, create_app
from dashboards.auth import Viewer
from dashboards.build import ASSETS
from dashboards.pages import wall
from dashboards.screen import Seat, seat_of
from dashboards.shell import HEARD, root_layout
from dashboards.words import Words
from ioc.access.model import Page, Role
from ioc.access.rules import GRANTS
from ioc.labels import CONFIG_DIR, Language, load_labels
from ioc.walls import load_walls

from .makers import a_stop

ROOT = Path(__file__).resolve().parents[2]
CODE = sorted((ROOT / "dashboards").rglob("*.py"))
ADMIN = Viewer("admin", Role.ADMIN, "token")
LABELS = load_labels(CONFIG_DIR / "labels")
EVERY = [(page, language) for page in SCREENS for language in Language]


def ids_of(component) -> list[str]:
    return [item.id for item in component._traverse() if getattr(item, "id", None)]


def layout_of(centre, page, words):
    if page is not Page.WALL:
        return SCREENS[page].layout(words, ADMIN)
    return wall.layout_of(next(iter(load_walls(centre.settings.city_dir).values())), words)


def words_of(centre, language) -> Words:
    return Words(language, centre.city.zone)


def test_no_page_is_pushed_to_more_than_ten_times_a_second() -> None:
    assert all(screen.least_s >= 0.1 for screen in SCREENS.values())


def test_every_page_that_a_role_may_open_now_has_a_screen() -> None:
    promised = {
        Page.WALL,
        Page.POLICE,
        Page.SHIFT,
        Page.REVIEW,
        Page.TRANSPORT,
        Page.BRIEFING,
        Page.CAMERAS,
        Page.ENTRIES,
        Page.SCANS,
        Page.HEALTH,
        Page.COMPONENTS,
        Page.REPORTS,
        Page.ADMIN,
    }
    assert promised == set(SCREENS)
    assert promised <= {page for grant in GRANTS.values() for page in grant.pages}


def test_the_components_are_shown_to_whom_administration_is() -> None:
    for grant in GRANTS.values():
        assert (Page.COMPONENTS in grant.pages) is (Page.ADMIN in grant.pages)


def test_ids_are_unique_and_every_region_has_its_place(centre, subtests) -> None:
    a_stop(centre)
    for page, language in EVERY:
        with subtests.test(page=page, language=language):
            layout = layout_of(centre, page, words_of(centre, language))
            ids = ids_of(layout) + ids_of(root_layout())
            assert len(ids) == len(set(ids))
            picture = SCREENS[page].draw(centre, seat_of(ADMIN, language))
            assert set(picture.parts) <= set(ids)


def test_every_page_draws_an_empty_city(centre, subtests) -> None:
    for page, language in EVERY:
        with subtests.test(page=page, language=language):
            picture = SCREENS[page].draw(centre, Seat(language))
            assert picture.as_of == centre.now()
            assert all(picture.parts.values())


def test_no_word_on_a_page_is_a_key(centre, subtests) -> None:
    """A label that is missing is shown as its key."""
    a_stop(centre)
    for page, language in EVERY:
        with subtests.test(page=page, language=language):
            picture = SCREENS[page].draw(centre, seat_of(ADMIN, language))
            shown = " ".join(re.sub(r"<[^>]*>", " ", part) for part in picture.parts.values())
            tables = {key.split(".")[0] for key in LABELS}
            found = re.findall(r"\b([a-z_]+)\.[a-z_]+\b", shown)
            assert not [table for table in found if table in tables]


def test_every_word_that_the_code_says_exists() -> None:
    said = set(HEARD)
    for file in CODE:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            is_say = isinstance(node, ast.Call) and ast.unparse(node.func).endswith(
                ("say", "label", "notice")
            )
            if is_say and node.args and isinstance(node.args[0], ast.Constant):
                said.add(str(node.args[0].value))
    assert len(said) > 80
    assert not sorted(said - set(LABELS))


def test_the_output_of_every_callback_exists(centre) -> None:
    server = create_app(centre)
    names = set(ids_of(root_layout()))
    outputs = [
        output.rsplit(".", 1)[0]
        for output in server.state.dash.callback_map
        if "@" not in output and not output.startswith("_") and "." in output.strip(".")
    ]
    assert {"place", "case", "answer"} <= set(outputs)
    assert set(outputs) <= names


def test_no_asset_asks_for_another_address() -> None:
    for file in [*ASSETS.glob("*.css"), *ASSETS.glob("*.js")]:
        assert not re.findall(r"//[\w-]+\.\w+", file.read_text(encoding="utf-8")), file


def test_every_font_that_is_named_is_there_with_its_licence() -> None:
    css = (ASSETS / "1-fonts.css").read_text()
    named = re.findall(r'url\("([^"]+)"\)', css)
    assert len(named) == 18
    assert all((ASSETS / name).is_file() for name in named)
    families = {re.sub(r"-(latin|vietnamese)-.*", "", Path(name).name) for name in named}
    assert all((ASSETS / "fonts" / f"OFL-{family}.txt").is_file() for family in families)
