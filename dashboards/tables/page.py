"""A desk of lists: bar, figures, lists, the opened row with what can be done, keys."""

from collections.abc import Callable, Sequence

from dash import html
from dash.development.base_component import Component

from dashboards.auth import Viewer
from dashboards.shell import desk_bar, region
from dashboards.tables.place import place
from dashboards.words import Words
from ioc.access.model import Page

KEYS = (
    (("↑", "↓"), "list_key.row"),
    (("Enter",), "list_key.open"),
    (("␣",), "list_key.pick"),
    (("[", "]"), "list_key.list"),
    (("1", "…", "9"), "list_key.act"),
    (("R",), "list_key.again"),
    (("Esc",), "keys.back"),
)


def list_page(page: Page, above: Sequence[str] = ()) -> Callable[[Words, Viewer], Component]:
    """Return the layout of a desk of lists: pushed are `<page>-totals`, `keys`, and `above`.

    `above` are regions between the figures and the lists: charts, small multiples.
    """

    def layout(words: Words, viewer: Viewer) -> Component:
        return html.Div(
            [
                desk_bar(page, viewer, words),
                region(f"{page.value}-totals"),
                html.Div(
                    [
                        html.Main(
                            [*(region(name, "list-above") for name in above), place(words)],
                            className="table-main",
                        ),
                        html.Aside(side(words), className="table-side"),
                    ],
                    className="table-columns",
                ),
                region("keys", "key-bar"),
            ],
            className="desk table-desk",
        )

    return layout


def side(words: Words) -> list[Component]:
    """Return the place of the opened row, of what can be done with it, and of what came of it."""
    return [
        html.P(words.say("row.choose"), id="row-none", hidden=True),
        region("row-case"),
        html.P(id="row-picked", className="picked"),
        region("row-actions"),
        html.P(id="row-line", role="status"),
    ]
