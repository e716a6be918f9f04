"""A wall is seen before anything is asked for; what a push says is written once for a room."""

import json
import re
from datetime import UTC, datetime, timedelta

from dash import html

from dashboards.cookies import SCREEN
from dashboards.first import still
from dashboards.screen import Picture
from dashboards.wire import Message
from ioc.access.model import Role
from ioc.displays.service import add_display
from ioc.walls import load_walls

from .makers import YELLOW, a_stop

NOW = datetime(2021, 10, 3, 8, tzinfo=UTC)


def test_the_document_of_a_wall_holds_its_picture(centre, stranger, sign_in) -> None:
    a_stop(centre)
    stranger.cookies.set(SCREEN, add_display(centre, "hall", "lobby"))
    document = stranger.get("/wall/lobby").text
    shown = document[document.index('<div id="first"') : document.index("react-entry-point")]
    for page in load_walls(centre.settings.city_dir)["lobby"].pages:
        assert f'data-name="{page.name["vi"]}"' in shown
    assert '<span class="figure-value">1</span>' in shown
    assert "75C-•••.02" in shown
    assert YELLOW not in document
    # The page behind it has these ids; a place of the first picture is named alone.
    assert 'id="wall-' not in shown
    told = re.search(r'data-now="([^"]+)" data-as-of="([^"]+)"', shown)
    assert told is not None
    as_of = datetime.fromisoformat(told[2])
    assert timedelta(0) <= datetime.fromisoformat(told[1]) - as_of < timedelta(seconds=5)
    assert "open alerts" in stranger.get("/wall/lobby?lang=en").text
    assert 'id="first"' not in sign_in(Role.POLICE).get("/police").text


def test_a_layout_is_drawn_with_its_regions_filled() -> None:
    layout = html.Div(
        [html.H2("a < b"), html.Div(id="one"), html.Div(**{"data-part": "two"}, hidden=True)],
        className="wall",
    )
    drawn = still(layout, {"one": "<b>1</b>"})
    assert drawn == (
        '<div class="wall"><h2>a &lt; b</h2><div data-part="one"><b>1</b></div>'
        '<div data-part="two" hidden></div></div>'
    )


def test_a_push_is_written_once_for_all_who_lack_the_same() -> None:
    old = Message(NOW, NOW, Picture(NOW, {"a": "1", "b": "2"}), 2.0)
    new = Message(NOW, NOW, Picture(NOW, {"a": "1", "b": "ờ"}), 2.0)
    here: dict[str, str] = {}
    there: dict[str, str] = {}
    first = old.news(here)
    assert json.loads(first)["parts"] == {"a": "1", "b": "2"}
    assert old.news(there) is first
    second = new.news(here)
    assert json.loads(second)["parts"] == {"b": "ờ"}
    assert new.news(there) is second
    assert json.loads(new.news({}))["parts"] == {"a": "1", "b": "ờ"}
    assert json.loads(new.news(here))["parts"] == {}
    lost = json.loads(Message(NOW, None, None, 2.0).news(here))
    assert (lost["state"], lost["parts"], lost["as_of"]) == ("stale", {}, None)
